//! The page of a comparison: what was found, then how far each part of the distribution moved.

use super::block::Column;
use super::pages::Pages;
use super::{Figure, LegendLine, Page, Section, Table, line};
use crate::report::chart::{Axis, Chart, Limit, Line, Scale, plain, time};
use crate::report::figures::{millis, share};
use crate::report::hostile::tamed_comparison;
use crate::report::verdict::Verdict;
use crate::report::{ReportError, changes};
use crate::summary::{Comparison, MetricResult, SpectrumPoint};
use crate::units::{count, float};

/// Runs listed; more of them say nothing more.
const RUNS_MAX: usize = 100;

/// Renders the page of a comparison.
///
/// # Errors
///
/// None that a comparison could cause: a template of ours that is wrong.
pub(in crate::report) fn comparison(comparison: &Comparison) -> Result<Vec<u8>, ReportError> {
    let comparison = tamed_comparison(comparison);
    let pages = Pages::new(comparison.advisory.then_some("advisory"))?;
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
    sections.extend(shift(pages, comparison)?);
    sections.extend(pairs(pages, comparison)?);
    sections.extend(spectrum(pages, comparison)?);
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

fn shift(pages: &Pages<'_>, comparison: &Comparison) -> Result<Option<Section>, ReportError> {
    let points = &comparison.shift;
    let [_, .., last] = points.as_slice() else {
        return Ok(None);
    };
    let ends = || points.iter().flat_map(|point| [point.low, point.high]);
    let line = |class, of: fn(&crate::summary::ShiftPoint) -> f64| Line {
        class,
        points: points
            .iter()
            .map(|point| (point.quantile, Some(of(point))))
            .collect(),
    };
    let x = Axis {
        scale: Scale::nines(-(1.0 - last.quantile).log10() + 0.1),
        name: "percentile",
        label: percentile,
    };
    let y = Axis {
        scale: Scale::around_nothing(ends()),
        name: "change of latency",
        label: change,
    };
    let mut table = Table::new(
        "Shift by percentile, as a table",
        &[
            ("percentile", Column::Text),
            ("change", Column::Number),
            ("from", Column::Number),
            ("to", Column::Number),
        ],
    );
    for point in points {
        let signed = |value: f64| format!("{:+.1} %", value * 100.0);
        table.push(vec![
            percentile(point.quantile),
            signed(point.change),
            signed(point.low),
            signed(point.high),
        ]);
    }
    let drawn = Chart {
        bands: vec![crate::report::chart::Band {
            class: "s1",
            points: points
                .iter()
                .map(|point| (point.quantile, Some((point.low, point.high))))
                .collect(),
        }],
        lines: vec![line("s1", |point| point.change)],
        limits: vec![nothing()],
        ..chart(
            "Shift function",
            format!(
                "At {} of the distribution the candidate's latency differs by {}.",
                percentile(last.quantile),
                change(last.change)
            ),
            x,
            y,
        )
    };
    let figure = Figure {
        title: "By how much each part of the distribution moved.",
        note: "The line is the candidate's latency against the baseline's at the same percentile; \
               the band is its 95 % interval."
            .to_owned(),
        svg: drawn.svg(),
        lines: Vec::new(),
        parts: Vec::new(),
        table,
    };
    Ok(Some(Section {
        id: "shift",
        title: "Shift function".into(),
        lead: None,
        body: figure.html(pages)?,
    }))
}

/// The change of each pair, for the metrics that people ask for.
fn pairs(pages: &Pages<'_>, comparison: &Comparison) -> Result<Option<Section>, ReportError> {
    let shown = [("latency.p50", "p50", "s1"), ("latency.p99", "p99", "s2")];
    let found: Vec<_> = shown
        .into_iter()
        .filter_map(|(name, short, class)| {
            let metric = comparison
                .metrics
                .iter()
                .find(|metric| metric.name == name)?;
            (!metric.pairs.is_empty()).then_some((metric, short, class))
        })
        .collect();
    let longest = found.iter().map(|(metric, ..)| metric.pairs.len()).max();
    let Some(longest) = longest.filter(|pairs| *pairs > 1) else {
        return Ok(None);
    };
    // A value of its own between absent ones is a dot.
    let dots = |metric: &MetricResult, class, aside: f64| Line {
        class,
        points: metric
            .pairs
            .iter()
            .enumerate()
            .flat_map(|(number, change)| {
                let place = float(count(number)) + 1.0 + aside;
                [(place, Some(*change)), (place + 0.01, None)]
            })
            .collect(),
    };
    let mut table = Table::new(
        "Change of each pair, as a table",
        &[
            ("pair", Column::Text),
            ("p50", Column::Number),
            ("p99", Column::Number),
        ],
    );
    for number in 0..longest {
        let cell = |name: &str| {
            let metric = found.iter().find(|(_, short, _)| *short == name);
            let change = metric.and_then(|(metric, ..)| metric.pairs.get(number));
            change.map_or_else(String::new, |change| format!("{:+.1} %", change * 100.0))
        };
        table.push(vec![(number + 1).to_string(), cell("p50"), cell("p99")]);
    }
    let all = found
        .iter()
        .flat_map(|(metric, ..)| metric.pairs.iter().copied());
    let all: Vec<f64> = all.collect();
    let drawn = Chart {
        lines: found
            .iter()
            .zip([-0.08, 0.08])
            .map(|((metric, _, class), aside)| dots(metric, *class, aside))
            .collect(),
        limits: vec![nothing()],
        ..chart(
            "Change of each pair",
            format!("Each of {longest} pairs of runs, by the change of its latency."),
            Axis {
                scale: Scale::linear(float(count(longest)) + 1.0),
                name: "pair",
                label: plain,
            },
            Axis {
                scale: Scale::around_nothing(all.into_iter()),
                name: "change of latency",
                label: change,
            },
        )
    };
    let figure = Figure {
        title: "Each pair of runs.",
        note: "A dot is one pair: the candidate's run against the baseline's beside it. How far \
               they are apart is the noise."
            .to_owned(),
        svg: drawn.svg(),
        lines: found
            .iter()
            .map(|(_, name, class)| LegendLine { name, class })
            .collect(),
        parts: Vec::new(),
        table,
    };
    Ok(Some(Section {
        id: "pairs",
        title: "Pairs".into(),
        lead: None,
        body: figure.html(pages)?,
    }))
}

fn spectrum(pages: &Pages<'_>, comparison: &Comparison) -> Result<Option<Section>, ReportError> {
    let sides = [
        ("baseline", "s1", &comparison.spectra.baseline),
        ("candidate", "s2", &comparison.spectra.candidate),
    ];
    if sides.iter().any(|(.., points)| points.len() < 2) {
        return Ok(None);
    }
    let all = || sides.iter().flat_map(|(.., points)| points.iter());
    let finite = all()
        .map(|point| point.quantile)
        .filter(|quantile| *quantile < 1.0);
    let nines = finite
        .map(|quantile| -(1.0 - quantile).log10())
        .fold(0.0, f64::max);
    let values: Vec<f64> = all().map(|point| float(point.value_ns)).collect();
    let drawn = Chart {
        lines: sides
            .iter()
            .map(|(_, class, points)| Line {
                class,
                points: points
                    .iter()
                    .map(|point| (point.quantile, Some(float(point.value_ns))))
                    .collect(),
            })
            .collect(),
        ..chart(
            "Latency of both sides by percentile",
            "The percentile spectrum of the baseline and of the candidate.".to_owned(),
            Axis {
                scale: Scale::nines(nines + 0.1),
                name: "percentile",
                label: percentile,
            },
            Axis {
                scale: Scale::spanning(values.into_iter()),
                name: "latency",
                label: time,
            },
        )
    };
    let mut table = Table::new(
        "Latency of both sides, as a table",
        &[
            ("percentile", Column::Text),
            ("baseline ms", Column::Number),
            ("candidate ms", Column::Number),
        ],
    );
    for quantile in [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0] {
        let at = |points: &[SpectrumPoint]| {
            let point = points.iter().find(|point| point.quantile >= quantile);
            point.map_or_else(String::new, |point| millis(float(point.value_ns)))
        };
        table.push(vec![
            share_of(quantile),
            at(&comparison.spectra.baseline),
            at(&comparison.spectra.candidate),
        ]);
    }
    let figure = Figure {
        title: "Latency of both sides by percentile.",
        note: "Of several runs, the median of them at each percentile.".to_owned(),
        svg: drawn.svg(),
        lines: sides
            .iter()
            .map(|(name, class, _)| LegendLine { name, class })
            .collect(),
        parts: Vec::new(),
        table,
    };
    Ok(Some(Section {
        id: "spectra",
        title: "Both spectra".into(),
        lead: None,
        body: figure.html(pages)?,
    }))
}

fn share_of(quantile: f64) -> String {
    if quantile < 1.0 {
        percentile(quantile)
    } else {
        share(quantile)
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
