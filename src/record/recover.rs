//! A summary made again from the interval log alone, for a run whose own is lost.

use std::io::{self, BufRead};

use super::Health;
use super::collector::{Collector, LoadRecorders};
use super::delta::Delta;
use super::log_reader::{Entry, LogError, LogReader, Row};
use super::recorder::{Part, Slot};
use super::summarize::{Facts, LoadFacts};
use super::thresholds;
use crate::phase::Phase;
use crate::plan::Metric;
use crate::sample::Outcome;
use crate::summary::{LoadResult, RunState, Summary, Validity};
use crate::units::Nanos;

/// How much later than its neighbours a second may come in the log: as long as a callout
/// may take.
const LATE: u64 = 130;

/// What could be saved.
#[derive(Debug)]
pub struct Recovered {
    /// The summary, which says that it is partial.
    pub summary: Summary,
    /// Whether the log breaks off in the middle of a line.
    pub is_torn: bool,
}

/// Reads a log and sums up what is in it.
///
/// # Errors
///
/// A log that cannot be read, has a line that this recorder does not write, or does not say
/// what was run.
pub fn recover(log: impl BufRead) -> Result<Recovered, LogError> {
    let mut reader = LogReader::new(log);
    let Some(Entry::Head(head)) = reader.next()? else {
        return Err(LogError::NoHead);
    };
    let mut replay = Replay::of(*head);
    while let Some(entry) = reader.next()? {
        if let Entry::Row(row) = entry {
            replay.add(*row);
        }
    }
    Ok(Recovered {
        summary: replay.summarize(),
        is_torn: reader.is_torn,
    })
}

/// A run that is recorded once more, from its log.
struct Replay {
    head: Summary,
    collector: Collector<io::Sink>,
    /// For each load the second after its last.
    ends: Vec<u64>,
}

impl Replay {
    fn of(head: Summary) -> Self {
        let names: Vec<_> = match head.loads.as_slice() {
            [] => vec![head.run.load.name.clone()],
            loads => loads.iter().map(|load| load.name.clone()).collect(),
        };
        let ends = vec![0; names.len()];
        let loads = names.into_iter().map(|name| LoadRecorders {
            name,
            recorders: Vec::new(),
            turns: None,
        });
        Self {
            collector: Collector::replaying(loads.collect()),
            head,
            ends,
        }
    }

    fn add(&mut self, row: Row) {
        let named = |name: &String| self.head.loads.iter().position(|load| load.name == *name);
        let load = row.load.as_ref().and_then(named).unwrap_or_default();
        // A row without counts says that nothing happened, not to which load.
        if let Some(end) = self.ends.get_mut(load)
            && !row.histogram.is_empty()
        {
            *end = (*end).max(row.second + 1);
        }
        let slot = Slot {
            second: row.second,
            part: if row.is_warmup {
                Part::Warmup
            } else {
                Part::Measured
            },
        };
        let mut delta = Delta::default();
        if row.phase == Phase::Queue {
            delta.tally.queued += row.histogram.len();
        }
        if row.phase == Phase::Latency {
            count_into(&mut delta, row.outcome, row.histogram.len());
        }
        if let Some(name) = row.metric {
            // Of names beyond those that a run can have the histograms go unread.
            if let Some(place) = self.collector.server_metrics().place(&name) {
                delta.server_metrics.put(place, row.histogram);
            }
        } else {
            let set = delta.sets[row.outcome.index()].get_or_insert_default();
            set.put(row.phase, row.histogram);
        }
        let settled = Nanos::from_secs(row.second.saturating_sub(LATE));
        self.collector.replay(load, slot, &delta, settled);
    }

    fn summarize(self) -> Summary {
        let last = self.ends.iter().copied().max().unwrap_or_default();
        let loads = self.head.loads.iter().zip(&self.ends);
        let facts = Facts {
            run: self.head.run.clone(),
            loads: loads
                .map(|(load, end)| facts_of(load, *end, last))
                .collect(),
            signing: self.head.signing.clone(),
            token_endpoint: None,
            thresholds: Vec::new(),
            elapsed: Nanos::from_secs(last),
            health: Health::default(),
            negative: None,
            matrix: None,
            warnings: self.head.warnings.clone(),
            wire: None,
            traces: None,
            server_total: Vec::new(),
            preflight: None,
        };
        let mut summary = self.collector.summarize(&facts);
        summary.run.state = RunState::Running;
        for window in &mut summary.windows {
            (window.answered, window.ended, window.timed_out) = (None, None, None);
        }
        (summary.saturation, summary.stationarity) = (None, None);
        summary.warnings.extend([
            "made again from intervals.hlog, which does not hold statuses, the slowest iterations, \
             the shares of the phases, and how the generator fared"
                .to_owned(),
            "what was dropped, interrupted, starved or sent again, and which tokens were bad, is not \
             counted, and an achieved rate counts what was answered late: the log does not tell"
                .to_owned(),
        ]);
        let lacking = "how the generator fared is not known: only its interval log is left";
        summary.measurement.reasons.push(lacking.to_owned());
        let verdict = &mut summary.measurement.verdict;
        *verdict = (*verdict).max(Validity::Degraded);
        let total = &self.collector.all().total;
        let names = self.collector.server_metrics().all();
        let asked = self.head.thresholds;
        summary.thresholds =
            thresholds::judge_again(asked, &summary, |spans| total.spans(spans, &names));
        for threshold in &mut summary.thresholds {
            if threshold.metric == Metric::DroppedShare.to_string() {
                thresholds::forget(threshold);
            }
        }
        summary
    }
}

/// Of what ended, the log tells when it was due and how it ended.
fn count_into(delta: &mut Delta, outcome: Outcome, ended: u64) {
    let tally = &mut delta.tally;
    tally.planned += ended;
    tally.started += ended;
    tally.settled += ended;
    if outcome.is_ok() {
        tally.ok += ended;
        tally.ok_in_time += ended;
    } else {
        tally.failed += ended;
    }
}

/// What the head of the log says of a load: one whose end was planned went on until then, or as
/// far as the log goes, and any other until its last second.
fn facts_of(load: &LoadResult, end: u64, last: u64) -> LoadFacts {
    let start = Nanos(load.start_ns);
    let planned_end = load.planned_duration_ns.map(|span| start + Nanos(span));
    let end = planned_end.map_or(Nanos::from_secs(end), |planned| {
        planned.min(Nanos::from_secs(last))
    });
    LoadFacts {
        planned_end,
        name: load.name.clone(),
        description: load.description.clone(),
        model: load.model,
        start,
        warmup: Nanos(load.warmup_ns),
        end: Some(end.max(start)),
        asked_per_s: load.rates.asked_per_s,
        schedule_sha256: load.schedule_sha256.clone(),
        turns: None,
        late: 0,
        salesforce: None,
    }
}
