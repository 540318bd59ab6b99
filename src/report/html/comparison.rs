//! The page of a comparison: what was found, then how far each part of the distribution moved.

mod axis;
mod pairs;
mod shift;
mod spectra;

use super::page::{self, Surroundings};
use super::pages::{Pages, Watermark};
use super::severity::class;
use crate::report::content;
use crate::report::content::severity::Severity;
use crate::report::error::ReportError;
use crate::report::sanitize::sanitized;
use crate::summary::Comparison;

/// Renders the page of a comparison.
///
/// # Errors
///
/// None that a comparison could cause: a broken template.
pub(in crate::report) fn comparison(comparison: &Comparison) -> Result<Vec<u8>, ReportError> {
    let comparison = sanitized(comparison);
    let pages = Pages::new(comparison.advisory.then_some(Watermark {
        words: "advisory",
        class: class(Severity::Warning),
    }))?;
    let document = content::comparison::of(&comparison);
    let charts = |id: &str| {
        let figure = match id {
            "shift" => shift::figure(&comparison),
            "pairs" => pairs::figure(&comparison),
            "spectra" => spectra::figure(&comparison),
            _ => None,
        };
        figure.map_or_else(|| Ok(String::new()), |figure| figure.html(&pages))
    };
    page::render(&pages, &document, charts, Surroundings::default())
}
