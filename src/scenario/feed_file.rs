//! Leads from a file of the user's own: CSV with a head, or a JSON object on each line.

use serde_json::Value;

use crate::plan::LeadFeed;

/// Rows of a feed: each is prepared as a body before the run.
const ROWS_MAX: usize = 100_000;

/// Faults of one file that are told.
const FAULTS_TOLD: usize = 5;

/// A fault, with the line that it is on; lines count from 1.
pub(super) type Fault = (u64, String);

/// The fields that are numbers, and true or false, where a CSV has only text.
const NUMBERS: [&str; 2] = ["AnnualRevenue", "NumberOfEmployees"];
const FLAGS: [&str; 1] = ["IsConverted"];

/// Reads a feed; a name that ends in `.csv` says which kind it is.
pub(super) fn read(name: &str, bytes: &[u8], shuffled: bool) -> Result<LeadFeed, Vec<Fault>> {
    let is_csv = std::path::Path::new(name)
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let (columns, rows) = if is_csv {
        csv_rows(bytes)?
    } else {
        json_rows(bytes)?
    };
    if rows.is_empty() {
        return Err(vec![(1, "there is no lead in it".to_owned())]);
    }
    if rows.len() > ROWS_MAX {
        return Err(vec![(1, format!("it has more than {ROWS_MAX} leads"))]);
    }
    Ok(LeadFeed {
        columns,
        rows,
        shuffled,
    })
}

type Rows = (Vec<String>, Vec<Vec<Value>>);

fn csv_rows(bytes: &[u8]) -> Result<Rows, Vec<Fault>> {
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let head = reader.headers().map_err(|error| vec![csv_fault(&error)])?;
    let columns: Vec<String> = head.iter().map(|name| name.trim().to_owned()).collect();
    let mut faults = Vec::new();
    for (place, name) in columns.iter().enumerate() {
        if name.is_empty() {
            faults.push((1, format!("column {} has no name", place + 1)));
        } else if columns[..place].contains(name) {
            faults.push((1, format!("the column {name} is there twice")));
        }
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let cells = record.iter().zip(&columns);
                rows.push(cells.map(|(cell, name)| value_of(name, cell)).collect());
            }
            Err(error) => faults.push(csv_fault(&error)),
        }
        if faults.len() >= FAULTS_TOLD || rows.len() > ROWS_MAX {
            break;
        }
    }
    if faults.is_empty() {
        Ok((columns, rows))
    } else {
        Err(faults)
    }
}

/// A cell as a value; an empty one is null.
fn value_of(name: &str, cell: &str) -> Value {
    if cell.is_empty() {
        return Value::Null;
    }
    let has_type = NUMBERS.contains(&name) || FLAGS.contains(&name);
    let typed = has_type.then(|| serde_json::from_str(cell).ok()).flatten();
    typed.unwrap_or_else(|| Value::from(cell))
}

fn json_rows(bytes: &[u8]) -> Result<Rows, Vec<Fault>> {
    let text = std::str::from_utf8(bytes).map_err(|_| vec![(1, "it is not UTF-8".to_owned())])?;
    let mut columns: Vec<String> = Vec::new();
    let mut objects = Vec::new();
    let mut faults = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(object)) => {
                for name in object.keys() {
                    if !columns.contains(name) {
                        columns.push(name.clone());
                    }
                }
                objects.push(object);
            }
            Ok(_) => faults.push((line, "this is no object of JSON".to_owned())),
            Err(error) => faults.push((
                line,
                format!("this is no JSON, at column {}", error.column()),
            )),
        }
        if faults.len() >= FAULTS_TOLD || objects.len() > ROWS_MAX {
            break;
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let row = |mut object: serde_json::Map<String, Value>| {
        let value = |name: &String| object.remove(name).unwrap_or(Value::Null);
        columns.iter().map(value).collect()
    };
    let rows = objects.into_iter().map(row).collect();
    Ok((columns, rows))
}

fn csv_fault(error: &csv::Error) -> Fault {
    let line = error.position().map_or(1, csv::Position::line);
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("it has {len} cells, and the head has {expected_len}"),
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".to_owned(),
        _ => "it is no CSV (RFC 4180)".to_owned(),
    };
    (line, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn both_kinds_give_columns_and_rows() {
        let csv = "FirstName,AnnualRevenue,Note__c\nAda,1000,\nBob,,x\n";
        let feed = read("leads.csv", csv.as_bytes(), false).unwrap();
        assert_eq!(feed.columns, ["FirstName", "AnnualRevenue", "Note__c"]);
        assert_eq!(feed.rows[0], [json!("Ada"), json!(1000), json!(null)]);
        let lines = "{\"a\": 1}\n\n{\"b\": [2], \"a\": null}\n";
        let feed = read("leads.jsonl", lines.as_bytes(), true).unwrap();
        assert_eq!(feed.columns, ["a", "b"]);
        assert_eq!(feed.rows[1], [json!(null), json!([2])]);
        assert!(feed.shuffled);
    }

    #[test]
    fn faults_are_told_with_their_line() {
        for (name, text, line, says) in [
            ("a.csv", "x,y\n1,2\n3\n", 3, "1 cells, and the head has 2"),
            ("a.csv", "x,x\n1,2\n", 1, "there twice"),
            ("a.csv", "x,\n1,2\n", 1, "has no name"),
            ("a.csv", "x\n", 1, "no lead in it"),
            ("a.jsonl", "{\"a\":1}\n[1]\n", 2, "no object"),
            ("a.jsonl", "{\"a\":1}\n{\"a\"\n", 2, "no JSON, at column"),
            ("a.jsonl", "", 1, "no lead in it"),
        ] {
            let faults = read(name, text.as_bytes(), false).unwrap_err();
            assert_eq!(faults[0].0, line, "{text:?}: {faults:?}");
            assert!(faults[0].1.contains(says), "{text:?}: {faults:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _no_panic = read("a.csv", &bytes, false).is_ok();
            let _no_panic = read("a.jsonl", &bytes, false).is_ok();
        }
    }
}
