//! Why no token could be made.

/// Why no token could be made; fits after "could not mint a token:".
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TokenError {
    /// The cryptographic library refused the key or the message.
    #[error("the RSA signature failed")]
    Signature,
    /// The signer threads have ended.
    #[error("the signer threads have stopped")]
    Stopped,
}
