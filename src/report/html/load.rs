//! What was due, sent and answered second by second, and callouts in flight.

use super::block::Column;
use super::course::{self, Course, course};
use super::timeline::{ROWS_MAX, WINDOWS_MIN, drawn, frame, legend, readouts, stretch};
use super::{Figure, Pages, Section, Table};
use crate::report::ReportError;
use crate::report::chart::{Chart, Scale, buckets, plain};
use crate::report::figures::grouped;
use crate::summary::{Summary, Window};
use crate::units::{count, float};

/// The least height of a count's axis, so that no tick is a fraction of a callout.
const COUNT_MIN: f64 = 4.0;

/// What was due, sent and answered, and callouts in flight.
pub(super) fn section(
    pages: &Pages<'_>,
    summary: &Summary,
) -> Result<Option<Section>, ReportError> {
    if summary.windows.len() < WINDOWS_MIN {
        return Ok(None);
    }
    let rates = rates(summary).html(pages)?;
    let open = in_flight(summary).html(pages)?;
    Ok(Some(Section {
        id: "load",
        title: "Load over time".into(),
        lead: None,
        body: format!("{rates}{open}"),
    }))
}

fn rates(summary: &Summary) -> Figure {
    let windows = &summary.windows;
    let is_open = summary.rates.asked_per_s.is_some();
    let failed = windows.iter().any(|w| w.failed > 0);
    let dropped = windows.iter().any(|w| w.dropped > 0);
    let has_answered = windows.iter().any(|w| w.answered.is_some());
    let mut lines = Vec::new();
    if is_open {
        let due = course(windows, "s4", |w| Some(w.planned));
        lines.push((legend("due", "s4"), due));
    }
    if has_answered {
        let sent = course(windows, "s2", |w| Some(w.started));
        lines.push((legend("sent", "s2"), sent));
        let answered = course(windows, "s1", |w| w.answered);
        lines.push((legend("answered", "s1"), answered));
    } else {
        let succeeded = course(windows, "s1", |w| Some(w.ok));
        lines.push((legend("succeeded", "s1"), succeeded));
    }
    if failed {
        let failures = course(windows, "sf", |w| Some(w.failed));
        lines.push((legend("failed", "sf"), failures));
    }
    if dropped {
        let drops = course(windows, "s3", |w| Some(w.dropped));
        lines.push((legend("dropped", "s3"), drops));
    }
    let highest = windows
        .iter()
        .map(|w| {
            w.planned
                .max(w.ok)
                .max(w.failed)
                .max(w.answered.unwrap_or(0))
        })
        .max();
    let (legends, courses): (_, Vec<Course>) = lines.into_iter().unzip();
    let (lines, bands) = drawn(courses);
    let begun = if is_open { "due" } else { "begun" };
    let answered = if has_answered {
        "Answered: answers that came in that second, whenever they were asked for. "
    } else {
        "Of those sent in that second. "
    };
    let note = if is_open {
        format!("{answered}Where fewer are answered than sent, callouts pile up.")
    } else {
        format!("{answered}A closed model asks for no rate.")
    };
    let chart = Chart {
        title: "Callouts a second over time".to_owned(),
        desc: format!("{note} At most {} in a second.", highest.unwrap_or(0)),
        lines,
        bands,
        readouts: readouts(windows, |bucket| {
            let most =
                |value: fn(&Window) -> u64| grouped(bucket.iter().map(value).max().unwrap_or(0));
            format!(
                "{begun} {} · sent {} · answered {} · failed {}",
                most(|w| w.planned),
                most(|w| w.started),
                most(|w| w.answered.unwrap_or(w.ok)),
                most(|w| w.failed)
            )
        }),
        ..frame(
            summary,
            200.0,
            "callouts a second",
            Scale::linear(float(highest.unwrap_or(0)).max(COUNT_MIN)),
            plain,
        )
    };
    Figure {
        title: if is_open {
            "Due, sent and answered."
        } else {
            "Sent and answered."
        },
        note: format!("{note}{}", course::note(windows)),
        svg: chart.svg(),
        lines: legends,
        parts: Vec::new(),
        table: load_table(windows),
    }
}

fn in_flight(summary: &Summary) -> Figure {
    let windows = &summary.windows;
    let highest = windows.iter().map(|w| w.in_flight).max().unwrap_or(0);
    let (lines, bands) = drawn(vec![course(windows, "s1", |w| Some(w.in_flight))]);
    let chart = Chart {
        title: "Callouts in flight over time".to_owned(),
        desc: format!("At most {highest} were open at the end of a second."),
        lines,
        bands,
        readouts: readouts(windows, |bucket| {
            let open = bucket.iter().map(|w| w.in_flight).max();
            format!("in flight {}", grouped(open.unwrap_or(0)))
        }),
        ..frame(
            summary,
            110.0,
            "in flight",
            Scale::linear(float(highest).max(COUNT_MIN)),
            plain,
        )
    };
    let mut table = Table::new(
        "Callouts in flight, as a table",
        &[("second", Column::Text), ("in flight", Column::Number)],
    );
    for bucket in buckets(windows.len(), ROWS_MAX) {
        let open = windows[bucket.clone()].iter().map(|w| w.in_flight).max();
        let open = grouped(open.unwrap_or(0));
        table.push(vec![stretch(&windows[bucket]), open]);
    }
    Figure {
        title: "Callouts in flight",
        note: format!("at the end of each second.{}", course::note(windows)),
        svg: chart.svg(),
        lines: Vec::new(),
        parts: Vec::new(),
        table,
    }
}

fn load_table(windows: &[Window]) -> Table {
    let mut table = Table::new(
        "Load over time, as a table",
        &[
            ("seconds", Column::Text),
            ("due", Column::Number),
            ("sent", Column::Number),
            ("answered", Column::Number),
            ("succeeded", Column::Number),
            ("failed", Column::Number),
            ("dropped", Column::Number),
        ],
    );
    for bucket in buckets(windows.len(), ROWS_MAX) {
        let bucket = &windows[bucket];
        let sum = |value: fn(&Window) -> u64| grouped(bucket.iter().map(value).sum());
        let name = match count(bucket.len()) {
            1 => stretch(bucket),
            _ => stretch(bucket).replace(", worst", ", in all"),
        };
        table.push(vec![
            name,
            sum(|w| w.planned),
            sum(|w| w.started),
            sum(|w| w.answered.unwrap_or(0)),
            sum(|w| w.ok),
            sum(|w| w.failed),
            sum(|w| w.dropped),
        ]);
    }
    table
}
