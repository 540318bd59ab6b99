//! Runs of which no comparison can be made.

use leadbench::compare::{CompareError, Options, compare, self_check, warn_of_noise};
use leadbench::phase::Phase;
use leadbench::plan::Override;
use leadbench::summary::{
    AnyReasonCode, Design, Finding, Measurement, NOISE_SCHEMA, NoiseFloor, PhaseStats, Reason,
    ReasonCode, RunState, Summary, Validity,
};

use crate::runs::{Figures, USUAL, compared, finding, in_turn, metric, run, side_by_side};

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
fn what_differs_is_said_of_each_side_with_units_and_the_load_first() {
    let several = include_str!("../fixtures/summaries/several.json");
    let several: Summary = serde_json::from_str(several).unwrap();
    let (mut before, mut after) = both();
    for summary in before.iter_mut().chain(&mut after) {
        let mut load = several.loads[0].clone();
        load.description.clone_from(&summary.run.load.description);
        summary.loads = vec![load];
    }
    for summary in &mut after {
        summary.run.seed += 1;
        summary.run.load.description = "300/s for 10 s".to_owned();
        let limit = Override::set("thresholds.latency.p99", "< 2ms");
        summary.run.overrides.push(limit);
        for load in &mut summary.loads {
            load.description = "300/s for 10 s".to_owned();
            load.warmup_ns = 1_500_000_000;
            load.schedule_sha256 = Some("0".repeat(64));
        }
    }
    let told =
        |before: &[Summary], after: &[Summary]| match compare(before, after, &Options::default()) {
            Err(CompareError::Unlike(found)) => {
                found.iter().map(ToString::to_string).collect::<Vec<_>>()
            }
            other => panic!("not refused: {other:?}"),
        };
    let lines = told(&before, &after);
    assert!(
        lines[0].starts_with("run.load.description differs: baseline ")
            && lines[0].ends_with(", candidate 300/s for 10 s"),
        "{lines:#?}"
    );
    let limit = "run.overrides.thresholds.latency.p99 differs: baseline not set, candidate < 2ms";
    assert!(lines.iter().any(|line| line == limit), "{lines:#?}");
    let warmup = lines.iter().find(|line| line.contains("warmup_ns"));
    let warmup = warmup.unwrap();
    assert!(warmup.ends_with(" s, candidate 1.5 s"), "{warmup}");
    // The schedule follows from them, and the only load is described as the run is.
    let text = lines.concat();
    assert!(!text.contains("sha256"), "{text}");
    assert_eq!(text.matches(".description differs").count(), 1, "{text}");
    // Runs of one side that differ.
    let mut mixed = before.clone();
    mixed[3].run.seed += 1;
    let lines = told(&mixed, &before);
    assert!(lines[0].starts_with("run.seed differs among the runs of the baseline: "));
    mixed[3].run.seed -= 1;
    mixed[3].run.scenario_sha256 = "0".repeat(64);
    let lines = told(&mixed, &before);
    assert_eq!(
        lines,
        ["run.scenario_sha256 differs among the runs of the baseline"]
    );
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
fn what_the_command_line_changed_of_the_work_is_named() {
    let set = |path: &str| {
        let (path, change) = (path.to_owned(), Override::set(path, "1s"));
        unlike(move |run| run.run.overrides.push(change.clone()))
            .contains(&format!("run.overrides.{path}"))
    };
    assert!(set("target.timeout") && set("target.request.headers.x"));
    for place in [
        "target.url",
        "target.allowed_hosts",
        "target.embedded.service_time",
    ] {
        let (before, mut after) = both();
        let change = Override::set(place, "x");
        for run in &mut after {
            run.run.overrides.push(change.clone());
        }
        assert_eq!(
            compared(&(before, after)).finding,
            Finding::NoChange,
            "{place}"
        );
    }
}

// Rounds of two duels bear the same numbers.
#[test]
fn rounds_that_did_not_go_on_at_once_are_none() {
    let (before, mut after) = side_by_side(10, |_| USUAL, |_| USUAL);
    assert_eq!(
        compared(&(before.clone(), after.clone())).design,
        Design::SideBySide
    );
    for run in &mut after {
        run.run.started_at = run.run.started_at.replace("2026-10", "2026-11");
    }
    let comparison = compared(&(before, after));
    assert_eq!(comparison.design, Design::Apart);
    assert!(comparison.advisory);
}

/// Why a comparison is advice when the runs of the candidate are changed, each by its number.
fn advice(change: impl Fn(usize, &mut Summary)) -> Vec<String> {
    let (before, mut after) = both();
    after
        .iter_mut()
        .enumerate()
        .for_each(|(number, run)| change(number, run));
    compared(&(before, after)).advisory_reasons
}

#[test]
fn a_side_of_several_builds_or_targets_is_advice() {
    assert!(advice(|_, run| run.run.commit = Some("b".to_owned())).is_empty());
    let commits = advice(|number, run| run.run.commit = Some(format!("c{}", number % 4)));
    assert_eq!(
        commits,
        ["the candidate has runs of 4 commits; a verdict is about one"]
    );
    let targets = advice(|number, run| run.run.target = format!("http://host{}/", number % 2));
    assert_eq!(
        targets,
        ["the candidate has runs of 2 targets; a verdict is about one"]
    );
}

#[test]
fn a_machine_with_other_memory_or_another_clock_is_another() {
    let clock = advice(|_, run| run.run.machine.clock_source = Some("hpet".to_owned()));
    assert!(
        clock[0].contains("differ in clock source: hpet"),
        "{clock:?}"
    );
    let (before, mut after) = both();
    let memory = before[0].run.machine.memory_bytes.unwrap();
    let model = before[0].run.machine.cpu.clone().unwrap();
    for run in &mut after {
        run.run.machine.memory_bytes = Some(memory / 16);
    }
    let reasons = compared(&(before, after)).advisory_reasons;
    assert!(
        reasons[0].contains("the runs differ in memory: "),
        "{reasons:?}"
    );
    let unknown = advice(|_, run| run.run.machine.cpu = None);
    let told = format!("the runs differ in processor model: {model}, unknown");
    assert_eq!(unknown, [told]);
    let version = advice(|_, run| run.run.version = "0.0.0".to_owned());
    assert!(
        version[0].starts_with("the runs differ in version of leadbench: 0.0.0, "),
        "{version:?}"
    );
    // A kernel that keeps a little more for itself is none.
    assert!(advice(|_, run| run.run.machine.memory_bytes = Some(memory / 10 * 9)).is_empty());
}

#[test]
fn measurements_that_are_degraded_are_told_and_where_only_one_side_is_advice() {
    let degrade = |run: &mut Summary| {
        run.measurement.verdict = Validity::Degraded;
        run.measurement.reasons = vec!["the machine was too busy".to_owned()];
    };
    let (mut before, mut after) = both();
    after.iter_mut().for_each(degrade);
    let one = compared(&(before.clone(), after.clone()));
    assert!(one.advisory);
    let told = "candidate: 10 of 10 measurements are degraded: the machine was too busy";
    assert!(one.notes.iter().any(|note| note == told), "{:?}", one.notes);
    // What both sides have is in no difference.
    before.iter_mut().for_each(degrade);
    let both = compared(&(before, after));
    assert!(!both.advisory && both.notes.len() == 2, "{:?}", both.notes);
}

// A candidate so slow that arrivals wait for it, and a baseline so fast that a late wake-up is a large share of
// its time, are what a regression looks like.
#[test]
fn what_a_slower_target_does_to_a_measurement_is_no_reason_to_doubt_that_it_is_slower() {
    let degrade = |run: &mut Summary, code| {
        run.measurement = Measurement::of([Reason {
            code: AnyReasonCode::Known(code),
            verdict: Validity::Degraded,
            text: "for a reason".to_owned(),
        }]);
    };
    let slow = Figures {
        p50: 100.0,
        p99: 400.0,
        ..USUAL
    };
    let found = |code_before: Option<ReasonCode>, code_after: Option<ReasonCode>| {
        let (mut before, mut after) = in_turn(10, |_| USUAL, |_| slow);
        for (runs, code) in [(&mut before, code_before), (&mut after, code_after)] {
            let runs = runs.iter_mut();
            runs.for_each(|run| code.into_iter().for_each(|code| degrade(run, code)));
        }
        let found = compared(&(before, after));
        (found.finding, found.advisory)
    };
    let told = (Finding::Regression, false);
    assert_eq!(found(Some(ReasonCode::GeneratorLag), None), told);
    assert_eq!(found(None, Some(ReasonCode::ArrivalsQueued)), told);
    assert_eq!(found(None, Some(ReasonCode::RateLimited)), told);
    let told = (Finding::Regression, true);
    assert_eq!(found(None, Some(ReasonCode::CpuStolen)), told);
}

#[test]
fn a_generator_that_wakes_later_on_one_side_may_be_the_difference() {
    let reasons = |tail_after: f64, late_after: u64| {
        let slower = Figures {
            p99: tail_after,
            ..USUAL
        };
        let (mut before, mut after) = in_turn(10, |_| USUAL, |_| slower);
        for (runs, late) in [(&mut before, 1_000_000), (&mut after, late_after)] {
            for run in runs {
                let lag = PhaseStats {
                    p99_ns: late,
                    p99_9_ns: late,
                    ..PhaseStats::default()
                };
                run.phases.insert(Phase::Lag, lag);
            }
        }
        compared(&(before, after)).advisory_reasons
    };
    let told = "the generator woke 1.00 ms late at p99 in the runs of the baseline and 21.0 ms in those of the \
                candidate: much of the difference may be its own";
    assert_eq!(reasons(60.0, 21_000_000), [told]);
    // It would hide an improvement too.
    assert_eq!(reasons(40.0, 21_000_000), [told]);
    // A small part of the difference, and less than the margin.
    assert!(reasons(400.0, 21_000_000).is_empty());
    assert!(reasons(41.0, 4_000_000).is_empty());
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
        ("did not finish", |run| {
            run.run.state = RunState::Running;
        }),
        ("is an invalid measurement", |run| {
            run.measurement.verdict = Validity::Invalid;
        }),
        ("has no completed callout", |run| {
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

// Of ten runs of the baseline five are left, and of the only run of the candidate nothing.
#[test]
fn the_side_without_a_usable_run_is_named_and_not_the_one_with_more_faults() {
    let (mut before, mut after) = both();
    after.truncate(1);
    let interrupted = |run: &mut Summary| run.run.state = RunState::Interrupted;
    before.iter_mut().take(5).for_each(interrupted);
    after.iter_mut().for_each(interrupted);
    let refused = compare(&before, &after, &Options::default());
    let Err(CompareError::Nothing { side, reasons }) = refused else {
        panic!("not refused: {refused:?}");
    };
    assert_eq!((side, reasons.len()), ("candidate", 1), "{reasons:?}");
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

// A floor of half a percentage point is not a change by half a hundredth.
#[test]
fn the_noise_of_a_share_is_told_in_percentage_points() {
    let mut comparison = compared(&both());
    let detectable = [("failed", 0.005), ("latency.p50", 0.05)];
    let floor = NoiseFloor {
        schema: NOISE_SCHEMA.to_owned(),
        scenario: comparison.scenario.clone(),
        pairs: 10,
        detectable: detectable
            .map(|(name, least)| (name.to_owned(), least))
            .into(),
        alarms: Vec::new(),
    };
    warn_of_noise(&mut comparison, &floor);
    let notes = comparison.notes.iter();
    let told: Vec<_> = notes.filter_map(|note| note.split_once("below ")).collect();
    let least: Vec<_> = told.iter().map(|(_, least)| *least).collect();
    assert_eq!(least, ["0.50 pp", "5.0 %"], "{told:?}");
}

// Ten callouts each of which one failed say little of how many of the next fail.
#[test]
fn shares_that_agree_know_no_more_than_their_callouts() {
    let (mut before, mut after) = both();
    for run in before.iter_mut().chain(&mut after) {
        (run.counts.completed, run.counts.failed, run.counts.ok) = (10, 1, 9);
    }
    let comparison = compared(&(before, after));
    let failed = metric(&comparison, "failed");
    assert_eq!(failed.finding, Finding::TooNoisy);
    // 2.576 * sqrt(0.1 * 0.9 * 2 / 100) of a family of two gates at 97.5 % each or more.
    assert!(
        failed.low < Some(-0.09) && failed.high > Some(0.09),
        "{failed:?}"
    );
}

// Bad tokens are sent to be refused: they show nothing of how often good ones fail.
#[test]
fn bad_tokens_are_not_among_the_callouts_without_a_failure() {
    let (mut before, mut after) = both();
    for run in before.iter_mut().chain(&mut after) {
        (run.counts.ok, run.counts.negative) = (100, 9_900);
    }
    let comparison = compared(&(before, after));
    let failed = metric(&comparison, "failed");
    assert_eq!(failed.finding, Finding::TooNoisy, "{failed:?}");
    let why = failed.why.as_deref().unwrap_or_default();
    assert!(why.contains("but 1000 callouts cannot show"), "{why}");
}

// Damaged seconds of one run each must not end the program.
#[test]
fn counts_beyond_all_bounds_are_survived() {
    let (mut before, after) = (run(0, USUAL), run(1, USUAL));
    for window in &mut before.windows {
        (window.ok, window.failed) = (u64::MAX, u64::MAX);
    }
    assert!(compare(&[before], &[after], &Options::default()).is_ok());
}
