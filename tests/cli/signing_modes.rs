//! Signing modes as an experiment: what each signs, when, and how old it is when it leaves.

use serde_json::Value;

use crate::support::{Bench, SMOKE, assert_adds_up, codes, is_spoiled, number};

/// Runs the smoke test with these settings; the embedded target checks each token.
#[track_caller]
fn with(duration: &str, settings: &[&str]) -> Value {
    let bench = Bench::new();
    let mut words = vec!["--rate", "40/s", "--duration", duration];
    for setting in settings {
        words.extend(["--set", setting]);
    }
    let summary = bench.run(SMOKE, &words).summary();
    assert_adds_up(&summary);
    assert_eq!(summary["counts"]["failed"], 0, "{:#}", summary["outcomes"]);
    assert!(number(&summary["counts"]["ok"]) > 10);
    summary
}

fn minted(summary: &Value) -> u64 {
    number(&summary["signing"]["tokens_minted"])
}

#[test]
fn presigned_tokens_are_all_made_before_the_start_and_young_when_sent() {
    let summary = with("2s", &["auth.signing=presign"]);
    assert_eq!(minted(&summary), number(&summary["counts"]["planned"]));
    // Signers that a busy machine keeps off its cores are not done in time.
    if is_spoiled(&summary) {
        return;
    }
    assert_eq!(summary["signing"]["utilisation"], 0.0);
    let age = &summary["phases"]["token_age"];
    assert!(number(&age["p50_ns"]) < 1_500_000_000, "{age:#}");
}

#[test]
fn a_reused_token_gives_way_before_it_expires() {
    let settings = [
        "auth.signing=reuse",
        "auth.valid_for=2s",
        "auth.renew_before=1s",
    ];
    let summary = with("3s", &settings);
    let minted = minted(&summary);
    assert!((3..=6).contains(&minted), "{minted}");
    // Only who first sends a token shows what it cost.
    let signed = number(&summary["phases"]["sign"]["count"]);
    assert!(signed <= minted, "{signed} {minted}");
    assert!(number(&summary["phases"]["token_left"]["min_ns"]) > 1);
}

// Within its second no other would be valid for longer, so it cannot be renewed ahead.
#[test]
fn a_token_too_short_to_be_renewed_is_not_the_signers_doing() {
    let summary = with("3s", &["auth.signing=reuse", "auth.valid_for=1s"]);
    let expired = number(&summary["signing"]["expired"]);
    assert!(expired > 0);
    let codes = codes(&summary["measurement"]["coded_reasons"]);
    assert!(!codes.contains(&"tokens_not_ready"), "{codes:?}");
}

// The tokens of the first second are signed before it begins.
#[test]
fn signing_ahead_of_the_first_second_is_part_of_what_a_load_needs() {
    let summary = with("1s", &["auth.signing=pipeline"]);
    let used = summary["signing"]["utilisation"].as_f64().unwrap();
    assert!(used > 0.0, "{used}");
}

#[test]
fn a_token_that_is_long_valid_is_made_once() {
    let summary = with("1s", &["auth.signing=reuse"]);
    assert_eq!(minted(&summary), 1);
    assert_eq!(
        summary["counts"]["ok"],
        summary["phases"]["token_age"]["count"]
    );
}

// Callouts wait for the only slot for longer than their tokens are valid.
#[test]
fn a_token_that_expired_in_a_queue_is_signed_again() {
    let summary = with(
        "2s",
        &[
            "auth.valid_for=1s",
            "load.0.max_in_flight=1",
            "target.embedded.service_time=50ms",
        ],
    );
    let expired = number(&summary["signing"]["expired"]);
    assert!(expired > 0);
    assert!(number(&summary["signing"]["starved"]) >= expired);
    // Two in three would have expired. One taken in the last instant of its second may still
    // do so on its way to the socket, so the smallest says nothing.
    assert!(number(&summary["phases"]["token_left"]["p50_ns"]) > 1_000_000);
}

#[test]
fn what_this_machine_cannot_sign_is_refused_with_the_way_out() {
    let bench = Bench::new();
    let words = [
        "run",
        SMOKE,
        "--ui",
        "none",
        "--duration",
        "1ms",
        "--rate",
        "1000000/s",
    ];
    let ran = bench.call(&words).ends_with(4);
    for part in [
        "tokens a second need",
        "signer thread",
        "\"reuse\"",
        "--force",
    ] {
        assert!(ran.stderr.contains(part), "{part} in\n{}", ran.stderr);
    }
    assert!(!bench.path("reports").exists(), "nothing was begun");
    // Asked for with force, it is run; what comes of it is another matter.
    let forced = bench.call(&[&words[..], &["--force"]].concat());
    assert!(bench.folder().join("summary.json").exists(), "{forced:#?}");
}

#[test]
fn presigning_without_knowing_how_much_is_refused() {
    let bench = Bench::new();
    let refused = |words: &[&str]| {
        let run = ["run", "--dry-run", "--set", "auth.signing=presign"];
        bench.call(&[&run[..], words].concat()).ends_with(3).stderr
    };
    let users = refused(&[crate::support::VIRTUAL_USERS]);
    assert!(users.contains("needs to know how many tokens"), "{users}");
    let many = refused(&[SMOKE, "--rate", "2000/s", "--duration", "1h"]);
    assert!(many.contains("7200000 tokens"), "{many}");
}
