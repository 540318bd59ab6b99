//! Names that the code must not use again; docs/TERMS.md lists the nouns that it uses.

use crate::paths::Code;

/// The name of a type, a module or a file, and the noun to use instead.
const RETIRED: &[(&str, &str)] = &[
    ("common", "the noun of what it holds"),
    ("helpers", "the noun of what it holds"),
    ("utils", "the noun of what it holds"),
    ("Alarm", "Timer"),
    ("Again", "RetryPolicy"),
    ("Ended", "IterationEnd"),
    ("Lane", "TransactionWorker"),
    ("Mood", "Severity"),
    ("RequestForm", "RequestTemplate"),
    ("Seat", "VirtualUser"),
    ("Shelf", "Checkout"),
    ("Sight", "CalloutEvent"),
    ("Spent", "ConnectTimings"),
    ("ToSign", "SignRequest"),
    ("Twist", "Defect"),
    ("armour", "pem"),
    ("bands", "latency_breakdown"),
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
    ("stock", "bad_token_cache"),
    ("wake", "timer"),
    ("within", "within_run"),
    ("witness", "observers"),
];

#[test]
fn no_type_or_module_has_a_retired_name() {
    let faults = faults(&Code::of_this_crate());
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn the_judge_of_nouns_sees_types_modules_and_files() {
    let judge = |path: &str, text: &str| faults(&Code::of(&[(path, text)])).len();
    assert_eq!(judge("src/plan/utils.rs", ""), 1);
    assert_eq!(judge("src/plan.rs", "mod helpers { fn f() {} }"), 1);
    assert_eq!(judge("src/plan.rs", "fn utils() { let common = 1; }"), 0);
    assert_eq!(judge("src/plan.rs", "struct Common; // common"), 0);
}

fn faults(code: &Code) -> Vec<String> {
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
