//! A template of a body: JSON with placeholders in double braces.

use super::body_size::BODY_BYTES_MAX;
use super::file_text::{FileFault, megabytes, place};
use super::lead_fields::{Found, find};
use super::strict::{FILLED, Strict, of_parser};
use crate::plan::{Content, LeadFeed, LeadField, Segment};
use crate::scenario::text::closest::suggestion;

/// Faults of one template that are told.
const FAULTS_TOLD: usize = 5;

/// The placeholders that stand alone.
const WORDS: [(&str, Content); 9] = [
    ("seq", Content::Seq),
    ("serial", Content::Serial),
    ("external_id", Content::ExternalId),
    ("run.id", Content::RunId),
    ("uuid", Content::Uuid),
    ("now", Content::Now),
    ("now.iso", Content::NowIso),
    ("now.date", Content::NowDate),
    ("now.unix_ms", Content::NowUnixMs),
];

/// The most digits of a number that is a text.
const DIGITS_MAX: usize = 64;

/// Reads a template.
///
/// # Errors
///
/// A placeholder that is unknown or not closed; text that is not JSON once they are filled in, or
/// has a key twice in one object; more bytes than a body may have.
pub(in crate::scenario) fn read(
    text: &str,
    feed: Option<&LeadFeed>,
) -> Result<Vec<Segment>, Vec<FileFault>> {
    if text.len() > BODY_BYTES_MAX {
        let [has, most] = [text.len(), BODY_BYTES_MAX].map(megabytes);
        let message = format!("it has {has}; a callout of Salesforce has at most {most}");
        return Err(vec![FileFault::of_line(1, message)]);
    }
    let mut segments = Vec::new();
    let mut faults = Vec::new();
    // The same text with a value in every placeholder's room, so that places stay.
    let mut filled = String::with_capacity(text.len());
    let mut in_string = false;
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        let (before, after) = rest.split_at(open);
        in_string = ends_in_string(before, in_string);
        filled.push_str(before);
        segments.push(Segment::Text(before.to_owned()));
        let at = text.len() - after.len();
        let Some(close) = after.find("}}") else {
            faults.push(FileFault::at(place(&text[..at]), "this {{ is never closed"));
            return Err(faults);
        };
        let inside = &after[2..close];
        match content(inside.trim(), feed) {
            Ok(content) => {
                fill(&mut filled, &content, in_string, close + 2);
                segments.push(Segment::Placeholder { content, in_string });
            }
            Err(message) => {
                faults.push(FileFault::at(place(&text[..at]), message));
                if faults.len() >= FAULTS_TOLD {
                    return Err(faults);
                }
                fill(&mut filled, &Content::Seq, in_string, close + 2);
            }
        }
        rest = &after[close + 2..];
    }
    filled.push_str(rest);
    segments.push(Segment::Text(rest.to_owned()));
    if !faults.is_empty() {
        return Err(faults);
    }
    let Strict(json) = serde_json::from_str(&filled)
        .map_err(|error| vec![of_parser(&error, "the template does not make JSON")])?;
    if !json.is_object() && !json.is_array() {
        let message = "the template does not make a JSON object";
        return Err(vec![FileFault::at((1, 1), message)]);
    }
    segments.retain(|segment| *segment != Segment::Text(String::new()));
    Ok(segments)
}

/// Puts a value of the right kind in the room of a placeholder.
fn fill(filled: &mut String, content: &Content, in_string: bool, room: usize) {
    let in_text = FILLED.to_string();
    let value = match content {
        _ if in_string => in_text.as_str(),
        // Blanks stand before its digits.
        Content::Seq => " 0",
        Content::Int(..0, _) => "-1",
        Content::Int(..) | Content::NowUnixMs => "0",
        _ => "\"\"",
    };
    filled.push_str(value);
    filled.extend(std::iter::repeat_n(' ', room.saturating_sub(value.len())));
}

/// Whether a text that begins within a string of JSON, or not, ends within one.
fn ends_in_string(text: &str, mut in_string: bool) -> bool {
    let mut is_escaped = false;
    for c in text.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if in_string => is_escaped = true,
            '"' => in_string = !in_string,
            _ => {}
        }
    }
    in_string
}

fn content(inside: &str, feed: Option<&LeadFeed>) -> Result<Content, String> {
    if let Some((_, content)) = WORDS.iter().find(|(word, _)| *word == inside) {
        return Ok(content.clone());
    }
    if let Some(name) = inside.strip_prefix("lead.") {
        return name.parse().map(Content::Field).map_err(|_| {
            let names: Vec<_> = LeadField::ALL.iter().map(|field| field.as_str()).collect();
            let shown = |close: &str| format!("{{{{lead.{close}}}}}");
            let otherwise = || format!("it has {}", names.join(", "));
            let hint = suggestion(name, names.iter().copied(), shown, otherwise);
            format!("a lead has no field {name}; {hint}")
        });
    }
    if let Some(name) = inside.strip_prefix("feed.") {
        let feed = feed.ok_or("this scenario has no feed; name one with `feed` in [lead]")?;
        return column_of(feed, name).map(Content::Feed).ok_or_else(|| {
            let names = feed.columns.iter().map(String::as_str);
            let shown = |close: &str| format!("{{{{feed.{close}}}}}");
            let otherwise = || format!("it has {}", feed.columns.join(", "));
            let hint = suggestion(name, names, shown, otherwise);
            format!("the feed has no column {name}; {hint}")
        });
    }
    let words = split(inside)?;
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    drawn(&words).unwrap_or_else(|| {
        let known = WORDS.iter().map(|(word, _)| *word);
        let known: Vec<_> = known
            .chain(["lead.Id", "feed.", "int", "pick", "digits"])
            .collect();
        let otherwise = || format!("this version knows {}", known.join(", "));
        let hint = suggestion(inside, known.iter().copied(), str::to_owned, otherwise);
        Err(format!("{{{{{inside}}}}} is unknown; {hint}"))
    })
}

/// A placeholder whose value is drawn for each body, with what it is drawn from.
fn drawn(words: &[&str]) -> Option<Result<Content, String>> {
    let number = |text: &str| text.parse::<i64>().ok();
    Some(match words {
        ["int", low, high] => match (number(low), number(high)) {
            (Some(low), Some(high)) if low <= high => Ok(Content::Int(low, high)),
            _ => Err("int needs two whole numbers, the smaller first: {{int 1 100}}".to_owned()),
        },
        ["digits", count] => match count.parse() {
            Ok(count @ 1..=DIGITS_MAX) => Ok(Content::Digits(count)),
            _ => Err(format!(
                "digits needs a number up to {DIGITS_MAX}: {{{{digits 8}}}}"
            )),
        },
        ["pick", choices @ ..] if !choices.is_empty() => {
            let choices = choices.iter().map(|choice| (*choice).to_owned());
            Ok(Content::Pick(choices.collect()))
        }
        _ => return None,
    })
}

/// The column of this name, else the one that is the same field in another spelling: what a report
/// calls `First Name` is found as `FirstName` too.
fn column_of(feed: &LeadFeed, name: &str) -> Option<usize> {
    let position = |is_it: &dyn Fn(&str) -> bool| {
        let mut columns = feed.columns.iter();
        columns.position(|column| is_it(column))
    };
    position(&|column| column == name).or_else(|| match find(name) {
        Found::NoField | Found::Custom | Found::Unknown => None,
        field => position(&|column| find(column) == field),
    })
}

/// Words with blanks between; one in quotes may hold blanks.
fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(inside) => inside
                .split_once('"')
                .ok_or_else(|| "a quote is never closed".to_owned())?,
            None => rest.split_at(rest.find(' ').unwrap_or(rest.len())),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn placeholders_know_whether_they_stand_in_a_string() {
        let text = r#"{"a \" {{seq}}": "x-{{uuid}}", "n": {{int 1 5}}, "p": {{pick "a b" c}}}"#;
        let segments = read(text, None).unwrap();
        let kinds: Vec<_> = segments
            .iter()
            .filter_map(|segment| match segment {
                Segment::Placeholder { in_string, .. } => Some(*in_string),
                Segment::Text(_) => None,
            })
            .collect();
        assert_eq!(kinds, [true, true, false, false]);
    }

    #[test]
    fn faults_have_their_place() {
        for (text, place, says) in [
            (
                "{\n  \"a\": {{lead.FirstNam}}\n}",
                (2, 8),
                "did you mean {{lead.FirstName}}?",
            ),
            ("{\"a\": {{sequence}}}", (1, 7), "is unknown"),
            ("{\"a\": {{int 5 1}}}", (1, 7), "two whole numbers"),
            ("{\"a\": {{seq", (1, 7), "never closed"),
            ("{\"a\": {{feed.x}}}", (1, 7), "this scenario has no feed"),
            (
                "{\"a\": {{seq}}, \"b\" 1}",
                (1, 20),
                "the template does not make JSON",
            ),
            (
                "{\"a\": 1,\n \"a\": {{seq}}}",
                (2, 4),
                "the member a is there twice",
            ),
            (
                "{\"a\": [{\"b\": 1, \"b\": 2}]}",
                (1, 19),
                "the member b is there twice",
            ),
            (
                "{\"a\": \"\\uD800\"}",
                (1, 14),
                "the template does not make JSON",
            ),
            (
                "{\"a\": 8{{seq}}}",
                (1, 9),
                "the template does not make JSON",
            ),
            (
                "{\"a\": -{{seq}}}",
                (1, 8),
                "the template does not make JSON",
            ),
            (
                "{\"a\": -{{int -5 5}}}",
                (1, 8),
                "the template does not make JSON",
            ),
            ("7", (1, 1), "does not make a JSON object"),
            ("", (1, 1), "the template does not make JSON"),
        ] {
            let faults = read(text, None).unwrap_err();
            let (line, column) = place;
            assert_eq!(
                (faults[0].line, faults[0].column),
                (line, Some(column)),
                "{text}: {faults:?}"
            );
            assert!(faults[0].message.contains(says), "{faults:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text: String, inside: String) {
            let _no_panic = read(&text, None).is_ok();
            let _no_panic = read(&format!("{{\"a\": {{{{{inside}}}}}}}"), None).is_ok();
        }
    }
}
