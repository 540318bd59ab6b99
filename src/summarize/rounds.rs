//! What each turn of a variant came to, apart from all its other turns.

use std::collections::BTreeMap;

use super::STRAGGLERS_MAX;
use crate::phase::Phase;
use crate::plan::Turns;
use crate::record::{Histogram, Interval, IntervalKey, Period, Tally};
use crate::summary::RoundResult;
use crate::units::Nanos;

/// All turns of one variant.
#[derive(Debug)]
pub(super) struct Rounds {
    turns: Turns,
    /// Turns for which something may still come, by their round.
    open: BTreeMap<usize, OpenTurn>,
    closed: BTreeMap<usize, RoundResult>,
}

#[derive(Debug, Default)]
struct OpenTurn {
    tally: Tally,
    latency: Histogram,
    network: Histogram,
}

impl Rounds {
    pub(super) const fn new(turns: Turns) -> Self {
        Self {
            turns,
            open: BTreeMap::new(),
            closed: BTreeMap::new(),
        }
    }

    /// The turns themselves.
    pub(super) const fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Adds what was recorded for one second.
    pub(super) fn add(&mut self, key: IntervalKey, interval: &Interval) {
        let round = self.turns.round_of(Nanos::from_secs(key.second));
        let (Some(round), Period::Measured) = (round, key.period) else {
            return;
        };
        if self.closed.contains_key(&round) {
            return;
        }
        let open = self.open.entry(round).or_default();
        open.tally.add(&interval.tally);
        let ok = interval.successes();
        for (phase, histogram) in [
            (Phase::Latency, &mut open.latency),
            (Phase::Network, &mut open.network),
        ] {
            if let Some(more) = ok.and_then(|ok| ok.get(phase)) {
                histogram.merge(more);
            }
        }
    }

    /// Closes the turns that are over and settled.
    pub(super) fn close_before(&mut self, now: Nanos) {
        let over = self.turns.blocks().enumerate();
        for (round, block) in over.take_while(|(_, block)| block.end + Nanos::SECOND < now) {
            let is_done = |open: &OpenTurn| open.is_settled() || block.end + STRAGGLERS_MAX < now;
            if self.open.get(&round).is_some_and(is_done)
                && let Some(open) = self.open.remove(&round)
            {
                self.closed.insert(round, open.result(round));
            }
        }
    }

    /// What came of each turn so far, in order.
    pub(super) fn results(&self) -> Vec<RoundResult> {
        let open = self.open.iter().map(|(round, open)| open.result(*round));
        let mut all: Vec<_> = self.closed.values().cloned().chain(open).collect();
        all.sort_by_key(|result| result.round);
        all
    }
}

impl OpenTurn {
    fn is_settled(&self) -> bool {
        self.tally.settled >= self.tally.planned
    }

    fn result(&self, round: usize) -> RoundResult {
        let at = |histogram: &Histogram, fraction| histogram.at(fraction).map(|span| span.0);
        let mean = (!self.latency.is_empty()).then(|| self.latency.stats().mean_ns);
        RoundResult {
            round: u32::try_from(round).unwrap_or(u32::MAX),
            ok: self.latency.len(),
            failed: self
                .tally
                .settled
                .saturating_sub(self.latency.len() + self.tally.dropped),
            latency_mean_ns: mean,
            latency_p50_ns: at(&self.latency, 0.5),
            latency_p90_ns: at(&self.latency, 0.9),
            latency_p99_ns: at(&self.latency, 0.99),
            network_p50_ns: at(&self.network, 0.5),
            network_p99_ns: at(&self.network, 0.99),
            cpu_ns: None,
        }
    }
}
