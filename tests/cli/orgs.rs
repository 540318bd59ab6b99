//! Loads that are what one Salesforce org does.

use std::fs;

use serde_json::Value;

use crate::fault_server::FaultServer;
use crate::support::{Bench, Ran, assert_adds_up, codes, number};

const CREATED: &[u8] = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";

/// The output and the folder of one run.
fn run(url: &str, load: &str) -> (Bench, Ran) {
    run_with(url, load, &[])
}

/// The same with more on the command line.
fn run_with(url: &str, load: &str, words: &[&str]) -> (Bench, Ran) {
    let bench = Bench::without_key();
    let text = format!(
        "schema = 1\nname = \"org\"\n[target]\nurl = \"{url}\"\n[auth]\nsource = \"none\"\n\
         [[load]]\nkind = \"salesforce\"\n{load}\n"
    );
    let scenario = bench.write("org.toml", &text);
    let ran = bench.run(scenario.to_str().unwrap(), words);
    (bench, ran)
}

fn summary(ran: Ran) -> Value {
    let summary = ran.ends_by_its_failures().summary();
    assert_adds_up(&summary);
    summary
}

#[test]
fn every_preset_runs_and_says_what_it_is() {
    for (load, words) in [
        (
            "preset = \"ui-convert\"\nrate = \"20/s\"\ndelay = \"50ms\"",
            "20.0 leads a second",
        ),
        (
            "preset = \"future-per-chunk\"\nleads = 20\ncallouts = 5",
            "20 leads at once",
        ),
        ("preset = \"future-per-lead\"", "50 leads at once"),
        (
            "preset = \"bulk-convert\"\nleads = 10\nevery = \"400ms\"",
            "10 leads every 400 ms",
        ),
        (
            "preset = \"queueable-fanout\"\nworkers = 3",
            "3 transactions at once",
        ),
        (
            "preset = \"batch-apex\"\nleads = 20",
            "5 transactions at once",
        ),
        (
            "preset = \"backlog-release\"\nquiet = \"300ms\"\nleads = 50",
            "50 leads",
        ),
        (
            "preset = \"retry-storm\"\nrate = \"20/s\"",
            "enqueued again up to 5 times",
        ),
    ] {
        let (_, ran) = run("embedded", &format!("{load}\nfor = \"1s\""));
        let summary = summary(ran);
        assert!(number(&summary["counts"]["ok"]) > 0, "{load}");
        assert_eq!(summary["counts"]["failed"], 0, "{load}");
        let description = summary["run"]["load"]["description"].as_str().unwrap();
        assert!(description.contains(words), "{description}");
        let org = &summary["loads"][0]["salesforce"];
        assert!(number(&org["transactions"]) > 0, "{load}");
    }
}

#[test]
fn what_is_lost_and_what_no_org_could_do_is_in_every_report() {
    let (bench, ran) = run(
        "embedded",
        "preset = \"batch-apex\"\ncallouts = 130\nworkers = 5\nfor = \"1500ms\"",
    );
    let summary = summary(ran);
    let org = &summary["loads"][0]["salesforce"];
    let name = "System.LimitException: Too many callouts: 101";
    let lost = number(&org["lost"][name]);
    assert!(lost > 0 && lost.is_multiple_of(30), "{org}");
    assert_eq!(summary["counts"]["lost"], lost);
    // Five transactions at once, of a hundred callouts of 5 ms, are up to ten a second, and
    // three a second are 250,000 a day: enough even where a busy machine slows them down.
    assert_eq!(codes(&summary["coded_warnings"]), ["org_limit_exceeded"]);
    let warning = summary["warnings"][0].as_str().unwrap();
    let folder = bench.folder();
    for file in ["report.html", "summary.md"] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        for words in ["Too many callouts: 101", warning] {
            assert!(text.contains(words), "{words} in {file}");
        }
    }
    let console = bench.call(&["report", folder.to_str().unwrap()]);
    let console = console.stdout.replace("\n          ", " ");
    assert!(console.contains(warning), "{console}");
}

// Each takes ten seconds, so that they all begin at once says nothing of a day.
#[test]
fn transactions_that_take_long_are_no_fast_pace() {
    let load = "preset = \"queueable-fanout\"\nworkers = 5\nfor = \"1500ms\"";
    let slow = ["--set", "target.embedded.service_time=100ms"];
    let (_bench, ran) = run_with("embedded", load, &slow);
    let summary = summary(ran);
    assert_eq!(summary["loads"][0]["salesforce"]["transactions"], 5);
    assert_eq!(summary["warnings"].as_array().unwrap().len(), 0);
}

#[test]
fn each_future_call_opens_a_connection_of_its_own() {
    let server = FaultServer::answering(CREATED);
    let load = "preset = \"future-per-lead\"\nleads = 10\nevery = \"300ms\"\nfor = \"900ms\"";
    let summary = summary(run(&server.url(), load).1);
    assert_eq!(summary["counts"]["ok"], 30);
    assert_eq!(summary["phases"]["connect"]["count"], 30);
}

// Two workers of 100 ms for a second post some twenty leads of sixty; with enough time none
// is left.
#[test]
fn what_the_end_of_a_load_cuts_off_is_counted() {
    for (span, is_left) in [("1s", true), ("20s", false)] {
        let load = format!(
            "preset = \"queueable-fanout\"\nworkers = 2\ncallouts = 10\nleads = 60\nfor = \"{span}\""
        );
        let slow = "embedded\"\nembedded = { service_time = \"100ms\" }\n#";
        let (bench, ran) = run(slow, &load);
        let summary = summary(ran);
        let left_over = number(&summary["loads"][0]["salesforce"]["left_over"]);
        assert_eq!(number(&summary["counts"]["started"]) + left_over, 60);
        assert_eq!(left_over > 0, is_left, "{left_over}");
        let words = fs::read_to_string(bench.folder().join("summary.md")).unwrap();
        assert_eq!(words.contains("left over when the load ended"), is_left);
    }
}

#[test]
fn a_retry_storm_counts_its_amplification() {
    let server = FaultServer::answering("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    let load = "preset = \"retry-storm\"\nrate = \"10/s\"\nre_enqueue = 2\nfor = \"1s\"";
    let summary = summary(run(&server.url(), load).1);
    let org = &summary["loads"][0]["salesforce"];
    assert_eq!(org["amplification"], 3.0);
    let started = number(&summary["counts"]["started"]);
    assert_eq!(number(&org["re_enqueued"]) * 3, started * 2);
    assert_eq!(number(&summary["counts"]["lost"]) * 3, started);
}

// A lead that every answer refuses is sent once and enqueued twice, whenever the figures begin.
#[test]
fn a_warm_up_does_not_change_the_amplification() {
    let server = FaultServer::answering("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    let load = "preset = \"retry-storm\"\nrate = \"10/s\"\nre_enqueue = 2\nfor = \"1s\"\n\
                warmup = \"300ms\"";
    let summary = summary(run(&server.url(), load).1);
    assert_eq!(summary["loads"][0]["salesforce"]["amplification"], 3.0);
    assert_eq!(summary["loads"][0]["rates"]["amplification"], 3.0);
    assert_eq!(summary["rates"]["amplification"], 3.0);
}

#[test]
fn a_limit_that_takes_every_lead_is_told_and_fails_the_load() {
    let (bench, ran) = run(
        "embedded",
        "preset = \"future-per-lead\"\nleads = 51\nevery = \"300ms\"\nfor = \"600ms\"",
    );
    summary(ran);
    let read = |file| fs::read_to_string(bench.folder().join(file)).unwrap();
    let told = "Nothing was sent: every lead was lost to Salesforce limits.";
    assert!(read("summary.md").contains(told));
    assert!(read("junit.xml").contains("no callout of this load was measured"));
}

#[test]
fn what_an_org_cannot_do_is_refused_all_at_once() {
    let bench = Bench::without_key();
    let text = "schema = 1\nname = \"org\"\n[target]\nurl = \"embedded\"\n\
        [[load]]\nkind = \"salesforce\"\npreset = \"batch-apex\"\nworkers = 6\nfor = \"1s\"\n\
        [[load]]\nkind = \"salesforce\"\npreset = \"bulk-convert\"\nleads = 101\nfor = \"1s\"\n\
        [[load]]\nkind = \"salesforce\"\npreset = \"ui-convert\"\nworkers = 5\n\
        [[load]]\nkind = \"salesforce\"\npreset = \"backlog\"\nfor = \"1s\"\n\
        [[load]]\nkind = \"rate\"\nrate = \"1/s\"\npreset = \"ui-convert\"\nfor = \"1s\"\n";
    let scenario = bench.write("org.toml", text);
    let ran = bench
        .call(&["check", scenario.to_str().unwrap()])
        .ends_with(3);
    for words in [
        "an org runs 5 batch jobs at once",
        "one call of convertLead takes 100 leads",
        "`workers` has no effect on the preset \"ui-convert\"",
        "needs the key `for`",
        "needs the key `rate`",
        "did you mean \"backlog-release\"?",
        "`preset` has no effect on a load of kind \"rate\"",
    ] {
        assert!(ran.stderr.contains(words), "{words} in\n{}", ran.stderr);
    }
}

// One org that converts whatever the answers, one that waits for each of its own.
#[test]
fn orgs_of_both_models_make_a_run_of_both() {
    let (_bench, ran) = run(
        "embedded",
        "name = \"day\"\npreset = \"ui-convert\"\nrate = \"20/s\"\ndelay = \"50ms\"\nfor = \"1s\"\n\
         [[load]]\nname = \"night\"\nkind = \"salesforce\"\npreset = \"queueable-fanout\"\n\
         workers = 2\nfor = \"1s\"",
    );
    let summary = ran.ends_with_unless_busy(0).summary();
    assert_eq!(summary["run"]["model"], "mixed");
    assert_eq!(summary["run"]["engine"], "native");
    let models: Vec<_> = (0..2)
        .map(|load| &summary["loads"][load]["model"])
        .collect();
    assert_eq!(models, ["open", "closed"]);
}
