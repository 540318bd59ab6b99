//! How the end of an answer's body is told (RFC 9112, section 6.3).

use crate::client::fields::Fields;
use crate::client::malformed::Malformed;

/// A length from which on a number cannot be meant as one.
const IMPOSSIBLE: u64 = u64::MAX - 1;

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum BodyLength {
    /// It has this many bytes, perhaps none.
    Bytes(u64),
    /// It comes in chunks, and the last one is empty.
    Chunked,
    /// It goes on until the connection is closed.
    UntilClose,
}

impl BodyLength {
    /// Reads it from the head of an answer to a POST or a GET; `is_http10` is of version 1.0.
    pub(super) fn of(status: u16, is_http10: bool, fields: Fields<'_>) -> Result<Self, Malformed> {
        if matches!(status, 101 | 204 | 304) {
            return Ok(Self::Bytes(0));
        }
        if let Some(codings) = fields.all("transfer-encoding").last() {
            if is_http10 {
                return Err(Malformed::TransferEncoding);
            }
            let is_chunked = list(codings)
                .next_back()
                .is_some_and(|last| last.eq_ignore_ascii_case(b"chunked"));
            return Ok(if is_chunked {
                Self::Chunked
            } else {
                Self::UntilClose
            });
        }
        // Equal lengths may be repeated; different ones leave the end of the body open.
        let mut length = None;
        for value in fields.all("content-length").flat_map(list) {
            let read = number(value).ok_or(Malformed::ContentLength)?;
            if length.is_some_and(|length| length != read) {
                return Err(Malformed::ContentLength);
            }
            length = Some(read);
        }
        match length {
            Some(IMPOSSIBLE..) => Err(Malformed::ImpossibleLength),
            Some(length) => Ok(Self::Bytes(length)),
            None => Ok(Self::UntilClose),
        }
    }
}

/// Whether the connection stays open after an answer (RFC 9112, section 9.3).
pub(super) fn keeps_alive(is_http10: bool, fields: Fields<'_>) -> bool {
    let has = |option: &[u8]| {
        let mut options = fields.all("connection").flat_map(list);
        options.any(|found| found.eq_ignore_ascii_case(option))
    };
    !has(b"close") && (!is_http10 || has(b"keep-alive"))
}

/// The members of a list, without blanks around them.
fn list(value: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

/// A number in digits alone.
fn number(digits: &[u8]) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| is_number)?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, is_http10: bool, fields: &[(&str, &str)]) -> Result<BodyLength, Malformed> {
        let lines: Vec<_> = fields
            .iter()
            .map(|(name, value)| httparse::Header {
                name,
                value: value.as_bytes(),
            })
            .collect();
        BodyLength::of(status, is_http10, Fields::Lines(&lines))
    }

    #[test]
    fn the_end_of_a_body_is_told_by_its_fields() {
        let length = |value| [("Content-Length", value)];
        assert_eq!(of(200, false, &length("12")), Ok(BodyLength::Bytes(12)));
        assert_eq!(of(200, false, &length("2, 2")), Ok(BodyLength::Bytes(2)));
        assert_eq!(of(204, false, &length("12")), Ok(BodyLength::Bytes(0)));
        assert_eq!(of(200, false, &[]), Ok(BodyLength::UntilClose));
        for wrong in ["", "2, 3", "+2", "-1", "0x2", "2 2", "18446744073709551616"] {
            let refused = of(200, false, &length(wrong));
            assert_eq!(refused, Err(Malformed::ContentLength), "{wrong}");
        }
        let coded = |value| [("Content-Length", "3"), ("Transfer-Encoding", value)];
        assert_eq!(of(200, false, &coded("Chunked")), Ok(BodyLength::Chunked));
        let gzip = of(200, false, &coded("chunked, gzip"));
        assert_eq!(gzip, Ok(BodyLength::UntilClose));
        let old = of(200, true, &coded("chunked"));
        assert_eq!(old, Err(Malformed::TransferEncoding));
    }

    #[test]
    fn a_connection_is_kept_as_its_version_and_its_options_say() {
        for (is_http10, values, kept) in [
            (false, &[][..], true),
            (true, &[], false),
            (true, &["Keep-Alive"], true),
            (false, &["upgrade, Close"], false),
            (false, &["close", "keep-alive"], false),
            (true, &["keep-alive", "close"], false),
        ] {
            let lines: Vec<_> = values
                .iter()
                .map(|value| httparse::Header {
                    name: "connection",
                    value: value.as_bytes(),
                })
                .collect();
            let found = keeps_alive(is_http10, Fields::Lines(&lines));
            assert_eq!(found, kept, "{values:?}");
        }
    }
}
