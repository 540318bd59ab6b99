//! One field of `Server-Timing` as a list of metrics (W3C Server Timing, section 3): tokens, quoted
//! strings, parameters.

use crate::units::{Nanos, whole};

/// The longest duration that is accepted, in milliseconds; a longer one is a mistake of the server.
const LONGEST_MS: f64 = 3_600_000.0;

/// One metric.
pub(super) struct Metric<'f> {
    pub(super) name: &'f str,
    pub(super) duration: Duration,
}

/// Its `dur`.
#[derive(Clone, Copy)]
pub(super) enum Duration {
    None,
    Wrong,
    Is(Nanos),
}

/// The metrics of one field, from its first byte on.
pub(super) struct Metrics<'f>(pub(super) &'f [u8]);

impl<'f> Iterator for Metrics<'f> {
    type Item = Metric<'f>;

    fn next(&mut self) -> Option<Metric<'f>> {
        self.skip(|byte| byte == b',' || is_space(byte));
        if self.0.is_empty() {
            return None;
        }
        let name = self.token();
        let mut duration = Duration::None;
        loop {
            // Whatever stands before the next parameter is none.
            self.skip_to_delimiter();
            if self.0.first() != Some(&b';') {
                break;
            }
            self.0 = &self.0[1..];
            self.skip(is_space);
            let parameter = self.token();
            self.skip(is_space);
            if self.0.first() != Some(&b'=') {
                continue;
            }
            self.0 = &self.0[1..];
            self.skip(is_space);
            let value = self.value();
            // Of a parameter that is there twice the first one counts.
            if parameter.eq_ignore_ascii_case("dur") && matches!(duration, Duration::None) {
                duration = Duration::of(value);
            }
        }
        Some(Metric {
            name,
            // A metric needs a name that is a token.
            duration: if name.is_empty() {
                Duration::Wrong
            } else {
                duration
            },
        })
    }
}

impl<'f> Metrics<'f> {
    fn skip(&mut self, what: impl Fn(u8) -> bool) -> &'f [u8] {
        let length = self.0.iter().take_while(|byte| what(**byte)).count();
        let (skipped, rest) = self.0.split_at(length);
        self.0 = rest;
        skipped
    }

    /// A token (RFC 9110, section 5.6.2), which may be empty.
    fn token(&mut self) -> &'f str {
        std::str::from_utf8(self.skip(is_token)).unwrap_or_default()
    }

    /// A token or a quoted string; a backslash stays as it is, because no duration has one.
    fn value(&mut self) -> &'f [u8] {
        if self.0.first() != Some(&b'"') {
            return self.skip(is_token);
        }
        let quoted = quoted_length(self.0);
        let (value, rest) = self.0.split_at(quoted);
        self.0 = rest;
        value
            .strip_prefix(b"\"")
            .map_or(value, |value| value.strip_suffix(b"\"").unwrap_or(value))
    }

    /// Goes on to the next `;` or `,` outside quotes.
    fn skip_to_delimiter(&mut self) {
        while let Some(byte) = self.0.first() {
            match byte {
                b';' | b',' => return,
                b'"' => self.0 = &self.0[quoted_length(self.0)..],
                _ => self.0 = &self.0[1..],
            }
        }
    }
}

/// The length of a quoted string with its quotes; without a closing quote, all that is left.
fn quoted_length(bytes: &[u8]) -> usize {
    let mut is_escaped = true;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    bytes.len()
}

impl Duration {
    fn of(value: &[u8]) -> Self {
        let text = std::str::from_utf8(value).map(str::trim);
        let ms: Option<f64> = text.ok().and_then(|text| text.parse().ok());
        match ms {
            Some(ms) if (0.0..=LONGEST_MS).contains(&ms) => Self::Is(Nanos(whole(ms * 1e6))),
            _ => Self::Wrong,
        }
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

const fn is_token(byte: u8) -> bool {
    TOKEN_BYTES[byte as usize]
}

/// Whether each byte may stand in a token.
const TOKEN_BYTES: [bool; 256] = {
    let mut is_token = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        is_token[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let others = b"!#$%&'*+-.^_`|~";
    let mut place = 0;
    while place < others.len() {
        is_token[others[place] as usize] = true;
        place += 1;
    }
    is_token
};
