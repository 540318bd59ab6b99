//! What a run writes down of each callout: what was created, and a log as Salesforce has it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::json;

use crate::fault_server::FaultServer;
use crate::support::{Bench, assert_adds_up, files_below, finish, number};

fn scenario(bench: &Bench, url: &str, source: &str) -> String {
    let text = format!(
        "schema = 1\nname = \"written\"\n[target]\nurl = \"{url}\"\n\
         request = {{ created_id = \"id\" }}\n[auth]\nsource = \"{source}\"\n\
         key = \"lead_signing\"\nissuer = \"i\"\nsubject = \"s\"\naudience = \"a\"\n\
         [[load]]\nkind = \"rate\"\nrate = \"40/s\"\narrivals = \"uniform\"\nfor = \"1s\"\n"
    );
    let path = bench.write("written.toml", &text);
    path.to_str().unwrap().to_owned()
}

fn rows(bench: &Bench) -> Vec<Vec<String>> {
    let text = fs::read_to_string(bench.folder().join("created.csv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("lead_id,created_id,status,at,duplicate"));
    lines
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}

#[test]
fn what_was_created_is_listed_for_a_test_system_to_be_cleaned_by() {
    let bench = Bench::new();
    let scenario = scenario(&bench, "embedded", "named-credential");
    let summary = bench.run(&scenario, &[]).ends_with_unless_busy(0).summary();
    let rows = rows(&bench);
    assert_eq!(rows.len() as u64, number(&summary["counts"]["ok"]));
    let leads: BTreeSet<_> = rows.iter().map(|row| row[0].as_str()).collect();
    let created: BTreeSet<_> = rows.iter().map(|row| row[1].as_str()).collect();
    assert_eq!((leads.len(), created.len()), (rows.len(), rows.len()));
    for row in &rows {
        assert!(row[0].starts_with("00Q") && row[0].len() == 18, "{row:?}");
        assert!(row[1].starts_with("a00"), "{row:?}");
        assert_eq!((row[2].as_str(), row[4].as_str()), ("201", "false"));
    }
}

// An API that takes every lead for the first one answers 201 all the same.
#[test]
fn a_lead_that_is_silently_dropped_is_no_success() {
    let bench = Bench::new();
    let api = FaultServer::answering(
        "HTTP/1.1 201 Created\r\nContent-Length: 15\r\n\r\n{\"id\":\"a00001\"}",
    );
    let scenario = scenario(&bench, &api.url(), "named-credential");
    let summary = bench.run(&scenario, &[]).ends_with_unless_busy(1).summary();
    assert_adds_up(&summary);
    assert_eq!(summary["outcomes"], json!({ "ok": 1, "duplicate": 39 }));
    let dropped = rows(&bench).iter().filter(|row| row[4] == "true").count();
    assert_eq!(dropped, 39);
}

#[test]
fn callouts_are_logged_in_the_words_of_salesforce_without_a_token() {
    let bench = Bench::new();
    for (source, lines_each) in [("named-credential", 4), ("apex-jws", 2)] {
        let scenario = scenario(&bench, "embedded", source);
        let log = bench.path(source);
        let words = ["--log-callouts", log.to_str().unwrap()];
        let summary = bench
            .run(&scenario, &words)
            .ends_with_unless_busy(0)
            .summary();
        let text = fs::read_to_string(&log).unwrap();
        let callouts = number(&summary["counts"]["completed"]);
        assert_eq!(text.lines().count() as u64, lines_each * callouts);
        assert!(!text.contains("eyJ"));
        let count = |words: &str| text.lines().filter(|line| line.contains(words)).count() as u64;
        assert_eq!(
            count("|CALLOUT_REQUEST|[85]|System.HttpRequest[Endpoint="),
            callouts
        );
        assert_eq!(
            count("|CALLOUT_RESPONSE|[85]|System.HttpResponse[StatusCode=201]"),
            callouts
        );
        let named = if source == "apex-jws" { 0 } else { callouts };
        assert_eq!(count("Authorization Credential Hash: "), named);
        assert_eq!(count("Retry on 401=True]"), named);
        assert_eq!(count("Overall Callout Time ms="), named);
    }
}

#[test]
fn a_log_that_cannot_be_written_is_told_before_the_load() {
    let bench = Bench::new();
    let scenario = scenario(&bench, "embedded", "named-credential");
    let folder = bench.path("keys");
    bench
        .run(&scenario, &["--log-callouts", folder.to_str().unwrap()])
        .ends_with(4)
        .says("could not make");
    // A folder would be taken for a run.
    assert!(files_below(&bench.path("reports")).is_empty());
}

/// The rows of a file in the run folder, each by column.
fn table(bench: &Bench, file: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(bench.folder().join(file)).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

#[test]
fn a_share_of_the_callouts_is_written_row_by_row() {
    let bench = Bench::new();
    let scenario = scenario(&bench, "embedded", "named-credential");
    let ran = bench.run(&scenario, &["--requests", "25%"]);
    let summary = ran.ends_with_unless_busy(0).summary();
    let rows = table(&bench, "requests.csv");
    assert_eq!(rows.len() as u64, number(&summary["counts"]["ok"]) / 4);
    for row in &rows {
        let ns = |column: &str| row[column].parse::<u64>().unwrap();
        assert_eq!(row["outcome"], "ok");
        assert_eq!(ns("latency_ns"), ns("finished_ns") - ns("due_ns"));
        let parts = ns("lag_ns") + ns("network_ns") + ns("residual_ns");
        assert!(parts <= ns("latency_ns"), "{row:?}");
        assert_eq!(row["tls_ns"], "", "what did not happen is empty");
    }
}

#[test]
fn jmeter_s_columns_are_written_where_they_are_asked_for() {
    let bench = Bench::new();
    let scenario = scenario(&bench, "embedded", "named-credential");
    let words = ["--requests", "100%", "--requests-form", "jtl"];
    let summary = bench
        .run(&scenario, &words)
        .ends_with_unless_busy(0)
        .summary();
    let rows = table(&bench, "requests.jtl");
    assert_eq!(rows.len() as u64, number(&summary["counts"]["ok"]));
    let first = rows[0]["timeStamp"].parse::<u64>().unwrap();
    assert!(
        first > 1_700_000_000_000,
        "milliseconds since 1970: {first}"
    );
    assert!(
        rows.iter()
            .all(|row| row["success"] == "true" && row["responseCode"] == "201")
    );
}

// A workflow of GitHub shows what a run says in its commands; nobody else wants them.
#[test]
fn a_broken_threshold_is_annotated_for_github() {
    let bench = Bench::new();
    let scenario = scenario(&bench, "embedded", "named-credential");
    let words = [
        "run",
        &scenario,
        "--set",
        "thresholds.\"latency.p50\"=\"< 1ms\"",
        "--json",
    ];
    let ran = bench.call(&words).ends_with_unless_busy(1);
    assert!(!ran.stderr.contains("::error"), "{}", ran.stderr);
    let mut command = bench.command(&words);
    command.env("GITHUB_ACTIONS", "true");
    let ran = finish(command).ends_with_unless_busy(1);
    // Of a measurement that a busy machine spoiled no threshold is judged.
    ran.says(if ran.status.code() == Some(8) {
        "::error title=leadbench written::the measurement is invalid: "
    } else {
        "::error title=leadbench written::latency.p50 < 1.00 ms: was "
    });
}
