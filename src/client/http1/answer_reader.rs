//! Reads one answer from its bytes, as they come.

use std::mem::MaybeUninit;

use super::body_length::{BodyLength, keeps_alive};
use super::chunked::Chunked;
use crate::client::answer::{Answer, BODY_BYTES_MAX, Reading};
use crate::client::fields::Fields;
use crate::client::malformed::Malformed;
use crate::units::count;

/// The most of an answer's head that is read.
const HEAD_BYTES_MAX: usize = 400 * 1024;

/// A head of this many bytes is looked at whenever more of it has come.
const SHORT_HEAD: usize = 4 * 1024;

/// A status after which the connection speaks another protocol (RFC 9110, section 15.2.2).
const SWITCHING_PROTOCOLS: u16 = 101;

/// Header fields that are read.
const FIELDS_MAX: usize = 100;

/// Reads the answers of one connection, one after the other.
#[derive(Debug)]
pub(super) struct AnswerReader {
    state: AnswerPart,
    keeps_alive: bool,
}

#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "it lies within its connection, and a box of its own would be allocated for each answer"
)]
enum AnswerPart {
    /// A head, of which this many bytes are known not to be whole.
    Head(usize),
    /// The body of an answer.
    Body(Answer, Body),
}

/// What is missing of a body.
#[derive(Debug)]
enum Body {
    Bytes(u64),
    Chunked(Box<Chunked>),
    UntilClose,
}

/// A head that is whole, and its length.
struct Head {
    bytes: usize,
    /// `None` for an interim answer (RFC 9110, section 15.2), behind which another one follows.
    answer: Option<(Answer, Body)>,
}

impl AnswerReader {
    pub(super) const fn new() -> Self {
        Self {
            state: AnswerPart::Head(0),
            keeps_alive: true,
        }
    }

    /// Whether the connection can be used again after the last answer.
    pub(super) const fn keeps_alive(&self) -> bool {
        self.keeps_alive
    }

    /// Takes what it can use of `input`, which begins with what was not taken the last time.
    ///
    /// Returns how many bytes it took, and the answer if it is whole; `reading` says how much of it is
    /// kept.
    pub(super) fn read(
        &mut self,
        input: &[u8],
        reading: &mut Reading,
    ) -> Result<(usize, Option<Answer>), Malformed> {
        let mut taken = 0;
        loop {
            let rest = &input[taken..];
            match &mut self.state {
                AnswerPart::Head(looked) => {
                    if !is_worth_a_look(rest, *looked) {
                        return Ok((taken, None));
                    }
                    let Some(head) = self.head(rest, reading)? else {
                        self.state = AnswerPart::Head(rest.len());
                        return Ok((taken, None));
                    };
                    taken += head.bytes;
                    self.state = match head.answer {
                        Some((answer, body)) => AnswerPart::Body(answer, body),
                        None => AnswerPart::Head(0),
                    };
                }
                AnswerPart::Body(answer, body) => {
                    let kept = reading.kept_max();
                    taken += body.read(rest, |data| answer.take(data, kept))?;
                    if answer.body_bytes > BODY_BYTES_MAX {
                        return Err(Malformed::BodyTooLarge);
                    }
                    let answer = body.is_done().then(|| self.finish()).flatten();
                    return Ok((taken, answer));
                }
            }
        }
    }

    /// The connection was closed: an answer that ends with it is whole. `rest` is what was not taken.
    pub(super) fn close(
        &mut self,
        rest: &[u8],
        reading: &mut Reading,
    ) -> Result<Option<Answer>, Malformed> {
        match &self.state {
            AnswerPart::Body(_, Body::UntilClose) => Ok(self.finish()),
            AnswerPart::Body(..) => Ok(None),
            AnswerPart::Head(_) => self.head(rest, reading).map(|_| None),
        }
    }

    /// The status of the answer that is under way, and what was kept of its body.
    pub(super) fn give_up(&mut self) -> (Option<u16>, Vec<u8>) {
        self.finish().map_or((None, Vec::new()), |answer| {
            (Some(answer.status), answer.kept)
        })
    }

    fn finish(&mut self) -> Option<Answer> {
        match std::mem::replace(&mut self.state, AnswerPart::Head(0)) {
            AnswerPart::Body(answer, _) => Some(answer),
            AnswerPart::Head(_) => None,
        }
    }

    /// Reads a head, if it is whole.
    fn head(&mut self, input: &[u8], reading: &mut Reading) -> Result<Option<Head>, Malformed> {
        let mut lines = [const { MaybeUninit::uninit() }; FIELDS_MAX];
        let mut head = httparse::Response::new(&mut []);
        let parsed = httparse::ParserConfig::default()
            .parse_response_with_uninit_headers(&mut head, input, &mut lines);
        let bytes = match parsed {
            Ok(httparse::Status::Complete(bytes)) => bytes,
            Ok(httparse::Status::Partial) if input.len() < HEAD_BYTES_MAX => return Ok(None),
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
                return Err(Malformed::HeadTooLarge);
            }
            Err(error) => return Err(Malformed::Head(error, head.code)),
        };
        let status = head.code.unwrap_or_default();
        let is_http10 = head.version == Some(0);
        let fields = Fields::Lines(head.headers);
        match status {
            ..100 => return Err(Malformed::Head(httparse::Error::Status, None)),
            100 | 102..200 => {
                return Ok(Some(Head {
                    bytes,
                    answer: None,
                }));
            }
            _ => {}
        }
        let length = BodyLength::of(status, is_http10, fields)?;
        self.keeps_alive = keeps_alive(is_http10, fields)
            && length != BodyLength::UntilClose
            && status != SWITCHING_PROTOCOLS;
        let body = match length {
            BodyLength::Bytes(bytes) => Body::Bytes(bytes),
            BodyLength::Chunked => Body::Chunked(Box::new(Chunked::new())),
            BodyLength::UntilClose => Body::UntilClose,
        };
        let answer = Some((Answer::begun(status, fields, reading), body));
        Ok(Some(Head { bytes, answer }))
    }
}

impl Body {
    /// Takes bytes up to the end of the body, gives out those that are data, and returns how many it
    /// took.
    fn read(&mut self, input: &[u8], mut data: impl FnMut(&[u8])) -> Result<usize, Malformed> {
        let taken = match self {
            Self::Bytes(left) => {
                let taken = usize::try_from(*left)
                    .unwrap_or(usize::MAX)
                    .min(input.len());
                *left -= count(taken);
                taken
            }
            Self::Chunked(chunked) => return chunked.read(input, data),
            Self::UntilClose => input.len(),
        };
        data(&input[..taken]);
        Ok(taken)
    }

    fn is_done(&self) -> bool {
        match self {
            Self::Bytes(left) => *left == 0,
            Self::Chunked(chunked) => chunked.is_done(),
            Self::UntilClose => false,
        }
    }
}

/// Whether a head may be whole or wrong by now, of which `looked` bytes were read in vain. A long head
/// that comes byte by byte is not read from its start for each byte.
fn is_worth_a_look(head: &[u8], looked: usize) -> bool {
    if head.len() <= SHORT_HEAD || head.len() >= looked * 2 || head.len() >= HEAD_BYTES_MAX {
        return !head.is_empty();
    }
    let new = &head[looked.saturating_sub(3)..];
    new.windows(2).any(|end| matches!(end, b"\n\n" | b"\n\r"))
}
