//! `[auth]` as it is written.

use super::exchange::ExchangeTable;
use crate::plan::{Algorithm, ClaimName, HeaderName, SigningMode};
use crate::scenario::table::at::At;
use crate::scenario::table::forms::{AudienceValue, Off};
use crate::scenario::table::keys::{Maybe, table};
use crate::scenario::table::value::{Each, Free, HOUR, Lasting, One, SECOND, Text, Whole};
use crate::scenario::table::words::{AuthSource, Minting};

table! {
    /// How tokens are made. Without this table no token is sent.
    AuthTable {
        /// Which Salesforce mechanism is imitated. `none` sends no token.
        #[schemars(required)]
        source: One<AuthSource> => "\"named-credential\"",
        /// The key pair's unique name in Certificate and Key Management. It becomes the token's `kid`.
        /// Required unless `source = "none"`.
        key: Maybe<Text<1, 80>>,
        /// The `iss` claim. Required, except that an External Credential may leave out `issuer`,
        /// `subject` and `audience`, all three together.
        issuer: Maybe<Text<1, 255>>,
        /// The `sub` claim. Required like `issuer`, unless `subject_formula` is set.
        subject: Maybe<Text<1, 255>>,
        /// Instead of `subject`: a `sub` for each user (Per User Principal), by a formula such as
        /// `'User=' + $User.Id`, `{!$User.Email}` or `{!'User=' & $User.Id}`. `$User` has `Id`,
        /// `Username`, `Email`, `Alias` and `FederationIdentifier`, all synthetic.
        subject_formula: Maybe<Text<1, 255>>,
        /// How many users take turns in `subject_formula`.
        users: Whole<1, 10_000> = 100,
        /// The `aud` claim: a string or an array of strings, 1,000 characters at most in all. Required
        /// like `issuer`. An array is documented for a Named Credential and unverified for an External
        /// Credential; `apex-jws` takes one string.
        audience: Maybe<AudienceValue>,
        /// The signature algorithm, `alg`. Only an External Credential can sign RS512.
        algorithm: One<Algorithm> = "RS256",
        /// The token's `kid`, where it differs from the key's unique name. That the two are equal was
        /// captured for a Named Credential, is documented for an External Credential and is inferred for
        /// `Auth.JWS`.
        kid: Maybe<Text<1, 255>>,
        /// Which members the mechanism writes into the JOSE header, in this order. What the list leaves
        /// out is not sent; `alg` is required. The default order was captured for a Named Credential and
        /// is inferred for the other sources.
        #[schemars(extend("default" = ["kid", "typ", "alg"]))]
        header_order: Maybe<Each<One<HeaderName>, 1>>,
        /// Which claims the mechanism writes, in this order. What the list leaves out is not sent; `exp`
        /// is required. Without this key: `iss`, `sub`, `aud`, `nbf`, `iat`, `exp` (captured for a Named
        /// Credential, inferred for an External Credential), or `iss`, `sub`, `aud`, `iat`, `nbf`, `exp`,
        /// `jti` for `apex-jws` (as a third-party runtime does; unverified).
        claim_order: Maybe<Each<One<ClaimName>, 1>>,
        /// Whether each token has a `jti`, a UUID, as its last claim. Without this key: no for a Named
        /// Credential (captured) and an External Credential (undocumented; unverified), yes for
        /// `apex-jws` (much Apex code uses it as a source of UUIDs).
        jti: Maybe<bool>,
        /// Claims of your own, after those of the mechanism. Not for a Named Credential.
        claims: Maybe<Free<serde_json::Value>>,
        /// Members of the JOSE header, for an External Credential only. `kid` may be set here too.
        header_claims: Maybe<Free<serde_json::Value>>,
        /// How far `nbf` lies before `iat`, in whole seconds. Without this key: 0 s for a Named Credential
        /// (captured) and an External Credential (inferred), 30 s for `apex-jws` (`setNbfClockSkew`, as a
        /// third-party runtime does; unverified).
        nbf_clock_skew: Maybe<Lasting<0, HOUR>>,
        /// How long a token is valid, in whole seconds. Without this key: 300 s for a Named Credential
        /// (captured), 120 s for an External Credential (documented), 300 s for `apex-jws`
        /// (`setValidityLength`, as a third-party runtime does; unverified).
        valid_for: Maybe<Lasting<SECOND, { 24 * HOUR }>>,
        /// How far the sender's clock is off: `"-2s"` is behind, `"+5s"` is ahead. Tokens carry the time
        /// of that clock.
        clock_skew: Off = "0s",
        /// Which callouts share a token: none (`per-callout`), those of one transaction
        /// (`per-transaction`), those due in the same second (`per-second`; without a `jti`, their tokens
        /// would be equal byte by byte anyway), or all until `renew_before` is left of its validity
        /// (`cached`, the same as `signing = "reuse"`). Without this key: `per-transaction` for
        /// `apex-jws`, as most code does, and `per-callout` for the others. Salesforce documents neither;
        /// unverified. Refused are `cached` with any `signing` but `reuse`, any other value with `reuse`,
        /// and `per-second` with `presign`.
        mint: Maybe<One<Minting>>,
        /// When a token is signed. `pipeline`: before its callout is due. `jit`: when it is due. `presign`:
        /// before the load, all of them. `reuse`: one token for many callouts until it nearly expires.
        /// `none`: not at all, and no token is sent. With `[auth.exchange]` the default is `jit`, and only
        /// `jit` and `none` are allowed: the JWT is signed when an access token is needed.
        signing: One<SigningMode> = "pipeline",
        /// Only for `signing = "reuse"`: how long before its `exp` a token is replaced. Without this key:
        /// a tenth of `valid_for`, 30 s at most.
        renew_before: Maybe<Lasting<0, { 24 * HOUR }>>,
        /// JWT Token Exchange: the JWT is exchanged for an access token, which is sent to the API.
        exchange: Option<ExchangeTable>,
        /// Whether a callout that is answered with 401 is sent again with a fresh token. The debug log
        /// of Named Credentials says so (`Retry on 401=True`). Reported for the access token of an
        /// exchange; unverified for a plain JWT.
        retry_on_401: bool = true,
        /// Further statuses after which a callout is sent again with a fresh token: 400 to 499 and 600
        /// to 999. Only for an External Credential (its Additional Status Codes for Token Refresh).
        refresh_on: Maybe<Vec<At<Whole<100, 999>>>>,
    }
}
