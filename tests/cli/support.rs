//! A folder for one test, the commands run in it, and what they left.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// No command of these tests takes a third of this, even on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// How often a condition that another process brings about is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Every file that a finished run leaves.
pub(crate) const FILES: [&str; 10] = [
    "summary.json",
    "recording.lbr",
    "intervals.hlog",
    "latency.hgrm",
    "phases.csv",
    "timeline.csv",
    "slowest.csv",
    "report.html",
    "junit.xml",
    "summary.md",
];

/// Scenarios of this repository.
pub(crate) const SMOKE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/smoke.toml");
pub(crate) const VIRTUAL_USERS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/virtual-users.toml");

/// The private key that tests share, because making one takes a debug build seconds.
pub(crate) const KEY: &str = include_str!("../fixtures/keys/test-only-rsa2048-pkcs8.key.pem");
const CERTIFICATE: &str = include_str!("../fixtures/keys/test-only-rsa2048.crt.pem");

/// The load alone, without a callout before it, whatever becomes of it.
pub(crate) const LOAD_ALONE: [&str; 2] = ["--no-preflight", "--no-early-stop"];

/// What CI servers set, and would change the names of run folders.
const COMMITS: [&str; 5] = [
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "GIT_COMMIT",
    "CIRCLE_SHA1",
    "BUILDKITE_COMMIT",
];

/// A folder of its own, in which commands run.
pub(crate) struct Bench {
    dir: TempDir,
}

impl Bench {
    /// A folder without any key.
    pub(crate) fn without_key() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    /// A folder whose key folder holds the pair `lead_signing`.
    pub(crate) fn new() -> Self {
        let bench = Self::without_key();
        bench.put_key("lead_signing", KEY, 0o600);
        bench.write("keys/lead_signing.crt.pem", CERTIFICATE);
        bench
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Puts a private key into the key folder, with these permissions.
    pub(crate) fn put_key(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.write(&format!("keys/{name}.key.pem"), text);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    /// A command with this folder's keys; nothing of the caller's surroundings shows.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_leadbench"));
        command
            .args(words)
            .current_dir(self.dir.path())
            .env("LEADBENCH_KEYS", self.path("keys"))
            // A temporary folder inside a checkout would find that checkout's commit.
            .env("GIT_CEILING_DIRECTORIES", self.dir.path())
            .env_remove("GITHUB_ACTIONS")
            .env_remove("NO_COLOR")
            .env_remove("RUST_BACKTRACE")
            .env_remove("CLICOLOR_FORCE")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in COMMITS {
            command.env_remove(name);
        }
        command
    }

    /// Runs a command to its end.
    #[track_caller]
    pub(crate) fn call(&self, words: &[&str]) -> Ran {
        finish(self.command(words))
    }

    /// `run`, with the summary on stdout and nothing shown: the load alone, which a target that
    /// refuses everything neither keeps from beginning nor ends.
    #[track_caller]
    pub(crate) fn run(&self, scenario: &str, more: &[&str]) -> Ran {
        let words = ["run", scenario, "--json", "--ui", "none"];
        self.call(&[&words, &LOAD_ALONE[..], more].concat())
    }

    /// `run` in a process that may have so many open files.
    #[track_caller]
    pub(crate) fn run_with_files(&self, files: u32, scenario: &str) -> Ran {
        let words = ["run", scenario, "--json", "--ui", "none"];
        let inner = self.command(&[&words, &LOAD_ALONE[..]].concat());
        let mut limited = Command::new("sh");
        limited
            .args(["-c", &format!("ulimit -n {files}; exec \"$0\" \"$@\"")])
            .arg(inner.get_program())
            .args(inner.get_args())
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        finish(limited)
    }

    /// All run folders, oldest first.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        let mut folders: Vec<_> = entries(&self.path("reports"))
            .iter()
            .flat_map(|scenario| entries(scenario))
            .collect();
        folders.sort();
        folders
    }

    /// The one run folder.
    #[track_caller]
    pub(crate) fn folder(&self) -> PathBuf {
        let mut folders = self.folders();
        assert_eq!(folders.len(), 1, "{folders:?}");
        folders.remove(0)
    }

    /// Every file below this folder, but those of the key folder.
    pub(crate) fn files_written(&self) -> Vec<PathBuf> {
        let keys = self.path("keys");
        files_below(self.dir.path())
            .into_iter()
            .filter(|path| !path.starts_with(&keys))
            .collect()
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).map_or_else(
        |_| Vec::new(),
        |found| found.map(|entry| entry.unwrap().path()).collect(),
    )
}

/// Every file below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (folders, mut files): (Vec<_>, Vec<_>) =
        entries(folder).into_iter().partition(|path| path.is_dir());
    files.extend(folders.iter().flat_map(|folder| files_below(folder)));
    files
}

/// How a command ended and what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl Ran {
    /// Asserts the exit code, and what holds for every command.
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{self:#?}");
        self.is_sound();
        self
    }

    /// As `ends_with`, for a run whose summary is on stdout. On a machine that is busy
    /// with something else a run may rightly be judged invalid; that is let pass, but only
    /// when all that makes it invalid is about the machine.
    #[track_caller]
    pub(crate) fn ends_with_unless_busy(self, code: i32) -> Self {
        if self.status.code() != Some(8) {
            return self.ends_with(code);
        }
        is_invalid_for_the_machine(&self.summary());
        self.is_sound();
        self
    }

    /// As `ends_with_unless_busy`, for a run whose scenario sets no threshold: it passes where
    /// something succeeded and fewer than one callout in a hundred failed.
    #[track_caller]
    pub(crate) fn ends_by_its_failures(self) -> Self {
        let counts = self.summary()["counts"].clone();
        let (ok, negative) = (number(&counts["ok"]), number(&counts["negative"]));
        let few_failed = number(&counts["failed"]) * 100 < number(&counts["completed"]);
        let passes = few_failed && ok + negative > 0;
        self.ends_with_unless_busy(i32::from(!passes))
    }

    #[track_caller]
    fn is_sound(&self) {
        for words in ["panicked at", "RUST_BACKTRACE=1", "internal error"] {
            assert!(!self.stderr.contains(words), "{self:#?}");
        }
    }

    /// The summary, which is all that is on stdout.
    #[track_caller]
    pub(crate) fn summary(&self) -> Value {
        let summary =
            serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"));
        assert_agrees(&summary);
        summary
    }

    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Self {
        assert!(self.stderr.contains(words), "lacks {words:?}: {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn prints(&self, words: &str) -> &Self {
        assert!(self.stdout.contains(words), "lacks {words:?}: {self:#?}");
        self
    }
}

/// Asserts that a run's figures do not contradict each other: none that we write may.
#[track_caller]
fn assert_agrees(summary: &Value) {
    // What else is printed as JSON is no summary.
    if summary["schema"] != leadbench::summary::SCHEMA {
        return;
    }
    let summary: leadbench::summary::Summary = serde_json::from_value(summary.clone()).unwrap();
    assert_eq!(summary.agrees_with_itself(), Ok(()));
}

/// The codes of what is said of a busy machine or an unoptimised build.
const BUSY: [&str; 11] = [
    "generator_lag",
    "generator_lag_in_tail",
    "generator_stalled",
    "late_wakeups",
    "tokens_not_ready",
    "signers_busy",
    "signer_queue",
    "unaccounted_time",
    "cpu_busy",
    "cpu_stolen",
    "debug_build",
];

/// Whether a run was judged invalid, for which only the machine it ran on may be to blame.
#[track_caller]
pub(crate) fn is_spoiled(summary: &Value) -> bool {
    let is_invalid = summary["measurement"]["verdict"] == "invalid";
    if is_invalid {
        is_invalid_for_the_machine(summary);
    }
    is_invalid
}

/// Asserts that all that makes a run invalid is about the machine it ran on. What only degrades it may be about
/// its target.
#[track_caller]
pub(crate) fn is_invalid_for_the_machine(summary: &Value) {
    let measurement = &summary["measurement"];
    let reasons = measurement["coded_reasons"].as_array().unwrap();
    let invalid: Vec<_> = reasons
        .iter()
        .filter(|reason| reason["verdict"] == "invalid")
        .map(|reason| reason["code"].as_str().unwrap())
        .collect();
    let reasons = &measurement["reasons"];
    assert!(
        !invalid.is_empty() && invalid.iter().all(|code| BUSY.contains(code)),
        "invalid for {invalid:?}: {reasons}"
    );
    note_excuse(reasons);
}

/// Writes down that a run was let pass although the machine was too busy to measure;
/// `scripts/test.sh` counts these lines.
fn note_excuse(reasons: &Value) {
    let test = thread::current().name().unwrap_or_default().to_owned();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("excused-runs.txt");
    let file = fs::OpenOptions::new().create(true).append(true).open(file);
    file.unwrap()
        .write_all(format!("{test}: {reasons}\n").as_bytes())
        .unwrap();
}

/// The codes of reasons or warnings, in their order.
pub(crate) fn codes(coded: &Value) -> Vec<&str> {
    let coded = coded.as_array().unwrap().iter();
    coded.map(|one| one["code"].as_str().unwrap()).collect()
}

/// Asserts that the verdict on a measurement has a reason with this code.
#[track_caller]
pub(crate) fn assert_reason(summary: &Value, code: &str) {
    let reasons = &summary["measurement"]["coded_reasons"];
    assert!(codes(reasons).contains(&code), "no {code} in {reasons}");
}

/// Asserts that a warning with this code was given.
#[track_caller]
pub(crate) fn assert_warned(summary: &Value, code: &str) {
    let warnings = &summary["coded_warnings"];
    assert!(codes(warnings).contains(&code), "no {code} in {warnings}");
}

/// Runs a command to its end, and ends it when it goes on for too long.
#[track_caller]
pub(crate) fn finish(mut command: Command) -> Ran {
    let began = Instant::now();
    Going::start(command.spawn().unwrap(), began).end()
}

/// A command that is going on; killed when dropped.
pub(crate) struct Going {
    child: Child,
    began: Instant,
}

impl Going {
    pub(crate) fn start(child: Child, began: Instant) -> Self {
        Self { child, began }
    }

    /// The same with what else the command is to have, such as a stdin.
    pub(crate) fn spawn_with(command: &mut Command) -> Self {
        Self::start(command.spawn().unwrap(), Instant::now())
    }

    pub(crate) fn spawn(mut command: Command) -> Self {
        Self::start(command.spawn().unwrap(), Instant::now())
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Sends a signal: `INT`, `TERM`, `KILL`.
    #[track_caller]
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits for the end, reading both streams meanwhile so that neither fills up.
    #[track_caller]
    pub(crate) fn end(mut self) -> Ran {
        let stdout = self.child.stdout.take().map(reading);
        let stderr = self.child.stderr.take().map(reading);
        let mut status = None;
        eventually("the command ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        let text = |reader: Option<thread::JoinHandle<String>>| {
            reader.map_or_else(String::new, |reader| reader.join().unwrap())
        };
        Ran {
            status: status.unwrap(),
            took: self.began.elapsed(),
            stdout: text(stdout),
            stderr: text(stderr),
        }
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        // Fails when it has ended, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn reading(mut from: impl std::io::Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Waits for what another process brings about. There is nothing to wait on, such as a
/// file that it writes, so it is looked at again and again until a deadline.
#[track_caller]
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !holds() {
        assert!(Instant::now() < deadline, "not within {LIMIT:?}: {what}");
        thread::sleep(LOOK_EVERY);
    }
}

/// A reference target in a process of its own.
pub(crate) struct TargetProcess {
    going: Going,
    stdout: BufReader<ChildStdout>,
    pub(crate) address: String,
}

impl TargetProcess {
    #[track_caller]
    pub(crate) fn start(bench: &Bench, words: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", bench, words)
    }

    #[track_caller]
    pub(crate) fn start_at(listen: &str, bench: &Bench, words: &[&str]) -> Self {
        let all = [&["target", "--listen", listen], words].concat();
        Self::following(Going::spawn(bench.command(&all)))
    }

    /// One that has been started, once it listens.
    #[track_caller]
    pub(crate) fn following(mut going: Going) -> Self {
        let mut line = String::new();
        let mut stdout = BufReader::new(going.child().stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap();
        Self {
            address: address.to_owned(),
            stdout,
            going,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/leads", self.address)
    }

    /// What arrived, as the target itself tells.
    pub(crate) fn ledger(&self) -> Value {
        self.get("/ledger")
    }

    /// What one of its own paths says.
    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = ask(&self.address, "GET", path).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }

    /// Ends it as an operator would.
    #[track_caller]
    pub(crate) fn stop(mut self) -> Ran {
        self.going.signal("TERM");
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).unwrap();
        let ran = self.going.end();
        Ran { stdout, ..ran }
    }
}

/// What a server answers to a request without a body: head and body.
pub(crate) fn ask(address: &str, method: &str, path: &str) -> std::io::Result<String> {
    ask_for(address, address, method, path)
}

/// The same for a request that is meant for another host.
pub(crate) fn ask_for(
    host: &str,
    address: &str,
    method: &str,
    path: &str,
) -> std::io::Result<String> {
    ask_with(&format!("Host: {host}\r\n"), address, method, path)
}

/// The same with these lines of a head.
pub(crate) fn ask_with(
    lines: &str,
    address: &str,
    method: &str,
    path: &str,
) -> std::io::Result<String> {
    use std::io::Write as _;
    let mut stream = std::net::TcpStream::connect(address)?;
    let request = format!("{method} {path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// A number of a summary.
#[track_caller]
pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value}"))
}

/// Asserts that nothing was lost between what was planned and what is told.
#[track_caller]
pub(crate) fn assert_adds_up(summary: &Value) {
    let count = |name: &str| number(&summary["counts"][name]);
    let outcomes = summary["outcomes"].as_object().unwrap();
    let told: u64 = outcomes.values().map(number).sum();
    assert_eq!(
        count("planned"),
        count("completed") + count("dropped") + count("interrupted"),
        "{summary:#}"
    );
    assert_eq!(
        count("completed"),
        count("ok") + count("failed") + count("negative")
    );
    assert_eq!(
        count("ok") + count("failed"),
        told,
        "{:#}",
        summary["outcomes"]
    );
}

/// Asserts that a run folder is whole: every file, and nothing half written.
#[track_caller]
pub(crate) fn assert_complete(folder: &Path) {
    let mut found: Vec<_> = entries(folder)
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    found.sort();
    let mut expected = FILES.map(str::to_owned);
    expected.sort();
    assert_eq!(found, expected);
    for name in FILES {
        assert!(fs::metadata(folder.join(name)).unwrap().len() > 0, "{name}");
    }
    assert_agrees(&read_json(&folder.join("summary.json")));
}

pub(crate) fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}
