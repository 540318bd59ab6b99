//! About how much of a search is left, for whoever waits for it.

use super::judged_loads::{JudgedLoads, Standing};
use super::load::OfferedLoad;
use super::settings::Settings;
use super::trial::Trial;
use crate::units::{Nanos, float, whole};

/// How many trials, and how much time, a search still needs.
///
/// The range is that of a target that does not change: each load takes two or three trials, a
/// failure may be certain early or at the end, and the target recovers as it did so far. A load that
/// changes its class, or fails its confirmation, takes the search beyond the range.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct TimeLeft {
    /// At least this many trials.
    pub trials_least: u64,
    /// At most this many trials.
    pub trials_most: u64,
    /// At least this long.
    pub least: Nanos,
    /// At most this long.
    pub most: Nanos,
}

impl TimeLeft {
    /// Estimates what is left of a search that is not done.
    pub(super) fn of(settings: &Settings, loads: &JudgedLoads, trials: &[Trial]) -> Self {
        let costs = Costs::new(settings, loads, trials);
        let warm_up = if trials.is_empty() {
            Self::one_trial(settings.warm_up)
        } else {
            Self::default()
        };
        let blocking = loads.lowest_blocking().map(|load| load.load);
        let mut open = loads.open().iter().rev();
        let top = open.next();
        let top_load = top.map(|top| top.load);
        let rest = match top {
            // It has failed once, or said nothing: it may become either bound.
            Some(top) if top.standing() == Standing::Undecided && !top.has_only_passed() => {
                let below = open.next().map(|load| load.load);
                let holds = costs.rest(top_load, blocking);
                let fails = costs.rest(below, top_load);
                costs.trials(1, 1, 2).plus(holds.or(fails))
            }
            _ => costs.rest(top_load, blocking),
        };
        let is_sure = top.is_some_and(|top| top.standing() == Standing::Lower);
        let second_trial = costs.trials(u64::from(!is_sure), 0, 1);
        warm_up.plus(rest).plus(second_trial)
    }

    /// A trial that lasts as long as it is planned; none of no length.
    fn one_trial(span: Nanos) -> Self {
        Self::passed(u64::from(span > Nanos::ZERO), span)
    }

    /// Trials of a length that pass.
    fn passed(trials: u64, span: Nanos) -> Self {
        let time = times(span, trials, 1);
        Self {
            trials_least: trials,
            trials_most: trials,
            least: time,
            most: time,
        }
    }

    fn plus(self, more: Self) -> Self {
        Self {
            trials_least: self.trials_least + more.trials_least,
            trials_most: self.trials_most + more.trials_most,
            least: self.least + more.least,
            most: self.most + more.most,
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            trials_least: self.trials_least.min(other.trials_least),
            trials_most: self.trials_most.max(other.trials_most),
            least: self.least.min(other.least),
            most: self.most.max(other.most),
        }
    }
}

/// What the parts of a search cost.
struct Costs<'s> {
    settings: &'s Settings,
    /// The span of a trial.
    span: Nanos,
    /// The longest recovery so far.
    recovery: Nanos,
}

impl<'s> Costs<'s> {
    fn new(settings: &'s Settings, loads: &JudgedLoads, trials: &[Trial]) -> Self {
        let recoveries = trials.iter().filter_map(|trial| trial.recovery);
        let latest = trials.last().map_or(settings.from, |trial| trial.load);
        Self {
            settings,
            span: settings.span_at(latest).max(loads.lengthened_at(latest)),
            recovery: recoveries.max().unwrap_or_default(),
        }
    }

    /// What follows when these are the highest open load and the lowest blocking one.
    fn rest(&self, top: Option<OfferedLoad>, blocking: Option<OfferedLoad>) -> TimeLeft {
        match (top, blocking) {
            (None, Some(_)) => TimeLeft::default(),
            (Some(top), Some(blocking)) => self.between(top, blocking),
            (top, None) => self.upwards(top),
        }
    }

    /// Trials of loads of which it is not known whether they hold: at least a third of their time,
    /// because failures end early; at most all of it, and a recovery after each.
    fn trials(&self, loads: u64, least: u64, most: u64) -> TimeLeft {
        TimeLeft {
            trials_least: loads * least,
            trials_most: loads * most,
            least: times(self.span, loads * least, 3),
            most: times(self.span + self.recovery, loads * most, 1),
        }
    }

    /// The loads between two ends, and the confirmation.
    fn between(&self, lower: OfferedLoad, upper: OfferedLoad) -> TimeLeft {
        let width = self.settings.width;
        let mut halvings = 0;
        let mut upper = upper;
        while !lower.is_next_to(upper, width) {
            upper = lower.halfway_to(upper, width);
            halvings += 1;
        }
        self.trials(halvings, 2, 3).plus(self.confirmation())
    }

    /// Loads that double from here until one fails or the highest holds, and all that follows.
    fn upwards(&self, top: Option<OfferedLoad>) -> TimeLeft {
        let max = self.settings.max;
        let mut held = 0;
        let mut next = top.map_or(self.settings.from, |top| top.doubled(max));
        let mut lower = top;
        let mut left: Option<TimeLeft> = None;
        while lower.is_none_or(|lower| lower < max) {
            // Each load below has passed one trial; this one fails.
            let failing = match lower {
                None => self.trials(1, 2, 3),
                Some(lower) => self.trials(1, 2, 3).plus(self.between(lower, next)),
            };
            let case = TimeLeft::passed(held, self.span).plus(failing);
            left = Some(left.map_or(case, |left| left.or(case)));
            lower = Some(next);
            next = next.doubled(max);
            held += 1;
        }
        // All hold: the highest one is judged fully.
        let all = TimeLeft::passed(held, self.span)
            .plus(self.trials(1, 1, 2))
            .plus(self.confirmation());
        left.map_or(all, |left| left.or(all))
    }

    fn confirmation(&self) -> TimeLeft {
        TimeLeft::one_trial(self.settings.confirm)
    }
}

/// A span times a fraction.
fn times(span: Nanos, numerator: u64, denominator: u64) -> Nanos {
    Nanos(whole(float(span.0) * float(numerator) / float(denominator)))
}
