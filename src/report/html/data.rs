//! The page as data: its summary, which any reader of JSON finds in it.

use serde_json::Value;

use crate::report::error::ReportError;
use crate::report::sanitize::is_unseen;
use crate::summary::{Summary, Window};

/// Windows that are kept in the summary itself. More of them become a table of their own: an hour of
/// windows with a name before each value would exceed a megabyte.
const WINDOWS_WITHIN_MAX: usize = 400;

/// Begins the element that holds the summary.
pub(super) const SUMMARY: &str = "<script type=\"application/json\" id=\"summary\">";

/// Begins the element that holds its windows, where there are many.
pub(super) const WINDOWS: &str = "<script type=\"application/json\" id=\"windows\">";

const END: &str = "</script>";

/// The elements that hold the summary.
pub(super) fn elements(summary: &Summary) -> Result<String, ReportError> {
    if summary.windows.len() <= WINDOWS_WITHIN_MAX {
        return Ok(format!("{SUMMARY}{}{END}", json(summary)?));
    }
    let mut rest = summary.clone();
    let windows = table(&std::mem::take(&mut rest.windows))?;
    Ok(format!(
        "{SUMMARY}{}{END}\n{WINDOWS}{}{END}",
        json(&rest)?,
        json(&windows)?
    ))
}

/// The summary that a page holds; `None` if it is not such a page.
///
/// # Errors
///
/// Data that is there and cannot be read.
pub fn read(page: &str) -> Option<Result<Summary, serde_json::Error>> {
    let summary = between(page, SUMMARY)?;
    // From bytes as everywhere else: reading from text would be compiled once more.
    let summary = serde_json::from_slice(summary.as_bytes());
    Some(summary.and_then(|mut summary: Summary| {
        if let Some(windows) = between(page, WINDOWS) {
            summary.windows = rows(serde_json::from_slice(windows.as_bytes())?)?;
        }
        Ok(summary)
    }))
}

/// Whether a file is a page that holds the summary of a run.
pub fn is_page(bytes: &[u8]) -> bool {
    let begin = SUMMARY.as_bytes();
    bytes.trim_ascii_start().starts_with(b"<")
        && bytes.windows(begin.len()).any(|window| window == begin)
}

fn between<'page>(page: &'page str, begin: &str) -> Option<&'page str> {
    let (_, rest) = page.split_once(begin)?;
    rest.split_once(END).map(|(data, _)| data)
}

/// JSON that is safe within a script element: markup, control characters and direction marks are
/// escaped, so that a reader of the JSON gets them back unchanged.
fn json(value: &impl serde::Serialize) -> Result<String, ReportError> {
    let json = serde_json::to_string(value)?;
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '<' || is_unseen(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                escaped = escaped + "\\u" + &format!("{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    Ok(escaped)
}

/// The names of the columns, and then a row for each window.
fn table(windows: &[Window]) -> Result<Vec<Vec<Value>>, ReportError> {
    let mut rows = Vec::with_capacity(windows.len() + 1);
    for window in windows {
        let Value::Object(fields) = serde_json::to_value(window)? else {
            continue;
        };
        if rows.is_empty() {
            rows.push(fields.keys().cloned().map(Value::String).collect());
        }
        rows.push(fields.into_iter().map(|(_, value)| value).collect());
    }
    Ok(rows)
}

/// The way back from a table.
fn rows(table: Vec<Vec<Value>>) -> Result<Vec<Window>, serde_json::Error> {
    let mut rows = table.into_iter();
    let names: Vec<String> = rows
        .next()
        .unwrap_or_default()
        .into_iter()
        .map(serde_json::from_value)
        .collect::<Result<_, _>>()?;
    rows.map(|row| {
        let fields = names.iter().cloned().zip(row).collect();
        serde_json::from_value(Value::Object(fields))
    })
    .collect()
}
