//! The architecture as a test: who may import whom, and what the documents must list.
//!
//! The tables below are the ones that ARCHITECTURE.md explains. Sources are read as text,
//! with comments, strings and test modules blanked out, so nothing here slows a build.
//! Three absences matter more than the rest: `target` never uses `token`, so that a bug in
//! minting cannot hide itself; `engine` never sees `report`; `report` never sees `engine`.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test of the sources reads the sources, and a file it cannot read is a failure"
)]

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A room, and the rooms that it may name beside itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("phase", &[]),
    ("statistics", &["units"]),
    ("clock", &["units"]),
    ("secret", &[]),
    ("ids", &["units"]),
    ("plan", &["units", "phase", "secret"]),
    ("sample", &["units", "phase", "plan"]),
    ("summary", &["units", "phase", "plan"]),
    ("scenario", &["units", "phase", "secret", "ids", "plan"]),
    ("metadata", &[]),
    ("keys", &["units"]),
    ("token", &["units", "clock", "secret", "plan", "keys"]),
    ("lead", &["units", "ids", "plan"]),
    ("client", &["units", "clock", "secret", "sample"]),
    (
        "engine",
        &[
            "units", "phase", "clock", "secret", "plan", "sample", "token", "lead", "client",
            "record",
        ],
    ),
    (
        "record",
        &["units", "phase", "statistics", "plan", "sample", "summary"],
    ),
    ("compare", &["units", "phase", "statistics", "summary"]),
    ("history", &["units", "phase", "statistics", "summary"]),
    ("report", &["units", "phase", "summary"]),
    ("live", &["summary", "report"]),
    ("target", &["units", "secret", "keys"]),
    ("machine", &["units", "summary", "record"]),
    (
        "runner",
        &[
            "units", "phase", "clock", "secret", "plan", "sample", "summary", "keys", "token",
            "lead", "client", "engine", "record", "target", "machine",
        ],
    ),
    (
        "cli",
        &[
            "units", "phase", "ids", "clock", "secret", "plan", "sample", "summary", "scenario",
            "metadata", "keys", "token", "lead", "client", "engine", "record", "compare",
            "history", "report", "live", "target", "machine", "runner",
        ],
    ),
    // The crate's two roots.
    ("lib", &[]),
    ("main", &["cli"]),
];

/// A crate that only some places may name: a room, or one file of a room.
const OWNERS: &[(&str, &[&str])] = &[
    ("anstream", &["cli"]),
    ("anyhow", &["cli", "runner"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    (
        "csv",
        &["metadata/callouts", "report", "scenario/trace_file"],
    ),
    ("ctrlc", &["cli"]),
    ("fake", &["lead"]),
    ("flate2", &["client/body_capture", "record/log_row"]),
    (
        "form_urlencoded",
        &["scenario/exchange_file", "scenario/secret_places", "target"],
    ),
    ("glob", &["cli"]),
    ("goose", &["engine/closed"]),
    ("hdrhistogram", &["record"]),
    ("http_body_util", &["client", "live", "target"]),
    ("hyper", &["client", "live", "target"]),
    ("hyper_util", &["client", "live", "target"]),
    ("indicatif", &["cli"]),
    ("jsonwebtoken", &["target"]),
    ("libm", &["engine"]),
    ("minijinja", &["report"]),
    ("nix", &["client/socket"]),
    ("p12_keystore", &["keys"]),
    ("pem", &["keys"]),
    ("pkcs8", &["keys"]),
    ("prometheus_client", &["report"]),
    ("quick_junit", &["report"]),
    ("ratatui", &["cli"]),
    ("rcgen", &["keys"]),
    ("regex_lite", &["client", "runner", "scenario"]),
    ("roxmltree", &["metadata"]),
    ("rustls_native_certs", &["client"]),
    ("signal_hook", &["cli"]),
    ("statrs", &["statistics"]),
    ("tokio_rustls", &["client"]),
    ("toml", &["scenario"]),
    ("ureq", &["cli"]),
    ("x509_parser", &["client/tls/peer", "keys"]),
];

#[test]
fn a_room_names_only_the_rooms_of_its_row() {
    let sources = sources();
    let faults: Vec<_> = sources.iter().flat_map(import_faults).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_room_has_a_row_and_every_row_a_room() {
    let sources = sources();
    for source in &sources {
        assert!(
            row(source.room()).is_some(),
            "{}: the room `{}` has no row in tests/tidy.rs",
            source.path,
            source.room()
        );
    }
    for (room, _) in ROOMS {
        assert!(
            sources.iter().any(|source| source.room() == *room),
            "the row `{room}` in tests/tidy.rs has no room under src"
        );
    }
}

#[test]
fn a_crate_is_named_only_where_it_is_owned() {
    let sources = sources();
    let faults: Vec<_> = sources.iter().flat_map(owner_faults).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

// A crate that left Cargo.toml must leave the table too, or the table turns into folklore.
#[test]
fn every_owned_crate_is_a_dependency() {
    let manifest = read("Cargo.toml");
    for (name, _) in OWNERS {
        let listed = manifest
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .any(|(dependency, _)| dependency.replace('-', "_") == *name);
        assert!(
            listed,
            "tests/tidy.rs names an owner for `{name}`, which Cargo.toml does not list"
        );
    }
}

#[test]
fn no_module_file_is_called_mod() {
    for source in sources() {
        assert!(
            !source.path.ends_with("/mod.rs"),
            "{}: name it after its folder instead",
            source.path
        );
    }
}

#[test]
fn every_source_begins_with_its_contract() {
    for source in sources() {
        assert!(
            source.text.starts_with("//!"),
            "{}: the first line must be a `//!` sentence",
            source.path
        );
    }
}

#[test]
fn every_dependency_says_why() {
    let manifest = read("Cargo.toml");
    let mut section = "";
    for (index, line) in manifest.lines().enumerate() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
            assert!(
                !section.contains("dependencies."),
                "Cargo.toml:{}: write a dependency as one line",
                index + 1
            );
        } else if section.ends_with("dependencies") && line.contains(" = ") {
            let why = line.rsplit_once("  # ").map_or("", |(_, why)| why.trim());
            assert!(
                !why.is_empty(),
                "Cargo.toml:{}: add `  # why` to {line:?}",
                index + 1
            );
        }
    }
}

#[test]
fn the_changelog_begins_with_what_is_unreleased() {
    let changelog = read("CHANGELOG.md");
    let first = changelog.lines().find(|line| line.starts_with("## "));
    assert_eq!(first, Some("## Unreleased"));
}

#[test]
fn the_readme_lists_every_subcommand() {
    let readme = read("README.md");
    let commands = subcommands();
    assert!(!commands.is_empty(), "`--help` names no commands");
    for command in commands {
        let (alone, with_arguments) = (format!("| `{command}` |"), format!("| `{command} "));
        assert!(
            readme
                .lines()
                .any(|line| line.starts_with(&alone) || line.starts_with(&with_arguments)),
            "README.md: the table of commands has no row for `{command}`"
        );
    }
}

#[test]
fn the_readme_lists_every_exit_code() {
    let readme = read("README.md");
    for code in exit_codes() {
        assert!(
            readme
                .lines()
                .any(|line| line.starts_with(&format!("| {code} |"))),
            "README.md: the table of exit codes has no row for {code}"
        );
    }
}

// The scanner is the judge above, so it is judged too: each way to name a room is seen,
// and what only looks like one is not.
#[test]
fn the_scanner_sees_every_way_to_name_a_room() {
    let faulty = [
        "use crate::report;",
        "use crate::{\n    units::{self, Rate},\n    report::{html, console},\n};",
        "fn f() { crate::report::render(); }",
        "fn f() -> Vec<crate::report::Html> { todo() }",
        "use super::report::Html;",
        "pub(crate) use leadbench::report as other;",
        "#[cfg(test)]\nmod tests { use crate::report; }\nuse crate::report;",
        "const C: char = '\"'; use crate::report; const D: char = '\"';",
        "fn f<'a>(_: &'a str) { crate::report::x() }",
    ];
    for text in faulty {
        let faults = import_faults(&Source::new("src/engine.rs", text));
        assert!(
            faults.iter().any(|fault| fault.contains("`report`")),
            "{text}"
        );
    }
    let clean = [
        "// use crate::report;",
        "/* crate::report /* crate::report */ crate::report */",
        "const S: &str = \"crate::report\";",
        "const S: &[u8] = br#\"say \"crate::report\" \"#;",
        "const S: &str = r#\"say \"crate::report\" \"#;",
        "#[cfg(test)]\nmod tests { fn f() { crate::report::x() } }",
        "use crate::{plan::Plan, engine::open};",
        "use self::report::Thing;",
        "fn f() -> impl Sized + use<'static> {}",
        "use other::report;",
    ];
    for text in clean {
        let faults = import_faults(&Source::new("src/engine.rs", text));
        assert!(faults.is_empty(), "{text}\n{}", faults.join("\n"));
    }
}

#[test]
fn the_scanner_tells_a_crate_from_a_module_of_the_same_name() {
    let judge = |path: &str, text: &str| owner_faults(&Source::new(path, text)).len();
    assert_eq!(judge("src/engine/open.rs", "use goose::prelude::*;"), 1);
    assert_eq!(judge("src/engine/closed.rs", "use goose::prelude::*;"), 0);
    assert_eq!(
        judge("src/engine/closed/user.rs", "use goose::prelude::*;"),
        0
    );
    assert_eq!(
        judge("src/lead.rs", "fn f(_: ::hyper::body::Incoming) {}"),
        1
    );
    assert_eq!(
        judge("src/lead.rs", "use {serde::Serialize, hyper as h};"),
        1
    );
    assert_eq!(
        judge("src/plan.rs", "#[derive(clap::Parser)] struct Args {}"),
        1
    );
    assert_eq!(
        judge(
            "src/cli/keys.rs",
            "use crate::keys::pem; fn f() { pem::x() }"
        ),
        0
    );
    assert_eq!(judge("src/report.rs", "mod csv; fn f() { csv::x() }"), 0);
}

/// One file under `src`, as the checks see it.
struct Source {
    /// Relative to the repository, with `/`.
    path: String,
    text: String,
    tokens: Vec<Token>,
}

/// An identifier, `::`, or any other character that is no space.
struct Token {
    text: String,
    line: usize,
}

/// A path as it was written, whole: `crate::plan::Plan`.
struct Named {
    segments: Vec<String>,
    line: usize,
    /// What it is called in this file, where a `use` brought it in.
    bound: Option<String>,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let code = without_tests(&code_only(text));
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            tokens: tokens(&code),
        }
    }

    /// The file within `src`, without its ending: `engine/closed`.
    fn module(&self) -> &str {
        self.path.trim_start_matches("src/").trim_end_matches(".rs")
    }

    fn room(&self) -> &str {
        self.module().split('/').next().unwrap()
    }

    /// Every path in the file, `use` trees unfolded.
    fn paths(&self) -> Vec<Named> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            if self.tokens[at].text == "use" {
                at = self.use_tree(at + 1, &[], &mut found);
            } else if self.tokens[at].is_name() || self.tokens[at].text == "::" {
                at = self.plain_path(at, &mut found);
            } else {
                at += 1;
            }
        }
        found
    }

    /// Reads one branch of a `use` and returns the place after it.
    fn use_tree(&self, mut at: usize, prefix: &[String], found: &mut Vec<Named>) -> usize {
        let line = self.tokens[at.min(self.tokens.len() - 1)].line;
        let mut segments = prefix.to_vec();
        let mut alias = None;
        while let Some(token) = self.tokens.get(at) {
            match token.text.as_str() {
                "::" | "*" => at += 1,
                "{" => {
                    at += 1;
                    while self.tokens.get(at).is_some_and(|t| t.text != "}") {
                        let before = at;
                        at = self.use_tree(at, &segments, found);
                        at += usize::from(self.tokens.get(at).is_some_and(|t| t.text == ","));
                        assert!(at > before, "{}:{}: odd `use`", self.path, token.line);
                    }
                    return at + 1;
                }
                "as" => {
                    alias = self.tokens.get(at + 1).map(|t| t.text.clone());
                    at += 2;
                }
                _ if token.is_name() => {
                    segments.push(token.text.clone());
                    at += 1;
                }
                _ => break,
            }
        }
        // `impl Trait + use<'a>` brings nothing in.
        if segments.is_empty() {
            return at;
        }
        let bound = alias.or_else(|| segments.iter().rfind(|s| *s != "self").cloned());
        found.push(Named {
            segments,
            line,
            bound,
        });
        at
    }

    /// Reads `a::b::c` outside a `use` and returns the place after it.
    fn plain_path(&self, mut at: usize, found: &mut Vec<Named>) -> usize {
        let line = self.tokens[at].line;
        // `Vec::<T>::new` goes on after its generics with `::new`, which names no crate.
        let goes_on = self.tokens[at].text == "::" && at > 0 && self.tokens[at - 1].text == ">";
        let mut segments = Vec::new();
        if self.tokens[at].text == "::" {
            at += 1;
        }
        while let Some(token) = self.tokens.get(at).filter(|t| t.is_name()) {
            segments.push(token.text.clone());
            at += 1;
            match self.tokens.get(at) {
                Some(next) if next.text == "::" => at += 1,
                _ => break,
            }
        }
        if segments.len() > 1 && !goes_on {
            found.push(Named {
                segments,
                line,
                bound: None,
            });
        }
        at
    }

    /// The room that a path leads to, if it leads to one.
    fn room_named(&self, path: &Named) -> Option<String> {
        let mut module: Vec<&str> = match self.room() {
            "lib" | "main" => Vec::new(),
            _ => self.module().split('/').collect(),
        };
        let mut segments = path.segments.iter().map(String::as_str).peekable();
        match segments.peek().copied() {
            Some("crate" | "leadbench") => {
                module.clear();
                segments.next();
            }
            Some("self" | "super") => {
                while let Some(step @ ("self" | "super")) = segments.peek().copied() {
                    if step == "super" {
                        module.pop();
                    }
                    segments.next();
                }
            }
            _ => return None,
        }
        module
            .first()
            .copied()
            .or_else(|| segments.next())
            .map(str::to_owned)
    }
}

impl Token {
    fn is_name(&self) -> bool {
        self.text
            .starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

fn row(room: &str) -> Option<&'static [&'static str]> {
    ROOMS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, allowed)| *allowed)
}

fn import_faults(source: &Source) -> Vec<String> {
    let room = source.room();
    let allowed = row(room).unwrap_or_default();
    let mut faults = Vec::new();
    for path in source.paths() {
        let Some(named) = source.room_named(&path) else {
            continue;
        };
        if row(&named).is_some() && named != room && !allowed.contains(&named.as_str()) {
            faults.push(format!(
                "{}:{}: `{room}` names `{named}`; it may name {}",
                source.path,
                path.line,
                listed(allowed)
            ));
        }
    }
    faults
}

fn owner_faults(source: &Source) -> Vec<String> {
    let paths = source.paths();
    let mut faults = Vec::new();
    for (name, owners) in OWNERS {
        let is_owner = owners.iter().any(|owner| {
            source.module() == *owner || source.module().starts_with(&format!("{owner}/"))
        });
        if is_owner || is_own_name(source, &paths, name) {
            continue;
        }
        let named = paths.iter().filter(|path| path.segments[0] == *name);
        faults.extend(named.map(|path| {
            format!(
                "{}:{}: names the crate `{name}`, which belongs to {}",
                source.path,
                path.line,
                owners.join(" and ")
            )
        }));
    }
    faults
}

/// Whether the file has a module of its own by this name, so that `name::` is no crate.
fn is_own_name(source: &Source, paths: &[Named], name: &str) -> bool {
    let declared = source
        .tokens
        .windows(2)
        .any(|pair| pair[0].text == "mod" && pair[1].text == name);
    let imported = paths.iter().any(|path| {
        path.bound.as_deref() == Some(name)
            && matches!(path.segments[0].as_str(), "crate" | "self" | "super")
    });
    declared || imported
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => "no other room".to_owned(),
        names => format!("only {}", names.join(", ")),
    }
}

/// Blanks out comments, strings and characters; lines stay where they are.
fn code_only(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match &bytes[at..] {
            [b'/', b'/', ..] => at + text[at..].find('\n').unwrap_or(text.len() - at),
            [b'/', b'*', ..] => end_of_block_comment(bytes, at),
            [b'r', b'"' | b'#', ..] if !is_word(bytes, at) => end_of_raw_string(text, at),
            [b'"', ..] => end_of_quoted(bytes, at, b'"'),
            // A lifetime has no closing quote one character on.
            [b'\'', b'\\', ..] => end_of_quoted(bytes, at, b'\''),
            [b'\'', ..] => end_of_char(text, at),
            _ => at,
        };
        blank(&mut code, at..end);
        at = end.max(at + 1);
    }
    String::from_utf8_lossy(&code).into_owned()
}

/// Whether the byte before this place belongs to a word, so that `r` is no prefix here.
fn is_word(bytes: &[u8], at: usize) -> bool {
    match &bytes[..at] {
        [] => false,
        // `br"..."` is a raw string all the same.
        [before @ .., b'b'] => is_word(bytes, before.len()),
        [.., last] => last.is_ascii_alphanumeric() || *last == b'_',
    }
}

fn end_of_block_comment(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn end_of_raw_string(text: &str, start: usize) -> usize {
    let hashes = text[start + 1..].chars().take_while(|c| *c == '#').count();
    let open = start + 1 + hashes;
    if text.as_bytes().get(open) != Some(&b'"') {
        // `r#type` is a name.
        return start;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    text[open + 1..]
        .find(&close)
        .map_or(text.len(), |length| open + 1 + length + close.len())
}

fn end_of_quoted(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != quote {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

fn end_of_char(text: &str, start: usize) -> usize {
    let mut rest = text[start + 1..].char_indices().skip(1);
    match rest.next() {
        Some((length, '\'')) => start + 1 + length + 1,
        _ => start,
    }
}

fn blank(code: &mut [u8], range: Range<usize>) {
    for byte in &mut code[range] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// Blanks out `#[cfg(test)] mod name { ... }`: a test may use any room.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut bytes = code.as_bytes().to_vec();
    for (start, _) in code.match_indices(MARK) {
        let item = code[start + MARK.len()..].trim_start();
        let begins = code.len() - item.len();
        if !item.starts_with("mod ") {
            continue;
        }
        let Some(open) = item
            .find(['{', ';'])
            .filter(|at| item[*at..].starts_with('{'))
        else {
            continue;
        };
        let mut depth = 0_usize;
        for (at, byte) in item.bytes().enumerate().skip(open) {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                blank(&mut bytes, start..begins + at + 1);
                break;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (index, mut rest) in code.lines().enumerate() {
        let line = index + 1;
        while let Some(first) = rest.chars().next() {
            let length = if first.is_alphanumeric() || first == '_' {
                rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            let (text, after) = rest.split_at(length);
            if !text.trim().is_empty() {
                tokens.push(Token {
                    text: text.to_owned(),
                    line,
                });
            }
            rest = after;
        }
    }
    tokens
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| format!("{path}: {error}"))
}

/// Every Rust file under `src`, files of test modules left out.
fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    collect(&root().join("src"), &mut files);
    files.sort();
    let mut sources = Vec::new();
    for file in files {
        let path = file.strip_prefix(root()).unwrap().to_str().unwrap();
        let text = fs::read_to_string(&file).unwrap();
        sources.push(Source::new(&path.replace('\\', "/"), &text));
    }
    let tests: Vec<_> = sources.iter().flat_map(test_files).collect();
    sources.retain(|source| !tests.contains(&source.path));
    assert!(!sources.is_empty(), "there is nothing under src");
    sources
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

/// The files that `#[cfg(test)] mod name;` declares.
fn test_files(source: &Source) -> Vec<String> {
    let words: Vec<&str> = source.tokens.iter().map(|t| t.text.as_str()).collect();
    words
        .windows(10)
        .filter_map(|window| match window {
            ["#", "[", "cfg", "(", "test", ")", "]", "mod", name, ";"] => Some(*name),
            _ => None,
        })
        .map(|name| match source.module() {
            "lib" | "main" => format!("src/{name}.rs"),
            module => format!("src/{module}/{name}.rs"),
        })
        .collect()
}

/// The commands that the binary itself lists, `help` left out.
fn subcommands() -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_leadbench"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    help.lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.trim().is_empty())
        // A wrapped description goes on further to the right.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .map(str::to_owned)
        .collect()
}

/// The numbers of `Code::number`, and 2, which is clap's own.
fn exit_codes() -> Vec<String> {
    let source = read("src/cli/exit.rs");
    let body = source.split("fn number(").nth(1).unwrap_or_default();
    let body = body.split("impl ").next().unwrap_or_default();
    let mut codes: Vec<String> = body
        .lines()
        .filter_map(|line| line.trim().trim_end_matches(',').split_once(" => "))
        .map(|(_, number)| number.to_owned())
        .collect();
    assert!(
        codes.len() > 1,
        "src/cli/exit.rs: `Code::number` has no arms"
    );
    codes.push("2".to_owned());
    codes
}
