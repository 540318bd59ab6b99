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
mod metrics;
mod openmetrics;
mod otlp;
mod prometheus_text;
mod sanitize;
mod search_comparison;

pub use annotations::{annotations, comparison_annotations, failure_annotation};
pub use console::{
    Detail, comparison as comparison_console, console, history as history_console,
    search as search_console,
};
pub use content::{hint, outcome_in_words};
pub use csv::{Lacking, Rows, is_formula, judge_rows, text as csv_text};
pub use error::ReportError;
pub use html::{is_page, read as summary_of_page, render as page};
pub use openmetrics::{OPENMETRICS, openmetrics};
pub use otlp::{CountedSpan, OTLP, otlp, otlp_rejection};
pub use prometheus_text::{PROMETHEUS_TEXT, prometheus_text};
pub use sanitize::{harmless, is_unseen};
pub use search_comparison::{console as search_comparison_console, json as search_comparison_json};

use crate::summary::{Comparison, History, SearchSummary, Summary};

/// The run in a sentence or two: "p99 7.3 ms: 93 % server, 4 % outside the server's account".
pub fn headline(summary: &Summary) -> String {
    let headline = content::headline::Headline::of(&sanitize::sanitized(summary));
    match headline.alert {
        Some(alert) => format!("{alert} {}", headline.time),
        None => headline.time,
    }
}

/// One file that is made from a summary, or from a comparison, a history or a search.
#[derive(Debug)]
pub struct Report<S = Summary> {
    /// Its name in the folder.
    pub file: &'static str,
    /// What writes it.
    pub render: fn(&S) -> Result<Vec<u8>, ReportError>,
}

const fn report<S>(
    file: &'static str,
    render: fn(&S) -> Result<Vec<u8>, ReportError>,
) -> Report<S> {
    Report { file, render }
}

/// Every report of a run, the source of the others first.
///
/// A new format is one file in this room and one line here.
pub const REPORTS: &[Report] = &[
    report("summary.json", json::render),
    report("phases.csv", csv::phases),
    report("timeline.csv", csv::timeline),
    report("slowest.csv", csv::slowest),
    report("latency.hgrm", |summary| Ok(hgrm::render(summary))),
    report("report.html", html::render),
    report("junit.xml", junit::render),
    report("summary.md", |summary| Ok(markdown::render(summary))),
];

/// Every report of a comparison, the source of the others first.
pub const COMPARISON_REPORTS: &[Report<Comparison>] = &[
    report("comparison.json", json::render),
    report("comparison.html", html::comparison),
    report("comparison.md", |runs| Ok(markdown::comparison(runs))),
    report("comparison.junit.xml", junit::comparison),
];

/// Every report of a history: `history.csv`, and `index.html` over all runs.
pub const HISTORY_REPORTS: &[Report<History>] = &[
    report("history.csv", csv::history),
    report("index.html", html::index),
];

/// Every report of a search, the source of the others first.
pub const SEARCH_REPORTS: &[Report<SearchSummary>] = &[
    report("search.json", json::render),
    report("search.html", html::search),
    report("search.csv", csv::search),
    report("search.md", |search| Ok(markdown::search(search))),
    report("search.junit.xml", junit::search),
];
