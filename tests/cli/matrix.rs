//! Variants of signing that take turns in one run, and what they cost.

use serde_json::Value;

use crate::support::{Bench, assert_adds_up, number};

/// Six turns of a second for each variant of what `matrix` compares.
fn scenario(target: &str, matrix: &str) -> String {
    format!(
        r#"schema = 1
name = "matrix"

[target]
url = {target:?}

[auth]
source = "named-credential"
key = "lead_signing"
issuer = "https://acme.my.salesforce.com"
subject = "integration@acme.example"
audience = "https://api.example.com/leads"

[matrix]
{matrix}
block = "1s"
rounds = 6

[[load]]
kind = "rate"
rate = "60/s"
"#
    )
}

#[track_caller]
fn run(bench: &Bench, matrix: &str) -> Value {
    bench.write("matrix.toml", &scenario("embedded", matrix));
    let summary = bench.run("matrix.toml", &[]).summary();
    assert_adds_up(&summary);
    assert_eq!(summary["counts"]["failed"], 0, "{:#}", summary["outcomes"]);
    for variant in summary["matrix"]["variants"].as_array().unwrap() {
        let rounds = variant["rounds"].as_array().unwrap();
        assert_eq!(rounds.len(), 6);
        assert!(rounds.iter().all(|round| number(&round["ok"]) > 20));
    }
    summary
}

fn names(summary: &Value) -> Vec<&str> {
    let loads = summary["loads"].as_array().unwrap().iter();
    loads.map(|load| load["name"].as_str().unwrap()).collect()
}

#[test]
fn signing_modes_take_turns_and_each_is_held_against_none() {
    let bench = Bench::new();
    let summary = run(&bench, r#"signing = ["jit", "none", "presign"]"#);
    assert_eq!(names(&summary), ["jit", "none", "presign"]);
    assert_eq!(summary["signing"]["mode"], "matrix");
    let loads = &summary["loads"];
    assert!(loads[1]["phases"]["sign"].is_null());
    for signed in [0, 2] {
        let ok = &loads[signed]["counts"]["ok"];
        assert_eq!(loads[signed]["phases"]["sign"]["count"], *ok);
    }
    let ok: u64 = (0..3)
        .map(|load| number(&loads[load]["counts"]["ok"]))
        .sum();
    assert_eq!(ok, number(&summary["counts"]["ok"]));
    let matrix = &summary["matrix"];
    assert_eq!(matrix["reference"], "none");
    assert_eq!(matrix["variants"][1]["costs"], Value::Array(Vec::new()));
    let costs = matrix["variants"][0]["costs"].as_array().unwrap();
    let cost = |metric| costs.iter().find(|cost| cost["metric"] == metric).unwrap();
    assert_eq!(cost("latency.p50")["rounds"], 6);
    // Of some fifty callouts a turn no p99 can be told.
    assert!(costs.iter().all(|cost| cost["metric"] != "latency.p99"));
    for report in ["report.html", "summary.md"] {
        let text = std::fs::read_to_string(bench.folder().join(report)).unwrap();
        assert!(text.contains("What signing costs"), "{report}");
    }
}

#[test]
fn key_sizes_take_turns_each_with_a_pair_of_its_own() {
    let bench = Bench::without_key();
    let summary = run(&bench, "key_size = [2048, 4096]");
    assert_eq!(names(&summary), ["rsa-2048", "rsa-4096"]);
    for name in ["lead_signing_2048", "lead_signing_4096"] {
        assert!(bench.path(&format!("keys/{name}.key.pem")).exists());
    }
    let cost = |load: usize| number(&summary["loads"][load]["phases"]["sign_cpu"]["p50_ns"]);
    assert!(cost(1) > cost(0), "{} {}", cost(1), cost(0));
    assert_eq!(summary["signing"]["key_bits"], Value::Null);
}

#[test]
fn algorithms_take_turns_and_the_target_accepts_both() {
    let summary = run(&Bench::new(), r#"algorithm = ["RS256", "RS512"]"#);
    assert_eq!(names(&summary), ["RS256", "RS512"]);
    assert_eq!(summary["matrix"]["reference"], "RS256");
}

#[test]
fn a_pair_of_another_size_than_its_name_says_is_refused() {
    let bench = Bench::new();
    let key = std::fs::read_to_string(bench.path("keys/lead_signing.key.pem")).unwrap();
    bench.put_key("lead_signing_2048", &key, 0o600);
    bench.put_key("lead_signing_4096", &key, 0o600);
    let text = scenario("http://127.0.0.1:9/leads", "key_size = [2048, 4096]");
    bench.write("matrix.toml", &text);
    bench
        .run("matrix.toml", &[])
        .ends_with(4)
        .says("lead_signing_4096 has 2048 bits, not 4096");
}
