//! Runs of which the interval log alone is left.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Bench, assert_complete, finish, number, read_json};

/// A run of two loads, one with a warm-up and one that fails in part.
fn a_run(bench: &Bench) -> (PathBuf, Value) {
    let text = "schema = 1\nname = \"lost\"\n[target]\nurl = \"embedded\"\n\
         [auth]\nsource = \"named-credential\"\nkey = \"lead_signing\"\nissuer = \"i\"\n\
         subject = \"s\"\naudience = \"a\"\n\
         [[load]]\nname = \"day\"\nkind = \"rate\"\nrate = \"40/s\"\nfor = \"2s\"\nwarmup = \"1s\"\n\
         arrivals = \"uniform\"\n\
         [[load]]\nname = \"night\"\nkind = \"rate\"\nrate = \"20/s\"\nfor = \"1s\"\n\
         arrivals = \"uniform\"\n[thresholds]\n\"latency.p99\" = \"< 1h\"\n\"failed\" = \"< 0.1%\"\n";
    let scenario = bench.path("lost.toml");
    fs::write(&scenario, text).unwrap();
    let ran = bench.run(scenario.to_str().unwrap(), &[]);
    drop(ran.ends_with_unless_busy(0));
    let folder = bench.folder();
    let summary = read_json(&folder.join("summary.json"));
    (folder, summary)
}

fn within_a_thousandth(found: &Value, meant: &Value, what: &str) {
    let (found, meant) = (number(found), number(meant));
    assert!(
        found.abs_diff(meant) <= meant / 500 + 1,
        "{what}: {found} for {meant}"
    );
}

#[test]
fn a_lost_summary_is_made_again_from_the_interval_log() {
    let bench = Bench::new();
    let (folder, meant) = a_run(&bench);
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap() != "intervals.hlog" {
            fs::remove_file(path).unwrap();
        }
    }
    bench
        .call(&["report", folder.to_str().unwrap()])
        .ends_with(0)
        .prints("PARTIAL (no end)")
        .says("made from the interval log alone");
    assert_complete(&folder);
    let found = read_json(&folder.join("summary.json"));
    for same in ["id", "scenario", "scenario_sha256", "command", "machine"] {
        assert_eq!(found["run"][same], meant["run"][same], "{same}");
    }
    assert_eq!(found["counts"]["ok"], meant["counts"]["ok"]);
    assert_eq!(found["counts"]["warmup"], meant["counts"]["warmup"]);
    assert_eq!(found["outcomes"], meant["outcomes"]);
    // A part of the evidence is lost, so it is degraded at best.
    let at_best = match meant["measurement"]["verdict"].as_str() {
        Some("invalid") => "invalid",
        _ => "degraded",
    };
    assert_eq!(found["measurement"]["verdict"], at_best);
    for (phase, stats) in meant["phases"].as_object().unwrap() {
        assert_eq!(found["phases"][phase]["count"], stats["count"], "{phase}");
        for at in ["p50_ns", "p99_ns", "max_ns"] {
            within_a_thousandth(&found["phases"][phase][at], &stats[at], phase);
        }
    }
    for (found, meant) in [0, 1].map(|load| (&found["loads"][load], &meant["loads"][load])) {
        assert_eq!(found["name"], meant["name"]);
        assert_eq!(found["counts"]["ok"], meant["counts"]["ok"]);
        // The log does not tell what was sent too late to count, which a busy machine does.
        let [found, meant] = [found, meant].map(|load| load["rates"]["achieved_per_s"].as_f64());
        assert!(found >= meant, "{found:?} for {meant:?}");
        assert!(found == meant || at_best == "invalid", "{found:?}");
    }
    let thresholds = found["thresholds"].as_array().unwrap();
    assert_eq!(thresholds.len(), 2);
    for threshold in thresholds {
        assert_eq!(threshold["passed"], true, "{threshold}");
    }
    let windows = found["windows"].as_array().unwrap();
    let ok: u64 = windows.iter().map(|window| number(&window["ok"])).sum();
    assert_eq!(
        ok,
        number(&meant["counts"]["ok"]) + number(&meant["counts"]["warmup"])
    );
}

/// Calls `report` on a log alone, which writes nothing.
fn report_of(bench: &Bench, log: &str) -> crate::support::Ran {
    let path = bench.path("other.hlog");
    fs::write(&path, log).unwrap();
    bench.call(&["report", path.to_str().unwrap()])
}

#[test]
fn a_log_that_cannot_be_believed_is_refused_by_line() {
    let bench = Bench::new();
    let (folder, _) = a_run(&bench);
    let log = fs::read_to_string(folder.join("intervals.hlog")).unwrap();
    report_of(&bench, &log).ends_with(0);
    let whole = log.trim_end().len();
    report_of(&bench, &log[..whole - 20])
        .ends_with(0)
        .says("ends in the middle of a second; the ");
    let lines = log.split_inclusive('\n');
    let unmarked: String = lines.filter(|line| !line.starts_with(MARK)).collect();
    report_of(&bench, &unmarked)
        .ends_with(0)
        .says("does not mark complete seconds")
        .says("its last 2 s with ");
    let (before, rest) = log.split_once("Tag=").unwrap();
    let line = before.lines().count() + 1;
    let (_, after) = rest.split_once('\n').unwrap();
    // A histogram without counts that claims to have a gigabyte and a half of them.
    let bomb = "HISTFAAAACB4nJNpmSwcmaHPAAXMUJoRyHQz2LGAwf4DRAAAbzMFOw==";
    report_of(
        &bench,
        &format!("{before}Tag=ok.latency,0.000,1.000,1.000,{bomb}\n{after}"),
    )
    .ends_with(4)
    .says(&format!("line {line}: its histogram is broken"))
    .says(&format!("head -n {} ", line - 1));
    report_of(
        &bench,
        &format!("{before}Tag={}", rest.replacen(".000,1.000,", ".000,0,", 1)),
    )
    .ends_with(4)
    .says(&format!(
        "line {line}: its interval must be 1.000, one second"
    ));
    let (head, _) = log.split_once("#[leadbench.summary").unwrap();
    report_of(&bench, &format!("{head}Tag={rest}"))
        .ends_with(4)
        .says("it must begin with a line that holds the summary of the run");
    report_of(&bench, "").ends_with(4);
    report_of(&bench, &format!("{log}{log}"))
        .ends_with(4)
        .says("a second log begins here");
}

#[test]
fn a_damaged_summary_names_the_log_as_the_way_out() {
    let bench = Bench::new();
    let (folder, _) = a_run(&bench);
    let summary = folder.join("summary.json");
    truncate(&summary);
    bench
        .call(&["report", folder.to_str().unwrap()])
        .ends_with(4)
        .says("move it away; leadbench then makes the report from intervals.hlog");
    fs::remove_file(&summary).unwrap();
    bench
        .call(&["report", folder.to_str().unwrap()])
        .ends_with(0);
}

fn truncate(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}

/// A log of a run, and in it a row that begins with `Tag=day/ok.latency,`.
fn a_log(bench: &Bench) -> (String, String) {
    let (folder, _) = a_run(bench);
    let log = fs::read_to_string(folder.join("intervals.hlog")).unwrap();
    let row = log.lines().find(|line| line.starts_with(ROW)).unwrap();
    let row = row.strip_prefix(ROW).unwrap();
    let packed = row.split_once(',').unwrap().1.to_owned();
    (log, packed)
}

const ROW: &str = "Tag=day/ok.latency,";

/// What a line begins with that ends a second.
const MARK: &str = "#[EndOfInterval: ";

/// `report` in a process that may have so much memory, in mebibytes.
fn report_within(bench: &Bench, mebibytes: u32, log: &str) -> crate::support::Ran {
    let path = bench.write("far.hlog", log);
    let inner = bench.command(&["report", path.to_str().unwrap(), "--json"]);
    let limit = format!("ulimit -v {}; exec \"$0\" \"$@\"", mebibytes * 1024);
    let mut limited = std::process::Command::new("sh");
    limited
        .args(["-c", &limit])
        .arg(inner.get_program())
        .args(inner.get_args())
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    finish(limited)
}

// Half a mebibyte for each silent second would be two gigabytes.
#[test]
fn an_hour_of_silence_costs_no_memory() {
    let bench = Bench::new();
    let (log, packed) = a_log(&bench);
    let log = format!("{log}{ROW}3600.000,{packed}\n{MARK}3601.000000000 s, 1 rows]\n");
    let found = report_within(&bench, 1_024, &log).ends_with(0).summary();
    let windows = found["windows"].as_array().unwrap();
    assert_eq!(windows.len(), 3_601);
    assert_eq!(number(&windows[1_800]["ok"]), 0);
    assert!(number(&windows[3_600]["ok"]) > 0);
}

#[test]
fn a_log_with_a_hole_longer_than_a_day_is_refused_without_filling_it() {
    let bench = Bench::new();
    let (log, packed) = a_log(&bench);
    let line = log.lines().count() + 1;
    let far = format!("{log}{ROW}2678400.000,{packed}\n");
    report_within(&bench, 1_024, &far)
        .ends_with(4)
        .says(&format!("line {line}: it leaves out more than a day"));
    // Nor do many holes that are a day together.
    let holes = (1..=40).map(|hole| format!("{ROW}{}.000,{packed}\n", hole * 3_000));
    let holes = format!("{log}{}", holes.collect::<String>());
    report_within(&bench, 1_024, &holes)
        .ends_with(4)
        .says("it leaves out more than a day");
}

#[test]
fn a_log_that_claims_more_loads_than_a_run_can_have_is_refused() {
    let bench = Bench::new();
    let (log, _) = a_log(&bench);
    let (before, rest) = log.split_once("#[leadbench.summary: ").unwrap();
    let (head, rows) = rest.split_once("]\n").unwrap();
    let mut summary: Value = serde_json::from_str(head).unwrap();
    let load = summary["loads"][0].clone();
    for loads in [64, 65] {
        summary["loads"] = vec![load.clone(); loads].into();
        let log = format!("{before}#[leadbench.summary: {summary}]\n{rows}");
        let ran = report_of(&bench, &log);
        match loads {
            64 => drop(ran.ends_with(0)),
            _ => drop(
                ran.ends_with(4)
                    .says("it names more loads than a run can have"),
            ),
        }
    }
}

// Two seconds in which nothing is due are two rows without counts, each of its own second.
#[test]
fn a_silence_leaves_a_row_for_each_of_its_seconds() {
    let bench = Bench::new();
    let text = "schema = 1\nname = \"quiet\"\n[target]\nurl = \"embedded\"\n\
         [auth]\nsource = \"none\"\n\
         [[load]]\nname = \"once\"\nkind = \"rate\"\nrate = \"20/min\"\nfor = \"5s\"\n\
         arrivals = \"uniform\"\n";
    let scenario = bench.write("quiet.toml", text);
    let ran = bench.run(scenario.to_str().unwrap(), &[]);
    drop(ran.ends_with_unless_busy(0));
    let log = fs::read_to_string(bench.folder().join("intervals.hlog")).unwrap();
    let rows = log.lines().filter_map(|line| line.strip_prefix("Tag="));
    let seconds: BTreeSet<u64> = rows
        .map(|row| row.split(',').nth(1).unwrap())
        .map(|start| start.split('.').next().unwrap().parse().unwrap())
        .collect();
    assert!((0..4).all(|second| seconds.contains(&second)), "{log}");
}

// Which arrivals were dropped the log does not tell, so nobody can say whether they were too many.
#[test]
fn a_limit_on_what_the_log_does_not_hold_is_not_judged() {
    let bench = Bench::without_key();
    let text = "schema = 1\nname = \"lost\"\n[target]\nurl = \"embedded\"\n\
         embedded = { service_time = \"100ms\" }\n[auth]\nsource = \"none\"\n\
         [[load]]\nkind = \"rate\"\nrate = \"40/s\"\nfor = \"1s\"\nmax_in_flight = 1\n\
         overflow = \"drop\"\n[thresholds]\n\"dropped\" = \"< 1%\"\n";
    let scenario = bench.write("lost.toml", text);
    drop(bench.run(scenario.to_str().unwrap(), &[]).ends_with(8));
    let folder = bench.folder();
    fs::remove_file(folder.join("summary.json")).unwrap();
    fs::remove_file(folder.join("report.html")).unwrap();
    bench
        .call(&["report", folder.to_str().unwrap()])
        .ends_with(0)
        .prints("not judged");
    let summary = read_json(&folder.join("summary.json"));
    assert!(summary["thresholds"][0]["actual"].is_null());
    assert_eq!(summary["thresholds"][0]["passed"], false);
}
