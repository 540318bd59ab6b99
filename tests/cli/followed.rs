//! `history`: the trend of past runs, and a page over all of them.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::support::{Bench, number};

/// Writes a run of a commit, whose p99 is so many thousandths of the typical one's.
fn put_run(bench: &Bench, number_of: u64, per_thousand: u64, change: impl Fn(&mut Value)) {
    let text = include_str!("../fixtures/summaries/typical.json");
    let mut summary: Value = serde_json::from_str(text).unwrap();
    let (day, hour) = (1 + number_of / 24, number_of % 24);
    summary["run"]["id"] = format!("run-{number_of}").into();
    summary["run"]["started_at"] = format!("2026-10-{day:02}T{hour:02}:00:00Z").into();
    summary["run"]["commit"] = format!("c{number_of:07}").into();
    let wobble = 1_000 + number_of * 7 % 11;
    let latency = &mut summary["phases"]["latency"];
    let p99 = number(&latency["p99_ns"]) * per_thousand / 1_000 * wobble / 1_000;
    latency["p99_ns"] = p99.into();
    // What is longer is longer still, or the run would contradict itself.
    for longer in ["p99_9_ns", "p99_99_ns", "max_ns"] {
        latency[longer] = number(&latency[longer]).max(p99).into();
    }
    summary["thresholds"][0]["actual"] = p99.into();
    change(&mut summary);
    let folder = bench.path(&format!("runs/nightly/2026-10-{day:02} {hour:02}"));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("summary.json"), summary.to_string()).unwrap();
    fs::write(folder.join("report.html"), "<!doctype html>").unwrap();
}

#[test]
fn a_new_level_is_found_between_two_commits() {
    let bench = Bench::new();
    for run in 0..40 {
        put_run(&bench, run, if run < 25 { 1_000 } else { 1_200 }, |_| {});
    }
    bench
        .call(&["history", "runs"])
        .ends_with(0)
        .prints("40 runs, 40 of them usable")
        .prints("latency.p99  +20")
        .prints("c0000024               c0000025")
        .says("history.csv and index.html in runs");
    let csv = fs::read_to_string(bench.path("runs/history.csv")).unwrap();
    assert_eq!(csv.lines().count(), 41);
    assert!(csv.starts_with("started_at,commit,run_id,"), "{csv}");
    let page = fs::read_to_string(bench.path("runs/index.html")).unwrap();
    let page = page.replace("&#x2f;", "/");
    assert!(
        page.contains("href=\"./nightly/2026-10-02%2000/report.html\""),
        "{page}"
    );
    assert!(page.contains("1 step change was found."), "no step change");
    // Read again, the page over the runs is no run.
    bench
        .call(&["history", "runs"])
        .ends_with(0)
        .prints("40 runs");
}

#[test]
fn archived_pages_are_followed_too() {
    let bench = Bench::new();
    for run in 0..2 {
        put_run(&bench, run, 1_000, |_| {});
        let folder = format!("runs/nightly/2026-10-01 {run:02}");
        bench.call(&["report", &folder]).ends_with(0);
        let archived = bench.path(&format!("archive/{run}.html"));
        fs::create_dir_all(bench.path("archive")).unwrap();
        fs::copy(bench.path(&folder).join("report.html"), archived).unwrap();
    }
    fs::write(bench.path("archive/other.html"), "<!doctype html><p>no run").unwrap();
    for _ in 0..2 {
        bench
            .call(&["history", "archive"])
            .ends_with(0)
            .prints("2 runs, 2 of them usable");
    }
    let page = fs::read_to_string(bench.path("archive/index.html")).unwrap();
    assert!(
        page.replace("&#x2f;", "/").contains("href=\"./1.html\""),
        "{page}"
    );
}

#[test]
fn runs_of_other_machines_and_scenarios_are_series_of_their_own() {
    let bench = Bench::new();
    for run in 0..6 {
        put_run(&bench, run, 1_000, |summary| match run {
            2 => summary["run"]["machine"]["cores"] = 64.into(),
            3 => summary["run"]["scenario_sha256"] = "0".repeat(64).into(),
            4 => summary["run"]["state"] = "interrupted".into(),
            _ => {}
        });
    }
    let ran = bench.call(&["history", "runs"]).ends_with(0);
    assert_eq!(
        ran.stdout.matches("typical").count() + ran.stdout.matches("usable, at").count(),
        3
    );
    ran.prints("4 runs, 3 of them usable")
        .prints("Machine: 64 cores");
    ran.prints("27 more");
}

// The commit of the day on which the load was doubled is not to blame for what followed.
#[test]
fn runs_of_another_load_are_a_series_of_their_own() {
    let bench = Bench::new();
    for run in 0..40 {
        let is_late = run >= 20;
        put_run(
            &bench,
            run,
            if is_late { 1_300 } else { 1_000 },
            |summary| {
                if is_late {
                    let change = serde_json::json!({ "path": "load.0.rate", "value": "400/s" });
                    summary["run"]["overrides"] = vec![change].into();
                }
            },
        );
    }
    let ran = bench.call(&["history", "runs"]).ends_with(0);
    ran.prints("20 runs, 20 of them usable")
        .prints("load.0.rate=400/s");
    ran.prints("No step change was found.");
    let csv = fs::read_to_string(bench.path("runs/history.csv")).unwrap();
    let of_more = csv
        .lines()
        .filter(|row| row.ends_with("load.0.rate=400/s\""));
    assert_eq!(of_more.count(), 20, "{csv}");
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_followed() {
    let bench = Bench::new();
    put_run(&bench, 0, 1_000, |_| {});
    put_run(&bench, 1, 1_000, |summary| {
        summary["schema"] = "leadbench.summary/v9".into();
    });
    bench
        .call(&["history", "runs"])
        .ends_with(0)
        .prints("1 run")
        .says("note: ")
        .says("leadbench.summary/v9");
    bench
        .call(&["history", "nowhere"])
        .ends_with(4)
        .says("the folder nowhere does not exist");
    fs::create_dir(bench.path("empty")).unwrap();
    bench
        .call(&["history", "empty"])
        .ends_with(4)
        .says("contains no run");
}

// A run is told by its id: what leads to it or was copied from it adds none.
#[test]
fn a_run_is_counted_once_whatever_links_and_copies_there_are() {
    let bench = Bench::new();
    for run in 0..3 {
        put_run(&bench, run, 1_000, |_| {});
    }
    let nightly = bench.path("runs/nightly");
    let linked = |to: &str, at: &str| symlink(to, bench.path("runs").join(at)).unwrap();
    linked("nightly/2026-10-01 00", "latest");
    linked("nightly", "again");
    linked("nightly/2026-10-01 01/report.html", "page.html");
    for run in 0..3 {
        linked("../..", &format!("nightly/round-{run}"));
    }
    fs::create_dir(bench.path("runs/copy")).unwrap();
    let copied = nightly.join("2026-10-01 02/summary.json");
    fs::copy(copied, bench.path("runs/copy/summary.json")).unwrap();
    bench
        .call(&["history", "runs"])
        .ends_with(0)
        .prints("3 runs, 3 of them usable")
        .says("is a copy of another run, and is counted once");
    let csv = fs::read_to_string(bench.path("runs/history.csv")).unwrap();
    assert_eq!(csv.lines().count(), 4, "{csv}");
}

#[test]
fn hostile_runs_do_no_harm_to_the_page_or_the_table() {
    let bench = Bench::new();
    let folder = bench.path("runs/javascript:alert(1)");
    fs::create_dir_all(&folder).unwrap();
    let hostile = include_str!("../fixtures/summaries/hostile.json");
    fs::write(folder.join("summary.json"), hostile).unwrap();
    fs::write(folder.join("report.html"), "<!doctype html>").unwrap();
    let ran = bench.call(&["history", "runs"]).ends_with(0);
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
    let page = fs::read_to_string(bench.path("runs/index.html")).unwrap();
    assert_eq!(page.matches("<script").count(), 1, "that of the cursor");
    for word in ["<script>alert", "<img", "href=\"javascript"] {
        assert!(!page.contains(word), "{word}");
    }
    let csv = fs::read_to_string(bench.path("runs/history.csv")).unwrap();
    let row = csv.lines().nth(1).unwrap();
    assert!(row.contains("'=HYPERLINK"), "{row}");
}
