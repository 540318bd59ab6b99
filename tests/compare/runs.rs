//! Runs made up to the figure.

use std::sync::LazyLock;

use leadbench::compare::{Options, compare};
use leadbench::phase::Phase;
use leadbench::summary::{Comparison, Finding, MetricResult, PhaseStats, Summary};

static TYPICAL: LazyLock<Summary> = LazyLock::new(|| {
    let text = include_str!("../fixtures/summaries/typical.json");
    let mut summary: Summary = serde_json::from_str(text).unwrap();
    // Nothing here looks at these, and thousands of runs are made.
    summary.windows.clear();
    summary.spectrum.clear();
    summary.failed_phases.clear();
    summary.loads.clear();
    summary.thresholds.clear();
    summary.slowest.clear();
    summary.heatmap = None;
    summary
});

/// The figures of one run, those that gate; latencies in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) sign_cpu: f64,
    pub(crate) achieved: f64,
    pub(crate) failed: u64,
}

/// A run of ten thousand callouts as it usually is.
pub(crate) const USUAL: Figures = Figures {
    p50: 10.0,
    p99: 40.0,
    sign_cpu: 0.25,
    achieved: 200.0,
    failed: 0,
};

/// Callouts of each run.
pub(crate) const CALLOUTS: u64 = 10_000;

/// A run that began so many minutes into the day.
pub(crate) fn run(minute: u32, figures: Figures) -> Summary {
    let mut summary = TYPICAL.clone();
    summary.run.id = format!("run-{minute}");
    summary.run.started_at = format!("2026-10-18T{:02}:{:02}:00Z", minute / 60, minute % 60);
    summary.run.labels.clear();
    summary.counts.completed = CALLOUTS;
    summary.counts.failed = figures.failed;
    summary.counts.ok = CALLOUTS - figures.failed;
    summary.rates.achieved_per_s = figures.achieved;
    summary.phases.clear();
    let stats = |p50: f64, p99: f64| PhaseStats {
        count: summary.counts.ok,
        p50_ns: nanos(p50),
        p90_ns: nanos(f64::midpoint(p50, p99)),
        p99_ns: nanos(p99),
        p99_9_ns: nanos(p99 * 2.0),
        ..TYPICAL.phases[&Phase::Latency]
    };
    let phases = [
        (Phase::Latency, stats(figures.p50, figures.p99)),
        (Phase::Network, stats(figures.p50 - 1.0, figures.p99 - 1.0)),
        (
            Phase::SignCpu,
            stats(figures.sign_cpu, figures.sign_cpu * 2.0),
        ),
    ];
    summary.phases.extend(phases);
    summary
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "milliseconds of a test"
)]
fn nanos(milliseconds: f64) -> u64 {
    (milliseconds * 1e6) as u64
}

/// Both sides of so many pairs of runs, taken in turn and the order swapped each time.
pub(crate) fn in_turn(
    pairs: u32,
    mut baseline: impl FnMut(u32) -> Figures,
    mut candidate: impl FnMut(u32) -> Figures,
) -> (Vec<Summary>, Vec<Summary>) {
    let order = |pair: u32| {
        if pair.is_multiple_of(2) {
            (0, 1)
        } else {
            (1, 0)
        }
    };
    (0..pairs)
        .map(|pair| {
            let (first, second) = order(pair);
            (
                run(2 * pair + first, baseline(pair)),
                run(2 * pair + second, candidate(pair)),
            )
        })
        .unzip()
}

/// Both sides of so many rounds in which both went on at once.
pub(crate) fn side_by_side(
    rounds: u32,
    baseline: impl FnMut(u32) -> Figures,
    candidate: impl FnMut(u32) -> Figures,
) -> (Vec<Summary>, Vec<Summary>) {
    let (mut before, mut after) = in_turn(rounds, baseline, candidate);
    for (one, other) in before.iter().zip(&mut after) {
        other.run.started_at.clone_from(&one.run.started_at);
    }
    for side in [&mut before, &mut after] {
        for (round, summary) in side.iter_mut().enumerate() {
            let label = ("duel.round".to_owned(), round.to_string());
            summary.run.labels.extend([label]);
        }
    }
    (before, after)
}

/// A comparison with nothing asked for.
#[track_caller]
pub(crate) fn compared((baseline, candidate): &(Vec<Summary>, Vec<Summary>)) -> Comparison {
    compare(baseline, candidate, &Options::default()).unwrap()
}

/// What a metric was found to be.
#[track_caller]
pub(crate) fn metric<'c>(comparison: &'c Comparison, name: &str) -> &'c MetricResult {
    let found = comparison.metrics.iter().find(|metric| metric.name == name);
    found.unwrap_or_else(|| panic!("no {name} in {:?}", comparison.metrics))
}

/// What a metric was found to be.
#[track_caller]
pub(crate) fn finding(comparison: &Comparison, name: &str) -> Finding {
    metric(comparison, name).finding
}
