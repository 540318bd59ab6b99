//! The header fields of an answer, whichever version of HTTP they came by.

use hyper::header::{HeaderMap, HeaderValue};

/// The header fields of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fields<'a> {
    /// Of HTTP/1.1, in their order.
    Lines(&'a [httparse::Header<'a>]),
    /// Of HTTP/2.
    Map(&'a HeaderMap),
}

impl<'a> Fields<'a> {
    /// The values of every field of this name, in their order. Case does not matter (RFC 9110,
    /// section 5.1).
    pub(super) fn all(self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let (lines, map) = match self {
            Self::Lines(lines) => (lines, None),
            Self::Map(map) => (&[] as &[_], Some(map.get_all(name))),
        };
        let lines = lines
            .iter()
            .filter(move |line| line.name.eq_ignore_ascii_case(name))
            .map(|line| line.value);
        lines.chain(map.into_iter().flatten().map(HeaderValue::as_bytes))
    }

    /// The value of the first field of this name.
    pub(super) fn first(self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// Every name, in lower case, with its value; bytes that are not UTF-8 are replaced.
    pub(super) fn as_text(self) -> Vec<(String, String)> {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        match self {
            Self::Lines(lines) => lines
                .iter()
                .map(|line| (line.name.to_ascii_lowercase(), text(line.value)))
                .collect(),
            Self::Map(map) => map
                .iter()
                .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_whatever_its_case_and_its_version() {
        let lines = [("Via", "a"), ("VARY", "x"), ("via", "b")].map(|(name, value)| {
            let value = value.as_bytes();
            httparse::Header { name, value }
        });
        let mut map = HeaderMap::new();
        for (name, value) in [("via", "a"), ("vary", "x"), ("via", "b")] {
            map.append(name, value.parse().unwrap());
        }
        for fields in [Fields::Lines(&lines), Fields::Map(&map)] {
            let via: Vec<&[u8]> = fields.all("via").collect();
            assert_eq!(via, [b"a", b"b"]);
            assert_eq!(fields.first("vary"), Some(&b"x"[..]));
            assert_eq!(fields.first("server"), None);
            let mut text = fields.as_text();
            text.sort();
            let names: Vec<&str> = text.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["vary", "via", "via"]);
        }
    }
}
