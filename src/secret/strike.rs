//! Secrets of known value in a text of others: found however they are encoded, and left out.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What stands in place of a secret.
pub const STRUCK: &str = "[redacted]";

/// A secret of a setting that is shorter is not looked for: its characters stand in every text.
const SETTING_BYTES_MIN: usize = 6;

/// Consecutive bytes of a secret that are struck out. A signature has hundreds, and an Id does not
/// share this many with it by chance.
pub(super) const PART_MIN: usize = 12;

/// Secrets that are shorter are struck out only as they are; below this they are none.
const WHOLE_MIN: usize = 4;

/// How often a text is decoded that may be encoded more than once.
const DECODED_MAX: usize = 3;

/// A text without the given secrets: neither whole nor in part (12 characters or more of one), in
/// whatever case, neither as they are nor percent-encoded (RFC 3986, section 2.1) nor with the
/// escapes of JSON, also one over the other, nor in base64 or hexadecimal digits.
///
/// A secret of fewer than 6 bytes is not looked for.
pub fn without_secrets<'s>(text: &str, secrets: impl IntoIterator<Item = &'s [u8]>) -> String {
    let mut left = text.to_owned();
    for secret in secrets {
        // Only the parts of a secret that are text can appear in a text.
        let secret = String::from_utf8_lossy(secret);
        if secret.len() < SETTING_BYTES_MIN {
            continue;
        }
        for form in forms(&secret) {
            if let Some(struck) = without(&left, &form, STRUCK) {
                left = struck;
            }
        }
    }
    left
}

/// A secret as it is, in hexadecimal digits, and in base64 (RFC 4648) wherever in a longer text it
/// begins; characters of base64 that hold bits of its neighbours are left out.
pub(super) fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let hex = bytes
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let mut forms = vec![secret.to_owned(), hex];
    for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for before in 0..3 {
            let text = alphabet.encode([&[0; 2][..before], bytes].concat());
            let from = (before * 8).div_ceil(6);
            let to = text.len() - usize::from(!(before + bytes.len()).is_multiple_of(3));
            forms.extend(text.get(from..to).map(str::to_owned));
        }
    }
    forms.dedup();
    forms
}

/// A text without the parts of a secret; `None` if it contains none.
pub(super) fn without(text: &str, secret: &str, instead: &str) -> Option<String> {
    let mut shown = String::new();
    let mut from = 0;
    for part in parts(text, secret) {
        // What has been struck out in another reading already.
        if part.start < from {
            from = from.max(part.end);
            continue;
        }
        shown.push_str(&text[from..part.start]);
        shown.push_str(instead);
        from = part.end;
    }
    if from == 0 && shown.is_empty() {
        return None;
    }
    shown.push_str(&text[from..]);
    Some(shown)
}

/// Where parts of a secret stand in a text, as it is and decoded, in their order.
fn parts(text: &str, secret: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if secret.len() < WHOLE_MIN {
        return found;
    }
    let secret = &secret.to_ascii_lowercase();
    let mut reading = DecodedText::of(text);
    for _ in 0..=DECODED_MAX {
        found.extend(reading.parts(secret));
        match reading.decoded() {
            Some(decoded) => reading = decoded,
            None => break,
        }
    }
    found.sort_by_key(|part| (part.start, part.end));
    found
}

/// A text with the place that each of its bytes has in the original.
pub(super) struct DecodedText {
    /// ASCII only, as tokens are; other bytes become 0.
    text: String,
    /// Where each byte begins, and at last where the text ends.
    places: Vec<usize>,
}

impl DecodedText {
    pub(super) fn of(text: &str) -> Self {
        let ascii = |byte: u8| {
            if byte.is_ascii() {
                char::from(byte.to_ascii_lowercase())
            } else {
                '\0'
            }
        };
        Self {
            text: text.bytes().map(ascii).collect(),
            places: (0..=text.len()).collect(),
        }
    }

    /// The same with one encoding removed; `None` if there is none.
    fn decoded(&self) -> Option<Self> {
        let mut decoded = Self {
            text: String::with_capacity(self.text.len()),
            places: Vec::with_capacity(self.places.len()),
        };
        let mut at = 0;
        while at < self.text.len() {
            let (c, length) = decode(&self.text[at..]);
            decoded.text.push(c);
            decoded.places.push(self.places[at]);
            at += length;
        }
        decoded.places.extend(self.places.last());
        (decoded.text.len() < self.text.len()).then_some(decoded)
    }

    pub(super) fn parts(&self, secret: &str) -> Vec<Range<usize>> {
        let least = PART_MIN.min(secret.len());
        let (mut found, mut at) = (Vec::new(), 0);
        while at + least <= self.text.len() {
            if !secret.contains(&self.text[at..at + least]) {
                at += 1;
                continue;
            }
            let mut end = at + least;
            while end < self.text.len() && secret.contains(&self.text[at..=end]) {
                end += 1;
            }
            found.push(self.places[at]..self.places[end]);
            at = end;
        }
        found
    }
}

/// The first character, and how many bytes stand for it: `%41` (RFC 3986), `\u0041` and `\/`
/// (RFC 8259, section 7).
fn decode(text: &str) -> (char, usize) {
    let hex = |digits: Option<&str>| {
        let digits = digits?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let code = u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
        Some(char::from(code.to_ascii_lowercase())).filter(char::is_ascii)
    };
    let percent = text.strip_prefix('%').and_then(|rest| hex(rest.get(..2)));
    let escape = text.strip_prefix("\\u00");
    let escape = escape.and_then(|rest| hex(rest.get(..2)));
    match (percent, escape) {
        (Some(c), _) => (c, 3),
        (None, Some(c)) => (c, 6),
        (None, None) => named(text)
            .or_else(|| numbered(text))
            .unwrap_or((text.chars().next().unwrap_or_default(), 1)),
    }
}

/// Characters that JSON (RFC 8259, section 7), HTML and XML write by a name.
const NAMED: [(&str, char); 9] = [
    ("\\/", '/'),
    ("\\\"", '"'),
    ("\\\\", '\\'),
    ("&amp;", '&'),
    ("&lt;", '<'),
    ("&gt;", '>'),
    ("&quot;", '"'),
    ("&apos;", '\''),
    ("&#39;", '\''),
];

fn named(text: &str) -> Option<(char, usize)> {
    let found = NAMED.iter().find(|(name, _)| text.starts_with(name));
    found.map(|(name, c)| (*c, name.len()))
}

/// A character by its number, as HTML and XML have it: `&#115;`, `&#x73;`.
fn numbered(text: &str) -> Option<(char, usize)> {
    let rest = text.strip_prefix("&#")?;
    let (digits, _) = rest.split_once(';')?;
    let code = match digits.strip_prefix('x') {
        Some(hex) => u8::from_str_radix(hex, 16).ok()?,
        None => digits.parse::<u8>().ok()?,
    };
    let c = char::from(code.to_ascii_lowercase());
    c.is_ascii().then_some((c, "&#;".len() + digits.len()))
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
            TOKEN.to_ascii_uppercase(),
            TOKEN
                .bytes()
                .fold(String::new(), |hex, byte| format!("{hex}{byte:02X}")),
        ] {
            let text = format!("token {written}, refused");
            assert_eq!(
                strike(&text),
                format!("token {STRUCK}, refused"),
                "{written}"
            );
        }
    }

    // Its last character holds bits of what follows.
    #[test]
    fn a_secret_within_base64_is_left_out_but_for_a_character() {
        for before in ["", "a", "ab", "user:"] {
            for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let text = alphabet.encode(format!("{before}{TOKEN}, x"));
                let left = strike(&text);
                assert!(left.len() < text.len() - TOKEN.len(), "{before}: {left}");
            }
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
