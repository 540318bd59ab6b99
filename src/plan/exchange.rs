//! JWT Token Exchange: the token buys an access token, which is sent in its place.

use super::Address;

/// How an access token is had for a signed JWT (RFC 7523, section 2.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Exchange {
    /// The token endpoint; `None` is that of the embedded target.
    pub endpoint: Option<Address>,
    /// The `scope` that is asked for (RFC 6749, section 3.3).
    pub scope: Option<String>,
    /// When an access token gives way to the next.
    pub renew: Renew,
}

/// When an access token gives way to the next.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Renew {
    /// When the API refuses it: what Salesforce was observed to do.
    #[default]
    WhenRefused,
    /// Also a little before the end of its `expires_in`.
    BeforeExpiry,
}
