//! The CSV files, and the JSON they are made from.

use std::collections::BTreeMap;

use crate::fixtures::{NAMES, load, render, text};
use crate::searches::{found, rendered_search};
use leadbench::phase::Phase;
use leadbench::summary::Summary;

type Rows = Vec<BTreeMap<String, String>>;

/// Reads a CSV file back, each row by column.
#[track_caller]
fn read(bytes: &str) -> Rows {
    let mut reader = csv::Reader::from_reader(bytes.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

#[test]
fn csv_files_read_as_written() {
    for file in ["phases.csv", "timeline.csv", "slowest.csv"] {
        for name in ["single", "all-failed"] {
            let text = render(name, file).replace("\r\n", "\n");
            insta::assert_snapshot!(format!("{file}-{name}"), text);
        }
    }
}

#[test]
fn phases_read_back_to_the_same_figures() {
    let summary = load("typical");
    let rows = read(&render("typical", "phases.csv"));
    assert_eq!(
        rows.len(),
        summary.phases.len() + summary.failed_phases.len()
    );
    for row in &rows {
        let phases = match row["outcome"].as_str() {
            "ok" => &summary.phases,
            _ => &summary.failed_phases,
        };
        let stats = phases[&Phase::parse(&row["phase"]).unwrap()];
        assert_eq!(row["count"], stats.count.to_string());
        assert_eq!(row["p99_9_ns"], stats.p99_9_ns.to_string());
        let mean: f64 = row["mean_ns"].parse().unwrap();
        assert!((mean - stats.mean_ns).abs() < 1e-6);
    }
}

#[test]
fn timeline_has_a_column_for_every_field_of_a_window() {
    let summary = load("typical");
    let window = serde_json::to_value(&summary.windows[0]).unwrap();
    let rows = read(&render("typical", "timeline.csv"));
    assert_eq!(rows.len(), summary.windows.len());
    for (field, value) in window.as_object().unwrap() {
        let cell = match value {
            serde_json::Value::Null => String::new(),
            value => value.to_string(),
        };
        assert_eq!(rows[0][field], cell, "{field}");
    }
}

#[test]
fn an_absent_value_is_an_empty_cell() {
    let rows = read(&render("all-failed", "timeline.csv"));
    assert_eq!(rows[0]["latency_p50_ns"], "");
    let rows = read(&render("interrupted", "slowest.csv"));
    assert_eq!(rows[0]["server_ns"], "");
    assert_eq!(rows[0]["status"], "200");
}

/// A scenario may be named so that a spreadsheet would run it.
#[test]
fn no_cell_starts_a_formula() {
    for file in ["phases.csv", "timeline.csv", "slowest.csv"] {
        for row in read(&render("hostile", file)) {
            for (column, cell) in row {
                let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
                assert!(!formula, "{file} {column}: {cell}");
            }
        }
    }
}

#[test]
fn summary_json_holds_everything() {
    for name in NAMES {
        let json = render(name, "summary.json");
        assert!(json.ends_with("}\n"));
        let back: Summary = serde_json::from_str(&json).unwrap();
        assert_eq!(back, load(name), "{name}");
        let written: serde_json::Value = serde_json::from_str(&json).unwrap();
        let fixture: serde_json::Value = serde_json::from_str(&text(name)).unwrap();
        assert_eq!(written, fixture, "{name}");
    }
}

/// A column that nobody explains is a column that nobody can trust.
#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads the manual")]
fn the_manual_names_every_column() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    // The table of phases stands on one page alone.
    let [manual, phases] = ["docs/FORMATS.md", "docs/MEASURING.md"]
        .map(|page| std::fs::read_to_string(root.join(page)).unwrap());
    let of_runs = ["phases.csv", "timeline.csv", "slowest.csv"];
    let of_runs = of_runs.map(|file| (file, render("single", file)));
    let of_search = ("search.csv", rendered_search(&found(), "search.csv"));
    for (file, text) in of_runs.into_iter().chain([of_search]) {
        let head = text.lines().next().unwrap();
        for column in head.split(',') {
            let phase = column.strip_suffix("_ns").and_then(Phase::parse);
            let (page, name) = match phase {
                Some(phase) => (&phases, phase.as_str()),
                None => (&manual, column),
            };
            assert!(page.contains(&format!("`{name}`")), "{file}: {column}");
        }
    }
}
