//! A moment of each target, in the tests.

#![expect(
    clippy::disallowed_methods,
    reason = "a test of files reads them, and one it cannot read is a failure"
)]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use crate::mutator::Mutator;
use crate::targets::{TARGETS, Target, named};

/// Damaged copies that every machine tries, however fast or slow it is: what one finds, all find.
const EXECUTIONS: u64 = 1000;

/// The same for a target that renders every report of what it has read.
const EXECUTIONS_OF_REPORTS: u64 = 250;

/// The targets that do.
const OF_REPORTS: [&str; 6] = [
    "html",
    "page",
    "recording",
    "recording_head",
    "recording_second",
    "summary",
];

/// No input of a quarter of a megabyte takes so long, even on a machine that is busy.
const HANG: Duration = Duration::from_secs(20);

/// What all inputs together may need in memory: readers must not believe a length.
const MEMORY_MAX: u64 = 512 * 1024 * 1024;

/// Runs a target on its corpus and on damaged copies of it.
#[track_caller]
fn smoke(name: &str) {
    let target = named(name);
    let corpus = corpus(target);
    assert!(!corpus.is_empty(), "{name} has no corpus");
    let longer = setting("LEADBENCH_FUZZ_SECONDS").map(Duration::from_secs);
    let planned = if OF_REPORTS.contains(&name) {
        EXECUTIONS_OF_REPORTS
    } else {
        EXECUTIONS
    };
    let seed = setting("LEADBENCH_FUZZ_SEED").unwrap_or_default();
    let mut mutator = Mutator::new(seed ^ hash(name.as_bytes()));
    let begun = Instant::now();
    let mut executions = 0_u64;
    let mut findings = Vec::new();
    for file in &corpus {
        executions += 1;
        findings.extend(broken(target, file));
    }
    let enough = executions + planned;
    while executions < enough || longer.is_some_and(|span| begun.elapsed() < span) {
        let at = usize::try_from(executions).unwrap() % corpus.len();
        let input = mutator.damage(&corpus[at], &corpus, target.words);
        executions += 1;
        findings.extend(broken(target, &input));
        if findings.len() >= 5 {
            break;
        }
    }
    let peak = peak_memory();
    println!(
        "{name}: {executions} executions, {} findings, {:.1} s, seed {seed}, peak {} MiB",
        findings.len(),
        begun.elapsed().as_secs_f64(),
        peak / (1024 * 1024)
    );
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    assert!(peak < MEMORY_MAX, "{name} needed {peak} bytes");
}

/// Runs an input; of one that breaks a law, where it is kept.
fn broken(target: &Target, input: &[u8]) -> Option<String> {
    let begun = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    let took = begun.elapsed();
    let what = match outcome {
        Err(_) => "broke a law".to_owned(),
        Ok(()) if took > HANG => format!("took {took:?}"),
        Ok(()) => return None,
    };
    let name = format!("fuzz-{}-{:016x}", target.name, hash(input));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, input).unwrap();
    let length = input.len();
    Some(format!(
        "{length} bytes {what}; they are kept in {}",
        path.display()
    ))
}

/// The files that a target starts from, in an order that is the same everywhere.
fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let own = format!("tests/fuzz/corpus/{}", target.name);
    let folders = [own.as_str()]
        .into_iter()
        .chain(target.more.iter().copied());
    let mut files = Vec::new();
    for folder in folders {
        let mut paths: Vec<PathBuf> = fs::read_dir(root().join(folder))
            .unwrap_or_else(|error| panic!("{folder}: {error}"))
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .collect();
        paths.sort();
        files.extend(paths.iter().map(|path| fs::read(path).unwrap()));
    }
    files
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The most memory that this process ever had, in bytes; zero where the system does not tell.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kibibytes.unwrap_or_default() * 1024
}

macro_rules! smoked {
    ($($test:ident: $target:literal,)*) => {
        $(
            #[test]
            fn $test() {
                smoke($target);
            }
        )*

        const SMOKED: &[&str] = &[$($target),*];
    };
}

smoked! {
    any_answer_is_classified: "answer",
    any_http2_answer_is_classified: "answer_http2",
    no_text_passes_as_a_token: "bearer",
    any_event_log_is_read_or_refused: "callouts",
    any_claims_make_json_and_three_segments: "claims",
    any_text_comes_back_out_of_a_table: "csv",
    any_feed_is_read_or_refused: "feed",
    no_text_becomes_markup: "html",
    any_key_file_is_read_or_refused: "keys",
    any_credential_is_read_or_refused: "metadata",
    any_page_is_read_or_refused: "page",
    any_recording_is_read_or_refused: "recording",
    any_head_of_a_recording_is_read_or_refused: "recording_head",
    any_second_of_a_recording_is_read_or_refused: "recording_second",
    any_scenario_is_read_or_refused: "scenario",
    any_summary_is_read_or_refused: "summary",
    any_template_makes_json_or_is_refused: "template",
    any_trace_is_read_or_refused: "trace",
    any_trusted_key_is_read_or_refused: "trust",
}

// A target that is nowhere run is no target.
#[test]
fn every_target_has_a_corpus_a_smoke_run_and_a_place_for_cargo_fuzz() {
    let mut folders: Vec<String> = fs::read_dir(root().join("tests/fuzz/corpus"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(folders, names, "folders of tests/fuzz/corpus");
    assert_eq!(SMOKED, names, "smoke runs");
    let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
    for name in names {
        let binary = format!("name = \"{name}\"\npath = \"targets/{name}.rs\"\n");
        assert!(manifest.contains(&binary), "fuzz/Cargo.toml lacks {name}");
        let file = fs::read_to_string(root().join(format!("fuzz/targets/{name}.rs"))).unwrap();
        assert!(file.contains(&format!("named(\"{name}\")")), "{name}");
    }
}

// The mutator is what finds, so it is judged too: the same seed finds the same.
#[test]
fn damage_follows_from_its_seed() {
    let original = b"a = 1\nb = [2, 3]\n".to_vec();
    let others = [b"c = \"other\"".to_vec()];
    let damaged = |seed| {
        let mut mutator = Mutator::new(seed);
        let copies = (0..200).map(|_| mutator.damage(&original, &others, &["word"]));
        copies.collect::<Vec<_>>()
    };
    assert_eq!(damaged(1), damaged(1));
    assert_ne!(damaged(1), damaged(2));
    let changed = damaged(1).iter().filter(|copy| **copy != original).count();
    assert!(changed > 150, "{changed} of 200 copies are damaged");
    let all = damaged(1).concat();
    let holds = |part: &[u8]| all.windows(part.len()).any(|window| window == part);
    assert!(holds(b"word") && holds(b"other") && holds(b"18446744073709551615"));
}
