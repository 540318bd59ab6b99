//! Runs over commits: their series, the changes of level in each, and its noise.
//!
//! This is advice and never a gate, because runs of different days differ by more than their builds.

mod capacity;

use std::cmp::Reverse;

use crate::phase::Phase;
use crate::statistics::{change_points, median};
use crate::summary::{Change, History, Noise, PastRun, PhaseStats, SearchSummary, Series, Summary};
use crate::units::{count, float, index, whole};

/// The figures that are followed.
pub const FIGURES: [(&str, Phase, Of); 5] = [
    ("latency.p50", Phase::Latency, |stats| stats.p50_ns),
    ("latency.p99", Phase::Latency, |stats| stats.p99_ns),
    ("network.p99", Phase::Network, |stats| stats.p99_ns),
    ("server.p99", Phase::Server, |stats| stats.p99_ns),
    ("sign_cpu.p50", Phase::SignCpu, |stats| stats.p50_ns),
];

/// What is taken of a phase.
pub type Of = fn(&PhaseStats) -> u64;

/// The fewest runs for a search for changes; with fewer, noise looks like a change.
const RUNS_MIN: usize = 30;

/// The smallest change of a level that is reported.
const CHANGE_MIN: f64 = 0.05;

/// The fewest differences between consecutive runs for an estimate of the noise.
const NOISE_MIN: usize = 10;

/// Puts runs and searches into series; each comes with its page, if it has one.
pub fn history(
    runs: Vec<(Summary, Option<String>)>,
    searches: Vec<(SearchSummary, Option<String>)>,
    unread: Vec<String>,
) -> History {
    let mut series: Vec<Series> = Vec::new();
    for (summary, page) in runs {
        let (run, machine, work) = (&summary.run, machine(&summary), work(&summary));
        let is_same = |series: &&mut Series| {
            series.scenario == run.scenario
                && series.scenario_sha256 == run.scenario_sha256
                && series.work == work
                && series.target == run.target
                && series.machine == machine
        };
        let past = past_run(&summary, page);
        match series.iter_mut().find(is_same) {
            Some(series) => series.runs.push(past),
            None => series.push(Series {
                scenario: run.scenario.clone(),
                scenario_sha256: run.scenario_sha256.clone(),
                work: work.clone(),
                target: run.target.clone(),
                machine,
                runs: vec![past],
                changes: Vec::new(),
                noise: Vec::new(),
                runs_lacking: 0,
            }),
        }
    }
    for series in &mut series {
        series
            .runs
            .sort_by(|left, right| left.started_at.cmp(&right.started_at));
        judge(series);
    }
    series.sort_by_key(|series| (series.scenario.clone(), Reverse(series.runs.len())));
    History {
        series,
        capacities: capacity::series(searches),
        unread,
    }
}

/// Digits of an overlay's SHA-256 that tell it from others.
const HASH_SHOWN: usize = 12;

/// The load and the signing mode of a run, with its overlays and overrides.
fn work(summary: &Summary) -> String {
    let run = &summary.run;
    let mut parts = vec![run.load.description.clone(), summary.signing.mode.clone()];
    let hashes = run.overlays.iter().map(|overlay| overlay.sha256.as_str());
    let hashes = hashes.map(|sha256| sha256.get(..HASH_SHOWN).unwrap_or(sha256));
    parts.extend(hashes.map(|sha256| format!("overlay {sha256}")));
    let changes = run.overrides.iter().filter(|change| !change.is_of_place());
    parts.extend(changes.map(|change| format!("{}={}", change.path, change.value)));
    parts.join(", ")
}

/// Distinguishes machines whose figures cannot be compared.
fn machine(summary: &Summary) -> String {
    let machine = &summary.run.machine;
    let cpu = machine.cpu.as_deref().unwrap_or("unknown processor");
    let build = if machine.build == "release" {
        ""
    } else {
        ", debug build"
    };
    format!(
        "{} cores, {cpu}, {}, {}{build}",
        machine.cores, machine.arch, machine.os
    )
}

fn past_run(summary: &Summary, page: Option<String>) -> PastRun {
    let run = &summary.run;
    let counts = &summary.counts;
    let figures = FIGURES.map(|(name, phase, of)| {
        let stats = summary.phase(phase).filter(|stats| stats.count > 0);
        (name, stats.map(of))
    });
    PastRun {
        id: run.id.clone(),
        started_at: run.started_at.clone(),
        commit: run.commit.clone(),
        page,
        state: run.state,
        measurement: summary.measurement.verdict,
        thresholds_hold: (!summary.thresholds.is_empty()).then(|| summary.thresholds_hold()),
        completed: counts.completed,
        failed: counts.failed_share(),
        achieved_per_s: summary.rates.achieved_per_s,
        figures: figures.to_vec(),
    }
}

/// Finds new levels and the noise of a series, as far as it is long enough.
fn judge(series: &mut Series) {
    let evidence = series.runs.iter().filter(|run| run.counts()).count();
    series.runs_lacking = count(RUNS_MIN.saturating_sub(evidence));
    for (name, ..) in FIGURES {
        let points: Vec<(usize, f64)> = series
            .runs
            .iter()
            .enumerate()
            .filter(|(_, run)| run.counts())
            .filter_map(|(place, run)| {
                Some((place, float(run.figure(name).filter(|ns| *ns > 0)?).ln()))
            })
            .collect();
        let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
        let levels = if values.len() < RUNS_MIN {
            Vec::new()
        } else {
            change_points(&values)
        };
        let changes = changes(series, name, &points, &levels);
        series.changes.extend(changes);
        let figure = name;
        let noise = floor(&values, &levels).map(|floor| Noise { figure, floor });
        series.noise.extend(noise);
    }
    series
        .changes
        .sort_by_key(|change| (change.first, change.figure));
}

fn changes(
    series: &Series,
    figure: &'static str,
    points: &[(usize, f64)],
    levels: &[usize],
) -> Vec<Change> {
    let edges = [&[0], levels, &[points.len()]].concat();
    let level = |from: usize, to: usize| {
        let values: Vec<f64> = points[from..to].iter().map(|(_, value)| *value).collect();
        median(&values)
    };
    let found = edges.windows(3).filter_map(|edge| {
        let [from, first, to] = *edge else {
            return None;
        };
        let change = (level(first, to)? - level(from, first)?).exp_m1();
        let (place, before) = (points[first].0, points[first - 1].0);
        (change.abs() >= CHANGE_MIN).then(|| Change {
            figure,
            first: place,
            before: named(&series.runs[before]),
            after: named(&series.runs[place]),
            change,
        })
    });
    found.collect()
}

/// A run by its commit, or else by its time.
fn named(run: &PastRun) -> String {
    run.commit.clone().unwrap_or_else(|| run.started_at.clone())
}

/// The upper quartile plus three interquartile ranges of the differences between consecutive runs,
/// without the steps to a new level.
fn floor(values: &[f64], levels: &[usize]) -> Option<f64> {
    let mut steps: Vec<f64> = (1..values.len())
        .filter(|place| !levels.contains(place))
        .map(|place| (values[place] - values[place - 1]).abs())
        .collect();
    if steps.len() < NOISE_MIN {
        return None;
    }
    steps.sort_by(f64::total_cmp);
    let at = |share: f64| steps[index(whole(share * float(steps.len() - 1)))];
    let (lower, upper) = (at(0.25), at(0.75));
    Some((upper + 3.0 * (upper - lower)).exp_m1())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::Overlay;

    // The load's description says nothing of a timeout or of an algorithm that an overlay set.
    #[test]
    fn runs_with_different_overlays_are_different_series() {
        let text = include_str!("../tests/fixtures/summaries/typical.json");
        let plain: Summary = serde_json::from_str(text).unwrap();
        let with_overlay = |digit: &str| {
            let mut run = plain.clone();
            run.run.overlays.push(Overlay {
                file: "ci.toml".to_owned(),
                sha256: digit.repeat(64),
            });
            (run, None)
        };
        let runs = vec![
            (plain.clone(), None),
            with_overlay("a"),
            with_overlay("b"),
            with_overlay("b"),
        ];
        let series = history(runs, Vec::new(), Vec::new()).series;
        let lengths: Vec<_> = series.iter().map(|series| series.runs.len()).collect();
        assert_eq!(lengths, [2, 1, 1]);
        let work = &series[0].work;
        assert!(work.contains(", overlay bbbbbbbbbbbb"), "{work}");
    }
}
