//! The axes and labels that the charts of a comparison share.

use crate::report::chart::{Axis, Chart, Limit, Plot, Scale};
use crate::report::content::numbers::trimmed;

/// A chart with nothing drawn yet.
pub(super) fn chart(title: &str, desc: String, x: Axis, y: Axis) -> Chart {
    let height = 240.0;
    Chart::new(title, desc, Plot { height, x, y })
}

/// An axis of changes, with 0 on it.
pub(super) fn changes(values: impl Iterator<Item = f64>) -> Axis {
    Axis::new(Scale::around_zero(values), "change of latency", change)
}

/// An axis of percentiles.
pub(super) fn percentiles(nines: f64) -> Axis {
    Axis::new(Scale::nines(nines + 0.1), "percentile", percentile)
}

/// `+5 %`, on an axis.
pub(super) fn change(value: f64) -> String {
    let percent = format!("{:+.3}", value * 100.0);
    let percent = percent.trim_end_matches('0').trim_end_matches('.');
    match percent {
        "-" | "+" | "-0" | "+0" => "0 %".to_owned(),
        percent => format!("{percent} %"),
    }
}

/// `99.9 %`.
pub(super) fn percentile(quantile: f64) -> String {
    format!("{} %", trimmed(quantile * 100.0, 3))
}

/// The line that a change is measured from.
pub(super) fn no_change() -> Limit {
    Limit {
        value: 0.0,
        label: "no change".to_owned(),
    }
}
