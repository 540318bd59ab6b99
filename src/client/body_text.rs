//! The body of an answer as text.

use std::io::Read as _;

use flate2::read::GzDecoder;

use crate::units::count;

/// What gzip begins with (RFC 1952, section 2.3.1).
const GZIP: &[u8] = &[0x1f, 0x8b];

/// A body as text: unpacked where it is gzip, without a byte order mark, with a sign in place of
/// bytes that are no UTF-8. No more than `most` bytes are unpacked.
///
/// Nothing asks for gzip; some proxies pack all the same.
pub fn body_text(body: &[u8], most: usize) -> String {
    let mut unpacked = Vec::new();
    let text = if body.starts_with(GZIP) {
        // What was cut off in the middle is a text as far as it goes.
        let read = GzDecoder::new(body)
            .take(count(most))
            .read_to_end(&mut unpacked);
        match read {
            Err(_) if unpacked.is_empty() => &[],
            _ => unpacked.as_slice(),
        }
    } else {
        body
    };
    let text = String::from_utf8_lossy(text);
    text.trim_start_matches('\u{feff}').to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn a_packed_body_is_unpacked_up_to_a_limit() {
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(&vec![b'x'; 100_000]).unwrap();
        let packed = packer.finish().unwrap();
        assert_eq!(body_text(&packed, 100).len(), 100);
        assert_eq!(body_text(&packed[..5], 100), "");
        assert_eq!(body_text("\u{feff}{}".as_bytes(), 100), "{}");
    }
}
