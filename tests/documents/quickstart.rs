//! The outputs that docs/QUICKSTART.md quotes, against what the program prints.
//!
//! `...` on the page stands for lines that are left out; all other lines must follow one another as
//! they do on the page.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;

use tempfile::TempDir;

const PAGE: &str = include_str!("../../docs/QUICKSTART.md");

/// The commands whose outputs the page quotes.
const GENERATE: &str = "keys generate lead_signing";
const CHECK: &str = "check my-api.toml";
const PROBE: &str = "probe my-api.toml";
const REFUSED: &str = "run my-api.toml --set auth.audience=https://api.example.com/lead";
const RUN: &str = "run my-api.toml";
const BROKEN: &str = "run my-api.toml --duration 15s --set thresholds.latency.p99=\"< 20ms\"";

/// The summaries of the two runs that the page quotes, without the figures that their text lacks.
const RUN_SUMMARY: &str = include_str!("../fixtures/quickstart/run.json");
const BROKEN_SUMMARY: &str = include_str!("../fixtures/quickstart/broken.json");

/// What the page's API answers, as far as the page shows it.
const ACCEPTED: &str = "HTTP/1.1 201 Created\r\nserver: uvicorn\r\nserver-timing: total;dur=14.432\r\n\
                        connection: close\r\ncontent-length: 2\r\n\r\n{}";
const REFUSAL: &str = "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Bearer error=\"invalid_token\", \
                       error_description=\"Audience doesn't match\"\r\nconnection: close\r\n\
                       content-length: 2\r\n\r\n{}";

#[test]
fn the_key_pair_and_the_check_of_the_quickstart_print_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    assert_quoted(GENERATE, &call(&folder, GENERATE, &[]), str::to_owned);
    write_scenario(&folder);
    assert_quoted(CHECK, &call(&folder, CHECK, &[]), str::to_owned);
}

#[test]
fn the_callouts_of_the_quickstart_print_what_it_says_but_for_their_figures() {
    let folder = tempfile::tempdir().unwrap();
    call(&folder, GENERATE, &[]);
    write_scenario(&folder);
    for (command, answer) in [(PROBE, ACCEPTED), (REFUSED, REFUSAL)] {
        let said = call(&folder, command, &["--target", &api(answer)]);
        assert_quoted(command, &said, without_figures);
    }
}

// After a change of the words of reports, copy the lines again from `leadbench report` of these files.
#[test]
fn the_runs_of_the_quickstart_are_reported_as_it_says() {
    for (command, summary) in [(RUN, RUN_SUMMARY), (BROKEN, BROKEN_SUMMARY)] {
        let folder = tempfile::tempdir().unwrap();
        let run = "reports/my-api/20261128T200339Z";
        fs::create_dir_all(folder.path().join(run)).unwrap();
        fs::write(folder.path().join(run).join("summary.json"), summary).unwrap();
        assert_quoted(command, &call(&folder, "report", &[run]), str::to_owned);
    }
}

#[test]
fn every_output_of_the_quickstart_is_compared() {
    let commands = PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("$ leadbench "));
    let commands: Vec<_> = commands.collect();
    assert_eq!(commands, [GENERATE, CHECK, PROBE, REFUSED, RUN, BROKEN]);
}

/// Writes the scenario of the page, which is its first one.
fn write_scenario(folder: &TempDir) {
    let (_, after) = PAGE.split_once("```toml\n").unwrap();
    let (scenario, _) = after.split_once("```").unwrap();
    fs::write(folder.path().join("my-api.toml"), scenario).unwrap();
}

/// What a command prints, on stdout and then on stderr.
fn call(folder: &TempDir, command: &str, more: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_leadbench"))
        .args(command.split(' ').chain(more.iter().copied()))
        .current_dir::<&Path>(folder.path())
        .env_remove("LEADBENCH_KEYS")
        .env_remove("GITHUB_ACTIONS")
        .output()
        .unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// The URL of an API that gives this answer to every request.
fn api(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            serve(&stream.unwrap(), answer);
        }
    });
    format!("http://{address}/leads")
}

/// Reads one request to its end, and answers it.
fn serve(mut stream: &TcpStream, answer: &str) {
    let mut request = BufReader::new(stream);
    let mut body_bytes = 0;
    loop {
        let mut line = String::new();
        if request.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if let Some(length) = line.strip_prefix("content-length: ") {
            body_bytes = length.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    request.read_exact(&mut vec![0; body_bytes]).unwrap();
    stream.write_all(answer.as_bytes()).unwrap();
}

/// Fails unless the page quotes what was said; `shape` makes of a line what is compared.
#[track_caller]
fn assert_quoted(command: &str, said: &str, shape: fn(&str) -> String) {
    let (_, after) = PAGE
        .split_once(&format!("$ leadbench {command}\n"))
        .unwrap();
    let (quoted, _) = after.split_once("```").unwrap();
    let quoted: Vec<&str> = quoted.lines().collect();
    let lines: Vec<String> = said.trim_end().lines().map(shape).collect();
    let mut rest = lines.as_slice();
    let mut is_adjacent = true;
    for part in quoted.split(|line| *line == "...") {
        let part: Vec<String> = part.iter().map(|line| shape(line)).collect();
        let place = (0..=rest.len()).find(|&place| rest[place..].starts_with(&part));
        let Some(place) = place.filter(|&place| place == 0 || !is_adjacent) else {
            panic!("`leadbench {command}` does not print {part:#?} there, but:\n{said}");
        };
        rest = &rest[place + part.len()..];
        is_adjacent = false;
    }
    let is_whole = rest.is_empty() || quoted.last() == Some(&"...");
    assert!(
        is_whole,
        "`leadbench {command}` also prints {rest:#?}; write `...` for it"
    );
}

/// A line with `#` for each digit or row of digits, without units of time, and with single spaces.
fn without_figures(line: &str) -> String {
    let is_unit = |word: &&str| ["ns", "µs", "ms", "s"].contains(word);
    let words: Vec<&str> = line
        .split_whitespace()
        .filter(|word| !is_unit(word))
        .collect();
    let mut shape = String::new();
    for sign in words.join(" ").chars() {
        match sign {
            '0'..='9' if shape.ends_with('#') => {}
            '0'..='9' => shape.push('#'),
            sign => shape.push(sign),
        }
    }
    // A figure may have decimals or not: `35.1` and `129`.
    shape.replace("#.#", "#")
}
