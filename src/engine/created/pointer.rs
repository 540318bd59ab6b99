//! Where in an answer an Id stands, and the Id as it is written there.
//!
//! Nothing on the way becomes a number: a float would make one Id of several.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The way to a member: names, and numbers of items, from the outermost on.
#[derive(Clone, Debug)]
pub(super) struct Pointer(Vec<String>);

/// Why nothing was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NoId {
    /// There is nothing.
    Empty,
    /// It is not JSON.
    NoJson,
    /// A name on the way is missing.
    NoMember,
    /// What stands there is neither text nor a number.
    NoText,
    /// It is longer than what is kept of an answer.
    TooLong,
    /// It is coded in a way that is not read.
    Coded,
}

impl Pointer {
    /// Names with points between.
    pub(super) fn parse(text: &str) -> Self {
        Self(text.split('.').map(str::to_owned).collect())
    }

    /// The text or number that stands there, as it is written.
    pub(super) fn find(&self, body: &[u8]) -> Result<String, NoId> {
        if body.trim_ascii().is_empty() {
            return Err(NoId::Empty);
        }
        let mut value: &RawValue = serde_json::from_slice(body).map_err(|_| NoId::NoJson)?;
        for name in &self.0 {
            value = member(value, name).ok_or(NoId::NoMember)?;
        }
        let text = value.get();
        if text.starts_with('"') {
            serde_json::from_str(text).map_err(|_| NoId::NoText)
        } else if text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            Ok(text.to_owned())
        } else {
            Err(NoId::NoText)
        }
    }

    /// Another way to a member that has the last name, whatever its case.
    pub(super) fn near(&self, body: &[u8]) -> Option<String> {
        let body = serde_json::from_slice(body).ok()?;
        let wanted = self.0.last()?;
        below(&body, wanted, DEPTH_MAX)
    }
}

/// How many levels are searched for a name.
const DEPTH_MAX: usize = 4;

fn below(value: &serde_json::Value, wanted: &str, depth: usize) -> Option<String> {
    let inner = |name: &str, value| Some(format!("{name}.{}", below(value, wanted, depth - 1)?));
    match value {
        serde_json::Value::Object(members) => {
            let is_text = |value: &serde_json::Value| value.is_string() || value.is_number();
            let here = members
                .iter()
                .find(|(name, value)| name.eq_ignore_ascii_case(wanted) && is_text(value));
            match here {
                Some((name, _)) => Some(name.clone()),
                None if depth > 0 => members.iter().find_map(|(name, value)| inner(name, value)),
                None => None,
            }
        }
        serde_json::Value::Array(items) if depth > 0 => inner("0", items.first()?),
        _ => None,
    }
}

/// A member of an object or an item of an array; of members of one name the last, as most
/// readers have it (RFC 8259, section 4).
fn member<'j>(value: &'j RawValue, name: &str) -> Option<&'j RawValue> {
    let mut inner = serde_json::Deserializer::from_str(value.get());
    inner.deserialize_any(Member { name }).ok().flatten()
}

struct Member<'n> {
    name: &'n str,
}

impl<'j> Visitor<'j> for Member<'_> {
    type Value = Option<&'j RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'j>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(Name(name)) = members.next_key()? {
            if name == self.name {
                found = Some(members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut left = self.name.parse().unwrap_or(usize::MAX);
        let mut found = None;
        while let Some(item) = items.next_element()? {
            if left == 0 {
                found = Some(item);
            }
            left = left.wrapping_sub(1);
        }
        Ok(found)
    }
}

/// A name of a member; borrowed where it holds no escape.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Name<'j>(#[serde(borrow)] Cow<'j, str>);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn find(pointer: &str, body: &str) -> Result<String, NoId> {
        Pointer::parse(pointer).find(body.as_bytes())
    }

    #[test]
    fn an_id_is_found_where_it_was_said_to_be() {
        for (path, body, found) in [
            ("id", r#"{"id":"a00"}"#, "a00"),
            ("data.0.key", r#"{"data":[{"key":7}]}"#, "7"),
            ("id", r#"{"id":"a=/ b\u00e9\"é"}"#, "a=/ bé\"é"),
            (
                "id",
                r#" {"x":[1,{}],"id":9007199254740993,"y":null}"#,
                "9007199254740993",
            ),
            (
                "id",
                r#"{"id":123456789012345678901234567890}"#,
                "123456789012345678901234567890",
            ),
            ("id", r#"{"id":-1.0e3}"#, "-1.0e3"),
            ("a.b", r#"{"a":{"b":"c"}}"#, "c"),
            ("i\u{e9}", r#"{"i\u00e9":"escaped"}"#, "escaped"),
            ("id", r#"{"id":"first","id":"last"}"#, "last"),
            ("1", r#"["a","b"]"#, "b"),
        ] {
            assert_eq!(find(path, body).as_deref(), Ok(found), "{body}");
        }
    }

    #[test]
    fn where_there_is_none_it_is_known_why() {
        for (path, body, why) in [
            ("id", r#"{"Id":"a00"}"#, NoId::NoMember),
            ("id", r#"{"id":null}"#, NoId::NoText),
            ("id", r#"{"id":{"id":"a"}}"#, NoId::NoText),
            ("id", r#"{"id":"\ud800"}"#, NoId::NoText),
            ("id", "not json", NoId::NoJson),
            ("id", r#"{"id":"a""#, NoId::NoJson),
            ("id", " \n", NoId::Empty),
            ("data.5", r#"{"data":[]}"#, NoId::NoMember),
            ("data.x", r#"{"data":[1]}"#, NoId::NoMember),
            ("id.x", r#"{"id":"a"}"#, NoId::NoMember),
        ] {
            assert_eq!(find(path, body), Err(why), "{body}");
        }
    }

    #[test]
    fn another_way_to_the_name_is_found() {
        let near = |path, body: &str| Pointer::parse(path).near(body.as_bytes());
        assert_eq!(near("id", r#"{"data":{"Id":"x"}}"#).unwrap(), "data.Id");
        assert_eq!(near("a.id", r#"{"x":[{"ID":1}]}"#).unwrap(), "x.0.ID");
        assert_eq!(near("id", r#"{"data":{"Id":{}}}"#), None);
        assert_eq!(near("id", "no json"), None);
    }

    proptest! {
        #[test]
        fn any_id_is_kept_as_it_is(id in any::<String>(), number in any::<u128>()) {
            let body = serde_json::json!({ "a": [0, { "id": id }] }).to_string();
            prop_assert_eq!(find("a.1.id", &body), Ok(id));
            let body = format!("{{\"id\":{number}}}");
            prop_assert_eq!(find("id", &body), Ok(number.to_string()));
        }

        #[test]
        fn no_bytes_do_more_than_hold_none(body in prop::collection::vec(any::<u8>(), 0..100)) {
            let pointer = Pointer::parse("a.0");
            drop((pointer.find(&body), pointer.near(&body)));
        }
    }
}
