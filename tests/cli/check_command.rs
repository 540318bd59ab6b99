//! `leadbench check` as a user runs it.

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

const VALID: &str = r#"schema = 1
name = "small"

[target]
url = "embedded"

[[load]]
kind = "rate"
rate = "5/s"
for = "2s"
"#;

/// Runs `check` in a folder and takes its exit code, standard output and standard error.
fn check(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_leadbench"))
        .current_dir(folder)
        .arg("check")
        .args(arguments)
        .output()
        .unwrap();
    (
        status.code(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("valid.toml", VALID);
    write("other.toml", &VALID.replace("small", "other"));
    write(
        "wrong.toml",
        &VALID.replace("5/s", "often").replace("2s", "2"),
    );
    write("broken.toml", &VALID.replace("\"5/s\"", "5/s"));
    folder
}

#[test]
fn valid_scenarios_are_told_on_stdout() {
    let folder = folder();
    let (code, out, err) = check(folder.path(), &["valid.toml", "other.toml"]);
    assert_eq!(code, Some(0), "{err}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 2, "{out}");
    assert!(
        lines[0].starts_with("ok: valid.toml: small calls "),
        "{out}"
    );
    assert!(
        lines[1].starts_with("ok: other.toml: other calls "),
        "{out}"
    );
    // Neither sets anything on failures.
    for file in ["valid.toml", "other.toml"] {
        let note = format!("note: {file}: no threshold on failures is set");
        assert!(err.contains(&note), "{err}");
    }
}

#[test]
fn every_problem_of_every_file_is_told_on_stderr() {
    let folder = folder();
    let (code, out, err) = check(folder.path(), &["wrong.toml", "valid.toml", "broken.toml"]);
    assert_eq!(code, Some(3));
    assert_eq!(out.lines().count(), 1, "{out}");
    assert!(out.starts_with("ok: valid.toml"), "{out}");
    for expected in [
        "wrong.toml:9:8: `rate`:",
        "wrong.toml:10:7: `for`:",
        "2 problems in wrong.toml",
        "broken.toml:9:8: a string needs quotes",
        "1 problem in broken.toml",
    ] {
        assert!(err.contains(expected), "{expected} is not in\n{err}");
    }
}

#[track_caller]
fn check_unreadable(name: &str, expect: &str) {
    let folder = folder();
    fs::create_dir(folder.path().join("folder.toml")).unwrap();
    fs::write(folder.path().join("latin1.toml"), b"name = \"gr\xf6\xdfe\"").unwrap();
    let large = format!("{VALID}{}", "#\n".repeat(512 * 1024));
    fs::write(folder.path().join("large.toml"), large).unwrap();
    // Whatever comes before or after, a file that cannot be read decides the code.
    for arguments in [
        &[name][..],
        &[name, "wrong.toml", "valid.toml"],
        &["wrong.toml", "valid.toml", name],
    ] {
        let (code, out, err) = check(folder.path(), arguments);
        assert_eq!(code, Some(4), "{arguments:?}: {err}");
        assert!(err.contains(name) && err.contains(expect), "{err}");
        let valid = arguments
            .iter()
            .filter(|file| **file == "valid.toml")
            .count();
        assert_eq!(out.matches("ok: valid.toml").count(), valid, "{out}");
        assert_eq!(err.contains("in wrong.toml"), arguments.len() > 1, "{err}");
    }
}

#[test]
fn a_missing_file_is_told_by_name() {
    check_unreadable("missing.toml", "could not read missing.toml");
}

#[test]
fn a_folder_is_no_scenario() {
    check_unreadable("folder.toml", "is a folder, not a file");
}

#[test]
fn a_scenario_in_latin_1_is_refused() {
    check_unreadable("latin1.toml", "is not UTF-8");
}

#[test]
fn a_scenario_larger_than_one_mebibyte_is_refused() {
    check_unreadable("large.toml", "is larger than 1048576 bytes");
}

#[test]
fn set_changes_every_file() {
    let folder = folder();
    let (code, out, err) = check(
        folder.path(),
        &["valid.toml", "other.toml", "--set", "load.rate=7/s"],
    );
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(out.matches(": 7/s").count(), 2, "{out}");
}

#[test]
fn a_bad_set_is_shown_in_its_own_text() {
    let folder = folder();
    let (code, out, err) = check(folder.path(), &["valid.toml", "--set", "load.0.rate=7"]);
    assert_eq!(code, Some(3));
    assert_eq!(out, "");
    assert!(err.contains("--set: `rate`:"), "{err}");
}

#[test]
fn check_without_a_file_is_a_usage_error() {
    let folder = folder();
    assert_eq!(check(folder.path(), &[]).0, Some(2));
}
