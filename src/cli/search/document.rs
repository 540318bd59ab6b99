//! What a search found, put into the document that reports are made of.

use std::collections::BTreeMap;

use super::conclusion;
use super::limiting;
use super::seen::{Kept, Seen};
use super::verdict::Judged;
use crate::phase::Phase;
use crate::search::{
    Bracket, Conclusion, Confirmation, JudgedLoad, OfferedLoad, SearchResult,
    Standing as StandingInSearch, TrialKind, TrialVerdict,
};
use crate::summary::{
    ConfirmationResult, Headroom, LoadStanding, OneSearch, SearchConclusion, Standing, Summary,
    TrialOutcome, TrialPurpose, TrialResult,
};
use crate::units::{Nanos, count};

/// A run of a trial: its place in the search.
pub(super) struct Ran {
    pub(super) number: usize,
    pub(super) began: Nanos,
    pub(super) took: Nanos,
    pub(super) trial: (TrialKind, OfferedLoad, Nanos),
}

/// A trial; without a summary the target could not be reached.
pub(super) fn trial(ran: &Ran, judged: &Judged, summary: Option<&Summary>) -> TrialResult {
    let (kind, load, span) = ran.trial;
    let latency = summary.and_then(|summary| summary.phase(Phase::Latency));
    let counts = summary.map(|summary| summary.counts).unwrap_or_default();
    TrialResult {
        number: count(ran.number),
        kind: match kind {
            TrialKind::WarmUp => TrialPurpose::WarmUp,
            TrialKind::Judge => TrialPurpose::Judge,
            TrialKind::Confirm => TrialPurpose::Confirm,
        },
        load: load.value(),
        began_ns: ran.began.0,
        planned_ns: span.0,
        took_ns: ran.took.0,
        verdict: match judged.verdict {
            TrialVerdict::Pass => TrialOutcome::Pass,
            TrialVerdict::Fail => TrialOutcome::Fail,
            TrialVerdict::Invalid => TrialOutcome::Invalid,
            TrialVerdict::Undecided { .. } => TrialOutcome::Undecided,
        },
        why: judged.why.clone(),
        recovery_ns: None,
        ok: counts.ok,
        failed: counts.failed,
        dropped: counts.dropped,
        achieved_per_s: summary.map_or(0.0, |summary| summary.rates.achieved_per_s),
        p50_ns: latency.map(|stats| stats.p50_ns),
        p99_ns: latency.map(|stats| stats.p99_ns),
        phases_p99_ns: summary.map_or_else(BTreeMap::new, |summary| {
            let phases = summary.phases.iter();
            let taken = phases.filter(|(_, stats)| stats.took_time());
            taken.map(|(phase, stats)| (*phase, stats.p99_ns)).collect()
        }),
        thresholds: summary.map_or_else(Vec::new, |summary| summary.thresholds.clone()),
        own_cpu: summary.and_then(|summary| summary.measurement.own_cpu),
        signers_busy: summary.and_then(|summary| summary.signing.utilisation),
    }
}

/// A search, at its end or as far as it has come.
pub(super) fn one_search(seen: &Seen, result: Option<&SearchResult>, took: Nanos) -> OneSearch {
    let controller = &seen.controller;
    let bracket = result.map_or_else(|| controller.bracket(), |result| result.bracket);
    let interrupted = Conclusion::Interrupted;
    let why = result.map_or(&interrupted, |result| &result.conclusion);
    let bounds = [bracket.lower, bracket.upper];
    let mut known = bounds.iter().flatten();
    OneSearch {
        holds: bracket.lower.map(|bound| bound.load.value()),
        fails: bracket.upper.map(|bound| bound.load.value()),
        is_judged: known.all(|bound| bound.is_judged),
        confirmation: match result.map_or(Confirmation::Missing, |result| result.confirmation) {
            Confirmation::Held => ConfirmationResult::Held,
            Confirmation::Failed => ConfirmationResult::Failed,
            Confirmation::Missing => ConfirmationResult::Missing,
            Confirmation::Spoiled => ConfirmationResult::Spoiled,
        },
        conclusion: conclusion_of(why),
        conclusion_text: conclusion::in_words(seen, why, bracket),
        trials: seen.trials.clone(),
        loads: controller
            .loads()
            .iter()
            .map(|load| standing(load, bracket))
            .collect(),
        limit: bracket.upper.and_then(|_| limit(&seen.kept)),
        headroom: headroom(&seen.kept),
        p99_doubles_at: p99_doubles_at(&seen.trials),
        took_ns: took.0,
    }
}

const fn conclusion_of(conclusion: &Conclusion) -> SearchConclusion {
    match conclusion {
        Conclusion::AtMax => SearchConclusion::AtMax,
        Conclusion::Found => SearchConclusion::Found,
        Conclusion::GeneratorLimit { .. } => SearchConclusion::GeneratorLimit,
        Conclusion::Interrupted => SearchConclusion::Interrupted,
        Conclusion::LowestFails => SearchConclusion::LowestFails,
        Conclusion::NotRecovered { .. } => SearchConclusion::NotRecovered,
        Conclusion::NotReproducible { .. } => SearchConclusion::NotReproducible,
        Conclusion::Unmeasurable { .. } => SearchConclusion::Unmeasurable,
    }
}

fn standing(load: &JudgedLoad, bracket: Bracket) -> LoadStanding {
    let is_below = bracket.lower.is_some_and(|bound| load.load < bound.load);
    LoadStanding {
        load: load.load.value(),
        standing: match load.standing() {
            // Doubling leaves loads with one trial behind.
            StandingInSearch::Undecided if is_below => Standing::Holds,
            StandingInSearch::Lower => Standing::Holds,
            StandingInSearch::Upper => Standing::Fails,
            StandingInSearch::Spoiled => Standing::Spoiled,
            StandingInSearch::Undecided => Standing::Undecided,
        },
        passed_ns: load.time.good.0,
        failed_ns: load.time.bad.0,
    }
}

fn limit(kept: &Kept) -> Option<crate::summary::SearchLimit> {
    let lowest = kept.lowest.as_deref()?;
    let (_, failing, judged) = kept.failing.as_ref()?;
    Some(limiting::limit(lowest, failing, judged))
}

/// A generator that uses more than this share of its time sends late.
const FULLY_BUSY: f64 = 0.9;

/// Beyond this many times a load, the generator is surely not the limit.
const MANY: f64 = 10.0;

/// What the generator had left at the highest load that it measured.
fn headroom(kept: &Kept) -> Option<Headroom> {
    let (at, summary) = kept.highest.as_ref()?;
    let own_cpu = summary.measurement.own_cpu;
    let signers_busy = summary.signing.utilisation;
    let lag = summary.phase(Phase::Lag).map(|lag| lag.p99_ns);
    let busiest = own_cpu.into_iter().chain(signers_busy).fold(0.0, f64::max);
    let mut parts = Vec::new();
    if let Some(cpu) = own_cpu {
        parts.push(format!("{:.0} % of this machine's CPU time", cpu * 100.0));
    }
    if let Some(busy) = signers_busy {
        parts.push(format!("{:.0} % of its signers' time", busy * 100.0));
    }
    let used = format!("at {at}, the generator used {}", parts.join(" and "));
    let late = lag.map_or_else(String::new, |lag| {
        format!(", and its lateness was {} at p99", Nanos(lag))
    });
    let times = FULLY_BUSY / busiest;
    let could = if times >= MANY {
        format!("; it could make more than {MANY:.0} times this load")
    } else if times > 1.0 {
        format!("; it could make about {times:.1} times this load")
    } else {
        String::new()
    };
    let text = used + &late + &could;
    Some(Headroom {
        at: at.value(),
        own_cpu,
        signers_busy,
        lag_p99_ns: lag,
        text,
    })
}

/// The load at which the p99 is twice that of the lowest load: between the two loads around it, on
/// logarithmic scales.
fn p99_doubles_at(trials: &[TrialResult]) -> Option<f64> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    let counts = |trial: &&TrialResult| {
        trial.kind != TrialPurpose::WarmUp && trial.verdict != TrialOutcome::Invalid
    };
    let mut loads: Vec<f64> = trials
        .iter()
        .filter(counts)
        .map(|trial| trial.load)
        .collect();
    loads.sort_by(f64::total_cmp);
    loads.dedup();
    for load in loads {
        let of_load = trials
            .iter()
            .filter(counts)
            .filter(|trial| trial.load.total_cmp(&load).is_eq());
        let mut p99: Vec<u64> = of_load.filter_map(|trial| trial.p99_ns).collect();
        p99.sort_unstable();
        if let Some(median) = p99.get(p99.len() / 2) {
            points.push((load.ln(), crate::units::float(*median).ln()));
        }
    }
    let twice = points.first()?.1 + std::f64::consts::LN_2;
    let pair = points
        .windows(2)
        .find(|pair| pair[0].1 < twice && pair[1].1 >= twice)?;
    let [(load, p99), (next_load, next_p99)] = [pair[0], pair[1]];
    let share = (twice - p99) / (next_p99 - p99);
    Some((load + share * (next_load - load)).exp())
}
