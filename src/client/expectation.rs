//! Whether an answer says what it must to count as a success.

use regex_lite::Regex;
use serde_json::Value;

use super::body_capture::BodyCapture;
use super::fields::Fields;

/// Bytes of a body that are read for what is expected of it.
pub(super) const EXPECTED_BYTES: usize = 64 * 1024;

/// Characters of a value that are repeated.
const SHOWN_MAX: usize = 60;

/// What an answer must say to count as a success.
#[derive(Debug, Default)]
pub struct Expectation {
    statuses: Vec<u16>,
    headers: Vec<(String, Check)>,
    members: Vec<(String, Check)>,
}

/// What one part of an answer must be.
#[derive(Debug)]
pub enum Check {
    /// This value.
    Is(Value),
    /// A text in which the pattern is found.
    Matches(Regex),
    /// There.
    Present,
    /// Not there.
    Absent,
}

impl Expectation {
    /// An empty list expects nothing: `statuses` are the accepted statuses; `headers` have their
    /// names in lower case; `members` are members of the body's JSON, by their JSON Pointers (RFC
    /// 6901).
    pub const fn new(
        statuses: Vec<u16>,
        headers: Vec<(String, Check)>,
        members: Vec<(String, Check)>,
    ) -> Self {
        Self {
            statuses,
            headers,
            members,
        }
    }

    /// Whether the scenario accepts this status, whether or not it is a 2xx.
    pub(super) fn takes(&self, status: u16) -> bool {
        self.statuses.contains(&status)
    }

    /// Whether the body is looked at.
    pub(super) const fn reads_body(&self) -> bool {
        !self.members.is_empty()
    }

    /// What of an answer's head is not as it must be, in words.
    pub(super) fn unmet_head(&self, status: u16, fields: Fields<'_>) -> Option<String> {
        if !self.statuses.is_empty() && !self.takes(status) {
            let expected: Vec<String> = self.statuses.iter().map(u16::to_string).collect();
            return Some(format!("the status is not {}", expected.join(" or ")));
        }
        self.headers.iter().find_map(|(name, check)| {
            let value = fields.first(name).map(String::from_utf8_lossy);
            let value = value.map(|text| Value::from(text.into_owned()));
            unmet(name, value.as_ref(), check)
        })
    }

    /// The same of its body, and of how much of it there is.
    pub(super) fn unmet_body(&self, (body, kept): (&[u8], BodyCapture)) -> Option<String> {
        if !self.reads_body() {
            return None;
        }
        let Ok(json) = serde_json::from_slice::<Value>(body) else {
            return Some(match kept {
                BodyCapture::Cut => {
                    "the body is longer than 64 KiB, which is the limit for checking it".to_owned()
                }
                BodyCapture::Coded => {
                    "the body has a content coding that leadbench does not support".to_owned()
                }
                BodyCapture::Whole if body.is_empty() => "the body is empty".to_owned(),
                BodyCapture::Whole => {
                    let text = String::from_utf8_lossy(body);
                    format!("the body is not JSON: {}", shown(&text))
                }
            });
        };
        let mut members = self.members.iter();
        members.find_map(|(pointer, check)| unmet(pointer, json.pointer(pointer), check))
    }
}

/// What is wrong with one part, in words; `None` if it is as expected.
fn unmet(name: &str, found: Option<&Value>, check: &Check) -> Option<String> {
    match (check, found) {
        (Check::Absent, None) | (Check::Present, Some(_)) => None,
        (Check::Absent, Some(found)) => Some(format!("{name} is present: {}", told(found))),
        (_, None) => Some(format!("{name} is missing")),
        (Check::Is(wanted), Some(found)) => (!is_same(wanted, found))
            .then(|| format!("{name} is {}, expected {}", told(found), told(wanted))),
        (Check::Matches(pattern), Some(found)) => {
            let text = plain(found);
            (!pattern.is_match(&text))
                .then(|| format!("{name} is {} and does not match {pattern}", told(found)))
        }
    }
}

/// Numbers are the same by their value: 1 is 1.0.
fn is_same(wanted: &Value, found: &Value) -> bool {
    match (wanted.as_f64(), found.as_f64()) {
        (Some(left), Some(right)) if wanted.is_f64() || found.is_f64() => {
            left.total_cmp(&right).is_eq()
        }
        _ => wanted == found,
    }
}

/// A value as the text that a pattern is sought in: of a string what it holds.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn told(value: &Value) -> String {
    shown(&value.to_string())
}

fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(pointer: &str, check: Check, text: &str) -> Option<String> {
        let expected = Expectation::new(Vec::new(), Vec::new(), vec![(pointer.to_owned(), check)]);
        expected.unmet_body((text.as_bytes(), BodyCapture::Whole))
    }

    fn matches(pattern: &str) -> Check {
        Check::Matches(Regex::new(pattern).unwrap())
    }

    #[test]
    fn what_a_body_says_is_held_against_what_it_must() {
        for (pointer, check, text) in [
            ("/success", Check::Is(json!(true)), r#"{"success":true}"#),
            ("/a/0/id", matches("^00Q"), r#"{"a":[{"id":"00Qx"}]}"#),
            ("/n", Check::Is(json!(1)), r#"{"n":1.0}"#),
            ("/n", matches("^12$"), r#"{"n":12}"#),
            ("/errors", Check::Absent, "{}"),
            ("/id", Check::Present, "{\"id\":null}"),
            ("/a~1b", Check::Is(json!("x")), r#"{"a/b":"x"}"#),
        ] {
            assert_eq!(body(pointer, check, text), None, "{pointer} {text}");
        }
        for (pointer, check, text, told) in [
            (
                "/success",
                Check::Is(json!(true)),
                r#"{"success":false}"#,
                "/success is false, expected true",
            ),
            (
                "/success",
                Check::Is(json!(true)),
                r#"{"success":"true"}"#,
                "/success is \"true\", expected true",
            ),
            ("/id", Check::Present, "{}", "/id is missing"),
            (
                "/errors",
                Check::Absent,
                r#"{"errors":["x"]}"#,
                "/errors is present: [\"x\"]",
            ),
            (
                "/id",
                matches("^00Q"),
                r#"{"id":"a"}"#,
                "/id is \"a\" and does not match ^00Q",
            ),
        ] {
            assert_eq!(body(pointer, check, text).as_deref(), Some(told));
        }
    }

    #[test]
    fn a_body_that_is_no_json_is_told() {
        let expected = Expectation::new(
            Vec::new(),
            Vec::new(),
            vec![("/id".to_owned(), Check::Present)],
        );
        for (text, kept, told) in [
            ("", BodyCapture::Whole, "the body is empty"),
            ("<html>", BodyCapture::Whole, "the body is not JSON: <html>"),
            (
                "{\"id\":",
                BodyCapture::Cut,
                "the body is longer than 64 KiB, which is the limit for checking it",
            ),
            (
                "\u{1}",
                BodyCapture::Coded,
                "the body has a content coding that leadbench does not support",
            ),
        ] {
            assert_eq!(
                expected.unmet_body((text.as_bytes(), kept)).as_deref(),
                Some(told)
            );
        }
    }

    #[test]
    fn a_head_is_held_against_status_and_fields() {
        let mut headers = hyper::header::HeaderMap::new();
        headers.insert("x-status", "accepted".parse().unwrap());
        let field = |check| vec![("x-status".to_owned(), check)];
        let head = |statuses: &[u16], check| {
            let expected = Expectation::new(statuses.to_vec(), field(check), Vec::new());
            expected.unmet_head(200, Fields::Map(&headers))
        };
        assert_eq!(head(&[], Check::Is(json!("accepted"))), None);
        assert_eq!(head(&[200, 409], matches("^acc")), None);
        assert_eq!(
            head(&[201, 202], Check::Present).as_deref(),
            Some("the status is not 201 or 202")
        );
        assert_eq!(
            head(&[], Check::Is(json!("queued"))).as_deref(),
            Some("x-status is \"accepted\", expected \"queued\"")
        );
    }
}
