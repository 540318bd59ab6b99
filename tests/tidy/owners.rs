//! Which places alone may name a crate that we depend on.

use crate::paths::Code;
use crate::source::read;

/// A crate that only some places may name: a room, or one file of a room.
const OWNERS: &[(&str, &[&str])] = &[
    ("anstream", &["cli"]),
    ("async_nats", &["fleet/bus"]),
    ("anyhow", &["cli", "runner"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    (
        "csv",
        &["metadata/callouts", "report", "scenario/inputs/trace"],
    ),
    ("ctrlc", &["cli"]),
    ("fake", &["lead"]),
    (
        "flate2",
        &["client/body_capture", "record/packer", "recording/frame"],
    ),
    (
        "form_urlencoded",
        &[
            "scenario/text/secret_places",
            "scenario/lower/exchange",
            "target",
        ],
    ),
    ("futures_util", &["fleet/bus"]),
    ("glob", &["cli"]),
    ("goose", &["engine/closed"]),
    ("hdrhistogram", &["record"]),
    ("http_body_util", &["client", "live", "target"]),
    ("hyper", &["client", "live", "target"]),
    ("hyper_util", &["client", "live", "target"]),
    ("indicatif", &["cli"]),
    ("jsonwebtoken", &["target"]),
    ("libm", &["engine"]),
    ("minijinja", &["report"]),
    ("nix", &["client/socket"]),
    ("p12_keystore", &["keys"]),
    ("pem", &["keys"]),
    ("pkcs8", &["keys"]),
    ("postcard", &["recording"]),
    ("prometheus_client", &["report"]),
    ("quick_junit", &["report"]),
    ("ratatui", &["cli"]),
    ("rcgen", &["keys"]),
    ("regex_lite", &["client", "runner", "scenario"]),
    ("roxmltree", &["metadata"]),
    ("rustls_native_certs", &["client"]),
    ("signal_hook", &["cli"]),
    ("statrs", &["statistics"]),
    ("tokio_rustls", &["client"]),
    ("toml", &["scenario"]),
    ("ureq", &["cli"]),
    ("x509_parser", &["client/tls/peer", "keys"]),
];

#[test]
fn a_crate_is_named_only_where_it_is_owned() {
    let faults = faults(&Code::of_this_crate());
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

// A crate that left Cargo.toml must leave the table too, or the table turns into folklore.
#[test]
fn every_owned_crate_is_a_dependency() {
    let manifest = read("Cargo.toml");
    for (name, _) in OWNERS {
        let listed = manifest
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .any(|(dependency, _)| dependency.replace('-', "_") == *name);
        assert!(
            listed,
            "tests/tidy/owners.rs names an owner for `{name}`, which Cargo.toml does not list"
        );
    }
}

#[test]
fn the_judge_of_owners_tells_a_crate_from_a_module_of_the_same_name() {
    let judge = |path: &str, text: &str| faults(&Code::of(&[(path, text)])).len();
    assert_eq!(judge("src/engine/open.rs", "use goose::prelude::*;"), 1);
    assert_eq!(judge("src/engine/closed.rs", "use goose::prelude::*;"), 0);
    let below = "src/engine/closed/user.rs";
    assert_eq!(judge(below, "use goose::prelude::*;"), 0);
    let rooted = "fn f(_: ::hyper::body::Incoming) {}";
    assert_eq!(judge("src/lead.rs", rooted), 1);
    let grouped = "use {serde::Serialize, hyper as h};";
    assert_eq!(judge("src/lead.rs", grouped), 1);
    let derived = "#[derive(clap::Parser)] struct Args {}";
    assert_eq!(judge("src/plan.rs", derived), 1);
    let given = "fn f() { assert!(pem::parse(b\"\").is_ok()); }";
    assert_eq!(judge("src/plan.rs", given), 1);
    let imported = "use crate::keys::pem; fn f() { pem::x() }";
    assert_eq!(judge("src/cli/keys.rs", imported), 0);
    assert_eq!(judge("src/report.rs", "mod csv; fn f() { csv::x() }"), 0);
    assert_eq!(judge("src/plan.rs", "fn f(csv: &str) { g(csv) }"), 0);
}

fn faults(code: &Code) -> Vec<String> {
    let mut faults = Vec::new();
    for source in &code.sources {
        for named in &source.named {
            let Some(name) = code.external(named) else {
                continue;
            };
            let Some((_, owners)) = OWNERS.iter().find(|(owned, _)| *owned == name) else {
                continue;
            };
            let file = source.name();
            let is_owner = owners.iter().any(|owner| {
                file.strip_prefix(owner)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
            if !is_owner {
                faults.push(format!(
                    "{}:{}: names the crate `{name}`, which belongs to {}",
                    source.path,
                    named.line,
                    owners.join(" and ")
                ));
            }
        }
    }
    faults
}
