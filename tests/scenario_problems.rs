//! What a user reads when a scenario is wrong, and that right ones are taken.
//!
//! The folders are the lists of tests: each file under `invalid` stands beside the text
//! that it must give. `UPDATE_EXPECT=1 cargo nextest run --test scenario_problems` writes
//! the texts anew; read the difference before you commit it.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads its fixtures, and one that it cannot read is a failure"
)]

use std::fs;
use std::path::PathBuf;

use leadbench::plan::Override;
use leadbench::scenario::{self, Problems, Shorthand, shorthand};
use proptest::prelude::*;

const SCENARIO: &str = include_str!("../scenarios/converted-lead.toml");

fn scenarios(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    files.sort();
    files
}

fn name(path: &std::path::Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn set(path: &str, value: &str) -> Override {
    Override {
        path: path.to_owned(),
        value: value.to_owned(),
    }
}

fn problems(overrides: &[Override]) -> Problems {
    scenario::parse("a.toml", SCENARIO, overrides).unwrap_err()
}

#[test]
fn every_invalid_scenario_says_what_its_text_says() {
    let files = scenarios("tests/fixtures/scenarios/invalid");
    assert!(files.len() >= 7);
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let said = scenario::parse(&name(&path), &text, &[])
            .unwrap_err()
            .to_string();
        let expected = path.with_extension("txt");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&expected, &said).unwrap();
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(
            said,
            expected,
            "{}: renew with UPDATE_EXPECT=1",
            path.display()
        );
    }
}

// One look must show them all.
#[test]
fn twenty_different_faults_are_told_at_once() {
    let text = fs::read_to_string("tests/fixtures/scenarios/invalid/twenty.toml").unwrap();
    let problems = scenario::parse("twenty.toml", &text, &[]).unwrap_err();
    assert!(problems.len() >= 20, "{problems}");
}

#[test]
fn every_scenario_that_is_shipped_is_valid_and_names_its_schema() {
    for path in scenarios("scenarios") {
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("#:schema ./scenario.schema.json\n"),
            "{path:?}"
        );
        scenario::parse(&name(&path), &text, &[]).unwrap();
    }
    for path in scenarios("tests/fixtures/scenarios/valid") {
        let text = fs::read_to_string(&path).unwrap();
        scenario::parse(&name(&path), &text, &[]).unwrap();
    }
}

#[test]
fn the_published_schema_is_the_one_that_is_printed() {
    let published = fs::read_to_string("scenarios/scenario.schema.json").unwrap();
    let printed = serde_json::to_string_pretty(&scenario::schema()).unwrap() + "\n";
    assert!(
        published == printed,
        "renew it: cargo run -- schema > scenarios/scenario.schema.json"
    );
}

// Editors and the tool itself must not disagree about a file.
#[test]
fn the_schema_takes_what_the_tool_takes_and_refuses_unknown_keys() {
    let schema = jsonschema::validator_for(&scenario::schema()).unwrap();
    let mut files = scenarios("scenarios");
    files.extend(scenarios("tests/fixtures/scenarios/valid"));
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let value: serde_json::Value = toml::from_str(&text).unwrap();
        let faults: Vec<_> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{path:?}: {faults:?}");
        for table in ["", "/target", "/load/0"] {
            let mut value = value.clone();
            let table = value.pointer_mut(table).unwrap().as_object_mut().unwrap();
            table.insert("unknown".to_owned(), true.into());
            assert!(!schema.is_valid(&value), "{path:?}");
        }
    }
}

#[test]
fn overrides_change_the_plan_and_are_kept() {
    let overrides = [
        shorthand(Shorthand::Rate, "300/s"),
        shorthand(Shorthand::Duration, "5s"),
        set("engine.signers", "2"),
        set("load.warmup", "1s"),
        set("thresholds.\"latency.p50\"", "< 1s"),
    ];
    let plan = scenario::parse("a.toml", SCENARIO, &overrides).unwrap();
    assert_eq!(plan.load.to_string(), "300/s poisson for 5.00 s");
    assert_eq!(plan.engine.signers, Some(2));
    assert_eq!(plan.thresholds.len(), 5);
    assert_eq!(plan.overrides, overrides);
}

#[test]
fn a_fault_in_an_override_points_into_the_override() {
    let said = problems(&[set("load.0.rate", "fast")]).to_string();
    assert!(
        said.contains("--set:1:13: `rate`: \"fast\" has no period"),
        "{said}"
    );
    assert!(
        said.contains("1 | load.0.rate=fast\n  |             ^^^^"),
        "{said}"
    );
    for path in ["", ".", "load.7.rate", "name.x", "load..rate", "\"open"] {
        assert!(problems(&[set(path, "1")]).len() >= 1, "{path:?}");
    }
}

#[test]
fn a_password_in_a_url_is_refused_and_not_quoted() {
    let url = "https://user:canary@staging.example.com/leads";
    let broken = SCENARIO.replace("\"embedded\"", &format!("\"{url}\""));
    let in_file = scenario::parse("a.toml", &broken, &[]).unwrap_err();
    let given = problems(&[shorthand(Shorthand::Target, url)]);
    for said in [in_file.to_string(), given.to_string()] {
        assert!(said.contains("no user or password"), "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
}

#[test]
fn an_override_can_mend_a_fault() {
    let broken = SCENARIO.replace("200/s", "fast");
    let mended = shorthand(Shorthand::Rate, "200/s");
    assert!(scenario::parse("a.toml", &broken, &[mended]).is_ok());
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text: String) {
        if let Err(problems) = scenario::parse("a.toml", &text, &[]) {
            prop_assert!(!problems.to_string().is_empty());
        }
    }

    #[test]
    fn no_damage_makes_the_parser_panic(at in 0..SCENARIO.len(), cut in 0_usize..40, put: String) {
        let text = SCENARIO.to_owned();
        let end = (at + cut).min(text.len());
        prop_assume!(text.is_char_boundary(at) && text.is_char_boundary(end));
        let damaged = format!("{}{put}{}", &text[..at], &text[end..]);
        if let Err(problems) = scenario::parse("a.toml", &damaged, &[]) {
            prop_assert!(!problems.to_string().is_empty());
        }
    }

    #[test]
    fn no_override_makes_the_parser_panic(path: String, value: String) {
        if let Err(problems) = scenario::parse("a.toml", SCENARIO, &[set(&path, &value)]) {
            prop_assert!(!problems.to_string().is_empty());
        }
    }
}
