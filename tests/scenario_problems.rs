//! What a user reads when a scenario is wrong.
//!
//! Each `tests/fixtures/scenarios/invalid/NAME.toml` stands beside `NAME.txt`, what is
//! written about it. The folder is the list of tests.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the fixtures are files, and one that cannot be read is a failure"
)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use leadbench::plan::{Override, Plan};
use leadbench::scenario::{self, Problems, Shorthand, shorthand};

/// Files of the folder `invalid` at the least, so that an empty walk is no success.
const FIXTURES_MIN: usize = 30;

fn invalid() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/scenarios/invalid");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    paths.sort();
    paths
}

#[track_caller]
fn problems_of(path: &Path) -> Problems {
    let name = path.file_name().unwrap().display().to_string();
    let text = fs::read_to_string(path).unwrap();
    scenario::parse(&name, &text, &[]).unwrap_err()
}

/// A small valid scenario, and the text with which it can be made another.
const SMALL: &str = r#"schema = 1
name = "small"

[target]
url = "embedded"

[[load]]
kind = "rate"
rate = "5/s"
for = "2s"
"#;

fn set(text: &str, assignments: &[&str]) -> Result<Plan, String> {
    let overrides: Vec<Override> = assignments
        .iter()
        .map(|assignment| {
            let (path, value) = assignment.split_once('=').unwrap();
            Override::set(path, value)
        })
        .collect();
    scenario::parse("small.toml", text, &overrides).map_err(|problems| problems.to_string())
}

#[track_caller]
fn check(text: &str, assignments: &[&str], expect: &str) {
    let shown = set(text, assignments).unwrap_err();
    assert_eq!(shown.trim_end(), expect.trim());
}

#[test]
fn every_problem_reads_as_agreed() {
    let paths = invalid();
    assert!(paths.len() >= FIXTURES_MIN, "{} fixtures", paths.len());
    let mut differing = Vec::new();
    for path in &paths {
        let shown = format!("{}\n", problems_of(path));
        let expected = path.with_extension("txt");
        if env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&expected, &shown).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != shown {
            differing.push(format!("{}:\n{shown}", expected.display()));
        }
    }
    assert!(
        differing.is_empty(),
        "these read differently now; if it is for the better, run \
         UPDATE_EXPECT=1 cargo test --test scenario_problems\n\n{}",
        differing.join("\n")
    );
}

#[test]
fn twenty_faults_are_told_at_once() {
    let paths = invalid();
    let twenty = paths.iter().find(|path| path.ends_with("twenty.toml"));
    let problems = problems_of(twenty.unwrap());
    assert!(problems.len() >= 20, "{problems}");
}

#[test]
fn no_problem_is_told_twice() {
    for path in invalid() {
        let shown = problems_of(&path).to_string();
        let mut heads: Vec<&str> = shown
            .lines()
            .filter(|line| line.contains(".toml:"))
            .collect();
        let count = heads.len();
        heads.sort_unstable();
        heads.dedup();
        assert_eq!(heads.len(), count, "{shown}");
    }
}

#[test]
fn no_expectation_outlives_its_scenario() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/scenarios/invalid");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert!(path.with_extension("toml").exists(), "{}", path.display());
    }
}

#[test]
fn hostile_keys_cannot_steer_the_terminal() {
    let text = format!("{SMALL}\"\\u001b[2J\" = 1\n");
    let shown = set(&text, &[]).unwrap_err();
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
}

#[test]
fn a_bad_override_is_shown_in_its_own_text() {
    check(
        SMALL,
        &["load.0.rate=fast"],
        r#"
--set: `rate`: "fast" is not a rate; write a number above 0 and a period: "200/s", "0.5/s", "12000/min"
 |
 | load.0.rate=fast
 |             ^^^^

1 problem in --set
"#,
    );
}

// Nobody typed the path that a flag stands for.
#[test]
fn a_bad_flag_is_shown_as_it_was_given() {
    let refused = scenario::parse("small.toml", SMALL, &[shorthand(Shorthand::Rate, "fast")]);
    let shown = refused.unwrap_err().to_string();
    assert!(
        shown.starts_with("--rate: `rate`: \"fast\" is not a rate"),
        "{shown}"
    );
    assert!(shown.contains("\n | fast\n | ^^^^\n"), "{shown}");
}

#[test]
fn of_a_long_line_only_what_is_around_the_fault_is_shown() {
    let long = "x".repeat(100_000);
    for (text, start) in [
        (
            format!("{SMALL}tags = [\"{long}\"]; \"{long}\"\n"),
            "small.toml:11:",
        ),
        (
            format!("{SMALL}nonsense = \"é{long}\"\n"),
            "small.toml:11:1: ",
        ),
        (SMALL.replace("5/s", &long), "small.toml:9:8: "),
    ] {
        let shown = set(&text, &[]).unwrap_err();
        assert!(shown.contains(start), "{shown}");
        let longest = shown.lines().map(|line| line.chars().count()).max();
        assert!(longest < Some(700) && shown.contains('…'), "{longest:?}");
    }
}

// The caret stands below what it is about also where the line is cut on both sides.
#[test]
fn a_caret_stays_where_it_belongs() {
    let long = "x".repeat(500);
    let text = format!("{SMALL}\"{long}\" = \"é{long}\", {long} = 2\n");
    let shown = set(&text, &[]).unwrap_err();
    let lines: Vec<Vec<char>> = shown.lines().map(|line| line.chars().collect()).collect();
    let caret = lines.iter().position(|line| line.contains(&'^')).unwrap();
    let at = lines[caret].iter().position(|c| *c == '^').unwrap();
    assert_eq!(lines[caret - 1][at], ',', "{shown}");
}

#[test]
fn a_mistyped_path_is_shown_with_the_key_that_was_meant() {
    let shown = set(SMALL, &["target.timout=5s"]).unwrap_err();
    assert!(
        shown.contains("--set: [target] has no key `timout`"),
        "{shown}"
    );
    assert!(shown.contains("hint: did you mean `timeout`?"), "{shown}");
}

#[test]
fn a_path_that_leads_nowhere_is_refused() {
    for (assignment, message) in [
        ("load..rate=5/s", "this is not the path of a key"),
        (
            "load.1.rate=5/s",
            "there is no number 1 in this list of 1, counted from 0",
        ),
        (
            "name.first=x",
            "`first` cannot be set in a string, which has no keys",
        ),
        ("\"load=5", "this is not the path of a key"),
    ] {
        let shown = set(SMALL, &[assignment]).unwrap_err();
        assert!(shown.contains(message), "{assignment}: {shown}");
    }
}

// What stands in --set is not in the file, and the way to the only load is told.
#[test]
fn a_fault_of_the_command_line_has_its_place_there() {
    let shown = set(SMALL, &["load.1.rate=5/s"]).unwrap_err();
    assert!(
        shown.contains("hint: for the only load write load.rate"),
        "{shown}"
    );
    assert!(shown.ends_with("1 problem in --set"), "{shown}");
    let both = SMALL.replace("5/s", "5 per second");
    assert_ne!(both, SMALL);
    let shown = set(&both, &["load.0.for=1"]).unwrap_err();
    assert!(
        shown.ends_with("2 problems in small.toml and --set"),
        "{shown}"
    );
}

// A run is told by what it was given, however that was spelled.
#[test]
fn a_path_is_told_in_one_spelling() {
    for (assignment, path) in [
        ("load.rate=5/s", "load.0.rate"),
        ("load.0.rate=5/s", "load.0.rate"),
        ("thresholds.failed=< 1%", "thresholds.failed"),
        (
            "thresholds.latency.p99=< 100ms",
            "thresholds.\"latency.p99\"",
        ),
        (
            "thresholds.\"latency.p99\"=\"< 100ms\"",
            "thresholds.\"latency.p99\"",
        ),
        (
            "thresholds.latency.p99.9=< 100ms",
            "thresholds.\"latency.p99.9\"",
        ),
        (
            "thresholds.server.jwt.p50=< 5ms",
            "thresholds.\"server.jwt.p50\"",
        ),
        ("target.timeout=5s", "target.timeout"),
    ] {
        let plan = set(SMALL, &[assignment]).unwrap();
        assert_eq!(plan.overrides[0].path, path, "{assignment}");
    }
    let plan = set(SMALL, &["thresholds.latency.p99=< 100ms"]).unwrap();
    assert_eq!(plan.thresholds[0].metric.to_string(), "latency.p99");
}

#[test]
fn a_path_of_thousands_of_steps_is_refused() {
    let path = vec!["a"; 100_000].join(".");
    let shown = set(SMALL, &[&format!("{path}=1")]).unwrap_err();
    assert!(shown.contains("this is not the path of a key"));
}

#[test]
fn overrides_make_the_tables_that_they_need() {
    let plan = set(
        SMALL,
        &[
            "engine.signers=2",
            "thresholds.\"latency.p99\"=\"< 1s\"",
            "thresholds.failed=< 1%",
            "load.rate=300/s",
            "target.embedded.service_time=1ms",
        ],
    )
    .unwrap();
    assert_eq!(plan.engine.signers, Some(2));
    let thresholds: Vec<String> = plan
        .thresholds
        .iter()
        .map(|t| format!("{} {} {}", t.metric, t.comparison, t.limit))
        .collect();
    assert_eq!(thresholds.len(), 2, "{thresholds:?}");
    assert!(
        thresholds[0].starts_with("latency.p99 < "),
        "{thresholds:?}"
    );
    assert!(
        plan.loads[0].to_string().starts_with("300/s"),
        "{}",
        plan.loads[0]
    );
}

#[test]
fn a_load_can_come_from_overrides_alone() {
    let text = "schema = 1\nname = \"small\"\n[target]\nurl = \"embedded\"\n";
    let plan = set(
        text,
        &["load.kind=users", "load.0.users=3", "load.iterations=4"],
    )
    .unwrap();
    assert_eq!(
        plan.loads[0].to_string(),
        "3 virtual users, 4 iterations each"
    );
}

#[test]
fn what_an_overriding_load_lacks_is_told_once() {
    let text = "schema = 1\nname = \"small\"\n[target]\nurl = \"embedded\"\n";
    let shown = set(text, &["load.rate=5/s"]).unwrap_err();
    assert!(
        shown.contains("--set: [[load]] needs the key `kind`"),
        "{shown}"
    );
    assert!(shown.ends_with("1 problem in --set"), "{shown}");
}

#[test]
fn an_override_mends_a_fault_of_the_file() {
    let text = SMALL.replace("5/s", "often").replace("\"2s\"", "2");
    assert!(set(&text, &["load.rate=5/s"]).is_err());
    set(&text, &["load.rate=5/s", "load.for=2s"]).unwrap();
}

#[test]
fn the_last_override_wins() {
    let plan = set(SMALL, &["load.rate=6/s", "load.0.rate=7/s"]).unwrap();
    assert!(
        plan.loads[0].to_string().starts_with("7/s"),
        "{}",
        plan.loads[0]
    );
}

// `1.3` is a number of TOML, and meant as the word.
#[test]
fn a_word_that_looks_like_a_number_needs_no_quotes() {
    let at = "target.url=https://localhost/leads";
    let plan = set(SMALL, &[at, "target.connections.tls=1.3"]).unwrap();
    assert_eq!(
        plan.target.connections.tls,
        Some(leadbench::plan::TlsVersion::V1_3)
    );
}

#[test]
fn an_override_cannot_mend_what_is_no_toml() {
    let text = SMALL.replace("\"5/s\"", "5/s");
    let shown = set(&text, &["load.rate=5/s"]).unwrap_err();
    assert!(
        shown.contains("small.toml:9:8: a string needs quotes"),
        "{shown}"
    );
}

#[test]
fn shorthands_change_the_plan_and_are_kept() {
    let overrides = [
        shorthand(Shorthand::Rate, "300/s"),
        shorthand(Shorthand::Duration, "5s"),
    ];
    let plan = scenario::parse("small.toml", SMALL, &overrides).unwrap();
    assert_eq!(plan.loads[0].to_string(), "300/s poisson for 5.00 s");
    assert_eq!(plan.overrides, overrides);
}

/// With a second load, of users, and a third with a rate again.
fn several() -> String {
    format!(
        "{SMALL}\n[[load]]\nname = \"crowd\"\nkind = \"users\"\nusers = 3\nfor = \"9s\"\n\
         [[load]]\nname = \"late\"\nkind = \"rate\"\nrate = \"5/s\"\nfor = \"9s\"\nafter = \"crowd\"\n"
    )
}

#[test]
fn a_flag_goes_to_the_only_load_that_has_its_key() {
    let users = shorthand(Shorthand::Users, "7");
    let plan = scenario::parse("several.toml", &several(), &[users]).unwrap();
    assert_eq!(plan.loads[1].to_string(), "7 virtual users for 9.00 s");
    assert_eq!(plan.overrides[0].path, "load.1.users");
}

#[test]
fn a_flag_that_could_be_for_several_loads_says_how_to_name_one() {
    let told = |flag, value| {
        let refused = scenario::parse("several.toml", &several(), &[shorthand(flag, value)]);
        refused.unwrap_err().to_string()
    };
    let shown = told(Shorthand::Rate, "300/s");
    assert!(
        shown.starts_with("--rate: --rate does not say which of 2 loads it is for"),
        "{shown}"
    );
    let hint = "write --set load.0.rate=..., or --set load.2.rate=... for \"late\"";
    assert!(shown.contains(hint), "{shown}");
    let shown = told(Shorthand::Duration, "5s");
    assert!(shown.contains("which of 3 loads"), "{shown}");
}

// Signed addresses have their secret there.
#[test]
fn the_query_of_a_url_that_is_wrong_is_not_quoted() {
    for url in [
        "http://127.0.0.1:99999/x?api_key=canary",
        "http://127.0.0.1:9/x?api_key=canary é",
        "http://127.0.0.1:9/x?token=canary#frag",
        "ftp://localhost?canary",
        "http://user:canary@localhost?canary?a@b/canary",
    ] {
        let broken = SMALL.replace("\"embedded\"", &format!("\"{url}\""));
        let in_file = scenario::parse("small.toml", &broken, &[]);
        let given = scenario::parse("small.toml", SMALL, &[shorthand(Shorthand::Target, url)]);
        for refused in [in_file, given] {
            let said = refused.unwrap_err().to_string();
            assert!(!said.contains("canary") && said.contains("?***"), "{said}");
        }
    }
}

#[test]
fn a_password_in_a_url_is_refused_and_not_quoted() {
    let url = "https://user:canary@staging.example.com/leads";
    let broken = SMALL.replace("\"embedded\"", &format!("\"{url}\""));
    let in_file = scenario::parse("small.toml", &broken, &[]);
    let given = scenario::parse("small.toml", SMALL, &[shorthand(Shorthand::Target, url)]);
    for refused in [in_file, given] {
        let said = refused.unwrap_err().to_string();
        assert!(said.contains("not contain a user or password"), "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
}

// A ramp begins at nothing where nothing is said, and so it may be said.
#[test]
fn stages_may_begin_at_nothing() {
    let text = SMALL.replace(
        "rate = \"5/s\"\nfor = \"2s\"",
        "rate = \"0/s\"\nstages = [{ to = \"5/s\", over = \"2s\" }]",
    );
    let plan = set(&text, &[]).unwrap();
    let unsaid = set(&text.replace("rate = \"0/s\"\n", ""), &[]).unwrap();
    assert_eq!(plan.loads[0].to_string(), unsaid.loads[0].to_string());
    let crew = "kind = \"users\"\nusers = 0\nstages = [{ to = 5, over = \"2s\" }]";
    let text = SMALL.replace("kind = \"rate\"\nrate = \"5/s\"\nfor = \"2s\"", crew);
    set(&text, &[]).unwrap();
}

/// A scenario with a token, beside `SMALL`.
const WITH_TOKEN: &str = r#"schema = 1
name = "token"

[target]
url = "embedded"

[auth]
source = "named-credential"
key = "lead_signing"
issuer = "i"
subject = "s"
audience = "a"

[[load]]
kind = "rate"
rate = "5/s"
for = "20s"
warmup = "1s"
"#;

#[track_caller]
fn says(text: &str, assignments: &[&str], expected: &[&str]) {
    let shown = set(text, assignments).unwrap_err();
    for words in expected {
        assert!(shown.contains(words), "{words:?} is not in:\n{shown}");
    }
}

#[test]
fn a_default_must_fit_the_load_too() {
    let org = "schema = 1\nname = \"org\"\n[target]\nurl = \"embedded\"\n[[load]]\n\
               kind = \"salesforce\"\npreset = \"backlog-release\"\nfor = \"3s\"\n";
    let words = "org.toml:8:7: `quiet` (10.0 s, its default) must be shorter than `for` (3.00 s)";
    let refused = scenario::parse("org.toml", org, &[])
        .unwrap_err()
        .to_string();
    assert!(refused.starts_with(words), "{refused}");
    set(org, &["load.quiet=1s"]).unwrap();
    set(org, &["load.for=11s"]).unwrap();
    says(
        org,
        &["load.quiet=3s"],
        &["--set: `quiet` (3.00 s) must be shorter"],
    );
}

#[test]
fn what_contradicts_the_file_is_told_of_the_command_line() {
    let one_second = [shorthand(Shorthand::Duration, "1s")];
    let refused = scenario::parse("token.toml", WITH_TOKEN, &one_second).unwrap_err();
    let refused = refused.to_string();
    assert!(
        refused.starts_with("--duration: `warmup` (1.00 s) must be shorter"),
        "{refused}"
    );
    says(
        WITH_TOKEN,
        &["load.warmup=20s"],
        &["--set: `warmup` (20.0 s) must be shorter"],
    );
}

#[test]
fn a_threshold_that_cannot_be_measured_is_refused() {
    for (text, settings, why, remedy) in [
        (
            SMALL,
            "thresholds.false_accepts=<= 0",
            "sends no bad tokens",
            "add [negative]",
        ),
        (
            SMALL,
            "thresholds.bad_token_errors=<= 0",
            "sends no bad tokens",
            "add [negative]",
        ),
        (
            SMALL,
            "thresholds.sign.p99=< 5ms",
            "sends no tokens",
            "add [auth]",
        ),
        (
            SMALL,
            "thresholds.token_age.max=< 5s",
            "sends no tokens",
            "add [auth]",
        ),
        (
            WITH_TOKEN,
            "thresholds.exchange.p99=< 5ms",
            "exchanges no tokens",
            "[auth.exchange]",
        ),
        (
            SMALL,
            "thresholds.tls.p99=< 5ms",
            "does not speak TLS",
            "https URL",
        ),
        (
            SMALL,
            "thresholds.dns.p99=< 5ms",
            "has no host name",
            "URL of your API",
        ),
    ] {
        says(
            text,
            &[settings],
            &[
                "cannot be measured: ",
                why,
                remedy,
                "leave the threshold out",
            ],
        );
    }
    for settings in [
        &[
            "target.connections.kernel_stamps=false",
            "thresholds.pickup.p99=< 5ms",
        ],
        &["target.connections.http=2", "thresholds.send.p99=< 5ms"],
        &["target.url=http://127.0.0.1/", "thresholds.dns.p99=< 5ms"],
    ] {
        says(
            SMALL,
            settings,
            &["cannot be measured: ", "[target", "leave the threshold out"],
        );
    }
    set(
        WITH_TOKEN,
        &["thresholds.sign.p99=< 5ms", "thresholds.queue.p99=< 1ms"],
    )
    .unwrap();
}

// A file is for many runs, and a flag for one.
#[test]
fn a_run_may_leave_a_threshold_of_the_file_unmeasured() {
    let text = format!("{WITH_TOKEN}\n[thresholds]\n\"sign.p99\" = \"< 5ms\"\n");
    set(&text, &["auth.signing=none"]).unwrap();
    let in_file = text.replace("source =", "signing = \"none\"\nsource =");
    says(
        &in_file,
        &[],
        &["`sign.p99` cannot be measured", "another `signing`"],
    );
}

#[test]
fn words_of_ours_are_not_taken_for_a_secret() {
    let form = "auth.exchange.form=a={assertion}";
    let shown = set(WITH_TOKEN, &[form]).unwrap_err();
    assert!(
        shown.contains("`form` must contain {{assertion}} once")
            && shown.contains("hint: write form = \"grant_type=...&assertion={{assertion}}\""),
        "{shown}"
    );
    // What was given is still hidden.
    assert!(
        !shown.contains("a={assertion}") && !shown.contains("[redacted]"),
        "{shown}"
    );
}

#[test]
fn keys_without_effect_on_the_embedded_target_are_refused() {
    for setting in [
        "target.connect_to=10.0.0.7",
        "target.ready=/health",
        "target.ca=ca.pem",
        "target.resolve=per-connection",
        "target.addresses=first",
    ] {
        says(
            SMALL,
            &[setting],
            &["has no effect on url = \"embedded\"", "URL of your API"],
        );
    }
    // For one run the target of a file may be embedded.
    let text = SMALL.replace("\"embedded\"", "\"http://127.0.0.1/\"\nready = \"/health\"");
    let flag = [shorthand(Shorthand::Target, "embedded")];
    scenario::parse("small.toml", &text, &flag).unwrap();
}

#[test]
fn a_value_out_of_range_is_told_as_it_was_written() {
    says(
        SMALL,
        &["target.timeout=0.5ms"],
        &["must be from 1 ms to 2 min, not 0.5ms"],
    );
}

#[test]
fn a_path_to_one_of_several_loads_says_which() {
    let two = format!(
        "{SMALL}\n[[load]]\nname = \"more\"\nkind = \"rate\"\nrate = \"5/s\"\nfor = \"2s\"\n"
    );
    says(
        &two,
        &["load.rate=3/s"],
        &[
            "there are 2 loads, and `load.rate` does not say which one it is for",
            "write --set load.0.rate=..., or --set load.1.rate=... for \"more\"",
        ],
    );
    says(
        &two,
        &["load.2.rate=3/s"],
        &["write load.0.rate or load.1.rate"],
    );
    set(&two, &["load.1.rate=3/s"]).unwrap();
}

#[test]
fn a_value_of_the_right_form_is_not_told_its_form() {
    for (setting, words) in [
        (
            "lead.size={min=\"1KB\",max=\"0.7KB\"}",
            "`min` (1.0 KB) must not be above `max` (700 B)",
        ),
        (
            "lead.size={p50=\"8KB\",p99=\"1KB\"}",
            "`p50` (8.0 KB) must be below `p99` (1.0 KB)",
        ),
        ("lead.size={p99=\"1KB\"}", "lacks `p50`"),
        (
            "negative.expired={share=\"1%\",expect=[]}",
            "`expect` is empty",
        ),
        (
            "negative.expired={share=\"1%\",expect=[\"4xx\"]}",
            "\"4xx\" is not a status",
        ),
        (
            "negative.expired={share=\"1%\",expect=[200]}",
            "200 is not possible here",
        ),
        (
            "thresholds.achieved=>= 0/s",
            "\"0/s\" is a rate of 0; write",
        ),
        (
            "target.connect_to=http://x/",
            "\"http://x/\" is a URL; leave out http://",
        ),
    ] {
        says(WITH_TOKEN, &[setting], &[words]);
    }
}

#[test]
fn a_value_that_could_not_be_had_is_one_problem() {
    let refused = set(WITH_TOKEN, &["auth.key={env=\"NOPE\"}"]).unwrap_err();
    assert!(refused.ends_with("1 problem in --set"), "{refused}");
    assert!(refused.contains("auth.key={env=\"NOPE\"}"), "{refused}");
}

#[test]
fn a_formula_of_a_subject_has_a_key_of_its_own() {
    says(
        WITH_TOKEN,
        &["auth.subject=\"{!$User.Email}\""],
        &[
            "`subject` is a formula of Salesforce, which this key does not take",
            "`subject_formula`",
        ],
    );
}
