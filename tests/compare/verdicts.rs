//! What is found where the truth is known.

use leadbench::compare::{Options, compare};
use leadbench::report::COMPARISON_REPORTS;
use leadbench::summary::{Comparison, Design, Finding, Summary};

use crate::runs::{
    CALLOUTS, Figures, USUAL, compared, finding, in_turn, metric, run, side_by_side,
};

/// A little noise that is the same each time: a share of at most one in a hundred either way.
fn noisy(pair: u32, salt: u32) -> f64 {
    let mixed = (pair * 7 + salt * 13).wrapping_mul(2_654_435_761) >> 8;
    let mixed = mixed % 1_000;
    1.0 + (f64::from(mixed) - 500.0) / 50_000.0
}

fn usual(salt: u32) -> impl Fn(u32) -> Figures {
    move |pair| Figures {
        p50: USUAL.p50 * noisy(pair, salt),
        p99: USUAL.p99 * noisy(pair, salt + 1),
        sign_cpu: USUAL.sign_cpu * noisy(pair, salt + 2),
        ..USUAL
    }
}

fn slower(salt: u32, p99: f64) -> impl Fn(u32) -> Figures {
    move |pair| Figures {
        p99: usual(salt)(pair).p99 * p99,
        ..usual(salt)(pair)
    }
}

#[test]
fn alike_is_no_change_and_nothing_is_advisory_of_ten_pairs_in_turn() {
    let comparison = compared(&in_turn(10, usual(1), usual(5)));
    assert_eq!(comparison.design, Design::InTurn);
    assert_eq!(comparison.finding, Finding::NoChange, "{comparison:#?}");
    assert!(!comparison.advisory, "{:?}", comparison.advisory_reasons);
    assert_eq!(comparison.cause, None);
    assert!(
        (comparison.confidence - 0.99).abs() < 1e-12,
        "five metrics gate"
    );
}

#[test]
fn a_slower_tail_is_a_regression_of_the_tail_alone() {
    for both in [
        in_turn(10, usual(1), slower(5, 1.3)),
        side_by_side(10, usual(1), slower(5, 1.3)),
    ] {
        let comparison = compared(&both);
        assert_eq!(comparison.finding, Finding::Regression);
        assert_eq!(finding(&comparison, "latency.p99"), Finding::Regression);
        assert_eq!(finding(&comparison, "latency.p50"), Finding::NoChange);
        let p99 = metric(&comparison, "latency.p99");
        assert!((p99.change.unwrap() - 0.3).abs() < 0.03, "{p99:?}");
        assert!(p99.low.unwrap() > 0.2 && p99.high.unwrap() < 0.4, "{p99:?}");
        let cause = comparison.cause.unwrap();
        assert!(cause.contains("the cost of signing did not"), "{cause}");
    }
}

#[test]
fn a_faster_tail_is_an_improvement() {
    let comparison = compared(&in_turn(10, slower(1, 1.3), usual(5)));
    assert_eq!(comparison.finding, Finding::Improvement);
    assert_eq!(finding(&comparison, "latency.p99"), Finding::Improvement);
}

// Of throughput less is worse.
#[test]
fn fewer_callouts_a_second_are_a_regression() {
    let fewer = |pair| Figures {
        achieved: USUAL.achieved * 0.9 * noisy(pair, 3),
        ..usual(5)(pair)
    };
    let comparison = compared(&in_turn(10, usual(1), fewer));
    assert_eq!(finding(&comparison, "achieved"), Finding::Regression);
    let more = |pair| Figures {
        achieved: USUAL.achieved * 1.1 * noisy(pair, 3),
        ..usual(5)(pair)
    };
    let comparison = compared(&in_turn(10, usual(1), more));
    assert_eq!(finding(&comparison, "achieved"), Finding::Improvement);
}

// The cost of a signature is that of the machine: where it moves too, the target is not blamed.
#[test]
fn what_moves_together_with_signing_is_the_machine() {
    let busy = |pair| {
        let figures = usual(5)(pair);
        Figures {
            p50: figures.p50 * 1.2,
            p99: figures.p99 * 1.2,
            sign_cpu: figures.sign_cpu * 1.2,
            ..figures
        }
    };
    let comparison = compared(&in_turn(10, usual(1), busy));
    let cause = comparison.cause.unwrap();
    assert!(cause.contains("the cause is the machine"), "{cause}");
    let dear = |pair| Figures {
        sign_cpu: usual(5)(pair).sign_cpu * 1.2,
        ..usual(5)(pair)
    };
    let comparison = compared(&in_turn(10, usual(1), dear));
    let cause = comparison.cause.unwrap();
    assert!(
        cause.contains("the cause is on the caller's side"),
        "{cause}"
    );
}

#[test]
fn a_candidate_that_fails_altogether_is_a_regression_though_it_has_no_latency() {
    let (before, mut after) = in_turn(10, usual(1), usual(5));
    for summary in &mut after {
        summary.counts.ok = 0;
        summary.counts.failed = CALLOUTS;
        summary.phases.clear();
        summary.rates.achieved_per_s = 0.0;
    }
    let comparison = compared(&(before, after));
    assert_eq!(comparison.finding, Finding::Regression);
    assert_eq!(finding(&comparison, "failed"), Finding::Regression);
    assert!((metric(&comparison, "failed").change.unwrap() - 1.0).abs() < 1e-9);
    let lost = "latency.p99 is in the baseline but not, or not often enough, in the candidate";
    assert!(
        comparison.notes.iter().any(|note| note == lost),
        "{:?}",
        comparison.notes
    );
}

#[test]
fn without_a_failure_the_number_of_callouts_decides() {
    let comparison = compared(&in_turn(10, usual(1), usual(5)));
    let failed = metric(&comparison, "failed");
    assert_eq!(
        (failed.finding, failed.method.as_str()),
        (Finding::NoChange, "rule of three")
    );
    assert!((failed.high.unwrap() - 3.0 / 100_000.0).abs() < 1e-12);
    let (mut before, mut after) = in_turn(8, usual(1), usual(5));
    for summary in before.iter_mut().chain(&mut after) {
        summary.counts.completed = 100;
        summary.counts.ok = 100;
    }
    let comparison = compared(&(before, after));
    let failed = metric(&comparison, "failed");
    assert_eq!(failed.finding, Finding::TooNoisy);
    assert!(
        failed.why.as_ref().unwrap().contains("3000 are needed"),
        "{failed:?}"
    );
}

#[test]
fn what_no_verdict_may_rest_on_is_advice() {
    let reason = |both: &(Vec<Summary>, Vec<Summary>)| {
        let comparison = compared(both);
        assert!(comparison.advisory);
        comparison.advisory_reasons.join("; ")
    };
    let single = (vec![run(0, USUAL)], vec![run(1, USUAL)]);
    assert!(reason(&single).contains("one run of each side"));
    assert!(reason(&in_turn(7, usual(1), usual(5))).contains("7 pairs"));
    let apart = (
        (0..10).map(|at| run(at, usual(1)(at))).collect(),
        (10..20).map(|at| run(at, usual(5)(at))).collect(),
    );
    assert!(reason(&apart).contains("not taken in turn"));
    let mut elsewhere = in_turn(10, usual(1), usual(5));
    elsewhere.1[3].run.machine.cpu = Some("another".to_owned());
    assert!(reason(&elsewhere).contains("differ in processor model"));
    let mut debug = in_turn(10, usual(1), usual(5));
    debug.0[0].run.machine.build = "debug".to_owned();
    assert!(reason(&debug).contains("debug build"));
}

// Seconds are no replicates: of one run each nothing is said with less than its own course.
#[test]
fn one_run_each_is_judged_by_its_own_course_or_not_at_all() {
    let typical = || {
        let text = include_str!("../fixtures/summaries/typical.json");
        serde_json::from_str::<Summary>(text).unwrap()
    };
    let (before, mut after) = (typical(), typical());
    after.run.id = "another".to_owned();
    let comparison = compared(&(vec![before.clone()], vec![after.clone()]));
    assert_eq!(comparison.design, Design::Single);
    assert_eq!(
        metric(&comparison, "latency.p50").method,
        "stretches within one run"
    );
    after.windows.truncate(1);
    let comparison = compared(&(vec![before], vec![after]));
    assert_eq!(comparison.finding, Finding::TooNoisy);
    let p99 = metric(&comparison, "latency.p99");
    assert!(
        p99.why.as_ref().unwrap().contains("one run per side"),
        "{p99:?}"
    );
}

#[test]
fn a_margin_of_one_s_own_decides() {
    let both = in_turn(10, usual(1), slower(5, 1.06));
    assert_eq!(finding(&compared(&both), "latency.p99"), Finding::NoChange);
    let margins = [("latency.p99".to_owned(), 0.02)].into();
    let options = Options {
        margins,
        ..Options::default()
    };
    let comparison = compare(&both.0, &both.1, &options).unwrap();
    assert_eq!(finding(&comparison, "latency.p99"), Finding::Regression);
}

#[test]
fn the_same_runs_give_the_same_bytes_and_read_back() {
    let both = in_turn(10, usual(1), slower(5, 1.3));
    let rendered = |comparison: &Comparison| -> Vec<Vec<u8>> {
        COMPARISON_REPORTS
            .iter()
            .map(|report| (report.render)(comparison).unwrap())
            .collect()
    };
    let (first, second) = (compared(&both), compared(&both));
    assert_eq!(rendered(&first), rendered(&second));
    let read: Comparison = serde_json::from_slice(&rendered(&first)[0]).unwrap();
    assert_eq!(read, first);
}

// Of few runs that differ much the interval reaches far; a share cannot.
#[test]
fn a_share_changes_by_no_more_than_all_of_it() {
    let failing = |shares: [u64; 3]| {
        move |pair: u32| Figures {
            failed: shares[usize::try_from(pair).unwrap()] * CALLOUTS / 100,
            ..USUAL
        }
    };
    for (before, after) in [
        ([2, 90, 40], [95, 10, 80]),
        ([95, 10, 80], [2, 90, 40]),
        ([0, 0, 1], [99, 98, 1]),
    ] {
        let comparison = compared(&in_turn(3, failing(before), failing(after)));
        let failed = metric(&comparison, "failed");
        let ends = [failed.low, failed.high, failed.low_90, failed.high_90];
        assert!(ends.iter().all(Option::is_some), "{failed:?}");
        let figures = ends.into_iter().chain([failed.change, failed.detectable]);
        for figure in figures.flatten() {
            assert!((-1.0..=1.0).contains(&figure), "{failed:?}");
        }
    }
    let one = |minute| {
        let mut run = run(minute, USUAL);
        (run.counts.completed, run.counts.ok) = (1, 1);
        vec![run]
    };
    let comparison = compare(&one(1), &one(2), &Options::default()).unwrap();
    let failed = metric(&comparison, "failed");
    assert_eq!((failed.low, failed.high), (Some(-1.0), Some(1.0)));
}
