//! Latency by load: the trials as markers, their medians as lines, and the bracket between them.

use crate::phase::Phase;
use crate::report::chart::{
    Axis, Chart, Limit, Line, Marker, Plot, Readout, Scale, Shade, Sign, plain, time,
};
use crate::report::content::numbers::{millis, or_dash, span};
use crate::report::content::search::by_load::{TrialsOfLoad, by_load};
use crate::report::content::search::{goals, words};
use crate::report::content::table::Table;
use crate::report::html::figure::{Figure, LegendMarker, legend};
use crate::summary::{LoadUnit, SearchSummary, TrialOutcome, TrialPurpose, TrialResult};
use crate::units::float;

/// Trials that are drawn; a search of the usual kind makes some thirty.
const TRIALS_MAX: usize = 500;

/// A percentile, its class, the half width of its markers, and its value in a trial.
type Percentile = (
    &'static str,
    &'static str,
    f64,
    fn(&TrialResult) -> Option<u64>,
);

/// The percentiles that are drawn.
const PERCENTILES: [Percentile; 2] = [
    ("p50", "s1", 3.0, |trial| trial.p50_ns),
    ("p99", "s2", 4.5, |trial| trial.p99_ns),
];

/// The chart; `None` if no trial has a latency.
pub(super) fn figure(summary: &SearchSummary) -> Option<Figure> {
    let trials = || drawn(summary);
    let limits = limits(summary);
    let latencies = trials().flat_map(|trial| [trial.p50_ns, trial.p99_ns]);
    let latencies: Vec<f64> = latencies.flatten().map(float).collect();
    if latencies.is_empty() {
        return None;
    }
    let limit_values = limits.iter().map(|limit| limit.value);
    let y = Scale::spanning(latencies.into_iter().chain(limit_values));
    let x = Scale::multiples_of(trials().map(|trial| trial.load));
    let groups = by_load(trials());
    let drawn = Chart {
        shades: bracket(summary).into_iter().collect(),
        lines: PERCENTILES.map(|one| line(&groups, one)).to_vec(),
        limits,
        markers: markers(trials()),
        readouts: readouts(summary.unit, &groups, x.high()),
        ..Chart::new(
            "Latency by load",
            description(summary),
            Plot {
                height: 300.0,
                x: Axis::new(x, axis_name(summary.unit), plain),
                y: Axis::new(y, "latency of successes", time),
            },
        )
    };
    let percentiles = PERCENTILES.map(|(name, class, ..)| legend(name, class));
    Some(Figure {
        lines: percentiles.to_vec(),
        markers: signs(trials()),
        ..Figure::new(
            "Latency by load.",
            note(summary),
            drawn.svg(),
            table(summary.unit, &groups),
        )
    })
}

/// The trials that are drawn: those of the warm-up say nothing about their load.
fn drawn(summary: &SearchSummary) -> impl Iterator<Item = &TrialResult> {
    let trials = summary.searches.iter().flat_map(|one| &one.trials);
    trials
        .filter(|trial| trial.kind != TrialPurpose::WarmUp && trial.load > 0.0)
        .take(TRIALS_MAX)
}

fn axis_name(unit: LoadUnit) -> &'static str {
    match unit {
        LoadUnit::PerSecond => "load, arrivals a second",
        LoadUnit::Users => "load, virtual users",
    }
}

fn description(summary: &SearchSummary) -> String {
    let brackets = summary.searches.iter();
    let brackets = brackets.map(|one| words::bracket(summary.unit, one));
    let brackets: Vec<_> = brackets.take(3).collect();
    format!(
        "p50 and p99 of each trial by its load: {}.",
        brackets.join("; ")
    )
}

fn note(summary: &SearchSummary) -> String {
    let mut note = "A sign is one trial: above p99, below p50. The lines join the medians of the \
                    trials that passed or failed."
        .to_owned();
    if bracket(summary).is_some() {
        note += " The shade is the bracket: it begins at the highest load that holds, and ends at \
                 the lowest above it that fails.";
    }
    let lacking = drawn(summary).filter(|trial| trial.p99_ns.is_none());
    if lacking.count() > 0 {
        note += " Trials without a success have no latency and are not drawn.";
    }
    note
}

/// From the highest load that holds to the lowest that fails; of several searches all of their
/// brackets.
fn bracket(summary: &SearchSummary) -> Option<Shade> {
    let ends = summary.searches.iter();
    let ends = ends.filter_map(|one| one.holds.zip(one.fails));
    let (from, to) =
        ends.reduce(|(low, high), (holds, fails)| (low.min(holds), high.max(fails)))?;
    let [low, high] = [from, to].map(|load| summary.unit.load(load));
    let label = format!("{low} to {high}");
    (from < to).then_some(Shade { from, to, label })
}

/// The goals on the latency.
fn limits(summary: &SearchSummary) -> Vec<Limit> {
    let prefix = format!("{}.", Phase::Latency);
    let goals = summary.goals.iter();
    goals
        .filter(|goal| goal.metric.starts_with(&prefix))
        .map(|goal| Limit {
            value: goal.limit,
            label: goals::rule(goal),
        })
        .collect()
}

fn line(groups: &[TrialsOfLoad<'_>], (_, class, _, value): Percentile) -> Line {
    let points = groups
        .iter()
        .filter_map(|group| Some((group.load, Some(group.median(value)?))));
    Line::new(class, points)
}

/// The sign and the colour of what came of a trial.
const fn sign(outcome: TrialOutcome) -> (Sign, &'static str) {
    match outcome {
        TrialOutcome::Pass => (Sign::Disc, "good"),
        TrialOutcome::Fail => (Sign::Cross, "bad"),
        TrialOutcome::Invalid | TrialOutcome::Undecided => (Sign::Ring, "neutral"),
    }
}

fn markers<'t>(trials: impl Iterator<Item = &'t TrialResult>) -> Vec<Marker> {
    let markers = trials.flat_map(|trial| {
        PERCENTILES
            .into_iter()
            .filter_map(move |(_, _, radius, value)| {
                let (sign, class) = sign(trial.verdict);
                Some(Marker {
                    x: trial.load,
                    y: float(value(trial)?),
                    sign,
                    class,
                    radius,
                })
            })
    });
    markers.collect()
}

/// The signs of the legend: only what occurs.
fn signs<'t>(trials: impl Iterator<Item = &'t TrialResult>) -> Vec<LegendMarker> {
    let occurring: Vec<_> = trials.map(|trial| sign(trial.verdict)).collect();
    let kinds = [
        ("trial that passed", sign(TrialOutcome::Pass)),
        ("trial that failed", sign(TrialOutcome::Fail)),
        ("invalid or undecided trial", sign(TrialOutcome::Invalid)),
    ];
    let kinds = kinds
        .into_iter()
        .filter(|(_, kind)| occurring.contains(kind));
    kinds
        .map(|(name, (sign, class))| {
            let (x, y, radius) = (0.0, 0.0, 4.5);
            let marker = Marker {
                x,
                y,
                sign,
                class,
                radius,
            };
            let svg = marker.key(name);
            LegendMarker { name, svg }
        })
        .collect()
}

/// What the cursor shows at each load, from the middle between it and its neighbours.
fn readouts(unit: LoadUnit, groups: &[TrialsOfLoad<'_>], end: f64) -> Vec<Readout> {
    let middle = |place: usize| {
        let (below, above) = (groups.get(place)?, groups.get(place + 1)?);
        Some((below.load * above.load).sqrt())
    };
    let median = |group: &TrialsOfLoad<'_>, value: fn(&TrialResult) -> Option<u64>| {
        or_dash(group.median(value).map(span))
    };
    let readouts = groups.iter().enumerate().map(|(place, group)| Readout {
        from: place.checked_sub(1).and_then(middle).unwrap_or_default(),
        to: middle(place).unwrap_or(end),
        text: format!(
            "{}: p50 {} · p99 {} · {}",
            unit.load(group.load),
            median(group, |trial| trial.p50_ns),
            median(group, |trial| trial.p99_ns),
            group.outcomes()
        ),
    });
    readouts.collect()
}

fn table(unit: LoadUnit, groups: &[TrialsOfLoad<'_>]) -> Table {
    let mut table = Table::new("Latency by load, as a table", "load")
        .text("trials")
        .numbers(["median p50 ms", "median p99 ms"]);
    for group in groups {
        let medians = PERCENTILES.map(|(.., value)| or_dash(group.median(value).map(millis)));
        table.push(
            [unit.load(group.load), group.outcomes()]
                .into_iter()
                .chain(medians),
        );
    }
    table
}
