//! Removes the secrets of a request from its echo, by their values in any encoding.
//!
//! A search by the shape of a token would find neither a bare signature nor an opaque token. The
//! request itself contains its secrets, so this searches for them as they are, in percent-encoding
//! (RFC 3986, section 2.1), in escapes of JSON and HTML, in base64 and in hex.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, PROXY_AUTHORIZATION};
use serde_json::{Map, Value};

use super::credentials;
use crate::secret::token_in;
use crate::units::hex;

/// Replaces a secret.
pub(super) const REDACTED: &str = "<redacted>";

/// The shortest secret that is searched for; shorter ones occur in ordinary words.
const LENGTH_MIN: usize = 8;

/// How many layers of encoding are removed.
const LAYERS_MAX: usize = 3;

/// The secrets to remove.
pub(super) struct Strike {
    /// As [`folded`] writes it.
    needles: Vec<Vec<u8>>,
}

impl Strike {
    /// The credentials in the head of a request.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut strike = Self {
            needles: Vec::new(),
        };
        for name in [AUTHORIZATION, PROXY_AUTHORIZATION] {
            for value in headers.get_all(name) {
                let text = String::from_utf8_lossy(value.as_bytes());
                strike.credentials(credentials::parts(&text).1);
            }
        }
        strike
    }

    fn credentials(&mut self, text: &str) {
        self.secret(text.as_bytes());
        // In an unknown form, each word and each parameter may be the secret.
        for word in text.split([' ', ',', '"']) {
            self.secret(word.as_bytes());
        }
        if let Some((_, signature)) = text.rsplit_once('.') {
            self.secret(signature.as_bytes());
            if let Ok(bytes) = URL_SAFE_NO_PAD.decode(signature) {
                self.encodings(&bytes);
            }
        }
        // User and password (RFC 7617, section 2).
        if let Ok(pair) = STANDARD.decode(text)
            && let Some(colon) = pair.iter().position(|byte| *byte == b':')
        {
            self.secret(&pair);
            self.secret(&pair[colon + 1..]);
        }
    }

    fn secret(&mut self, bytes: &[u8]) {
        self.needle(bytes);
        self.encodings(bytes);
    }

    fn encodings(&mut self, bytes: &[u8]) {
        self.needle(hex(bytes).as_bytes());
        // The bytes before it decide at which of three offsets base64 begins; characters with bits of
        // a neighbour are left out.
        for before in 0..3 {
            let padded = [&[0; 3][..before], bytes].concat();
            let text = STANDARD_NO_PAD.encode(&padded);
            let first = (before * 8).div_ceil(6);
            let whole = padded.len() * 8 / 6;
            self.needle(text[..whole].get(first..).unwrap_or_default().as_bytes());
        }
    }

    fn needle(&mut self, bytes: &[u8]) {
        let needle: Vec<u8> = bytes.iter().map(|byte| folded(*byte)).collect();
        if bytes.len() >= LENGTH_MIN && !self.needles.contains(&needle) {
            self.needles.push(needle);
        }
    }

    /// Removes them from all texts of a value, including names and numbers. Also removes whatever looks
    /// like a token, because a token in the wrong place is a secret too.
    pub(super) fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(struck) = self.text(text) {
                    *text = struck;
                }
            }
            Value::Number(number) => {
                if let Some(struck) = self.text(&number.to_string()) {
                    *value = Value::String(struck);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(entries) => {
                let whole = std::mem::take(entries).into_iter();
                *entries = whole
                    .map(|(name, mut value)| {
                        self.value(&mut value);
                        (self.text(&name).unwrap_or(name), value)
                    })
                    .collect::<Map<_, _>>();
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// A text without its secrets; `None` if it has none.
    fn text(&self, text: &str) -> Option<String> {
        let mut view = View::of(text);
        let mut places = self.places(&view);
        for _ in 0..LAYERS_MAX {
            let Some(below) = view.decoded() else { break };
            view = below;
            places.extend(self.places(&view));
        }
        if places.is_empty() {
            return None;
        }
        places.sort_by_key(|place| place.start);
        let (mut struck, mut from) = (String::new(), 0);
        for place in places {
            if place.start >= from {
                struck.push_str(&text[from..place.start]);
                struck.push_str(REDACTED);
            }
            from = from.max(place.end);
        }
        struck.push_str(&text[from..]);
        Some(struck)
    }

    /// The places of secrets in the text of a view.
    fn places(&self, view: &View) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        let folded: Vec<u8> = view.bytes.iter().map(|byte| folded(*byte)).collect();
        // One pass for all secrets, because a body may have megabytes.
        let mut begins = [false; 256];
        for needle in &self.needles {
            begins[usize::from(needle[0])] = true;
        }
        for (at, byte) in folded.iter().enumerate() {
            if !begins[usize::from(*byte)] {
                continue;
            }
            let met = self
                .needles
                .iter()
                .filter(|needle| folded[at..].starts_with(needle));
            places.extend(met.map(|needle| view.place(at..at + needle.len())));
        }
        // A view is ASCII, so that positions in the text are positions of bytes.
        let text = String::from_utf8_lossy(&view.bytes);
        let mut from = 0;
        while let Some(place) = token_in(&text[from..]) {
            let place = from + place.start..from + place.end;
            from = place.end;
            places.push(view.place(place));
        }
        places
    }
}

/// A byte as it is compared: without its case, and the same in both alphabets of base64.
const fn folded(byte: u8) -> u8 {
    match byte.to_ascii_lowercase() {
        b'-' => b'+',
        b'_' => b'/',
        byte => byte,
    }
}

/// A decoded text, and where each of its bytes came from.
struct View {
    bytes: Vec<u8>,
    /// Where each byte begins and ends in the text.
    places: Vec<(u32, u32)>,
}

impl View {
    /// A text as it is, without white space, so that a folded token is found.
    fn of(text: &str) -> Self {
        let mut view = Self {
            bytes: Vec::new(),
            places: Vec::new(),
        };
        for (at, byte) in (0..).zip(text.bytes()) {
            view.push(byte, (at, at + 1));
        }
        view
    }

    fn push(&mut self, byte: u8, place: (u32, u32)) {
        if !byte.is_ascii_whitespace() {
            self.bytes
                .push(if byte.is_ascii() { byte } else { b'\x7f' });
            self.places.push(place);
        }
    }

    /// The place of a part of it in the text.
    fn place(&self, part: Range<usize>) -> Range<usize> {
        let of = |(start, end): (u32, u32)| (start as usize, end as usize);
        let (start, _) = of(self.places[part.start]);
        let (_, end) = of(self.places[part.end - 1]);
        start..end
    }

    /// The view with one layer of encoding removed; `None` if it has none.
    fn decoded(&self) -> Option<Self> {
        let mut view = Self {
            bytes: Vec::new(),
            places: Vec::new(),
        };
        let mut at = 0;
        while at < self.bytes.len() {
            let (byte, length) = escaped(&self.bytes[at..]).unwrap_or((self.bytes[at], 1));
            let place = (self.places[at].0, self.places[at + length - 1].1);
            view.push(byte, place);
            at += length;
        }
        (view.bytes.len() < self.bytes.len()).then_some(view)
    }
}

/// An escaped byte of ASCII at the start of a text, and how long its escape is: `%2e`, `\u002e`,
/// `\x2e`, `\/`, `&#46;` or `&#x2e;`.
fn escaped(text: &[u8]) -> Option<(u8, usize)> {
    let number = |digits: &[u8], radix| {
        let digits = std::str::from_utf8(digits).ok()?;
        let is_number = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
        u8::from_str_radix(digits, radix).ok().filter(|_| is_number)
    };
    match text {
        [b'%', rest @ ..] => Some((number(rest.get(..2)?, 16)?, 3)),
        [b'\\', b'u', b'0', b'0', rest @ ..] => Some((number(rest.get(..2)?, 16)?, 6)),
        [b'\\', b'x', rest @ ..] => Some((number(rest.get(..2)?, 16)?, 4)),
        [b'\\', next @ (b'/' | b'\\' | b'"'), ..] => Some((*next, 2)),
        [b'&', b'#', rest @ ..] => {
            let end = rest.iter().take(6).position(|byte| *byte == b';')?;
            let byte = match &rest[..end] {
                [b'x' | b'X', digits @ ..] => number(digits, 16)?,
                digits => number(digits, 10)?,
            };
            Some((byte, end + 3))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;
    use serde_json::json;

    use super::*;

    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJlLW9mLWl0_-8";
    const SIGNATURE: &str = "c2lnbmF0dXJlLW9mLWl0_-8";

    fn strike(credentials: &str) -> Strike {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(credentials).unwrap());
        Strike::of(&headers)
    }

    fn every_byte(text: &str, escape: impl Fn(u8) -> String) -> String {
        text.bytes().map(escape).collect()
    }

    fn encodings(secret: &str) -> Vec<String> {
        vec![
            secret.to_owned(),
            secret.to_ascii_lowercase(),
            every_byte(secret, |byte| format!("%{byte:02x}")),
            every_byte(secret, |byte| format!("%25{byte:02X}")),
            every_byte(secret, |byte| format!("\\u{byte:04x}")),
            every_byte(secret, |byte| format!("&#{byte};")),
            every_byte(secret, |byte| format!("&#x{byte:x};")),
            every_byte(secret, |byte| format!("{byte:02X}")),
            secret.replace('.', "%2E"),
            format!("{}\r\n {}", &secret[..9], &secret[9..]),
            STANDARD.encode(secret),
            STANDARD.encode(format!("a{secret}b")),
            URL_SAFE_NO_PAD.encode(format!("ab{secret}")),
        ]
    }

    #[test]
    fn a_known_secret_is_struck_out_however_it_is_written() {
        for (credentials, secret) in [
            (format!("Bearer {TOKEN}"), TOKEN),
            (format!("Bearer {TOKEN}"), SIGNATURE),
            (
                "Bearer opaque/access+token".to_owned(),
                "opaque/access+token",
            ),
            (
                format!("Basic {}", STANDARD.encode("me:pass-word-1")),
                "pass-word-1",
            ),
            ("no-scheme-at-all".to_owned(), "no-scheme-at-all"),
            ("Odd-Scheme secret-word".to_owned(), "secret-word"),
        ] {
            let strike = strike(&credentials);
            for encoded in encodings(secret) {
                let text = format!("é?before={encoded}&after=é");
                let struck = strike.text(&text).unwrap_or(text);
                // The edges of base64 hold bits of what stands around.
                let kept = struck.replacen(REDACTED, "", 1);
                assert!(struck.contains(REDACTED), "{secret}: {struck}");
                assert!(kept.len() <= "é?before=&after=é".len() + 8, "{struck}");
                assert!(kept.starts_with("é?before="), "{struck}");
                assert!(kept.ends_with("&after=é"), "{struck}");
            }
        }
    }

    #[test]
    fn a_signature_in_another_alphabet_is_the_same() {
        let strike = strike(&format!("Bearer {TOKEN}"));
        let bytes = URL_SAFE_NO_PAD.decode(SIGNATURE).unwrap();
        for text in [STANDARD_NO_PAD.encode(&bytes), hex(&bytes)] {
            assert_eq!(strike.text(&text).as_deref(), Some(REDACTED), "{text}");
        }
    }

    #[test]
    fn names_numbers_and_what_lies_deep_are_looked_at() {
        let mut value = json!({
            "1234567890": [{"a": {"b": 1_234_567_890_u64}}, "x1234567890y"],
            "kept": [null, true, 7, "12345678"],
        });
        strike("Bearer 1234567890").value(&mut value);
        assert_eq!(
            value,
            json!({
                REDACTED: [{"a": {"b": REDACTED}}, "x<redacted>y"],
                "kept": [null, true, 7, "12345678"],
            })
        );
    }

    #[test]
    fn a_token_elsewhere_is_struck_out_by_its_shape() {
        let strike = Strike::of(&HeaderMap::new());
        for text in [TOKEN.to_owned(), TOKEN.replace('.', "%2e")] {
            assert_eq!(strike.text(&text).as_deref(), Some(REDACTED));
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        let strike = strike(&format!("Bearer {TOKEN}"));
        for text in [
            "",
            "%",
            "%zz",
            "100%",
            "\\u00",
            "&#",
            "&#;",
            "&#999;",
            "é %C3%A9",
        ] {
            assert_eq!(strike.text(text), None, "{text:?}");
        }
    }
}
