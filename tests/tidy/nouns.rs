//! The nouns of types, modules and files: which must not come back, and which stand for too many things.
//!
//! docs/TERMS.md lists the nouns that the code uses. Functions, fields and variables are not checked: many
//! of the retired nouns are ordinary words there, such as `within`.

use std::collections::{BTreeMap, BTreeSet};

use crate::paths::Code;
use crate::source::Source;

/// A name that no type, module or file may have, and the noun to use instead.
const RETIRED: &[(&str, &str)] = &[
    ("common", "the noun of what it holds"),
    ("helpers", "the noun of what it holds"),
    ("utils", "the noun of what it holds"),
    ("Alarm", "Timer"),
    ("Again", "RetryPolicy"),
    ("Ended", "IterationEnd"),
    ("Hopeless", "EarlyStop"),
    ("Lane", "TransactionWorker"),
    ("LatencyBreakdown", "LatencySplit"),
    ("Mood", "Severity"),
    ("RateDues", "DueInstants"),
    ("RequestForm", "RequestTemplate"),
    ("Seat", "VirtualUser"),
    ("Shelf", "Checkout"),
    ("Sight", "CalloutEvent"),
    ("Spent", "ConnectTimings"),
    ("ToSign", "SignRequest"),
    ("Twist", "Defect"),
    ("armour", "pem"),
    ("bands", "latency_split"),
    ("cased", "header_case"),
    ("collecting", "collector_thread"),
    ("crowd", "users"),
    ("delta", "interval"),
    ("desk", "access_tokens"),
    ("driving", "runner"),
    ("ending", "abort_conditions"),
    ("flight", "refresh"),
    ("forge", "bad_tokens"),
    ("hostile", "sanitize"),
    ("late", "late_answers"),
    ("left_over", "unfinished"),
    ("link", "pool"),
    ("looks", "sequential"),
    ("lots", "duel_split"),
    ("meeting", "start_barrier"),
    ("native", "threads"),
    ("patience", "wait"),
    ("remarks", "notes"),
    ("rest", "backoff"),
    ("sealed", "encrypted_pkcs8"),
    ("shifts", "user_stages"),
    ("spares", "buffer_pool"),
    ("spell", "recurring_window"),
    ("steadiness", "saturation"),
    ("stock", "bad_token_cache"),
    ("wake", "timer"),
    ("within", "within_run"),
    ("witness", "observers"),
];

/// This many types may have the same name: more meanings of one noun mislead a reader.
const MEANINGS_MAX: usize = 2;

/// Names that more types may have, and why.
const SHARED: &[(&str, &str)] = &[(
    "Args",
    "the arguments of a command; the module names the command",
)];

#[test]
fn no_type_or_module_has_a_retired_name() {
    let faults = retired(&Code::of_this_crate());
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn no_type_name_has_three_meanings() {
    let faults = overloaded(&Code::of_this_crate());
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn the_judge_of_nouns_sees_types_modules_and_files() {
    let judge = |path: &str, text: &str| retired(&Code::of(&[(path, text)])).len();
    assert_eq!(judge("src/plan/utils.rs", ""), 1);
    assert_eq!(judge("src/plan.rs", "mod helpers { fn f() {} }"), 1);
    assert_eq!(judge("src/plan.rs", "fn utils() { let common = 1; }"), 0);
    assert_eq!(judge("src/plan.rs", "struct Common; // common"), 0);
}

#[test]
fn the_judge_of_meanings_counts_the_modules_that_define_a_type() {
    let judge = |names: [&str; 3]| {
        let texts = names.map(|name| format!("struct {name};"));
        let files = ["src/a.rs", "src/b.rs", "src/c.rs"];
        let files: Vec<_> = files
            .into_iter()
            .zip(texts.iter().map(String::as_str))
            .collect();
        overloaded(&Code::of(&files))
    };
    assert_eq!(judge(["Kind", "Kind", "Form"]), [""; 0]);
    assert_eq!(judge(["Args", "Args", "Args"]), [""; 0]);
    let told = judge(["Kind", "Kind", "Kind"]);
    assert!(
        told[0].contains("`Kind` has 3 meanings (a, b, c)"),
        "{told:?}"
    );
}

fn retired(code: &Code) -> Vec<String> {
    let mut faults = Vec::new();
    for source in &code.sources {
        let modules = source.names.keys().filter_map(|module| module.last());
        let types = source.types().map(|(_, name)| name);
        for name in modules.chain(types) {
            if let Some((_, instead)) = RETIRED.iter().find(|(retired, _)| retired == name) {
                faults.push(format!(
                    "{}: `{name}` is retired: use {instead}",
                    source.path
                ));
            }
        }
    }
    faults
}

fn overloaded(code: &Code) -> Vec<String> {
    let mut places: BTreeMap<&String, BTreeSet<String>> = BTreeMap::new();
    for (module, name) in code.sources.iter().flat_map(Source::types) {
        places.entry(name).or_default().insert(module.join("/"));
    }
    let is_shared = |name: &str| SHARED.iter().any(|(shared, _)| *shared == name);
    places
        .into_iter()
        .filter(|(name, places)| places.len() > MEANINGS_MAX && !is_shared(name))
        .map(|(name, places)| {
            let count = places.len();
            let places: Vec<_> = places.into_iter().collect();
            let places = places.join(", ");
            format!("`{name}` has {count} meanings ({places}): give each type its own noun")
        })
        .collect()
}
