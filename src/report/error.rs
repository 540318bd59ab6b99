//! What can keep a report from being written.

/// Why a report could not be rendered; fits after "could not write it:".
///
/// None of these depends on the figures of a run: each is a fault of ours.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A CSV row could not be written.
    #[error("a row of the CSV file is not writable")]
    Csv(#[from] ::csv::Error),
    /// The summary has no JSON form.
    #[error("the summary has no JSON form")]
    Json(#[from] serde_json::Error),
    /// The JUnit document could not be written.
    #[error("the JUnit document is not writable")]
    Junit(#[from] quick_junit::SerializeError),
    /// A template of the page is broken.
    #[error("a template of the page is broken")]
    Template(#[from] minijinja::Error),
}
