//! What is written is its owner's alone, and never goes through a link that somebody planted.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Bench, FILES, Ran, SMOKE, files_below, finish};

const BRIEF: [&str; 4] = ["--rate", "100/s", "--duration", "400ms"];
const TYPICAL: &str = include_str!("../fixtures/summaries/typical.json");

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

/// Runs a command of which the surroundings would let everybody read and write everything.
#[track_caller]
fn without_umask(bench: &Bench, words: &[&str]) -> Ran {
    let program = bench.command(words);
    let mut command = Command::new("sh");
    command
        .args(["-c", "umask 0; exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(bench.path("."))
        .env("LEADBENCH_KEYS", bench.path("keys"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    finish(command)
}

/// Asserts the modes of a folder, of the folders in it and of each file; and tells the files.
#[track_caller]
fn assert_private(folder: &Path) -> Vec<String> {
    assert_eq!(mode(folder), 0o700, "{}", folder.display());
    let files = files_below(folder);
    for file in &files {
        assert_eq!(mode(file), 0o600, "{}", file.display());
        let folders = file.ancestors().skip(1);
        for above in folders.take_while(|above| above.starts_with(folder)) {
            assert_eq!(mode(above), 0o700, "{}", above.display());
        }
    }
    let name = |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().to_owned();
    files.iter().map(name).collect()
}

/// Puts runs of the typical kind where sets of runs are looked for.
fn put_runs(bench: &Bench, sides: &[&str]) {
    for (number, side) in sides.iter().enumerate() {
        let mut summary: Value = serde_json::from_str(TYPICAL).unwrap();
        summary["run"]["id"] = format!("run-{number}").into();
        summary["run"]["started_at"] = format!("2026-10-18T09:{number:02}:00Z").into();
        bench.write(
            &format!("{side}/{number:02}/summary.json"),
            &summary.to_string(),
        );
    }
}

#[test]
fn a_run_folder_and_all_that_is_in_it_are_its_owner_s_alone() {
    let bench = Bench::new();
    let words = [
        "run",
        SMOKE,
        "--ui",
        "none",
        "--json",
        "--requests",
        "100%",
        "--log-callouts",
        "callouts.log",
        "--set",
        "target.request.created_id=id",
    ];
    without_umask(&bench, &[&words[..], &BRIEF].concat()).ends_with_unless_busy(0);
    let written = assert_private(&bench.path("reports"));
    for file in FILES.iter().chain(&["created.csv", "requests.csv"]) {
        assert!(written.iter().any(|name| name == file), "{file}");
    }
    assert_eq!(mode(&bench.path("callouts.log")), 0o600);
    // Rendered again, here and elsewhere, they stay so.
    let folder = bench.folder();
    let folder = folder.to_str().unwrap();
    without_umask(&bench, &["report", folder]).ends_with(0);
    without_umask(&bench, &["report", folder, "--out", "again/there"]).ends_with(0);
    assert_private(&bench.path("reports"));
    assert!(assert_private(&bench.path("again")).len() > 5);
}

#[test]
fn comparisons_histories_and_noise_floors_are_their_owner_s_alone() {
    let bench = Bench::without_key();
    put_runs(&bench, &["base", "head", "base", "head", "base"]);
    without_umask(&bench, &["compare", "base", "head", "--out", "found"]).ends_with(0);
    assert!(assert_private(&bench.path("found")).len() > 3);
    without_umask(&bench, &["history", "base", "--out", "trend"]).ends_with(0);
    assert_eq!(assert_private(&bench.path("trend")).len(), 2);
    without_umask(&bench, &["compare", "base", "--self-check"]).ends_with(0);
    assert_eq!(mode(&bench.path("base/noise.json")), 0o600);
}

// Who can write into a folder of reports could else have any file of ours overwritten.
#[test]
fn a_planted_link_is_replaced_and_never_followed() {
    let bench = Bench::without_key();
    put_runs(&bench, &["base"]);
    let victim = bench.write("victim", "precious");
    let folder = bench.path("base/00");
    for name in ["report.html", "report.html.partial", "phases.csv"] {
        symlink(&victim, folder.join(name)).unwrap();
    }
    let dangling = bench.path("made-by-a-link");
    symlink(&dangling, folder.join("summary.md")).unwrap();
    bench
        .call(&["report", folder.to_str().unwrap()])
        .ends_with(0);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert!(!dangling.exists());
    for name in ["report.html", "phases.csv", "summary.md"] {
        assert!(
            folder.join(name).symlink_metadata().unwrap().is_file(),
            "{name}"
        );
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
}

#[test]
fn a_log_of_callouts_goes_through_no_link_and_into_no_pipe() {
    let bench = Bench::new();
    let victim = bench.write("victim", "precious");
    symlink(&victim, bench.path("link")).unwrap();
    symlink(bench.path("made-by-a-link"), bench.path("dangling")).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(bench.path("pipe"))
            .status()
            .unwrap()
            .success()
    );
    for (place, says) in [
        ("link", "symbolic link"),
        ("dangling", "symbolic link"),
        ("pipe", "could not write pipe"),
        ("victim", "does not overwrite"),
    ] {
        bench
            .run(SMOKE, &[&["--log-callouts", place][..], &BRIEF].concat())
            .ends_with(4)
            .says(says);
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert!(!bench.path("made-by-a-link").exists());
}

// A name that is taken is another run's, whoever it belongs to; links count too.
#[test]
fn no_temporary_file_outlives_its_command() {
    let bench = Bench::without_key();
    put_runs(&bench, &["base"]);
    let folder = bench.path("base/00");
    bench
        .call(&["report", folder.to_str().unwrap()])
        .ends_with(0);
    let inode = || fs::metadata(folder.join("report.html")).unwrap().ino();
    let first = inode();
    bench
        .call(&["report", folder.to_str().unwrap()])
        .ends_with(0);
    assert_ne!(first, inode(), "it is replaced and not overwritten");
    let partial: Vec<_> = files_below(&folder)
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "partial"))
        .collect();
    assert!(partial.is_empty(), "{partial:?}");
}
