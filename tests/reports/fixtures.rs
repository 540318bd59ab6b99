//! The summaries that all formats are tried on.

use std::path::PathBuf;

use leadbench::compare::{Options, compare};
use leadbench::history::history;
use leadbench::phase::Phase;
use leadbench::report::{COMPARISON_REPORTS, HISTORY_REPORTS, REPORTS};
use leadbench::summary::{Comparison, History, Summary, Window};

use crate::searches::{found, rendered_search, thrice};

/// The fixtures by name; `tests/fixtures/summaries` holds one file for each.
pub(crate) const NAMES: [&str; 9] = [
    "all-failed",
    "closed",
    "hostile",
    "interrupted",
    "matrix",
    "saturated",
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

/// Columns of a picture of latencies, as many at most.
const COLUMNS_MAX: u64 = 120;

/// The typical run made longer by repeating its windows, and the columns of its picture of
/// latencies, which stand for ever more seconds.
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
    let heatmap = summary.heatmap.as_mut().unwrap();
    while seconds.div_ceil(heatmap.column_s) > COLUMNS_MAX {
        heatmap.column_s *= 2;
    }
    let columns = seconds.div_ceil(heatmap.column_s);
    let seen = heatmap.counts.clone();
    heatmap.counts = (0..columns)
        .zip(seen.iter().cycle())
        .map(|(_, column)| column.clone())
        .collect();
    summary.run.duration_ns = seconds * 1_000_000_000;
    summary
}

/// Eight pairs of typical runs in turn, the candidate's tail longer by so many hundredths.
pub(crate) fn compared(hundredths: u64) -> Comparison {
    let run = |pair: u64, is_candidate: bool| {
        let mut summary = load("typical");
        let minute = 2 * pair + u64::from(is_candidate == pair.is_multiple_of(2));
        summary.run.id = format!("{minute:016x}");
        summary.run.started_at = format!("2026-10-18T09:{minute:02}:00Z");
        summary.run.commit = Some(if is_candidate { "e5f6a7b8" } else { "a1b2c3d4" }.to_owned());
        let longer = 100 + if is_candidate { hundredths } else { 0 };
        // Runs of one build differ by some thousandths.
        let scale = |value: u64| value * (longer * 10 + minute * 7 % 11) / 1_000;
        for phase in [Phase::Latency, Phase::Network, Phase::Service] {
            let stats = summary.phases.get_mut(&phase).unwrap();
            stats.p99_ns = scale(stats.p99_ns);
            stats.p99_9_ns = scale(stats.p99_9_ns);
        }
        for point in summary.spectrum.get_mut(&Phase::Latency).unwrap() {
            if point.quantile > 0.9 {
                point.value_ns = scale(point.value_ns);
            }
        }
        summary
    };
    let side = |is_candidate| {
        (0..8)
            .map(|pair| run(pair, is_candidate))
            .collect::<Vec<_>>()
    };
    compare(&side(false), &side(true), &Options::default()).unwrap()
}

/// A comparison rendered as one of its reports.
#[track_caller]
pub(crate) fn rendered_comparison(comparison: &Comparison, file: &str) -> String {
    let report = COMPARISON_REPORTS
        .iter()
        .find(|report| report.file == file)
        .unwrap();
    String::from_utf8((report.render)(comparison).unwrap()).unwrap()
}

/// Every page there is, by name: of each fixture, of a comparison, of a history and of searches.
pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let runs = NAMES
        .into_iter()
        .map(|name| (name, render(name, "report.html")));
    let comparison = rendered_comparison(&compared(40), "comparison.html");
    let index = HISTORY_REPORTS
        .iter()
        .find(|report| report.file == "index.html")
        .unwrap();
    let index = String::from_utf8((index.render)(&past()).unwrap()).unwrap();
    let one = rendered_search(&found(), "search.html");
    let three = rendered_search(&thrice(), "search.html");
    let others = [
        ("comparison", comparison),
        ("index", index),
        ("search", one),
        ("three searches", three),
    ];
    runs.chain(others).collect()
}

/// Forty runs, the last fifteen of which are slower, and one of each fixture.
pub(crate) fn past() -> History {
    let nightly = (0..40_u64).map(|night| {
        let mut summary = load("typical");
        summary.run.id = format!("{night:016x}");
        summary.run.started_at = format!("2026-10-{:02}T{:02}:00:00Z", 1 + night / 24, night % 24);
        summary.run.commit = Some(format!("{night:08x}"));
        let per_thousand = 1_000 + night * 7 % 11 + if night < 25 { 0 } else { 200 };
        for stats in summary.phases.values_mut() {
            stats.p99_ns = stats.p99_ns * per_thousand / 1_000;
        }
        (summary, Some(format!("./nightly/{night}/report.html")))
    });
    let others = NAMES.into_iter().map(|name| (load(name), None));
    history(
        nightly.chain(others).collect(),
        Vec::new(),
        vec!["one run could not be read".to_owned()],
    )
}
