//! Whether the latency was steady over the run, or had a trend.

use super::windows::whole_seconds;
use crate::statistics::{mann_kendall, median};
use crate::summary::{Stationarity, Summary, Trend, Window};
use crate::units::{float, whole};

/// A shorter run has too few seconds for a trend.
const TREND_SECONDS_MIN: usize = 8;

/// The most points in which a trend is looked for; in a longer run each point is the median of
/// several seconds.
const TREND_POINTS_MAX: usize = 600;

/// A trend is reported if chance alone would make one as strong with at most this probability, ...
const TREND_P_MAX: f64 = 0.01;

/// ... and if the latency changed by at least this share from the first third to the last.
const TREND_CHANGE_MIN: f64 = 0.15;

/// If the rate changed by more than this share from the first third to the last, the load may have
/// caused the trend.
const RATE_CHANGE_MAX: f64 = 0.2;

/// Finds the trend of the median latency over the measured seconds.
pub(super) fn stationarity(summary: &Summary) -> Option<Stationarity> {
    let measured: Vec<&Window> = whole_seconds(summary)
        .iter()
        .filter(|w| !w.warmup && w.latency_p50_ns.is_some())
        .collect();
    if measured.len() < TREND_SECONDS_MIN {
        return None;
    }
    let third = measured.len() / 3;
    let (first, last) = (&measured[..third], &measured[measured.len() - third..]);
    let median_of = |windows: &[&Window], value: fn(&Window) -> u64| {
        let values: Vec<_> = windows.iter().map(|w| float(value(w))).collect();
        median(&values).unwrap_or(0.0)
    };
    // A load that changes causes a trend by itself.
    let due = |windows| median_of(windows, |w: &Window| w.planned);
    if (due(last) / due(first).max(1.0) - 1.0).abs() > RATE_CHANGE_MAX {
        return None;
    }
    let latency = |w: &Window| w.latency_p50_ns.unwrap_or_default();
    let (from, to) = (median_of(first, latency), median_of(last, latency));
    let step = measured.len().div_ceil(TREND_POINTS_MAX);
    let points: Vec<f64> = measured
        .chunks(step)
        .map(|seconds| median_of(seconds, latency))
        .collect();
    let found = mann_kendall(&points)?;
    let change = to / from.max(1.0) - 1.0;
    let is_trend = found.p_value <= TREND_P_MAX && change.abs() >= TREND_CHANGE_MIN;
    Some(Stationarity {
        trend: match (
            is_trend,
            found.tau > 0.0 && change > 0.0,
            found.tau < 0.0 && change < 0.0,
        ) {
            (true, true, _) => Trend::Rising,
            (true, _, true) => Trend::Falling,
            _ => Trend::Steady,
        },
        first_ns: whole(from),
        last_ns: whole(to),
        p_value: found.p_value,
    })
}

#[cfg(test)]
mod tests {
    use super::super::saturation::tests::run;
    use super::*;

    #[test]
    fn a_latency_that_moves_has_a_trend_and_one_that_wavers_none() {
        let trend = |summary: &Summary| stationarity(summary).unwrap().trend;
        assert_eq!(
            trend(&run((0..20).map(|n| (100, 100, 5 + n)))),
            Trend::Rising
        );
        assert_eq!(
            trend(&run((0..20).map(|n| (100, 100, 40 - n)))),
            Trend::Falling
        );
        assert_eq!(
            trend(&run((0..20).map(|n| (100, 100, 5 + n % 3)))),
            Trend::Steady
        );
        // On a ramp the load itself causes the trend.
        assert_eq!(
            stationarity(&run((0..20).map(|n| (10 * n, 10 * n, 5 + n)))),
            None
        );
        assert_eq!(stationarity(&run((0..5).map(|n| (100, 100, 5 + n)))), None);
    }
}
