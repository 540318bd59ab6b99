//! `compare`: what it prints and writes, and how it ends.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Bench, Ran, number, read_json};

const TYPICAL: &str = include_str!("../fixtures/summaries/typical.json");

/// Writes a run of the typical kind whose p99 is so many thousandths of its own.
fn put_run(bench: &Bench, folder: &str, minute: u64, per_thousand: u64) -> PathBuf {
    let mut summary: Value = serde_json::from_str(TYPICAL).unwrap();
    summary["run"]["id"] = format!("{folder}-{minute}").into();
    summary["run"]["started_at"] = format!("2026-10-18T09:{minute:02}:00Z").into();
    let wobble = 1_000 + minute * 7 % 11;
    for phase in ["latency", "network", "service"] {
        let stats = &mut summary["phases"][phase];
        let p99 = number(&stats["p99_ns"]) * per_thousand / 1_000 * wobble / 1_000;
        stats["p99_ns"] = p99.into();
        // What is longer is longer still, or the run would contradict itself.
        for longer in ["p99_9_ns", "p99_99_ns", "max_ns"] {
            stats[longer] = number(&stats[longer]).max(p99).into();
        }
    }
    summary["thresholds"] = Value::Array(Vec::new());
    put(bench, &format!("{folder}/{minute:02}"), &summary)
}

fn put(bench: &Bench, folder: &str, summary: &Value) -> PathBuf {
    let folder = bench.path(folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("summary.json"), summary.to_string()).unwrap();
    folder
}

/// Eight pairs in turn, the candidate's p99 so many thousandths of the baseline's.
fn eight_pairs(bench: &Bench, per_thousand: u64) {
    for pair in 0..8 {
        put_run(bench, "base", 2 * pair + pair % 2, 1_000);
        put_run(bench, "head", 2 * pair + 1 - pair % 2, per_thousand);
    }
}

fn compare(bench: &Bench, more: &[&str]) -> Ran {
    bench.call(&[&["compare", "base", "head"], more].concat())
}

#[test]
fn a_regression_ends_with_6_and_says_which() {
    let bench = Bench::new();
    eight_pairs(&bench, 1_400);
    let ran = compare(&bench, &["--out", "found"]).ends_with(6);
    ran.prints("REGRESSION  8 pairs of runs, taken in turn")
        .prints("Worse: latency.p99 +40")
        .prints("Cause: ")
        .says("reports in found");
    let found = bench.path("found");
    for file in [
        "comparison.json",
        "comparison.html",
        "comparison.md",
        "comparison.junit.xml",
    ] {
        assert!(found.join(file).is_file(), "{file}");
    }
    let json = read_json(&found.join("comparison.json"));
    assert_eq!(json["schema"], "leadbench.comparison/v1");
    assert_eq!(json["finding"], "regression");
    let markdown = fs::read_to_string(found.join("comparison.md")).unwrap();
    assert!(
        markdown.contains("**REGRESSION**") && markdown.len() < 30_000,
        "{markdown}"
    );
    let junit = fs::read_to_string(found.join("comparison.junit.xml")).unwrap();
    assert!(junit.contains("failures=\"1\""), "{junit}");
    // What is printed as JSON is what is written.
    let printed = compare(&bench, &["--json"]).ends_with(6);
    assert_eq!(
        printed.stdout.as_bytes(),
        fs::read(found.join("comparison.json")).unwrap()
    );
    compare(&bench, &["--markdown"]).ends_with(6).prints("## ");
}

#[test]
fn a_workflow_of_github_is_told_of_a_regression() {
    let bench = Bench::new();
    eight_pairs(&bench, 1_400);
    let mut command = bench.command(&["compare", "base", "head"]);
    command.env("GITHUB_ACTIONS", "true");
    let ran = crate::support::finish(command).ends_with(6);
    ran.says("::error title=leadbench converted-lead%3A regression::worse: latency.p99 +40");
}

#[test]
fn no_change_ends_well() {
    let bench = Bench::new();
    eight_pairs(&bench, 1_000);
    compare(&bench, &["--margin", "latency.p99=20%"])
        .ends_with(0)
        .prints("latency.p99");
}

#[test]
fn advice_stops_nothing_unless_a_decision_is_required() {
    let bench = Bench::new();
    put_run(&bench, "base", 1, 1_000);
    put_run(&bench, "head", 2, 3_000);
    compare(&bench, &[])
        .ends_with(0)
        .prints("(advisory)")
        .prints("advisory: there is one run of each side");
    compare(&bench, &["--require-decision"]).ends_with(7);
}

#[test]
fn a_set_is_a_folder_a_pattern_a_summary_or_a_page() {
    let bench = Bench::new();
    eight_pairs(&bench, 1_400);
    bench.call(&["compare", "base/*", "he?d"]).ends_with(6);
    let one = |name: &str| format!("{name}/00/summary.json").replace("head/00", "head/01");
    bench
        .call(&["compare", &one("base"), &one("head")])
        .ends_with(0)
        .prints("one run of each side");
    let page = bench.path("page.html");
    bench
        .call(&["report", "head/01", "--out", "again"])
        .ends_with(0);
    fs::rename(bench.path("again/report.html"), &page).unwrap();
    let by_page = bench
        .call(&["compare", "base/00", "page.html", "--json"])
        .ends_with(0);
    let by_folder = bench
        .call(&["compare", "base/00", "head/01", "--json"])
        .ends_with(0);
    assert_eq!(by_page.stdout, by_folder.stdout);
}

#[test]
fn what_cannot_be_compared_is_refused_with_the_way_out() {
    let bench = Bench::new();
    eight_pairs(&bench, 1_000);
    let refused = |words: &[&str]| bench.call(&[&["compare"], words].concat()).ends_with(4);
    refused(&["base", "nowhere"]).says("nowhere does not exist");
    refused(&["base", "none*"])
        .says("none* contains no run")
        .says("a pattern in quotes");
    fs::create_dir(bench.path("empty")).unwrap();
    refused(&["base", "empty"]).says("empty contains no run");
    refused(&["base", "base/00"]).says("is on both sides");
    let mut other = read_json(&bench.path("head/01/summary.json"));
    other["run"]["id"] = "other".into();
    other["run"]["load"]["description"] = "900/s poisson for 60 s".into();
    put(&bench, "other", &other);
    refused(&["base", "other"])
        .says("the runs did not do the same work")
        .says("run.load.description differs: ")
        .says("candidate 900/s poisson for 60 s")
        .says("--allow-changed-scenario");
    bench
        .call(&["compare", "base", "other", "--allow-changed-scenario"])
        .ends_with(0)
        .prints("advisory: run.load.description differs");
    other["run"]["state"] = "interrupted".into();
    put(&bench, "cut", &other);
    refused(&["base", "cut"])
        .says("no run of the candidate can be compared")
        .says("was interrupted");
    other["schema"] = "leadbench.summary/v9".into();
    put(&bench, "newer", &other);
    refused(&["base", "newer"]).says("read it with a newer leadbench");
}

#[test]
fn runs_of_one_build_tell_their_own_noise() {
    let bench = Bench::new();
    for run in 0..16 {
        // Each second run has a tail half as long again, whatever side it falls to.
        put_run(&bench, "base", run, if run % 4 < 2 { 1_000 } else { 1_500 });
        put_run(&bench, "head", run + 20, 1_000);
    }
    bench
        .call(&["compare", "base", "--self-check"])
        .ends_with(0)
        .prints("8 pairs of runs, taken in turn")
        .says("wrote the noise floor to base/noise.json");
    let floor = read_json(&bench.path("base/noise.json"));
    assert_eq!(floor["schema"], "leadbench.noise/v1");
    assert_eq!(floor["pairs"], 8);
    assert!(
        floor["detectable"]["latency.p99"].as_f64().unwrap() > 0.1,
        "{floor}"
    );
    compare(&bench, &[])
        .ends_with(0)
        .prints("Note      latency.p99: runs of the baseline alone");
    let mut of_another = floor;
    of_another["scenario"] = "elsewhere".into();
    bench.write("base/noise.json", &of_another.to_string());
    let compared = compare(&bench, &[]).ends_with(0);
    compared.prints("the noise floor beside the baseline is of the scenario \"elsewhere\"");
    assert!(
        !compared
            .stdout
            .contains("runs of the baseline alone differ")
    );
    bench
        .call(&["compare", "base", "head", "--self-check"])
        .ends_with(2);
    bench
        .call(&["compare", "base"])
        .ends_with(2)
        .says("CANDIDATE");
    fs::write(bench.path("base/noise.json"), "{}").unwrap();
    compare(&bench, &[])
        .ends_with(4)
        .says("not a readable noise floor");
}

#[test]
fn a_margin_that_is_none_is_a_mistake_of_usage() {
    let bench = Bench::new();
    for (margin, said) in [
        ("latency.p9=5%", "did you mean latency.p9"),
        ("p99=5%", "did you mean latency.p99?"),
        ("foo=5%", "unknown metric \"foo\"; write one of "),
        ("latency.p99", "write METRIC=SHARE"),
        ("latency.p99=0%", "greater than 0"),
        ("latency.p99=much", "latency.p99=much"),
    ] {
        compare(&bench, &["--margin", margin])
            .ends_with(2)
            .says(said);
    }
}

// Sixty callouts in one second, and six thousand a second made of them.
#[test]
fn a_run_that_contradicts_itself_is_believed_by_nobody() {
    let bench = Bench::new();
    eight_pairs(&bench, 1_000);
    let path = bench.path("head/01/summary.json");
    let mut forged = read_json(&path);
    forged["rates"]["achieved_per_s"] = 6_000.into();
    fs::write(&path, forged.to_string()).unwrap();
    let told = "head/01/summary.json contradicts itself: rates.achieved_per_s is 6000 over 25 s, but \
                6050 callouts ended";
    compare(&bench, &[]).ends_with(4).says(told);
    bench.call(&["report", "head/01"]).ends_with(4).says(told);
    bench.call(&["history", "head"]).ends_with(0).says(told);
}

#[test]
fn hostile_runs_are_shown_as_text() {
    let bench = Bench::new();
    let mut hostile: Value =
        serde_json::from_str(include_str!("../fixtures/summaries/hostile.json")).unwrap();
    hostile["run"]["state"] = "finished".into();
    hostile["measurement"]["verdict"] = "degraded".into();
    hostile["measurement"]["coded_reasons"][0]["verdict"] = "degraded".into();
    put(&bench, "one", &hostile);
    hostile["run"]["id"] = "two".into();
    put(&bench, "two", &hostile);
    let ran = bench
        .call(&["compare", "one", "two", "--out", "found"])
        .ends_with(0);
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
    let page = fs::read_to_string(bench.path("found/comparison.html")).unwrap();
    assert_eq!(page.matches("<script").count(), 1, "that of the cursor");
    for word in ["<script>alert", "<img", "onerror=alert(2)>"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(number(&serde_json::json!(page.len())) > 1_000);
    assert!(Path::new(&bench.path("found/comparison.md")).is_file());
}
