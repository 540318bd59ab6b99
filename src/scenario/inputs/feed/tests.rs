//! Feeds as people have them, from their bytes to columns and rows.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn fields(name: &str, text: &str) -> Result<Read, Vec<FileFault>> {
    read(name, text.as_bytes(), Purpose::Fields, false)
}

fn values(name: &str, text: &str) -> Result<Read, Vec<FileFault>> {
    read(name, text.as_bytes(), Purpose::Values, false)
}

#[track_caller]
fn told(read: &Read, says: &str) {
    let notes = read.notes.join("\n");
    assert!(notes.contains(says), "{says} is not in {notes}");
}

#[test]
fn both_kinds_give_columns_and_rows() {
    let csv = "FirstName,AnnualRevenue,Note__c\nAda,1000,\nBob,,x\n";
    let feed = fields("leads.csv", csv).unwrap().feed;
    assert_eq!(feed.columns, ["FirstName", "AnnualRevenue", "Note__c"]);
    assert_eq!(feed.rows[0], [json!("Ada"), json!(1000), json!(null)]);
    let lines = "{\"a\": 1}\n\n{\"b\": [2], \"a\": null}\n";
    let read = read("leads.jsonl", lines.as_bytes(), Purpose::Values, true).unwrap();
    assert_eq!(read.feed.columns, ["a", "b"]);
    assert_eq!(read.feed.rows[1], [json!(null), json!([2])]);
    assert!(read.feed.shuffled && read.notes.is_empty());
}

#[test]
fn labels_of_reports_become_fields_and_are_told() {
    let text = "\"First Name\",\"Company / Account\",\"Lead Owner\",\"Owner.Email\",Converted\n\
                Ann,\"Acme \"\"Ltd\"\"\",Own Er,,0\n";
    let read = fields("leads.csv", text).unwrap();
    assert_eq!(
        read.feed.columns,
        ["FirstName", "Company", "Owner", "IsConverted"]
    );
    let row = [
        json!("Ann"),
        json!("Acme \"Ltd\""),
        json!({"Name": "Own Er"}),
        json!(false),
    ];
    assert_eq!(read.feed.rows, [row]);
    told(
        &read,
        "columns read as fields of a Lead: First Name as FirstName, Company / Account as Company",
    );
    told(
        &read,
        "sent as objects within the lead: Lead Owner as Owner.Name, Owner.Email",
    );
    told(
        &read,
        "IsConverted is false in 1 of 1 leads and is sent unchanged",
    );
    // A template has its own names, and the file keeps its own.
    let read = values("leads.csv", text).unwrap();
    assert_eq!(read.feed.columns[0], "First Name");
    assert!(read.notes.is_empty());
}

#[test]
fn what_each_lead_has_of_its_own_is_left_out() {
    let text = "{\"records\": [{\"attributes\": {\"type\": \"Contact\", \"referenceId\": \"R1\"}, \
                \"Id\": \"003\", \"LastName\": \"Example\", \"Score__c\": 7}]}";
    let read = fields("leads.json", text).unwrap();
    assert_eq!(read.feed.columns, ["LastName", "Score__c"]);
    assert_eq!(read.feed.rows, [[json!("Example"), json!(7)]]);
    told(&read, "its own Id and attributes: attributes, Id");
    told(&read, "it has records of Contact");
    let text = "_,LASTNAME,sf__Id,sf__Created\n[Lead],Example,00Q,true\n";
    let read = fields("leads.csv", text).unwrap();
    assert_eq!(read.feed.columns, ["LastName"]);
    told(&read, "its own Id and attributes: _, sf__Id, sf__Created");
}

// Reports of a custom type put the object before each name.
#[test]
fn the_object_before_a_name_is_no_part_of_it() {
    let text = "Lead: First Name,Lead: Region__c,Lead: Lead Owner\nAnn,EMEA,Own Er\n";
    let read = fields("leads.csv", text).unwrap();
    assert_eq!(read.feed.columns, ["FirstName", "Region__c", "Owner"]);
    told(
        &read,
        "Lead: First Name as FirstName, Lead: Region__c as Region__c",
    );
}

#[test]
fn a_text_file_is_what_it_looks_like() {
    let cells = fields("leads.txt", "First Name\tLast Name\nAnn\tExample\n").unwrap();
    let json = fields(
        "leads.TXT",
        " {\"FirstName\":\"Ann\",\"LastName\":\"Example\"}",
    )
    .unwrap();
    assert_eq!(cells.feed, json.feed);
    let read = fields("leads.json", "{\"n__c\":18446744073709551616,\"m__c\":1}").unwrap();
    told(
        &read,
        "of more than 19 digits are sent with 17 digits; write them as text: n__c",
    );
}

#[test]
fn columns_of_unknown_type_and_name_are_told() {
    let text = "Compny,Region__c,Score__c,ConvertedDate\nAcme,EMEA,7,31.01.2026\n";
    let read = fields("leads.csv", text).unwrap();
    assert_eq!(
        read.feed.rows,
        [[
            json!("Acme"),
            json!("EMEA"),
            json!("7"),
            json!("31.01.2026")
        ]]
    );
    told(
        &read,
        "no standard field of that name: Compny (did you mean Company?)",
    );
    told(
        &read,
        "sent as text, because CSV does not say what is a number (JSON does): Score__c",
    );
    told(
        &read,
        "line 2: ConvertedDate is `31.01.2026` and is sent unchanged; Salesforce sends YYYY-MM-DD",
    );
}

#[test]
fn what_a_report_writes_beside_its_rows_is_left_out_and_told() {
    let text = "sep=;\r\n\"Last Name\";\"Street\";\r\nExample;\"1 Road\r\nTown\";\r\n;;\r\n\
                Muster;;\r\n\r\n\r\n\"Leads\"\r\n\"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved.\"\r\n\
                \"Confidential Information - Do Not Distribute\"\r\n\"Generated By:  Own Er  28/11/2026\"\r\n\"Example\"\r\n";
    let read = fields("leads.csv", text).unwrap();
    assert_eq!(read.feed.columns, ["LastName", "Street"]);
    assert_eq!(read.feed.rows.len(), 2);
    assert_eq!(read.lines, [Some(3), Some(6)]);
    told(&read, "read with semicolons between cells");
    told(
        &read,
        "lines 9 to 13 are the footer of a report, and left out",
    );
    told(&read, "because they are empty: line 5");
}

#[test]
fn the_separator_is_what_stands_between_names() {
    for (text, columns) in [
        ("LastName\tCompany\nx\ty\n", 2),
        ("LastName|Company\nx|y\n", 2),
        ("LastName\nx;y\n", 1),
        ("\"Last Name\";\"Company / Account\"\nx;a,b\n", 2),
        ("\"a;b\",\"c\"\n1,2\n", 2),
        // Only with tabs are all of them names.
        ("Last Name\tCompany, Account\tCity\nx\ty\tz\n", 3),
    ] {
        let columns_read = values("leads.csv", text).unwrap().feed.columns;
        assert_eq!(columns_read.len(), columns, "{text}: {columns_read:?}");
    }
    let faults = values("leads.csv", "\na;b,c\n1;2,3\n").unwrap_err();
    assert_eq!(faults[0].line, 2);
    assert!(
        faults[0]
            .message
            .contains("commas and semicolons stand between")
    );
    assert!(faults[0].hint.as_ref().unwrap().contains("sep=;"));
}

#[test]
fn faults_are_told_with_their_place() {
    for (name, text, place, says) in [
        (
            "a.csv",
            "x,y\n1,2\n3\n",
            (3, None),
            "this line has 1 cell, but the first line has 2",
        ),
        (
            "a.csv",
            "x,y\n\"1\n\n\",2\n\n3,4,5\n",
            (6, None),
            "this line has 3 cells",
        ),
        ("a.csv", "x,x\n1,2\n", (1, Some(3)), "x is there twice"),
        ("a.csv", "x, \n1,2\n", (1, Some(3)), "has no name"),
        ("a.csv", "x\n", (1, None), "it has no leads"),
        (
            "a.csv",
            "Leads\n\nx,y\n1,2\n",
            (3, None),
            "this line has 2 cells, but the first line has 1",
        ),
        ("a.csv", "{\"LastName\":1}\n", (1, None), "it holds JSON"),
        ("a.csv", "", (1, None), "it has no leads"),
        ("a.csv", "x,y\n\"1,2\n3,4\n", (2, Some(1)), "never closed"),
        (
            "a.csv",
            "x,\u{e9}\u{e9},\"Fav. colour\"\n1,2,3\n",
            (1, Some(3)),
            "no field",
        ),
        (
            "a.csv",
            "LastName,Frist Name\n1,2\n",
            (1, Some(10)),
            "did you mean FirstName?",
        ),
        (
            "a.csv",
            "First Name,firstname\n1,2\n",
            (1, Some(12)),
            "are the same field, FirstName",
        ),
        (
            "a.csv",
            "Owner.Name,owner\n1,2\n",
            (1, Some(12)),
            "are the same field",
        ),
        (
            "a.csv",
            "X__c,LastName,x__C\n1,2,3\n",
            (1, Some(15)),
            "are the same field",
        ),
        (
            "a.csv",
            "LastName,IsConverted\na,true\nb,maybe\n",
            (3, Some(3)),
            "IsConverted is `maybe`",
        ),
        (
            "a.csv",
            "AnnualRevenue\n\"1.000,50\"\n",
            (2, Some(1)),
            "a number such as",
        ),
        (
            "a.jsonl",
            "{\"a\":1}\n[1]\n",
            (2, Some(1)),
            "not a JSON object",
        ),
        (
            "a.jsonl",
            "{\"a\":1}\n{\"a\"\n",
            (2, Some(4)),
            "ends too early",
        ),
        (
            "a.jsonl",
            "{\"Name\":1}\n{\"name\":1}\n",
            (2, None),
            "are the same field",
        ),
        ("a.jsonl", "", (1, None), "it has no leads"),
        ("a.json", "[]", (1, None), "it has no leads"),
    ] {
        let faults = fields(name, text).unwrap_err();
        assert_eq!(
            (faults[0].line, faults[0].column),
            place,
            "{text:?}: {faults:?}"
        );
        assert!(faults[0].message.contains(says), "{text:?}: {faults:?}");
    }
}

#[test]
fn more_than_a_limit_is_refused_before_it_is_multiplied() {
    let columns = |columns: usize| {
        let names: Vec<_> = (0..columns).map(|column| format!("c{column}__c")).collect();
        format!("{}\n{}\n", names.join(","), vec!["1"; columns].join(","))
    };
    let cell = |bytes: usize| format!("LastName\n{}\n", "x".repeat(bytes));
    let rows = |rows: usize| format!("LastName\n{}", "x\n".repeat(rows));
    for (name, text, says) in [
        (
            "a.csv",
            columns(COLUMNS_MAX + 1),
            "f:1: this line has more than 1000 cells",
        ),
        ("a.csv", columns(100_000), "a feed has at most 1000 columns"),
        (
            "a.csv",
            cell(CELL_BYTES_MAX + 1),
            "2:1: this cell has 524289 bytes",
        ),
        ("a.csv", rows(ROWS_MAX + 1), "more than 100000 leads"),
        ("a.csv", cell(FILE_BYTES_MAX), "a feed has at most 64.0 MB"),
        (
            "a.csv",
            format!(
                "{}{}",
                columns(1_000),
                format!("{}\n", ",".repeat(999)).repeat(4_001)
            ),
            "more than 4000000 cells",
        ),
        (
            "a.jsonl",
            format!("{{\"a\":\"{}\"}}", "x".repeat(CELL_BYTES_MAX)),
            "record 1: a has 524290 bytes",
        ),
        (
            "a.jsonl",
            (0..=COLUMNS_MAX)
                .map(|n| format!("{{\"c{n}\":1}}"))
                .collect::<Vec<_>>()
                .join("\n"),
            "record 1001: the records have more than 1000 different members",
        ),
        (
            "a.jsonl",
            "{}\n".repeat(ROWS_MAX + 1),
            "more than 100000 leads",
        ),
        (
            "a.json",
            format!("[{}]", " ".repeat(33_000_000)),
            "put each object on a line",
        ),
    ] {
        let faults = values(name, &text).unwrap_err();
        let told = format!("{} {:?}", faults[0].told("f"), faults[0].hint);
        assert!(told.contains(says), "{says}: {told}");
    }
    assert!(values("a.csv", &columns(COLUMNS_MAX)).is_ok());
    assert!(values("a.csv", &cell(CELL_BYTES_MAX)).is_ok());
    assert!(values("a.csv", &rows(ROWS_MAX)).is_ok());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        for purpose in [Purpose::Fields, Purpose::Values] {
            let _no_panic = read("a.csv", &bytes, purpose, false).is_ok();
            let _no_panic = read("a.jsonl", &bytes, purpose, false).is_ok();
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "[a,;\t\"{}\\[\\]:\r\n1é. ]{0,40}") {
        for name in ["a.csv", "a.json"] {
            let _no_panic = fields(name, &text).is_ok();
            let _no_panic = values(name, &text).is_ok();
        }
    }

    // Whatever columns are called, no two keys are alike but for their case.
    #[test]
    fn keys_are_there_once(
        names in prop::collection::vec("(Owner|owner|FIRSTNAME|First Name|x|X__c|Id)(\\.(a|A|Name|b\\.c))?|[a-zA-Z_.]{1,6}", 1..6)
    ) {
        let text = format!("{}\n{}\n", names.join(","), vec!["v"; names.len()].join(","));
        if let Ok(read) = fields("a.csv", &text) {
            prop_assert!(is_unique(read.feed.columns.iter()), "{:?}", read.feed.columns);
            prop_assert!(read.feed.rows[0].iter().all(is_unique_within), "{:?}", read.feed.rows);
        }
    }
}

fn is_unique<'n>(names: impl Iterator<Item = &'n String>) -> bool {
    let mut known = std::collections::HashSet::new();
    names
        .into_iter()
        .all(|name| known.insert(name.to_lowercase()))
}

fn is_unique_within(value: &Value) -> bool {
    value
        .as_object()
        .is_none_or(|object| is_unique(object.keys()) && object.values().all(is_unique_within))
}
