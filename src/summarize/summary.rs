//! From a recording to a summary.

use super::buckets::buckets;
use super::distributions::{failures, outcomes, server_timing, spectrum, split, stats};
use super::matrix::matrix;
use super::negative;
use super::rates::{amplification, counts, of_all, of_load};
use super::recording::{LoadRecording, Recording};
use super::saturation::saturation;
use super::stationarity::stationarity;
use super::thresholds::judge_thresholds;
use crate::recording::{LoadFacts, RunFacts};
use crate::summary::{
    FailureExample, LoadResult, Measurement, OrgResult, Run, RunState, SCHEMA, Signing, Summary,
};
use crate::validity::judge;

/// Everything a report needs.
pub(super) fn summarize(recording: &Recording, facts: &RunFacts) -> Summary {
    let facts = &ended(facts, recording);
    let all = recording.all();
    let total = &all.total;
    let names = recording.server_metrics.all();
    let successes = total.successes();
    let wire = facts.wire.as_ref().map(|wire| wire.result());
    let floor = wire.as_ref().and_then(|wire| wire.min_rtt_ns);
    let mut summary = Summary {
        schema: SCHEMA.to_owned(),
        run: run(facts),
        counts: counts(all, &facts.loads, is_over(facts)),
        rates: of_all(all, facts),
        phases: successes.map(stats).unwrap_or_default(),
        failed_phases: stats(&failures(total)),
        signing: Signing {
            starved: total.tally.starved,
            expired: total.tally.expired,
            ..facts.signing.clone()
        },
        token_endpoint: facts.token_endpoint,
        split: split(total, floor),
        outcomes: outcomes(total),
        statuses: total.statuses.clone(),
        failures: in_order(&recording.failures),
        thresholds: Vec::new(),
        measurement: Measurement::default(),
        spectrum: successes.map(spectrum).unwrap_or_default(),
        windows: recording.windows.rows(facts.elapsed, &facts.warmups()),
        heatmap: recording.windows.heat(),
        slowest: total.slowest.rows(&facts.names(), facts.traces.as_ref()),
        loads: loads(recording, facts, floor),
        warnings: Vec::new(),
        coded_warnings: Vec::new(),
        matrix: None,
        negative: None,
        server_timing: server_timing(total, &names, &facts.server_total),
        wire,
        saturation: None,
        stationarity: None,
        ramp: None,
        stopped: None,
        preflight: facts.preflight,
        buckets: successes.map(|phases| buckets(phases, &total.server_metrics, &names)),
        shards: None,
    };
    if let Some(wire) = &facts.wire {
        wire.fill(&mut summary.windows, &mut summary.slowest);
    }
    let judged = |mix| negative::result(mix, &total.faults, &summary);
    summary.negative = facts.negative.as_ref().map(judged);
    summary.matrix = matrix(recording, facts, &summary.windows, is_over(facts));
    summary.saturation = saturation(&summary);
    summary.stationarity = stationarity(&summary);
    let ramp = recording.ramp.as_ref();
    summary.ramp = ramp.map(|ramp| ramp.breaks(&summary.windows));
    let spans = |spans: &_| total.spans(spans, &names);
    // Those of a shard are judged when all shards are added up.
    if facts.run.shard.is_none() {
        summary.thresholds = judge_thresholds(&facts.thresholds, &summary, spans);
    }
    summary.measurement = judge(&summary, &facts.health);
    summary.warn(facts.warnings.iter().cloned());
    summary
}

/// The run, as long as it has lasted.
fn run(facts: &RunFacts) -> Run {
    Run {
        duration_ns: facts.elapsed.0,
        ..facts.run.clone()
    }
}

/// Failures in the order in which they first occurred, whoever met them.
fn in_order(failures: &[FailureExample]) -> Vec<FailureExample> {
    let mut failures = failures.to_vec();
    failures.sort_by_key(|failure| failure.first_at_ns);
    failures
}

fn is_over(facts: &RunFacts) -> bool {
    facts.run.state != RunState::Running
}

/// The facts of a run that is over: where a load's end was not known beforehand, it is that of its
/// last iteration.
fn ended(facts: &RunFacts, recording: &Recording) -> RunFacts {
    let mut facts = facts.clone();
    if !is_over(&facts) {
        return facts;
    }
    let is_known = facts.loads.iter().all(|load| load.end.is_some());
    for (load, LoadRecording { merged, .. }) in facts.loads.iter_mut().zip(&recording.loads) {
        let last = merged.total.tally.last_end.max(merged.warmup.last_end);
        load.end.get_or_insert(last.min(facts.elapsed));
    }
    if !is_known {
        let last = facts.loads.iter().filter_map(|load| load.end).max();
        facts.elapsed = facts.elapsed.min(last.unwrap_or_default());
    }
    facts
}

/// Each load on its own.
fn loads(recording: &Recording, facts: &RunFacts, floor: Option<u64>) -> Vec<LoadResult> {
    let result = |(recorded, load): (&LoadRecording, &LoadFacts)| {
        let merged = &recorded.merged;
        let total = &merged.total;
        let end = load.end.unwrap_or(facts.elapsed).min(facts.elapsed);
        LoadResult {
            name: load.name.clone(),
            description: load.description.clone(),
            model: load.model,
            start_ns: load.start.0,
            duration_ns: (end - load.start).0,
            planned_duration_ns: load.planned_end.map(|end| (end - load.start).0),
            warmup_ns: load.warmup.0,
            schedule_sha256: load.schedule_sha256.clone(),
            counts: counts(merged, std::slice::from_ref(load), is_over(facts)),
            rates: of_load(merged, load, facts.elapsed),
            starved: total.tally.starved,
            expired: total.tally.expired,
            phases: total.successes().map(stats).unwrap_or_default(),
            failed_phases: stats(&failures(total)),
            split: split(total, floor),
            outcomes: outcomes(total),
            salesforce: load.salesforce.clone().map(|org| OrgResult {
                amplification: amplification(merged, org.re_enqueued),
                ..org
            }),
        }
    };
    let each = recording.loads.iter().zip(&facts.loads);
    each.map(result).collect()
}
