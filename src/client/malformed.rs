//! Bytes that are not an answer of HTTP/1.1.

/// How bytes are not an answer of HTTP/1.1, or one that is larger than is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(in crate::client) enum Malformed {
    /// The head.
    #[error("the head of the answer is not valid HTTP/1.1: {0}")]
    Head(httparse::Error),
    /// The head, for its size.
    #[error("the head of the answer is too large: the limits are 100 fields and 400 KiB")]
    HeadTooLarge,
    /// The length that the head tells.
    #[error("the Content-Length of the answer is not valid")]
    ContentLength,
    /// A length that no body can have.
    #[error("the answer has an impossible Content-Length")]
    ImpossibleLength,
    /// A coding that HTTP/1.0 does not have.
    #[error("the answer is HTTP/1.0 and has a Transfer-Encoding, which only HTTP/1.1 has")]
    TransferEncoding,
    /// A chunk.
    #[error("a chunk of the answer is not valid: {0}")]
    Chunk(&'static str),
    /// The body, for its size.
    #[error("the answer's body is over 1 MiB")]
    BodyTooLarge,
}
