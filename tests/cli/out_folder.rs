//! Places that cannot be written to: told before the load, or at least without losing it.

use std::fs;
use std::process::{Command, Stdio};

use crate::support::{Bench, Going, SMOKE, assert_complete, eventually, files_below, finish};

const BRIEF: [&str; 4] = ["--rate", "100/s", "--duration", "400ms"];

/// A run to this place is refused before the target hears of it.
#[track_caller]
fn refused(bench: &Bench, out: &str) {
    let words = ["--out", out, "--set", "auth.source=none"];
    let ran = bench.run(SMOKE, &words).ends_with(4);
    ran.says(out).says("--out DIR");
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_file_is_no_place_for_runs() {
    let bench = Bench::new();
    bench.write("taken", "precious");
    refused(&bench, "taken");
    refused(&bench, "taken/below");
    assert_eq!(fs::read_to_string(bench.path("taken")).unwrap(), "precious");
}

#[test]
fn a_place_nobody_can_write_to_is_told() {
    let bench = Bench::new();
    // Not even root makes folders here; where there is no /proc, not even root's own.
    refused(&bench, "/proc/leadbench");
}

// A limit on the size of files stands in for a full disk: writing fails half way through
// every report, and needs no file system of our own. The signal that goes with the limit
// is ignored by the shell, and the program inherits that.
#[test]
fn a_disk_that_fills_up_costs_the_reports_and_not_the_figures() {
    let bench = Bench::new();
    let program = bench.command(&[]);
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -f 8; exec \"$@\"", "sh"])
        .arg(program.get_program())
        .args(["run", SMOKE, "--ui", "none"])
        .args(["--set", "auth.source=none"])
        .args(BRIEF)
        .current_dir(bench.path("."))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let ran = finish(command).ends_with(4);
    ran.prints("smoke").prints("latency");
    ran.says("could not write").says("free some space");
    for file in bench.files_written() {
        assert!(
            file.extension().is_none_or(|end| end != "partial"),
            "{file:?}"
        );
    }
}

// What was there stays whole: a report that cannot be written is not begun either.
#[test]
fn an_old_report_outlives_a_disk_that_is_full() {
    let bench = Bench::new();
    let words = [&BRIEF[..], &["--set", "auth.source=none"]].concat();
    bench.run(SMOKE, &words).ends_with_unless_busy(0);
    let folder = bench.folder();
    let before = fs::read(folder.join("report.html")).unwrap();
    let summary = fs::read(folder.join("summary.json")).unwrap();
    let program = bench.command(&[]);
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -f 1; exec \"$@\"", "sh"])
        .arg(program.get_program())
        .args(["report", folder.to_str().unwrap()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    finish(command).ends_with(4).says("could not write");
    assert!(fs::read(folder.join("report.html")).unwrap() == before);
    assert!(fs::read(folder.join("summary.json")).unwrap() == summary);
    assert_complete(&folder);
}

#[test]
fn a_folder_without_a_summary_is_no_run() {
    let bench = Bench::new();
    bench
        .call(&["report", "."])
        .ends_with(4)
        .says("summary.json");
    bench.write("summary.json", "{\"schema\": \"leadbench.summary/v1\"");
    bench
        .call(&["report", "."])
        .ends_with(4)
        .says("is not a readable summary");
    bench.write("summary.json", "{\"schema\": \"leadbench.summary/v9\"}");
    bench.call(&["report", "."]).ends_with(4).says("summary");
}

// A page that was mailed or kept by CI is a run like its folder.
#[test]
fn a_page_alone_is_shown_and_rendered_elsewhere() {
    let bench = Bench::new();
    bench
        .run(SMOKE, &["--rate", "100/s", "--duration", "400ms"])
        .ends_with_unless_busy(0);
    let folder = bench.folder();
    let kept = bench.path("kept.html");
    fs::copy(folder.join("report.html"), &kept).unwrap();
    let page = kept.to_str().unwrap();
    let of_folder = bench.call(&["report", folder.to_str().unwrap()]).stdout;
    assert_eq!(bench.call(&["report", page]).ends_with(0).stdout, of_folder);
    let out = bench.path("again/there");
    bench
        .call(&["report", page, "--out", out.to_str().unwrap()])
        .ends_with(0);
    for file in ["phases.csv", "timeline.csv", "report.html"] {
        let read = |folder: &std::path::Path| fs::read(folder.join(file)).unwrap();
        assert_eq!(read(&out), read(&folder), "{file}");
    }
}

// Whoever may write beside the folder of a run could lead what is written elsewhere.
#[test]
fn a_run_whose_folder_is_swapped_for_a_link_writes_nothing_through_it() {
    let bench = Bench::new();
    let words = [
        "run",
        SMOKE,
        "--ui",
        "none",
        "--rate",
        "40/s",
        "--duration",
        "60s",
    ];
    let more = ["--set", "auth.source=none"];
    let going = Going::spawn(bench.command(&[&words[..], &more].concat()));
    eventually("the run writes", || {
        let folders = bench.folders();
        folders
            .iter()
            .any(|folder| folder.join("intervals.hlog").exists())
    });
    let (folder, moved) = (bench.folder(), bench.path("moved"));
    let elsewhere = bench.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::rename(&folder, &moved).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &folder).unwrap();
    going.signal("INT");
    let ran = going.end().ends_with(130);
    ran.says("was moved or replaced during the run");
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    assert_complete(&moved);
}

// In a workflow of GitHub a line that begins so is a command.
#[test]
fn a_line_break_in_the_name_of_a_folder_begins_no_line() {
    let bench = Bench::new();
    let out = "out\n::error::forged\u{1b}[31m";
    let set = ["--set", "auth.source=none", "--out", out];
    let run = ["run", SMOKE, "--ui", "none"];
    let ran = bench.call(&[&run[..], &BRIEF, &set].concat());
    assert!(matches!(ran.status.code(), Some(0 | 8)), "{ran:#?}");
    ran.says("reports in out\\n::error::forged\\u{1b}[31m/");
    let folder = files_below(&bench.path(out));
    let folder = folder[0].parent().unwrap().to_str().unwrap();
    let again = bench.call(&["report", folder]).ends_with(0);
    let other = bench
        .call(&["report", folder, "--out", &format!("{out}/again")])
        .ends_with(0);
    let lost = bench.call(&["report", &format!("{out}/none")]).ends_with(4);
    for ran in [&ran, &again, &other, &lost] {
        let text = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            !text.lines().any(|line| line.starts_with("::error")),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}

#[test]
fn what_is_no_run_is_told_from_one() {
    let bench = Bench::without_key();
    for (text, says) in [
        (
            "<html><body>hello</body></html>",
            "is not a report of leadbench",
        ),
        (
            "{\"schema\": \"leadbench.summary/v9\"}",
            "read it with a newer leadbench",
        ),
        (
            "{\"schema\": \"of another tool\"}",
            "read it with a newer leadbench",
        ),
        (
            "{\"schema\": \"leadbench.summary/v0\"}",
            "an earlier leadbench wrote it",
        ),
        (
            "{\"schema\": \"leadbench.summary/v1\"}",
            "not a readable summary",
        ),
        ("hello", "not a readable summary"),
    ] {
        let file = bench.write("kept", text);
        bench
            .call(&["report", file.to_str().unwrap()])
            .ends_with(4)
            .says(says);
    }
}

#[test]
fn the_oldest_runs_of_a_scenario_go_where_so_many_are_kept() {
    let bench = Bench::new();
    let run = |more: &[&str]| {
        let words = [&["--rate", "20/s", "--duration", "500ms"], more].concat();
        let ran = bench.run(SMOKE, &words);
        assert!(matches!(ran.status.code(), Some(0 | 8)), "{ran:#?}");
        ran
    };
    run(&[]);
    let first = bench.folder();
    run(&["--keep", "2"]);
    assert!(first.exists());
    let ran = run(&["--keep", "2"]);
    ran.says("removed the oldest run of smoke (--keep 2): ");
    assert!(!first.exists());
    assert_eq!(bench.folders().len(), 2);
    bench.run(SMOKE, &["--keep", "0"]).ends_with(2);
}
