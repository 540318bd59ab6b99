//! The server's own account of its time (W3C Server Timing, section 3).

use crate::units::{Nanos, whole};

/// The longest duration that is believed; more is a mistake of the server's.
const LONGEST_MS: f64 = 3_600_000.0;

/// Reads the total of a `Server-Timing` value: the metric called `total`, or else the
/// sum of all metrics that carry a `dur`. `None` when none does.
pub(super) fn total(value: &str) -> Option<Nanos> {
    let mut sum = None;
    for metric in value.split(',') {
        let mut parts = metric.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let Some(ms) = parts.find_map(duration_ms) else {
            continue;
        };
        let span = Nanos(whole(ms * 1e6));
        if name.eq_ignore_ascii_case("total") {
            return Some(span);
        }
        sum = Some(sum.unwrap_or_default() + span);
    }
    sum
}

fn duration_ms(parameter: &str) -> Option<f64> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("dur") {
        return None;
    }
    let ms: f64 = value.trim().trim_matches('"').parse().ok()?;
    (0.0..=LONGEST_MS).contains(&ms).then_some(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_found_or_summed() {
        for (value, expected) in [
            ("total;dur=5.5", Some(5_500_000)),
            ("db;dur=2, app;dur=3.25", Some(5_250_000)),
            ("db;dur=2, total;dur=9;desc=\"all\"", Some(9_000_000)),
            ("cache;desc=hit", None),
            ("total;dur=-1", None),
            ("total;dur=NaN", None),
            ("total;dur=inf", None),
            ("", None),
        ] {
            assert_eq!(total(value), expected.map(Nanos), "{value:?}");
        }
    }
}
