//! Whether the generator itself kept up.

use super::document::{Facts, Layout, Section};
use super::importance::Importance;
use super::numbers::{bytes, share, span_of};
use super::status_lines;
use crate::phase::Phase;
use crate::summary::{Stationarity, Summary, Trend};

/// The section's place.
pub(crate) const ID: &str = "measurement";

/// How many answers the kernel dated.
pub(super) fn kernel_stamps(stamped: f64) -> String {
    if stamped > 0.0 {
        format!("on {} of the answers", share(stamped))
    } else {
        "none".to_owned()
    }
}

/// What the generator used, and how late it was.
pub(super) fn section(summary: &Summary) -> Section {
    let m = &summary.measurement;
    let p99 = |phase| summary.phase(phase).map(|stats| span_of(stats.p99_ns));
    let tick = summary.run.load.tick_ns;
    let trend = summary.stationarity.map(|found| trend(summary, found));
    let facts = [
        ("verdict", Some(m.verdict.to_string())),
        ("own CPU", m.own_cpu.map(share)),
        ("CPU steal", m.steal.map(share)),
        ("peak memory", m.peak_rss_bytes.map(bytes)),
        ("lag p99", p99(Phase::Lag)),
        ("tick", tick.map(span_of)),
        ("pickup p99", p99(Phase::Pickup)),
        ("wake-up p99 late", m.wakeup_p99_ns.map(span_of)),
        ("wake-up most late", m.wakeup_max_ns.map(span_of)),
        ("kernel stamps", m.kernel_stamps.map(kernel_stamps)),
        ("latency over the run", trend),
        ("residual p99", p99(Phase::Residual)),
    ];
    let facts = Facts::known("Measured", Layout::NameFirst, facts);
    let line = status_lines::measurement(summary);
    Section::new(ID, "The measurement itself", [facts.into()])
        .of(Importance::Detail)
        .intro(format!(
            "The measurement is {}: {}.",
            m.verdict, line.detail
        ))
}

fn trend(summary: &Summary, found: Stationarity) -> String {
    let trend = match found.trend {
        Trend::Falling => "still warming up",
        Trend::Rising if summary.saturation.is_some() => "a queue grows",
        Trend::Rising => "rises",
        Trend::Steady => "steady",
    };
    let (from, to) = (span_of(found.first_ns), span_of(found.last_ns));
    format!("{trend}: median {from} to {to}")
}
