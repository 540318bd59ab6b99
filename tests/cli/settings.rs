//! Settings from outside a scenario: secrets that nothing shows, variables, files, overlays.

use std::fs;

use crate::fault_server::FaultServer;
use crate::faults::CREATED;
use crate::support::{Bench, Going, Ran, ask, eventually, finish, read_json};

/// In every secret here, and in nothing that is said or written.
const CANARY: &str = "canary";

/// A scenario with a secret of each sort.
fn scenario(bench: &Bench, url: &str) -> String {
    bench.write("secrets/api-key", "canary-in-a-file\n");
    let text = format!(
        "schema = 1\nname = \"settings\"\n\
         [target]\nurl = \"{url}?sig=canary-in-a-query\"\n\
         [target.request.headers]\n\
         X-Literal = \"canary-in-a-header\"\n\
         X-Env = {{ env = \"LEADBENCH_TEST_KEY\" }}\n\
         X-File = {{ file = \"secrets/api-key\" }}\n\
         [auth]\nsource = \"external-credential\"\nkey = \"lead_signing\"\n\
         issuer = \"acme\"\nsubject = {{ secret = \"canary-of-a-subject\" }}\naudience = \"api\"\n\
         [[load]]\nkind = \"rate\"\nrate = \"20/s\"\nfor = \"400ms\"\n"
    );
    bench.write("settings.toml", &text).display().to_string()
}

#[track_caller]
fn call(bench: &Bench, words: &[&str]) -> Ran {
    let mut command = bench.command(words);
    command.env("LEADBENCH_TEST_KEY", "canary-in-a-variable");
    finish(command)
}

/// Searches all that a command said, and all that is in its folder but its inputs.
#[track_caller]
fn assert_no_canary(bench: &Bench, ran: &Ran) {
    for (what, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        assert!(!text.contains(CANARY), "in {what}: {ran:#?}");
    }
    for path in bench.files_written() {
        let is_input = path.ends_with("settings.toml")
            || path.ends_with("staging.toml")
            || path.ends_with("secrets/api-key");
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        assert!(is_input || !text.contains(CANARY), "in {}", path.display());
    }
}

/// An API that repeats all that it is sent in what it refuses.
fn echoing() -> FaultServer {
    FaultServer::start(|conversation| {
        while let Some(request) = conversation.request() {
            let body = String::from_utf8_lossy(&request.bytes).replace(['\r', '\n'], " ");
            let head = format!(
                "HTTP/1.1 403 Forbidden\r\nLocation: /?{}\r\nContent-Length: {}\r\n\r\n",
                &body[..body.len().min(2_000)],
                body.len()
            );
            if !conversation.say((head + &body).as_bytes()) {
                return;
            }
        }
    })
}

#[test]
fn what_a_setting_keeps_secret_is_sent_and_shown_nowhere() {
    let server = FaultServer::start(|conversation| {
        while let Some(request) = conversation.request() {
            let head = String::from_utf8_lossy(&request.bytes).to_ascii_lowercase();
            for field in [
                "x-literal: canary-in-a-header",
                "x-env: canary-in-a-variable",
                "x-file: canary-in-a-file",
                "x-set: canary-in-a-flag",
                "?sig=canary-in-a-query",
            ] {
                assert!(head.contains(field), "{head}");
            }
            if !conversation.say(CREATED.as_bytes()) {
                return;
            }
        }
    });
    let bench = Bench::new();
    let path = scenario(&bench, &server.url());
    let set = "target.request.headers.X-Set=\"canary-in-a-flag\"";
    let ran = call(
        &bench,
        &[
            "run",
            &path,
            "--set",
            set,
            "--ui",
            "none",
            "--json",
            "--log-callouts",
            "calls.log",
        ],
    );
    assert_no_canary(&bench, &ran);
    ran.ends_with_unless_busy(0);
    assert!(!server.seen(|seen| seen.leads.is_empty()));
    let summary = read_json(&bench.folder().join("summary.json"));
    assert_eq!(summary["run"]["overrides"][0]["value"], "REDACTED");
    for command in ["check", "token", "probe", "doctor"] {
        let ran = call(&bench, &[command, &path, "--set", set]);
        assert_no_canary(&bench, &ran);
        ran.ends_with(0);
    }
    let ran = call(&bench, &["run", &path, "--dry-run", "--set", set]);
    assert_no_canary(&bench, &ran);
    ran.ends_with(0);
    let folder = bench.folder().display().to_string();
    for command in ["report", "history"] {
        let ran = call(&bench, &[command, &folder]);
        assert_no_canary(&bench, &ran);
    }
}

#[test]
fn an_api_that_repeats_what_it_is_sent_tells_no_secret() {
    let server = echoing();
    let bench = Bench::new();
    let path = scenario(&bench, &server.url());
    for more in [
        &["run", "--ui", "none"][..],
        &["run", "--ui", "none", "--no-preflight"],
        &[
            "run",
            "--ui",
            "plain",
            "--no-preflight",
            "--no-early-stop",
            "--verbose",
        ],
        &["probe"],
        &["doctor"],
    ] {
        let ran = call(&bench, &[&more[..1], &[&path], &more[1..]].concat());
        assert_no_canary(&bench, &ran);
        assert_ne!(ran.status.code(), Some(0));
    }
}

// Each fault has its secret on the line that an error shows.
#[test]
fn an_error_does_not_quote_the_secret_on_its_line() {
    let bench = Bench::new();
    let path = scenario(&bench, "http://127.0.0.1:9/leads");
    for set in [
        "target.request.headers.X-Bad=\"canary\u{e9}-not-ascii\"",
        "target.request.headers.Host=\"canary-of-a-host\"",
        "auth.exchange={ url = \"http://127.0.0.1:9/\", form = \"client_secret=canary-in-a-form\" }",
    ] {
        let ran = call(&bench, &["check", &path, "--set", set]).ends_with(3);
        assert_no_canary(&bench, &ran);
        assert!(
            ran.stderr.contains("hint") || ran.stderr.contains("header"),
            "{ran:#?}"
        );
    }
}

#[test]
fn what_is_not_there_is_told_at_its_place() {
    let bench = Bench::new();
    let path = scenario(&bench, "http://127.0.0.1:9/leads");
    let ran = bench.call(&["check", &path]).ends_with(3);
    ran.says("settings.toml:7:9")
        .says("LEADBENCH_TEST_KEY is not set")
        .says("export LEADBENCH_TEST_KEY=");
    fs::remove_file(bench.path("secrets/api-key")).unwrap();
    call(&bench, &["check", &path])
        .ends_with(3)
        .says("settings.toml:8:10")
        .says("secrets/api-key");
    let set = "target.url=\"${STAGING_URL}\"";
    call(&bench, &["check", &path, "--set", set])
        .ends_with(3)
        .says("is not replaced")
        .says("{ env = \"STAGING_URL\" }");
}

#[test]
fn an_overlay_is_merged_key_by_key_and_named_where_it_is_wrong() {
    let bench = Bench::new();
    let server = FaultServer::answering(CREATED);
    let path = scenario(&bench, "http://127.0.0.1:9/leads");
    let overlay = format!(
        "[target]\nurl = \"{}\"\n[target.request.headers]\nX-Env = \"canary-of-staging\"\n\
         [[load]]\nkind = \"rate\"\nrate = \"10/s\"\nfor = \"300ms\"\n",
        server.url()
    );
    bench.write("staging.toml", &overlay);
    let words = [
        "run",
        &path,
        "--with",
        "staging.toml",
        "--json",
        "--ui",
        "none",
    ];
    let ran = call(&bench, &words);
    assert_no_canary(&bench, &ran);
    let ran = ran.ends_with_unless_busy(0);
    let run = &ran.summary()["run"];
    assert_eq!(run["overlays"][0]["file"], "staging.toml");
    assert_eq!(run["overlays"][0]["sha256"].as_str().unwrap().len(), 64);
    assert!(
        run["load"]["description"]
            .as_str()
            .unwrap()
            .starts_with("10/s")
    );
    bench.write("wrong.toml", "[target]\ntimout = \"1s\"\n");
    call(&bench, &["check", &path, "--with", "wrong.toml"])
        .ends_with(3)
        .says("wrong.toml:2:1")
        .says("did you mean `timeout`?");
}

// What is served while the run goes on has none either.
#[test]
fn the_live_page_tells_no_secret() {
    let server = FaultServer::answering(CREATED);
    let bench = Bench::new();
    let path = scenario(&bench, &server.url());
    let words = [
        "run",
        &path,
        "--ui",
        "none",
        "--serve",
        "0",
        "--duration",
        "3s",
    ];
    let mut command = bench.command(&words);
    let said = bench.path("said");
    command.env("LEADBENCH_TEST_KEY", "canary-in-a-variable");
    command.stderr(fs::File::create(&said).unwrap());
    let going = Going::spawn(command);
    let mut address = String::new();
    eventually("it says where it is watched", || {
        let text = fs::read_to_string(&said).unwrap();
        let at = text
            .split_once("http://")
            .and_then(|(_, rest)| rest.split_once("/\n"));
        address = at.map_or_else(String::new, |(address, _)| address.to_owned());
        !address.is_empty()
    });
    for path in ["/", "/summary.json"] {
        eventually("it is served", || {
            ask(&address, "GET", path).is_ok_and(|page| {
                assert!(!page.contains(CANARY), "{page}");
                page.contains("settings")
            })
        });
    }
    let ran = going.end();
    assert_no_canary(&bench, &ran);
}

// An Id that an API makes of what it was sent, and a sample of an answer without one.
#[test]
fn an_id_that_repeats_a_secret_is_written_nowhere() {
    let server = FaultServer::start(|conversation| {
        while let Some(request) = conversation.request() {
            let text = String::from_utf8_lossy(&request.bytes).to_ascii_lowercase();
            let (_, rest) = text.split_once("x-env: ").unwrap();
            let value = rest.lines().next().unwrap();
            let body = format!("{{\"id\":\"p-{value}\"}}");
            let head = "HTTP/1.1 201 Created\r\nContent-Length:";
            let answer = format!("{head} {}\r\n\r\n{body}", body.len());
            if !conversation.say(answer.as_bytes()) {
                return;
            }
        }
    });
    let bench = Bench::new();
    let path = scenario(&bench, &server.url());
    for pointer in ["id", "nowhere"] {
        let set = format!("target.request.created_id=\"{pointer}\"");
        let ran = call(&bench, &["run", &path, "--set", &set, "--ui", "none"]);
        assert_no_canary(&bench, &ran);
        let warned = fs::read_dir(bench.path("reports/settings"))
            .unwrap()
            .count();
        assert!(warned > 0);
    }
}
