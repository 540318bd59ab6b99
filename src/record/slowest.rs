//! The slowest iterations, kept whole in bounded memory.

use std::collections::BTreeMap;

use crate::phase::Phase;
use crate::sample::Sample;
use crate::summary::SlowIteration;
use crate::units::Nanos;

/// How many are kept: more than anyone reads, fewer than anyone would miss.
const KEPT: usize = 20;

/// The slowest samples so far, slowest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Slowest(Vec<Sample>);

impl Slowest {
    pub(super) fn offer(&mut self, sample: &Sample) {
        let latency = latency(sample);
        if self.0.len() == KEPT
            && self
                .0
                .last()
                .is_some_and(|last| latency <= self::latency(last))
        {
            return;
        }
        let place = self
            .0
            .partition_point(|kept| self::latency(kept) >= latency);
        self.0.truncate(KEPT - 1);
        self.0.insert(place, *sample);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for sample in &other.0 {
            self.offer(sample);
        }
    }

    pub(super) fn reset(&mut self) {
        self.0.clear();
    }

    /// Each of them, slowest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Sample> {
        self.0.iter()
    }

    pub(super) fn rows(&self) -> Vec<SlowIteration> {
        self.0
            .iter()
            .map(|sample| SlowIteration {
                seq: sample.seq,
                due_ns: sample.due.0,
                status: sample.status,
                phases_ns: sample
                    .phases
                    .iter()
                    .map(|(phase, span)| (phase, span.0))
                    .collect::<BTreeMap<_, _>>(),
            })
            .collect()
    }
}

fn latency(sample: &Sample) -> Nanos {
    sample.phases.or_zero(Phase::Latency)
}
