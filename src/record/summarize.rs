//! From a recording to a summary.

use std::collections::BTreeMap;
use std::io::Write;

use super::Collector;
use super::Histogram;
use super::delta::{Delta, PhaseSet};
use super::thresholds::judge_thresholds;
use super::verdict::{Health, judge};
use crate::phase::Phase;
use crate::plan::Threshold;
use crate::sample::Outcome;
use crate::summary::{
    Counts, Measurement, Rates, Run, RunState, SCHEMA, Signing, SpectrumPoint, Split, SplitRow,
    Summary, Validity,
};
use crate::units::{Nanos, float};

/// The phases whose whole spectrum is kept.
const SPECTRA: [Phase; 3] = [Phase::Latency, Phase::Service, Phase::Network];

/// What the recording itself cannot know.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What was run, where and when.
    pub run: Run,
    /// The scenario's rate, in an open model.
    pub asked_per_s: Option<f64>,
    /// How tokens were made; `starved` is filled in from the recording.
    pub signing: Signing,
    /// What must hold.
    pub thresholds: Vec<Threshold>,
    /// How long the load has lasted, warm-up included.
    pub elapsed: Nanos,
    /// Answers that came after the caller had given up.
    pub late: u64,
    /// How the generator itself fared.
    pub health: Health,
}

pub(super) fn summarize<W: Write>(collector: &Collector<W>, facts: &Facts) -> Summary {
    let total = &collector.total;
    let warmup = Nanos(facts.run.load.warmup_ns);
    let counts = counts(collector, facts);
    let measured_s = (facts.elapsed - warmup).as_secs_f64();
    let ok = total.sets[Outcome::Ok.index()].as_deref();
    let mut signing = facts.signing.clone();
    signing.starved = total.tally.starved;
    let mut summary = Summary {
        schema: SCHEMA.to_owned(),
        run: facts.run.clone(),
        counts,
        rates: Rates {
            asked_per_s: facts.asked_per_s,
            achieved_per_s: if measured_s > 0.0 {
                float(counts.completed) / measured_s
            } else {
                0.0
            },
            measured_s,
        },
        phases: ok.map(stats).unwrap_or_default(),
        failed_phases: stats(&failures(total)),
        signing,
        split: split(total),
        outcomes: outcomes(total),
        statuses: total.statuses.clone(),
        failures: collector.failures.clone(),
        thresholds: Vec::new(),
        measurement: Measurement {
            verdict: Validity::Valid,
            reasons: Vec::new(),
            own_cpu: None,
            own_cpu_ns: None,
            steal: None,
            peak_rss_bytes: None,
        },
        spectrum: ok.map(spectrum).unwrap_or_default(),
        windows: collector.windows.rows(),
        slowest: total.slowest.rows(),
    };
    summary.run.duration_ns = facts.elapsed.0;
    summary.thresholds = judge_thresholds(&facts.thresholds, &summary, |phase| {
        ok.and_then(|set| set.get(phase))
    });
    summary.measurement = judge(&summary, &facts.health);
    summary
}

fn counts<W: Write>(collector: &Collector<W>, facts: &Facts) -> Counts {
    let tally = &collector.total.tally;
    let warm = &collector.warmup;
    let completed = tally.ok + tally.failed;
    // While the run goes on, what has not ended is under way; after it, it was cut off.
    let unfinished = tally.planned.saturating_sub(completed + tally.dropped);
    let is_over = facts.run.state != RunState::Running;
    Counts {
        planned: tally.planned,
        started: tally.started,
        completed,
        ok: tally.ok,
        failed: tally.failed,
        dropped: tally.dropped,
        queued: tally.queued,
        late: facts.late,
        retried: tally.retried,
        interrupted: if is_over { unfinished } else { 0 },
        warmup: warm.ok + warm.failed,
    }
}

fn stats(set: &PhaseSet) -> BTreeMap<Phase, crate::summary::PhaseStats> {
    set.iter()
        .map(|(phase, histogram)| (phase, histogram.stats()))
        .collect()
}

/// The phases of all failures together.
fn failures(total: &Delta) -> PhaseSet {
    let mut all = PhaseSet::default();
    for (outcome, set) in total.outcomes() {
        if !outcome.is_ok() {
            all.merge(set);
        }
    }
    all
}

fn outcomes(total: &Delta) -> BTreeMap<String, u64> {
    total
        .outcomes()
        .filter_map(|(outcome, set)| {
            let count = set.get(Phase::Latency).map_or(0, Histogram::len);
            (count > 0).then(|| (outcome.to_string(), count))
        })
        .collect()
}

fn split(total: &Delta) -> Split {
    let latency = total.sets[Outcome::Ok.index()]
        .as_deref()
        .and_then(|set| set.get(Phase::Latency));
    let near = |fraction| {
        latency
            .and_then(|latency| latency.at(fraction))
            .map_or_else(SplitRow::default, |at| total.bands.near(at))
    };
    Split {
        mean: total.bands.mean(),
        p50: near(0.5),
        p90: near(0.9),
        p99: near(0.99),
    }
}

fn spectrum(set: &PhaseSet) -> BTreeMap<Phase, Vec<SpectrumPoint>> {
    SPECTRA
        .into_iter()
        .filter_map(|phase| Some((phase, set.get(phase)?.spectrum())))
        .collect()
}
