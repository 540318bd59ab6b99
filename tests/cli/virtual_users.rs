//! Virtual users: goose keeps them going, and nothing else of it shows.

use crate::fault_server::{Conversation, FaultServer, refusing_after_preflight};
use crate::support::{
    Bench, Going, TargetProcess, VIRTUAL_USERS, assert_adds_up, assert_complete, assert_warned,
    eventually, number,
};

#[test]
fn users_make_exactly_the_iterations_asked_for() {
    let bench = Bench::new();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    let scenario = bench.write(
        "users.toml",
        &format!(
            "schema = 1\nname = \"users\"\n[target]\nurl = \"{}\"\n[auth]\nsource = \"none\"\n\
             [[load]]\nkind = \"users\"\nusers = 2\niterations = 7\nthink = \"5ms\"\n",
            target.url()
        ),
    );
    let ran = bench
        .run(scenario.to_str().unwrap(), &["--users", "3"])
        .ends_with_unless_busy(0);
    // All of stdout is one JSON value, so goose has printed nothing.
    let summary = ran.summary();
    assert_eq!(
        ran.stderr.lines().filter(|line| !line.is_empty()).count(),
        1,
        "{}",
        ran.stderr
    );
    assert_adds_up(&summary);
    assert_eq!(summary["run"]["model"], "closed");
    for name in ["planned", "started", "completed", "ok"] {
        assert_eq!(summary["counts"][name], 21, "{name}");
    }
    // None began before the clock of the run, and so took no time.
    for phase in ["latency", "network"] {
        assert!(number(&summary["phases"][phase]["min_ns"]) > 0, "{phase}");
    }
    // As short as it is, it cannot have used more than there is.
    let own_cpu = &summary["measurement"]["own_cpu"];
    assert!(own_cpu.as_f64().unwrap() <= 1.0, "{own_cpu}");
    let ledger = target.ledger();
    assert_eq!(
        (&ledger["leads"], &ledger["unique_leads"]),
        (&21.into(), &21.into())
    );
    assert_complete(&bench.folder());
}

#[test]
fn shared_iterations_post_each_lead_once() {
    let bench = Bench::new();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    let scenario = bench.write(
        "shared.toml",
        &format!(
            "schema = 1\nname = \"shared\"\n[target]\nurl = \"{}\"\n\
             [[load]]\nkind = \"iterations\"\nusers = 7\niterations = 40\n\
             think = {{ mean = \"2ms\" }}\nfor = \"20s\"\n",
            target.url()
        ),
    );
    let ran = bench
        .run(scenario.to_str().unwrap(), &[])
        .ends_with_unless_busy(0);
    let summary = ran.summary();
    assert_adds_up(&summary);
    assert_eq!(summary["counts"]["ok"], 40);
    let ledger = target.ledger();
    assert_eq!(
        (&ledger["leads"], &ledger["unique_leads"]),
        (&40.into(), &40.into())
    );
    // It ended with its work and not with its time.
    assert!(number(&summary["run"]["duration_ns"]) < 15_000_000_000);
}

// Two in a hundred of the work are not the work.
#[test]
fn iterations_that_the_time_was_too_short_for_are_told() {
    let bench = Bench::new();
    let target = TargetProcess::start(&bench, &["--no-token", "--service-time", "50ms"]);
    let text = |users: &str| {
        format!(
            "schema = 1\nname = \"short\"\n[target]\nurl = \"{}\"\n[auth]\nsource = \"none\"\n\
             [[load]]\nkind = \"iterations\"\n{users}for = \"500ms\"\n",
            target.url()
        )
    };
    let path = bench.write("short.toml", &text("users = 2\niterations = 1000\n"));
    let ran = bench.run(path.to_str().unwrap(), &[]);
    let summary = ran.ends_with_unless_busy(0).summary();
    let left = 1_000 - number(&summary["counts"]["started"]);
    assert_warned(&summary, "iterations_left_over");
    let warning = summary["warnings"][0].as_str().unwrap();
    let figures = [left.to_string(), "1000".to_owned(), "500 ms".to_owned()];
    let has_all = figures.iter().all(|figure| warning.contains(figure));
    assert!(left > 900 && has_all, "{warning}");
    let path = bench.write("short.toml", &text("users = 1\niterations = 2\n"));
    let summary = bench.run(path.to_str().unwrap(), &[]).summary();
    assert_eq!(summary["warnings"], serde_json::json!([]));
}

#[test]
fn users_of_a_shipped_scenario_sign_and_are_answered() {
    let bench = Bench::new();
    let words = [
        "--users",
        "3",
        "--duration",
        "1s",
        "--set",
        "load.0.warmup=0s",
    ];
    let more = ["--set", "load.0.think=50ms"];
    let ran = bench
        .run(VIRTUAL_USERS, &[&words[..], &more].concat())
        .ends_with_unless_busy(0);
    let summary = ran.summary();
    assert_adds_up(&summary);
    assert_eq!(summary["counts"]["failed"], 0);
    assert!(number(&summary["counts"]["ok"]) >= 3);
    assert!(summary["phases"]["sign"].is_object());
}

// A user whose callout fails at once goes on, but not as fast as it can.
#[test]
fn users_of_a_target_that_went_away_do_not_spin() {
    let bench = Bench::new();
    let port = refusing_after_preflight();
    let words = [
        "--users",
        "3",
        "--duration",
        "1s",
        "--set",
        "load.0.warmup=0s",
    ];
    let more = [
        "--target",
        &port.url(),
        "--set",
        "auth.source=none",
        "--set",
        "load.0.think=0s",
    ];
    let ran = bench
        .run(VIRTUAL_USERS, &[&words[..], &more].concat())
        .ends_with_unless_busy(1);
    let summary = ran.summary();
    assert_adds_up(&summary);
    assert_eq!(
        summary["outcomes"]["refused"],
        summary["counts"]["completed"]
    );
    // Three users with a pause of 20 ms at least.
    assert!(
        number(&summary["counts"]["completed"]) <= 160,
        "{}",
        summary["counts"]
    );
}

// A callout may take ten seconds here; an operator who ends the run must not wait for it.
#[test]
fn an_interrupted_run_does_not_wait_for_a_target_that_hangs() {
    let bench = Bench::new();
    let server = FaultServer::start(Conversation::keep_silent);
    let url = server.url();
    let words = [
        "--users",
        "2",
        "--duration",
        "60s",
        "--set",
        "load.0.warmup=0s",
    ];
    let more = [
        "--target",
        &url,
        "--set",
        "auth.source=none",
        "--set",
        "load.0.think=0s",
    ];
    let run = [
        "run",
        VIRTUAL_USERS,
        "--json",
        "--ui",
        "none",
        "--no-preflight",
    ];
    let going = Going::spawn(bench.command(&[&run[..], &words, &more].concat()));
    eventually("both users wait", || {
        server.seen(|seen| seen.connections >= 3)
    });
    let asked = std::time::Instant::now();
    going.signal("INT");
    let ran = going.end().ends_with(130);
    assert!(asked.elapsed().as_secs() < 8, "{ran:#?}");
    let summary = ran.summary();
    assert_adds_up(&summary);
    assert_eq!(summary["counts"]["interrupted"], 2);
    assert_complete(&bench.folder());
}
