//! What a refusal's body says is wrong: problem details (RFC 9457), an OAuth error (RFC 6749,
//! section 5.2), what frameworks write, or the first line of a text.

use serde_json::{Map, Value};

/// Members that say in words what is wrong, the most telling first.
const WORDS: [&str; 10] = [
    "error_description",
    "detail",
    "message",
    "msg",
    "description",
    "reason",
    "title",
    "errorMessage",
    "faultstring",
    "Message",
];

/// Members that name the kind of fault.
const CODES: [&str; 4] = ["error", "errorCode", "code", "type"];

/// How deep a reason may lie: `{"errors": [{"message": ...}]}` and one more.
const DEPTH_MAX: usize = 4;

/// The reason that a body gives, if it gives one.
pub(super) fn reason(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return None;
    }
    match serde_json::from_str::<Value>(text) {
        // Where no member is known, the body itself, which is short or cut, says what it says.
        Ok(value) if is_empty(&value) => None,
        Ok(value) => of_value(&value, 0).or_else(|| first_line(text)),
        Err(_) if text.starts_with('<') => of_markup(text),
        // Cut in the middle, or no JSON at all.
        Err(_) => first_line(text),
    }
}

fn first_line(text: &str) -> Option<String> {
    let mut lines = text.lines().map(|line| without_status(line.trim()));
    lines.find(|line| !line.is_empty()).map(str::to_owned)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_empty),
        Value::Object(members) => members.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn of_value(value: &Value, depth: usize) -> Option<String> {
    if depth > DEPTH_MAX {
        return None;
    }
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Array(items) => items.iter().find_map(|item| of_value(item, depth + 1)),
        Value::Object(members) => of_object(members, depth),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn of_object(members: &Map<String, Value>, depth: usize) -> Option<String> {
    let words = WORDS
        .into_iter()
        .find_map(|name| of_value(members.get(name)?, depth + 1));
    let code = CODES.into_iter().find_map(|name| match members.get(name)? {
        // `about:blank` and a link to a page do not name a kind of fault.
        Value::String(code) if !code.is_empty() && !code.contains([':', '/']) => Some(code.clone()),
        _ => None,
    });
    // ASP.NET's title says only that there are errors; each stands under the field that it is about.
    let words = words.map(|words| match first_of_fields(members) {
        Some(first) if members.get("detail").is_none() => format!("{words}: {first}"),
        _ => words,
    });
    let words = words.map(|words| match place(members) {
        Some(place) => format!("{place}: {words}"),
        None => words,
    });
    match (code, words) {
        (Some(code), Some(words)) if !words.starts_with(&code) => Some(format!("{code}: {words}")),
        (_, Some(words)) => Some(words),
        (Some(code), None) => Some(code),
        (None, None) => ["error", "errors", "fault", "result", "status"]
            .into_iter()
            .find_map(|name| of_value(members.get(name)?, depth + 1)),
    }
}

/// `LastName: must not be empty`, of errors that stand by the fields that they are about.
fn first_of_fields(members: &Map<String, Value>) -> Option<String> {
    let Value::Object(fields) = members.get("errors")? else {
        return None;
    };
    let (field, errors) = fields.iter().next()?;
    Some(format!("{field}: {}", of_value(errors, DEPTH_MAX - 1)?))
}

/// Where in the request a fault is, as `FastAPI` says it: `["body", "Email"]`.
fn place(members: &Map<String, Value>) -> Option<String> {
    let Value::Array(steps) = members.get("loc")? else {
        return None;
    };
    let step = |step: &Value| match step {
        Value::String(name) => name.clone(),
        other => other.to_string(),
    };
    Some(steps.iter().map(step).collect::<Vec<_>>().join("."))
}

/// The title of a page, or its first words; without the status that most titles begin with.
fn of_markup(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let inside = |tag: &str| {
        let opened = lower.find(&format!("<{tag}"))?;
        let start = opened + text[opened..].find('>')? + 1;
        let end = start + text[start..].find('<')?;
        let inside = text[start..end].trim();
        (!inside.is_empty()).then(|| inside.to_owned())
    };
    // Express calls each of its pages so.
    let says_something = |title: &String| !title.eq_ignore_ascii_case("error");
    let told = inside("title")
        .filter(says_something)
        .or_else(|| inside("h1").filter(says_something))
        .or_else(|| inside("pre"))?;
    Some(without_status(&told).to_owned())
}

/// A text without the status that it begins with, because the reason names the status anyway.
fn without_status(text: &str) -> &str {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_status = text.len() - rest.len() == 3 && rest.starts_with(' ');
    if is_status { rest.trim() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_frameworks_say_is_found() {
        for (body, told) in [
            // FastAPI.
            (r#"{"detail":"Invalid audience"}"#, "Invalid audience"),
            (
                r#"{"detail":[{"type":"missing","loc":["body","Email"],"msg":"Field required"}]}"#,
                "missing: body.Email: Field required",
            ),
            // RFC 9457.
            (
                r#"{"type":"https://e.example/x","title":"Bad lead","detail":"Email is missing"}"#,
                "Email is missing",
            ),
            (
                r#"{"type":"about:blank","title":"Not Found","status":404}"#,
                "Not Found",
            ),
            // RFC 6749.
            (
                r#"{"error":"invalid_grant","error_description":"audience is invalid"}"#,
                "invalid_grant: audience is invalid",
            ),
            // Express, Spring, Salesforce, GraphQL, Google.
            (r#"{"error":"kid not found"}"#, "kid not found"),
            (
                r#"{"timestamp":"t","status":400,"error":"Bad Request","message":"no","path":"/l"}"#,
                "Bad Request: no",
            ),
            (
                r#"[{"message":"Session expired","errorCode":"INVALID_SESSION_ID"}]"#,
                "INVALID_SESSION_ID: Session expired",
            ),
            (
                r#"{"errors":[{"message":"no such field"}]}"#,
                "no such field",
            ),
            (
                r#"{"error":{"code":401,"message":"API key expired"}}"#,
                "API key expired",
            ),
            // Texts and pages.
            (
                r#"{"fault":{"faultstring":"Invalid access token","detail":{"errorcode":"x"}}}"#,
                "Invalid access token",
            ),
            (
                r#"{"Message":"User is not authorized"}"#,
                "User is not authorized",
            ),
            (r#"{"result":{"reason":"quota spent"}}"#, "quota spent"),
            (r#"{"ok":false,"n":7}"#, r#"{"ok":false,"n":7}"#),
            (
                r#"{"title":"Invalid","errors":{"LastName":["must not be empty"]}}"#,
                "Invalid: LastName: must not be empty",
            ),
            ("\u{feff}\n  Unauthorized  \nmore", "Unauthorized"),
            (
                "<html>\n<head><TITLE>403 Forbidden</TITLE></head>",
                "Forbidden",
            ),
            (
                "<!DOCTYPE html><html><body><pre>Cannot POST /leads</pre>",
                "Cannot POST /leads",
            ),
            (
                r#"{"message":"cut in the mid"#,
                r#"{"message":"cut in the mid"#,
            ),
        ] {
            assert_eq!(reason(body.as_bytes()).as_deref(), Some(told), "{body}");
        }
        for body in ["", "  ", "{}", "null", "[]", r#"{"error":""}"#, "<a>"] {
            assert_eq!(reason(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn a_body_nested_without_end_is_quoted_as_it_is() {
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(reason(deep.as_bytes()), Some(deep));
    }
}
