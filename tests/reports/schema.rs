//! The published schemas of what reports hold.

use std::path::PathBuf;

use leadbench::summary::{Comparison, Summary};
use schemars::JsonSchema;

use crate::fixtures::{NAMES, text};

fn published() -> String {
    published_of::<Summary>("summary.v1.json")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test reads and, when asked, renews a published file"
)]
fn published_of<T: JsonSchema>(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("reports/schema")
        .join(file);
    let schema = schemars::schema_for!(T);
    let generated = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
    if std::env::var_os("LEADBENCH_RENEW_SCHEMA").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let published = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        published == generated,
        "reports/schema/{file} is not the schema of its type. If fields were only \
         added, renew it: LEADBENCH_RENEW_SCHEMA=1 cargo nextest run the_published_schema"
    );
    published
}

#[test]
fn the_published_schema_of_comparisons_is_the_type() {
    assert!(published_of::<Comparison>("comparison.v1.json").contains("\"MetricResult\""));
}

#[test]
fn the_published_schema_is_the_type() {
    assert!(published().contains("\"PhaseStats\""));
}

#[test]
fn every_fixture_is_valid_under_the_published_schema() {
    let schema: serde_json::Value = serde_json::from_str(&published()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for name in NAMES {
        let fixture = serde_json::from_str(&text(name)).unwrap();
        let faults: Vec<String> = validator
            .iter_errors(&fixture)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{name}: {faults:#?}");
    }
}

#[test]
fn the_schema_refuses_what_is_no_summary() {
    let schema: serde_json::Value = serde_json::from_str(&published()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut fixture: serde_json::Value = serde_json::from_str(&text("single")).unwrap();
    fixture["measurement"]["verdict"] = "splendid".into();
    assert!(!validator.is_valid(&fixture));
}
