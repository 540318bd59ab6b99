//! The binary as a user runs it: the main job, its files, its exit codes.
//!
//! Each test has a folder of its own and runs loads of about a second. A shared machine may
//! make a measurement invalid; exit code 8 is accepted where it says so of itself.

#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test reads what the tool wrote, and what it cannot read is a failure"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use leadbench::summary::{RunState, Summary, Validity};
use tempfile::TempDir;

const SCENARIO: &str = r#"
schema = 1
name = "quick"
[target]
url = "embedded"
timeout = "500ms"
embedded = { service_time = "1ms" }
[auth]
source = "named-credential"
key = "lead_signing"
issuer = "https://acme.my.salesforce.com"
subject = "integration@acme.example"
audience = "https://api.example.com/leads"
[[load]]
kind = "rate"
rate = "40/s"
arrivals = "uniform"
for = "1s"
[thresholds]
"failed" = "< 1%"
"#;

/// A folder with a scenario in it.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("quick.toml"), SCENARIO).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_leadbench"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("LEADBENCH_KEYS")
            .stdin(Stdio::null());
        command
    }

    fn call(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the scenario and reads the summary on stdout.
    #[track_caller]
    fn run(&self, code: i32, arguments: &[&str]) -> Summary {
        let mut all = vec!["run", "quick.toml", "--ui", "none", "--json"];
        all.extend(arguments);
        let output = self.call(&all);
        let summary: Summary = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}", text(&output.stderr)));
        let is_invalid = summary.measurement.verdict == Validity::Invalid;
        let expected = if is_invalid { 8 } else { code };
        assert_eq!(
            output.status.code(),
            Some(expected),
            "{}",
            text(&output.stderr)
        );
        assert_adds_up(&summary);
        summary
    }

    #[track_caller]
    fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.call(arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(!said.contains("panicked"), "{said}");
        said
    }

    /// The folder of the only run.
    fn run_folder(&self) -> PathBuf {
        let mut runs = fs::read_dir(self.path("reports/quick")).unwrap();
        let run = runs.next().unwrap().unwrap().path();
        assert!(runs.next().is_none());
        run
    }
}

/// A reference target in a process of its own.
struct RunningTarget {
    child: Child,
    address: String,
}

impl RunningTarget {
    fn start(bench: &Bench, service_time: &str, arguments: &[&str]) -> Self {
        let mut all = vec![
            "target",
            "--listen",
            "127.0.0.1:0",
            "--service-time",
            service_time,
        ];
        all.extend(arguments);
        let mut child = bench.command(&all).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap();
        Self {
            address: address.to_owned(),
            child,
        }
    }

    fn ledger(&self) -> serde_json::Value {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET /ledger HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

impl Drop for RunningTarget {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn assert_adds_up(summary: &Summary) {
    let counts = &summary.counts;
    assert_eq!(
        counts.planned,
        counts.completed + counts.dropped + counts.interrupted
    );
    assert_eq!(counts.completed, counts.ok + counts.failed);
    assert_eq!(summary.outcomes.values().sum::<u64>(), counts.completed);
}

/// Whether a text holds a compact JWS: `eyJ`, and two points among base64url.
fn holds_a_token(text: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)))
        .any(|word| {
            word.match_indices("eyJ")
                .any(|(at, _)| word[at..].split('.').count() == 3 && word.len() - at > 100)
        })
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn the_main_job_leaves_every_report() {
    let bench = Bench::new();
    let summary = bench.run(0, &[]);
    assert_eq!(summary.counts.planned, 40);
    assert_eq!(summary.counts.ok, 40);
    assert_eq!(summary.run.state, RunState::Finished);
    let folder = bench.run_folder();
    for file in [
        "summary.json",
        "intervals.hlog",
        "phases.csv",
        "timeline.csv",
        "slowest.csv",
        "report.html",
        "junit.xml",
        "summary.md",
    ] {
        assert!(fs::metadata(folder.join(file)).unwrap().len() > 0, "{file}");
    }
}

#[test]
fn reports_are_rendered_again_byte_by_byte() {
    let bench = Bench::new();
    bench.run(0, &[]);
    let folder = bench.run_folder();
    let before = fs::read(folder.join("phases.csv")).unwrap();
    fs::remove_file(folder.join("phases.csv")).unwrap();
    let output = bench.call(&["report", folder.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(fs::read(folder.join("phases.csv")).unwrap(), before);
}

#[test]
fn a_second_run_never_touches_the_first() {
    let bench = Bench::new();
    bench.run(0, &["--duration", "100ms"]);
    let first = bench.run_folder();
    let before = fs::read(first.join("summary.json")).unwrap();
    bench.run(0, &["--duration", "100ms"]);
    assert_eq!(
        fs::read_dir(bench.path("reports/quick")).unwrap().count(),
        2
    );
    assert_eq!(fs::read(first.join("summary.json")).unwrap(), before);
}

// What the generator counted and what the target counted are two accounts of one thing.
#[test]
fn the_ledger_of_the_target_agrees_in_every_signing_mode() {
    let bench = Bench::new();
    assert!(
        bench
            .call(&["keys", "generate", "lead_signing"])
            .status
            .success()
    );
    for mode in ["pipeline", "jit", "none"] {
        let trust: &[&str] = if mode == "none" {
            &["--no-token"]
        } else {
            &["--trust", ".leadbench/keys/lead_signing.crt.pem"]
        };
        let target = RunningTarget::start(&bench, "1ms", trust);
        let url = format!("http://{}/leads", target.address);
        let signing = format!("auth.signing={mode}");
        let summary = bench.run(0, &["--target", &url, "--set", &signing]);
        let ledger = target.ledger();
        assert_eq!(ledger["leads"], summary.counts.started, "{mode}");
        assert_eq!(ledger["unique_leads"], summary.counts.started, "{mode}");
        assert_eq!(ledger["accepted"], summary.counts.ok, "{mode}");
        assert_eq!(summary.run.overrides.len(), 2);
    }
}

#[test]
fn a_key_that_the_target_does_not_know_breaks_the_threshold() {
    let bench = Bench::new();
    assert!(
        bench
            .call(&["keys", "generate", "lead_signing"])
            .status
            .success()
    );
    assert!(bench.call(&["keys", "generate", "other"]).status.success());
    let trust = "lead_signing=.leadbench/keys/other.crt.pem";
    let target = RunningTarget::start(&bench, "1ms", &["--trust", trust]);
    let url = format!("http://{}/leads", target.address);
    let summary = bench.run(1, &["--target", &url]);
    assert_eq!(summary.outcomes["unauthorized"], summary.counts.completed);
    // Each 401 was answered with a fresh token and one more try.
    assert_eq!(summary.counts.retried, summary.counts.completed);
    assert_eq!(target.ledger()["requests"], 2 * summary.counts.completed);
}

#[test]
fn virtual_users_do_their_iterations_and_stdout_is_ours_alone() {
    let bench = Bench::new();
    let users = SCENARIO.replace(
        "kind = \"rate\"\nrate = \"40/s\"\narrivals = \"uniform\"\nfor = \"1s\"",
        "kind = \"users\"\nusers = 3\niterations = 5",
    );
    fs::write(bench.path("quick.toml"), users).unwrap();
    let summary = bench.run(0, &[]);
    assert_eq!(summary.counts.ok, 15);
    assert!(summary.run.engine.starts_with("goose"));
}

#[test]
fn a_dry_run_connects_to_nobody_and_shows_no_token() {
    let bench = Bench::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/leads", listener.local_addr().unwrap());
    let output = bench.call(&["run", "quick.toml", "--dry-run", "--target", &url]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    assert!(
        shown.contains("authorization: Bearer <redacted>"),
        "{shown}"
    );
    assert!(!holds_a_token(&shown));
    assert!(listener.accept().is_err(), "a connection came");
    assert!(!bench.path("reports").exists());
}

#[test]
fn a_host_that_nobody_allowed_is_refused() {
    let bench = Bench::new();
    let said = bench.fails(
        5,
        &[
            "run",
            "quick.toml",
            "--target",
            "https://staging.example.com/x",
        ],
    );
    assert!(said.contains("--allow staging.example.com"), "{said}");
    assert!(!bench.path("reports").exists());
}

#[test]
fn a_target_that_is_down_is_found_out_before_the_load() {
    let bench = Bench::new();
    assert!(
        bench
            .call(&["keys", "generate", "lead_signing"])
            .status
            .success()
    );
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{closed}/leads");
    let said = bench.fails(4, &["run", "quick.toml", "--target", &url]);
    assert!(said.contains("hint:"), "{said}");
    assert!(!bench.path("reports").exists());
}

#[test]
fn a_missing_key_names_the_command_that_makes_one() {
    let bench = Bench::new();
    let said = bench.fails(4, &["run", "quick.toml", "--target", "http://127.0.0.1:9/"]);
    assert!(
        said.contains("leadbench keys generate lead_signing"),
        "{said}"
    );
}

#[test]
fn an_invalid_scenario_is_told_whole() {
    let bench = Bench::new();
    let broken = SCENARIO
        .replace("timeout", "timeot")
        .replace("40/s", "fast");
    fs::write(bench.path("quick.toml"), broken).unwrap();
    let said = bench.fails(3, &["run", "quick.toml"]);
    assert!(said.contains("did you mean `timeout`?"), "{said}");
    assert!(said.contains("2 problems in quick.toml"), "{said}");
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_of_the_environment() {
    let bench = Bench::new();
    let said = bench.fails(4, &["run", "quick.toml", "--out", "quick.toml/below"]);
    assert!(said.contains("--out"), "{said}");
}

// Polls for the first checkpoint, because only then has the load begun.
#[test]
fn an_interrupt_leaves_whole_reports_that_say_partial() {
    let bench = Bench::new();
    let child = bench
        .command(&["run", "quick.toml", "--duration", "60s", "--ui", "none"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(|| files_named(&bench, "summary.json") == 1);
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("PARTIAL"));
    let summary = fs::read(bench.run_folder().join("summary.json")).unwrap();
    let summary: Summary = serde_json::from_slice(&summary).unwrap();
    assert_eq!(summary.run.state, RunState::Interrupted);
    assert_adds_up(&summary);
    assert!(bench.run_folder().join("report.html").exists());
}

#[test]
fn a_killed_run_still_has_its_figures() {
    let bench = Bench::new();
    let mut child = bench
        .command(&["run", "quick.toml", "--duration", "60s", "--ui", "none"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(|| files_named(&bench, "summary.json") == 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let folder = bench.run_folder();
    let output = bench.call(&["report", folder.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("PARTIAL"));
    assert!(folder.join("report.html").exists());
}

// A closed pipe means that the reader has seen enough.
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let bench = Bench::new();
    let mut child = bench
        .command(&["run", "quick.toml", "--duration", "200ms", "--ui", "none"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 8)),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_silent_target_times_out_and_a_late_answer_is_counted() {
    let bench = Bench::new();
    assert!(
        bench
            .call(&["keys", "generate", "lead_signing"])
            .status
            .success()
    );
    let trust = ".leadbench/keys/lead_signing.crt.pem";
    let target = RunningTarget::start(&bench, "700ms", &["--trust", trust]);
    let url = format!("http://{}/leads", target.address);
    let summary = bench.run(1, &["--target", &url]);
    assert_eq!(summary.outcomes["timeout"], 40);
    assert!(summary.counts.late > 0, "{:?}", summary.counts);
}

#[test]
fn no_file_and_no_output_holds_a_token_or_a_key() {
    let bench = Bench::new();
    let mut said = String::new();
    for arguments in [
        &["run", "quick.toml", "--ui", "plain"][..],
        &[
            "run",
            "quick.toml",
            "--ui",
            "plain",
            "--set",
            "auth.signing=jit",
        ],
        &["token", "quick.toml"],
        &["keys", "show"],
        &["run", "quick.toml", "--dry-run"],
    ] {
        let output = bench.call(arguments);
        said += &text(&output.stdout);
        said += &text(&output.stderr);
    }
    let key = fs::read_to_string(bench.path(".leadbench/keys/lead_signing.key.pem")).unwrap();
    let canary = key.lines().nth(5).unwrap();
    let mut searched = 0;
    for file in files(bench.folder.path()) {
        if file.to_string_lossy().ends_with(".key.pem") {
            continue;
        }
        said += &text(&fs::read(file).unwrap());
        searched += 1;
    }
    assert!(searched > 16, "{searched}");
    assert!(!holds_a_token(&said));
    assert!(!said.contains(canary));
    // The search itself finds what it looks for.
    let revealed = bench.call(&["token", "quick.toml", "--reveal"]);
    assert!(holds_a_token(&text(&revealed.stdout)));
}

/// Waits until a child has got somewhere; nothing else tells.
#[track_caller]
fn wait_for(condition: impl Fn() -> bool) {
    for _ in 0..3_000 {
        if condition() {
            return;
        }
        thread::park_timeout(Duration::from_millis(10));
    }
    panic!("nothing happened for thirty seconds");
}

fn files_named(bench: &Bench, name: &str) -> usize {
    let reports = bench.path("reports");
    if !reports.exists() {
        return 0;
    }
    files(&reports)
        .iter()
        .filter(|file| file.file_name().is_some_and(|found| found == name))
        .count()
}

fn interrupt(child: &Child) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
}
