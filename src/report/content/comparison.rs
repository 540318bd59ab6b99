//! A comparison of two sides: what was found, then how each metric moved.

use super::capital::capital;
use super::document::{Document, Section, Sentence, StatusLine, fact, text};
use super::importance::Importance;
use super::joined::joined;
use super::numbers::{counted, millis, or_dash, rate, share, trimmed};
use super::severity::Severity;
use super::table::{Cell, ColumnKind, Table};
use crate::summary::{Comparison, Design, Finding, MetricResult, Side};
use crate::units::count;

/// The longest list of runs of a side.
const RUNS_MAX: usize = 100;

/// Commits and targets that are named of a side.
const NAMES_MAX: usize = 3;

/// The report of a comparison.
pub(crate) fn of(comparison: &Comparison) -> Document {
    let mut line = status_line(comparison);
    let cause = comparison.cause.iter();
    let cause = cause.map(|cause| format!("Cause: {cause}."));
    let cause = cause.map(|cause| Sentence::new(Severity::Neutral, false, cause));
    let found = format!("{}.", capital(&line.detail));
    let found = Sentence::new(Severity::Neutral, true, found);
    line.detail = design(comparison);
    let needed = gating(comparison).filter_map(|metric| {
        let needed = needed(metric)?;
        Some(format!("{}: {needed}", metric.name))
    });
    Document {
        title: comparison.scenario.clone(),
        facts: vec![
            fact("baseline", side(&comparison.baseline)),
            fact("candidate", side(&comparison.candidate)),
        ],
        status_lines: vec![line],
        sentences: std::iter::once(found).chain(cause).collect(),
        reasons: comparison
            .advisory_reasons
            .iter()
            .map(|why| format!("advisory: {why}"))
            .collect(),
        notes: needed.chain(comparison.notes.iter().cloned()).collect(),
        sections: sections(comparison),
        version: comparison.version.clone(),
        ..Document::default()
    }
}

fn sections(comparison: &Comparison) -> Vec<Section> {
    let gates = metrics("Gates", gating(comparison));
    let intervals = format!(
        "Each interval holds the true change with {} confidence, and all gates together with 95 %. \
         A change within the margin does not count.",
        percent(comparison.confidence)
    );
    let blocks = [gates.into(), text(intervals), methods(comparison).into()];
    let others = comparison.metrics.iter().filter(|metric| !metric.gates);
    let (moved, still): (Vec<_>, Vec<_>) = others.partition(|metric| metric.finding.is_change());
    let moved = metrics("Also moved", moved);
    let still = metrics("Other metrics", still);
    let intro = "These metrics explain and do not decide; each interval holds the true change with \
                 95 % confidence.";
    [
        Some(Section::new("gates", "Gates", blocks)),
        Some(Section::chart("shift", "Shift function")),
        Some(Section::chart("pairs", "Pairs")),
        Some(Section::chart("spectra", "Both spectra")),
        Section::new("moved", "Also moved", [moved.into()])
            .intro(intro)
            .unless_empty(),
        Section::new("others", "Other metrics", [still.into()])
            .of(Importance::Detail)
            .intro(intro)
            .unless_empty(),
        Some(runs(comparison)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A row for each metric.
fn metrics<'m>(name: &str, metrics: impl IntoIterator<Item = &'m MetricResult>) -> Table {
    let mut table = Table::new(name, "metric")
        .numbers(["baseline", "candidate", "change", "interval", "margin"])
        .text("found")
        .column("detectable", ColumnKind::Number, Importance::Detail)
        .column("p, adjusted", ColumnKind::Number, Importance::Reference);
    for metric in metrics {
        let found = match metric.finding {
            Finding::Regression => Cell::Verdict(Severity::Bad, "REGRESSION"),
            other => Cell::Text(other.to_string()),
        };
        let p = metric.p_adjusted.map(|p| format!("{p:.4}"));
        let mut cells: Vec<_> = [
            metric_name(metric),
            value(metric, metric.baseline),
            value(metric, metric.candidate),
            changed(metric),
            interval(metric),
            margin(metric),
        ]
        .map(Cell::Text)
        .to_vec();
        cells.extend([found, detectable(metric).into(), or_dash(p).into()]);
        table.push_cells(cells);
    }
    table
}

/// How each gating metric was judged.
fn methods(comparison: &Comparison) -> Table {
    let mut table = Table::new("How the gating metrics were judged", "metric")
        .text("judged by")
        .of(Importance::Reference);
    for metric in gating(comparison) {
        table.push([metric.name.clone(), metric.method.clone()]);
    }
    table
}

fn runs(comparison: &Comparison) -> Section {
    let sides = [
        ("baseline", &comparison.baseline),
        ("candidate", &comparison.candidate),
    ];
    let mut table = Table::new("Runs compared", "run")
        .text("side")
        .text("began")
        .text("commit");
    for (name, side) in sides {
        for run in side.runs.iter().take(RUNS_MAX) {
            table.push([
                run.id.clone(),
                name.to_owned(),
                run.started_at.clone(),
                run.commit.clone().unwrap_or_default(),
            ]);
        }
    }
    let runs = sides.into_iter().flat_map(|(_, side)| &side.runs);
    let mut began: Vec<_> = runs.map(|run| run.started_at.as_str()).collect();
    began.sort_unstable();
    let section = Section::new("runs", "Runs", [table.into()]).of(Importance::Reference);
    match began.as_slice() {
        [first, .., last] => section.intro(format!("Begun from {first} to {last}.")),
        _ => section,
    }
}

/// What the finding is called, what to think of it, and which metrics it is made of.
pub(crate) fn status_line(comparison: &Comparison) -> StatusLine {
    let (severity, word) = match comparison.finding {
        Finding::Regression => (Severity::Bad, "REGRESSION"),
        Finding::TooNoisy => (Severity::Warning, "UNDECIDED"),
        Finding::Improvement => (Severity::Good, "IMPROVEMENT"),
        Finding::NoChange => (Severity::Good, "NO CHANGE"),
    };
    let detail = sentence(comparison);
    if comparison.advisory {
        StatusLine::new(Severity::Warning, format!("{word} (advisory)"), detail)
    } else {
        StatusLine::new(severity, word, detail)
    }
}

/// `latency.p99 +20.2 % (+12.1 % to +29.0 %)`, of the metrics that the finding is made of.
fn sentence(comparison: &Comparison) -> String {
    let found = |finding| gating(comparison).filter(move |metric| metric.finding == finding);
    let told = |metric: &MetricResult| {
        format!("{} {} ({})", metric.name, changed(metric), interval(metric))
    };
    let list = |finding| joined(found(finding).map(told), ", ").unwrap_or_default();
    match comparison.finding {
        Finding::Regression => format!("worse: {}", list(Finding::Regression)),
        Finding::Improvement => format!("better: {}", list(Finding::Improvement)),
        Finding::NoChange => {
            let gates = count(gating(comparison).count());
            let all = counted(gates, "gating metric is", "gating metrics are");
            format!("{all} within the margin")
        }
        Finding::TooNoisy => {
            let names = found(Finding::TooNoisy).map(|metric| metric.name.as_str());
            let names = joined(names, ", ").unwrap_or_default();
            format!("too noisy to tell: {names}")
        }
    }
}

/// The metrics that take part in the verdict.
pub(crate) fn gating(comparison: &Comparison) -> impl Iterator<Item = &MetricResult> {
    comparison.metrics.iter().filter(|metric| metric.gates)
}

/// How the runs stand to one another.
pub(crate) fn design(comparison: &Comparison) -> String {
    let [before, after] = [&comparison.baseline, &comparison.candidate].map(|side| side.runs.len());
    match comparison.design {
        Design::Single => "one run of each side".to_owned(),
        Design::InTurn => format!("{before} pairs of runs, taken in turn"),
        Design::SideBySide => format!("{before} rounds, both sides at once"),
        Design::Apart => format!("{before} and {after} runs, apart"),
    }
}

/// `commit a1b2c3d of http://127.0.0.1:8080/leads`.
pub(crate) fn side(side: &Side) -> String {
    let commits = if side.commits.is_empty() {
        "no commit known".to_owned()
    } else {
        format!("commit {}", listed(&side.commits))
    };
    format!("{commits}, at {}", listed(&side.targets))
}

/// The first of some names, and how many more there are: a side should have one.
fn listed(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_MAX).cloned();
    let more = names.len().checked_sub(NAMES_MAX).filter(|more| *more > 0);
    let more = more.map(|more| format!("and {more} more"));
    joined(shown.chain(more), ", ").unwrap_or_default()
}

/// `+20.2 %`, of a share `+0.12 pp`; a dash where nothing is known.
pub(crate) fn changed(metric: &MetricResult) -> String {
    or_dash(metric.change.map(|change| signed(metric, change)))
}

fn signed(metric: &MetricResult, change: f64) -> String {
    let percent = change * 100.0;
    if metric.unit == "share" {
        format!("{percent:+.2} pp")
    } else {
        format!("{percent:+.1} %")
    }
}

/// `+12.1 % to +29.0 %`; a dash where there is none.
pub(crate) fn interval(metric: &MetricResult) -> String {
    let ends = metric.low.zip(metric.high);
    or_dash(ends.map(|(low, high)| format!("{} to {}", signed(metric, low), signed(metric, high))))
}

/// `10 %`, of a share `0.1 pp`.
pub(crate) fn margin(metric: &MetricResult) -> String {
    let percent = percent(metric.margin);
    match metric.unit.as_str() {
        "share" => percent.replace('%', "pp"),
        _ => percent,
    }
}

/// The smallest change that would have been seen.
fn detectable(metric: &MetricResult) -> String {
    let seen = metric.detectable.map(|change| signed(metric, change));
    or_dash(seen.map(|seen| seen.trim_start_matches('+').to_owned()))
}

/// What a finding needs, if the runs are too few or too noisy for one.
pub(crate) fn needed(metric: &MetricResult) -> Option<String> {
    match (&metric.why, metric.finding, metric.runs_needed) {
        (Some(why), ..) => Some(why.clone()),
        (None, Finding::TooNoisy, Some(runs)) => {
            let margin = margin(metric);
            Some(format!(
                "{runs} runs per side would detect a change of {margin}"
            ))
        }
        _ => None,
    }
}

/// A value in the unit of its column: milliseconds, a rate, a share.
fn value(metric: &MetricResult, value: Option<f64>) -> String {
    match (value, metric.unit.as_str()) {
        (None, _) => "-".to_owned(),
        (Some(ns), "ns") => millis(ns),
        (Some(per_s), "per_s") => rate(per_s),
        (Some(part), _) => share(part),
    }
}

/// Its name, with the unit of its values where they show none.
fn metric_name(metric: &MetricResult) -> String {
    match metric.unit.as_str() {
        "ns" => format!("{} ms", metric.name),
        _ => metric.name.clone(),
    }
}

/// `99 %`.
fn percent(share: f64) -> String {
    format!("{} %", trimmed(share * 100.0, 2))
}
