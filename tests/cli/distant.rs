//! A target at a real distance: two network namespaces, between which packets take their time and
//! some are lost. Needs root, iproute2 and a TUN device; without them it says so and is no verdict.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::{Bench, Going, Ran, TargetProcess, assert_adds_up, finish, number};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/distant_hosts.py");

/// How long the hosts last if nobody takes them down.
const SECONDS: &str = "60";

/// Two hosts, taken down with this.
struct Hosts {
    name: String,
    process: Child,
}

impl Hosts {
    /// Hosts 10 ms from one another, where this share of the packets is lost; nothing where such
    /// hosts cannot be made.
    fn start(tag: &str, loss: &str) -> Option<Self> {
        let name = format!("lb{}{tag}", std::process::id());
        let mut process = Command::new("python3")
            .args([SCRIPT, &name, "10", SECONDS, loss])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .ok()?;
        let mut said = String::new();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        stdout.read_line(&mut said).unwrap();
        let hosts = Self { name, process };
        if said.trim() == "ready" {
            return Some(hosts);
        }
        let can_be = Path::new("/dev/net/tun").exists() && is_root() && has_ip();
        assert!(
            !can_be,
            "no hosts could be made, and nothing is missing for it"
        );
        eprintln!("MISSING: root, iproute2 or /dev/net/tun; no distance was tried");
        None
    }

    /// A command on one of the hosts, `a` or `b`.
    fn on(&self, host: &str, inner: &Command) -> Command {
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", &format!("{}-{host}", self.name)])
            .arg(inner.get_program())
            .args(inner.get_args())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(folder) = inner.get_current_dir() {
            command.current_dir(folder);
        }
        for (key, value) in inner.get_envs() {
            if let Some(value) = value {
                command.env(key, value);
            }
        }
        command
    }

    /// Runs a load from one host at a target on the other.
    fn run(&self, load: &str) -> (Ran, Value) {
        let bench = Bench::without_key();
        let target = bench.command(&["target", "--listen", "10.77.0.2:0", "--no-token"]);
        let target = TargetProcess::following(Going::spawn(self.on("b", &target)));
        let text = format!(
            "schema = 1\nname = \"distant\"\n[target]\nurl = \"{}\"\n\
             allowed_hosts = [\"10.77.0.2\"]\n[auth]\nsource = \"none\"\n[[load]]\n{load}\n",
            target.url()
        );
        let path = bench.write("distant.toml", &text);
        let words = ["run", path.to_str().unwrap(), "--ui", "none", "--json"];
        let ran = finish(self.on("a", &bench.command(&words)));
        assert!(matches!(ran.status.code(), Some(0 | 8)), "{ran:#?}");
        let summary = ran.summary();
        assert_adds_up(&summary);
        (ran, summary)
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

fn has_ip() -> bool {
    Command::new("ip").arg("-V").output().is_ok()
}

#[test]
fn the_wire_takes_a_round_trip_at_least_and_the_server_the_rest() {
    let Some(hosts) = Hosts::start("d", "0") else {
        return;
    };
    let load = "kind = \"users\"\nusers = 4\nthink = \"20ms\"\nfor = \"4s\"\nwarmup = \"1s\"";
    let load = if cfg!(feature = "goose") {
        load
    } else {
        "kind = \"rate\"\nrate = \"60/s\"\nfor = \"4s\"\nwarmup = \"1s\""
    };
    let (_, summary) = hosts.run(load);
    let wire = &summary["wire"];
    let floor = wire["min_rtt_ns"].as_f64().unwrap() / 1e6;
    assert!((20.0..30.0).contains(&floor), "{wire}");
    assert!(
        number(&wire["connections"]) > 0 && wire["retransmits"] == 0,
        "{wire}"
    );
    let mean = &summary["split"]["mean"];
    let part = |name: &str| mean[name].as_f64().unwrap() / 1e6;
    assert!((part("wire_floor_ns") - floor).abs() < 0.01, "{mean}");
    assert!(part("server_ns") >= 4.9, "{mean}");
    // The phase network is made of these three.
    let network = summary["phases"]["network"]["mean_ns"].as_f64().unwrap() / 1e6;
    let parts = part("wire_floor_ns") + part("server_ns") + part("outside_ns");
    assert!((network - parts).abs() < 0.01, "{network} is not {parts}");
}

#[test]
fn what_is_lost_and_sent_again_stands_beside_the_slow_callouts() {
    let Some(hosts) = Hosts::start("l", "0.05") else {
        return;
    };
    let (_, summary) = hosts.run("kind = \"rate\"\nrate = \"60/s\"\nfor = \"5s\"");
    let resent = number(&summary["wire"]["retransmits"]);
    assert!(resent > 3, "{}", summary["wire"]);
    let windows = summary["windows"].as_array().unwrap();
    let by_second = windows.iter().filter_map(|w| w["retransmits"].as_u64());
    assert_eq!(by_second.sum::<u64>(), resent);
    let worst = &summary["wire"]["worst"][0];
    assert!(number(&worst["retransmits"]) > 0, "{worst}");
    let slow = &summary["slowest"].as_array().unwrap()[..5];
    assert!(
        slow.iter()
            .any(|slow| slow["retransmits"].as_u64() > Some(0)),
        "{slow:?}"
    );
}
