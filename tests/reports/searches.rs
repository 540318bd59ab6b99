//! The searches that all formats are tried on.

use std::collections::BTreeMap;

use leadbench::phase::Phase;
use leadbench::report::SEARCH_REPORTS;
use leadbench::summary::{
    ConfirmationResult, Headroom, LimitingParty, LoadStanding, LoadUnit, OneSearch, RepeatInterval,
    SEARCH_SCHEMA, SearchConclusion, SearchGoal, SearchLimit, SearchSettings, SearchSummary,
    SearchVerdict, Standing, ThresholdResult, TrialOutcome, TrialPurpose, TrialResult,
};
use leadbench::units::{Nanos, count, float, whole};

use crate::fixtures::load;

const SECOND: u64 = 1_000_000_000;

/// Each report of a search.
pub(crate) const FILES: [&str; 5] = [
    "search.json",
    "search.html",
    "search.csv",
    "search.md",
    "search.junit.xml",
];

/// A search rendered as one of its reports.
#[track_caller]
pub(crate) fn rendered_search(search: &SearchSummary, file: &str) -> String {
    let report = SEARCH_REPORTS.iter().find(|report| report.file == file);
    String::from_utf8((report.unwrap().render)(search).unwrap()).unwrap()
}

/// A target with one worker of 5 ms: its p99 is 100 ms at 153.9/s.
pub(crate) fn found() -> SearchSummary {
    searched(150.0, 157.5, LoadUnit::PerSecond)
}

/// A search that ended with this bracket.
pub(crate) fn searched(holds: f64, fails: f64, unit: LoadUnit) -> SearchSummary {
    let goals = [("latency.p99", 1e8, "100 ms"), ("failed", 0.01, "1 %")];
    let goals = goals.map(|(metric, limit, text)| SearchGoal {
        metric: metric.to_owned(),
        comparison: "<".to_owned(),
        limit,
        limit_text: text.to_owned(),
    });
    let mut run = load("typical").run;
    run.duration_ns = 412 * SECOND;
    let search = one(holds, fails);
    SearchSummary {
        schema: SEARCH_SCHEMA.to_owned(),
        run,
        load: "leads".to_owned(),
        unit,
        settings: SearchSettings {
            from: holds / 3.0,
            max: holds * 4.0,
            width: 0.05,
            warm_up_ns: 10 * SECOND,
            trial_ns: 20 * SECOND,
            judged_ns: 60 * SECOND,
            may_fail_ns: 20 * SECOND,
            confirm_ns: 120 * SECOND,
            recovery_ns: 60 * SECOND,
            callouts: 368,
        },
        goals: goals.to_vec(),
        holds: Some(holds),
        interval: None,
        at_least: None,
        verdict: SearchVerdict::Passed,
        verdict_text: format!(
            "The target holds {}, and no longer {}.",
            unit.load(holds),
            unit.load(fails)
        ),
        searches: vec![search],
    }
}

/// The same three times, with the interval of the mean.
pub(crate) fn thrice() -> SearchSummary {
    let mut search = found();
    search.searches = vec![one(150.0, 157.5), one(153.0, 160.6), one(147.0, 154.4)];
    search.holds = Some(149.98);
    search.interval = Some(RepeatInterval {
        low: 142.72,
        high: 157.61,
        confidence: 0.95,
    });
    search.at_least = Some(160.0);
    search.verdict = SearchVerdict::Failed;
    search.verdict_text = "The target holds 149.98/s, less than the 160/s asked for.".to_owned();
    search
}

/// One search whose bracket this is.
fn one(holds: f64, fails: f64) -> OneSearch {
    let mut trials: Vec<TrialResult> = Vec::new();
    let mut add = |kind, load: f64, planned, took, verdict, why: &str| {
        let last = trials.last();
        let began = last.map_or(0, |trial| {
            trial.began_ns + trial.took_ns + trial.recovery_ns.unwrap_or(0)
        });
        // By chance a trial above the limit may pass.
        let share = match verdict {
            TrialOutcome::Pass => (load / holds).min(1.0),
            _ => load / holds,
        };
        let trial = trial(count(trials.len()) + 1, share, began, (planned, took));
        trials.push(TrialResult {
            kind,
            load,
            verdict,
            why: why.to_owned(),
            recovery_ns: (took < planned).then_some(3 * SECOND),
            ..trial
        });
    };
    let certain = "more than 1 % of the planned callouts took longer than 100 ms";
    let (judge, pass, fail) = (TrialPurpose::Judge, TrialOutcome::Pass, TrialOutcome::Fail);
    add(TrialPurpose::WarmUp, holds / 3.0, 10, 10, pass, "");
    add(judge, holds / 3.0, 20, 20, pass, "");
    add(judge, holds / 3.0, 20, 20, pass, "");
    add(judge, fails * 1.3, 20, 4, fail, certain);
    add(judge, fails * 1.3, 20, 3, fail, certain);
    add(judge, holds, 20, 20, pass, "");
    let why = "the generator's threads woke up to 31 ms late";
    add(judge, holds, 20, 20, TrialOutcome::Invalid, why);
    add(judge, holds, 20, 20, pass, "");
    add(judge, fails, 20, 20, pass, "");
    add(judge, fails, 20, 16, fail, certain);
    add(judge, fails, 20, 15, fail, certain);
    add(TrialPurpose::Confirm, holds, 120, 120, pass, "");
    let standing = |load, standing, passed, failed| LoadStanding {
        load,
        standing,
        passed_ns: passed * SECOND,
        failed_ns: failed * SECOND,
    };
    OneSearch {
        holds: Some(holds),
        fails: Some(fails),
        is_judged: true,
        confirmation: ConfirmationResult::Held,
        conclusion: SearchConclusion::Found,
        conclusion_text: "the limit lies between two loads that are 5 % apart".to_owned(),
        loads: vec![
            standing(holds / 3.0, Standing::Holds, 40, 0),
            standing(holds, Standing::Holds, 40, 0),
            standing(fails, Standing::Fails, 20, 40),
            standing(fails * 1.3, Standing::Fails, 0, 40),
        ],
        limit: Some(SearchLimit {
            who: LimitingParty::Target,
            phase: Some(Phase::Wait),
            lowest_p99_ns: Some(31_000_000),
            failing_p99_ns: Some(121_000_000),
            text: "The target is the limit: the p99 of wait grew from 31 ms to 121 ms.".to_owned(),
        }),
        headroom: Some(Headroom {
            at: fails,
            own_cpu: Some(0.06),
            signers_busy: Some(0.12),
            lag_p99_ns: Some(210_000),
            text: "The generator used 6 % of its CPU time and 12 % of its signers.".to_owned(),
        }),
        p99_doubles_at: Some(holds * 0.8),
        took_ns: 412 * SECOND,
        trials,
    }
}

/// A trial of a queue with one server, at this share of the load that holds.
fn trial(number: u64, share: f64, began_ns: u64, (planned, took): (u64, u64)) -> TrialResult {
    // 100 ms a little above the load that holds; a queue that grows has waited half the trial.
    let room = (1.28 - share).max(0.01);
    let wobble = 1.0 + 0.02 * float(number % 3);
    let p99 = whole(26e6 / room * wobble);
    let p50 = p99 * 15 / 100;
    let actual =
        |metric: &str, limit: f64, limit_text: &str, actual: f64, text: String| ThresholdResult {
            metric: metric.to_owned(),
            comparison: "<".to_owned(),
            limit,
            limit_text: limit_text.to_owned(),
            actual: Some(actual),
            actual_text: text,
            passed: actual < limit,
            implied: false,
        };
    TrialResult {
        number,
        kind: TrialPurpose::Judge,
        load: 0.0,
        began_ns,
        planned_ns: planned * SECOND,
        took_ns: took * SECOND,
        verdict: TrialOutcome::Pass,
        why: String::new(),
        recovery_ns: None,
        ok: whole(150.0 * share) * took,
        failed: 0,
        dropped: 0,
        achieved_per_s: 150.0 * share.min(1.3),
        p50_ns: Some(p50),
        p99_ns: Some(p99),
        phases_p99_ns: BTreeMap::from([(Phase::Wait, p99 * 9 / 10), (Phase::Latency, p99)]),
        thresholds: vec![
            actual(
                "latency.p99",
                1e8,
                "100 ms",
                float(p99),
                Nanos(p99).to_string(),
            ),
            actual("failed", 0.01, "1 %", 0.0, "0 %".to_owned()),
        ],
        own_cpu: Some(0.06),
        signers_busy: Some(0.12),
    }
}
