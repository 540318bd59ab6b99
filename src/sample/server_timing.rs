//! What one answer's `Server-Timing` said (W3C Server Timing), by the place of each metric's name.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use parking_lot::Mutex;

use crate::units::Nanos;

/// Names of metrics that a run knows: each has a histogram. An API has a handful; what comes
/// beyond is left out, and said.
pub const SERVER_METRICS_MAX: usize = 12;

/// What one answer's `Server-Timing` said.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerTiming {
    /// The whole of the server's time, by its own account.
    pub total: Option<Nanos>,
    /// What was not taken, and why.
    pub left_out: LeftOut,
    spans: [Nanos; SERVER_METRICS_MAX],
    present: u16,
}

/// What of a `Server-Timing` was not taken.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts of one answer, none of which excludes another"
)]
pub struct LeftOut {
    /// There was a duration and none was the total, so the largest stands for it.
    pub no_total: bool,
    /// A metric had no `dur`.
    pub no_duration: bool,
    /// A metric could not be read: its name is not a token, or its `dur` is not a number, negative,
    /// or more than an hour.
    pub not_a_duration: bool,
    /// There were more metrics, names or bytes than are read.
    pub too_much: bool,
    /// A duration was longer than the wait for the answer.
    pub too_long: bool,
}

impl LeftOut {
    /// Whether all was taken.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

impl ServerTiming {
    /// The metrics that the answer had, by the place of their names.
    pub fn metrics(&self) -> impl Iterator<Item = (usize, Nanos)> + '_ {
        let spans = self.spans.iter().copied().enumerate();
        spans.filter(|(place, _)| self.present & (1 << place) != 0)
    }

    /// Notes a metric; of one that is there twice the longer counts, for the other is within it.
    pub fn set(&mut self, place: usize, span: Nanos) {
        if let Some(known) = self.spans.get_mut(place) {
            *known = (*known).max(span);
            self.present |= 1 << place;
        }
    }

    /// Takes out what is longer than the wait, `network`. `Server-Timing` has often whole
    /// milliseconds, so up to one too much is rounding.
    #[must_use]
    pub fn within(mut self, network: Nanos) -> Self {
        let most = network + Nanos::from_millis(1);
        if self.total.is_some_and(|total| total > most) {
            self.total = None;
            self.left_out.too_long = true;
        }
        self.total = self.total.map(|total| total.min(network));
        for place in 0..SERVER_METRICS_MAX {
            if self.present & (1 << place) != 0 && self.spans[place] > most {
                self.present &= !(1 << place);
                self.left_out.too_long = true;
            }
        }
        self
    }
}

/// The names of the metrics of a run, in the order in which they were first seen.
#[derive(Clone, Debug, Default)]
pub struct MetricNames {
    names: Arc<Mutex<Vec<Arc<str>>>>,
    has_total: Arc<AtomicBool>,
}

impl MetricNames {
    /// The place of a name, which gets one if there is room.
    pub fn place(&self, name: &str) -> Option<usize> {
        let mut names = self.names.lock();
        let known = names.iter().position(|known| &**known == name);
        if known.is_none() && names.len() < SERVER_METRICS_MAX {
            names.push(name.into());
            return Some(names.len() - 1);
        }
        known
    }

    /// Notes that an answer of the run had a `total`.
    pub fn note_total(&self) {
        // Written once: the line would go to and fro between the cores otherwise.
        if !self.has_total() {
            self.has_total.store(true, Relaxed);
        }
    }

    /// Whether an answer of the run had a `total`; if so, an answer without one has no total.
    pub fn has_total(&self) -> bool {
        self.has_total.load(Relaxed)
    }

    /// All of them.
    pub fn all(&self) -> Vec<Arc<str>> {
        self.names.lock().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_longer_than_the_wait_is_left_out_and_said() {
        let ms = Nanos::from_millis;
        let mut timing = ServerTiming {
            total: Some(ms(9)),
            ..ServerTiming::default()
        };
        timing.set(0, ms(20));
        timing.set(1, ms(2));
        timing.set(1, ms(1));
        let whole = timing.within(Nanos(8_500_000));
        assert_eq!(whole.total, Some(Nanos(8_500_000)));
        assert!(whole.metrics().eq([(1, ms(2))]));
        assert!(whole.left_out.too_long);
        assert_eq!(timing.within(ms(7)).total, None);
    }

    #[test]
    fn names_beyond_the_limit_have_no_place() {
        let names = MetricNames::default();
        for place in 0..SERVER_METRICS_MAX {
            assert_eq!(names.place(&place.to_string()), Some(place));
        }
        assert_eq!(names.place("another"), None);
        assert_eq!(names.place("3"), Some(3));
    }
}
