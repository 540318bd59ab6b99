//! Scenarios and the files that they name: refused in words, or a plan that holds what it promises.

use std::collections::HashSet;

use leadbench::engine::Schedule;
use leadbench::lead::Leads;
use leadbench::plan::{LeadShape, LoadModel, Override, Plan};
use leadbench::scenario;
use leadbench::token::Claims;
use leadbench::units::Seed;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

/// What scenarios are made of; a NUL begins an override, as `--set` gives it.
pub(crate) const WORDS: &[&str] = &[
    "\0load.0.rate=1e9/s",
    "\0load.0.for=1ns",
    "\0load.0.stages=[]",
    "\0target.url=http://[::1]:65535/",
    "\0auth.subject='User='+$User.Id",
    "\0thresholds.\"latency.p99\"=< 1ms",
    "[[load]]\n",
    "[auth]\n",
    "kind = \"users\"\n",
    "kind = \"salesforce\"\n",
    "arrivals = \"poisson\"\n",
    "\"0.000000001/s\"",
    "\"100000000/s\"",
    "\"0ns\"",
    "\"24h\"",
    "\"18446744073s\"",
    "nan",
    "inf",
    "\"\"\"",
    "\u{feff}",
    "é",
];

/// What templates are made of.
pub(crate) const TEMPLATE_WORDS: &[&str] = &[
    "{{",
    "}}",
    "{{seq}}",
    "{{uuid}}",
    "{{feed.Company}}",
    "{{digits 64}}",
    "{{now.unix_ms}}",
    "{{run.id}}",
    "\"",
    "\\",
    "\\u",
    "[",
    "{",
];

const FEED: &str = "Company,Region__c\nOne,EMEA\n\"Two \"\"quoted\"\"\",\"AP\nAC\"\n";

const SMALL: &str = "schema = 1\nname = \"small\"\n[target]\nurl = \"embedded\"\n[lead]\n";

const RATE: &str = "\n[[load]]\nkind = \"rate\"\nrate = \"5/s\"\nfor = \"2s\"\n";

/// A scenario, and overrides after NUL bytes.
pub(crate) fn scenario(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.split('\0');
    let scenario = parts.next().unwrap_or_default();
    let overrides: Vec<Override> = parts
        .filter_map(|change| change.split_once('='))
        .map(|(path, value)| Override::set(path, value))
        .collect();
    let plan = read(
        scenario,
        &overrides,
        &|_, name| match name.rsplit('.').next() {
            Some("json") => Ok(b"{\"a\": {{seq}}}".to_vec()),
            Some("csv") if name.contains("lead") => Ok(FEED.into()),
            Some("csv") => Ok(b"due_ms\n0\n5\n".to_vec()),
            _ => Err("there is none".to_owned()),
        },
    );
    plan.iter().for_each(holds);
}

/// The template of a body.
pub(crate) fn template(data: &[u8]) {
    let text = format!("{SMALL}template = \"t.json\"\nfeed = \"leads.csv\"\n{RATE}");
    let plan = read(&text, &[], &|_, name| match name {
        "t.json" => Ok(data.to_vec()),
        _ => Ok(FEED.into()),
    });
    plan.iter().for_each(makes_json);
}

/// A file of leads: cells, or JSON.
pub(crate) fn feed(data: &[u8]) {
    for name in ["leads.csv", "leads.jsonl"] {
        let text = format!(
            "{SMALL}shape = \"sobject\"\nfeed = \"{name}\"\nexternal_id = \"company\"\n{RATE}"
        );
        let plan = read(&text, &[], &|_, _| Ok(data.to_vec()));
        plan.iter().for_each(makes_json);
    }
}

/// A trace of arrivals.
pub(crate) fn trace(data: &[u8]) {
    let text = format!("{SMALL}\n[[load]]\nkind = \"trace\"\nfile = \"t.csv\"\nfor = \"2s\"\n");
    let plan = read(&text, &[], &|_, _| Ok(data.to_vec()));
    plan.iter().for_each(holds);
    match scenario::read_trace(data) {
        Ok(dues) => assert!(dues.is_sorted(), "due instants run backwards"),
        Err(faults) => assert!(!faults.is_empty(), "refused without a reason"),
    }
}

/// The plan, where there is one; else something is said.
fn read(text: &str, overrides: &[Override], files: &scenario::Files<'_>) -> Option<Plan> {
    match scenario::parse_with("any.toml", text, overrides, files) {
        Err(problems) => {
            assert!(problems.len() > 0, "refused without a reason");
            assert!(!problems.to_string().is_empty(), "refused without words");
            None
        }
        Ok(plan) => Some(plan),
    }
}

/// What every stage after a plan relies on.
fn holds(plan: &Plan) {
    let end = plan.last_known_end();
    assert!(plan.duration().is_none_or(|whole| whole >= end));
    for load in &plan.loads {
        let LoadModel::Rate(rate) = &load.model else {
            continue;
        };
        assert!(rate.peak_per_s().is_finite() && rate.expected().is_finite());
        let mut before = None;
        for arrival in Schedule::new(rate.clone(), Seed(1)).arrivals().take(50) {
            assert!(before <= Some(arrival.due), "due instants run backwards");
            assert!(arrival.due <= rate.duration(), "due after the end");
            before = Some(arrival.due);
        }
    }
    let loads = plan.loads.iter().filter_map(|load| load.auth.as_ref());
    for auth in loads.chain(&plan.auth) {
        let claims = Claims::new(auth);
        let mut payload = Vec::new();
        claims.write(1_700_000_000, 0, Uuid::nil(), &mut payload);
        for json in [claims.header().as_bytes(), &payload] {
            let json: Result<Value, _> = serde_json::from_slice(json);
            assert!(
                json.is_ok_and(|json| json.is_object()),
                "a token is no JSON"
            );
        }
    }
}

/// A body is JSON, whatever stands in the template and in the feed; one of the sObject's own shape
/// has no key twice, whatever its case.
fn makes_json(plan: &Plan) {
    let is_own = plan.lead.shape == LeadShape::Sobject;
    let leads = Leads::new(&plan.lead, 7, OffsetDateTime::UNIX_EPOCH);
    for seq in [0, 1, 999_999] {
        let body = leads.body(seq);
        let lead: Value = match serde_json::from_slice(&body) {
            Ok(lead) => lead,
            Err(error) => panic!("a body is no JSON: {error}"),
        };
        let Some(lead) = lead.as_object().filter(|_| is_own) else {
            continue;
        };
        // A key that is there twice is read once, and what is written again is shorter.
        let again = serde_json::to_vec(lead).unwrap_or_default();
        assert_eq!(again.len(), body.len(), "a key is there twice");
        let keys: HashSet<_> = lead.keys().map(|key| key.to_lowercase()).collect();
        assert_eq!(keys.len(), lead.len(), "keys differ by case alone");
    }
}
