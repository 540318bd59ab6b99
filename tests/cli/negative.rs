//! Bad tokens among good ones: what an API makes of them, and what that makes of the run.

use serde_json::Value;

use crate::fault_server::FaultServer;
use crate::support::{Bench, Ran, assert_adds_up, is_spoiled, number};

/// A load of a second and a half, of which so much is bad all the time.
fn scenario(bench: &Bench, url: &str, source: &str, negative: &str) -> String {
    let text = format!(
        "schema = 1\nname = \"negative\"\n[target]\nurl = \"{url}\"\n[auth]\n\
         source = \"{source}\"\nkey = \"lead_signing\"\nissuer = \"i\"\nsubject = \"s\"\n\
         audience = \"a\"\n[negative]\nalternate = \"0s\"\n{negative}\n\
         [[load]]\nkind = \"rate\"\nrate = \"200/s\"\narrivals = \"uniform\"\nfor = \"1500ms\"\n"
    );
    let path = bench.write("negative.toml", &text);
    path.to_str().unwrap().to_owned()
}

#[track_caller]
fn run(url: &str, source: &str, negative: &str, code: i32) -> (Ran, Value) {
    let bench = Bench::new();
    let scenario = scenario(&bench, url, source, negative);
    let ran = bench.run(&scenario, &[]).ends_with_unless_busy(code);
    let summary = ran.summary();
    assert_adds_up(&summary);
    (ran, summary)
}

fn faults(summary: &Value) -> &Vec<Value> {
    summary["negative"]["faults"].as_array().unwrap()
}

// The reference target tells every bad token from a good one, in every mechanism.
#[test]
fn the_reference_target_makes_no_mistake() {
    for source in ["named-credential", "apex-jws"] {
        let (_, summary) = run("embedded", source, "all = \"45%\"", 0);
        let negative = &summary["negative"];
        assert_eq!(negative["false_accepts"], 0, "{negative:#}");
        assert_eq!(negative["false_rejects"], 0);
        assert_eq!(negative["server_errors"], 0);
        assert!(faults(&summary).len() >= 25);
        let mut sent = 0;
        for fault in faults(&summary) {
            assert_eq!(fault["sent"], fault["as_expected"], "{fault:#}");
            assert_eq!(fault["without_challenge"], 0, "{fault:#}");
            sent += number(&fault["sent"]);
        }
        assert_eq!(number(&summary["counts"]["negative"]), sent);
        // A fault that was answered is not in flight any more.
        let windows = summary["windows"].as_array().unwrap();
        let open = windows.iter().map(|window| number(&window["in_flight"]));
        assert!(
            is_spoiled(&summary) || open.max().unwrap() < sent / 2,
            "{windows:#?}"
        );
        // 135 of 300, to four standard errors.
        assert!((100..170).contains(&sent), "{sent}");
        assert_eq!(summary["counts"]["failed"], 0, "{:#}", summary["outcomes"]);
    }
}

#[test]
fn a_body_that_is_too_large_and_the_kid_of_another_key_are_faults_too() {
    let bench = Bench::new();
    bench.call(&["keys", "generate", "other"]).ends_with(0);
    let mix = "oversize = \"2%\"\nkid-swapped = \"10%\"\nother_key = \"other\"";
    let scenario = scenario(&bench, "embedded", "named-credential", mix);
    let summary = bench.run(&scenario, &[]).ends_with_unless_busy(0).summary();
    assert_adds_up(&summary);
    let statuses = |name: &str| {
        let fault = faults(&summary).iter().find(|fault| fault["fault"] == name);
        fault.unwrap()["statuses"].as_object().unwrap().clone()
    };
    assert_eq!(statuses("kid-swapped").keys().collect::<Vec<_>>(), ["401"]);
    assert_eq!(statuses("oversize").keys().collect::<Vec<_>>(), ["413"]);
}

// An API that takes everything fails the run, whatever the thresholds are.
#[test]
fn a_false_accept_fails_the_run() {
    let api = FaultServer::answering("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
    let (ran, summary) = run(&api.url(), "named-credential", "wrong-key = \"20%\"", 1);
    let accepts = number(&summary["negative"]["false_accepts"]);
    assert!(accepts > 20, "{accepts}");
    let thresholds = summary["thresholds"].as_array().unwrap().iter();
    let broken: Vec<_> = thresholds.filter(|one| one["passed"] == false).collect();
    assert_eq!(broken.len(), 1, "{broken:#?}");
    assert_eq!(broken[0]["metric"], "false_accepts");
    assert!(ran.stderr.is_empty() || !ran.stderr.contains("eyJ"));
}

// An API with one public key looks at no kid, and does right: the run says so, or is told.
#[test]
fn an_api_with_one_key_may_take_any_kid() {
    let answer = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
    let api = FaultServer::answering(answer);
    for (profile, code) in [("", 1), ("profile = \"one-key\"", 0)] {
        let bench = Bench::new();
        let mix = format!("unknown-kid = \"10%\"\nmissing-kid = \"10%\"\n{profile}");
        let scenario = scenario(&bench, &api.url(), "named-credential", &mix);
        let summary = bench
            .run(&scenario, &[])
            .ends_with_unless_busy(code)
            .summary();
        let accepts = number(&summary["negative"]["false_accepts"]);
        assert_eq!(accepts > 20, profile.is_empty(), "{accepts}");
        let report = std::fs::read_to_string(bench.folder().join("summary.md")).unwrap();
        let is_told = report.contains("one-key");
        assert_eq!(is_told, profile.is_empty(), "{report}");
    }
}

#[test]
fn an_api_that_refuses_everything_or_breaks_is_told_apart() {
    for (answer, metric, code) in [
        ("401 Unauthorized", "false_rejects", 1),
        ("500 Oops", "bad_token_errors", 1),
    ] {
        let api = FaultServer::answering(format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n"));
        let mix =
            format!("expired = \"20%\"\n[thresholds]\n{metric} = \"<= 0\"\nfailed = \"<= 100%\"");
        let (_, summary) = run(&api.url(), "named-credential", &mix, code);
        let broken = summary["thresholds"].as_array().unwrap().iter();
        let broken: Vec<_> = broken.filter(|one| one["passed"] == false).collect();
        assert_eq!(broken.len(), 1, "{answer}");
        assert_eq!(broken[0]["metric"], metric);
        // A bare 401 lacks the challenge of RFC 6750.
        let lacking = number(&faults(&summary)[0]["without_challenge"]);
        assert_eq!(lacking > 0, answer.starts_with("401"), "{answer}");
    }
}

// What is sent all the time leaves nothing to compare with; what takes turns does.
#[test]
fn the_good_traffic_of_both_turns_is_compared() {
    let bench = Bench::new();
    let text = std::fs::read_to_string(scenario(&bench, "embedded", "named-credential", ""));
    let text = text
        .unwrap()
        .replace(
            "alternate = \"0s\"",
            "expired = \"10%\"\nalternate = \"1s\"",
        )
        .replace("1500ms", "13s")
        .replace("200/s", "50/s");
    let path = bench.write("negative.toml", &text);
    let summary = bench
        .run(path.to_str().unwrap(), &[])
        .ends_with_unless_busy(0)
        .summary();
    let shift = &summary["negative"]["p99_shift"];
    assert_eq!(number(&shift["pairs"]), 6, "{shift:#}");
    assert!(shift["low_ns"].as_f64() <= shift["high_ns"].as_f64());
}
