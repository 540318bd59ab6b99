//! Each load of several on its own: the words and columns that all formats share.

use super::figures::ratio_of;
use super::figures::{grouped, millis, rate, share};
use crate::phase::Phase;
use crate::summary::{LoadResult, Summary};
use crate::units::{Nanos, float};

/// What the columns of a load's row are, the name aside; latencies are in milliseconds.
pub(super) const COLUMNS: [&str; 9] = [
    "from",
    "planned",
    "ok",
    "failed",
    "asked",
    "achieved",
    "p50",
    "p99",
    "network p99",
];

/// The loads where there are several; a single one is the run itself.
pub(super) fn several(summary: &Summary) -> &[LoadResult] {
    match summary.loads.as_slice() {
        [] | [_] => &[],
        loads => loads,
    }
}

/// The cells of a load under [`COLUMNS`].
pub(super) fn cells(load: &LoadResult) -> [String; 9] {
    let at = |phase: Phase, of: fn(&crate::summary::PhaseStats) -> u64| {
        let stats = load.phases.get(&phase).filter(|stats| stats.count > 0);
        stats.map_or_else(|| "-".to_owned(), |stats| millis(float(of(stats))))
    };
    let counts = &load.counts;
    let failed = match counts.failed {
        0 => "0".to_owned(),
        some => format!(
            "{} ({})",
            grouped(some),
            share(ratio_of(some, counts.completed))
        ),
    };
    [
        Nanos(load.start_ns).to_string(),
        grouped(counts.planned),
        grouped(counts.ok),
        failed,
        load.rates.asked_per_s.map_or_else(|| "-".to_owned(), rate),
        rate(load.rates.achieved_per_s),
        at(Phase::Latency, |stats| stats.p50_ns),
        at(Phase::Latency, |stats| stats.p99_ns),
        at(Phase::Network, |stats| stats.p99_ns),
    ]
}

/// A run that had this load alone, as far as the recording tells loads apart: without
/// windows, spectra and slowest iterations, which are those of all loads.
pub(super) fn alone(summary: &Summary, load: &LoadResult) -> Summary {
    let mut run = summary.run.clone();
    run.model = load.model;
    run.duration_ns = load.duration_ns;
    run.load.name.clone_from(&load.name);
    run.load.description.clone_from(&load.description);
    run.load.warmup_ns = load.warmup_ns;
    let mut signing = summary.signing.clone();
    signing.starved = load.starved;
    signing.expired = load.expired;
    Summary {
        schema: summary.schema.clone(),
        run,
        counts: load.counts,
        rates: load.rates,
        phases: load.phases.clone(),
        failed_phases: load.failed_phases.clone(),
        signing,
        token_endpoint: None,
        split: load.split,
        outcomes: load.outcomes.clone(),
        statuses: std::collections::BTreeMap::new(),
        failures: Vec::new(),
        thresholds: Vec::new(),
        measurement: summary.measurement.clone(),
        spectrum: std::collections::BTreeMap::new(),
        buckets: None,
        windows: Vec::new(),
        heatmap: None,
        slowest: Vec::new(),
        loads: Vec::new(),
        warnings: Vec::new(),
        coded_warnings: Vec::new(),
        matrix: None,
        negative: None,
        wire: None,
        server_timing: None,
        saturation: None,
        stopped: None,
        preflight: None,
        stationarity: None,
    }
}
