//! No text, however broken, makes the reader panic or fall silent.

use leadbench::plan::Override;
use leadbench::scenario;
use proptest::prelude::*;
use proptest::sample::Index;

const VALID: &[&str] = &[
    include_str!("../scenarios/converted-lead.toml"),
    include_str!("../scenarios/virtual-users.toml"),
    include_str!("fixtures/scenarios/valid/everything-rate.toml"),
    include_str!("fixtures/scenarios/valid/smallest.toml"),
];

/// Reads a scenario; where it is refused, something is said about it, and of each problem
/// a line that is there.
#[track_caller]
fn check(text: &str, overrides: &[Override]) {
    if let Err(problems) = scenario::parse("any.toml", text, overrides) {
        let shown = problems.to_string();
        assert!(problems.len() >= 1, "refused without a reason:\n{text}");
        let heads = shown
            .lines()
            .filter(|line| line.starts_with("any.toml:") || line.starts_with("--set:"));
        assert!(heads.count() >= problems.len(), "{shown}");
    }
}

fn one(path: &str, value: &str) -> Override {
    Override::set(path, value)
}

/// What TOML is made of, so that broken text is broken in interesting places.
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        "[\\[\\]{}=.,\"'#\\\\ \t\r\n_0-9-]{1,8}",
        "(target|load|auth|name|url|rate|for|thresholds|é|🙂)",
        "\\PC{0,6}",
        Just("\"\"\"".to_owned()),
        Just("[[load]]\n".to_owned()),
    ]
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,20}",
        "(load|target|auth|thresholds|engine|name)(\\.(0|1|rate|url|\"latency.p99\"|é)){0,4}",
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        proptest::collection::vec(fragment(), 0..8).prop_map(|parts| parts.concat()),
    ]
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        check(&text, &[]);
    }

    #[test]
    fn anything_like_toml_is_read_or_refused(
        parts in proptest::collection::vec(fragment(), 0..60),
    ) {
        check(&parts.concat(), &[]);
    }

    #[test]
    fn a_damaged_scenario_is_read_or_refused(
        which in any::<Index>(),
        damages in proptest::collection::vec((any::<Index>(), 0..40_usize, value()), 1..4),
    ) {
        let mut bytes = VALID[which.index(VALID.len())].as_bytes().to_vec();
        for (place, width, text) in damages {
            let start = place.index(bytes.len() + 1);
            let end = (start + width).min(bytes.len());
            bytes.splice(start..end, text.into_bytes());
        }
        check(&String::from_utf8_lossy(&bytes), &[]);
    }

    #[test]
    fn any_override_is_applied_or_refused(
        which in any::<Index>(),
        changes in proptest::collection::vec((path(), value()), 1..5),
    ) {
        let overrides: Vec<Override> = changes
            .iter()
            .map(|(path, value)| one(path, value))
            .collect();
        check(VALID[which.index(VALID.len())], &overrides);
        check("", &overrides);
    }
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    check(&format!("a = {}", "[".repeat(100_000)), &[]);
    check(&format!("a = {}", "{a=".repeat(100_000)), &[]);
    check(&format!("{}a = 1", "a.".repeat(100_000)), &[]);
    check(&format!("[{}a]", "a.".repeat(100_000)), &[]);
    check("", &[one("a", &"[".repeat(100_000))]);
    check("", &[one(&"a.".repeat(100_000), "1")]);
}

#[test]
fn a_byte_order_mark_is_read_or_refused() {
    check(&format!("\u{feff}{}", VALID[0]), &[]);
}
