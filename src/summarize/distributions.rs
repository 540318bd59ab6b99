//! Phases, outcomes and where the time went, of a load or of all together.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::phase::Phase;
use crate::record::{Histogram, Interval, LeftOutTally, PhaseSet};
use crate::summary::{PhaseStats, ServerTimingResult, SpectrumPoint, Split, SplitRow};

/// The phases whose whole spectrum is kept.
const SPECTRA: [Phase; 3] = [Phase::Latency, Phase::Service, Phase::Network];

/// The statistics of each phase that occurred.
pub(super) fn stats(set: &PhaseSet) -> BTreeMap<Phase, PhaseStats> {
    set.iter()
        .map(|(phase, histogram)| (phase, histogram.stats()))
        .collect()
}

/// The phases of all failures together.
pub(super) fn failures(total: &Interval) -> PhaseSet {
    let mut all = PhaseSet::default();
    for (outcome, set) in total.outcomes() {
        if !outcome.is_ok() {
            all.merge(set);
        }
    }
    all
}

/// How iterations ended.
pub(super) fn outcomes(total: &Interval) -> BTreeMap<String, u64> {
    let counts = total.outcomes().map(|(outcome, set)| {
        let count = set.get(Phase::Latency).map_or(0, Histogram::len);
        (outcome.to_string(), count)
    });
    counts.filter(|(_, count)| *count > 0).collect()
}

/// What `Server-Timing` told, if anything; `names` are those of its metrics, and `total_metrics`
/// those that the scenario takes for the total.
pub(super) fn server_timing(
    total: &Interval,
    names: &[Arc<str>],
    total_metrics: &[String],
) -> Option<ServerTimingResult> {
    let count = |phase| total.success(phase).map_or(0, Histogram::len);
    let left_out = total.tally.left_out;
    let told = ServerTimingResult {
        successes: count(Phase::Latency),
        with_total: count(Phase::Server),
        total_metrics: total_metrics.to_vec(),
        metrics: total.server_metrics.stats(names),
        no_total: left_out.no_total,
        no_duration: left_out.no_duration,
        not_a_duration: left_out.not_a_duration,
        too_much: left_out.too_much,
        too_long: left_out.too_long,
    };
    let is_any =
        told.with_total > 0 || !told.metrics.is_empty() || left_out != LeftOutTally::default();
    is_any.then_some(told)
}

/// Where the time went; `floor_ns` is the shortest round trip that the kernel saw.
pub(super) fn split(total: &Interval, floor_ns: Option<u64>) -> Split {
    let split = &total.split;
    let near = |fraction| {
        let at = total.success(Phase::Latency)?.at(fraction)?;
        Some(split.near(at))
    };
    let row = |row: Option<SplitRow>| row.unwrap_or_default().with_wire_floor(floor_ns);
    Split {
        mean: row(Some(split.mean())),
        p50: row(near(0.5)),
        p90: row(near(0.9)),
        p99: row(near(0.99)),
        slowest: row(Some(split.slowest(&total.slowest))),
    }
}

/// The percentile spectra of some phases.
pub(super) fn spectrum(set: &PhaseSet) -> BTreeMap<Phase, Vec<SpectrumPoint>> {
    SPECTRA
        .into_iter()
        .filter_map(|phase| Some((phase, set.get(phase)?.spectrum())))
        .collect()
}
