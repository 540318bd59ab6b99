//! `timeline.csv`: one row per second.

use super::{Sheet, cell, text};
use crate::report::ReportError;
use crate::summary::{Summary, Window};

const COLUMNS: [&str; 25] = [
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
    ]
}
