//! Secrets of known value in a text of others: found however they are encoded, and left out.

use std::ops::Range;

/// What stands in place of a secret.
pub const STRUCK: &str = "[redacted]";

/// A stretch of a secret this long is as telling as the whole; a shorter one may stand in any
/// text by chance.
const PART_BYTES: usize = 12;

/// A secret shorter than this is not looked for: its characters stand in every text.
const SECRET_BYTES_MIN: usize = 6;

/// A text without the given secrets: neither whole nor in part (12 bytes or more of one), neither
/// as they are nor percent-encoded (RFC 3986, section 2.1) nor with the escapes of JSON.
///
/// A secret of fewer than 6 bytes is not looked for.
pub fn without_secrets<'s>(text: &str, secrets: impl IntoIterator<Item = &'s [u8]>) -> String {
    let (plain, places) = decoded(text);
    let mut struck = vec![false; text.len()];
    for secret in secrets {
        // A secret may itself hold what looks like an encoding.
        for found in stretches(text.as_bytes(), secret) {
            struck[found].fill(true);
        }
        for found in stretches(&plain, secret) {
            let end = places.get(found.end).copied().unwrap_or(text.len());
            struck[places[found.start]..end].fill(true);
        }
    }
    let mut left = String::with_capacity(text.len());
    let mut was_struck = false;
    for (place, c) in text.char_indices() {
        let is_struck = struck[place];
        if !is_struck {
            left.push(c);
        } else if !was_struck {
            left.push_str(STRUCK);
        }
        was_struck = is_struck;
    }
    left
}

/// Where a secret, or a telling part of it, stands.
fn stretches(plain: &[u8], secret: &[u8]) -> Vec<Range<usize>> {
    if secret.len() < SECRET_BYTES_MIN {
        return Vec::new();
    }
    let least = secret.len().min(PART_BYTES);
    let mut found = Vec::new();
    let mut from = 0;
    while from + least <= plain.len() {
        match longest(&plain[from..], secret, least) {
            Some(length) => {
                found.push(from..from + length);
                from += length;
            }
            None => from += 1,
        }
    }
    found
}

/// How many bytes a text begins with that stand in the secret, if these are enough.
fn longest(plain: &[u8], secret: &[u8], least: usize) -> Option<usize> {
    let starts = secret.windows(least).enumerate();
    let here = starts.filter(|(_, part)| plain.starts_with(part));
    here.map(|(start, _)| {
        let pairs = plain.iter().zip(&secret[start..]);
        pairs.take_while(|(left, right)| left == right).count()
    })
    .max()
}

/// The bytes that a text stands for, and where each of them is written.
fn decoded(text: &str) -> (Vec<u8>, Vec<usize>) {
    let bytes = text.as_bytes();
    let (mut plain, mut places) = (Vec::with_capacity(bytes.len()), Vec::new());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let (meant, length) = match byte {
            b'%' => hex(bytes, at + 1, 2).map_or((byte, 1), |value| (value, 3)),
            b'\\' => escaped(bytes, at),
            _ => (byte, 1),
        };
        plain.push(meant);
        places.push(at);
        at += length;
    }
    (plain, places)
}

/// An escape of JSON (RFC 8259, section 7), of those that a token's characters can be written in.
fn escaped(bytes: &[u8], at: usize) -> (u8, usize) {
    match bytes.get(at + 1) {
        Some(b'u') if bytes.get(at + 2..at + 4) == Some(b"00") => {
            hex(bytes, at + 4, 2).map_or((b'\\', 1), |value| (value, 6))
        }
        Some(&next @ (b'/' | b'"' | b'\\')) => (next, 2),
        _ => (b'\\', 1),
    }
}

fn hex(bytes: &[u8], at: usize, digits: usize) -> Option<u8> {
    let text = std::str::from_utf8(bytes.get(at..at + digits)?).ok()?;
    if !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u8::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &str = "00Dxx0000001gPL!AR8AQJXg5oj8jXSgxJfA0lBog.39AsX";

    fn strike(text: &str) -> String {
        without_secrets(text, [TOKEN.as_bytes()])
    }

    #[test]
    fn a_secret_is_left_out_however_it_is_written() {
        for written in [
            TOKEN.to_owned(),
            TOKEN.replace('!', "%21"),
            TOKEN.replace('!', "\\u0021"),
            TOKEN[7..].to_owned(),
            TOKEN[..20].to_owned(),
        ] {
            let text = format!("token {written}, refused");
            assert_eq!(
                strike(&text),
                format!("token {STRUCK}, refused"),
                "{written}"
            );
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in ["", "invalid_token: 100 % \\ %zz é", "00Dxx000000"] {
            assert_eq!(strike(text), text);
        }
        assert_eq!(without_secrets("a 1 b", [b"1".as_slice()]), "a 1 b");
    }

    proptest! {
        #[test]
        fn no_part_of_a_secret_is_left_that_tells(
            before in "\\PC{0,20}",
            after in "\\PC{0,20}",
            secret in "[!-~]{12,80}",
            from in 0_usize..60,
            encode in any::<bool>(),
        ) {
            let part = &secret[from.min(secret.len() - 12)..];
            let written: String = if encode {
                part.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"))
            } else {
                part.to_owned()
            };
            let left = without_secrets(&format!("{before}{written}{after}"), [secret.as_bytes()]);
            prop_assert!(!left.contains(&written), "{left}");
        }
    }
}
