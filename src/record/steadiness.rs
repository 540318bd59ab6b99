//! Whether the target kept up with the load, and whether the latency had come to rest.
//!
//! Both are read off the seconds of the run: what was due, what ended, how long it took.

use std::ops::Range;

use crate::phase::Phase;
use crate::statistics::{mann_kendall, median};
use crate::summary::{Model, Saturation, Stationarity, Summary, Trend, Window, WireResult};
use crate::units::{count, float, index, whole};

/// Seconds that a backlog must have grown for.
const GROWING_SECONDS_MIN: usize = 3;

/// Callouts that it must have grown by, whatever the rate.
const GROWTH_MIN: f64 = 10.0;

/// The share of what was due that must have stayed unanswered: less is within what a target
/// that keeps up owes for a moment.
const GROWTH_SHARE_MIN: f64 = 0.03;

/// How many standard deviations of a Poisson count the growth must be beyond.
const GROWTH_DEVIATIONS_MIN: f64 = 2.5;

/// The backlog at the end must be so many times that at the beginning.
const GROWTH_FACTOR_MIN: f64 = 3.0;

/// A round trip or a handshake up to so many times the shortest is as quick as ever, and so is one
/// up to a millisecond: a wake-up takes as long.
const FLOOR_FACTOR: f64 = 3.0;
const FLOOR_SLACK_NS: f64 = 1e6;

/// Seconds without which no trend is looked for.
const TREND_SECONDS_MIN: usize = 8;

/// Seconds that a trend is looked for in; of a longer run each is the median of several.
const TREND_POINTS_MAX: usize = 600;

/// A trend is told where chance makes one as strong so seldom...
const TREND_P_MAX: f64 = 0.001;

/// ...and the latency moved by so much from the first third to the last.
const TREND_CHANGE_MIN: f64 = 0.15;

/// How far the rate may move from the first third to the last for a trend to be the target's.
const RATE_CHANGE_MAX: f64 = 0.2;

/// Where the target fell behind; only of an open model, for a closed one asks for no rate.
pub(super) fn saturation(summary: &Summary) -> Option<Saturation> {
    if summary.run.model != Model::Open {
        return None;
    }
    let windows = whole_seconds(summary);
    let ended: Vec<u64> = windows.iter().map(|w| w.ended).collect::<Option<_>>()?;
    let backlog = backlog(windows, &ended);
    let stretch = growth(&backlog)?;
    let seconds = &windows[stretch.clone()];
    let due: u64 = seconds
        .iter()
        .map(|w| w.planned - w.dropped.min(w.planned))
        .sum();
    let ended: u64 = ended[stretch.clone()].iter().sum();
    let before = stretch.start.checked_sub(1).map_or(0.0, |at| backlog[at]);
    let after = backlog[stretch.end - 1];
    let grown = after - before;
    let has_grown = seconds.len() >= GROWING_SECONDS_MIN
        && grown >= GROWTH_MIN
        && grown >= GROWTH_SHARE_MIN * float(due)
        && grown >= GROWTH_DEVIATIONS_MIN * float(due).sqrt()
        && after >= GROWTH_FACTOR_MIN * (before + 1.0);
    let span = float(count(seconds.len()));
    has_grown.then(|| Saturation {
        since_s: seconds[0].start_s,
        until_s: seconds[0].start_s + count(seconds.len()),
        due_per_s: float(due) / span,
        answered_per_s: float(ended) / span,
        backlog: whole(after),
        is_wire_at_floor: is_at_floor(summary, seconds),
    })
}

/// The seconds of the run that are whole: what ends after the load does is in none of them.
fn whole_seconds(summary: &Summary) -> &[Window] {
    let seconds = index(summary.run.duration_ns / 1_000_000_000);
    &summary.windows[..seconds.min(summary.windows.len())]
}

/// Callouts due and not yet ended, at the end of each second.
fn backlog(windows: &[Window], ended: &[u64]) -> Vec<f64> {
    let mut open = 0.0;
    let each = windows.iter().zip(ended).map(|(window, ended)| {
        open += float(window.planned) - float(window.dropped) - float(*ended);
        open
    });
    each.collect()
}

/// The seconds over which the backlog has grown the most.
fn growth(backlog: &[f64]) -> Option<Range<usize>> {
    // The backlog before the first second is nothing.
    let (mut low, mut low_at) = (0.0, 0);
    let mut best = (0.0, 0..0);
    for (at, open) in backlog.iter().enumerate() {
        if open - low > best.0 {
            best = (open - low, low_at..at + 1);
        }
        if *open <= low {
            (low, low_at) = (*open, at + 1);
        }
    }
    (!best.1.is_empty()).then_some(best.1)
}

/// Whether the way was as quick as ever while the backlog grew.
fn is_at_floor(summary: &Summary, seconds: &[Window]) -> Option<bool> {
    let is_quick = |ns: f64, floor: f64| ns <= (FLOOR_FACTOR * floor).max(floor + FLOOR_SLACK_NS);
    let smoothed: Vec<f64> = seconds
        .iter()
        .filter_map(|w| w.smoothed_rtt_p50_ns)
        .map(float)
        .collect();
    let floor = summary
        .wire
        .as_ref()
        .and_then(|wire: &WireResult| wire.min_rtt_ns);
    if let (Some(rtt), Some(floor)) = (median(&smoothed), floor) {
        return Some(is_quick(rtt, float(floor)));
    }
    let connect = summary.phase(Phase::Connect)?;
    Some(is_quick(float(connect.p50_ns), float(connect.min_ns)))
}

/// How the median latency went over the measured seconds.
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
    // A load that changes makes a trend of its own.
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
    use super::*;

    fn run(seconds: impl IntoIterator<Item = (u64, u64, u64)>) -> Summary {
        let text = include_str!("../../tests/fixtures/summaries/typical.json");
        let mut summary: Summary = serde_json::from_str(text).unwrap();
        summary.windows = seconds
            .into_iter()
            .zip(0..)
            .map(|((planned, ended, p50_ms), start_s)| Window {
                start_s,
                planned,
                started: planned,
                ended: Some(ended),
                answered: Some(ended),
                latency_p50_ns: Some(p50_ms * 1_000_000),
                ..Window::default()
            })
            .collect();
        summary.run.duration_ns = count(summary.windows.len()) * 1_000_000_000;
        summary
    }

    // 160/s asked of a target that can do 150.
    #[test]
    fn a_target_that_falls_behind_is_saturated_at_what_it_answers() {
        let found = saturation(&run((0..30).map(|n| (160, 150, 7 + n * 60)))).unwrap();
        assert_eq!((found.since_s, found.until_s), (0, 30));
        assert!((found.answered_per_s - 150.0).abs() < 0.1);
        assert!((found.due_per_s - 160.0).abs() < 0.1);
        assert_eq!(found.backlog, 300);
    }

    #[test]
    fn a_ramp_is_saturated_from_where_the_target_has_had_enough() {
        let ramp = (0..40).map(|n| (10 * n, (10 * n).min(235), 5));
        let found = saturation(&run(ramp)).unwrap();
        assert_eq!(found.since_s, 24);
        assert!((found.answered_per_s - 235.0).abs() < 0.1);
    }

    // A stall is made up for; a queue at four fifths of what the target can do comes and goes.
    #[test]
    fn a_target_that_keeps_up_is_not_saturated() {
        let steady = (0..30).map(|n| (200 + n % 3, 200 + n % 3, 5));
        assert_eq!(saturation(&run(steady)), None);
        let busy = (0..30_u64).map(|n| (1_000, 1_000 + 25 * (n % 2) - 12, 8));
        assert_eq!(saturation(&run(busy)), None);
        let stall = (0..30).map(|n| match n {
            10 => (200, 0, 500),
            11 => (200, 400, 500),
            _ => (200, 200, 5),
        });
        assert_eq!(saturation(&run(stall)), None);
        let mut closed = run((0..30).map(|_| (160, 150, 7)));
        closed.run.model = Model::Closed;
        assert_eq!(saturation(&closed), None);
        // A file of an earlier version does not tell.
        let mut old = run((0..30).map(|_| (160, 150, 7)));
        old.windows[3].ended = None;
        assert_eq!(saturation(&old), None);
    }

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
        // Of a ramp the load itself is the trend.
        assert_eq!(
            stationarity(&run((0..20).map(|n| (10 * n, 10 * n, 5 + n)))),
            None
        );
        assert_eq!(stationarity(&run((0..5).map(|n| (100, 100, 5 + n)))), None);
    }
}
