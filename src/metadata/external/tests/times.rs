//! What becomes of the claims that go by the clock.

use proptest::prelude::*;

use super::*;

#[test]
fn times_are_placed_by_the_keys_of_the_scenario() {
    let times = |exp: &str, iat: &str, nbf: &str| {
        let claim = |name: &str, after: &str| {
            let value = format!("{{!Text(FLOOR({NOW} {after}))}}");
            parameter("JwtBodyClaim", name, &value)
        };
        let all = [("exp", exp), ("iat", iat), ("nbf", nbf)];
        let there = all.iter().filter(|(_, after)| !after.is_empty());
        made(
            &there
                .map(|(name, after)| claim(name, after))
                .collect::<Vec<_>>(),
        )
    };
    let (scenario, notes) = times("+ 3600", "+ 0", "- 30");
    has(
        &scenario,
        &["valid_for = \"3600s\"", "nbf_clock_skew = \"30s\""],
    );
    assert!(!scenario.contains("\nclock_skew"), "{scenario}");
    told(&notes, &[]);
    // All three move with `iat`.
    let (scenario, notes) = times("+ 3600", "- 60", "- 90");
    has(
        &scenario,
        &[
            "clock_skew = \"-60s\"",
            "nbf_clock_skew = \"30s\"",
            "valid_for = \"3660s\"",
        ],
    );
    told(&notes, &[]);
    let (scenario, notes) = times("+ 60 * 60", "- 60", "");
    has(
        &scenario,
        &["clock_skew = \"-60s\"", "valid_for = \"3660s\""],
    );
    told(&notes, &["`iat` lies -60 s from now"]);
    // What no key can say is refused where the key would stand.
    let (scenario, notes) = times("- 1", "+ 0", "+ 30");
    assert!(scenario.contains("valid_for = \"{!Text("), "{scenario}");
    assert!(
        scenario.contains("nbf_clock_skew = \"{!Text("),
        "{scenario}"
    );
    told(
        &notes,
        &["`exp` lies -1 s after `iat`", "`nbf` lies 30 s after `iat`"],
    );
}

/// The whole seconds of a key, 0 where it is not there.
fn seconds(scenario: &str, key: &str) -> i64 {
    let start = format!("{key} = \"");
    let value = scenario.lines().find_map(|line| line.strip_prefix(&start));
    value.map_or(0, |value| value.trim_end_matches("s\"").parse().unwrap())
}

proptest! {
    // What the keys of the scenario make of the clock is what the formulas make of it, or the
    // scenario is refused.
    #[test]
    fn the_keys_put_the_times_where_the_formulas_do(
        exp in -100i64..90_000,
        iat in -90_000i64..90_000,
        nbf in -90_000i64..90_000,
        is_near: bool,
    ) {
        let (iat, nbf) = if is_near { (iat / 1_000, nbf / 1_000) } else { (iat, nbf) };
        let claim = |name: &str, after: i64| {
            let value = format!("{{!Text(FLOOR({NOW} + {after}))}}");
            parameter("JwtBodyClaim", name, &value)
        };
        let (scenario, notes) = made(&[claim("exp", exp), claim("iat", iat), claim("nbf", nbf)]);
        if notes.is_empty() {
            let issued = seconds(&scenario, "clock_skew");
            prop_assert_eq!(issued, iat);
            prop_assert_eq!(issued - seconds(&scenario, "nbf_clock_skew"), nbf);
            prop_assert_eq!(issued + seconds(&scenario, "valid_for"), exp);
        } else {
            prop_assert!(scenario.contains("{!Text("), "{}", scenario);
        }
    }
}

#[test]
fn a_time_that_does_not_go_by_the_clock_is_refused_where_it_would_stand() {
    for (name, value, line, says) in [
        (
            "exp",
            "1795824000",
            "valid_for = \"{!1795824000}\"",
            "is a fixed number outside 1 s",
        ),
        ("exp", "soon", "valid_for = \"{!soon}\"", "the name soon"),
        (
            "exp",
            "{!HOUR(TIMENOW())}",
            "valid_for = \"{!HOUR(TIMENOW())}\"",
            "TIMENOW",
        ),
        (
            "exp",
            "{!NOW() + 1/24}",
            "valid_for = \"{!NOW() + 1/24}\"",
            "a point in time",
        ),
        (
            "exp",
            "{!$Credential.A.B}",
            "valid_for = \"{!$Credential.A.B}\"",
            "a secret",
        ),
        (
            "iat",
            "0",
            "clock_skew = \"{!0}\"",
            "the same in every token",
        ),
        (
            "nbf",
            "{!'a'}",
            "nbf_clock_skew = \"{!'a'}\"",
            "is the string",
        ),
    ] {
        let (scenario, notes) = made(&[parameter("JwtBodyClaim", name, value)]);
        has(&scenario, &[line]);
        told(&notes, &[says]);
        assert!(notes[0].starts_with("3:"), "{notes:?}");
    }
    // Without braces, and as a number in quotes.
    let bare = NOW.replace("&quot;", "'");
    let in_quotes = format!("\"{{!FLOOR({bare}) + 90}}\"");
    for value in [
        &format!("FLOOR({bare}) + 90"),
        "\"90\"",
        "{!90}",
        &in_quotes,
    ] {
        let (scenario, _) = made(&[parameter("JwtBodyClaim", "exp", value)]);
        has(&scenario, &["valid_for = \"90s\""]);
    }
}
