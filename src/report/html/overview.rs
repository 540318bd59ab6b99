//! Counts, thresholds and phases.

use super::block::{Column, Row, facts};
use super::{Fact, Pages, Section, Table};
use crate::report::figures::{grouped, millis, rate};
use crate::report::phase_rows::{self, PhaseRow};
use crate::report::verdict::{self, Kept};
use crate::report::{ReportError, phrases};
use crate::summary::Summary;
use crate::units::float;

/// What was planned, done and left undone.
pub(super) fn counts(pages: &Pages<'_>, summary: &Summary) -> Result<Section, ReportError> {
    let c = &summary.counts;
    let r = &summary.rates;
    let mut list = vec![
        fact("Planned", grouped(c.planned)),
        fact("Started", grouped(c.started)),
        fact("Succeeded", grouped(c.ok)),
        fact("Failed", grouped(c.failed)),
        fact("Dropped unsent", grouped(c.dropped)),
    ];
    let if_any = [
        ("Queued for a slot", c.queued),
        ("Late answers", c.late),
        ("Sent again with a fresh token", c.retried),
        ("Sent again as they were", c.resent),
        ("With a fault on purpose", c.negative),
        ("Cut off by the end", c.interrupted),
        ("Warm-up, left out", c.warmup),
        ("Dropped in the warm-up", c.warmup_dropped),
    ];
    for (name, count) in if_any.into_iter().filter(|(_, count)| *count > 0) {
        list.push(fact(name, grouped(count)));
    }
    list.extend(r.asked_per_s.map(|asked| fact("Asked rate", rate(asked))));
    list.extend(r.planned_per_s.map(|due| fact("Due", rate(due))));
    list.push(fact("Achieved rate", rate(r.achieved_per_s)));
    let amplified = r.amplification.filter(|factor| *factor > 1.0);
    list.extend(amplified.map(|factor| fact("Requests for each lead", format!("{factor:.3}"))));
    list.push(fact("Measured", format!("{:.1} s", r.measured_s)));
    let kept_up = phrases::kept_up(summary).map(|kept_up| kept_up + " ");
    Ok(Section {
        id: "counts",
        title: "What was done".into(),
        lead: Some(format!(
            "{}{}",
            kept_up.unwrap_or_default(),
            phrases::model(summary)
        )),
        body: facts(pages, &list)?,
    })
}

const fn fact(name: &'static str, value: String) -> Fact {
    Fact { name, value }
}

/// What had to hold; nothing where no thresholds were set.
pub(super) fn thresholds(
    pages: &Pages<'_>,
    summary: &Summary,
) -> Result<Option<Section>, ReportError> {
    if summary.thresholds.is_empty() {
        return Ok(None);
    }
    let mut table = Table::new(
        "Thresholds",
        &[
            ("threshold", Column::Text),
            ("verdict", Column::Text),
            ("was", Column::Wrapped),
        ],
    );
    for threshold in &summary.thresholds {
        let kept = verdict::kept(summary, threshold);
        table.rows.push(Row {
            strong: kept == Kept::No,
            cells: vec![
                format!(
                    "{} {} {}",
                    threshold.metric, threshold.comparison, threshold.limit_text
                ),
                match kept {
                    Kept::Yes => "✓ holds",
                    Kept::No => "✕ broken",
                    Kept::NotJudged => "not judged",
                }
                .to_owned(),
                format!("{}{}", threshold.actual_text, phrases::implied(threshold)),
            ],
        });
    }
    Ok(Some(Section {
        id: "thresholds",
        title: "Thresholds".into(),
        lead: None,
        body: table.html(pages)?,
    }))
}

/// The distribution of every phase, failures apart.
pub(super) fn phases(pages: &Pages<'_>, summary: &Summary) -> Result<Option<Section>, ReportError> {
    let tables = [
        (
            "Successful callouts, in milliseconds",
            phase_rows::of_successes(summary),
        ),
        (
            "Failed callouts, in milliseconds",
            phase_rows::of_failures(summary),
        ),
    ];
    let mut body = Vec::new();
    for (name, rows) in tables {
        if rows.is_empty() {
            continue;
        }
        let mut table = table(name);
        table.rows = rows.iter().map(row).collect();
        body.push(table.html(pages)?);
    }
    if body.is_empty() {
        return Ok(None);
    }
    Ok(Some(Section {
        id: "phases",
        title: "Phases".into(),
        lead: Some(
            "In the order of the timeline. Percentiles of phases do not add up to those of \
             the latency."
                .to_owned(),
        ),
        body: body.concat(),
    }))
}

fn table(name: &str) -> Table {
    let mut table = Table::new(
        name,
        &[
            ("phase", Column::Text),
            ("count", Column::Number),
            ("mean", Column::Number),
            ("p50", Column::Number),
            ("p90", Column::Number),
            ("p99", Column::Number),
            ("p99.9", Column::Number),
            ("max", Column::Number),
            ("what it is", Column::Wrapped),
        ],
    );
    table.caption = Some(name.to_owned());
    table
}

fn row(phase: &PhaseRow<'_>) -> Row {
    let ms = |ns: u64| millis(float(ns));
    let PhaseRow {
        name,
        meaning,
        stats,
        is_latency,
    } = phase;
    Row {
        strong: *is_latency,
        cells: vec![
            name.clone(),
            grouped(stats.count),
            millis(stats.mean_ns),
            ms(stats.p50_ns),
            ms(stats.p90_ns),
            ms(stats.p99_ns),
            ms(stats.p99_9_ns),
            ms(stats.max_ns),
            (*meaning).to_owned(),
        ],
    }
}
