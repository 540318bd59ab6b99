//! The published schemas of what reports hold.

use std::path::PathBuf;

use leadbench::summary::{AnyReasonCode, Comparison, ReasonCode, SearchSummary, Summary};
use schemars::JsonSchema;
use serde_json::{Value, json};

use crate::fixtures::{NAMES, text};
use crate::searches::{found, rendered_search, thrice};

/// What stands before and after the table of codes.
const CODES_BEGIN: &str = "<!-- codes: made from ReasonCode -->";
const CODES_END: &str = "<!-- end of codes -->";

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
fn the_published_schema_of_searches_is_the_type() {
    let schema = published_of::<SearchSummary>("search.v1.json");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for search in [found(), thrice()] {
        let json = rendered_search(&search, "search.json");
        let json = serde_json::from_str(&json).unwrap();
        assert!(validator.is_valid(&json), "{json}");
    }
}

#[test]
fn the_published_schema_is_the_type() {
    assert!(published().contains("\"PhaseStats\""));
}

#[test]
fn every_fixture_is_valid_under_the_published_schema() {
    let schema: Value = serde_json::from_str(&published()).unwrap();
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
    let schema: Value = serde_json::from_str(&published()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut fixture: Value = serde_json::from_str(&text("single")).unwrap();
    fixture["measurement"]["verdict"] = "splendid".into();
    assert!(!validator.is_valid(&fixture));
}

/// The table of all codes: each with its meaning and what to do, from the type itself.
fn table_of_codes() -> String {
    let schema = schemars::schema_for!(ReasonCode).to_value();
    let mut table = "| code | meaning | what to do |\n|---|---|---|\n".to_owned();
    for variant in schema["oneOf"].as_array().unwrap() {
        let code = variant["const"].as_str().unwrap();
        let told = variant["description"]
            .as_str()
            .unwrap()
            .replace("\n\n", "\u{1f}");
        let told = told.replace('\n', " ");
        let (meaning, remedy) = told.split_once('\u{1f}').unwrap();
        table += &["| `", code, "` | ", meaning, " | ", remedy, " |\n"].concat();
    }
    table
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the test reads and, when asked, renews a document"
)]
fn the_formats_list_every_code() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/FORMATS.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once(CODES_BEGIN).unwrap();
    let (listed, after) = rest.split_once(CODES_END).unwrap();
    let table = format!("\n{}", table_of_codes());
    if std::env::var_os("LEADBENCH_RENEW_SCHEMA").is_some() {
        let renewed = format!("{before}{CODES_BEGIN}{table}{CODES_END}{after}");
        std::fs::write(path, renewed).unwrap();
    } else {
        assert!(
            listed == table,
            "the codes in docs/FORMATS.md are not those of ReasonCode. If codes were only added, \
             renew the table: LEADBENCH_RENEW_SCHEMA=1 cargo nextest run the_formats_list"
        );
    }
}

// The codes of an early end were there before the others, as texts.
#[test]
fn an_early_end_has_codes_of_the_list() {
    for (code, text) in [
        (
            ReasonCode::FirstCalloutsFailedAlike,
            "first_callouts_failed_alike",
        ),
        (ReasonCode::FirstCalloutsFailed, "first_callouts_failed"),
    ] {
        assert_eq!(serde_json::to_value(code).unwrap(), text);
    }
}

// A code of a later version does not make the whole file unreadable.
#[test]
fn a_saturation_and_an_early_end_of_a_later_version_are_kept() {
    let mut file: Value = serde_json::from_str(&text("saturated")).unwrap();
    file["saturation"]["code"] = json!("a_later_saturation");
    file["stopped"] = json!({
        "code": "a_later_end", "count": 20, "outcome": "timeout", "status": null, "reason": null
    });
    let summary: Summary = serde_json::from_value(file.clone()).unwrap();
    let written = serde_json::to_value(&summary).unwrap();
    assert_eq!(written["saturation"], file["saturation"]);
    assert_eq!(written["stopped"], file["stopped"]);
}

// A summary of a later version is rendered again with its codes as they stand.
#[test]
fn a_code_of_a_later_version_is_kept() {
    let hostile: Summary = serde_json::from_str(&text("hostile")).unwrap();
    let later = AnyReasonCode::Other("a_code_of_a_later_version".to_owned());
    assert_eq!(hostile.measurement.coded_reasons[0].code, later);
    let written = serde_json::to_value(&hostile).unwrap();
    let code = &written["measurement"]["coded_reasons"][0]["code"];
    assert_eq!(code, "a_code_of_a_later_version");
}
