//! Bytes that are not an answer of HTTP/1.1.

use std::fmt;

/// How bytes are not an answer of HTTP/1.1, or one that is larger than is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(in crate::client) enum Malformed {
    /// The head, and its status where its first line is valid.
    #[error("the head of the answer{} is not valid HTTP/1.1: {}", WithStatus(*.1), head(*.0))]
    Head(httparse::Error, Option<u16>),
    /// The head, for its size.
    #[error("the head of the answer is too large: the limits are 100 fields and 400 KiB")]
    HeadTooLarge,
    /// The length that the head tells.
    #[error(
        "the Content-Length of the answer is not one number of bytes: it is not a number, or several differ"
    )]
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

/// A status, as a sentence names it, or nothing.
struct WithStatus(Option<u16>);

impl fmt::Display for WithStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .map_or(Ok(()), |status| write!(f, " (status {status})"))
    }
}

/// What is wrong with a head, in the words of HTTP.
const fn head(error: httparse::Error) -> &'static str {
    match error {
        httparse::Error::HeaderName => {
            "a field name is not valid, or a line is folded (continued on the next line)"
        }
        httparse::Error::HeaderValue => "a field value has bytes that are not allowed",
        httparse::Error::NewLine => "a line does not end with CR LF",
        httparse::Error::Status => "its status is not a number from 100 to 999",
        httparse::Error::Token => "its status line has bytes that are not allowed",
        httparse::Error::TooManyHeaders => "it has too many fields",
        httparse::Error::Version => {
            "it does not begin with HTTP/1.1 or HTTP/1.0; check the port, or set `http = \"2\"` \
             in [target.connections] if the API speaks HTTP/2 only"
        }
    }
}
