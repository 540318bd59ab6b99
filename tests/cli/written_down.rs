//! What a run writes down of each callout: what was created, and a log as Salesforce has it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::fault_server::FaultServer;
use crate::support::{Bench, assert_adds_up, assert_warned, files_below, finish, number};

fn scenario(bench: &Bench, url: &str, source: &str) -> String {
    let text = format!(
        "schema = 1\nname = \"written\"\n[target]\nurl = \"{url}\"\n\
         request = {{ created_id = \"id\" }}\n[auth]\nsource = \"{source}\"\n\
         key = \"lead_signing\"\nissuer = \"i\"\nsubject = \"s\"\naudience = \"a\"\n\
         [[load]]\nkind = \"rate\"\nrate = \"100/s\"\narrivals = \"uniform\"\nfor = \"400ms\"\n"
    );
    let path = bench.write("written.toml", &text);
    path.to_str().unwrap().to_owned()
}

/// What stands in `created.csv`.
fn created(bench: &Bench) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(bench.folder().join("created.csv")).unwrap();
    assert_eq!(
        text.split_once("\r\n").unwrap().0,
        "lead_id,created_id,status,at,duplicate,created_id_form,run_id,scenario,measurement"
    );
    table(bench, "created.csv")
}

#[test]
fn what_was_created_is_listed_for_a_test_system_to_be_cleaned_by() {
    let bench = Bench::new();
    let scenario = scenario(&bench, "embedded", "named-credential");
    let summary = bench.run(&scenario, &[]).ends_with_unless_busy(0).summary();
    let rows = created(&bench);
    assert_eq!(rows.len() as u64, number(&summary["counts"]["ok"]));
    let all = |column: &str| -> BTreeSet<_> { rows.iter().map(|row| &row[column]).collect() };
    assert_eq!(all("lead_id").len(), rows.len());
    assert_eq!(all("created_id").len(), rows.len());
    for row in &rows {
        let lead = &row["lead_id"];
        assert!(lead.starts_with("00Q") && lead.len() == 18, "{row:?}");
        assert!(row["created_id"].starts_with("a00"), "{row:?}");
        assert_eq!(
            (row["status"].as_str(), row["duplicate"].as_str()),
            ("201", "false")
        );
        assert_eq!(row["created_id_form"], "exact");
    }
    // No row parts from its run, its scenario and the verdict on the measurement.
    for (column, value) in [
        ("run_id", &summary["run"]["id"]),
        ("scenario", &summary["run"]["scenario"]),
        ("measurement", &summary["measurement"]["verdict"]),
    ] {
        let all = all(column);
        assert_eq!(all.len(), 1, "{column}");
        assert!(
            all.contains(&value.as_str().unwrap().to_owned()),
            "{column}"
        );
    }
}

// An API that takes every lead for the first one answers 201 all the same.
#[test]
fn a_lead_that_is_silently_dropped_is_no_success() {
    let bench = Bench::new();
    let api = answering_with(r#"{"id":"a00001"}"#);
    let scenario = scenario(&bench, &api.url(), "named-credential");
    let summary = bench.run(&scenario, &[]).ends_with_unless_busy(1).summary();
    assert_adds_up(&summary);
    assert_eq!(summary["outcomes"], json!({ "ok": 1, "duplicate": 39 }));
    let rows = created(&bench);
    let dropped = rows.iter().filter(|row| row["duplicate"] == "true").count();
    assert_eq!(dropped, 39);
}

fn answering_with(body: &str) -> FaultServer {
    let length = body.len();
    FaultServer::answering(format!(
        "HTTP/1.1 201 Created\r\nContent-Length: {length}\r\n\r\n{body}"
    ))
}

/// Answers each request with what is made of its number and its token.
fn answering_by(body: impl Fn(u64, &str) -> Vec<u8> + Send + Sync + 'static) -> FaultServer {
    let number = AtomicU64::new(0);
    FaultServer::start(move |conversation| {
        while let Some(request) = conversation.request() {
            let body = body(number.fetch_add(1, Relaxed), &request.authorization);
            let is_packed = body.starts_with(&[0x1f, 0x8b]);
            let coding = if is_packed {
                "Content-Encoding: gzip\r\n"
            } else {
                ""
            };
            let head = format!(
                "HTTP/1.1 201 Created\r\n{coding}Content-Length: {}\r\n\r\n",
                body.len()
            );
            if !conversation.say(&[head.as_bytes(), &body].concat()) {
                return;
            }
        }
    })
}

// Ids past 2^64 would be one as floats, and all but the first of them no success.
#[test]
fn an_id_is_what_the_api_has_written() {
    let first: u128 = (1 << 65) + 1;
    for (is_packed, body) in [(false, ""), (true, ""), (false, "\u{feff}")] {
        let bench = Bench::new();
        let api = answering_by(move |number, _| {
            let body = format!("{body}{{\"id\":{}}}", first + u128::from(number));
            if is_packed {
                packed(body.as_bytes())
            } else {
                body.into_bytes()
            }
        });
        let scenario = scenario(&bench, &api.url(), "named-credential");
        let summary = bench.run(&scenario, &[]).ends_with_unless_busy(0).summary();
        assert_eq!(summary["outcomes"], json!({ "ok": 40 }));
        let ids: BTreeSet<u128> = created(&bench)
            .iter()
            .map(|row| row["created_id"].parse().unwrap())
            .collect();
        assert!(ids.into_iter().eq(first..first + 40));
    }
}

/// As a proxy packs an answer that nobody asked it to.
fn packed(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn an_id_keeps_its_text_and_begins_no_formula() {
    let bench = Bench::new();
    let api = answering_by(|number, _| {
        let id = ["/leads/{n} =é,\"b", "={n}+1", "'{n}"][usize::try_from(number % 3).unwrap()];
        let id = id.replace("{n}", &number.to_string());
        json!({ "id": id }).to_string().into_bytes()
    });
    let scenario = scenario(&bench, &api.url(), "named-credential");
    let summary = bench.run(&scenario, &[]).ends_with_unless_busy(0).summary();
    assert_eq!(summary["outcomes"], json!({ "ok": 40 }));
    for row in created(&bench) {
        let id = &row["created_id"];
        match row["created_id_form"].as_str() {
            "exact" if id.starts_with('/') => assert!(id.ends_with(" =é,\"b"), "{id}"),
            "exact" => assert!(id.starts_with('\''), "{id}"),
            "quoted" => assert!(id.starts_with("'=") && id.ends_with("+1"), "{id}"),
            other => panic!("{other}: {id}"),
        }
    }
}

// An API that gives back what it was sent, where an Id belongs.
#[test]
fn a_token_that_comes_back_as_an_id_is_written_nowhere() {
    type Form = fn(&str) -> String;
    let forms: [Form; 4] = [
        str::to_owned,
        |token| token.rsplit('.').next().unwrap().to_owned(),
        |token| token[token.len() - 20..].to_owned(),
        |token| token.replace('.', "%2E"),
    ];
    for form in forms {
        let bench = Bench::new();
        let seen = Arc::new(Mutex::new(BTreeSet::new()));
        let api = answering_by({
            let seen = Arc::clone(&seen);
            move |_, authorization| {
                let token = authorization.strip_prefix("Bearer ").unwrap();
                seen.lock().unwrap().insert(token.to_owned());
                json!({ "id": form(token), "echo": token })
                    .to_string()
                    .into_bytes()
            }
        });
        let scenario = scenario(&bench, &api.url(), "named-credential");
        for pointer in ["id", "nowhere"] {
            let set = format!("target.request.created_id=\"{pointer}\"");
            let ran = bench.run(&scenario, &["--set", &set]);
            assert!(matches!(ran.status.code(), Some(0 | 1 | 8)), "{ran:#?}");
            let summary = ran.summary();
            if pointer == "id" {
                assert_warned(&summary, "created_ids_changed");
            } else {
                assert_warned(&summary, "created_ids_missing");
                let warnings = summary["warnings"].to_string();
                assert!(warnings.contains("REDACTED"), "{warnings}");
            }
        }
        let tokens = seen.lock().unwrap().clone();
        for path in files_below(&bench.path("reports")) {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            for token in &tokens {
                let last = &token[token.len() - 20..];
                assert!(!text.contains(last), "{}", path.display());
            }
        }
    }
}

#[test]
fn an_id_that_is_nowhere_is_told_with_a_sample() {
    let bench = Bench::new();
    let api = answering_with(r#"{"data":{"Id":"x"}}"#);
    let scenario = scenario(&bench, &api.url(), "named-credential");
    let ran = bench.call(&["run", &scenario, "--ui", "none"]);
    assert!(matches!(ran.status.code(), Some(0 | 8)), "{ran:#?}");
    let said = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "created_id = \"id\" was found in none of the 40 successes",
        "did you mean created_id = \"data.Id\"?",
        "(201) has nothing there: {\"data\":{\"Id\":\"x\"}}",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(created(&bench).is_empty());
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
        .says("could not write");
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
        for (column, value) in [
            ("run_id", &summary["run"]["id"]),
            ("scenario", &summary["run"]["scenario"]),
            ("measurement", &summary["measurement"]["verdict"]),
        ] {
            assert_eq!(Some(row[column].as_str()), value.as_str(), "{column}");
        }
    }
}

// As a kill leaves them: in the middle of a row, whose last number may be the beginning of one.
#[test]
fn a_row_that_was_torn_is_told_and_left_out() {
    let bench = Bench::new();
    let scenario = scenario(&bench, "embedded", "named-credential");
    drop(
        bench
            .run(&scenario, &["--requests", "100%"])
            .ends_with_unless_busy(0),
    );
    let folder = bench.folder();
    let report = || {
        bench
            .call(&["report", folder.to_str().unwrap()])
            .ends_with(0)
    };
    let (path, summary) = (folder.join("requests.csv"), folder.join("summary.json"));
    let whole = fs::read_to_string(&path).unwrap();
    assert!(!report().stderr.contains("requests.csv"));
    assert_eq!(fs::read_to_string(&path).unwrap(), whole);
    let torn = &whole[..whole.len() - 9];
    let running = fs::read_to_string(&summary).unwrap();
    let running = running.replace("\"state\": \"finished\"", "\"state\": \"running\"");
    for (json, said) in [
        (Some(running), "is incomplete: ignore that row"),
        (None, "was incomplete, and leadbench removed it"),
    ] {
        let before = fs::read_to_string(&summary).unwrap();
        let is_running = json.is_some();
        fs::write(&summary, json.unwrap_or_else(|| before.clone())).unwrap();
        fs::write(&path, torn).unwrap();
        if is_running {
            let recording = folder.join("recording.lbr");
            let bytes = fs::read(&recording).unwrap();
            fs::write(&recording, &bytes[..bytes.len() - 1]).unwrap();
        }
        report().says(&format!("requests.csv {said}"));
        fs::write(&summary, before).unwrap();
        let left = fs::read_to_string(&path).unwrap();
        // A run that goes on still writes to it.
        if is_running {
            assert_eq!(left, torn);
        } else {
            assert_eq!(left.lines().count(), whole.lines().count() - 1);
            assert!(whole.starts_with(&left));
        }
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
