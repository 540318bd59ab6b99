//! A pipe or a device where a file belongs: told at once, for nobody may ever write to it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::support::{Bench, SMOKE};

/// Nothing is read, so nothing takes long; a command that waits for a writer takes for ever.
const BOUND: Duration = Duration::from_secs(20);

/// A bench with a named pipe that nobody writes to, and its place.
fn bench() -> (Bench, String) {
    let bench = Bench::new();
    let pipe = pipe(&bench, "pipe").display().to_string();
    (bench, pipe)
}

fn pipe(bench: &Bench, name: &str) -> PathBuf {
    let path = bench.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// Asserts that a command ends at once with this code, and says what it was given.
#[track_caller]
fn refused(bench: &Bench, words: &[&str], code: i32) {
    let ran = bench.call(words).ends_with(code);
    ran.says("not a regular file");
    assert!(ran.took < BOUND, "{words:?}: {ran:#?}");
    assert!(!bench.path("reports").exists(), "{words:?}");
}

#[test]
fn no_command_waits_for_the_writer_of_a_pipe() {
    let (bench, pipe) = bench();
    let pipe = pipe.as_str();
    for words in [
        &["check", pipe][..],
        &["run", pipe],
        &["run", pipe, "--dry-run"],
        &["token", pipe],
        &["token", "--stdin", "--trust", pipe],
        &["report", pipe],
        &["compare", pipe, pipe],
        &["keys", "import", "another", pipe],
        &["import", "named-credential", pipe],
        &["import", "external-credential", pipe],
        &["import", "apex-callouts", pipe],
        &["target", "--listen", "127.0.0.1:0", "--trust", pipe],
    ] {
        refused(&bench, words, 4);
    }
}

#[test]
fn no_command_reads_a_device_without_end() {
    let bench = Bench::new();
    for words in [
        &["check", "/dev/zero"][..],
        &["report", "/dev/zero"],
        &["keys", "import", "another", "/dev/zero"],
        &["import", "named-credential", "/dev/zero"],
    ] {
        refused(&bench, words, 4);
    }
}

#[test]
fn a_passphrase_is_not_waited_for_either() {
    let (bench, pipe) = bench();
    let key = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/keys/test-only-encrypted-pkcs8.key.pem"
    );
    for flag in ["--passphrase-file", "--key-passphrase-file"] {
        refused(&bench, &["keys", "import", "another", key, flag, &pipe], 4);
    }
}

// In the key folder itself, where names are given and no paths.
#[test]
fn a_pipe_in_the_key_folder_is_no_key() {
    let bench = Bench::without_key();
    pipe(&bench, "keys/lead_signing.key.pem");
    refused(&bench, &["run", SMOKE], 4);
    refused(&bench, &["token", SMOKE], 4);
    refused(
        &bench,
        &["keys", "export", "lead_signing", "--format", "public"],
        4,
    );
}

// What a scenario names lies beside it.
#[test]
fn a_pipe_named_by_a_scenario_is_told_by_check() {
    let (bench, _) = bench();
    let beside = |target: &str, lead: &str, load: &str| {
        format!(
            "schema = 1\nname = \"pipes\"\n[target]\nurl = \"embedded\"\n{target}\n\
             [auth]\nsource = \"none\"\n{lead}\n[[load]]\n{load}\n"
        )
    };
    let rate = "kind = \"rate\"\nrate = \"5/s\"\nfor = \"1s\"";
    for (name, text) in [
        ("trace", beside("", "", "kind = \"trace\"\nfile = \"pipe\"")),
        ("template", beside("", "[lead]\ntemplate = \"pipe\"", rate)),
        (
            "feed",
            beside(
                "",
                "[lead]\ntemplate = \"body.json\"\nfeed = \"pipe\"",
                rate,
            ),
        ),
    ] {
        bench.write("body.json", "{\"Id\": \"{{lead.id}}\"}");
        let path = bench.write(&format!("{name}.toml"), &text);
        refused(&bench, &["check", path.to_str().unwrap()], 3);
        refused(&bench, &["run", path.to_str().unwrap()], 3);
    }
}

// Where many runs are looked for, one that is none is told and the others are read.
#[test]
fn a_pipe_among_runs_keeps_nobody_waiting() {
    let (bench, _) = bench();
    let typical = include_str!("../fixtures/summaries/typical.json");
    bench.write("runs/a/summary.json", typical);
    pipe(&bench, "runs/page.html");
    pipe(&bench, "runs/b/summary.json");
    pipe(&bench, "runs/c/recording.lbr");
    let ran = bench.call(&["history", "runs"]).ends_with(0);
    ran.says("summary.json: it is not a regular file")
        .says("recording.lbr: it is not a regular file");
    assert!(ran.took < BOUND, "{ran:#?}");
    for words in [
        &["report", "runs/c/recording.lbr"][..],
        &["report", "runs/c"],
        &["report", "runs/b"],
        &["report", "runs/page.html"],
        &["compare", "runs/a", "runs/c"],
        &["compare", "runs/a", "runs/*"],
    ] {
        refused(&bench, words, 4);
    }
    pipe(&bench, "base/noise.json");
    bench.write("base/0/summary.json", typical);
    bench.write(
        "head/0/summary.json",
        &typical.replace("\"id\": \"", "\"id\": \"9"),
    );
    let ran = bench.call(&["compare", "base", "head"]);
    assert!(matches!(ran.status.code(), Some(0 | 4)), "{ran:#?}");
    assert!(ran.took < BOUND, "{ran:#?}");
}
