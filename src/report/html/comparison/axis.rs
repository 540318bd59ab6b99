//! The axes and labels that the charts of a comparison share.

use crate::report::chart::{Axis, Chart, Limit, Plot, Scale};

/// A chart with nothing drawn yet.
pub(super) fn chart(title: &str, desc: String, x: Axis, y: Axis) -> Chart {
    let height = 240.0;
    Chart::new(title, desc, Plot { height, x, y })
}

/// An axis of changes, with 0 on it.
pub(super) fn changes(values: impl Iterator<Item = f64>) -> Axis {
    Axis {
        scale: Scale::around_zero(values),
        name: "change of latency",
        label: change,
    }
}

/// An axis of percentiles.
pub(super) fn percentiles(nines: f64) -> Axis {
    Axis {
        scale: Scale::nines(nines + 0.1),
        name: "percentile",
        label: percentile,
    }
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
    let text = format!("{:.3}", quantile * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The line that a change is measured from.
pub(super) fn no_change() -> Limit {
    Limit {
        value: 0.0,
        label: "no change".to_owned(),
    }
}
