//! The token endpoint: grants an access token for a signed JWT (RFC 7523, section 2.1).

use bytes::Bytes;
use serde_json::json;

/// The supported grant type.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// What was wrong with a request for an access token (RFC 6749, section 5.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Refusal {
    /// A parameter is missing or repeated.
    InvalidRequest,
    /// The assertion is not valid.
    InvalidGrant,
    /// Another grant type.
    UnsupportedGrantType,
}

impl Refusal {
    /// The body of its answer.
    pub(super) fn body(self) -> Bytes {
        let code: &str = self.into();
        json!({ "error": code }).to_string().into()
    }
}

/// The answer that grants a token (RFC 6749, section 5.1).
pub(super) fn granted(token: &str, life_s: u64) -> Bytes {
    let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": life_s });
    body.to_string().into()
}

/// The assertion of a form.
pub(super) fn assertion(form: &[u8]) -> Result<String, Refusal> {
    let mut grant_type = None;
    let mut assertion = None;
    for (name, value) in form_urlencoded::parse(form) {
        let place = match name.as_ref() {
            "grant_type" => &mut grant_type,
            "assertion" => &mut assertion,
            _ => continue,
        };
        if place.replace(value.into_owned()).is_some() {
            return Err(Refusal::InvalidRequest);
        }
    }
    match (grant_type.as_deref(), assertion) {
        (Some(JWT_BEARER), Some(assertion)) => Ok(assertion),
        (Some(JWT_BEARER) | None, _) => Err(Refusal::InvalidRequest),
        (Some(_), _) => Err(Refusal::UnsupportedGrantType),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_the_rfc_has_it() {
        let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
        let read = |form: &str| assertion(form.as_bytes());
        assert_eq!(
            read(&format!("{grant}&assertion=a.b.c&scope=x")),
            Ok("a.b.c".to_owned())
        );
        assert_eq!(read(grant), Err(Refusal::InvalidRequest));
        assert_eq!(read("assertion=a"), Err(Refusal::InvalidRequest));
        assert_eq!(
            read(&format!("{grant}&assertion=a&assertion=b")),
            Err(Refusal::InvalidRequest)
        );
        assert_eq!(
            read("grant_type=password&assertion=a"),
            Err(Refusal::UnsupportedGrantType)
        );
    }
}
