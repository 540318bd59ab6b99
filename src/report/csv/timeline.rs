//! `timeline.csv`: one row per second.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::cell::{cell, text};
use super::sheet::Sheet;
use crate::report::error::ReportError;
use crate::summary::{Summary, Window};

const COLUMNS: [&str; 27] = [
    "run_id",
    "scenario",
    "start_s",
    "warmup",
    "planned",
    "started",
    "ok",
    "failed",
    "dropped",
    "in_flight",
    "latency_p50_ns",
    "latency_p90_ns",
    "latency_p99_ns",
    "latency_max_ns",
    "network_p50_ns",
    "network_p99_ns",
    "sign_p99_ns",
    "lag_p99_ns",
    "own_cpu",
    "answered",
    "ended",
    "timed_out",
    "pickup_p99_ns",
    "retransmits",
    "smoothed_rtt_p50_ns",
    "started_at",
    "commit",
];

/// Writes every window, the warm-up's included and marked.
pub(in crate::report) fn timeline(summary: &Summary) -> Result<Vec<u8>, ReportError> {
    let mut sheet = Sheet::new(&COLUMNS, summary)?;
    for window in &summary.windows {
        sheet.row(&row(summary, window))?;
    }
    sheet.finish()
}

fn row(summary: &Summary, window: &Window) -> Vec<String> {
    let Window {
        start_s,
        warmup,
        planned,
        started,
        ok,
        failed,
        dropped,
        in_flight,
        latency_p50_ns,
        latency_p90_ns,
        latency_p99_ns,
        latency_max_ns,
        network_p50_ns,
        network_p99_ns,
        sign_p99_ns,
        lag_p99_ns,
        own_cpu,
        answered,
        ended,
        timed_out,
        pickup_p99_ns,
        retransmits,
        smoothed_rtt_p50_ns,
    } = window;
    vec![
        text(&summary.run.id),
        text(&summary.run.scenario),
        start_s.to_string(),
        warmup.to_string(),
        planned.to_string(),
        started.to_string(),
        ok.to_string(),
        failed.to_string(),
        dropped.to_string(),
        in_flight.to_string(),
        cell(*latency_p50_ns),
        cell(*latency_p90_ns),
        cell(*latency_p99_ns),
        cell(*latency_max_ns),
        cell(*network_p50_ns),
        cell(*network_p99_ns),
        cell(*sign_p99_ns),
        cell(*lag_p99_ns),
        cell(*own_cpu),
        cell(*answered),
        cell(*ended),
        cell(*timed_out),
        cell(*pickup_p99_ns),
        cell(*retransmits),
        cell(*smoothed_rtt_p50_ns),
        cell(began(&summary.run.started_at, *start_s)),
        cell(summary.run.commit.as_deref().map(text)),
    ]
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
