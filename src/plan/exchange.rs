//! JWT Token Exchange: the token buys an access token, which is sent in its place.

use strum::{EnumString, VariantNames};

use super::Address;
use crate::secret::Hidden;

/// How an access token is had for a signed JWT (RFC 7523, section 2.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExchangePlan {
    /// The token endpoint; `None` is that of the embedded target.
    pub endpoint: Option<Address>,
    /// What is posted to it.
    pub form: AssertionForm,
    /// The `Content-Type` of what is posted.
    pub content_type: String,
    /// Header fields of the user's own, in order; they may stand in for the platform's.
    pub headers: Vec<(String, Hidden)>,
    /// When an access token gives way to the next.
    pub renew: Renew,
}

/// The body of a request for an access token, with a gap where the signed JWT comes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AssertionForm {
    /// What stands before the JWT.
    pub before: Hidden,
    /// What follows it.
    pub after: Hidden,
}

/// When an access token gives way to the next.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Renew {
    /// When the API refuses it: what Salesforce was observed to do.
    #[default]
    WhenRefused,
    /// Also a little before the end of its `expires_in`.
    BeforeExpiry,
}
