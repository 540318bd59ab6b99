//! `report.html`: one page, one file, no network, and one script, which only moves a cursor over the charts.
//!
//! The page's policy lets it load nothing and run only that script. Text goes through the template
//! engine's escaping; only what this room drew itself, pictures and tables, is taken as
//! markup. The summary rides along as data that no browser executes.

mod comparison;
mod data;
mod figure;
mod gauge;
mod health;
mod heatmap;
mod loads;
mod over_time;
mod page;
mod pages;
mod part;
mod retransmits;
mod search;
mod section;
mod severity;
mod spectrum;
mod split;
mod table;
mod throughput;
mod time_series;
mod timeline;
mod trend;

pub(super) use self::comparison::comparison;
pub use self::data::{is_page, read};
pub(super) use self::search::search;
pub(super) use self::trend::index;

use self::page::Surroundings;
use self::pages::{Pages, Watermark};
use self::severity::class;
use super::content;
use super::content::severity::Severity;
use super::error::ReportError;
use super::sanitize::sanitized;
use crate::summary::{Summary, Validity};

/// What a run's page can be used for besides reading; markup.
const FOOTER: &str =
    "It holds its summary as data: <code>leadbench report</code> accepts it like a run folder.";

/// Renders the page.
///
/// # Errors
///
/// None that a summary could cause: a broken template.
pub fn render(summary: &Summary) -> Result<Vec<u8>, ReportError> {
    // What is shown is made harmless; what rides along as data is the summary itself.
    let data = data::elements(summary)?;
    let summary = sanitized(summary);
    let pages = Pages::new(watermark(&summary))?;
    let mut document = content::of_run(&summary);
    let is_split = |section: &mut content::document::Section| section.id == content::split::ID;
    let split = document.sections.extract_if(.., is_split).next();
    let surroundings = Surroundings {
        first_figure: split::figure(&pages, &summary, split)?,
        footer: FOOTER,
        data,
    };
    let charts = |id: &str| charts(&pages, &summary, id);
    page::render(&pages, &document, charts, surroundings)
}

/// The charts of a section.
fn charts(pages: &Pages<'_>, summary: &Summary, id: &str) -> Result<String, ReportError> {
    match id {
        content::connections::ID => retransmits::figure(pages, summary),
        content::loads::ID => loads::details(pages, summary),
        content::measurement::ID => health::figures(pages, summary),
        "heatmap" => heatmap::figure(pages, summary),
        "latency" => timeline::figure(pages, summary),
        "load" => throughput::figures(pages, summary),
        "spectrum" => spectrum::figure(pages, summary),
        _ => Ok(String::new()),
    }
}

/// What every figure of a measurement says that is not valid.
fn watermark(summary: &Summary) -> Option<Watermark> {
    let (words, severity) = match summary.measurement.verdict {
        Validity::Valid => return None,
        Validity::Degraded => ("measurement degraded", Severity::Warning),
        Validity::Invalid => ("measurement INVALID", Severity::Bad),
    };
    let class = class(severity);
    Some(Watermark { words, class })
}
