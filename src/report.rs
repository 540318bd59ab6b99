//! Turns a summary into what people and machines read: bytes, and nothing else.
//!
//! A report knows the summary alone, so any of them can be made again years later from
//! `summary.json`. There is no I/O, no clock and no engine here, and two renderings of
//! one summary are the same bytes.

mod annotations;
mod chart;
mod console;
mod content;
mod csv;
mod error;
mod hgrm;
mod html;
mod json;
mod junit;
mod markdown;
mod openmetrics;
mod prometheus_text;
mod sanitize;

pub use annotations::{annotations, comparison_annotations, failure_annotation};
pub use console::{Detail, comparison as comparison_console, console, history as history_console};
pub use content::{hint, outcome_in_words};
pub use csv::{Lacking, Rows, is_formula, judge_rows, text as csv_text};
pub use error::ReportError;
pub use html::{is_page, read as summary_of_page, render as page};
pub use openmetrics::{OPENMETRICS, openmetrics};
pub use prometheus_text::{PROMETHEUS_TEXT, prometheus_text};
pub use sanitize::{harmless, is_unseen};

use crate::summary::{Comparison, History, Summary};

/// The run in a sentence or two: "p99 7.3 ms: 93 % server, 4 % outside the server's account".
pub fn headline(summary: &Summary) -> String {
    let headline = content::headline::Headline::of(&sanitize::sanitized(summary));
    match headline.alert {
        Some(alert) => format!("{alert} {}", headline.time),
        None => headline.time,
    }
}

/// One file of a run's folder.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// Its name in the folder.
    pub file: &'static str,
    /// What writes it.
    pub render: fn(&Summary) -> Result<Vec<u8>, ReportError>,
}

/// Every report of a run, the source of the others first.
///
/// A new format is one file in this room and one line here.
pub const REPORTS: &[Report] = &[
    report("summary.json", json::render),
    report("phases.csv", csv::phases),
    report("timeline.csv", csv::timeline),
    report("slowest.csv", csv::slowest),
    report("latency.hgrm", hgrm::render),
    report("report.html", html::render),
    report("junit.xml", junit::render),
    report("summary.md", markdown::render),
];

const fn report(
    file: &'static str,
    render: fn(&Summary) -> Result<Vec<u8>, ReportError>,
) -> Report {
    Report { file, render }
}

/// One file of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonReport {
    /// Its name in the folder.
    pub file: &'static str,
    /// What writes it.
    pub render: fn(&Comparison) -> Result<Vec<u8>, ReportError>,
}

/// Every report of a comparison, the source of the others first.
pub const COMPARISON_REPORTS: &[ComparisonReport] = &[
    of_comparison("comparison.json", json::comparison),
    of_comparison("comparison.html", html::comparison),
    of_comparison("comparison.md", markdown::comparison),
    of_comparison("comparison.junit.xml", junit::comparison),
];

const fn of_comparison(
    file: &'static str,
    render: fn(&Comparison) -> Result<Vec<u8>, ReportError>,
) -> ComparisonReport {
    ComparisonReport { file, render }
}

/// Every report of a history: `history.csv`, and `index.html` over all runs.
pub const HISTORY_REPORTS: &[HistoryReport] = &[
    HistoryReport {
        file: "history.csv",
        render: csv::history,
    },
    HistoryReport {
        file: "index.html",
        render: html::index,
    },
];

/// One file of a history.
#[derive(Clone, Copy, Debug)]
pub struct HistoryReport {
    /// Its name in the folder.
    pub file: &'static str,
    /// What writes it.
    pub render: fn(&History) -> Result<Vec<u8>, ReportError>,
}
