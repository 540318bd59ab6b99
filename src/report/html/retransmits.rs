//! What was sent again over the connections, second by second.

use super::gauge::Gauge;
use super::pages::Pages;
use crate::report::chart::plain;
use crate::report::error::ReportError;
use crate::summary::Summary;

const RETRANSMISSIONS: Gauge = Gauge {
    title: "Retransmissions",
    note: "in each second, of all connections: each one costs its callout a timeout of 200 ms or a \
           few round trips.",
    axis: "segments sent again",
    value: |window| window.retransmits,
    label: plain,
    text: plain,
    // One should not look like many.
    least: 10.0,
};

/// The retransmissions; empty if there were none.
pub(super) fn figure(pages: &Pages<'_>, summary: &Summary) -> Result<String, ReportError> {
    match &summary.wire {
        Some(wire) if wire.retransmits > 0 => RETRANSMISSIONS.html(pages, summary),
        _ => Ok(String::new()),
    }
}
