//! What is posted: templates, feeds, sizes, and leads that are sent twice.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::fault_server::FaultServer;
use crate::support::{Bench, Ran, assert_adds_up, number};

/// Runs a brief load and gives the bodies that came.
#[track_caller]
fn bodies(bench: &Bench, lead: &str) -> Vec<Value> {
    let got = Arc::<Mutex<Vec<Value>>>::default();
    let server = FaultServer::start({
        let got = Arc::clone(&got);
        move |conversation| {
            while let Some(request) = conversation.request() {
                let end = request
                    .bytes
                    .windows(4)
                    .position(|four| four == b"\r\n\r\n")
                    .unwrap();
                let body = serde_json::from_slice(&request.bytes[end + 4..]).unwrap();
                got.lock().unwrap().push(body);
                conversation.say(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
            }
        }
    });
    run(bench, &server.url(), lead);
    let got = got.lock().unwrap().clone();
    assert_eq!(got.len(), 60);
    got
}

#[track_caller]
fn run(bench: &Bench, url: &str, lead: &str) -> Ran {
    let text = format!(
        "schema = 1\nname = \"leads\"\n[target]\nurl = \"{url}\"\n[lead]\n{lead}\n\
         [[load]]\nkind = \"rate\"\nrate = \"60/s\"\narrivals = \"uniform\"\nfor = \"1s\"\n"
    );
    let scenario = bench.write("leads.toml", &text);
    bench
        .run(scenario.to_str().unwrap(), &[])
        .ends_with_unless_busy(0)
}

// The example that ships: every body is JSON, and no two are alike.
#[test]
fn a_template_makes_the_body_that_a_team_sends() {
    let bench = Bench::without_key();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
    let template = std::fs::read_to_string(format!("{folder}/wrapper-dto.json")).unwrap();
    bench.write("dto.json", &template);
    let bodies = bodies(&bench, "template = \"dto.json\"");
    let ids: BTreeSet<_> = bodies
        .iter()
        .map(|body| body["eventId"].to_string())
        .collect();
    assert_eq!(ids.len(), 60);
    for body in &bodies {
        assert_eq!(body["eventType"], "lead.converted");
        assert!(body["lead"]["annualRevenue"].is_number());
        assert!(
            body["lead"]["email"]
                .as_str()
                .unwrap()
                .ends_with("@example.com")
        );
        assert!(
            body["lead"]["salesforceId"]
                .as_str()
                .unwrap()
                .starts_with("00Q")
        );
        assert!((1..=100).contains(&body["lead"]["score"].as_i64().unwrap()));
    }
    let mut numbers: Vec<_> = bodies
        .iter()
        .map(|b| number(&b["source"]["sequence"]))
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..60).collect::<Vec<_>>());
}

#[test]
fn a_feed_gives_its_rows_in_turn() {
    let bench = Bench::without_key();
    bench.write(
        "leads.csv",
        "Company,Phone,Region__c\nOne,,EMEA\nTwo,+1 201 555-0100,\n",
    );
    let from_csv = bodies(&bench, "feed = \"leads.csv\"");
    let of = |name: &str| {
        from_csv
            .iter()
            .filter(|body| body["Company"] == name)
            .count()
    };
    assert_eq!((of("One"), of("Two")), (30, 30));
    let one = from_csv
        .iter()
        .find(|body| body["Company"] == "One")
        .unwrap();
    assert_eq!(
        (one.get("Phone"), &one["Region__c"]),
        (None, &Value::from("EMEA"))
    );
    bench.write(
        "leads.jsonl",
        "{\"name\": \"a\\\"b\", \"n\": 1}\n{\"name\": \"c\"}\n",
    );
    bench.write(
        "dto.json",
        "{\"x\": {{feed.name}}, \"y\": \"<{{feed.n}}>\", \"z\": {{feed.n}}}",
    );
    let mixed = "template = \"dto.json\"\nfeed = \"leads.jsonl\"\nfeed_order = \"shuffled\"";
    let from_json = bodies(&bench, mixed);
    let first = from_json.iter().find(|body| body["x"] == "a\"b").unwrap();
    assert_eq!(
        (&first["y"], &first["z"]),
        (&Value::from("<1>"), &Value::from(1))
    );
    let second = from_json.iter().find(|body| body["x"] == "c").unwrap();
    assert_eq!(
        (&second["y"], &second["z"]),
        (&Value::from("<>"), &Value::Null)
    );
}

// The target's own ledger counts what was sent twice on purpose.
#[test]
fn leads_are_sent_twice_on_purpose_in_their_share() {
    let bench = Bench::without_key();
    let target = crate::support::TargetProcess::start(&bench, &["--no-token"]);
    let ran = run(
        &bench,
        &target.url(),
        "duplicates = \"20%\"\nexternal_id = \"lb__c\"",
    );
    let summary = ran.summary();
    assert_adds_up(&summary);
    let ledger = target.ledger();
    let (leads, unique) = (number(&ledger["leads"]), number(&ledger["unique_leads"]));
    assert_eq!(leads, 60);
    // 12 of 60, to four standard errors.
    assert!((1..=25).contains(&(leads - unique)), "{unique}");
}

#[test]
fn a_template_or_a_feed_that_is_wrong_is_told_with_its_place() {
    let bench = Bench::without_key();
    bench.write(
        "bad.json",
        "{\n  \"a\": {{lead.Compny}},\n  \"b\": {{nothing}}\n}",
    );
    bench.write("none.json", "{ \"a\": {{seq}} \"b\": 1 }");
    bench.write("short.csv", "a,b\n1\n");
    for (lead, says) in [
        (
            "template = \"bad.json\"",
            "bad.json:2:8: a lead has no field Compny; did you mean {{lead.Company}}?",
        ),
        (
            "template = \"bad.json\"",
            "bad.json:3:8: {{nothing}} is unknown",
        ),
        (
            "template = \"none.json\"",
            "none.json:1:16: it makes no JSON",
        ),
        ("template = \"nowhere.json\"", "nowhere.json"),
        (
            "feed = \"short.csv\"",
            "short.csv:2: it has 1 cells, and the head has 2",
        ),
        (
            "template = \"none.json\"\nsize = \"2KB\"",
            "`size` means nothing to a template",
        ),
        ("size = \"100B\"", "from 0.5 KB to 36 KB"),
        ("size = { min = \"2KB\" }", "should be \"2KB\""),
        ("duplicates = \"70%\"", "is more than half"),
        ("feed_order = \"shuffled\"", "means nothing without `feed`"),
        ("dates = \"us\"", "\"sobject\", \"iso\", \"mixed\""),
    ] {
        let text = format!(
            "schema = 1\nname = \"leads\"\n[target]\nurl = \"embedded\"\n[lead]\n{lead}\n\
             [[load]]\nkind = \"rate\"\nrate = \"5/s\"\nfor = \"1s\"\n"
        );
        let scenario = bench.write("leads.toml", &text);
        bench
            .call(&["check", scenario.to_str().unwrap()])
            .ends_with(3)
            .says(says);
    }
}
