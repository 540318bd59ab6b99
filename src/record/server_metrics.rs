//! The metrics of `Server-Timing` by their places: a histogram each, and what was left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::add_each::add_each;
use super::histogram::Histogram;
use crate::sample::{LeftOut, SERVER_METRICS_MAX, ServerTiming};
use crate::summary::PhaseStats;

/// One histogram for each metric that occurred.
#[derive(Clone, Debug, Default)]
pub(crate) struct MetricSet([Option<Box<Histogram>>; SERVER_METRICS_MAX]);

impl MetricSet {
    pub(super) fn record(&mut self, timing: &ServerTiming) {
        for (place, span) in timing.metrics() {
            self.0[place].get_or_insert_default().record(span);
        }
    }

    /// The distribution of a metric, which is made if there is none.
    pub(super) fn of(&mut self, place: usize) -> Option<&mut Histogram> {
        Some(self.0.get_mut(place)?.get_or_insert_default())
    }

    pub(crate) fn get(&self, place: usize) -> Option<&Histogram> {
        self.0.get(place)?.as_deref()
    }

    /// The metrics that hold anything, by the place of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Histogram)> {
        let all = self.0.iter().enumerate();
        all.filter_map(|(place, histogram)| Some((place, histogram.as_deref()?)))
            .filter(|(_, histogram)| !histogram.is_empty())
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (place, more) in other.iter() {
            self.0[place].get_or_insert_default().merge(more);
        }
    }

    pub(super) fn reset(&mut self) {
        for histogram in self.0.iter_mut().flatten() {
            if !histogram.is_empty() {
                histogram.reset();
            }
        }
    }

    /// What reports show, by name.
    pub(crate) fn stats(&self, names: &[Arc<str>]) -> BTreeMap<String, PhaseStats> {
        self.iter()
            .filter_map(|(place, histogram)| {
                let name = names.get(place)?;
                Some((name.to_string(), histogram.stats()))
            })
            .collect()
    }
}

/// Successes of which something was left out, by what.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct LeftOutTally {
    pub(crate) no_total: u64,
    pub(crate) no_duration: u64,
    pub(crate) not_a_duration: u64,
    pub(crate) too_much: u64,
    pub(crate) too_long: u64,
}

impl LeftOutTally {
    pub(super) fn note(&mut self, left_out: LeftOut) {
        let LeftOut {
            no_total,
            no_duration,
            not_a_duration,
            too_much,
            too_long,
        } = left_out;
        self.no_total += u64::from(no_total);
        self.no_duration += u64::from(no_duration);
        self.not_a_duration += u64::from(not_a_duration);
        self.too_much += u64::from(too_much);
        self.too_long += u64::from(too_long);
    }

    /// All of its counts.
    pub(super) const fn counts(&self) -> [u64; 5] {
        let Self {
            no_total,
            no_duration,
            not_a_duration,
            too_much,
            too_long,
        } = *self;
        [no_total, no_duration, not_a_duration, too_much, too_long]
    }

    pub(crate) fn add(&mut self, more: &Self) {
        add_each!(self, more, [no_total no_duration not_a_duration too_much too_long]);
    }
}
