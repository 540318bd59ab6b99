//! The guard: what is refused before anything leaves, what ends a run that has begun, and who
//! is told whose load it is.
//!
//! No name here is ever resolved: a refusal comes before that. Where a host beyond loopback has
//! to be reached, it is another name of this machine, which the guard, for it goes by names, does
//! not know to be one.

use std::fs;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use crate::fault_server::FaultServer;
use crate::support::{
    Bench, Going, Ran, SMOKE, assert_complete, eventually, files_below, number, read_json,
};

const CREATED: &str = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";

const RATE: &str = "kind = \"rate\"\nrate = \"50/s\"\narrivals = \"uniform\"\nfor = \"400ms\"\n";

const TOKEN: &str = "source = \"named-credential\"\nkey = \"lead_signing\"\nissuer = \"i\"\n\
                     subject = \"s\"\naudience = \"a\"\n";

/// A scenario for a target with these keys, this `[auth]` and this load.
fn scenario(bench: &Bench, url: &str, target: &str, auth: &str, load: &str) -> String {
    let text = format!(
        "schema = 1\nname = \"guarded\"\n[target]\nurl = \"{url}\"\n{target}\n\
         [auth]\n{auth}\n[[load]]\n{load}"
    );
    let path = bench.write("guarded.toml", &text);
    path.to_str().unwrap().to_owned()
}

/// Runs without any key, for a refusal comes before one is looked for, and asserts that it is
/// refused and leaves nothing.
#[track_caller]
fn refused(bench: &Bench, scenario: &str, more: &[&str]) -> Ran {
    let ran = bench.run(scenario, more).ends_with(5);
    assert_eq!(ran.stdout, "");
    assert!(!bench.path("reports").exists() && !bench.path("keys").exists());
    ran
}

/// A name of this machine that does not say so, with its address, from the system's own file.
fn other_name() -> (String, SocketAddr) {
    let file = fs::read_to_string("/etc/hosts").unwrap();
    let lines = file.lines().map(|line| line.split('#').next().unwrap());
    let mut names = lines.flat_map(|line| {
        let mut words = line.split_whitespace();
        let address = words.next().and_then(|word| word.parse::<IpAddr>().ok());
        words.filter_map(move |name| Some((name.to_owned(), SocketAddr::new(address?, 0))))
    });
    let is_ours = |address: &SocketAddr| TcpListener::bind(address).is_ok();
    let found = names.find(|(name, address)| {
        name != "localhost"
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
            && is_ours(address)
    });
    found.expect("/etc/hosts gives this machine a name beside localhost")
}

/// The URL of a server at this name of it.
fn named(server: &FaultServer, name: &str) -> String {
    let url = server.url();
    let port = url.rsplit_once(':').unwrap().1;
    format!("http://{name}:{port}")
}

/// Asserts that a run went through the guard: no name is looked up, for nothing is sent.
#[track_caller]
fn let_through(bench: &Bench, scenario: &str, more: &[&str]) {
    let words = [more, &["--dry-run"]].concat();
    bench.run(scenario, &words).ends_with(0);
}

#[test]
fn a_token_over_plain_http_needs_leave_for_that_host() {
    let bench = Bench::without_key();
    let url = "http://api.example.com/leads";
    let allowed = "allowed_hosts = [\"api.example.com\"]";
    let path = scenario(&bench, url, allowed, TOKEN, RATE);
    for more in [&[][..], &["--allow-plaintext", "other.example.com"]] {
        refused(&bench, &path, more)
            .says("a token would be sent to api.example.com over plain http")
            .says("--allow-plaintext api.example.com");
    }
    // To own a target is to own no network.
    refused(&bench, &path, &["--i-own-this-target", "api.example.com"]).says("over plain http");
    let_through(&bench, &path, &["--allow-plaintext", "api.example.com"]);
    let said = format!("{allowed}\nallow_plaintext = [\"api.example.com\"]");
    let path = scenario(&bench, url, &said, TOKEN, RATE);
    let_through(&bench, &path, &[]);
    // The scenario's word holds for its own host and for no other.
    let other = "http://b.example.com/leads";
    refused(
        &bench,
        &path,
        &["--target", other, "--allow", "b.example.com"],
    )
    .says("a token would be sent to b.example.com");
}

#[test]
fn what_cannot_be_read_on_the_way_needs_no_leave() {
    let bench = Bench::without_key();
    let allowed = "allowed_hosts = [\"api.example.com\"]";
    let unsigned = format!("{TOKEN}signing = \"none\"");
    for (url, auth) in [
        ("http://api.example.com/leads", "source = \"none\""),
        ("http://api.example.com/leads", &unsigned),
        ("https://api.example.com/leads", TOKEN),
    ] {
        let path = scenario(&bench, url, allowed, auth, RATE);
        let_through(&bench, &path, &[]);
    }
}

#[test]
fn a_token_endpoint_is_guarded_as_the_target_is() {
    let bench = Bench::without_key();
    let hosts = "allowed_hosts = [\"api.example.com\", \"login.example.com\", \
                 \"login.salesforce.com\"]";
    let with = |endpoint: &str| {
        let auth = format!("{TOKEN}exchange = {{ url = \"{endpoint}\" }}");
        scenario(&bench, "https://api.example.com/leads", hosts, &auth, RATE)
    };
    refused(&bench, &with("http://login.example.com/token"), &[])
        .says("a token would be sent to login.example.com over plain http");
    refused(&bench, &with("https://login.salesforce.com/token"), &[])
        .says("login.salesforce.com looks like production")
        .says("--i-own-this-target login.salesforce.com");
    let_through(&bench, &with("https://login.example.com/token"), &[]);
    // A cap is lifted for the target alone, and the endpoint would get its share.
    refused(
        &bench,
        &with("https://login.example.com/token"),
        &["--rate", "3000/s", "--i-own-this-target", "api.example.com"],
    )
    .says("for login.example.com");
}

#[test]
fn names_that_look_like_production_are_refused_though_they_are_allowed() {
    let bench = Bench::without_key();
    let hosts = [
        "prod-eu.example.com",
        "www.example.com",
        "acme.my.salesforce.com",
    ];
    for host in hosts {
        let url = format!("https://{host}/leads");
        let allowed = format!("allowed_hosts = [\"{host}\"]");
        let path = scenario(&bench, &url, &allowed, "source = \"none\"", RATE);
        for more in [&[][..], &["--allow", host], &["--allow-plaintext", host]] {
            refused(&bench, &path, more)
                .says(&format!("{host} looks like production"))
                .says(&format!("--i-own-this-target {host}"));
        }
        let_through(&bench, &path, &["--i-own-this-target", host]);
    }
    for host in [
        "product.example.com",
        "reprod.example.com",
        "acme--uat.sandbox.my.salesforce.com",
    ] {
        let url = format!("https://{host}/leads");
        let path = scenario(&bench, &url, "", "source = \"none\"", RATE);
        let_through(&bench, &path, &["--allow", host]);
    }
}

#[test]
fn no_scenario_lifts_a_cap() {
    let bench = Bench::without_key();
    let allowed = "allowed_hosts = [\"api.example.com\"]";
    let (url, auth) = ("https://api.example.com/leads", "source = \"none\"");
    for (load, words) in [
        (
            RATE.replace("50/s", "2001/s"),
            "2001 callouts a second at its peak; the limit for api.example.com is 2000",
        ),
        (
            "kind = \"users\"\nusers = 1001\nfor = \"1s\"\n".to_owned(),
            "1001 virtual users or transactions at once; the limit for api.example.com is 1000",
        ),
        (
            RATE.replace("50/s", "1500/s").replace("400ms", "1h"),
            "5400000 callouts; the limit for api.example.com is 5000000",
        ),
    ] {
        let path = scenario(&bench, url, allowed, auth, &load);
        refused(&bench, &path, &["--allow", "api.example.com"])
            .says(words)
            .says("a scenario cannot raise it")
            .says("--i-own-this-target api.example.com");
        refused(&bench, &path, &["--i-own-this-target", "example.com"]).says(words);
        let_through(&bench, &path, &["--i-own-this-target", "api.example.com"]);
        // Nor has this machine any.
        let_through(&bench, &path, &["--target", "http://localhost:1/"]);
    }
}

// The same by name that goes on to be reached: what is let through is sent, and only there.
#[test]
fn a_host_beyond_loopback_is_reached_when_all_of_it_is_allowed() {
    let bench = Bench::new();
    let (name, address) = other_name();
    let server = FaultServer::start_at(address, |conversation| {
        while conversation.request().is_some() && conversation.say(CREATED.as_bytes()) {}
    });
    let url = named(&server, &name);
    let allowed = format!("allowed_hosts = [\"{name}\"]");
    let path = scenario(&bench, &url, "", TOKEN, RATE);
    let ran = bench.run(&path, &[]).ends_with(5);
    ran.says("is not among the allowed hosts");
    let path = scenario(&bench, &url, &allowed, TOKEN, RATE);
    bench.run(&path, &[]).ends_with(5).says("over plain http");
    assert_eq!(server.seen(|seen| seen.connections), 0);
    let ran = bench.run(&path, &["--allow-plaintext", &name]);
    let summary = ran.ends_with_unless_busy(0).summary();
    assert_eq!(number(&summary["counts"]["ok"]), 20);
}

// One address, however it is written: it is checked as it is connected to.
#[test]
fn every_spelling_of_an_address_is_that_address() {
    let bench = Bench::without_key();
    let auth = "source = \"none\"";
    let url = |host: &str| format!("https://{host}:1/leads");
    for host in [
        "127.1",
        "0177.0.0.1",
        "0x7f.1",
        "2130706433",
        "[::ffff:127.0.0.1]",
    ] {
        let path = scenario(&bench, &url(host), "", auth, RATE);
        let_through(&bench, &path, &[]);
    }
    for host in [
        "10.1",
        "012.0.0.1",
        "0xa000001",
        "167772161",
        "[::ffff:10.0.0.1]",
    ] {
        let path = scenario(&bench, &url(host), "", auth, RATE);
        refused(&bench, &path, &[]).says("10.0.0.1 is not among the allowed hosts");
        refused(&bench, &path, &["--allow", "10.0.0.2"]).says("10.0.0.1 is not");
        let_through(&bench, &path, &["--allow", "10.0.0.1"]);
        let_through(&bench, &path, &["--allow", "10.0.1"]);
    }
    for host in ["0", "0x0.0", "[::ffff:0.0.0.0]", "[::]"] {
        let path = scenario(&bench, &url(host), "", auth, RATE);
        let bare = host.trim_matches(['[', ']']);
        bench
            .run(&path, &["--allow", bare])
            .ends_with(5)
            .says("which is not the address of any machine");
    }
    for host in [
        "[::ffff:224.0.0.1]",
        "[::ffff:255.255.255.255]",
        "4294967295",
    ] {
        let path = scenario(&bench, &url(host), "", auth, RATE);
        let bare = host.trim_matches(['[', ']']);
        bench
            .run(&path, &["--allow", bare])
            .ends_with(5)
            .says("which is an address of many machines");
    }
    for host in ["256.0.0.1", "08.0.0.1", "1.2.3.4.5", "api.1", "[127.0.0.1]"] {
        let path = scenario(&bench, &url(host), "", auth, RATE);
        bench.run(&path, &[]).ends_with(3).says("is not a host");
        bench
            .run(&path, &["--allow", host])
            .ends_with(2)
            .says("write a host name");
    }
}

/// A server that sends whoever asks to another, where nobody may arrive.
fn redirecting(status: &str) -> (FaultServer, FaultServer) {
    let elsewhere = FaultServer::answering(CREATED);
    let answer = format!(
        "HTTP/1.1 {status} Moved\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
        elsewhere.url()
    );
    (FaultServer::answering(answer), elsewhere)
}

#[test]
fn a_redirect_of_the_target_reaches_no_other_server() {
    for status in ["301", "302", "303", "307", "308"] {
        let (server, elsewhere) = redirecting(status);
        let bench = Bench::new();
        let path = scenario(&bench, &server.url(), "", TOKEN, RATE);
        let summary = bench.run(&path, &[]).ends_with_unless_busy(1).summary();
        assert_eq!(number(&summary["counts"]["ok"]), 0);
        assert_eq!(server.seen(|seen| seen.leads.len()), 20);
        assert_eq!(elsewhere.seen(|seen| seen.connections), 0, "{status}");
    }
}

#[test]
fn a_redirect_of_the_token_endpoint_reaches_no_other_server() {
    for status in ["302", "307"] {
        let (desk, elsewhere) = redirecting(status);
        let api = FaultServer::answering(CREATED);
        let bench = Bench::new();
        let auth = format!("{TOKEN}exchange = {{ url = \"{}\" }}", desk.url());
        let path = scenario(&bench, &api.url(), "", &auth, RATE);
        let summary = bench.run(&path, &[]).ends_with_unless_busy(1).summary();
        assert_eq!(number(&summary["outcomes"]["token_endpoint"]), 20);
        assert!(desk.seen(|seen| seen.leads.len()) > 0);
        assert_eq!(elsewhere.seen(|seen| seen.connections), 0, "{status}");
        assert_eq!(api.seen(|seen| seen.leads.len()), 0);
    }
}

/// A server that keeps the last `User-Agent` that it was sent.
fn who_asks() -> (FaultServer, Arc<Mutex<Vec<String>>>) {
    who_asks_at(SocketAddr::from(([127, 0, 0, 1], 0)))
}

fn who_asks_at(address: SocketAddr) -> (FaultServer, Arc<Mutex<Vec<String>>>) {
    let agents = Arc::<Mutex<Vec<String>>>::default();
    let server = FaultServer::start_at(address, {
        let agents = Arc::clone(&agents);
        move |conversation| {
            while let Some(request) = conversation.request() {
                let text = String::from_utf8_lossy(&request.bytes).into_owned();
                let mut lines = text.lines();
                let agent = lines.find_map(|line| line.strip_prefix("User-Agent: "));
                let agent = agent.unwrap_or_default().to_owned();
                agents.lock().unwrap().push(agent);
                let grant = "{\"access_token\":\"t\",\"token_type\":\"Bearer\"}";
                let length = grant.len();
                let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{grant}");
                conversation.say(answer.as_bytes());
            }
        }
    });
    (server, agents)
}

#[test]
fn a_run_says_whose_it_is_to_target_and_token_endpoint() {
    let bench = Bench::new();
    let run = |target: &str, more: &[&str]| {
        let (api, asked_api) = who_asks();
        let (desk, asked_desk) = who_asks();
        let auth = format!("{TOKEN}exchange = {{ url = \"{}\" }}", desk.url());
        let path = scenario(&bench, &api.url(), target, &auth, RATE);
        let summary = bench.run(&path, more).ends_with_unless_busy(0).summary();
        let mut agents = asked_api.lock().unwrap().clone();
        agents.extend(asked_desk.lock().unwrap().clone());
        agents.dedup();
        assert_eq!(agents.len(), 1, "{agents:?}");
        let run = summary["run"]["id"].as_str().unwrap().to_owned();
        (agents.remove(0), run)
    };
    assert_eq!(run("", &[]).0, "SFDC-Callout/65.0");
    let version = env!("CARGO_PKG_VERSION");
    let listed = "identify = \"mailto:load@example.com\"";
    let (agent, id) = run(listed, &[]);
    assert_eq!(
        agent,
        format!("leadbench/{version} (+mailto:load@example.com; run {id})")
    );
    // The command line has the last word.
    let (agent, id) = run(listed, &["--identify", "https://wiki.example.com/load"]);
    assert_eq!(
        agent,
        format!("leadbench/{version} (+https://wiki.example.com/load; run {id})")
    );
}

#[test]
fn what_is_no_contact_is_refused_and_not_repeated() {
    let bench = Bench::without_key();
    for contact in [
        "canary-of-a-secret",
        "canary@example.com\r\nX-Canary: 1",
        "https://canary:password@example.com/",
        "https://example.com/?sig=canary",
        "eyJjYW5hcnkiOjF9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl",
    ] {
        let ran = bench.run(SMOKE, &["--identify", contact]).ends_with(2);
        ran.says("the value of --identify ");
        assert!(!ran.stderr.contains("canary") && !ran.stderr.contains("eyJ"));
    }
    let shown = bench
        .run(SMOKE, &["--identify", "mailto:a@example.com", "--dry-run"])
        .ends_with(0);
    shown.prints("user-agent: leadbench/");
    shown.prints("(+mailto:a@example.com; run <id>)");
}

/// A run that would go on for a minute.
fn long_run(bench: &Bench, more: &[&str]) -> Going {
    let words = ["run", SMOKE, "--ui", "none", "--rate", "40/s"];
    let long = ["--duration", "60s", "--set", "auth.source=none"];
    Going::spawn(bench.command(&[&words[..], &long, more].concat()))
}

/// Waits until a run has its folder, which is when its load begins.
#[track_caller]
fn begun(going: &mut Going, is_begun: impl Fn() -> bool) {
    eventually("the run begins", || {
        assert_eq!(going.child().try_wait().unwrap(), None, "it has ended");
        is_begun()
    });
}

#[test]
fn a_kill_switch_ends_a_run_as_an_interrupt_does() {
    let bench = Bench::new();
    let mut going = long_run(&bench, &["--kill-switch", "stop"]);
    begun(&mut going, || !bench.folders().is_empty());
    bench.write("stop", "");
    let ran = going.end().ends_with(130);
    ran.says("the kill switch stop exists; ending the run")
        .prints("PARTIAL (interrupted)");
    let folder = bench.folder();
    assert_complete(&folder);
    let summary = read_json(&folder.join("summary.json"));
    assert_eq!(summary["run"]["state"], "interrupted");
    assert!(number(&summary["run"]["duration_ns"]) < 50_000_000_000);
    // While it is there nothing begins.
    fs::remove_dir_all(bench.path("reports")).unwrap();
    let ran = bench.run(SMOKE, &["--kill-switch", "stop"]).ends_with(5);
    ran.says("the kill switch stop exists; nothing was sent");
    assert!(!bench.path("reports").exists());
    bench
        .run(SMOKE, &["--kill-switch", "nowhere/stop"])
        .ends_with(4)
        .says("the folder of the kill switch nowhere/stop does not exist");
    bench.run(SMOKE, &["--kill-switch", ""]).ends_with(2);
}

// Nobody could end the load by it any more, and nobody would know.
#[test]
fn a_kill_switch_that_loses_its_folder_ends_the_run() {
    let bench = Bench::new();
    bench.write("hand/other", "");
    let mut going = long_run(&bench, &["--kill-switch", "hand/stop"]);
    begun(&mut going, || !bench.folders().is_empty());
    fs::remove_dir_all(bench.path("hand")).unwrap();
    let ran = going.end().ends_with(130);
    ran.says("the kill switch hand/stop has lost its folder");
    assert_complete(&bench.folder());
}

const GATE: &str = "schema = 1\nname = \"gate\"\n[target]\nurl = \"embedded\"\n[auth]\n\
                    source = \"none\"\n[[load]]\nkind = \"rate\"\nrate = \"20/s\"\n\
                    arrivals = \"uniform\"\nfor = \"60s\"\n";

const SIDES: [&str; 4] = [
    "--baseline-set",
    "lead.seed=1",
    "--candidate-set",
    "lead.seed=2",
];

#[test]
fn a_kill_switch_ends_a_duel_too() {
    for mode in ["in-turn", "side-by-side"] {
        let bench = Bench::new();
        bench.write("gate.toml", GATE);
        let words = ["duel", "gate.toml", "--kill-switch", "stop", "--mode", mode];
        let mut going = Going::spawn(bench.command(&[&words[..], &SIDES].concat()));
        let duels = bench.path("reports/duels");
        let logs = || {
            let files = files_below(&duels);
            let logs = files.iter().filter(|file| file.ends_with("intervals.hlog"));
            logs.count()
        };
        begun(&mut going, || logs() > 0);
        bench.write("stop", "");
        let ran = going.end().ends_with(130);
        ran.says("the finished rounds are in");
        let before = files_below(&bench.path("reports")).len();
        let again = [&words[..], &SIDES].concat();
        bench
            .call(&again)
            .ends_with(5)
            .says("the kill switch stop exists");
        assert_eq!(files_below(&bench.path("reports")).len(), before);
    }
}

#[test]
fn a_duel_is_guarded_before_its_first_run() {
    let bench = Bench::without_key();
    bench.write("gate.toml", GATE);
    let duel = |candidate: &str, more: &[&str]| {
        let sides = [
            "--baseline",
            "http://127.0.0.1:9/",
            "--candidate",
            candidate,
        ];
        bench.call(&[&["duel", "gate.toml", "--rounds", "2"], &sides[..], more].concat())
    };
    let url = "https://api-prod.example.com/leads";
    for (more, words) in [
        (&[][..], "is not among the allowed hosts"),
        (
            &["--allow", "api-prod.example.com"],
            "looks like production",
        ),
        (&["--allow", "https://x/"], "write a host name"),
    ] {
        let ran = duel(url, more);
        assert!(matches!(ran.status.code(), Some(2 | 5)), "{ran:#?}");
        ran.says(words);
        assert!(!bench.path("reports").exists());
    }
    // Let through, it begins with the baseline, where nothing listens.
    let ran = duel(url, &["--i-own-this-target", "api-prod.example.com"]);
    ran.ends_with(4).says("the run of the baseline failed");
}

// What a duel is given its runs are given, or they would be refused.
#[test]
fn the_runs_of_a_duel_have_the_leave_of_the_duel() {
    let bench = Bench::new();
    let text = GATE
        .replace("source = \"none\"", TOKEN)
        .replace("60s", "500ms");
    bench.write("gate.toml", &text);
    let (name, address) = other_name();
    let (base, asked_base) = who_asks_at(address);
    let (head, asked_head) = who_asks_at(address);
    let [base, head] = [&base, &head].map(|server| named(server, &name));
    let words = [
        "duel",
        "gate.toml",
        "--rounds",
        "2",
        "--baseline",
        &base,
        "--candidate",
        &head,
        "--i-own-this-target",
        &name,
        "--identify",
        "mailto:load@example.com",
    ];
    let ran = bench.call(&words).ends_with(5);
    ran.says("over plain http");
    assert!(asked_base.lock().unwrap().is_empty());
    let ran = bench.call(&[&words[..], &["--allow-plaintext", &name]].concat());
    // A machine that is busy may leave no round to be judged; each was run all the same.
    assert!(matches!(ran.status.code(), Some(0 | 8)), "{ran:#?}");
    ran.says("round 2 of 2");
    for agents in [asked_base, asked_head] {
        let agents = agents.lock().unwrap();
        // Two rounds of ten callouts, each with a preflight.
        assert_eq!(agents.len(), 2 * (10 + 1));
        let is_named = |agent: &String| agent.contains("(+mailto:load@example.com; run ");
        assert!(agents.iter().all(is_named), "{agents:?}");
    }
}
