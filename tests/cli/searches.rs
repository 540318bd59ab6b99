//! `search`: the highest load that holds, and each way in which there is none.

use serde_json::Value;

use crate::support::{Bench, Going, Ran, TargetProcess, eventually, files_below, read_json};

/// A goal that few callouts can judge, so that trials may be short.
const GOALS: &str = "[thresholds]\n\"latency.p50\" = \"< 1s\"\nfailed = \"< 20%\"\n";

fn scenario(bench: &Bench, url: &str, load: &str, goals: &str) -> String {
    let text = format!(
        "schema = 1\nname = \"capacity\"\n[target]\nurl = \"{url}\"\n[auth]\nsource = \"none\"\n{load}\n{goals}"
    );
    bench.write("capacity.toml", &text).display().to_string()
}

const RATE: &str =
    "[[load]]\nkind = \"rate\"\nrate = \"40/s\"\nfor = \"9s\"\narrivals = \"uniform\"\n";

fn words<'w>(scenario: &'w str, more: &[&'w str]) -> Vec<&'w str> {
    let short = ["--trial", "1s", "--confirm", "1s", "--width", "20%"];
    [&["search", scenario], &short[..], more].concat()
}

fn search(bench: &Bench, scenario: &str, more: &[&str]) -> Ran {
    bench.call(&words(scenario, more))
}

/// The only search of a document.
fn one(document: &Value) -> &Value {
    assert_eq!(document["searches"].as_array().unwrap().len(), 1);
    &document["searches"][0]
}

// One server of 10 ms holds 100 leads a second; above, its queue grows until the median is beyond the goal.
#[test]
fn the_bracket_holds_the_limit_of_the_target() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token", "--latency", "md1 10ms"]);
    let goals = "[thresholds]\n\"latency.p50\" = \"< 60ms\"\nfailed = \"< 20%\"\n";
    let scenario = scenario(&bench, &target.url(), RATE, goals);
    let ran = search(&bench, &scenario, &["--max", "320/s", "--json"]);
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let found = one(&answer);
    ran.says("trial 1: warm-up at 40/s for").says("min left");
    let folder = search_folder(&bench);
    for file in [
        "search.json",
        "search.html",
        "search.csv",
        "search.md",
        "search.junit.xml",
    ] {
        assert!(folder.join(file).exists(), "{file}");
    }
    assert_eq!(read_json(&folder.join("search.json")), answer);
    if is_spoiled(found) {
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
    assert_eq!(found["conclusion"], "found", "{}", ran.stderr);
    assert_eq!(found["limit"]["who"], "target");
    ran.ends_with(0);
}

/// Whether this machine was too busy to measure a load.
fn is_spoiled(search: &Value) -> bool {
    search["conclusion"] == "generator_limit"
}

fn search_folder(bench: &Bench) -> std::path::PathBuf {
    let found = files_below(&bench.path("reports"));
    let search = found.iter().find(|path| path.ends_with("search.json"));
    search.unwrap().parent().unwrap().to_owned()
}

#[test]
fn a_search_without_an_answer_says_why() {
    let bench = Bench::without_key();
    let embedded = |goals| scenario(&bench, "embedded", RATE, goals);
    let no_time = embedded("[thresholds]\nfailed = \"< 20%\"\n");
    search(&bench, &no_time, &[])
        .ends_with(3)
        .says("no upper limit of time");
    let lower = embedded("[thresholds]\n\"latency.p50\" = \"> 1ms\"\n");
    search(&bench, &lower, &[])
        .ends_with(3)
        .says("no upper limit of time");
    let strict = embedded("[thresholds]\n\"latency.p99.99\" = \"< 1s\"\n");
    search(&bench, &strict, &[])
        .ends_with(2)
        .says("callouts a trial")
        .says("pass --from 123/s or more");
    let later = RATE.replace("rate\"\nrate", "rate\"\nname = \"one\"\nrate")
        + &RATE.replace("rate\"\nrate", "rate\"\nafter = \"one\"\nrate");
    let later = scenario(&bench, "embedded", &later, GOALS);
    search(&bench, &later, &["--load", "one"])
        .ends_with(3)
        .says("begins later than others");
    let both = RATE.replace("rate\"\nrate", "rate\"\nname = \"one\"\nrate") + RATE;
    let several = scenario(&bench, "embedded", &both, GOALS);
    search(&bench, &several, &[])
        .ends_with(2)
        .says("--load NAME; its loads are: one, ");
    search(&bench, &several, &["--load", "two"])
        .ends_with(2)
        .says("no load with the name \"two\"");
    let plain = embedded(GOALS);
    search(&bench, &plain, &["--from", "40"])
        .ends_with(2)
        .says("is not a rate such as 150/s");
    search(&bench, &plain, &["--from", "40/s", "--max", "20/s"])
        .ends_with(2)
        .says("the lowest load, 40/s, is above the highest, 20/s");
    search(&bench, &plain, &["--max", "80/s", "--at-least", "90/s"])
        .ends_with(2)
        .says("--at-least 90/s is above the highest load, 80/s");
    bench
        .call(&["search", &plain, "--trial", "1ms"])
        .ends_with(2)
        .says("write 1s or more");
    bench.write("taken", "");
    search(&bench, &plain, &["--out", "taken"])
        .ends_with(4)
        .says("choose another place with --out DIR");
    let org = "[[load]]\nkind = \"salesforce\"\npreset = \"queueable-fanout\"\nfor = \"9s\"\n";
    let org = scenario(&bench, "embedded", org, GOALS);
    search(&bench, &org, &[])
        .ends_with(3)
        .says("neither a rate nor a number of users");
    assert!(!bench.path("reports").exists());
}

#[test]
fn a_range_that_the_guard_refuses_is_not_searched() {
    let bench = Bench::without_key();
    let url = "https://staging.example.com/leads";
    let far = scenario(&bench, url, RATE, GOALS);
    let allowed = ["--allow", "staging.example.com", "--max", "4000/s"];
    search(&bench, &far, &allowed)
        .ends_with(5)
        .says("the limit for staging.example.com is 2000")
        .says("--max sets a lower limit");
}

#[test]
fn a_threshold_that_can_never_be_measured_ends_the_search() {
    let bench = Bench::without_key();
    let goals = "[thresholds]\n\"server.nothing.p50\" = \"< 1s\"\n";
    let scenario = scenario(&bench, "embedded", RATE, goals);
    search(&bench, &scenario, &[])
        .ends_with(3)
        .says("the threshold on server.nothing.p50 cannot be judged");
}

#[test]
fn a_lowest_load_that_fails_is_an_answer() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token", "--latency", "30ms"]);
    let goals = "[thresholds]\n\"latency.p50\" = \"< 10ms\"\nfailed = \"< 20%\"\n";
    let scenario = scenario(&bench, &target.url(), RATE, goals);
    let ran = search(&bench, &scenario, &["--json"]);
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let found = one(&answer);
    if is_spoiled(found) {
        ran.ends_with(8);
        return;
    }
    ran.ends_with(1);
    assert_eq!(found["conclusion"], "lowest_fails");
    assert_eq!(
        (&found["holds"], &found["fails"]),
        (&Value::Null, &Value::from(40.0))
    );
    let text = answer["verdict_text"].as_str().unwrap();
    assert!(text.contains("a lower --from"), "{text}");
}

#[test]
fn users_are_searched_too() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token", "--latency", "md1 20ms"]);
    let users = "[[load]]\nkind = \"users\"\nusers = 1\nfor = \"9s\"\n";
    // One server: the median of n users is n times 20 ms.
    let goals = "[thresholds]\n\"latency.p50\" = \"< 70ms\"\nfailed = \"< 20%\"\n";
    let scenario = scenario(&bench, &target.url(), users, goals);
    let ran = search(&bench, &scenario, &["--max", "8", "--json"]);
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let found = one(&answer);
    assert_eq!(answer["unit"], "users");
    if is_spoiled(found) {
        ran.ends_with(8);
        return;
    }
    assert_eq!(
        (&found["holds"], &found["fails"]),
        (&Value::from(3.0), &Value::from(4.0)),
        "{}",
        ran.stderr
    );
    ran.ends_with(0);
}

#[test]
fn an_interrupted_search_keeps_its_bracket() {
    let bench = Bench::without_key();
    let target = TargetProcess::start(&bench, &["--no-token"]);
    let scenario = scenario(&bench, &target.url(), RATE, GOALS);
    let long = ["--trial", "1s", "--confirm", "60s", "--max", "80/s"];
    let mut going = Going::spawn(bench.command(&[&["search", &scenario], &long[..]].concat()));
    let mut tried = || {
        assert_eq!(going.child().try_wait().unwrap(), None, "it has ended");
        let found = files_below(&bench.path("reports"));
        let search = found.iter().find(|path| path.ends_with("search.json"));
        search.is_some_and(|path| one(&read_json(path))["trials"][1].is_object())
    };
    eventually("a load has been tried", &mut tried);
    going.signal("INT");
    let ran = going.end().ends_with(130);
    ran.says("ending the search and writing what it found");
    let answer = read_json(&search_folder(&bench).join("search.json"));
    assert_eq!(answer["run"]["state"], "interrupted");
    assert_eq!(answer["verdict"], "interrupted");
    assert!(one(&answer)["trials"].as_array().unwrap().len() > 1);
}
