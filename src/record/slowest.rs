//! The slowest iterations, kept whole in bounded memory.

use std::collections::BTreeMap;

use crate::phase::Phase;
use crate::sample::{Sample, Traces};
use crate::summary::SlowIteration;
use crate::units::{Nanos, count};

/// How many are kept: more than anyone reads, fewer than anyone would miss.
const KEPT: usize = 20;

/// The slowest samples so far, slowest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slowest(Vec<Kept>);

/// A sample and the number of its load.
#[derive(Clone, Copy, Debug)]
struct Kept {
    load: usize,
    sample: Sample,
}

impl Slowest {
    /// Offers a sample of a load whose number is not known here.
    pub(super) fn offer(&mut self, sample: &Sample) {
        self.keep(&Kept {
            load: 0,
            sample: *sample,
        });
    }

    /// Says which load all of them are of.
    pub(crate) fn are_of(&mut self, load: usize) {
        self.0.iter_mut().for_each(|kept| kept.load = load);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for kept in &other.0 {
            self.keep(kept);
        }
    }

    pub(super) fn reset(&mut self) {
        self.0.clear();
    }

    /// Each of them, slowest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Sample> {
        self.0.iter().map(|kept| &kept.sample)
    }

    /// As they are reported; `names` are those of the loads, where there are several, and `traces`
    /// are those of the callouts, where they carry any.
    pub(crate) fn rows(&self, names: &[&str], traces: Option<&Traces>) -> Vec<SlowIteration> {
        let row = |Kept { load, sample }: &Kept| SlowIteration {
            load: names.get(*load).map(|name| (*name).to_owned()),
            seq: sample.seq,
            due_ns: sample.due.0,
            status: sample.status,
            trace_id: traces.map(|traces| traces.of(count(*load), sample.seq).to_string()),
            trace_sampled: traces.is_some_and(|traces| traces.is_sampled(count(*load), sample.seq)),
            retransmits: None,
            phases_ns: sample
                .phases
                .iter()
                .map(|(phase, span)| (phase, span.0))
                .collect::<BTreeMap<_, _>>(),
        };
        self.0.iter().map(row).collect()
    }

    fn keep(&mut self, one: &Kept) {
        let latency = latency(one);
        let is_full = self.0.len() == KEPT;
        if is_full
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
        self.0.insert(place, *one);
    }
}

fn latency(kept: &Kept) -> Nanos {
    kept.sample.phases.or_zero(Phase::Latency)
}
