//! The pages about faults against the sources: docs/FAULTS.md says what happens on each, and
//! `docs/maintainers/FAULT_TESTS.md` names the tests of each, all of which exist.

#![expect(
    clippy::disallowed_methods,
    reason = "a test of the sources reads the sources, and a file it cannot read is a failure"
)]

use std::fs;
use std::path::Path;

/// What happens on each fault, for users.
const FAULTS: &str = "../docs/FAULTS.md";

/// The tests of each fault, for maintainers.
const FAULT_TESTS: &str = "../docs/maintainers/FAULT_TESTS.md";

/// The rows of all tables, as cells, without heads and rules.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let is_head = lines.peek().is_some_and(|next| next.starts_with("|---"));
        if line.starts_with('|') && !is_head && !line.starts_with("|---") {
            let cells = line.trim_matches('|').split('|');
            rows.push(cells.map(|cell| cell.trim().to_owned()).collect());
        }
    }
    rows
}

/// The tests that a cell names: `file::name`.
fn tests(cell: &str) -> Vec<(String, String)> {
    cell.split('`')
        .filter_map(|part| part.split_once("::"))
        .map(|(file, name)| (file.to_owned(), name.to_owned()))
        .collect()
}

fn source(file: &str) -> Option<String> {
    let path = match file.strip_prefix("src/") {
        Some(_) => file.to_owned(),
        None => format!("tests/{file}"),
    };
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

/// Whether a source has a test of this name: a function with an attribute that makes it one, or
/// a line of the table that makes the smoke runs.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let function = format!("fn {name}(");
    let is_marked = |at: usize| {
        let before = lines[..at].iter().rev();
        let mut attributes =
            before.take_while(|line| line.starts_with('#') || line.ends_with(")]"));
        attributes.any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
    };
    let mut functions = (0..lines.len()).filter(|at| {
        let line = lines[*at].trim_start_matches("async ");
        line.starts_with(&function)
    });
    functions.any(is_marked)
        || lines
            .iter()
            .any(|line| line.starts_with(&format!("{name}: \"")))
}

#[test]
fn every_fault_is_shown_by_tests_that_exist() {
    let table = source(FAULT_TESTS).unwrap();
    let rows = rows(&table);
    assert!(rows.len() > 50, "{} rows", rows.len());
    let mut faults = Vec::new();
    for row in &rows {
        assert_eq!(row.len(), 2, "{row:?}");
        let named = tests(&row[1]);
        if named.is_empty() {
            faults.push(format!("no test shows: {}", row[0]));
        }
        for (file, name) in named {
            match source(&file) {
                None => faults.push(format!("{}: there is no {file}", row[0])),
                Some(text) if !has_test(&text, &name) => {
                    faults.push(format!("{}: {file} has no test {name}", row[0]));
                }
                Some(_) => {}
            }
        }
    }
    assert!(faults.is_empty(), "{FAULT_TESTS}:\n{}", faults.join("\n"));
}

#[test]
fn both_pages_list_the_same_faults() {
    let first_cells = |page: &str| -> Vec<String> {
        let rows = rows(&source(page).unwrap());
        rows.into_iter().map(|row| row[0].clone()).collect()
    };
    assert_eq!(first_cells(FAULTS), first_cells(FAULT_TESTS));
}

#[test]
fn the_faults_have_exit_codes_that_there_are() {
    let readme = source("../README.md").unwrap();
    let (_, codes) = readme.split_once("## Exit codes").unwrap();
    for row in rows(&source(FAULTS).unwrap()) {
        assert_eq!(row.len(), 4, "{row:?}");
        let numbers = row[2].split(|c: char| !c.is_ascii_digit());
        for number in numbers.filter(|number| !number.is_empty()) {
            assert!(codes.contains(&format!("| {number} |")), "{row:?}");
        }
    }
}

// The reader of the table is the judge above, so it is judged too.
#[test]
fn a_test_is_told_from_what_only_has_its_name() {
    let text = "#[test]\nfn one() {}\n#[tokio::test(start_paused = true)]\nasync fn two() {}\n\
                fn helper() {}\n    three: \"target\",\n#[test]\n#[cfg(unix)]\nfn four() {}\n";
    for name in ["one", "two", "three", "four"] {
        assert!(has_test(text, name), "{name}");
    }
    for name in ["helper", "on", "five", "target"] {
        assert!(!has_test(text, name), "{name}");
    }
    let table = "| a | b |\n|---|---|\n| x | `f.rs::t` `g/h.rs::u` |\nno row\n";
    let rows = rows(table);
    assert_eq!(rows.len(), 1);
    let named = [("f.rs", "t"), ("g/h.rs", "u")];
    assert_eq!(
        tests(&rows[0][1]),
        named.map(|(file, name)| (file.to_owned(), name.to_owned()))
    );
}
