//! An interval as data.

use serde::{Deserialize, Serialize};

use super::words::{at, place};
use super::{Meanings, NotRecorded, SerialHistogram};
use crate::phase::Phase;
use crate::plan::Fault;
use crate::record::a_second::A_SECOND_MAX;
use crate::record::fault_tally::FaultTally;
use crate::record::latency_split::BandSums;
use crate::record::{Histogram, Interval, Tally};
use crate::sample::{Phases, Sample};
use crate::units::Nanos;

/// What was recorded for one second of one load.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct SerialInterval {
    tally: Tally,
    /// By outcome and phase.
    sets: Vec<(u8, Vec<(u8, SerialHistogram)>)>,
    statuses: Vec<(u16, u64)>,
    faults: Vec<(u8, FaultTally)>,
    /// By the place of the metric's name.
    server_metrics: Vec<(u8, SerialHistogram)>,
    /// By band.
    split: Vec<(u16, BandSums)>,
    slowest: Vec<SlowSample>,
}

/// One of the slowest samples: what reports show of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct SlowSample {
    seq: u64,
    due: u64,
    started: u64,
    finished: u64,
    status: Option<u16>,
    signed_in_path: bool,
    phases: Vec<(u8, u64)>,
}

impl From<&Interval> for SerialInterval {
    fn from(interval: &Interval) -> Self {
        let sets = interval.outcomes().map(|(outcome, set)| {
            let phases = set
                .iter()
                .map(|(phase, histogram)| (place(phase.index()), histogram.into()));
            (place(outcome.index()), phases.collect())
        });
        let faults = interval.faults.iter().map(|(fault, tally)| {
            let index = Fault::ALL.iter().position(|known| known == fault);
            (place(index.unwrap_or_default()), tally.clone())
        });
        let metrics = interval.server_metrics.iter();
        Self {
            tally: interval.tally,
            sets: sets.collect(),
            statuses: interval
                .statuses
                .iter()
                .map(|(status, count)| (*status, *count))
                .collect(),
            faults: faults.collect(),
            server_metrics: metrics
                .map(|(metric, spans)| (place(metric), spans.into()))
                .collect(),
            split: interval.split.bands().collect(),
            slowest: interval.slowest.iter().map(SlowSample::from).collect(),
        }
    }
}

impl SerialInterval {
    /// What was counted.
    pub(crate) const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Adds the spans of one phase of the successes to others.
    ///
    /// # Errors
    ///
    /// No recorder records such data.
    pub(crate) fn add_success(
        &self,
        phase: Phase,
        to: &mut Histogram,
        meanings: &Meanings,
    ) -> Result<(), NotRecorded> {
        for (outcome, phases) in &self.sets {
            if !at(&meanings.outcomes, *outcome)?.is_ok() {
                continue;
            }
            for (its, spans) in phases {
                if at(&meanings.phases, *its)? == phase {
                    spans.add_to(to)?;
                }
            }
        }
        Ok(())
    }

    /// Adds this to what else was recorded for the second. `metrics` has the places of the metrics of
    /// `Server-Timing` in the interval by their places in the data; of others, the spans are left out.
    ///
    /// # Errors
    ///
    /// No recorder records such data.
    pub(crate) fn add_to(
        &self,
        interval: &mut Interval,
        meanings: &Meanings,
        metrics: &[Option<usize>],
    ) -> Result<(), NotRecorded> {
        let counted = self.statuses.iter().map(|(_, count)| *count);
        let are_plausible = counted.into_iter().all(|count| count <= A_SECOND_MAX)
            && self.tally.is_plausible()
            && self.faults.iter().all(|(_, tally)| tally.is_plausible());
        if !are_plausible {
            return Err(NotRecorded("it counts more than can happen in a second"));
        }
        interval.tally.add(&self.tally);
        for (outcome, phases) in &self.sets {
            let outcome = at(&meanings.outcomes, *outcome)?;
            let set = interval.sets[outcome.index()].get_or_insert_default();
            for (phase, spans) in phases {
                spans.add_to(set.of(at(&meanings.phases, *phase)?))?;
            }
        }
        for (status, count) in &self.statuses {
            *interval.statuses.entry(*status).or_default() += count;
        }
        for (fault, tally) in &self.faults {
            let fault = at(&meanings.faults, *fault)?;
            interval.faults.entry(fault).or_default().add(tally);
        }
        for (metric, spans) in &self.server_metrics {
            let known = metrics.get(usize::from(*metric)).copied().flatten();
            if let Some(known) = known.and_then(|known| interval.server_metrics.of(known)) {
                spans.add_to(known)?;
            }
        }
        for (band, sums) in &self.split {
            if !interval.split.add_to_band(*band, sums) {
                return Err(NotRecorded("a latency is longer than any that is recorded"));
            }
        }
        for slow in &self.slowest {
            interval.slowest.offer(&slow.sample(meanings)?);
        }
        Ok(())
    }
}

impl From<&Sample> for SlowSample {
    fn from(sample: &Sample) -> Self {
        let phases = sample.phases.iter();
        Self {
            seq: sample.seq,
            due: sample.due.0,
            started: sample.started.0,
            finished: sample.finished.0,
            status: sample.status,
            signed_in_path: sample.signed_in_path,
            phases: phases
                .map(|(phase, span)| (place(phase.index()), span.0))
                .collect(),
        }
    }
}

impl SlowSample {
    fn sample(&self, meanings: &Meanings) -> Result<Sample, NotRecorded> {
        let mut phases = Phases::default();
        for (phase, span) in &self.phases {
            phases.set(at(&meanings.phases, *phase)?, Nanos(*span));
        }
        Ok(Sample {
            finished: Nanos(self.finished),
            outcome: crate::sample::Outcome::Ok,
            status: self.status,
            signed_in_path: self.signed_in_path,
            ..Sample::begun(self.seq, Nanos(self.due), Nanos(self.started), phases)
        })
    }
}
