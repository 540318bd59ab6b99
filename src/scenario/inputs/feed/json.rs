//! Leads in JSON: an object on each line, an array of objects, or what Salesforce's command line
//! and API write (`{"records": [...]}`).

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::super::file_text::{FileFault, megabytes, without_faults};
use super::super::strict::{Members, is_cut, of_parser, shortened};
use super::{
    CELL_BYTES_MAX, CELLS_MAX, COLUMNS_MAX, FAULTS_TOLD, FeedColumn, ROWS_MAX, Raw, json_bytes,
};

/// The most bytes of one JSON value: it is in memory as a whole, up to sixteen times as large. A
/// file with an object on each line may be larger.
const DOCUMENT_BYTES_MAX: usize = 32_000_000;

/// What `sf data export tree` and a query of the REST API write.
#[derive(Debug, serde::Deserialize)]
struct Records {
    records: Vec<Members>,
}

/// What `sf data query --json` writes.
#[derive(Debug, serde::Deserialize)]
struct QueryOutput {
    result: Records,
}

/// One object of the file.
#[derive(Debug)]
struct Object {
    /// The line on which it begins, where it is known.
    line: Option<usize>,
    members: Members,
}

/// Reads objects in whichever of these forms.
///
/// # Errors
///
/// What is not JSON, or not an object, with its place; a member that an object has twice; more rows,
/// members or bytes than the limits allow.
pub(super) fn read(text: &str) -> Result<Raw, Vec<FileFault>> {
    let mut lines = (1..).zip(text.lines());
    if let Some((number, line)) = lines.find(|(_, line)| line.len() > DOCUMENT_BYTES_MAX) {
        return Err(vec![too_large(number, line)]);
    }
    let is_full = |(_, line): &(usize, &str)| !line.trim().is_empty();
    let mut full = (1..).zip(text.lines()).filter(is_full);
    let (first, is_only) = (full.next(), full.next().is_none());
    let Some((number, line)) = first else {
        return Ok(Raw::default());
    };
    // Where each line is an object, the first is whole.
    if !is_only && serde_json::from_str::<Members>(line).is_ok() {
        return table(of_lines(text)?);
    }
    if text.len() > DOCUMENT_BYTES_MAX {
        return Err(vec![too_large(number, text)]);
    }
    table(whole(text).map_err(|fault| vec![fault])?)
}

fn too_large(line: usize, text: &str) -> FileFault {
    let [has, most] = [text.len(), DOCUMENT_BYTES_MAX].map(megabytes);
    let message = format!("one JSON value has {has}; the limit is {most}");
    FileFault::of_line(line, message).hint("put each object on a line of its own: jq -c '.[]'")
}

fn of_lines(text: &str) -> Result<Vec<Object>, Vec<FileFault>> {
    let mut objects = Vec::new();
    let mut faults = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(text) {
            Ok(members) => objects.push(Object {
                line: Some(line),
                members,
            }),
            Err(error) => faults.push(fault(line - 1, &error)),
        }
        if objects.len() > ROWS_MAX {
            faults.push(too_many());
        }
        if faults.len() >= FAULTS_TOLD || objects.len() > ROWS_MAX {
            break;
        }
    }
    without_faults(objects, faults)
}

/// Reads a file that is one value, or several in a row, whatever their lines.
fn whole(text: &str) -> Result<Vec<Object>, FileFault> {
    let unplaced = |list: Vec<Members>| {
        let object = |members| Object {
            line: None,
            members,
        };
        list.into_iter().map(object).collect::<Vec<_>>()
    };
    if !text.trim_start().starts_with(['{', '[']) {
        let start = text.lines().take_while(|line| line.trim().is_empty());
        let message = "this is not JSON: it does not begin with { or [";
        return Err(FileFault::at((start.count() + 1, 1), message)
            .hint("give a CSV file a name that ends in .csv"));
    }
    if text.trim_start().starts_with('[') {
        let list = serde_json::from_str(text).map_err(|error| fault(0, &error))?;
        return refuse_list_of_files(unplaced(list));
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Members>();
    let mut objects = Vec::new();
    let (mut end, mut line) = (0, 1);
    while let Some(value) = values.next() {
        let members = value.map_err(|error| fault(0, &error))?;
        let object = &text[end..values.byte_offset()];
        let (before, inside) = object.split_at(object.find('{').unwrap_or_default());
        line += before.matches('\n').count();
        objects.push(Object {
            line: Some(line),
            members,
        });
        line += inside.matches('\n').count();
        end = values.byte_offset();
        if objects.len() > ROWS_MAX {
            return Err(too_many());
        }
    }
    let has = |name: &str| match objects.as_slice() {
        [only] => {
            let mut members = only.members.0.iter();
            members.any(|(known, value)| known == name && (value.is_array() || value.is_object()))
        }
        _ => false,
    };
    let (is_list, is_answer) = (has("records"), has("result"));
    if is_list || is_answer {
        // It is read again, and in memory once.
        drop(objects);
        objects = Vec::new();
    }
    if is_list {
        let found: Records = serde_json::from_str(text).map_err(|error| fault(0, &error))?;
        Ok(unplaced(found.records))
    } else if is_answer {
        let found: QueryOutput = serde_json::from_str(text).map_err(|error| fault(0, &error))?;
        Ok(unplaced(found.result.records))
    } else {
        Ok(objects)
    }
}

/// `sf data export tree --plan` writes, beside the records, a list of the files that hold them.
fn refuse_list_of_files(objects: Vec<Object>) -> Result<Vec<Object>, FileFault> {
    for object in &objects {
        let member = |name: &str| object.members.0.iter().find(|(known, _)| known == name);
        if let (Some((_, sobject)), Some((_, files))) = (member("sobject"), member("files")) {
            return Err(FileFault::of_line(
                1,
                "this is the plan of `sf data export tree`, which holds no records",
            )
            .hint(format!("use the file of {sobject}: {files}")));
        }
    }
    Ok(objects)
}

/// Puts the members of the objects below one another.
fn table(objects: Vec<Object>) -> Result<Raw, Vec<FileFault>> {
    if objects.len() > ROWS_MAX {
        return Err(vec![too_many()]);
    }
    let mut places = HashMap::new();
    let mut columns = Vec::new();
    // The columns with numbers that may have had more digits than are kept of them.
    let mut cut = BTreeSet::new();
    for (number, object) in (1..).zip(&objects) {
        for (name, value) in &object.members.0 {
            if !places.contains_key(name) {
                places.insert(name.clone(), columns.len());
                columns.push(FeedColumn::new(name.clone(), object.line));
            }
            if is_cut(value) {
                cut.insert(shortened(name));
            }
            let bytes = json_bytes(value);
            if bytes > CELL_BYTES_MAX {
                let message = format!(
                    "record {number}: {} has {bytes} bytes; a field of Salesforce has at most \
                     {CELL_BYTES_MAX}",
                    shortened(name)
                );
                return Err(vec![FileFault::of_line(object.line.unwrap_or(1), message)]);
            }
        }
        if columns.len() > COLUMNS_MAX || columns.len() * objects.len() > CELLS_MAX {
            let what = if columns.len() > COLUMNS_MAX {
                format!("{COLUMNS_MAX} different members")
            } else {
                format!("{CELLS_MAX} values, each member counted in each record")
            };
            let message = format!("record {number}: the records have more than {what}");
            return Err(vec![FileFault::of_line(object.line.unwrap_or(1), message)]);
        }
    }
    let lines = objects.iter().map(|object| object.line).collect();
    let row = |object: Object| {
        let mut row = vec![Value::Null; columns.len()];
        for (name, value) in object.members.0 {
            let place = places.get(&name).and_then(|place| row.get_mut(*place));
            if let Some(room) = place {
                *room = value;
            }
        }
        row
    };
    let rows = objects.into_iter().map(row).collect();
    let mut notes = Vec::new();
    if !cut.is_empty() {
        notes.push(format!(
            "whole numbers of more than 19 digits are sent with 17 digits; write them as text: {}",
            Vec::from_iter(cut).join(", ")
        ));
    }
    Ok(Raw {
        columns,
        rows,
        lines,
        notes,
        has_types: true,
    })
}

fn too_many() -> FileFault {
    FileFault::of_line(1, format!("it has more than {ROWS_MAX} leads"))
}

/// What the parser says, with its place; `before` lines stand before what it got.
fn fault(before: usize, error: &serde_json::Error) -> FileFault {
    let mut fault = of_parser(error, "this is not JSON");
    fault.line += before;
    if error.is_eof() {
        "this is not JSON: it ends too early".clone_into(&mut fault.message);
    } else if fault.message.starts_with("invalid type") {
        "this is not a JSON object; each lead must be one".clone_into(&mut fault.message);
    }
    fault
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(read: &Raw) -> Vec<&str> {
        read.columns
            .iter()
            .map(|column| column.name.as_str())
            .collect()
    }

    #[test]
    fn every_form_of_records_is_read_with_its_types() {
        let one = r#"{"LastName":"Example","IsConverted":false,"AnnualRevenue":1000.5,"Fax":null}"#;
        for text in [
            one.to_owned(),
            format!("\n{one}\n"),
            format!("[{one}]"),
            format!("[\n  {one}\n]\n"),
            format!("{{\"records\": [{one}]}}"),
            format!("{{\n\"records\": [\n{one}\n]\n}}\n"),
            format!("{{\"totalSize\":1,\"done\":true,\"records\":[{one}]}}"),
            format!("{{\"status\":0,\"result\":{{\"records\":[{one}]}},\"warnings\":[]}}"),
            one.replace(',', ",\n"),
        ] {
            let read = read(&text).unwrap();
            assert_eq!(
                names(&read),
                ["LastName", "IsConverted", "AnnualRevenue", "Fax"],
                "{text}"
            );
            let row = [json!("Example"), json!(false), json!(1000.5), json!(null)];
            assert_eq!(read.rows, [row]);
        }
        let several = read("{\"b\":1}\n\n{\"a\":[2],\"b\":\"3\"}\n").unwrap();
        assert_eq!(names(&several), ["b", "a"]);
        assert_eq!(several.rows[1], [json!("3"), json!([2])]);
        assert_eq!(several.lines, [Some(1), Some(3)]);
        let over_lines = read("{\n\"b\":1}\n\n{\n\"a\":2}").unwrap();
        assert_eq!(over_lines.lines, [Some(1), Some(4)]);
    }

    #[test]
    fn faults_have_their_place() {
        for (text, place, says) in [
            ("{\"a\":1}\n[1]\n", (2, Some(1)), "not a JSON object"),
            ("{\"a\":1}\n{\"a\"\n", (2, Some(4)), "ends too early"),
            (
                "{\"a\":1}\n{\"a\":1,\"a\":2}\n",
                (2, Some(10)),
                "the member a is there twice",
            ),
            (
                "[{\"a\":{\"b\":1,\n \"b\":2}}]",
                (2, Some(4)),
                "the member b is there twice",
            ),
            ("[{\"a\":1},\n 2]", (2, Some(2)), "not a JSON object"),
            ("[{\"a\":1},\n", (2, Some(1)), "ends too early"),
            ("{\"records\":[\n{\"a\":1,}]}", (2, Some(8)), "not JSON"),
            ("\na,b\n1,2\n", (2, Some(1)), "does not begin with { or ["),
            (
                "[{\"sobject\":\"Lead\",\"files\":[\"Leads.json\"]}]",
                (1, None),
                "the plan of `sf data export tree`",
            ),
        ] {
            let faults = read(text).unwrap_err();
            assert_eq!(
                (faults[0].line, faults[0].column),
                place,
                "{text}: {faults:?}"
            );
            assert!(faults[0].message.contains(says), "{text}: {faults:?}");
        }
    }
}
