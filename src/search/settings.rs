//! What a search may try, and for how long.

use super::classification::ClassRule;
use super::load::OfferedLoad;
use crate::units::{Nanos, float, whole};

/// The settings of a search. [`Settings::new`] has the defaults; [`Settings::check`] finds what cannot
/// work.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The lowest load: the first that is tried, and the one of the warm-up and of recovery.
    pub from: OfferedLoad,
    /// The highest load that may be tried.
    pub max: OfferedLoad,
    /// How far the two ends of the answer may be apart, relative to the lower one: 0.001 to 1.
    /// Of users, one is the least.
    pub width: f64,
    /// How long the lowest load is offered before the first trial; zero for no warm-up.
    pub warm_up: Nanos,
    /// How long a trial lasts.
    pub trial: Nanos,
    /// How much time of trials judges a load, at most.
    pub judged: Nanos,
    /// How much of that time may fail at a load that holds.
    pub may_fail: Nanos,
    /// How long the highest load that holds is tried once more; zero for no confirmation.
    pub confirm: Nanos,
    /// How long the target may take to recover after a trial that failed.
    pub recovery: Nanos,
    /// How long a trial may become that has too few callouts.
    pub longest: Nanos,
    /// How many callouts a trial needs for the strictest threshold (a p99 needs 368); 0 if any number
    /// will do. From it follow the spans of trials at low rates.
    pub callouts: u64,
}

/// More trials than this would judge one load: a mistake in the settings.
const TRIALS_OF_LOAD_MAX: u64 = 100;

/// Arrivals at random instants can be fewer than planned: by 10 %, at three standard deviations of
/// about 1000 callouts, and two of 368.
const CALLOUTS_MARGIN: f64 = 1.1;

impl Settings {
    /// How long a trial may last at most.
    pub fn longest_trial(&self) -> Nanos {
        self.longest.max(self.confirm)
    }

    /// Settings of a search between two loads, with the default spans.
    pub fn new(from: OfferedLoad, max: OfferedLoad) -> Self {
        Self {
            from,
            max,
            width: 0.05,
            warm_up: Nanos::from_secs(10),
            trial: Nanos::from_secs(20),
            judged: Nanos::from_secs(60),
            may_fail: Nanos::from_secs(20),
            confirm: Nanos::from_secs(120),
            recovery: Nanos::from_secs(60),
            longest: Nanos::from_secs(300),
            callouts: 0,
        }
    }

    /// Finds a setting with which no search can work.
    ///
    /// # Errors
    ///
    /// The first such setting.
    pub fn check(&self) -> Result<(), SettingsError> {
        let lowest = self.from.value();
        if !self.from.is_of_kind(self.max) {
            return Err(SettingsError::Kinds);
        }
        if !(lowest > 0.0 && self.max.value().is_finite()) {
            return Err(SettingsError::Loads);
        }
        if self.from > self.max {
            let (from, max) = (self.from, self.max);
            return Err(SettingsError::Order { from, max });
        }
        if !(0.001..=1.0).contains(&self.width) {
            return Err(SettingsError::Width);
        }
        if self.trial == Nanos::ZERO || self.trial > self.longest {
            return Err(SettingsError::Trial);
        }
        if self.judged < self.trial || self.judged.0 / self.trial.0 > TRIALS_OF_LOAD_MAX {
            return Err(SettingsError::Judged);
        }
        if self.may_fail >= self.judged {
            return Err(SettingsError::MayFail);
        }
        Ok(())
    }

    /// The rule by which loads are classified.
    pub const fn class_rule(&self) -> ClassRule {
        ClassRule {
            judged: self.judged,
            may_fail: self.may_fail,
        }
    }

    /// How long a trial at this load must be planned: long enough for the callouts that it needs, as
    /// far as that follows from the load.
    pub(super) fn span_at(&self, load: OfferedLoad) -> Nanos {
        match load {
            OfferedLoad::Rate(per_second) => {
                let seconds = float(self.callouts) * CALLOUTS_MARGIN / per_second;
                let needed = Nanos(whole(seconds * 1e9));
                self.trial.max(needed.min(self.longest))
            }
            OfferedLoad::Users(_) => self.trial,
        }
    }
}

/// Why no search can work with the settings; fits after "could not search:".
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// A rate and a number of users.
    #[error("the lowest and the highest load must both be rates, or both be numbers of users")]
    Kinds,
    /// Zero, negative or infinite.
    #[error("the lowest and the highest load must be finite numbers above 0")]
    Loads,
    /// The lowest load is above the highest.
    #[error("the lowest load, {from}, is above the highest, {max}")]
    Order {
        /// The lowest load.
        from: OfferedLoad,
        /// The highest load.
        max: OfferedLoad,
    },
    /// The relative width is out of its range.
    #[error("the width must be from 0.1% to 100%")]
    Width,
    /// A trial has no length, or more than the longest.
    #[error("a trial must be longer than 0 and no longer than the longest one allowed")]
    Trial,
    /// The time that judges a load does not fit the trials.
    #[error("the time that judges a load must be that of 1 to {TRIALS_OF_LOAD_MAX} trials")]
    Judged,
    /// All of the judged time may fail.
    #[error("the time that may fail must be shorter than the time that judges a load")]
    MayFail,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings::new(OfferedLoad::Rate(50.0), OfferedLoad::Rate(640.0))
    }

    #[track_caller]
    fn refused(change: impl FnOnce(&mut Settings), error: SettingsError) {
        let mut changed = settings();
        change(&mut changed);
        assert_eq!(changed.check(), Err(error));
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        assert_eq!(settings().check(), Ok(()));
        refused(
            |all| all.max = OfferedLoad::Users(640),
            SettingsError::Kinds,
        );
        for wrong in [0.0, -1.0, f64::NAN] {
            refused(
                |all| all.from = OfferedLoad::Rate(wrong),
                SettingsError::Loads,
            );
        }
        refused(
            |all| all.max = OfferedLoad::Rate(f64::INFINITY),
            SettingsError::Loads,
        );
        let (from, max) = (OfferedLoad::Rate(50.0), OfferedLoad::Rate(40.0));
        refused(|all| all.max = max, SettingsError::Order { from, max });
        refused(|all| all.width = 0.0, SettingsError::Width);
        refused(|all| all.width = f64::NAN, SettingsError::Width);
        refused(|all| all.trial = Nanos::ZERO, SettingsError::Trial);
        refused(
            |all| all.trial = Nanos::from_secs(61),
            SettingsError::Judged,
        );
        refused(|all| all.may_fail = all.judged, SettingsError::MayFail);
    }

    #[test]
    fn a_low_rate_gets_the_span_that_its_callouts_need() {
        let mut settings = settings();
        settings.callouts = 368;
        let span = |rate| settings.span_at(OfferedLoad::Rate(rate));
        assert_eq!(span(100.0), Nanos::from_secs(20));
        assert_eq!(span(5.0), Nanos::from_millis(80_960));
        assert_eq!(span(0.1), Nanos::from_secs(300));
    }
}
