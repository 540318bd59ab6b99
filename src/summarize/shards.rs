//! What each shard of a run did, and what that means for the whole.

use std::cmp::Reverse;

use crate::phase::Phase;
use crate::record::{Histogram, Meanings, NotRecorded, Period, SerialInterval, Tally};
use crate::recording::RunFacts;
use crate::summary::{
    AnyReasonCode, Measurement, Reason, ReasonCode, RunState, ShardResult, Validity,
};
use crate::units::{Nanos, float};

/// What is kept of one shard beside what it adds to the whole.
#[derive(Debug, Default)]
pub(super) struct ShardTally {
    total: Tally,
    latency: Histogram,
    lag: Histogram,
}

impl ShardTally {
    /// Adds what the shard recorded in one second for one load.
    pub(super) fn add(
        &mut self,
        period: Period,
        interval: &SerialInterval,
        meanings: &Meanings,
    ) -> Result<(), NotRecorded> {
        if period != Period::Measured {
            return Ok(());
        }
        self.total.add(interval.tally());
        interval.add_success(Phase::Latency, &mut self.latency, meanings)?;
        interval.add_success(Phase::Lag, &mut self.lag, meanings)
    }

    /// What the report shows of it.
    pub(super) fn result(
        &self,
        facts: &RunFacts,
        until: Nanos,
        measurement: Option<&Measurement>,
    ) -> ShardResult {
        let at = |histogram: &Histogram, fraction| histogram.at(fraction).map(|span| span.0);
        let measured = facts
            .loads
            .iter()
            .flat_map(|load| load.measured(facts.elapsed));
        let begin = measured
            .clone()
            .map(|span| span.start)
            .min()
            .unwrap_or_default();
        let end = measured.map(|span| span.end).max().unwrap_or_default();
        let measured_s = (end - begin).as_secs_f64();
        let tally = &self.total;
        ShardResult {
            name: facts.run.shard.clone().unwrap_or_default(),
            agent: facts.run.agent.clone(),
            state: facts.run.state,
            ended: measurement.is_some(),
            until_ns: until.0,
            planned: tally.planned,
            started: tally.started,
            ok: tally.ok,
            failed: tally.failed,
            dropped: tally.dropped,
            achieved_per_s: (measured_s > 0.0).then(|| float(tally.ok_in_time) / measured_s),
            latency_p50_ns: at(&self.latency, 0.5),
            latency_p99_ns: at(&self.latency, 0.99),
            lag_p99_ns: at(&self.lag, 0.99),
            tokens_minted: facts.signing.tokens_minted,
            signer_utilisation: facts.signing.utilisation,
            own_cpu: measurement.and_then(|measurement| measurement.own_cpu),
            verdict: measurement.map_or(Validity::Invalid, |measurement| measurement.verdict),
            reasons: measurement
                .map(|measurement| measurement.reasons.clone())
                .unwrap_or_default(),
            coded_reasons: measurement
                .map(|measurement| measurement.coded_reasons.clone())
                .unwrap_or_default(),
        }
    }
}

/// Whether the figures of the whole can be trusted: no more than those of its worst shard.
///
/// `whole` is judged by the figures of the whole run. What a shard says of itself is told with its name, and
/// then stands for what the whole says of the same.
pub(super) fn measurement(whole: &Measurement, shards: &[ShardResult]) -> Measurement {
    let mut reasons = of_shards(shards);
    let own = whole.coded_reasons.iter().filter(|reason| {
        let is_told = |told: &Reason| told.code == reason.code;
        reason.code != ReasonCode::GeneratorUnknown && !reasons.iter().any(is_told)
    });
    let own: Vec<Reason> = own.cloned().collect();
    reasons.extend(own);
    let is_whole = |reason: &Reason| reason.code != ReasonCode::ShardIncomplete;
    reasons.sort_by_key(|reason| (Reverse(reason.verdict), is_whole(reason)));
    let busiest = shards
        .iter()
        .filter_map(|shard| shard.own_cpu)
        .reduce(f64::max);
    Measurement {
        own_cpu: busiest,
        own_cpu_ns: None,
        steal: None,
        wakeup_p99_ns: None,
        wakeup_max_ns: None,
        peak_rss_bytes: None,
        kernel_stamps: whole.kernel_stamps,
        ..Measurement::of(reasons)
    }
}

/// What shards say of themselves, each thing once: by the shard that it is worst for, and with the number of
/// the others.
fn of_shards(shards: &[ShardResult]) -> Vec<Reason> {
    let mut all: Vec<(&ShardResult, Reason)> = Vec::new();
    for shard in shards {
        all.extend(of_shard(shard).into_iter().map(|reason| (shard, reason)));
    }
    let mut reasons: Vec<Reason> = Vec::new();
    while let Some((_, first)) = all.first() {
        let code = first.code.clone();
        let (alike, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(_, one)| one.code == code);
        all = others;
        let worst = alike.iter().rev().max_by_key(|(_, reason)| reason.verdict);
        let Some((shard, worst)) = worst else {
            continue;
        };
        let is_same = alike.iter().all(|(_, reason)| reason.text == worst.text);
        let text = &worst.text;
        let text = match alike.len() - 1 {
            0 => format!("shard {}: {text}", shard.label()),
            _ if is_same && alike.len() == shards.len() => format!("all shards: {text}"),
            1 => format!("shard {}, and one other: {text}", shard.label()),
            others => format!("shard {}, and {others} others: {text}", shard.label()),
        };
        reasons.push(Reason {
            text,
            ..worst.clone()
        });
    }
    reasons
}

fn of_shard(shard: &ShardResult) -> Vec<Reason> {
    if !shard.ended || shard.state == RunState::Running {
        let until = Nanos(shard.until_ns);
        return vec![Reason {
            code: AnyReasonCode::Known(ReasonCode::ShardIncomplete),
            verdict: Validity::Invalid,
            text: format!("it did not come to its end; its recording ends after {until}"),
        }];
    }
    shard.coded_reasons.clone()
}
