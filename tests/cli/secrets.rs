//! No key and no token in anything that is written or said, whatever happens.

use std::fs;

use crate::fault_server::FaultServer;
use crate::support::{Bench, Going, KEY, LOAD_ALONE, Ran, SMOKE, TargetProcess, ask, eventually};

const BRIEF: [&str; 4] = ["--rate", "50/s", "--duration", "400ms"];

/// A compact JWS in a text: three parts of base64url, the first a JSON object.
pub(crate) fn token_in(text: &str) -> Option<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    text.match_indices("eyJ").find_map(|(place, _)| {
        let candidate = &text[place..];
        let end = candidate
            .find(|c| !is_part(c) && c != '.')
            .unwrap_or(candidate.len());
        let mut parts = candidate[..end].split('.');
        let is_token = (0..3).all(|_| parts.next().is_some_and(|part| part.len() > 8));
        is_token.then_some(&candidate[..end])
    })
}

#[track_caller]
fn assert_clean(what: &str, text: &str) {
    // The first line is the same for every RSA key, and says nothing.
    assert_lacks_key_from(1, what, text);
}

/// The same of a public key: the modulus takes the first seven lines of the private one
/// (RFC 8017, appendix A.1.2), and is in every key set.
#[track_caller]
fn assert_public(what: &str, text: &str) {
    assert_lacks_key_from(7, what, text);
}

#[track_caller]
fn assert_lacks_key_from(first: usize, what: &str, text: &str) {
    assert_eq!(token_in(text), None, "a token in {what}");
    assert!(!text.contains("PRIVATE KEY"), "a private key in {what}");
    let lines = KEY.lines().filter(|line| !line.starts_with("-----"));
    for line in lines.skip(first) {
        assert!(!text.contains(line), "a line of the private key in {what}");
    }
}

/// Searches all that a command said and all that is in its folder, the keys apart.
#[track_caller]
fn assert_keeps_secrets(bench: &Bench, ran: &Ran) {
    assert_clean("stdout", &ran.stdout);
    assert_clean("stderr", &ran.stderr);
    for path in bench.files_written() {
        let bytes = fs::read(&path).unwrap();
        assert_clean(
            &path.display().to_string(),
            &String::from_utf8_lossy(&bytes),
        );
    }
}

#[test]
fn the_search_itself_finds_a_token() {
    let bench = Bench::new();
    let ran = bench.call(&["token", SMOKE, "--reveal"]).ends_with(0);
    let token = ran.stdout.trim();
    assert_eq!(
        token_in(&format!("{{\"got\": \"Bearer {token}\"}}")),
        Some(token)
    );
    assert_eq!(token_in("eyJhbGciOiJ is cut short"), None);
}

#[test]
fn runs_in_every_signing_mode_keep_the_key_and_the_tokens() {
    for mode in ["pipeline", "jit", "none"] {
        let bench = Bench::new();
        let set = format!("auth.signing={mode}");
        let words = ["--set", &set, "--ui", "plain"];
        let run = ["run", SMOKE];
        let ran = bench.call(&[&run[..], &BRIEF, &words].concat());
        assert!(matches!(ran.status.code(), Some(0 | 8)), "{ran:#?}");
        assert_keeps_secrets(&bench, &ran);
    }
}

/// Runs against a target that has been sent tokens and tells them to everybody.
#[track_caller]
fn check_echo(answer: impl Fn(&str) -> String + Send + Sync + 'static) {
    let server = FaultServer::start(move |conversation| {
        if let Some(request) = conversation.request() {
            assert!(token_in(&request.authorization).is_some());
            assert_eq!(request.lead.len(), 18);
            conversation.say(answer(&request.authorization).as_bytes());
            conversation.close();
        }
    });
    for mode in ["pipeline", "jit"] {
        let bench = Bench::new();
        let set = format!("auth.signing={mode}");
        let url = server.url();
        let words = ["--set", &set, "--target", &url, "--json", "--ui", "plain"];
        let run = ["run", SMOKE];
        let refused = bench.call(&[&run[..], &BRIEF, &words].concat());
        assert_keeps_secrets(&bench, &refused.ends_with(4));
        let ran = bench.call(&[&run[..], &BRIEF, &words, &LOAD_ALONE].concat());
        assert!(matches!(ran.status.code(), Some(1 | 8)), "{ran:#?}");
        assert_eq!(ran.summary()["counts"]["ok"], 0);
        assert_keeps_secrets(&bench, &ran);
    }
    assert!(server.seen(|seen| !seen.leads.is_empty()));
}

#[test]
fn a_token_echoed_as_garbage_is_not_repeated() {
    check_echo(|token| format!("{token}\r\n\r\n"));
}

#[test]
fn a_token_echoed_in_status_headers_and_body_is_not_repeated() {
    check_echo(|token| {
        format!(
            "HTTP/1.1 500 {token}\r\nServer-Timing: total;dur=1;desc=\"{token}\"\r\n\
             X-Echo: {token}\r\nLocation: {token}\r\nContent-Length: {}\r\n\r\n{token}",
            token.len()
        )
    });
}

#[test]
fn a_token_echoed_where_a_number_belongs_is_not_repeated() {
    check_echo(|token| format!("HTTP/1.1 200 OK\r\nContent-Length: {token}\r\n\r\n"));
}

#[test]
fn commands_about_keys_and_tokens_keep_them() {
    let bench = Bench::new();

    for words in [
        &["keys", "show"][..],
        &["keys", "show", "lead_signing"],
        &["keys", "generate", "lead_signing"],
        &["keys", "generate", "another"],
        &["token", SMOKE],
        &["check", SMOKE],
        &["run", SMOKE, "--dry-run"],
        &["token", SMOKE, "--set", "auth.key=absent"],
        &["token", SMOKE, "--set", "auth.key=wrong"],
        &["schema", "scenario"],
    ] {
        assert_keeps_secrets(&bench, &bench.call(words));
    }
    let fresh = fs::read_to_string(bench.path("keys/another.key.pem")).unwrap();
    let shown = bench.call(&["keys", "show"]).ends_with(0);
    for line in fresh.lines().filter(|line| line.len() > 16) {
        assert!(!shown.stdout.contains(line) && !shown.stderr.contains(line));
    }
}

// A key given where a scenario belongs is the kind of slip whose error quotes its file.
#[test]
fn a_key_given_as_a_scenario_is_not_quoted() {
    let bench = Bench::new();
    let path = bench.path("keys/lead_signing.key.pem");
    for command in ["check", "run", "token"] {
        let ran = bench.call(&[command, path.to_str().unwrap()]);
        ran.says("is not shown");
        assert_eq!(ran.status.code(), Some(3), "{ran:#?}");
        assert_keeps_secrets(&bench, &ran);
    }
}

// Its lines would be sent in place of leads.
#[test]
fn a_key_given_as_a_feed_is_not_read() {
    let bench = Bench::new();
    let text = "schema = 1\nname = \"fed\"\n[target]\nurl = \"embedded\"\n[lead]\n\
                feed = \"keys/lead_signing.key.pem\"\n[[load]]\nkind = \"rate\"\nrate = \"5/s\"\nfor = \"1s\"\n";
    let path = bench.write("fed.toml", text);
    for command in ["check", "run"] {
        let ran = bench.call(&[command, path.to_str().unwrap()]).ends_with(3);
        ran.says("lead_signing.key.pem is a private key");
        assert_keeps_secrets(&bench, &ran);
    }
}

#[test]
fn a_token_given_as_a_word_too_many_is_not_repeated() {
    let bench = Bench::new();
    let minted = bench.call(&["token", SMOKE, "--reveal"]).ends_with(0);
    let token = minted.stdout.trim();
    for words in [
        &["run", SMOKE, token][..],
        &[token],
        &["run", SMOKE, "--wait-for", token],
        &["compare", "a", "b", &format!("--margin={token}")],
    ] {
        let ran = bench.call(words).ends_with(2);
        ran.says("<token of ");
        assert_keeps_secrets(&bench, &ran);
    }
}

#[test]
fn a_key_given_as_a_summary_or_a_certificate_is_not_quoted() {
    let bench = Bench::new();
    let path = bench.path("keys/lead_signing.key.pem");
    let path = path.to_str().unwrap();
    for words in [
        &["report", path][..],
        &["target", "--listen", "127.0.0.1:0", "--trust", path],
    ] {
        let ran = bench.call(words);
        assert_eq!(ran.status.code(), Some(4), "{ran:#?}");
        assert_keeps_secrets(&bench, &ran);
    }
}

// A signed URL carries its secret in the query; reports are given away, URL and all.
#[test]
fn the_query_of_the_target_is_sent_and_never_shown() {
    const SECRET: &str = "canary-of-a-signed-url";
    let bench = Bench::new();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    let url = format!("{}?sig={SECRET}", target.url());
    let (flag, set) = (format!("--target={url}"), format!("target.url={url}"));
    let none = ["--set", "auth.source=none"];
    for words in [&["--target", &url][..], &[&flag], &["--set", &set]] {
        let dry = bench.call(&[&["run", SMOKE, "--dry-run"], &none[..], words].concat());
        let dry = dry.ends_with(0);
        dry.prints("POST /leads?REDACTED HTTP/1.1");
        assert!(!dry.stdout.contains(SECRET), "{}", dry.stdout);
    }
    for words in [&["--target", &url][..], &["--set", &set]] {
        let run = bench.run(SMOKE, &[&BRIEF, &none[..], words].concat());
        let ran = run.ends_with_unless_busy(0);
        assert!(!ran.stdout.contains(SECRET) && !ran.stderr.contains(SECRET));
    }
    for path in bench.files_written() {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        assert!(!text.contains(SECRET), "{}", path.display());
    }
}

#[test]
fn a_token_given_as_a_label_is_left_out() {
    let bench = Bench::new();
    let minted = bench.call(&["token", SMOKE, "--reveal"]).ends_with(0);
    let label = format!("pw={}", minted.stdout.trim());
    let ran = bench.run(SMOKE, &["--duration", "100ms", "--label", &label]);
    assert_keeps_secrets(&bench, &ran);
    assert_eq!(ran.summary()["run"]["labels"]["pw"], "REDACTED");
}

/// What has been searched, by the name that a message has for it.
#[derive(Default)]
struct Search {
    streams: usize,
    files: usize,
    bytes: usize,
}

impl Search {
    #[track_caller]
    fn stream(&mut self, what: &str, text: &str) {
        assert_clean(what, text);
        self.streams += 1;
        self.bytes += text.len();
    }

    /// Runs a command to its end, whatever that is, and searches what it says.
    #[track_caller]
    fn call(&mut self, bench: &Bench, words: &[&str]) {
        let ran = bench.call(words);
        self.said(&words.join(" "), &ran);
    }

    #[track_caller]
    fn said(&mut self, what: &str, ran: &Ran) {
        self.stream(&format!("stdout of {what}"), &ran.stdout);
        self.stream(&format!("stderr of {what}"), &ran.stderr);
    }

    #[track_caller]
    fn files_of(&mut self, bench: &Bench, but: &[&str]) {
        for path in bench.files_written() {
            if but.iter().any(|name| path.ends_with(name)) {
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            assert_clean(
                &path.display().to_string(),
                &String::from_utf8_lossy(&bytes),
            );
            self.files += 1;
            self.bytes += bytes.len();
        }
    }
}

/// A run in a terminal of its own, as `script` makes one; nothing where there is none.
fn screen(bench: &Bench) -> Option<Ran> {
    let run = ["run", SMOKE, "--ui", "tui"];
    let inner = bench.command(&[&run[..], &BRIEF].concat());
    let word = |word: &std::ffi::OsStr| format!("'{}'", word.to_str().unwrap());
    let line: Vec<_> = std::iter::once(inner.get_program())
        .chain(inner.get_args())
        .map(word)
        .collect();
    let mut command = std::process::Command::new("script");
    command
        .args(["-qec", &line.join(" "), "/dev/null"])
        .current_dir(bench.path("."))
        .env("LEADBENCH_KEYS", bench.path("keys"))
        .env("GIT_CEILING_DIRECTORIES", bench.path("."))
        .env("TERM", "xterm")
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let Ok(child) = command.spawn() else {
        eprintln!("there is no `script` here, so the screen is not searched");
        return None;
    };
    Some(Going::start(child, std::time::Instant::now()).end())
}

/// The pages and the metrics of a run that goes on, and of its end.
#[track_caller]
fn pages(search: &mut Search, bench: &Bench) {
    let words = ["--rate", "20/s", "--duration", "60s", "--serve", "0"];
    let run = ["run", SMOKE, "--ui", "plain", "--metrics", "0"];
    let mut command = bench.command(&[&run[..], &words].concat());
    let said = bench.path("said");
    command.stderr(fs::File::create(&said).unwrap());
    let going = Going::spawn(command);
    let mut addresses = Vec::new();
    eventually("it says where it is watched", || {
        let text = fs::read_to_string(&said).unwrap();
        let at = text.lines().filter_map(|line| line.split_once("http://"));
        addresses = at
            .map(|(_, rest)| rest.split('/').next().unwrap().to_owned())
            .collect();
        addresses.len() == 2
    });
    let get = |address: &str, path: &str| ask(address, "GET", path).unwrap();
    eventually("callouts show", || {
        get(&addresses[0], "/").contains("id=\"phases\"")
    });
    for path in ["/", "/summary.json", "/keys", "/../keys"] {
        search.stream(path, &get(&addresses[0], path));
    }
    search.stream("/metrics", &get(&addresses[1], "/metrics"));
    going.signal("INT");
    let ran = going.end();
    assert_eq!(ran.status.code(), Some(130), "{ran:#?}");
    search.said("need --metrics or --serve", &ran);
}

// Everything that leadbench says or writes about keys and tokens, in one search; what it covered
// is told, so that a search of nothing is seen.
#[test]
fn nothing_that_any_command_says_or_writes_is_a_secret() {
    let mut search = Search::default();
    let bench = Bench::new();
    let certificate = bench.path("keys/lead_signing.crt.pem");
    let trust = format!("lead_signing={}", certificate.display());
    let target = TargetProcess::start(&bench, &["--trust", &trust, "--echo"]);
    let url = target.url();
    let to = ["--target", &url, "--ui", "plain", "--requests", "100%"];
    for log in ["one.log", "other.log"] {
        let log = ["--log-callouts", log, "--label", "side=one"];
        search.call(&bench, &[&["run", SMOKE][..], &BRIEF, &to, &log].concat());
    }
    let folders: Vec<_> = bench.folders();
    assert_eq!(folders.len(), 2);
    let folder = |number: usize| folders[number].to_str().unwrap();
    search.call(&bench, &["report", folder(0)]);
    search.call(&bench, &["report", folder(0), "--json"]);
    search.call(&bench, &["report", folder(0), "--out", "again"]);
    let compare = ["compare", folder(0), folder(1)];
    search.call(&bench, &[&compare[..], &["--out", "found"]].concat());
    search.call(&bench, &["compare", "reports", "--self-check"]);
    search.call(&bench, &["history", "reports"]);
    let sides = ["--baseline", &url, "--candidate", &url, "--rounds", "2"];
    search.call(&bench, &[&["duel", SMOKE][..], &BRIEF, &sides].concat());
    pages(&mut search, &bench);
    if let Some(ran) = screen(&bench) {
        search.said("the screen", &ran);
    }
    for words in [
        &["token", SMOKE][..],
        &["token", SMOKE, "--at", "1700000000"],
        &["keys", "show"],
        &["keys", "show", "lead_signing"],
        &["keys", "export", "lead_signing", "--format", "pkcs8"],
        &[
            "keys",
            "import",
            "lead_signing",
            "keys/lead_signing.key.pem",
        ],
        &["keys", "import", "other", "keys/lead_signing.key.pem"],
        &["sign", "--bits", "2048", "--threads", "1", "--for", "20ms"],
        &["run", SMOKE, "--dry-run"],
        &["check", SMOKE],
    ] {
        search.call(&bench, words);
    }
    for format in ["certificate", "public", "jwks"] {
        let words = ["keys", "export", "lead_signing", "--format", format];
        let ran = bench.call(&words).ends_with(0);
        assert_public(format, &ran.stdout);
        search.stream(format, &ran.stderr);
    }
    let stopped = target.stop();
    search.said("the target that echoes", &stopped);
    assert!(stopped.stdout.contains("\"verdict\":\"good\""), "it echoed");
    search.files_of(&bench, &[]);
    // A search that found nothing because there was nothing would be none.
    assert!(search.files > 40, "{} files", search.files);
    assert!(search.streams > 40, "{} streams", search.streams);
    println!(
        "searched {} streams and {} files, {} bytes: 0 hits",
        search.streams, search.files, search.bytes
    );
}
