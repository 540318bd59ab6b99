//! Runs of which no comparison can be made.

use leadbench::compare::{CompareError, Options, compare, self_check};
use leadbench::phase::Phase;
use leadbench::summary::{Design, Finding, RunState, Summary, Validity};

use crate::runs::{Figures, USUAL, compared, finding, in_turn, run};

fn both() -> (Vec<Summary>, Vec<Summary>) {
    in_turn(10, |_| USUAL, |_| USUAL)
}

#[track_caller]
fn unlike(change: impl Fn(&mut Summary)) -> Vec<String> {
    let (before, mut after) = both();
    after.iter_mut().for_each(change);
    match compare(&before, &after, &Options::default()) {
        Err(CompareError::Unlike(fields)) => fields.into_iter().map(|one| one.field).collect(),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn other_work_is_refused_and_the_field_is_named() {
    assert_eq!(
        unlike(|run| run.run.scenario = "other".to_owned()),
        ["run.scenario"]
    );
    assert_eq!(unlike(|run| run.run.seed += 1), ["run.seed"]);
    assert_eq!(
        unlike(|run| run.signing.mode = "jit".to_owned()),
        ["signing.mode"]
    );
    assert_eq!(
        unlike(|run| run.signing.key_bits = Some(4096)),
        ["signing.key_bits"]
    );
    let hash = "run.scenario_sha256";
    assert_eq!(
        unlike(|run| run.run.scenario_sha256 = "0".repeat(64)),
        [hash]
    );
    // What the file's hash stands for is named instead, where it can be.
    let named = unlike(|run| {
        run.run.scenario_sha256 = "0".repeat(64);
        run.run.load.description = "300/s for 10 s".to_owned();
    });
    assert_eq!(named, ["run.load.description"]);
}

#[test]
fn other_work_can_be_looked_at_as_advice() {
    let (before, mut after) = both();
    for summary in &mut after {
        summary.run.seed += 1;
    }
    let options = Options {
        allow_changed_scenario: true,
        ..Options::default()
    };
    let comparison = compare(&before, &after, &options).unwrap();
    assert!(comparison.advisory);
    assert!(comparison.advisory_reasons[0].starts_with("run.seed differs"));
}

#[test]
fn another_target_is_the_same_work() {
    let (before, mut after) = both();
    for summary in &mut after {
        summary.run.target = "https://head.example.com/leads".to_owned();
    }
    assert_eq!(compared(&(before, after)).finding, Finding::NoChange);
}

/// What makes a run no evidence.
type Fault = fn(&mut Summary);

#[test]
fn runs_without_a_valid_end_are_no_evidence() {
    let faults: [(&str, Fault); 4] = [
        ("was interrupted", |run| {
            run.run.state = RunState::Interrupted;
        }),
        ("did not come to its end", |run| {
            run.run.state = RunState::Running;
        }),
        ("is an invalid measurement", |run| {
            run.measurement.verdict = Validity::Invalid;
        }),
        ("has no callout that ended", |run| {
            run.counts.completed = 0;
        }),
    ];
    for (words, fault) in faults {
        let (before, mut after) = both();
        after.iter_mut().for_each(fault);
        match compare(&before, &after, &Options::default()) {
            Err(CompareError::Nothing {
                side: "candidate",
                reasons,
            }) => {
                assert!(
                    reasons.iter().all(|reason| reason.ends_with(words)),
                    "{reasons:?}"
                );
            }
            other => panic!("{words}: {other:?}"),
        }
        // One of them is left out, and said to be.
        let (before, mut after) = both();
        fault(&mut after[4]);
        let comparison = compared(&(before, after));
        // Its partner goes with it, and the others are still pairs.
        assert_eq!(comparison.candidate.runs.len(), 9);
        assert_eq!(comparison.baseline.runs.len(), 9);
        assert!(!comparison.advisory, "{:?}", comparison.advisory_reasons);
        assert!(
            comparison.notes[0].contains(words),
            "{:?}",
            comparison.notes
        );
    }
}

#[test]
fn two_runs_each_are_too_few_for_anything() {
    let comparison = compared(&(
        vec![run(0, USUAL), run(3, USUAL)],
        vec![run(1, USUAL), run(2, USUAL)],
    ));
    assert!(comparison.advisory);
    assert_eq!(finding(&comparison, "latency.p99"), Finding::TooNoisy);
}

#[test]
fn a_run_that_contradicts_itself_is_no_evidence() {
    let damages: [fn(&mut Summary); 4] = [
        |run| run.counts.failed = u64::MAX,
        |run| run.counts.ok = 0,
        |run| run.rates.achieved_per_s = f64::INFINITY,
        |run| run.phases.get_mut(&Phase::Latency).unwrap().p99_ns = 1,
    ];
    for damage in damages {
        let (before, mut after) = both();
        damage(&mut after[3]);
        let comparison = compare(&before, &after, &Options::default()).unwrap();
        assert_eq!(comparison.candidate.runs.len(), 9);
        let is_named = |note: &String| note.contains("contradicts itself");
        assert!(comparison.notes.iter().any(is_named), "{comparison:#?}");
        after.iter_mut().for_each(damage);
        let refused = compare(&before, &after, &Options::default());
        assert!(matches!(refused, Err(CompareError::Nothing { .. })));
    }
}

#[test]
fn a_run_that_is_there_twice_is_counted_once() {
    let (mut before, after) = both();
    before.extend(before.clone());
    let comparison = compare(&before, &after, &Options::default()).unwrap();
    assert_eq!(comparison.baseline.runs.len(), 10);
    let twice = comparison
        .notes
        .iter()
        .filter(|note| note.contains("more than once"));
    assert_eq!(twice.count(), 10);
}

#[test]
fn runs_of_a_second_are_no_verdict() {
    let worse = Figures { p50: 20.0, ..USUAL };
    let (mut before, mut after) = in_turn(10, |_| USUAL, |_| worse);
    for (seconds, is_advice) in [(1, true), (2, false)] {
        for run in before.iter_mut().chain(&mut after) {
            run.run.duration_ns = run.run.load.warmup_ns + seconds * 1_000_000_000;
        }
        let comparison = compare(&before, &after, &Options::default()).unwrap();
        assert_eq!(comparison.finding, Finding::Regression);
        assert_eq!(comparison.advisory, is_advice, "{seconds} s");
    }
}

#[test]
fn runs_that_overlap_were_not_taken_in_turn() {
    let (mut before, mut after) = both();
    for run in before.iter_mut().chain(&mut after) {
        run.run.duration_ns = 62_000_000_000;
    }
    let comparison = compare(&before, &after, &Options::default()).unwrap();
    assert_eq!(comparison.design, Design::Apart);
    assert!(comparison.advisory);
}

#[test]
fn a_gate_that_nobody_has_enough_callouts_for_is_named() {
    let (mut before, mut after) = both();
    for run in before.iter_mut().chain(&mut after) {
        run.phases.get_mut(&Phase::Latency).unwrap().count = 100;
    }
    let comparison = compare(&before, &after, &Options::default()).unwrap();
    let missing = "latency.p99 is not judged: a run needs 368 successes, and has 100 at most";
    assert!(
        comparison.notes.iter().any(|note| note == missing),
        "{:?}",
        comparison.notes
    );
}

#[test]
fn the_noise_of_one_build_is_of_one_build() {
    let (before, mut after) = both();
    for run in &mut after {
        run.run.commit = Some("e5f6a7b8".to_owned());
    }
    let mixed = self_check(&[before, after].concat(), &Options::default());
    assert!(matches!(mixed, Err(CompareError::SeveralBuilds(2))));
    let (before, _) = both();
    let alone = self_check(&before[..1], &Options::default());
    assert!(matches!(alone, Err(CompareError::Alone)));
}
