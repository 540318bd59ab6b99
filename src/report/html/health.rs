//! How the generator itself did, second by second.

use super::gauge::Gauge;
use super::pages::Pages;
use crate::report::chart::time;
use crate::report::content::numbers::{share, span};
use crate::report::error::ReportError;
use crate::summary::Summary;
use crate::units::whole;

const GAUGES: [Gauge; 3] = [
    Gauge {
        title: "Generator lag",
        note: "at p99 of each second: how late callouts began.",
        axis: "lag",
        value: |window| window.lag_p99_ns,
        label: time,
        text: span,
        least: 1e6,
    },
    Gauge {
        title: "Generator pickup",
        note: "at p99 of each second: how long answers lay in the kernel before they were read.",
        axis: "pickup",
        value: |window| window.pickup_p99_ns,
        label: time,
        text: span,
        least: 1e6,
    },
    Gauge {
        title: "Own CPU",
        note: "of the generator in each second, as a share of all cores.",
        axis: "own CPU",
        value: |window| window.own_cpu.map(|cpu| whole(cpu * MILLIONTHS)),
        label: |millionths| share(millionths / MILLIONTHS),
        text: |millionths| share(millionths / MILLIONTHS),
        least: MILLIONTHS / 10.0,
    },
];

/// Shares are drawn as whole numbers of these.
const MILLIONTHS: f64 = 1e6;

/// The figures of a run that is long enough for them.
pub(super) fn figures(pages: &Pages<'_>, summary: &Summary) -> Result<String, ReportError> {
    GAUGES
        .iter()
        .map(|gauge| gauge.html(pages, summary))
        .collect()
}
