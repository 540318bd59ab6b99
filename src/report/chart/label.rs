//! Figures beside the ticks: as short as they can be.

use crate::report::content::numbers::{grouped, trimmed};
use crate::units::whole;

/// A span in nanoseconds: `5 ms`, `0.5 s`.
pub(crate) fn time(ns: f64) -> String {
    let (value, unit) = match ns {
        ..0.5 => return "0".to_owned(),
        0.5..1e3 => (ns, "ns"),
        1e3..1e6 => (ns / 1e3, "µs"),
        1e6..1e9 => (ns / 1e6, "ms"),
        _ => (ns / 1e9, "s"),
    };
    format!("{} {unit}", plain(value))
}

/// A number without needless decimals.
pub(crate) fn plain(value: f64) -> String {
    let text = trimmed(value, 2);
    if text.len() > 3 && !text.contains('.') {
        grouped(whole(value))
    } else {
        text
    }
}

/// A point of the run: `12 s`, past three minutes `4:30`, past an hour `1:15:00`.
pub(crate) fn seconds(at: f64) -> String {
    let total = whole(at);
    match total {
        0..=180 => format!("{} s", plain(at)),
        181..=3600 => format!("{}:{:02}", total / 60, total % 60),
        _ => format!("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_short() {
        assert_eq!(time(5e6), "5 ms");
        assert_eq!(time(2.5e6), "2.5 ms");
        assert_eq!(time(0.0), "0");
        assert_eq!(plain(12_000.0), "12,000");
        assert_eq!(seconds(270.0), "4:30");
    }
}
