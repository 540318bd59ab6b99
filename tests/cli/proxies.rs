//! Proxies that the environment names are not asked: what is measured is the target itself, and
//! what is sent is for nobody in between.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::process::Command;

use crate::support::{Bench, Going, SMOKE, TargetProcess, finish, number};

const VARIABLES: [&str; 8] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "FTP_PROXY",
    "PROXY",
];

/// A listener that every variable names as a proxy.
struct Proxy(TcpListener);

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn named_to(&self, mut command: Command) -> Command {
        let url = format!("http://{}", self.0.local_addr().unwrap());
        for variable in VARIABLES {
            command.env(variable, &url);
        }
        // These would say that loopback needs none.
        command.env_remove("NO_PROXY").env_remove("no_proxy");
        command
    }

    #[track_caller]
    fn was_never_asked(&self) {
        let knocked = self.0.accept().map(drop).map_err(|error| error.kind());
        assert_eq!(knocked, Err(ErrorKind::WouldBlock));
    }
}

#[test]
fn a_key_set_is_fetched_without_a_proxy() {
    let bench = Bench::new();
    let proxy = Proxy::start();
    let certificate = bench.path("keys/lead_signing.crt.pem");
    let trust = format!("lead_signing={}", certificate.display());
    let issuer = TargetProcess::start(&bench, &["--trust", &trust]);
    let url = format!("http://{}/.well-known/jwks.json", issuer.address);
    let words = ["target", "--listen", "127.0.0.1:0", "--trust", &url];
    let command = proxy.named_to(bench.command(&words));
    let target = TargetProcess::following(Going::spawn(command));
    let keys = target.get("/.well-known/jwks.json")["keys"].clone();
    assert_eq!(keys[0]["kid"], "lead_signing");
    // The same from `token`, which verifies what is on stdin.
    let command = proxy.named_to(bench.command(&["token", "--stdin", "--trust", &url]));
    finish(command).ends_with(4).says("not a compact JWS");
    proxy.was_never_asked();
    target.stop().ends_with(0);
    issuer.stop().ends_with(0);
}

#[test]
fn leads_are_sent_without_a_proxy() {
    let bench = Bench::new();
    let proxy = Proxy::start();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    let users = "schema = 1\nname = \"users\"\n[target]\nurl = \"embedded\"\n\
         [auth]\nsource = \"none\"\n[[load]]\nkind = \"users\"\nusers = 2\niterations = 10\n";
    let users = bench.write("users.toml", users);
    let url = target.url();
    for (scenario, more) in [
        (SMOKE, &["--rate", "100/s", "--duration", "400ms"][..]),
        (users.to_str().unwrap(), &[]),
    ] {
        let words = ["run", scenario, "--json", "--ui", "none"];
        let to = ["--target", &url, "--set", "auth.source=none"];
        let command = bench.command(&[&words[..], &to, more].concat());
        finish(proxy.named_to(command)).ends_with_unless_busy(0);
    }
    assert!(number(&target.ledger()["leads"]) >= 30);
    proxy.was_never_asked();
}
