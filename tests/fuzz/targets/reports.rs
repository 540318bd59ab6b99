//! Text that others chose, in every place of a summary that holds text: it stays text.
//!
//! A run is rendered twice, once with the text and once with its special characters made plain.
//! Whatever markup is in the page is the page's own, so both have as much of it.

use std::sync::LazyLock;

use leadbench::report::{Detail, REPORTS, annotations, console};
use leadbench::summary::Summary;
use serde_json::Value;

/// What hostile text is made of.
pub(crate) const WORDS: &[&str] = &[
    "<script>",
    "</script>",
    "<!--",
    "]]>",
    "\"><img src=x onerror=y>",
    "' onload='",
    "&lt;",
    "{{ 7*7 }}",
    "{% include",
    "=cmd|' /C calc'!A0",
    "+1",
    "\t@",
    ",",
    "\"\"",
    "\r\n",
    "::error::",
    "%0A",
    "\u{1b}[2J",
    "\u{202e}",
    "\u{2028}",
    "\0",
    "javascript:",
];

const RUN: &str = include_str!("../../fixtures/summaries/hostile.json");

/// The longest text that is tried; it stands in some dozen places.
const TEXT_MAX: usize = 2000;

/// Where text stands: the paths of a run's strings that may be any.
static PLACES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let run = parsed();
    let mut all = Vec::new();
    collect(&run, String::new(), &mut all);
    all.retain(|place| {
        let mut changed = run.clone();
        put(&mut changed, place, "<any>");
        serde_json::from_value::<Summary>(changed).is_ok()
    });
    assert!(all.len() > 20, "only {} places of text", all.len());
    all
});

fn parsed() -> Value {
    serde_json::from_str(RUN).unwrap_or_else(|error| panic!("{error}"))
}

fn collect(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(path),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                collect(item, format!("{path}/{at}"), found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(member, format!("{path}/{name}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn put(value: &mut Value, place: &str, text: &str) {
    if let Some(there) = value.pointer_mut(place) {
        *there = Value::from(text);
    }
}

/// The run with this text in every place, and as the name of an outcome.
fn saying(text: &str) -> Summary {
    let mut run = parsed();
    for place in &*PLACES {
        // What is left of the schema's name decides what may be read at all.
        if place != "/schema" {
            put(&mut run, place, text);
        }
    }
    if let Some(Value::Object(outcomes)) = run.get_mut("outcomes") {
        outcomes.insert(format!("zz {text}"), Value::from(1));
    }
    serde_json::from_value(run).unwrap_or_else(|error| panic!("{error}"))
}

fn text_of(data: &[u8]) -> (String, String) {
    let text: String = String::from_utf8_lossy(data)
        .chars()
        .take(TEXT_MAX)
        .collect();
    let plain = text
        .chars()
        .map(|c| match c {
            '<' | '>' | '&' | '"' | '\'' | '`' | '\u{1b}' | ':' | '\\' => 'x',
            other => other,
        })
        .collect();
    (text, plain)
}

fn rendered(summary: &Summary, file: &str) -> String {
    let report = REPORTS.iter().find(|report| report.file == file);
    let bytes = report.map(|report| (report.render)(summary));
    let bytes = bytes.and_then(Result::ok).unwrap_or_default();
    assert!(!bytes.is_empty(), "{file} cannot be made");
    String::from_utf8(bytes).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// A text in every place of `report.html`, and of the other reports that are read by programs.
pub(crate) fn html(data: &[u8]) {
    let (text, plain) = text_of(data);
    let (hostile, tame) = (saying(&text), saying(&plain));
    let (page, expected) = (
        rendered(&hostile, "report.html"),
        rendered(&tame, "report.html"),
    );
    let count = |page: &str, c: char| page.matches(c).count();
    assert_eq!(
        count(&page, '<'),
        count(&expected, '<'),
        "a < of the text's own"
    );
    let (page, expected) = (markup(&page), markup(&expected));
    for c in ['>', '"', '\''] {
        assert_eq!(
            count(&page, c),
            count(&expected, c),
            "a {c} of the text's own"
        );
    }
    let junit = rendered(&hostile, "junit.xml");
    let tree = roxmltree::Document::parse(&junit);
    assert!(tree.is_ok(), "junit.xml: {tree:?}");
    let (said, expected) = (
        console(&hostile, Detail::Verbose),
        console(&tame, Detail::Verbose),
    );
    assert_eq!(
        count(&said, '\u{1b}'),
        count(&expected, '\u{1b}'),
        "an escape of the text's own"
    );
    for line in annotations(&hostile) {
        assert!(
            line.starts_with("::") && !line.contains(['\r', '\n']),
            "{line:?}"
        );
    }
    let markdown = rendered(&hostile, "summary.md");
    let tags = markdown.replace("<span>@</span>", "");
    let expected = rendered(&tame, "summary.md").replace("<span>@</span>", "");
    assert_eq!(
        count(&tags, '<'),
        count(&expected, '<'),
        "a < of the text's own"
    );
}

/// The page without what it holds as data, which no browser takes for markup.
fn markup(page: &str) -> String {
    const BEGIN: &str = "<script type=\"application/json\"";
    let mut rest = page;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once(BEGIN) {
        kept.push_str(before);
        rest = after.split_once("</script>").map_or("", |(_, rest)| rest);
    }
    kept + rest
}

/// A text in every place of the tables: each is read back, cell by cell, and computes nothing.
pub(crate) fn csv(data: &[u8]) {
    let (text, plain) = text_of(data);
    let (hostile, tame) = (saying(&text), saying(&plain));
    for file in ["phases.csv", "timeline.csv", "slowest.csv"] {
        let (rows, expected) = (
            rows(&rendered(&hostile, file)),
            rows(&rendered(&tame, file)),
        );
        assert_eq!(rows.len(), expected.len(), "{file}: rows of the text's own");
        for (row, expected) in rows.iter().zip(&expected) {
            assert_eq!(row.len(), expected.len(), "{file}: cells of the text's own");
            for cell in row {
                let is_number = cell.parse::<f64>().is_ok();
                let computes = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
                assert!(is_number || !computes, "{file}: {cell:?}");
            }
        }
    }
}

fn rows(table: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(table.as_bytes());
    let rows = reader.records().map(|row| {
        let row = row.unwrap_or_else(|error| panic!("{error}"));
        row.iter().map(str::to_owned).collect()
    });
    rows.collect()
}
