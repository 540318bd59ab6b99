//! A crash of a process that holds keys leaves no image of its memory.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use crate::support::{Bench, Going, SMOKE, eventually};

/// The soft and the hard limit of core files, as the system has them of a process.
fn core_limits(process: u32) -> Option<Vec<String>> {
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max core file size"))?;
    Some(line.split_whitespace().take(2).map(str::to_owned).collect())
}

/// A command in surroundings that allow images of any size.
fn with_dumps(bench: &Bench, words: &[&str]) -> Command {
    let program = bench.command(words);
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -c unlimited 2>/dev/null; exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(bench.path("."))
        .env("LEADBENCH_KEYS", bench.path("keys"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[test]
fn a_target_and_a_run_leave_no_image_when_they_crash() {
    let bench = Bench::new();
    for words in [
        &["target", "--no-token", "--listen", "127.0.0.1:0"][..],
        &["run", SMOKE, "--duration", "60s", "--ui", "none"],
        &["sign", "--for", "30s"],
    ] {
        let mut going = Going::spawn(with_dumps(&bench, words));
        let process = going.child().id();
        eventually("the limit is lowered", || {
            let limits = core_limits(process);
            limits.is_none_or(|limits| limits == ["0", "0"])
        });
        going.signal("ABRT");
        let ran = going.end();
        assert_eq!(ran.status.signal(), Some(6), "{words:?}: {ran:#?}");
        assert!(!ran.status.core_dumped(), "{words:?}: {ran:#?}");
    }
    let images: Vec<_> = bench
        .files_written()
        .into_iter()
        .filter(|file| {
            let name = file.file_name().unwrap().to_string_lossy();
            name == "core" || name.starts_with("core.")
        })
        .collect();
    assert!(images.is_empty(), "{images:?}");
}
