//! What a rate is said to have been.

use serde_json::Value;

use crate::fault_server::FaultServer;
use crate::support::{Bench, number};

const CREATED: &[u8] = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";

/// Runs loads against a target; tells how it ended.
fn run(url: &str, loads: &str) -> Value {
    let bench = Bench::without_key();
    let text = format!(
        "schema = 1\nname = \"rates\"\n[target]\nurl = \"{url}\"\n\
         embedded = {{ service_time = \"100ms\" }}\n[auth]\nsource = \"none\"\n{loads}\n"
    );
    // Without `embedded` where there is none.
    let text = if url == "embedded" {
        text
    } else {
        text.replace("embedded = { service_time = \"100ms\" }\n", "")
    };
    let scenario = bench.write("rates.toml", &text);
    let ran = bench.run(scenario.to_str().unwrap(), &[]);
    ran.ends_by_its_failures().summary()
}

fn achieved(rates: &Value) -> f64 {
    rates["achieved_per_s"].as_f64().unwrap()
}

// Five slots of 100 ms each: fifty a second, and a queue that is worked off after the load.
#[test]
fn a_target_at_its_limit_is_not_flattered_by_the_drain() {
    let summary = run(
        "embedded",
        "[[load]]\nkind = \"rate\"\nrate = \"100/s\"\narrivals = \"uniform\"\nfor = \"1s\"\n\
         max_in_flight = 5",
    );
    assert_eq!(summary["counts"]["ok"], 100);
    let achieved = achieved(&summary["rates"]);
    assert!((35.0..=50.0).contains(&achieved), "{achieved}");
}

// The same limit: what the warm-up left in the queue is sent first in the measured span, and
// the target was no slower for it.
#[test]
fn what_a_warm_up_left_over_is_part_of_the_rate() {
    let summary = run(
        "embedded",
        "[[load]]\nkind = \"rate\"\nrate = \"100/s\"\narrivals = \"uniform\"\nfor = \"3s\"\n\
         warmup = \"1s\"\nmax_in_flight = 5",
    );
    assert_eq!(summary["counts"]["ok"], 200);
    let achieved = achieved(&summary["rates"]);
    assert!((35.0..=51.0).contains(&achieved), "{achieved}");
}

// Little's law: three users who each wait 100 ms achieve thirty a second at most. Ten of each
// user's callouts begin within the load, and nine are answered in it.
#[test]
fn users_achieve_no_more_than_their_number_allows() {
    let summary = run(
        "embedded",
        "[[load]]\nkind = \"users\"\nusers = 3\nfor = \"950ms\"",
    );
    let achieved = achieved(&summary["rates"]);
    assert!((0.1..=30.0).contains(&achieved), "{achieved}");
}

// Most arrivals find the only slot taken, in the warm-up as after it.
#[test]
fn every_arrival_of_the_warm_up_is_in_a_count() {
    let bench = Bench::without_key();
    let text = "schema = 1\nname = \"warm\"\n[target]\nurl = \"embedded\"\n\
                embedded = { service_time = \"100ms\" }\n[auth]\nsource = \"none\"\n\
                [[load]]\nkind = \"rate\"\nrate = \"40/s\"\narrivals = \"uniform\"\nfor = \"2s\"\n\
                warmup = \"1s\"\nmax_in_flight = 1\noverflow = \"drop\"";
    let scenario = bench.write("warm.toml", text);
    let ran = bench.run(scenario.to_str().unwrap(), &[]).ends_with(8);
    let summary = ran.summary();
    let counts = &summary["counts"];
    assert!(number(&counts["warmup_dropped"]) > 0);
    let windows = summary["windows"].as_array().unwrap();
    let due: u64 = windows.iter().map(|row| number(&row["planned"])).sum();
    let told = ["planned", "warmup", "warmup_dropped"].map(|name| number(&counts[name]));
    assert_eq!(due, told.iter().sum::<u64>(), "{counts}");
}

// Those of the warm-up are in no figure, so in no example either.
#[test]
fn failures_of_the_warm_up_are_not_told() {
    let server = FaultServer::answering("this is no HTTP\r\n\r\n");
    let summary = run(
        &server.url(),
        "[[load]]\nkind = \"rate\"\nrate = \"20/s\"\nfor = \"2s\"\nwarmup = \"1s\"",
    );
    assert!(number(&summary["counts"]["warmup"]) > 0);
    let told = summary["failures"].as_array().unwrap();
    let told: u64 = told.iter().map(|failure| number(&failure["count"])).sum();
    assert!(told > 0);
    assert_eq!(told, number(&summary["counts"]["failed"]));
}

#[test]
fn failures_achieve_nothing() {
    let server = FaultServer::answering("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
    let summary = run(
        &server.url(),
        "[[load]]\nkind = \"rate\"\nrate = \"20/s\"\nfor = \"1s\"",
    );
    assert!(number(&summary["counts"]["failed"]) > 0);
    assert!(achieved(&summary["rates"]).abs() < f64::EPSILON);
}

// Ten paced iterations take half a second, whatever goes on beside them and after them.
#[test]
fn iterations_are_measured_until_the_last_of_them() {
    let iterations = "[[load]]\nname = \"some\"\nkind = \"iterations\"\nusers = 1\niterations = 10\n\
                      share = \"each\"\npace = \"50ms\"\nfor = \"5s\"\n";
    let rate = "[[load]]\nname = \"beside\"\nkind = \"rate\"\nrate = \"10/s\"\nfor = \"2s\"";
    for loads in [iterations.to_owned(), format!("{iterations}{rate}")] {
        let server = FaultServer::answering(CREATED);
        let summary = run(&server.url(), &loads);
        let some = achieved(&summary["loads"][0]["rates"]);
        // Ten in a little more than nine distances of 50 ms.
        assert!((12.0..=22.3).contains(&some), "{some}");
    }
}

#[test]
fn a_second_in_which_nothing_is_due_has_a_row() {
    let server = FaultServer::answering(CREATED);
    let summary = run(
        &server.url(),
        "[[load]]\nkind = \"rate\"\nstages = [{ rate = \"20/s\", for = \"1s\" }, \
         { rate = \"0/s\", for = \"1500ms\" }]",
    );
    let rows = summary["windows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2]["start_s"], 2);
    assert_eq!(rows[2]["planned"], 0);
}

// Arrivals at random instants, sent every millisecond: half of them are late by half a millisecond at
// least, and all are sent.
#[test]
fn a_tick_is_reported_beside_the_lag_that_it_costs() {
    let bench = Bench::without_key();
    let scenario = bench.write(
        "tick.toml",
        "schema = 1\nname = \"tick\"\n[target]\nurl = \"embedded\"\n[auth]\nsource = \"none\"\n\
         [[load]]\nkind = \"rate\"\nrate = \"2000/s\"\nfor = \"500ms\"\ntick = \"1ms\"\n",
    );
    let ran = bench.run(scenario.to_str().unwrap(), &[]);
    let ran = ran.ends_by_its_failures();
    let summary = ran.summary();
    let counts = &summary["counts"];
    assert_eq!(counts["ok"], counts["planned"], "{counts}");
    let load = &summary["run"]["load"];
    assert_eq!(load["tick_ns"], 1_000_000);
    let told = load["description"].as_str().unwrap();
    assert!(told.ends_with("sent every 1.00 ms"), "{told}");
    let lag = number(&summary["phases"]["lag"]["p50_ns"]);
    assert!(lag >= 300_000, "a median lag of {lag} ns");
    let page = std::fs::read_to_string(bench.folder().join("report.html")).unwrap();
    assert!(page.contains("tick") && page.contains("1.00 ms"));
}

/// A load against a target that takes 100 ms, with thresholds; how it ended.
fn run_with(load: &str, thresholds: &str, code: i32) -> Value {
    let bench = Bench::without_key();
    let text = format!(
        "schema = 1\nname = \"certain\"\n[target]\nurl = \"embedded\"\n\
         embedded = {{ service_time = \"100ms\" }}\n[auth]\nsource = \"none\"\n{load}\n\
         [thresholds]\n{thresholds}\n"
    );
    let scenario = bench.write("certain.toml", &text);
    let ran = bench.run(scenario.to_str().unwrap(), &[]).ends_with(code);
    let summary = ran.summary();
    if code == 1 {
        let folder = bench.folder();
        let page = std::fs::read_to_string(folder.join("summary.md")).unwrap();
        assert!(page.contains("STOPPED EARLY"), "{page}");
        assert!(page.contains("it was certain to break"), "{page}");
        crate::support::assert_complete(&folder);
        let junit = std::fs::read_to_string(folder.join("junit.xml")).unwrap();
        assert!(junit.contains("certain to break"), "{junit}");
    }
    summary
}

const A_MINUTE: &str =
    "[[load]]\nkind = \"rate\"\nrate = \"50/s\"\narrivals = \"uniform\"\nfor = \"60s\"";

// Of 3,000 callouts, 30 may take longer; at 50 a second that is certain after a second.
#[test]
fn a_run_that_is_certain_to_fail_ends_if_it_is_asked_to() {
    let limit = "\"latency.p99\" = { limit = \"< 50ms\", abort = true, abort_after = \"1s\" }";
    let summary = run_with(A_MINUTE, limit, 1);
    assert!(number(&summary["run"]["duration_ns"]) < 20_000_000_000);
    assert_eq!(summary["run"]["state"], "stopped");
    let stopped = &summary["stopped"];
    assert_eq!(stopped["code"], "threshold_certain_to_break");
    let threshold = &stopped["threshold"];
    assert_eq!(threshold["at_most"], 3_000);
    assert_eq!(threshold["allowed"], 30);
    assert!(number(&threshold["count"]) > 30);
    assert_eq!(summary["thresholds"][0]["passed"], false);
}

#[test]
fn a_run_that_may_still_hold_goes_on() {
    let load = A_MINUTE.replace("60s", "3s");
    let limit = "\"latency.p99\" = { limit = \"< 5s\", abort = true, abort_after = \"0s\" }";
    let summary = run_with(&load, limit, 0);
    assert_eq!(summary["run"]["state"], "finished");
    assert_eq!(summary["counts"]["completed"], 150);
}

// How many callouts users will make is not known, so twice the pace so far is assumed.
#[test]
#[cfg(feature = "goose")]
fn users_that_are_certain_to_fail_end_too() {
    let load = "[[load]]\nkind = \"users\"\nusers = 5\nfor = \"60s\"";
    let limit = "\"latency.p99\" = { limit = \"< 50ms\", abort = true, abort_after = \"1s\" }";
    let summary = run_with(load, limit, 1);
    assert!(number(&summary["run"]["duration_ns"]) < 40_000_000_000);
}

// The target answers a hundred a second, and 429 to all above; the load passes that half-way.
#[test]
fn a_ramp_tells_where_it_broke() {
    let bench = Bench::without_key();
    let words = ["--no-token", "--rate-limit", "100/s"];
    let target = crate::support::TargetProcess::start(&bench, &words);
    let load = |shape: &str| {
        let text = format!(
            "schema = 1\nname = \"ramp\"\n[target]\nurl = \"{}\"\n[auth]\nsource = \"none\"\n\
             [[load]]\nkind = \"rate\"\narrivals = \"uniform\"\n{shape}\n\
             [thresholds]\n\"failed\" = \"< 1%\"\n",
            target.url()
        );
        let scenario = bench.write("ramp.toml", &text);
        bench.run(scenario.to_str().unwrap(), &[])
    };
    let ran = load("rate = \"40/s\"\nstages = [{ to = \"240/s\", over = \"6s\" }]")
        .ends_by_its_failures();
    let broken = &ran.summary()["ramp"][0];
    assert_eq!(broken["metric"], "failed");
    assert!((1..=4).contains(&number(&broken["since_s"])), "{broken}");
    let rate = broken["due_per_s"].as_f64().unwrap();
    assert!((80.0..190.0).contains(&rate), "{broken}");
    let page = std::fs::read_to_string(bench.folder().join("summary.md")).unwrap();
    assert!(page.contains("no longer held"), "{page}");
    // A load that holds says so, and one rate is no ramp.
    let held = load("rate = \"10/s\"\nstages = [{ to = \"30/s\", over = \"1s\" }]").ends_with(0);
    assert_eq!(held.summary()["ramp"], serde_json::json!([]));
    let steady = load("rate = \"20/s\"\nfor = \"1s\"").ends_with(0);
    assert!(steady.summary().get("ramp").is_none());
}
