//! What must never be seen: types without `Display`, `Serialize` or a telling `Debug`.

mod hidden;
mod opaque;
mod returned;
mod strike;
mod tokens;

use std::fmt;

use bytes::Bytes;

pub use hidden::{Hidden, Secrets};
pub(crate) use opaque::opaque_debug;
pub use returned::Returned;
pub use strike::{STRUCK, without_secrets};
pub use tokens::{JWS_START, token_in, without_tokens};

/// The value of an `Authorization` header: `Bearer` and a compact JWS (RFC 6750, section 2.1).
///
/// It can be sent and, on the user's express wish, revealed; it cannot be printed by accident.
#[derive(Clone)]
pub struct Bearer(Bytes);

/// The scheme and the space that precede the token.
pub const SCHEME: &str = "Bearer ";

impl Bearer {
    /// Wraps a complete header value, which must start with [`SCHEME`].
    pub fn new(header_value: Bytes) -> Self {
        debug_assert!(header_value.starts_with(SCHEME.as_bytes()));
        Self(header_value)
    }

    /// Wraps a header value of another form, which a callout with a fault sends.
    pub const fn other(header_value: Bytes) -> Self {
        Self(header_value)
    }

    /// The whole header value, for the wire only.
    pub fn header_value(&self) -> Bytes {
        self.0.clone()
    }

    /// The bytes of the whole header value, for the wire only.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The compact token without its scheme, for `--reveal` and for verification only.
    pub fn reveal(&self) -> &str {
        std::str::from_utf8(&self.0)
            .ok()
            .and_then(|text| text.strip_prefix(SCHEME))
            .unwrap_or_default()
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_tell() {
        let bearer = Bearer::new(Bytes::from_static(b"Bearer canary.canary.canary"));
        assert!(!format!("{bearer:?}").contains("canary"));
        assert_eq!(bearer.reveal(), "canary.canary.canary");
    }
}
