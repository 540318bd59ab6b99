//! `[auth.exchange]` as it is written.

use crate::plan::Renew;
use crate::scenario::table::keys::{Maybe, table};
use crate::scenario::table::value::{Free, One, Text};

/// What is posted where nothing else is said (RFC 7523, section 2.1), without its scope.
pub(in crate::scenario) const FORM: &str =
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={{assertion}}";

table! {
    /// JWT Token Exchange: the JWT is posted to a token endpoint, and the access token that comes back
    /// is sent to the API.
    ExchangeTable {
        /// The Token Endpoint URL. Without this key: that of the embedded target. Its host must be in
        /// `allowed_hosts` too.
        url: Maybe<Text<1, 2048>>,
        /// The scope to ask for.
        scope: Maybe<Text<1, 1000>>,
        /// The body that is posted, byte by byte, with `{{assertion}}` in place of the JWT and `{{scope}}`
        /// in place of the encoded scope. Without this key: `grant_type`, `assertion` and, if `scope` is
        /// set, `scope`. Documented for `Auth.JWTBearerTokenExchange`; unverified for the exchange of a
        /// Named Credential. Its values appear in no output.
        #[schemars(extend("default" = FORM))]
        form: Maybe<Text<1, 4000>>,
        /// The `Content-Type` of that body. Unverified for Salesforce.
        content_type: Text<1, 255> = "application/x-www-form-urlencoded",
        /// Header fields of the token request. They may replace those of the platform. Which ones
        /// Salesforce sends there is unverified; those of a callout are sent. Their values appear in no
        /// output.
        headers: Maybe<Free<String>>,
        /// When an access token is replaced: `when-refused`, by a 401 or a status of `refresh_on` (as
        /// Salesforce was observed to do), or `before-expiry`, also ahead of the end of its `expires_in`.
        renew: One<Renew> = "when-refused",
    }
}
