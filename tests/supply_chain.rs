//! What may come in from elsewhere: crates, actions of workflows, and how they are fetched.
//!
//! cargo-deny and the scheduled workflow look further, at licences and advisories; what is here
//! needs no network and no tool, and so is part of every test run.

#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test of files reads them, and one it cannot read is a failure"
)]

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// Crates that are in no tree of ours, and never shall be: see deny.toml for the reasons.
const BANNED: [&str; 3] = ["native-tls", "openssl-sys", "rsa"];

/// The one place that crates come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Commands of cargo that would change the lock file, or pass over it, without being told.
const COMMANDS: [&str; 13] = [
    "bench", "build", "check", "clippy", "deny", "doc", "fetch", "install", "metadata", "nextest",
    "package", "run", "test",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn table(path: &str) -> Table {
    read(path)
        .parse()
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Files under a folder with one of these endings, relative to the repository.
fn files(folder: &str, endings: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if endings
                .iter()
                .any(|end| path.to_string_lossy().ends_with(end))
            {
                found.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn workflows() -> Vec<String> {
    let found = files(".github/workflows", &[".yml", ".yaml"]);
    assert!(!found.is_empty(), "there are no workflows");
    found
}

#[test]
fn what_must_stay_out_is_denied() {
    let deny = table("deny.toml");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let denied = deny["bans"]["deny"].as_array().unwrap();
    for name in BANNED {
        let found = denied.iter().find(|entry| text(&entry["crate"]) == name);
        let entry = found.unwrap_or_else(|| panic!("deny.toml does not deny {name}"));
        assert!(
            !text(&entry["reason"]).is_empty(),
            "deny.toml: why not {name}?"
        );
        assert!(
            entry.get("wrappers").is_none(),
            "deny.toml: {name} has an exception"
        );
    }
    assert_eq!(text(&deny["bans"]["wildcards"]), "deny");
    assert_eq!(text(&deny["sources"]["unknown-git"]), "deny");
    assert_eq!(text(&deny["sources"]["unknown-registry"]), "deny");
    assert_eq!(text(&deny["advisories"]["yanked"]), "deny");
    let ignored = deny["advisories"]["ignore"].as_array().unwrap();
    assert!(
        ignored.is_empty(),
        "an advisory is ignored: say why in SECURITY.md first"
    );
    assert!(deny["sources"].get("allow-git").is_none());
}

#[test]
fn every_crate_is_pinned_and_comes_from_the_registry() {
    for (path, own) in [
        ("Cargo.lock", &["leadbench"][..]),
        ("fuzz/Cargo.lock", &["leadbench", "leadbench-fuzz"][..]),
    ] {
        let lock = table(path);
        let packages = lock["package"].as_array().unwrap();
        assert!(
            packages.len() > 100,
            "{path} lists {} crates",
            packages.len()
        );
        for package in packages {
            let name = package["name"].as_str().unwrap();
            assert!(!BANNED.contains(&name), "{path}: {name} is banned");
            let source = package.get("source").and_then(Value::as_str);
            if own.contains(&name) && source.is_none() {
                continue;
            }
            assert_eq!(
                source,
                Some(REGISTRY),
                "{path}: {name} comes from elsewhere"
            );
            let sum = package.get("checksum").and_then(Value::as_str);
            assert_eq!(
                sum.map(str::len),
                Some(64),
                "{path}: {name} has no checksum"
            );
        }
    }
}

// What deny.toml allows with a wrapper, for whoever has no cargo-deny.
#[test]
fn only_goose_brings_another_http_client() {
    let lock = table("Cargo.lock");
    for package in lock["package"].as_array().unwrap() {
        let none = Vec::new();
        let needs = package.get("dependencies").and_then(Value::as_array);
        let mut needs = needs.unwrap_or(&none).iter().filter_map(Value::as_str);
        let needs_client = needs.any(|need| need.split(' ').next() == Some("reqwest"));
        let name = package["name"].as_str().unwrap();
        assert!(!needs_client || name == "goose", "{name} needs reqwest");
    }
}

/// What is wrong with a `uses:` of a workflow: it must be a whole commit, with its version beside.
fn fault_of_action(line: &str) -> Option<String> {
    let (_, used) = line.split_once("uses:")?;
    let used = used.trim();
    // leadbench's own action is named by its version, as users write it.
    let is_own = used.starts_with("./") || used.starts_with("leadbench/leadbench");
    if line.trim_start().starts_with('#') || is_own {
        return None;
    }
    let (action, version) = used.split_once(" # ").unwrap_or((used, ""));
    let commit = action
        .split_once('@')
        .map_or("", |(_, commit)| commit.trim());
    let is_commit = commit.len() == 40
        && commit
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let is_version = version
        .strip_prefix('v')
        .is_some_and(|version| version.split('.').count() == 3);
    match (is_commit, is_version) {
        (false, _) => Some(format!("{action} is not pinned to a commit")),
        (true, false) => Some(format!("{action} does not say `# vX.Y.Z`")),
        (true, true) => None,
    }
}

#[test]
fn every_action_is_pinned_to_a_commit() {
    let others = ["action.yml", "ci/comment/action.yml", "docs/CI.md"].map(str::to_owned);
    let example = files("docs/example/.github/workflows", &[".yml"]);
    for path in workflows().into_iter().chain(others).chain(example) {
        for line in read(&path).lines() {
            let fault = fault_of_action(line);
            assert_eq!(fault, None, "{path}");
        }
    }
    let pinned = "- uses: a/b@0123456789abcdef0123456789abcdef01234567";
    assert_eq!(fault_of_action(&format!("{pinned} # v4.1.0")), None);
    for bad in [
        pinned.to_owned(),
        format!("{pinned} # v4"),
        "- uses: a/b@v4".to_owned(),
        "- uses: a/b@main # v4.1.0".to_owned(),
        "uses: a/b@0123456789ABCDEF0123456789ABCDEF01234567 # v4.1.0".to_owned(),
        "uses: a/b".to_owned(),
    ] {
        assert!(fault_of_action(&bad).is_some(), "{bad}");
    }
}

#[test]
fn workflows_may_read_and_no_more() {
    for path in workflows() {
        let text = read(&path);
        let (_, rest) = text.split_once("\npermissions:\n").unwrap_or_default();
        let is_release = path.ends_with("release.yml");
        let granted: Vec<&str> = rest
            .lines()
            .take_while(|line| line.starts_with(' '))
            .map(str::trim)
            .collect();
        if is_release {
            the_release_writes_what_it_publishes(&text);
        } else {
            assert_eq!(granted, ["contents: read"], "{path}");
            assert_eq!(text.matches("permissions:").count(), 1, "{path}");
        }
        assert!(!text.contains("pull_request_target"), "{path}");
        assert!(!text.contains("secrets."), "{path}");
        let checkouts = text.matches("actions/checkout@").count();
        let forgotten = text.matches("persist-credentials: false").count();
        assert_eq!(
            checkouts, forgotten,
            "{path}: a checkout keeps its credentials"
        );
    }
}

/// Only the job that publishes may write to the repository, and only by hand it begins.
fn the_release_writes_what_it_publishes(text: &str) {
    assert!(text.contains("\non:\n  workflow_dispatch:\n"), "{text}");
    assert!(text.contains("\npermissions: {}\n"), "{text}");
    let mut jobs = text.split("\n    permissions:\n").skip(1).map(|job| {
        let granted = job.lines().take_while(|line| line.starts_with("      "));
        let granted = granted.filter_map(|line| line.trim().split(" #").next());
        granted.map(str::to_owned).collect::<Vec<_>>()
    });
    assert_eq!(jobs.next().unwrap(), ["contents: read"]);
    let published = ["contents: write", "id-token: write", "attestations: write"];
    assert_eq!(jobs.next().unwrap(), published);
    assert_eq!(jobs.next().unwrap(), ["contents: read", "packages: write"]);
    assert_eq!(jobs.next(), None);
}

/// Whether a line calls cargo without holding it to the lock file.
fn is_loose(line: &str) -> bool {
    let words: Vec<&str> = line
        .split(|c: char| c.is_whitespace() || "\"'`,;[]()".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    let called = words.windows(3).chain(words.windows(2)).any(|call| {
        let mut call = call.iter().copied();
        let is_cargo = call.next() == Some("cargo");
        let command = call.find(|word| !word.starts_with('+'));
        is_cargo && command.is_some_and(|word| COMMANDS.contains(&word))
    });
    // Without its dependencies, the metadata says nothing that a lock file could.
    let is_local = words.contains(&"metadata") && words.contains(&"--no-deps");
    let is_comment = line.trim_start().starts_with(['#', '/']);
    called && !is_local && !is_comment && !words.contains(&"--locked")
}

#[test]
fn every_call_of_cargo_keeps_to_the_lock_file() {
    let mut places = workflows();
    places.extend(files("scripts", &[".sh"]));
    places.extend(files("benches", &[".sh", ".py"]));
    places.extend(["justfile".to_owned(), ".ci/run".to_owned()]);
    let mut calls = 0;
    for path in places {
        for (index, line) in read(&path).lines().enumerate() {
            calls += usize::from(line.contains("--locked"));
            assert!(!is_loose(line), "{path}:{}: {line}", index + 1);
        }
    }
    assert!(calls > 20, "only {calls} calls of cargo were seen");
    for loose in [
        "      - run: cargo test",
        "cargo +1.88 check --lib",
        "build = [\"cargo\", \"build\", \"--release\"]",
        "cargo install cargo-deny",
        "RUSTDOCFLAGS=x cargo doc --no-deps",
    ] {
        assert!(is_loose(loose), "{loose}");
    }
    for kept in [
        "cargo fmt --check",
        "cargo test --locked",
        "cargo metadata --format-version 1 --no-deps",
        "# cargo test",
        "a cargo of tests",
    ] {
        assert!(!is_loose(kept), "{kept}");
    }
}
