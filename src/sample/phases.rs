//! The spans of one iteration, by phase.

use crate::phase::Phase;
use crate::units::Nanos;

/// A span for each phase that took place.
///
/// A phase that did not take place is absent, which is not the same as zero: only the
/// iteration that opened a connection has a `connect`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Phases {
    spans: [Nanos; Phase::COUNT],
    present: u32,
}

/// The latency, what the server tells of it, and then the parts that add up to it; `send`, `wait` and
/// `receive` are in `network`.
pub const LATENCY_AND_PARTS: [Phase; 12] = [
    Phase::Latency,
    Phase::Server,
    Phase::Lag,
    Phase::Queue,
    Phase::Retry,
    Phase::SignWait,
    Phase::Exchange,
    Phase::Dns,
    Phase::Connect,
    Phase::Tls,
    Phase::Network,
    Phase::Pickup,
];

impl Phases {
    /// The span of a phase, if it took place.
    pub fn get(&self, phase: Phase) -> Option<Nanos> {
        (self.present & (1 << phase.index()) != 0).then(|| self.spans[phase.index()])
    }

    /// The span of a phase, or zero.
    pub fn or_zero(&self, phase: Phase) -> Nanos {
        self.get(phase).unwrap_or_default()
    }

    /// The phases that took place, in the order of the timeline.
    pub fn iter(&self) -> impl Iterator<Item = (Phase, Nanos)> + '_ {
        Phase::ALL
            .into_iter()
            .filter_map(|phase| self.get(phase).map(|span| (phase, span)))
    }

    /// The sum of the parts of the latency, with `sign` only where it was waited for.
    pub fn sum_of_parts(&self, signed_in_path: bool) -> Nanos {
        let [_, _, parts @ ..] = LATENCY_AND_PARTS;
        let parts: Nanos = parts.into_iter().map(|phase| self.or_zero(phase)).sum();
        if signed_in_path {
            parts + self.or_zero(Phase::Sign)
        } else {
            parts
        }
    }

    /// Forgets a phase, as if it had not taken place.
    pub fn clear(&mut self, phase: Phase) {
        self.present &= !(1 << phase.index());
    }

    /// Notes the span of a phase; a second one for the same phase replaces the first.
    pub fn set(&mut self, phase: Phase, span: Nanos) {
        self.spans[phase.index()] = span;
        self.present |= 1 << phase.index();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_phase_is_not_a_zero_one() {
        let mut phases = Phases::default();
        phases.set(Phase::Lag, Nanos::ZERO);
        assert_eq!(phases.get(Phase::Lag), Some(Nanos::ZERO));
        assert_eq!(phases.get(Phase::Connect), None);
    }

    #[test]
    fn signing_counts_only_where_it_was_waited_for() {
        let mut phases = Phases::default();
        phases.set(Phase::Sign, Nanos(700));
        phases.set(Phase::Network, Nanos(5_000));
        assert_eq!(phases.sum_of_parts(true), Nanos(5_700));
        assert_eq!(phases.sum_of_parts(false), Nanos(5_000));
    }
}
