//! Leads in a file of cells: CSV, or with semicolons, tabs or bars between.

use super::super::file_text::{FileFault, place, without_faults};
use super::super::lead_fields::{Found, find};
use super::cells::{Record, Scanner, SheetCell};
use super::{CELL_BYTES_MAX, CELLS_MAX, COLUMNS_MAX, FAULTS_TOLD, ROWS_MAX, footer};

/// A head and the rows below it.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// The names of the columns, where they stand.
    pub(super) head: Vec<SheetCell>,
    /// Rows with a cell for each column.
    pub(super) rows: Vec<Record>,
    /// What was read otherwise than it stands.
    pub(super) notes: Vec<String>,
}

/// What may stand between cells, and how it is called.
const SEPARATORS: [(char, &str); 4] = [
    (',', "commas"),
    (';', "semicolons"),
    ('\t', "tabs"),
    ('|', "bars"),
];

/// Lines that are named one by one.
const LINES_TOLD: usize = 3;

/// Reads head and rows.
pub(super) fn read(text: &str) -> Result<Sheet, Vec<FileFault>> {
    let start = text.trim_start();
    if ["{", "[{", "[\n", "[\r"]
        .iter()
        .any(|json| start.starts_with(json))
    {
        let fault = FileFault::of_line(1, "it holds JSON, but its name says CSV");
        return Err(vec![fault.hint("give it a name that ends in .json")]);
    }
    let (text, separator) = separator(text).map_err(|fault| vec![fault])?;
    let mut records = Vec::new();
    let mut faults = Vec::new();
    let mut cells = 0;
    for record in Scanner::new(text, separator, COLUMNS_MAX) {
        match record {
            Ok(record) => {
                cells += record.cells.len();
                records.push(record);
            }
            Err(fault) => faults.push(fault),
        }
        if cells > CELLS_MAX || records.len() > ROWS_MAX + 1 || faults.len() >= FAULTS_TOLD {
            break;
        }
    }
    if records.len() > ROWS_MAX + 1 {
        faults.push(FileFault::of_line(
            1,
            format!("it has more than {ROWS_MAX} leads"),
        ));
    } else if cells > CELLS_MAX {
        let fault = FileFault::of_line(1, format!("it has more than {CELLS_MAX} cells"));
        faults.push(fault.hint("leave out columns or rows"));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    sheet(records, separator)
}

fn sheet(mut records: Vec<Record>, separator: char) -> Result<Sheet, Vec<FileFault>> {
    if records.is_empty() {
        return Ok(Sheet::default());
    }
    let mut sheet = Sheet {
        head: records.remove(0).cells,
        ..Sheet::default()
    };
    for name in &mut sheet.head {
        name.text = name.text.trim().to_owned();
    }
    if let Some((_, called)) = SEPARATORS.iter().find(|(one, _)| *one == separator)
        && separator != ','
    {
        sheet
            .notes
            .push(format!("read with {called} between cells"));
    }
    if let Some((first, last)) = footer::take(&mut records, sheet.head.len()) {
        let lines = if first == last {
            format!("line {first} is")
        } else {
            format!("lines {first} to {last} are")
        };
        let note = format!("{lines} the footer of a report, and left out");
        sheet.notes.push(note);
    }
    let (rows, empty): (Vec<_>, Vec<_>) =
        records.into_iter().partition(|record| record.filled() > 0);
    if !empty.is_empty() {
        sheet.notes.push(format!(
            "left out, because they are empty: {}",
            lines(&empty)
        ));
    }
    sheet.rows = rows;
    let mut faults = even_out(&mut sheet);
    faults.extend(name_faults(&mut sheet));
    faults.extend(sheet.rows.iter().flat_map(too_long));
    faults.truncate(FAULTS_TOLD);
    without_faults(sheet, faults)
}

fn lines(records: &[Record]) -> String {
    let told = records
        .iter()
        .take(LINES_TOLD)
        .map(|record| record.line().to_string());
    let told: Vec<_> = told.collect();
    match (records.len(), told.as_slice()) {
        (1, [only]) => format!("line {only}"),
        (all, told) if all > told.len() => {
            format!("lines {} and {} more", told.join(", "), all - told.len())
        }
        (_, told) => format!("lines {}", told.join(", ")),
    }
}

/// Complains of each row that has not a cell for each column; empty ones at its end do not count.
fn even_out(sheet: &mut Sheet) -> Vec<FileFault> {
    let width = sheet.head.len();
    let mut faults = Vec::new();
    for row in &mut sheet.rows {
        while row.cells.len() > width && row.cells.last().is_some_and(|cell| cell.text.is_empty()) {
            row.cells.pop();
        }
        let cells = row.cells.len();
        if cells != width {
            let s = if cells == 1 { "" } else { "s" };
            let message = format!("this line has {cells} cell{s}, but the first line has {width}");
            let hint = if width == 1 {
                "name the columns in the first line, and leave out a title above it"
            } else {
                "write one cell for each column, and put a cell that contains the separator in \
                 quotes"
            };
            faults.push(FileFault::of_line(row.line(), message).hint(hint));
        }
        if faults.len() >= FAULTS_TOLD {
            break;
        }
    }
    faults
}

/// Complains of columns without a name and of names that are there twice; a column in which
/// nothing stands at all goes.
fn name_faults(sheet: &mut Sheet) -> Vec<FileFault> {
    let is_empty = |place: usize| {
        let mut cells = sheet.rows.iter().filter_map(|row| row.cells.get(place));
        sheet.head[place].text.is_empty() && cells.all(|cell| cell.text.trim().is_empty())
    };
    let gone: Vec<bool> = (0..sheet.head.len()).map(is_empty).collect();
    if gone.contains(&true) && gone.contains(&false) {
        let keep = |cells: &mut Vec<SheetCell>| {
            let mut place = 0;
            cells.retain(|_| {
                place += 1;
                !gone.get(place - 1).copied().unwrap_or_default()
            });
        };
        keep(&mut sheet.head);
        sheet.rows.iter_mut().for_each(|row| keep(&mut row.cells));
    }
    let mut faults = Vec::new();
    let mut known = std::collections::HashMap::new();
    for name in &sheet.head {
        if name.text.is_empty() {
            let message = "this column has no name";
            faults.push(
                name.fault(message)
                    .hint("name the columns in the first line, and leave out a title above it"),
            );
        } else if let Some(before) = known.insert(name.text.as_str(), name.column) {
            let message = format!(
                "the column {} is there twice, first at column {before} of its line",
                name.text
            );
            faults.push(
                name.fault(message)
                    .hint("rename one of them, or leave it out"),
            );
        }
    }
    faults
}

fn too_long(row: &Record) -> impl Iterator<Item = FileFault> {
    let is_long = |cell: &&SheetCell| cell.text.len() > CELL_BYTES_MAX;
    row.cells.iter().filter(is_long).map(|cell| {
        let message = format!(
            "this cell has {} bytes; a field of Salesforce has at most {CELL_BYTES_MAX}",
            cell.text.len()
        );
        cell.fault(message)
            .hint("shorten it; is a quote missing before it?")
    })
}

/// What stands between the cells, and the text without a line that says so.
fn separator(text: &str) -> Result<(&str, char), FileFault> {
    // A line of Excel's own.
    let first = text.lines().next().unwrap_or_default();
    let said = first.trim().trim_matches('"').to_lowercase();
    if let Some(said) = said.strip_prefix("sep=")
        && let mut said = said.chars()
        && let (Some(separator), None) = (said.next(), said.next())
        && SEPARATORS.iter().any(|(known, _)| *known == separator)
    {
        return Ok((&text[first.len()..], separator));
    }
    let found = in_head(text);
    match found.as_slice() {
        [] => Ok((text, ',')),
        [only] => Ok((text, *only)),
        several => {
            let fits = |separator: &&char| {
                let head = Scanner::new(text, **separator, COLUMNS_MAX).next();
                head.and_then(Result::ok).is_some_and(|head| {
                    let mut names = head.cells.iter().map(|cell| cell.text.as_str());
                    names.all(|name| name.trim().is_empty() || find(name) != Found::NoField)
                })
            };
            let fitting: Vec<_> = several.iter().filter(fits).collect();
            match fitting.as_slice() {
                [only] => Ok((text, **only)),
                _ => Err(ambiguous(text, several)),
            }
        }
    }
}

fn ambiguous(text: &str, found: &[char]) -> FileFault {
    let names = SEPARATORS.iter().filter(|(one, _)| found.contains(one));
    let names: Vec<_> = names.map(|(_, called)| *called).collect();
    let before = &text[..text.len() - text.trim_start_matches(['\r', '\n']).len()];
    let message = format!("{} stand between the names of columns", names.join(" and "));
    FileFault::of_line(place(before).0, message).hint(
        "put names that contain one of them in quotes, or name the separator in a line above: \
         sep=;",
    )
}

/// The separators that stand in the head, outside quotes.
fn in_head(text: &str) -> Vec<char> {
    let mut found = Vec::new();
    let mut is_quoted = false;
    for c in text.trim_start_matches(['\r', '\n']).chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            '\r' | '\n' if !is_quoted => break,
            _ if is_quoted || found.contains(&c) => {}
            c if SEPARATORS.iter().any(|(known, _)| *known == c) => found.push(c),
            _ => {}
        }
    }
    found
}
