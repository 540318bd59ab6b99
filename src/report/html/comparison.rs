//! The page of a comparison: what was found, then how far each part of the distribution moved.

mod pairs;
mod shift;
mod spectra;

use super::block::Column;
use super::pages::{Pages, Watermark};
use super::{Page, Section, Table, class_of, line};
use crate::report::chart::{Axis, Chart, Limit};
use crate::report::hostile::tamed_comparison;
use crate::report::verdict::{Mood, Verdict};
use crate::report::{ReportError, changes};
use crate::summary::{Comparison, MetricResult};

/// Runs listed; more of them say nothing more.
const RUNS_MAX: usize = 100;

/// Renders the page of a comparison.
///
/// # Errors
///
/// None that a comparison could cause: a template of ours that is wrong.
pub(in crate::report) fn comparison(comparison: &Comparison) -> Result<Vec<u8>, ReportError> {
    let comparison = tamed_comparison(comparison);
    let pages = Pages::new(comparison.advisory.then_some(Watermark {
        words: "advisory",
        mood: class_of(Mood::Mixed),
    }))?;
    let mut verdict = changes::verdict(&comparison);
    let title = format!("{}: {}", verdict.word, verdict.detail);
    let mut answer = std::mem::take(&mut verdict.detail);
    if let Some(first) = answer.get(..1).map(str::to_uppercase) {
        answer.replace_range(..1, &first);
    }
    let page = Page {
        version: comparison.version.clone(),
        scenario: comparison.scenario.clone(),
        title,
        description: format!("baseline {}", changes::side(&comparison.baseline)),
        target: String::new(),
        when: format!("candidate {}", changes::side(&comparison.candidate)),
        style: include_str!("style.css"),
        verdicts: vec![line(
            "",
            Verdict {
                detail: changes::design(&comparison),
                ..verdict
            },
        )],
        reasons: comparison.advisory_reasons.clone(),
        lead: None,
        answer,
        signing: comparison.cause.clone().unwrap_or_default(),
        losses: None,
        orgs: comparison.notes.clone(),
        cost: String::new(),
        sections: sections(&pages, &comparison)?,
        footer: "",
        data: String::new(),
    };
    Ok(pages.page(&page)?.into_bytes())
}

/// When the runs began: `Begun from 2026-10-18T09:12:03Z to 2026-10-18T09:31:40Z`.
fn span(comparison: &Comparison) -> String {
    let runs = comparison
        .baseline
        .runs
        .iter()
        .chain(&comparison.candidate.runs);
    let mut begun: Vec<_> = runs.map(|run| run.started_at.as_str()).collect();
    begun.sort_unstable();
    match begun.as_slice() {
        [first, .., last] => format!("Begun from {first} to {last}."),
        _ => String::new(),
    }
}

fn sections(pages: &Pages<'_>, comparison: &Comparison) -> Result<Vec<Section>, ReportError> {
    let gates = metrics("Gating metrics", changes::gating(comparison));
    let mut sections = vec![Section {
        id: "gates",
        title: "What decides".into(),
        lead: Some(format!(
            "Each interval holds the true change with {}, so all of them do with 95 %. Within the \
             margin is no change.",
            changes::confidence(comparison)
        )),
        body: gates.html(pages)? + &methods(comparison).html(pages)?,
    }];
    sections.extend(shift::section(pages, comparison)?);
    sections.extend(pairs::section(pages, comparison)?);
    sections.extend(spectra::section(pages, comparison)?);
    let watched = comparison.metrics.iter().filter(|metric| !metric.gates);
    sections.push(Section {
        id: "watched",
        title: "What explains".into(),
        lead: Some(
            "None of these decides; each interval holds the true change with 95 %.".to_owned(),
        ),
        body: metrics("Other metrics", watched).html(pages)?,
    });
    sections.push(Section {
        id: "runs",
        title: "Runs".into(),
        lead: Some(span(comparison)),
        body: runs(comparison).html(pages)?,
    });
    Ok(sections)
}

fn metrics<'m>(name: &str, metrics: impl Iterator<Item = &'m MetricResult>) -> Table {
    let mut table = Table::new(
        name,
        &[
            ("metric", Column::Text),
            ("found", Column::Text),
            ("baseline", Column::Number),
            ("candidate", Column::Number),
            ("change", Column::Number),
            ("interval", Column::Number),
            ("margin", Column::Number),
            ("p, adjusted", Column::Number),
            ("could have seen", Column::Number),
        ],
    );
    for metric in metrics {
        table.push(vec![
            changes::name(metric),
            metric.finding.to_string(),
            changes::value(metric, metric.baseline),
            changes::value(metric, metric.candidate),
            changes::changed(metric),
            changes::interval(metric),
            changes::margin(metric),
            metric
                .p_adjusted
                .map_or_else(|| "-".to_owned(), |p| format!("{p:.4}")),
            changes::detectable(metric),
        ]);
    }
    table
}

/// How each metric was judged, and what it would take to know more.
fn methods(comparison: &Comparison) -> Table {
    let mut table = Table::new(
        "How the gating metrics were judged",
        &[
            ("metric", Column::Text),
            ("judged by", Column::Text),
            ("what it would take", Column::Wrapped),
        ],
    );
    for metric in changes::gating(comparison) {
        table.push(vec![
            metric.name.clone(),
            metric.method.clone(),
            changes::needed(metric),
        ]);
    }
    table
}

/// `+5 %`, on an axis.
fn change(value: f64) -> String {
    let percent = format!("{:+.3}", value * 100.0);
    let percent = percent.trim_end_matches('0').trim_end_matches('.');
    match percent {
        "-" | "+" | "-0" | "+0" => "0 %".to_owned(),
        percent => format!("{percent} %"),
    }
}

fn percentile(quantile: f64) -> String {
    let text = format!("{:.3}", quantile * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The line that a change is measured from.
fn nothing() -> Limit {
    Limit {
        value: 0.0,
        label: "no change".to_owned(),
    }
}

/// A chart with nothing drawn yet.
fn chart(title: &str, desc: String, x: Axis, y: Axis) -> Chart {
    Chart {
        title: title.to_owned(),
        desc,
        height: 240.0,
        x,
        y,
        shades: Vec::new(),
        cells: Vec::new(),
        bands: Vec::new(),
        lines: Vec::new(),
        limits: Vec::new(),
        readouts: Vec::new(),
    }
}

fn runs(comparison: &Comparison) -> Table {
    let mut table = Table::new(
        "Runs compared",
        &[
            ("run", Column::Text),
            ("side", Column::Text),
            ("began", Column::Text),
            ("commit", Column::Text),
        ],
    );
    let sides = [
        ("baseline", &comparison.baseline),
        ("candidate", &comparison.candidate),
    ];
    for (name, side) in sides {
        for run in side.runs.iter().take(RUNS_MAX) {
            table.push(vec![
                run.id.clone(),
                name.to_owned(),
                run.started_at.clone(),
                run.commit.clone().unwrap_or_default(),
            ]);
        }
    }
    table
}
