//! Whether the generator itself kept up.

use super::document::{Facts, Layout, Section, fact};
use super::importance::Importance;
use super::numbers::{bytes, share, span};
use super::verdict;
use crate::phase::Phase;
use crate::summary::{Stationarity, Summary, Trend};
use crate::units::float;

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
    let p99 = |name, phase| {
        let stats = summary.phase(phase);
        stats.map(|stats| fact(name, span(float(stats.p99_ns))))
    };
    let late = |name, late: Option<u64>| late.map(|late| fact(name, span(float(late))));
    let facts = [
        Some(fact("verdict", m.verdict.to_string())),
        m.own_cpu.map(|cpu| fact("own CPU", share(cpu))),
        m.steal.map(|steal| fact("CPU steal", share(steal))),
        m.peak_rss_bytes.map(|rss| fact("peak memory", bytes(rss))),
        p99("lag p99", Phase::Lag),
        p99("pickup p99", Phase::Pickup),
        late("wake-up p99 late", m.wakeup_p99_ns),
        late("wake-up most late", m.wakeup_max_ns),
        m.kernel_stamps
            .map(|stamped| fact("kernel stamps", kernel_stamps(stamped))),
        summary
            .stationarity
            .as_ref()
            .map(|found| fact("latency over the run", trend(summary, found))),
        p99("residual p99", Phase::Residual),
    ];
    let facts = Facts {
        label: "Measured",
        layout: Layout::NameFirst,
        entries: facts.into_iter().flatten().collect(),
    };
    let verdict = verdict::measurement(summary);
    Section::new(ID, "The measurement itself", [facts.into()])
        .of(Importance::Detail)
        .intro(format!(
            "The measurement is {}: {}.",
            m.verdict, verdict.detail
        ))
}

fn trend(summary: &Summary, found: &Stationarity) -> String {
    let trend = match found.trend {
        Trend::Falling => "still warming up",
        Trend::Rising if summary.saturation.is_some() => "a queue grows",
        Trend::Rising => "rises",
        Trend::Steady => "steady",
    };
    let (from, to) = (float(found.first_ns), float(found.last_ns));
    format!("{trend}: median {} to {}", span(from), span(to))
}
