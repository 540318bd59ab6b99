//! The kept part of an answer's body, unpacked and without a byte order mark.

use std::io::Read as _;

use bytes::Bytes;
use flate2::bufread::GzDecoder;

use super::fields::Fields;
use crate::units::count;

/// A byte order mark in UTF-8, which some servers send though RFC 8259 (section 8.1) forbids it.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// How much of an answer's body could be read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BodyCapture {
    /// All of it.
    #[default]
    Whole,
    /// It is longer than what is kept.
    Cut,
    /// It is in a coding that is not read, or broken, and stands as it came.
    Coded,
}

/// How a body is coded (RFC 9110, section 8.4).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Coding {
    #[default]
    None,
    Gzip,
    Other,
}

impl Coding {
    /// Reads the coding from the head of an answer. We do not ask for a coding, but some proxies
    /// use one anyway.
    pub(super) fn of(fields: Fields<'_>) -> Self {
        let mut found = Self::None;
        for value in fields.all("content-encoding") {
            for name in value.split(|byte| *byte == b',') {
                let name = name.trim_ascii().to_ascii_lowercase();
                found = match (found, name.as_slice()) {
                    (found, b"" | b"identity") => found,
                    (Self::None, b"gzip" | b"x-gzip") => Self::Gzip,
                    _ => Self::Other,
                };
            }
        }
        found
    }
}

/// The body of which `kept` is the beginning and `bytes` the length, in no more than `room` bytes.
pub(super) fn readable(
    kept: Vec<u8>,
    bytes: u64,
    coding: Coding,
    room: usize,
) -> (Bytes, BodyCapture) {
    let is_cut = bytes > count(kept.len());
    let (mut body, how) = match coding {
        Coding::None if is_cut => (kept, BodyCapture::Cut),
        Coding::None => (kept, BodyCapture::Whole),
        Coding::Other => (kept, BodyCapture::Coded),
        Coding::Gzip => match unpacked(&kept, room) {
            (body, true) => (body, BodyCapture::Whole),
            (body, false) if body.len() == room || (is_cut && !body.is_empty()) => {
                (body, BodyCapture::Cut)
            }
            (_, false) => (kept, BodyCapture::Coded),
        },
    };
    if body.starts_with(MARK) {
        body.drain(..MARK.len());
    }
    (body.into(), how)
}

/// As much as could be unpacked and has room, and whether that is all.
fn unpacked(packed: &[u8], room: usize) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    let mut decoder = GzDecoder::new(packed).take(count(room) + 1);
    let is_read = decoder.read_to_end(&mut body).is_ok();
    let is_whole = is_read && body.len() <= room;
    body.truncate(room);
    (body, is_whole)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use hyper::header::{CONTENT_ENCODING, HeaderMap};
    use proptest::prelude::*;

    use super::*;

    fn packed(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn coding(values: &[&str]) -> Coding {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CONTENT_ENCODING, value.parse().unwrap());
        }
        Coding::of(Fields::Map(&headers))
    }

    #[test]
    fn a_coding_is_known_by_its_names() {
        assert_eq!(coding(&[]), Coding::None);
        assert_eq!(coding(&["identity", ""]), Coding::None);
        assert_eq!(coding(&["GZip"]), Coding::Gzip);
        assert_eq!(coding(&["identity, x-gzip"]), Coding::Gzip);
        assert_eq!(coding(&["br"]), Coding::Other);
        assert_eq!(coding(&["gzip", "gzip"]), Coding::Other);
    }

    #[test]
    fn a_body_is_unpacked_within_its_room() {
        let read =
            |kept: &[u8], coding, room| readable(kept.to_vec(), count(kept.len()), coding, room);
        let body = b"\xef\xbb\xbf{\"id\":\"a\"}";
        for (kept, coding) in [(body.to_vec(), Coding::None), (packed(body), Coding::Gzip)] {
            let (found, how) = read(&kept, coding, 100);
            assert_eq!(
                (&found[..], how),
                (&b"{\"id\":\"a\"}"[..], BodyCapture::Whole)
            );
        }
        let bomb = packed(&vec![b' '; 10_000_000]);
        let (found, how) = read(&bomb, Coding::Gzip, 100);
        assert_eq!((found.len(), how), (100, BodyCapture::Cut));
        let half = &packed(body)[..20];
        assert_eq!(read(half, Coding::Gzip, 100).1, BodyCapture::Coded);
        assert_eq!(read(body, Coding::Gzip, 100).1, BodyCapture::Coded);
        assert_eq!(read(body, Coding::Other, 100).1, BodyCapture::Coded);
        assert_eq!(
            readable(body.to_vec(), 100, Coding::None, 100).1,
            BodyCapture::Cut
        );
    }

    proptest! {
        #[test]
        fn no_body_does_more_than_fill_its_room(body in prop::collection::vec(any::<u8>(), 0..300)) {
            let bytes = count(body.len());
            for coding in [Coding::None, Coding::Gzip, Coding::Other] {
                let (found, _) = readable(body.clone(), bytes, coding, 100);
                prop_assert!(found.len() <= 300);
            }
        }
    }
}
