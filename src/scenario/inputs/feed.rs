//! Leads from a file of the user's own: cells with a head (CSV), or JSON.

mod cells;
mod footer;
mod json;
mod keys;
mod separated;
mod typed;

use std::io::Write;
use std::path::Path;

use serde_json::Value;

use super::file_text::{FileFault, megabytes, mistaken, text_of, without_faults};
use super::lead_fields::{FieldType, Found, find};
use crate::plan::LeadFeed;

/// Rows of a feed: each is prepared as a body before the run.
const ROWS_MAX: usize = 100_000;

/// Bytes of a file: 100,000 leads of the usual size, 640 bytes each.
const FILE_BYTES_MAX: usize = 64_000_000;

/// Columns: an object has 800 fields of its own at most (Salesforce Developer Limits, Custom
/// Fields Allowed Per Object), and some 70 standard ones.
const COLUMNS_MAX: usize = 1_000;

/// Bytes of a cell: the longest text field of Salesforce has 131,072 characters, of four bytes at
/// most.
const CELL_BYTES_MAX: usize = 131_072 * 4;

/// Cells of all rows, empty ones too: 100,000 leads of 40 columns. Each takes some 70 bytes.
const CELLS_MAX: usize = 4_000_000;

/// Faults of one file that are told.
const FAULTS_TOLD: usize = 5;

/// What the rows of a feed are for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::scenario) enum Purpose {
    /// Fields of the sObject: columns become its keys, under Salesforce's names.
    Fields,
    /// Values of a template: columns keep their names.
    Values,
}

/// A feed, and what of its file was read otherwise than it stands, in words.
#[derive(Debug)]
pub(in crate::scenario) struct Read {
    pub(in crate::scenario) feed: LeadFeed,
    pub(in crate::scenario) notes: Vec<String>,
    /// The line of each row, where it is known.
    pub(in crate::scenario) lines: Vec<Option<usize>>,
}

/// Columns and rows as they stand in a file.
#[derive(Debug, Default)]
struct Raw {
    columns: Vec<FeedColumn>,
    rows: Vec<Vec<Value>>,
    lines: Vec<Option<usize>>,
    notes: Vec<String>,
    /// Whether the file itself says which value is a number, and which a text.
    has_types: bool,
}

/// A column of a file.
#[derive(Clone, Debug)]
struct FeedColumn {
    name: String,
    /// The line on which it is named first, where that is known.
    line: Option<usize>,
    /// The place of its name on that line.
    at: Option<usize>,
}

/// Reads a feed. The ending of its name says whether it holds cells (`.csv`, `.tsv`, `.tab`, and
/// `.txt` unless it begins with a bracket) or JSON (any other).
///
/// # Errors
///
/// Up to five faults, each with its place: bytes that are no UTF-8, rows that do not fit the head,
/// columns that no lead can have (`Purpose::Fields`), or more than a limit allows.
pub(in crate::scenario) fn read(
    name: &str,
    bytes: &[u8],
    purpose: Purpose,
    shuffled: bool,
) -> Result<Read, Vec<FileFault>> {
    if bytes.len() > FILE_BYTES_MAX {
        let [has, most] = [bytes.len(), FILE_BYTES_MAX].map(megabytes);
        let fault = FileFault::of_line(1, format!("it has {has}; a feed has at most {most}"));
        let hint = "use fewer leads; after its last lead a feed starts again";
        return Err(vec![fault.hint(hint)]);
    }
    if let Some(fault) = mistaken(bytes) {
        return Err(vec![fault]);
    }
    let text = text_of(bytes).map_err(|fault| vec![fault])?;
    let mut raw = if has_cells(name, text) {
        of_cells(text, purpose)?
    } else {
        json::read(text)?
    };
    if raw.rows.is_empty() {
        return Err(vec![FileFault::of_line(1, "it has no leads").hint(
            "in CSV write the names of the columns in the first line and a lead on each further line; \
             in JSON write an object for each lead",
        )]);
    }
    if purpose == Purpose::Fields {
        keys::make(&mut raw)?;
    }
    Ok(Read {
        feed: LeadFeed {
            columns: raw.columns.into_iter().map(|column| column.name).collect(),
            rows: raw.rows,
            shuffled,
        },
        notes: raw.notes,
        lines: raw.lines,
    })
}

impl FeedColumn {
    /// A column whose place on its line is not known.
    fn new(name: String, line: Option<usize>) -> Self {
        let at = None;
        Self { name, line, at }
    }
}

impl Read {
    /// Takes a column away, whatever the case of its name; tells whether there was one.
    pub(in crate::scenario) fn leave_out(&mut self, name: &str) -> bool {
        let name = name.to_lowercase();
        let mut columns = self.feed.columns.iter();
        let Some(place) = columns.position(|column| column.to_lowercase() == name) else {
            return false;
        };
        self.feed.columns.remove(place);
        for row in &mut self.feed.rows {
            if place < row.len() {
                row.remove(place);
            }
        }
        true
    }
}

/// Whether a file holds cells: its name says so, and where it ends in `.txt` its first character.
fn has_cells(name: &str, text: &str) -> bool {
    let ending = Path::new(name).extension().unwrap_or_default();
    let is = |known: &str| ending.eq_ignore_ascii_case(known);
    let looks_like_json = text.trim_start().starts_with(['{', '[']);
    ["csv", "tsv", "tab"].iter().any(|known| is(known)) || is("txt") && !looks_like_json
}

fn of_cells(text: &str, purpose: Purpose) -> Result<Raw, Vec<FileFault>> {
    let sheet = separated::read(text)?;
    let kinds: Vec<FieldType> = sheet.head.iter().map(|name| kind_of(&name.text)).collect();
    let mut faults = Vec::new();
    let mut raw = Raw {
        columns: sheet
            .head
            .into_iter()
            .map(|cell| FeedColumn {
                line: Some(cell.at().0),
                at: Some(cell.at().1),
                name: cell.text,
            })
            .collect(),
        notes: sheet.notes,
        ..Raw::default()
    };
    for record in sheet.rows {
        raw.lines.push(Some(record.line()));
        let mut row = Vec::with_capacity(kinds.len());
        for (cell, kind) in record.cells.into_iter().zip(&kinds) {
            row.push(match typed::value(*kind, &cell.text) {
                Ok(value) => value,
                // A template may want a word where Salesforce has a number.
                Err(_) if purpose == Purpose::Values => Value::from(cell.text),
                Err(why) => {
                    let shown: String = cell.text.chars().take(40).collect();
                    let name = &raw.columns[row.len()].name;
                    if faults.len() < FAULTS_TOLD {
                        faults.push(cell.fault(format!("{name} is `{shown}`: {why}")));
                    }
                    Value::Null
                }
            });
        }
        raw.rows.push(row);
    }
    without_faults(raw, faults)
}

/// The type of a column; text where it is not a standard field.
fn kind_of(name: &str) -> FieldType {
    match find(name) {
        Found::Field(field) => field.kind,
        _ => FieldType::Text,
    }
}

/// How many bytes a value takes as JSON.
pub(super) fn json_bytes(value: &Value) -> usize {
    struct Counted(usize);

    impl Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.saturating_add(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut counted = Counted(0);
    // Neither the counter nor a value that was read can fail.
    serde_json::to_writer(&mut counted, value).unwrap_or_default();
    counted.0
}

#[cfg(test)]
mod tests;
