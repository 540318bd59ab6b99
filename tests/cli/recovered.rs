//! Runs of which the recording alone is left.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Bench, assert_complete, number, read_json};

/// A run of two loads, one with a warm-up and one that fails in part.
fn a_run(bench: &Bench) -> (PathBuf, Value) {
    let text = "schema = 1\nname = \"lost\"\n[target]\nurl = \"embedded\"\n\
         [auth]\nsource = \"named-credential\"\nkey = \"lead_signing\"\nissuer = \"i\"\n\
         subject = \"s\"\naudience = \"a\"\n\
         [[load]]\nname = \"day\"\nkind = \"rate\"\nrate = \"40/s\"\nfor = \"2s\"\nwarmup = \"1s\"\n\
         arrivals = \"uniform\"\n\
         [[load]]\nname = \"night\"\nkind = \"rate\"\nrate = \"20/s\"\nfor = \"1s\"\n\
         arrivals = \"uniform\"\n[thresholds]\n\"latency.p99\" = \"< 1h\"\n\"failed\" = \"< 0.1%\"\n";
    let scenario = bench.write("lost.toml", text);
    let ran = bench.run(scenario.to_str().unwrap(), &[]);
    drop(ran.ends_with_unless_busy(0));
    let folder = bench.folder();
    let summary = read_json(&folder.join("summary.json"));
    (folder, summary)
}

#[test]
fn a_lost_summary_is_made_again_from_the_recording_to_the_last_figure() {
    let bench = Bench::new();
    let (folder, meant) = a_run(&bench);
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap() != "recording.lbr" {
            fs::remove_file(path).unwrap();
        }
    }
    bench
        .call(&["report", folder.to_str().unwrap()])
        .ends_with(0);
    for file in ["summary.json", "report.html", "phases.csv", "junit.xml"] {
        assert!(folder.join(file).exists(), "{file}");
    }
    assert_eq!(read_json(&folder.join("summary.json")), meant);
}

// The summary of a run that was cut off is up to ten seconds old.
#[test]
fn a_run_that_was_cut_off_is_reported_up_to_its_last_whole_second() {
    let bench = Bench::new();
    let (folder, meant) = a_run(&bench);
    let recording = folder.join("recording.lbr");
    let bytes = fs::read(&recording).unwrap();
    fs::write(&recording, &bytes[..bytes.len() - 3]).unwrap();
    let mut old = meant.clone();
    old["run"]["state"] = "running".into();
    fs::write(folder.join("summary.json"), old.to_string()).unwrap();
    bench
        .call(&["report", folder.to_str().unwrap()])
        .ends_with(0)
        .prints("PARTIAL (no end)")
        .says("ends in the middle of a second; its last ");
    assert_complete(&folder);
    let found = read_json(&folder.join("summary.json"));
    assert_eq!(found["run"]["state"], "running");
    assert_eq!(found["counts"]["ok"], meant["counts"]["ok"]);
    assert_eq!(found["statuses"], meant["statuses"]);
}

/// Calls `report` on a recording alone, which writes nothing.
fn report_of(bench: &Bench, recording: &[u8]) -> crate::support::Ran {
    let path = bench.path("other.lbr");
    fs::write(&path, recording).unwrap();
    bench.call(&["report", path.to_str().unwrap()])
}

#[test]
fn a_recording_that_cannot_be_believed_is_refused_by_byte() {
    let bench = Bench::new();
    let (folder, _) = a_run(&bench);
    let whole = fs::read(folder.join("recording.lbr")).unwrap();
    report_of(&bench, &whole).ends_with(0);
    let mut damaged = whole.clone();
    let at = whole.len() / 2;
    damaged[at] ^= 1;
    let ran = report_of(&bench, &damaged).ends_with(4);
    ran.says("could not make a summary of").says("byte ");
    // The hint gives what is whole.
    let (_, bytes) = ran.stderr.split_once("head -c ").unwrap();
    let bytes: usize = bytes.split(' ').next().unwrap().parse().unwrap();
    assert!(bytes < at, "{bytes} of {at}");
    report_of(&bench, &whole[..bytes])
        .ends_with(0)
        .prints("PARTIAL (no end)");
    report_of(&bench, b"")
        .ends_with(4)
        .says("it is not a recording");
    report_of(&bench, b"leadbench.recording/v9\nabc")
        .ends_with(4)
        .says("leadbench.recording/v9")
        .says("read it with the version of leadbench that wrote it");
    report_of(&bench, b"leadbench.recording/v1\n")
        .ends_with(4)
        .says("it ends before its first second");
    report_of(&bench, &[whole.clone(), whole].concat())
        .ends_with(4)
        .says("something follows its end");
}

#[test]
fn a_damaged_summary_names_the_recording_as_the_way_out() {
    let bench = Bench::new();
    let (folder, _) = a_run(&bench);
    let summary = folder.join("summary.json");
    truncate(&summary);
    bench
        .call(&["report", folder.to_str().unwrap()])
        .ends_with(4)
        .says("move it away; leadbench then makes the report from recording.lbr");
    fs::remove_file(&summary).unwrap();
    bench
        .call(&["report", folder.to_str().unwrap()])
        .ends_with(0);
}

fn truncate(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
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

// Which arrivals were dropped stands in the recording, so a limit on them is judged.
#[test]
fn what_was_dropped_is_known_afterwards() {
    let bench = Bench::without_key();
    let text = "schema = 1\nname = \"lost\"\n[target]\nurl = \"embedded\"\n\
         embedded = { service_time = \"100ms\" }\n[auth]\nsource = \"none\"\n\
         [[load]]\nkind = \"rate\"\nrate = \"40/s\"\nfor = \"1s\"\nmax_in_flight = 1\n\
         overflow = \"drop\"\n[thresholds]\n\"dropped\" = \"< 1%\"\n";
    let scenario = bench.write("lost.toml", text);
    drop(bench.run(scenario.to_str().unwrap(), &[]).ends_with(8));
    let folder = bench.folder();
    let meant = read_json(&folder.join("summary.json"));
    fs::remove_file(folder.join("summary.json")).unwrap();
    bench
        .call(&["report", folder.to_str().unwrap()])
        .ends_with(0);
    let summary = read_json(&folder.join("summary.json"));
    assert!(number(&summary["counts"]["dropped"]) > 0);
    assert_eq!(summary["thresholds"], meant["thresholds"]);
}
