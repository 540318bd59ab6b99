//! Whether the target kept up with the load.
//!
//! The seconds of the run tell: how many callouts were due, how many ended, how long they took. A
//! callout is unanswered while it was due and has no answer yet.

use std::ops::Range;

use super::windows::whole_seconds;
use crate::phase::Phase;
use crate::statistics::median;
use crate::summary::{AnyReasonCode, Model, ReasonCode, Saturation, Summary, Window, WireResult};
use crate::units::{count, float, whole};

/// The number of unanswered callouts must grow over at least this many seconds.
const GROWING_SECONDS_MIN: usize = 3;

/// It must grow by at least this many, whatever the rate.
const GROWTH_MIN: f64 = 10.0;

/// At least this share of the callouts that came due must stay unanswered. A target that keeps up
/// leaves a smaller share unanswered for a moment.
const GROWTH_SHARE_MIN: f64 = 0.03;

/// The growth must exceed this many standard deviations of a Poisson count.
const GROWTH_DEVIATIONS_MIN: f64 = 2.5;

/// The share where closed loads run beside open ones: each of their users waits for an answer too.
const GROWTH_SHARE_MIN_MIXED: f64 = 0.1;

/// The growth begins where the number exceeds this share of its highest value.
const LITTLE_SHARE: f64 = 0.03;

/// The median latency must grow to at least this many times its first value, ...
const LATENCY_FACTOR_MIN: f64 = 1.5;

/// ... or at least this share of the callouts that came due must time out: those are the slowest, and
/// they have no latency.
const GIVEN_UP_MIN: f64 = 0.05;

/// If at least this share of what came due was not sent for want of a slot, the latency may have risen
/// by the wait for the slot alone.
const HELD_BACK_MIN: f64 = 0.01;

/// The target must meanwhile answer at least this share of its best rate in this run.
const PLATEAU_MIN: f64 = 0.5;

/// The network counts as unchanged if a round trip or a handshake takes up to this many times the
/// shortest, or up to a millisecond longer: a wake-up takes that long.
const FLOOR_FACTOR: f64 = 3.0;
const FLOOR_SLACK_NS: f64 = 1e6;

/// Finds the seconds in which the target fell behind the load. A closed load alone cannot show it: its
/// users send nothing while they wait.
pub(super) fn saturation(summary: &Summary) -> Option<Saturation> {
    let share_min = match summary.run.model {
        Model::Open => GROWTH_SHARE_MIN,
        Model::Mixed => GROWTH_SHARE_MIN_MIXED,
        Model::Closed => return None,
    };
    // The growth is counted from the end of the warm-up on.
    let all = whole_seconds(summary);
    let windows = &all[all.iter().position(|w| !w.warmup)?..];
    let owed = owed(windows)?;
    let (low, growing) = growth(&owed)?;
    let due = due(&windows[growing.clone()]);
    let grown = owed[growing.end - 1] - low;
    let stretch = growing.start..end_of_held(windows, &owed, &growing);
    let seconds = &windows[stretch.clone()];
    let answered: Vec<f64> = seconds
        .iter()
        .filter_map(|w| w.answered)
        .map(float)
        .collect();
    let answered_per_s = median(&answered)?;
    let best_per_s = best_rate(&summary.windows);
    // A target that stood still for a while and went on again has no plateau. One that has not
    // recovered when the load ends may have broken down under it.
    let has_plateau = answered_per_s >= PLATEAU_MIN * best_per_s;
    let given_up = windows[growing.clone()].iter();
    let given_up: u64 = given_up.filter_map(|w| w.timed_out).sum();
    let is_behind = growing.len() >= GROWING_SECONDS_MIN
        && grown >= GROWTH_MIN
        && grown >= share_min * float(due)
        && grown >= GROWTH_DEVIATIONS_MIN * float(due).sqrt()
        && (slows_down(windows, &growing) || float(given_up) >= GIVEN_UP_MIN * float(due))
        && (has_plateau || stretch.end == windows.len());
    is_behind.then(|| Saturation {
        code: AnyReasonCode::Known(ReasonCode::TargetSaturated),
        since_s: seconds[0].start_s,
        until_s: seconds[0].start_s + count(seconds.len()),
        due_per_s: float(self::due(seconds)) / float(seconds.len()),
        answered_per_s,
        best_per_s,
        unanswered: whole(grown),
        is_wire_at_floor: is_at_floor(summary, seconds),
    })
}

/// Callouts that came due in these seconds.
fn due(windows: &[Window]) -> u64 {
    windows.iter().map(|window| window.planned).sum()
}

/// The number of unanswered callouts at the end of each second. Callouts that timed out stay in it;
/// callouts that failed in another way, such as by a reset connection, do not. Arrivals that were
/// dropped, or wait for a slot, never reached the target, so they are not in it either.
fn owed(windows: &[Window]) -> Option<Vec<f64>> {
    let mut open = 0.0;
    let each = windows.iter().map(|window| {
        let settled = window.ended?.saturating_sub(window.timed_out?);
        open += float(window.started) - float(settled);
        Some(open)
    });
    each.collect()
}

/// Finds the seconds over which the number of unanswered callouts grows the most. Returns the number
/// before them, and the seconds.
fn growth(owed: &[f64]) -> Option<(f64, Range<usize>)> {
    let (mut low, mut low_at) = (0.0, 0);
    let mut best = (0.0, 0.0, 0..0);
    for (at, open) in owed.iter().enumerate() {
        if open - low > best.0 {
            best = (open - low, low, low_at..at + 1);
        }
        if *open <= low {
            (low, low_at) = (*open, at + 1);
        }
    }
    let (grown, low, stretch) = best;
    // On a ramp a few callouts are unanswered from the first second on: that is not the growth yet.
    let little = low + GROWTH_MIN.max(LITTLE_SHARE * grown);
    let is_little = |at: &usize| owed[*at] <= little;
    let begun = stretch.clone().rev().find(is_little);
    let begun = begun.map_or(stretch.start, |at| at + 1);
    let low = begun.checked_sub(1).map_or(low, |at| owed[at].max(low));
    (begun < stretch.end).then_some((low, begun..stretch.end))
}

/// The second after the last in which the target still owes as much as it ever grew to, while
/// arrivals are not sent because its callouts have all slots.
fn end_of_held(windows: &[Window], owed: &[f64], growing: &Range<usize>) -> usize {
    let most = (1.0 - LITTLE_SHARE) * owed[growing.end - 1];
    let after = growing.end..windows.len();
    let mut after = after.skip_while(|at| owed[*at] >= most && held_back(&windows[*at]) > 0);
    after.next().unwrap_or(windows.len())
}

/// Arrivals of a second that were not sent in it.
fn held_back(window: &Window) -> u64 {
    window.planned.saturating_sub(window.started)
}

/// Whether callouts took longer and longer. A target that is slow but steady always has as many
/// unanswered callouts as come due during one answer, and it keeps up. If arrivals had to wait for
/// slots, only the network phase shows what the target took.
fn slows_down(windows: &[Window], growing: &Range<usize>) -> bool {
    let seconds = &windows[growing.clone()];
    let held: u64 = seconds.iter().map(held_back).sum();
    let is_held = float(held) >= HELD_BACK_MIN * float(due(seconds));
    let before = growing.start.saturating_sub(1);
    let seconds = &windows[before..growing.end];
    rises(seconds, |window| window.latency_p50_ns)
        && (!is_held || rises(seconds, |window| window.network_p50_ns))
}

fn rises(windows: &[Window], median: fn(&Window) -> Option<u64>) -> bool {
    let medians: Vec<f64> = windows.iter().filter_map(median).map(float).collect();
    // Of the last seconds only the quickest callouts may have an answer, so the longest median counts.
    let longest = medians.iter().copied().fold(0.0, f64::max);
    let first = medians.first().copied();
    first.is_some_and(|first| longest >= LATENCY_FACTOR_MIN * first)
}

/// The highest rate of answers over any three seconds of the run. A target that stood still for a while
/// answers faster at other times, so its rate while it stood still is not its limit.
fn best_rate(windows: &[Window]) -> f64 {
    let threes = windows.windows(GROWING_SECONDS_MIN);
    let rates = threes.map(|three| {
        let answered: u64 = three.iter().filter_map(|w| w.answered).sum();
        float(answered) / float(GROWING_SECONDS_MIN)
    });
    rates.fold(0.0, f64::max)
}

/// Whether the network was as fast as before while the number of unanswered callouts grew.
fn is_at_floor(summary: &Summary, seconds: &[Window]) -> Option<bool> {
    let is_quick = |ns: f64, floor: f64| ns <= (FLOOR_FACTOR * floor).max(floor + FLOOR_SLACK_NS);
    let floor = summary
        .wire
        .as_ref()
        .and_then(|wire: &WireResult| wire.min_rtt_ns);
    // A handshake does not wait for the handler of a request.
    if let Some(connect) = summary.phase(Phase::Connect) {
        let floor = floor.unwrap_or(connect.min_ns).min(connect.min_ns);
        return Some(is_quick(float(connect.p50_ns), float(floor)));
    }
    // If the acknowledgement comes with the answer, the round trip includes the time of the handler.
    let smoothed: Vec<f64> = seconds
        .iter()
        .filter_map(|w| w.smoothed_rtt_p50_ns)
        .map(float)
        .collect();
    is_quick(median(&smoothed)?, float(floor?)).then_some(true)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A run with these seconds: callouts due, callouts ended, median latency in milliseconds.
    pub(in crate::summarize) fn run(seconds: impl IntoIterator<Item = (u64, u64, u64)>) -> Summary {
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
                timed_out: Some(0),
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
        assert_eq!((found.since_s, found.until_s), (1, 30));
        assert!((found.answered_per_s - 150.0).abs() < 0.1);
        assert!((found.due_per_s - 160.0).abs() < 0.1);
        assert_eq!(found.unanswered, 290);
    }

    #[test]
    fn a_ramp_is_saturated_from_where_the_target_has_had_enough() {
        // The first seconds owe a callout or two, as they do.
        let ramp = (0..40).map(|n| {
            let can = (10_u64 * n).saturating_sub(1).min(235);
            (10 * n, can, 5 + n.saturating_sub(23) * 100)
        });
        let found = saturation(&run(ramp)).unwrap();
        assert!((24..=26).contains(&found.since_s), "{found:?}");
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
        // It takes three seconds for each, as it always does: that many are under way.
        let idle = (0..30).map(|n| (20, if n < 3 { 0 } else { 20 }, 3_000));
        assert_eq!(saturation(&run(idle)), None);
        let ramp_of_idle = (0..30_u64).map(|n| (10 * n, (10 * n).saturating_sub(8), 400));
        assert_eq!(saturation(&run(ramp_of_idle)), None);
        // It stood still for four seconds, and then caught up while the load went on.
        let freeze = (0..30).map(|n| match n {
            10..14 => (60, 0, 4_000 - (n - 10) * 900),
            14..18 => (60, 120, 3_000),
            _ => (60, 60, 5),
        });
        assert_eq!(saturation(&run(freeze)), None);
        let mut closed = run((0..30).map(|_| (160, 150, 7)));
        closed.run.model = Model::Closed;
        assert_eq!(saturation(&closed), None);
        // A file of an earlier version does not tell.
        let mut old = run((0..30).map(|_| (160, 150, 7)));
        old.windows[3].ended = None;
        assert_eq!(saturation(&old), None);
    }

    // Half of what comes due is given up after a second, so no more than a second of it waits.
    #[test]
    fn what_is_given_up_is_owed_and_not_answered() {
        let mut summary = run((0..10).map(|n| (200, if n == 0 { 80 } else { 200 }, 900)));
        for window in &mut summary.windows[1..] {
            (window.answered, window.timed_out) = (Some(80), Some(120));
        }
        let found = saturation(&summary).unwrap();
        assert!((found.answered_per_s - 80.0).abs() < 0.1, "{found:?}");
        assert!((found.due_per_s - 200.0).abs() < 0.1, "{found:?}");
        assert_eq!(found.until_s, 10);
        // Connections that are reset are no queue.
        let mut summary = run((0..10).map(|_| (150, 150, 250)));
        for window in &mut summary.windows {
            window.answered = Some(100);
        }
        assert_eq!(saturation(&summary), None);
    }

    // One slot: 100/s are answered as quickly as ever, and 100/s more never left.
    #[test]
    fn slots_that_bind_are_no_saturation_of_the_target() {
        let mut dropped = run((0..10).map(|_| (200, 100, 10)));
        for window in &mut dropped.windows {
            (window.started, window.dropped) = (100, 100);
        }
        assert_eq!(saturation(&dropped), None);
        let mut queued = run((0..10).map(|n| (200, 100, 10 + 500 * n)));
        for window in &mut queued.windows {
            (window.started, window.network_p50_ns) = (100, Some(10_000_000));
        }
        assert_eq!(saturation(&queued), None);
        // Three hundred slots, and a target that always takes three seconds.
        let full = |n: u64| (200, if n < 3 { 0 } else { 100 }, 3_000 + 500 * n);
        let mut slow = run((0..12).map(full));
        for window in &mut slow.windows {
            (window.started, window.network_p50_ns) = (100, Some(3_000_000_000));
        }
        assert_eq!(saturation(&slow), None);
    }

    // It answers 100/s of 200/s until its callouts have all 500 slots, and no more after that.
    #[test]
    fn a_saturated_target_whose_callouts_fill_all_slots_is_saturated_to_the_end() {
        let mut summary = run((0..20).map(|n| (200, 100, 100 + 1_000 * n.min(5))));
        for window in &mut summary.windows {
            window.network_p50_ns = window.latency_p50_ns;
            if window.start_s >= 5 {
                (window.started, window.dropped) = (100, 100);
            }
        }
        let found = saturation(&summary).unwrap();
        assert_eq!(found.until_s, 20);
        // What was dropped is none of it.
        assert_eq!(found.unanswered, 500);
        assert!((found.due_per_s - 200.0).abs() < 0.1, "{found:?}");
    }
}
