//! Counts and rates, of a load or of all together.

use std::ops::Range;

use super::recording::Merged;
use crate::record::Tally;
use crate::recording::{LoadFacts, RunFacts};
use crate::summary::{Counts, Rates};
use crate::units::{Nanos, float};

/// What was planned, done and left undone.
pub(super) fn counts(merged: &Merged, loads: &[LoadFacts], is_over: bool) -> Counts {
    let tally = &merged.total.tally;
    let warm = &merged.warmup;
    let completed = tally.ok + tally.failed + tally.negative;
    // While the run goes on, what has not ended is under way; after it, it was cut off.
    let unfinished = tally.planned.saturating_sub(completed + tally.dropped);
    Counts {
        planned: tally.planned,
        started: tally.started,
        completed,
        ok: tally.ok,
        failed: tally.failed,
        negative: tally.negative,
        dropped: tally.dropped,
        lost: loads.iter().map(LoadFacts::lost).sum(),
        queued: tally.queued,
        late: loads.iter().map(|load| load.late).sum(),
        retried: tally.retried,
        resent: tally.resent,
        interrupted: if is_over { unfinished } else { 0 },
        warmup: warm.ok + warm.failed + warm.negative,
        warmup_dropped: warm.dropped,
    }
}

/// The rates of one load.
pub(super) fn of_load(merged: &Merged, load: &LoadFacts, elapsed: Nanos) -> Rates {
    let loads = std::slice::from_ref(load);
    rates(merged, loads, elapsed, load.asked_per_s)
}

/// The rates of all loads together, over the time in which any of them is measured.
pub(super) fn of_all(merged: &Merged, facts: &RunFacts) -> Rates {
    let as_planned = |load: &LoadFacts| load.measured(load.end.unwrap_or(facts.elapsed));
    let asked_for = together(facts.loads.iter().flat_map(as_planned)).as_secs_f64();
    let asked = facts.loads.iter().map(|load| {
        let share = together(as_planned(load)).as_secs_f64() / asked_for;
        Some(load.asked_per_s? * share)
    });
    let asked: Option<f64> = asked.sum();
    // For a run that was cut off in its warm-up there is not a share to ask for.
    let asked = asked.filter(|_| asked_for > 0.0);
    rates(merged, &facts.loads, facts.elapsed, asked)
}

fn rates(merged: &Merged, loads: &[LoadFacts], elapsed: Nanos, asked: Option<f64>) -> Rates {
    let measured = loads.iter().flat_map(|load| load.measured(elapsed));
    let measured_s = together(measured).as_secs_f64();
    let per_s = |count| (measured_s > 0.0).then(|| float(count) / measured_s);
    let tally = &merged.total.tally;
    let re_enqueued = loads.iter().filter_map(|load| load.salesforce.as_ref());
    let re_enqueued = re_enqueued.map(|org| org.re_enqueued).sum();
    Rates {
        asked_per_s: asked,
        planned_per_s: asked.and_then(|_| per_s(tally.planned)),
        achieved_per_s: per_s(tally.ok_in_time).unwrap_or(0.0),
        measured_s,
        amplification: amplification(merged, re_enqueued),
    }
}

/// Requests sent for each lead that was posted. The warm-up is included: nothing tells whether
/// what a Finalizer made again was part of it.
pub(super) fn amplification(merged: &Merged, re_enqueued: u64) -> Option<f64> {
    let (total, warm) = (&merged.total.tally, &merged.warmup);
    let started = total.started + warm.started;
    let asked = started.saturating_sub(re_enqueued);
    let again = |tally: &Tally| tally.retried + tally.resent;
    let requests = started + again(total) + again(warm);
    (asked > 0).then(|| float(requests) / float(asked))
}

/// How long at least one of the spans lasts.
fn together(spans: impl IntoIterator<Item = Range<Nanos>>) -> Nanos {
    let mut spans: Vec<_> = spans.into_iter().collect();
    spans.sort_by_key(|span| span.start);
    let mut until = Nanos::ZERO;
    let mut whole = Nanos::ZERO;
    for span in spans {
        whole += span.end - span.start.max(until);
        until = until.max(span.end);
    }
    whole
}
