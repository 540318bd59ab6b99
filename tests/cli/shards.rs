//! Processes that make the load of a run together, and the run that they add up to.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::support::{Bench, Going, Ran, TargetProcess, number, read_json};

/// How long shards have to get ready.
const RUN_UP: Duration = Duration::from_secs(6);

const MIXED: &str = "schema = 1\nname = \"shared\"\n[target]\nurl = \"http://127.0.0.1:9/leads\"\n\
     [auth]\nsource = \"none\"\n\
     [[load]]\nname = \"rate\"\nkind = \"rate\"\nrate = \"40/s\"\nfor = \"2s\"\nwarmup = \"500ms\"\n\
     [[load]]\nname = \"count\"\nkind = \"iterations\"\nusers = 5\niterations = 17\n\
     [thresholds]\n\"latency.p99\" = \"< 1h\"\n";

fn start() -> String {
    let start = SystemTime::now() + RUN_UP;
    start
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
        .to_string()
}

/// Runs shards at the same time, and returns their folders.
fn shards(bench: &Bench, scenario: &str, target: &str, start: &str, of: usize) -> Vec<PathBuf> {
    let out = format!("reports-{of}");
    let going = (1..=of).map(|number| {
        let shard = format!("{number}/{of}");
        let mut command = bench.command(&[
            "run", scenario, "--ui", "none", "--json", "--target", target,
        ]);
        command.args(["--shard", &shard, "--start-at", start, "--out", &out]);
        Going::spawn(command)
    });
    let going: Vec<_> = going.collect();
    for shard in going {
        drop(shard.end().ends_with_unless_busy(0));
    }
    let mut folders: Vec<_> = fs::read_dir(bench.path(&format!("{out}/shared")))
        .unwrap()
        .collect();
    let folders = folders.drain(..).map(|entry| entry.unwrap().path());
    folders.collect()
}

fn merge(bench: &Bench, folders: &[PathBuf], more: &[&str]) -> Ran {
    let mut words = vec!["merge", "--out", "merged"];
    words.extend(folders.iter().map(|folder| folder.to_str().unwrap()));
    words.extend(more);
    bench.call(&words)
}

/// How often each lead was sent, as the target saw it: without its trace and its connection.
fn leads(target: TargetProcess) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for line in target
        .stop()
        .stdout
        .lines()
        .filter(|line| line.starts_with('{'))
    {
        let seen: Value = serde_json::from_str(line).unwrap();
        if let Some(body) = seen.get("body") {
            *all.entry(body.to_string()).or_default() += 1;
        }
    }
    all
}

#[test]
fn three_shards_send_the_leads_of_one_and_add_up_to_it() {
    let bench = Bench::without_key();
    let scenario = bench.write("shared.toml", MIXED);
    let scenario = scenario.to_str().unwrap();
    let target = || TargetProcess::start(&bench, &["--no-token", "--echo"]);
    let (for_one, for_three) = (target(), target());
    let start = start();
    let one = std::thread::scope(|scope| {
        let url = for_one.url();
        let (bench, start) = (&bench, &start);
        let one = scope.spawn(move || shards(bench, scenario, &url, start, 1));
        let url = for_three.url();
        let three = shards(bench, scenario, &url, start, 3);
        let ran = merge(bench, &three, &["--json"]).ends_with_unless_busy(0);
        let merged = ran.summary();
        assert_eq!(merged["shards"].as_array().unwrap().len(), 3);
        assert_eq!(merged["run"]["state"], "finished");
        assert_eq!(merged["loads"][1]["counts"]["planned"], 17);
        assert!(merged["thresholds"].as_array().unwrap().len() == 2);
        let ledger = for_three.ledger();
        let counts = &merged["counts"];
        let sent = number(&counts["started"]) + number(&counts["warmup"]);
        assert_eq!(number(&ledger["leads"]), sent);
        one.join().unwrap()
    });
    let alone = read_json(&one[0].join("summary.json"));
    assert_eq!(alone["run"]["shard"], "1/1");
    let [one, three] = [leads(for_one), leads(for_three)];
    assert!(one.len() > 80, "{}", one.len());
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        three.keys().collect::<Vec<_>>()
    );
}

#[test]
fn a_missing_shard_is_named_and_the_rest_can_be_had() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    let scenario = bench.write("shared.toml", MIXED);
    let url = target.url();
    let mut folders = shards(&bench, scenario.to_str().unwrap(), &url, &start(), 2);
    folders
        .sort_by_key(|folder| read_json(&folder.join("summary.json"))["run"]["shard"].to_string());
    merge(&bench, &folders[..1], &[])
        .ends_with(4)
        .says("shard 2/2 is missing")
        .says("--allow-missing");
    merge(&bench, &folders[..1], &["--allow-missing"])
        .ends_with(8)
        .prints("shard 2/2 is missing, so the load was smaller");
    let twice = [folders[0].clone(), folders[0].clone()];
    merge(&bench, &twice, &[])
        .ends_with(4)
        .says("are the same shard");
    // Shards are not runs to compare.
    let words = [&folders[0], &folders[1]].map(|folder| folder.to_str().unwrap());
    bench
        .call(&["compare", words[0], words[1]])
        .ends_with(4)
        .says("is shard 1/2 of a run")
        .says("leadbench merge");
}

#[test]
fn what_cannot_be_shared_is_refused_with_the_way_out() {
    let bench = Bench::without_key();
    let start = start();
    let refused = |load: &str, url: &str, shard: &str, code: i32| {
        let text = format!(
            "schema = 1\nname = \"s\"\n[target]\nurl = \"{url}\"\n[auth]\nsource = \"none\"\n[[load]]\n{load}"
        );
        let scenario = bench.write("s.toml", &text);
        let words = [
            "run",
            scenario.to_str().unwrap(),
            "--shard",
            shard,
            "--start-at",
            &start,
        ];
        bench.call(&words).ends_with(code)
    };
    let rate = "kind = \"rate\"\nrate = \"9/s\"\nfor = \"1s\"\n";
    let local = "http://127.0.0.1:9/leads";
    refused(rate, "embedded", "1/2", 3)
        .says("the embedded target belongs to one process")
        .says("leadbench target --listen");
    refused(&format!("{rate}max_in_flight = 2\n"), local, "1/3", 3)
        .says("2 slots (max_in_flight) for 3 shards");
    let users = "kind = \"users\"\nusers = 2\nfor = \"1s\"\n";
    refused(users, local, "3/3", 3).says("2 virtual users for 3 shards");
    let org = "kind = \"salesforce\"\npreset = \"queueable-fanout\"\nfor = \"1s\"\n";
    refused(org, local, "1/2", 3)
        .says("1 Salesforce orgs for 2 shards, and an org stays whole")
        .says("one [[load]] for each org");
    refused(rate, local, "0/8", 2).says("add 1");
    refused(rate, local, "2", 2).says("2/8");
    let scenario = bench.path("s.toml");
    let run = ["run", scenario.to_str().unwrap(), "--shard", "1/2"];
    bench.call(&run).ends_with(2).says("--start-at");
    for (at, told) in [
        ("2000-01-01T00:00:00Z", "ago"),
        ("9999999999", "the limit is a day"),
    ] {
        let words = [&run[..], &["--start-at", at]].concat();
        bench.call(&words).ends_with(2).says(told);
    }
}
