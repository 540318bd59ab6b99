//! Names that are resolved once, and names that each new connection looks up.

use serde_json::Value;

use crate::fault_server::FaultServer;
use crate::support::{Bench, assert_adds_up, number};

const CREATED: &[u8] = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";

/// Runs a second of load over connections that serve one callout each, and gives its phases.
#[track_caller]
fn phases_with(resolve: &str) -> Value {
    let server = FaultServer::answering_once(CREATED);
    let bench = Bench::without_key();
    let url = server.url().replace("127.0.0.1", "localhost");
    let text = format!(
        "schema = 1\nname = \"names\"\n\
         [target]\nurl = \"{url}\"\nresolve = \"{resolve}\"\n\
         [[load]]\nkind = \"rate\"\nrate = \"50/s\"\narrivals = \"uniform\"\nfor = \"400ms\"\n\
         [thresholds]\n\"failed\" = \"< 1%\"\n"
    );
    let scenario = bench.write("names.toml", &text);
    let ran = bench.run(scenario.to_str().unwrap(), &[]);
    let summary = ran.ends_with_unless_busy(0).summary();
    assert_adds_up(&summary);
    assert_eq!(number(&summary["counts"]["ok"]), 20);
    summary["phases"].clone()
}

#[test]
fn each_connection_can_pay_for_its_own_lookup() {
    let phases = phases_with("per-connection");
    assert_eq!(number(&phases["connect"]["count"]), 20);
    assert_eq!(number(&phases["dns"]["count"]), 20);
}

#[test]
fn a_name_resolved_once_costs_no_callout_anything() {
    let phases = phases_with("once");
    assert_eq!(number(&phases["connect"]["count"]), 20);
    assert!(phases.get("dns").is_none(), "{phases}");
}
