//! The schema that editors use says what the reader says.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the fixtures are files, and one that cannot be read is a failure"
)]

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use leadbench::scenario;
use serde_json::{Value, json};

fn tomls(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    paths.sort();
    paths
}

fn valid() -> Vec<PathBuf> {
    let fixtures = tomls("tests/fixtures/scenarios/valid");
    assert!(fixtures.len() >= 6, "{fixtures:?}");
    tomls("scenarios").into_iter().chain(fixtures).collect()
}

/// Whether a file that is made from the types is as this version makes it.
#[track_caller]
fn is_current(path: &str, expected: &str) {
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&whole, expected).unwrap();
    }
    assert!(
        fs::read_to_string(&whole).unwrap_or_default() == expected,
        "{path} is old; run: UPDATE_EXPECT=1 cargo test --test scenario_schema"
    );
}

fn json_of(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap();
    serde_json::to_value(toml::from_str::<toml::Table>(&text).unwrap()).unwrap()
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&scenario::schema()).unwrap()
}

/// A scenario in which every table is there, by JSON pointer.
const TABLES: &[&str] = &[
    "",
    "/target",
    "/target/connections",
    "/target/expect",
    "/target/embedded",
    "/auth",
    "/lead",
    "/load/0",
    "/engine",
];

fn everything() -> Value {
    let mut scenario = json_of(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures/scenarios/valid/everything-rate.toml"),
    );
    // The schema does not say that this table requires another `url`.
    scenario["target"]["embedded"] = json!({ "service_time": "0ms" });
    scenario
}

#[test]
fn every_valid_scenario_parses() {
    for path in valid() {
        let text = fs::read_to_string(&path).unwrap();
        let beside =
            |_: usize, name: &str| fs::read(path.with_file_name(name)).map_err(|e| e.to_string());
        let parsed = scenario::parse_with(&path.display().to_string(), &text, &[], &beside);
        parsed.unwrap_or_else(|problems| panic!("{problems}"));
    }
}

#[test]
fn every_published_scenario_names_its_schema() {
    for path in tomls("scenarios") {
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(
            text.lines().next(),
            Some("#:schema ./scenario.schema.json"),
            "{}",
            path.display()
        );
    }
}

#[test]
fn the_published_schema_is_that_of_this_version() {
    let schema = serde_json::to_string_pretty(&scenario::schema()).unwrap();
    is_current("scenarios/scenario.schema.json", &format!("{schema}\n"));
}

#[test]
fn the_schema_accepts_every_valid_scenario() {
    let validator = validator();
    for path in valid() {
        let scenario = json_of(&path);
        let errors: Vec<String> = validator
            .iter_errors(&scenario)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
    }
}

#[test]
fn the_schema_refuses_an_unknown_key_in_every_table() {
    let validator = validator();
    assert!(validator.is_valid(&everything()));
    for pointer in TABLES {
        let mut scenario = everything();
        scenario.pointer_mut(pointer).unwrap()["unknown"] = json!(1);
        assert!(!validator.is_valid(&scenario), "[{pointer}]");
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let validator = validator();
    for (pointer, value) in [
        ("/schema", json!(2)),
        ("/name", json!("a b")),
        ("/target/timeout", json!(10)),
        ("/target/timeout", json!("10 parsecs")),
        ("/auth/source", json!("oauth")),
        ("/lead/seed", json!(-1)),
        ("/load", json!([])),
        ("/load/0/rate", json!("200")),
        ("/load/0/max_in_flight", json!(0)),
        ("/load/0/name", json!("a/b")),
        ("/engine/signers", json!(257)),
        ("/thresholds/failed", json!(0.1)),
    ] {
        let mut scenario = everything();
        *scenario.pointer_mut(pointer).unwrap() = value.clone();
        assert!(!validator.is_valid(&scenario), "{pointer} = {value}");
        let text = toml::to_string(&scenario).unwrap();
        assert!(
            scenario::parse("x", &text, &[]).is_err(),
            "{pointer} = {value}"
        );
    }
}

/// The keys of a table as the schema lists them.
fn keys_of_schema(pointer: &str) -> BTreeSet<String> {
    let schema = scenario::schema();
    let mut node = resolve(&schema, &schema);
    for step in pointer.split('/').skip(1) {
        let next = match step {
            "0" => &node["items"],
            name => &node["properties"][name],
        };
        node = resolve(&schema, next);
    }
    let properties = node["properties"].as_object().unwrap();
    properties.keys().cloned().collect()
}

/// Follows a `$ref`, or the only choice of an `anyOf`.
fn resolve<'s>(schema: &'s Value, node: &'s Value) -> &'s Value {
    if let Some(reference) = node["$ref"].as_str() {
        return schema.pointer(reference.trim_start_matches('#')).unwrap();
    }
    match node["anyOf"].as_array().map(Vec::as_slice) {
        Some([only]) => resolve(schema, only),
        _ => node,
    }
}

/// The keys of a table as the reader lists them beside one that it does not know.
fn keys_of_reader(pointer: &str) -> BTreeSet<String> {
    let mut scenario = everything();
    scenario.pointer_mut(pointer).unwrap()["0"] = json!(1);
    let text = toml::to_string(&scenario).unwrap();
    let problems = scenario::parse("x", &text, &[]).unwrap_err().to_string();
    let (_, list) = problems.split_once("hint: write one of ").unwrap();
    let line = list.lines().next().unwrap();
    line.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_schema_and_the_reader_know_the_same_keys() {
    for pointer in TABLES {
        assert_eq!(
            keys_of_schema(pointer),
            keys_of_reader(pointer),
            "[{pointer}]"
        );
    }
}

/// Keys without an example would be keys that nothing here tries.
#[test]
fn the_valid_fixtures_use_every_key() {
    let scenarios: Vec<Value> = valid().iter().map(|path| json_of(path)).collect();
    for pointer in TABLES {
        for key in keys_of_schema(pointer) {
            // Some keys make sense only in a load that is not the first.
            let places =
                ["/0", "/1", "/2", "/3"].map(|n| format!("{}/{key}", pointer.replace("/0", n)));
            let has = |one: &Value| places.iter().any(|place| one.pointer(place).is_some());
            assert!(
                scenarios.iter().any(has),
                "no valid fixture has {pointer}/{key}"
            );
        }
    }
}

// A value from outside may stand wherever a string may.
#[test]
fn the_schema_lets_values_from_outside_stand_for_strings() {
    let validator = validator();
    for (pointer, value, is_valid) in [
        ("/auth/subject", json!({ "env": "SUBJECT" }), true),
        (
            "/target/request/headers/X-Key",
            json!({ "file": "key" }),
            true,
        ),
        ("/target/timeout", json!({ "env": "TIMEOUT" }), true),
        ("/auth/subject", json!({ "secret": "s" }), true),
        ("/auth/subject", json!({ "env": "A", "file": "b" }), false),
        ("/auth/subject", json!({ "variable": "A" }), false),
        ("/lead/seed", json!({ "env": "SEED" }), false),
    ] {
        let mut scenario = everything();
        let (table, key) = pointer.rsplit_once('/').unwrap();
        let table = scenario.pointer_mut(table).unwrap();
        table[key] = value.clone();
        assert_eq!(
            validator.is_valid(&scenario),
            is_valid,
            "{pointer} = {value}"
        );
    }
}

// It says where to send, and leaves all else to the scenario.
#[test]
fn the_schema_of_overlays_asks_for_nothing() {
    let validator = jsonschema::draft202012::new(&scenario::overlay_schema()).unwrap();
    assert!(validator.is_valid(&json!({ "target": { "url": "https://staging.example.com/" } })));
    assert!(!validator.is_valid(&json!({ "target": { "uri": "https://staging.example.com/" } })));
}
