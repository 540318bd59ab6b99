//! Everything that was recorded of a run, merged: for each load, for each second, as a whole.

use super::ramp::RampWatch;
use super::rounds::Rounds;
use super::windows::Windows;
use crate::plan::Turns;
use crate::record::{Interval, IntervalKey, Period, Tally};
use crate::sample::MetricNames;
use crate::summary::FailureExample;
use crate::units::Nanos;

/// Everything that was recorded of a run, merged.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) loads: Vec<LoadRecording>,
    /// All loads together; where there is but one, that one is the whole.
    all: Option<Merged>,
    pub(super) failures: Vec<FailureExample>,
    pub(super) windows: Windows,
    /// What each second did to the thresholds, if the load's rate changes.
    pub(super) ramp: Option<RampWatch>,
    /// The names of the metrics of `Server-Timing`.
    pub(super) server_metrics: MetricNames,
}

/// What was recorded of one load.
#[derive(Debug)]
pub(super) struct LoadRecording {
    pub(super) merged: Merged,
    /// What came of its turns, if it takes turns with others.
    pub(super) rounds: Option<Rounds>,
}

/// What was recorded outside the warm-up, and how much in it.
#[derive(Debug, Default)]
pub(super) struct Merged {
    pub(super) total: Interval,
    pub(super) warmup: Tally,
}

impl Merged {
    fn add(&mut self, key: IntervalKey, interval: &Interval) {
        if key.period == Period::Measured {
            self.total.merge(interval);
        } else {
            self.warmup.add(&interval.tally);
        }
    }
}

impl Recording {
    /// Nothing yet, of loads of which each may have its turns.
    pub(super) fn of(turns: impl IntoIterator<Item = Option<Turns>>) -> Self {
        let loads = turns.into_iter().map(|turns| LoadRecording {
            merged: Merged::default(),
            rounds: turns.map(Rounds::new),
        });
        let loads: Vec<_> = loads.collect();
        Self {
            all: (loads.len() != 1).then(Merged::default),
            loads,
            failures: Vec::new(),
            windows: Windows::default(),
            ramp: None,
            server_metrics: MetricNames::default(),
        }
    }

    /// All loads together.
    pub(super) fn all(&self) -> &Merged {
        self.all.as_ref().unwrap_or_else(|| &self.loads[0].merged)
    }

    /// Adds what one load recorded for one second to everything it belongs to.
    pub(super) fn add(&mut self, load: usize, key: IntervalKey, interval: &Interval) {
        self.windows.add(key, interval);
        if let Some(ramp) = &mut self.ramp {
            ramp.add(key, interval, &self.server_metrics.all());
        }
        if let Some(load) = self.loads.get_mut(load) {
            load.merged.add(key, interval);
            if let Some(rounds) = &mut load.rounds {
                rounds.add(key, interval);
            }
        }
        if let Some(all) = &mut self.all {
            all.add(key, interval);
        }
    }

    /// Closes the turns that are over.
    pub(super) fn close_rounds_before(&mut self, now: Nanos) {
        let rounds = self
            .loads
            .iter_mut()
            .filter_map(|load| load.rounds.as_mut());
        rounds.for_each(|rounds| rounds.close_before(now));
    }
}
