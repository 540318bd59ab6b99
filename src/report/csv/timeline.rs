//! `timeline.csv`: one row per second.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::cell::{cell, text};
use super::sheet::{SheetColumn, cells, head, written};
use crate::report::error::ReportError;
use crate::summary::{Summary, Window};

const COLUMNS: [SheetColumn<Summary, Window>; 28] = [
    ("run_id", |summary, _| text(&summary.run.id)),
    ("scenario", |summary, _| text(&summary.run.scenario)),
    ("start_s", |_, w| w.start_s.to_string()),
    ("warmup", |_, w| w.warmup.to_string()),
    ("planned", |_, w| w.planned.to_string()),
    ("started", |_, w| w.started.to_string()),
    ("ok", |_, w| w.ok.to_string()),
    ("failed", |_, w| w.failed.to_string()),
    ("dropped", |_, w| w.dropped.to_string()),
    ("in_flight", |_, w| w.in_flight.to_string()),
    ("latency_p50_ns", |_, w| cell(w.latency_p50_ns)),
    ("latency_p90_ns", |_, w| cell(w.latency_p90_ns)),
    ("latency_p99_ns", |_, w| cell(w.latency_p99_ns)),
    ("latency_max_ns", |_, w| cell(w.latency_max_ns)),
    ("network_p50_ns", |_, w| cell(w.network_p50_ns)),
    ("network_p99_ns", |_, w| cell(w.network_p99_ns)),
    ("sign_p99_ns", |_, w| cell(w.sign_p99_ns)),
    ("lag_p99_ns", |_, w| cell(w.lag_p99_ns)),
    ("own_cpu", |_, w| cell(w.own_cpu)),
    ("answered", |_, w| cell(w.answered)),
    ("ended", |_, w| cell(w.ended)),
    ("timed_out", |_, w| cell(w.timed_out)),
    ("pickup_p99_ns", |_, w| cell(w.pickup_p99_ns)),
    ("retransmits", |_, w| cell(w.retransmits)),
    ("smoothed_rtt_p50_ns", |_, w| cell(w.smoothed_rtt_p50_ns)),
    ("started_at", |summary, w| {
        cell(began(&summary.run.started_at, w.start_s))
    }),
    ("commit", |summary, _| {
        cell(summary.run.commit.as_deref().map(text))
    }),
    ("measurement", |summary, _| {
        summary.measurement.verdict.to_string()
    }),
];

/// Writes every window, the warm-up's included and marked.
pub(in crate::report) fn timeline(summary: &Summary) -> Result<Vec<u8>, ReportError> {
    let rows = summary.windows.iter();
    let rows = rows.map(|window| cells(&COLUMNS, summary, window));
    written(head(&COLUMNS), rows)
}

/// When a second of the run began: UTC, RFC 3339.
fn began(run: &str, start_s: u64) -> Option<String> {
    let run = OffsetDateTime::parse(run, &Rfc3339).ok()?;
    let since = Duration::seconds(i64::try_from(start_s).ok()?);
    run.checked_add(since)?.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_of_a_second_has_its_column() {
        let second = serde_json::to_value(Window::default()).unwrap();
        for field in second.as_object().unwrap().keys() {
            assert!(COLUMNS.iter().any(|(name, _)| name == field), "{field}");
        }
    }

    #[test]
    fn a_second_has_the_instant_at_which_it_began() {
        for (run, start_s, instant) in [
            ("2026-10-31T23:59:58Z", 0, Some("2026-10-31T23:59:58Z")),
            ("2026-10-31T23:59:58Z", 3, Some("2026-11-01T00:00:01Z")),
            (
                "2026-10-31T23:59:58.25Z",
                2,
                Some("2026-11-01T00:00:00.25Z"),
            ),
            ("2026-10-31", 0, None),
            ("2026-10-31T23:59:58Z", u64::MAX, None),
            ("9999-12-31T23:59:59Z", 86_400, None),
        ] {
            assert_eq!(began(run, start_s).as_deref(), instant, "{run} {start_s}");
        }
    }
}
