//! The page of a search: the highest load that holds, then the trials that say so.

mod curve;

use super::page::{self, Surroundings};
use super::pages::{Pages, Watermark};
use super::severity::class;
use crate::report::content;
use crate::report::content::severity::Severity;
use crate::report::error::ReportError;
use crate::report::sanitize::sanitized;
use crate::summary::{SearchSummary, SearchVerdict};

/// What the page can be used for besides reading; markup.
const FOOTER: &str = "Its figures are in <code>search.json</code> and <code>search.csv</code>.";

/// Renders the page of a search.
///
/// # Errors
///
/// None that a search could cause: a broken template.
pub(in crate::report) fn search(summary: &SearchSummary) -> Result<Vec<u8>, ReportError> {
    let summary = sanitized(summary);
    let pages = Pages::new(watermark(&summary))?;
    let document = content::search::of(&summary);
    let surroundings = Surroundings {
        first_figure: match curve::figure(&summary) {
            Some(figure) => figure.html(&pages)?,
            None => String::new(),
        },
        footer: FOOTER,
        data: String::new(),
    };
    page::render(&pages, &document, |_| Ok(String::new()), surroundings)
}

/// What the chart says of a search that came to no answer.
fn watermark(summary: &SearchSummary) -> Option<Watermark> {
    let words = match summary.verdict {
        SearchVerdict::Passed | SearchVerdict::Failed => return None,
        SearchVerdict::Undecided => "undecided",
        SearchVerdict::GeneratorLimit => "limited by the generator",
        SearchVerdict::Interrupted => "partial",
    };
    let class = class(Severity::Warning);
    Some(Watermark { words, class })
}
