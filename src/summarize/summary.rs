//! From a recording to a summary.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use super::buckets::buckets;
use super::collector::{Collector, Merged};
use super::matrix::matrix;
use super::negative;
use super::steadiness::{saturation, stationarity};
use super::thresholds::judge_thresholds;
use super::wire::WireTally;
use crate::phase::Phase;
use crate::plan::{Matrix, Negative, Threshold, Turns};
use crate::record::{Delta, Histogram, LeftOutTally, PhaseSet, Tally};
use crate::sample::{Outcome, Traces};
use crate::summary::{
    Counts, LoadResult, Measurement, Model, OrgResult, PreflightResult, Rates, Run, RunState,
    SCHEMA, ServerTimingResult, Signing, SpectrumPoint, Split, SplitRow, Summary,
    TokenEndpointResult, Validity,
};
use crate::units::{Nanos, float};
use crate::validity::{Health, judge};

/// The phases whose whole spectrum is kept.
const SPECTRA: [Phase; 3] = [Phase::Latency, Phase::Service, Phase::Network];

/// What the recording itself cannot know.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What was run, where and when.
    pub run: Run,
    /// Each load, in the order of its recorders.
    pub loads: Vec<LoadFacts>,
    /// How tokens were made; `starved` and `expired` are filled in from the recording.
    pub signing: Signing,
    /// What was asked of a token endpoint.
    pub token_endpoint: Option<TokenEndpointResult>,
    /// What must hold.
    pub thresholds: Vec<Threshold>,
    /// How long the load has lasted, warm-up included.
    pub elapsed: Nanos,
    /// How the generator itself fared.
    pub health: Health,
    /// The bad tokens that were sent, if any were.
    pub negative: Option<Negative>,
    /// How the loads took turns, if they did.
    pub matrix: Option<Matrix>,
    /// What the reader should know of the load itself.
    pub warnings: Vec<String>,
    /// What the kernel said of the connections.
    pub wire: Option<Arc<WireTally>>,
    /// The traces of the callouts, where they carry any.
    pub traces: Option<Traces>,
    /// The metrics of `Server-Timing` that the scenario takes for the total.
    pub server_total: Vec<String>,
    /// The callout that was made before the load, if one was.
    pub preflight: Option<PreflightResult>,
}

/// What the recording of one load cannot know.
#[derive(Clone, Debug)]
pub struct LoadFacts {
    /// Its name.
    pub name: String,
    /// In words.
    pub description: String,
    /// Whether its arrivals waited for answers.
    pub model: Model,
    /// When it begins.
    pub start: Nanos,
    /// Its warm-up.
    pub warmup: Nanos,
    /// When it ends, where that is known beforehand.
    pub planned_end: Option<Nanos>,
    /// When it ends, or did.
    pub end: Option<Nanos>,
    /// The rate that it asks for on average past its warm-up, in an open model.
    pub asked_per_s: Option<f64>,
    /// The hash of its schedule.
    pub schedule_sha256: Option<String>,
    /// When it has its turn, if it takes turns with others.
    pub turns: Option<Turns>,
    /// Answers that came after the caller had given up.
    pub late: u64,
    /// What the org did and lost; its amplification is filled in from the recording.
    pub salesforce: Option<OrgResult>,
}

impl LoadFacts {
    /// Leads lost to limits of Salesforce.
    fn lost(&self) -> u64 {
        let lost = self.salesforce.iter().flat_map(|org| org.lost.values());
        lost.sum()
    }

    /// The spans that are measured, as far as they have come.
    fn measured(&self, elapsed: Nanos) -> Vec<Range<Nanos>> {
        let from = self.start + self.warmup;
        let until = self.end.unwrap_or(elapsed).min(elapsed).max(from);
        match &self.turns {
            None => vec![from..until],
            Some(turns) => turns
                .measured()
                .take_while(|turn| turn.start < until)
                .map(|turn| turn.start..turn.end.min(until))
                .collect(),
        }
    }

    /// The same with its end known: where it was not beforehand, it is that of the load's
    /// last iteration.
    fn ended(mut self, merged: &Merged, elapsed: Nanos) -> Self {
        let last = merged.total.tally.last_end.max(merged.warmup.last_end);
        self.end.get_or_insert(last.min(elapsed));
        self
    }
}

impl Facts {
    /// The facts of a run that is over.
    fn ended<W: Write>(mut self, collector: &Collector<W>) -> Self {
        let is_known = self.loads.iter().all(|load| load.end.is_some());
        let loads = std::mem::take(&mut self.loads).into_iter();
        self.loads = loads
            .zip(collector.loads())
            .map(|(load, merged)| load.ended(merged, self.elapsed))
            .collect();
        if !is_known {
            let last = self.loads.iter().filter_map(|load| load.end).max();
            self.elapsed = self.elapsed.min(last.unwrap_or_default());
        }
        self
    }
}

pub(super) fn summarize<W: Write>(collector: &Collector<W>, facts: &Facts) -> Summary {
    let total = &collector.all().total;
    let is_over = facts.run.state != RunState::Running;
    let facts = &if is_over {
        facts.clone().ended(collector)
    } else {
        facts.clone()
    };
    let late = facts.loads.iter().map(|load| load.late).sum();
    let lost = facts.loads.iter().map(LoadFacts::lost).sum();
    let counts = counts(collector.all(), (late, lost), is_over);
    let mut rates = rates(facts, (total.tally.planned, total.tally.ok_in_time));
    rates.amplification = amplification(collector.all(), re_enqueued(facts.loads.iter()));
    let ok = total.sets[Outcome::Ok.index()].as_deref();
    let wire = facts.wire.as_ref().map(|wire| wire.result());
    let floor = wire.as_ref().and_then(|wire| wire.min_rtt_ns);
    let mut signing = facts.signing.clone();
    signing.starved = total.tally.starved;
    signing.expired = total.tally.expired;
    let mut summary = Summary {
        schema: SCHEMA.to_owned(),
        run: facts.run.clone(),
        counts,
        rates,
        phases: ok.map(stats).unwrap_or_default(),
        failed_phases: stats(&failures(total)),
        signing,
        token_endpoint: facts.token_endpoint,
        split: split(total, floor),
        outcomes: outcomes(total),
        statuses: total.statuses.clone(),
        failures: collector.failures.clone(),
        thresholds: Vec::new(),
        measurement: Measurement {
            verdict: Validity::Valid,
            reasons: Vec::new(),
            own_cpu: None,
            own_cpu_ns: None,
            steal: None,
            wakeup_p99_ns: None,
            wakeup_max_ns: None,
            kernel_stamps: None,
            peak_rss_bytes: None,
        },
        spectrum: ok.map(spectrum).unwrap_or_default(),
        windows: collector.windows.rows(facts.elapsed, &warmups(facts)),
        heatmap: collector.windows.heat(),
        slowest: total.slowest.rows(&names(facts), facts.traces.as_ref()),
        loads: loads(collector, facts, floor),
        warnings: facts.warnings.clone(),
        matrix: None,
        negative: None,
        server_timing: server_timing(collector, facts),
        wire,
        saturation: None,
        stationarity: None,
        stopped: None,
        preflight: facts.preflight,
        buckets: ok.map(|ok| {
            let names = collector.server_metrics().all();
            buckets(ok, &total.server_metrics, &names)
        }),
    };
    if let Some(wire) = &facts.wire {
        wire.fill(&mut summary.windows);
        for slow in &mut summary.slowest {
            let latency = slow.phases_ns.get(&Phase::Latency).copied();
            let until = Nanos(slow.due_ns + latency.unwrap_or_default());
            slow.retransmits = wire.resent_within(Nanos(slow.due_ns), until);
        }
    }
    let mix = facts.negative.as_ref();
    summary.negative = mix.map(|mix| negative::result(mix, &total.faults, &summary));
    summary.matrix = matrix(collector, facts, &summary.windows, is_over);
    summary.run.duration_ns = facts.elapsed.0;
    summary.saturation = saturation(&summary);
    summary.stationarity = stationarity(&summary);
    let names = collector.server_metrics().all();
    summary.thresholds = judge_thresholds(&facts.thresholds, &summary, |spans| {
        total.spans(spans, &names)
    });
    summary.measurement = judge(&summary, &facts.health);
    summary
}

/// The names of the loads, where there are several.
fn names(facts: &Facts) -> Vec<&str> {
    match facts.loads.as_slice() {
        [_] => Vec::new(),
        loads => loads.iter().map(|load| load.name.as_str()).collect(),
    }
}

/// When loads warm up.
fn warmups(facts: &Facts) -> Vec<Range<Nanos>> {
    let loads = facts.loads.iter();
    loads
        .map(|load| load.start..load.start + load.warmup)
        .collect()
}

/// Each load on its own.
fn loads<W: Write>(collector: &Collector<W>, facts: &Facts, floor: Option<u64>) -> Vec<LoadResult> {
    let is_over = facts.run.state != RunState::Running;
    let result = |(merged, load): (&Merged, &LoadFacts)| {
        let total = &merged.total;
        let measured = load.measured(facts.elapsed);
        let counts = counts(merged, (load.late, load.lost()), is_over);
        let ok = total.sets[Outcome::Ok.index()].as_deref();
        LoadResult {
            name: load.name.clone(),
            description: load.description.clone(),
            model: load.model,
            start_ns: load.start.0,
            duration_ns: (load.end.unwrap_or(facts.elapsed).min(facts.elapsed) - load.start).0,
            planned_duration_ns: load.planned_end.map(|end| (end - load.start).0),
            warmup_ns: load.warmup.0,
            schedule_sha256: load.schedule_sha256.clone(),
            counts,
            rates: Rates {
                amplification: amplification(merged, re_enqueued(std::iter::once(load))),
                ..achieved(
                    load.asked_per_s,
                    (total.tally.planned, total.tally.ok_in_time),
                    together(measured.into_iter()),
                )
            },
            starved: total.tally.starved,
            expired: total.tally.expired,
            phases: ok.map(stats).unwrap_or_default(),
            failed_phases: stats(&failures(total)),
            split: split(total, floor),
            outcomes: outcomes(total),
            salesforce: load.salesforce.clone().map(|org| OrgResult {
                amplification: amplification(merged, org.re_enqueued),
                ..org
            }),
        }
    };
    collector.loads().zip(&facts.loads).map(result).collect()
}

/// Callouts that a Finalizer made again, the warm-up's included.
fn re_enqueued<'l>(loads: impl Iterator<Item = &'l LoadFacts>) -> u64 {
    loads
        .filter_map(|load| load.salesforce.as_ref())
        .map(|org| org.re_enqueued)
        .sum()
}

/// Requests sent for each lead that was posted, the warm-up's included, for of what a Finalizer
/// made again nobody knows whether it was part of that.
fn amplification(merged: &Merged, re_enqueued: u64) -> Option<f64> {
    let (total, warm) = (&merged.total.tally, &merged.warmup);
    let started = total.started + warm.started;
    let asked = started.saturating_sub(re_enqueued);
    let again = |tally: &Tally| tally.retried + tally.resent;
    let requests = started + again(total) + again(warm);
    (asked > 0).then(|| float(requests) / float(asked))
}

/// The rates of all loads together, over the time in which any of them is measured.
fn rates(facts: &Facts, (planned, ok_in_time): (u64, u64)) -> Rates {
    let measured = together(
        facts
            .loads
            .iter()
            .flat_map(|load| load.measured(facts.elapsed)),
    );
    let as_planned = |load: &LoadFacts| load.measured(load.end.unwrap_or(facts.elapsed));
    let asked_for = together(facts.loads.iter().flat_map(as_planned)).as_secs_f64();
    let asked: Option<Vec<f64>> = facts
        .loads
        .iter()
        .map(|load| {
            let share = together(as_planned(load).into_iter()).as_secs_f64() / asked_for;
            Some(load.asked_per_s? * share)
        })
        .collect();
    // Of a run that was cut off in its warm-up there is no share to ask for.
    let asked = asked.filter(|_| asked_for > 0.0);
    let asked = asked.map(|asked| asked.into_iter().sum());
    achieved(asked, (planned, ok_in_time), measured)
}

fn achieved(asked_per_s: Option<f64>, (planned, ok_in_time): (u64, u64), measured: Nanos) -> Rates {
    let measured_s = measured.as_secs_f64();
    let per_s = |count| (measured_s > 0.0).then(|| float(count) / measured_s);
    Rates {
        asked_per_s,
        planned_per_s: asked_per_s.and_then(|_| per_s(planned)),
        achieved_per_s: per_s(ok_in_time).unwrap_or(0.0),
        measured_s,
        amplification: None,
    }
}

/// How long any of the spans goes on.
fn together(spans: impl Iterator<Item = Range<Nanos>>) -> Nanos {
    let mut spans: Vec<_> = spans.collect();
    spans.sort_by_key(|span| span.start);
    let mut until = Nanos::ZERO;
    let mut whole = Nanos::ZERO;
    for span in spans {
        whole += span.end - span.start.max(until);
        until = until.max(span.end);
    }
    whole
}

fn counts(merged: &Merged, (late, lost): (u64, u64), is_over: bool) -> Counts {
    let tally = &merged.total.tally;
    let warm = &merged.warmup;
    let completed = tally.ok + tally.failed + tally.negative;
    // While the run goes on, what has not ended is under way; after it, it was cut off.
    let unfinished = tally.planned.saturating_sub(completed + tally.dropped);
    Counts {
        planned: tally.planned,
        started: tally.started,
        completed,
        ok: tally.ok,
        failed: tally.failed,
        negative: tally.negative,
        dropped: tally.dropped,
        lost,
        queued: tally.queued,
        late,
        retried: tally.retried,
        resent: tally.resent,
        interrupted: if is_over { unfinished } else { 0 },
        warmup: warm.ok + warm.failed + warm.negative,
        warmup_dropped: warm.dropped,
    }
}

fn stats(set: &PhaseSet) -> BTreeMap<Phase, crate::summary::PhaseStats> {
    set.iter()
        .map(|(phase, histogram)| (phase, histogram.stats()))
        .collect()
}

/// The phases of all failures together.
fn failures(total: &Delta) -> PhaseSet {
    let mut all = PhaseSet::default();
    for (outcome, set) in total.outcomes() {
        if !outcome.is_ok() {
            all.merge(set);
        }
    }
    all
}

fn outcomes(total: &Delta) -> BTreeMap<String, u64> {
    total
        .outcomes()
        .filter_map(|(outcome, set)| {
            let count = set.get(Phase::Latency).map_or(0, Histogram::len);
            (count > 0).then(|| (outcome.to_string(), count))
        })
        .collect()
}

/// What `Server-Timing` told, if anything.
fn server_timing<W: Write>(collector: &Collector<W>, facts: &Facts) -> Option<ServerTimingResult> {
    let total = &collector.all().total;
    let count = |phase| {
        let ok = total.sets[Outcome::Ok.index()].as_deref();
        ok.and_then(|set| set.get(phase)).map_or(0, Histogram::len)
    };
    let LeftOutTally {
        no_total,
        no_duration,
        not_a_duration,
        too_much,
        too_long,
    } = total.tally.left_out;
    let metrics = total
        .server_metrics
        .stats(&collector.server_metrics().all());
    let told = ServerTimingResult {
        successes: count(Phase::Latency),
        with_total: count(Phase::Server),
        total_metrics: facts.server_total.clone(),
        metrics,
        no_total,
        no_duration,
        not_a_duration,
        too_much,
        too_long,
    };
    let is_any = told.with_total > 0
        || !told.metrics.is_empty()
        || total.tally.left_out != LeftOutTally::default();
    is_any.then_some(told)
}

fn split(total: &Delta, floor_ns: Option<u64>) -> Split {
    let latency = total.sets[Outcome::Ok.index()]
        .as_deref()
        .and_then(|set| set.get(Phase::Latency));
    let near = |fraction| {
        latency
            .and_then(|latency| latency.at(fraction))
            .map_or_else(SplitRow::default, |at| total.bands.near(at))
            .with_wire_floor(floor_ns)
    };
    Split {
        mean: total.bands.mean().with_wire_floor(floor_ns),
        p50: near(0.5),
        p90: near(0.9),
        p99: near(0.99),
        slowest: total
            .bands
            .slowest(&total.slowest)
            .with_wire_floor(floor_ns),
    }
}

fn spectrum(set: &PhaseSet) -> BTreeMap<Phase, Vec<SpectrumPoint>> {
    SPECTRA
        .into_iter()
        .filter_map(|phase| Some((phase, set.get(phase)?.spectrum())))
        .collect()
}
