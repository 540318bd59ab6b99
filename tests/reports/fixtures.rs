//! The summaries that all formats are tried on.

use std::path::PathBuf;

use leadbench::report::REPORTS;
use leadbench::summary::{Summary, Window};

/// The fixtures by name; `tests/fixtures/summaries` holds one file for each.
pub(crate) const NAMES: [&str; 8] = [
    "all-failed",
    "closed",
    "hostile",
    "interrupted",
    "matrix",
    "several",
    "single",
    "typical",
];

/// The folder of the fixtures.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/summaries")
}

/// The text of a fixture.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "tests read their own fixtures")]
pub(crate) fn text(name: &str) -> String {
    let path = folder().join(format!("{name}.json"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A fixture.
#[track_caller]
pub(crate) fn load(name: &str) -> Summary {
    serde_json::from_str(&text(name)).unwrap()
}

/// A fixture rendered as one of the reports.
#[track_caller]
pub(crate) fn render(name: &str, file: &str) -> String {
    rendered(&load(name), file)
}

/// A summary rendered as one of the reports.
#[track_caller]
pub(crate) fn rendered(summary: &Summary, file: &str) -> String {
    let report = REPORTS.iter().find(|report| report.file == file).unwrap();
    String::from_utf8((report.render)(summary).unwrap()).unwrap()
}

/// The typical run made longer by repeating its windows.
pub(crate) fn lasting(seconds: u64) -> Summary {
    let mut summary = load("typical");
    let seen = summary.windows.clone();
    summary.windows = (0..seconds)
        .zip(seen.iter().cycle())
        .map(|(start_s, window)| Window {
            start_s,
            warmup: start_s < 5,
            ..window.clone()
        })
        .collect();
    summary.run.duration_ns = seconds * 1_000_000_000;
    summary
}
