//! A summary made again from the interval log alone, for a run whose own is lost.

use std::io::BufRead;

use super::STRAGGLERS_MAX;
use super::facts::{LoadFacts, RunFacts};
use super::recording::Recording;
use super::summary::summarize;
use super::thresholds;
use crate::phase::Phase;
use crate::plan::ThresholdMetric;
use crate::record::{Interval, IntervalKey, LeftOut, LogError, LogRow, Period, WholeRows};
use crate::sample::Outcome;
use crate::summary::{
    AnyReasonCode, LoadResult, Reason, ReasonCode, RunState, Summary, Validity, Warning,
};
use crate::units::Nanos;
use crate::validity::Health;

/// What the log does not hold.
const NOT_HELD: &str = "rebuilt from intervals.hlog, which does not contain statuses, the slowest \
    iterations, the shares of the phases or the state of the generator";

/// What the log does not count.
const NOT_COUNTED: &str = "dropped, interrupted, starved and resent callouts and bad tokens are not \
    counted, and the achieved rate includes late answers: the log does not record them";

/// What could be saved.
#[derive(Debug)]
pub struct Recovered {
    /// The summary, which says that it is partial.
    pub summary: Summary,
    /// What the log has at its end that is not known to be whole.
    pub left_out: LeftOut,
    /// Rows that stand in it twice and count twice; none where it says where a second ends.
    pub twice: u64,
}

/// Reads a log and sums up what of it is whole by the second.
///
/// # Errors
///
/// A log that cannot be read, has a line that this recorder does not write, or does not say
/// what was run.
pub fn recover(log: impl BufRead) -> Result<Recovered, LogError> {
    let (head, mut rows) = WholeRows::begin(log)?;
    let mut replay = Replay::of(head);
    while let Some(whole) = rows.next()? {
        for row in whole {
            replay.add(row.unpack()?);
        }
    }
    Ok(Recovered {
        summary: replay.summarize(rows.until()),
        left_out: rows.left_out(),
        twice: rows.twice(),
    })
}

/// A run that is recorded once more, from its log.
struct Replay {
    head: Summary,
    recording: Recording,
    /// For each load the second after its last.
    ends: Vec<u64>,
    /// Seconds before this one grow no more.
    settled: Nanos,
}

impl Replay {
    fn of(head: Summary) -> Self {
        let loads = head.loads.len().max(1);
        Self {
            recording: Recording::of(std::iter::repeat_n(None, loads)),
            head,
            ends: vec![0; loads],
            settled: Nanos::ZERO,
        }
    }

    fn add(&mut self, row: LogRow) {
        let named = |name: &String| self.head.loads.iter().position(|load| load.name == *name);
        let load = row.of.load.as_ref().and_then(named).unwrap_or_default();
        // A row without counts says that nothing happened, not to which load.
        if let Some(end) = self.ends.get_mut(load)
            && !row.histogram.is_empty()
        {
            *end = (*end).max(row.of.second + 1);
        }
        let key = IntervalKey {
            second: row.of.second,
            period: if row.of.is_warmup {
                Period::Warmup
            } else {
                Period::Measured
            },
        };
        let mut interval = Interval::default();
        if row.of.phase == Phase::Queue {
            interval.tally.queued += row.histogram.len();
        }
        if row.of.phase == Phase::Latency {
            count_into(&mut interval, row.of.outcome, row.histogram.len());
        }
        if let Some(name) = row.of.metric {
            // Of names beyond those that a run can have the histograms go unread.
            if let Some(place) = self.recording.server_metrics.place(&name) {
                interval.server_metrics.put(place, row.histogram);
            }
        } else {
            let set = interval.sets[row.of.outcome.index()].get_or_insert_default();
            set.put(row.of.phase, row.histogram);
        }
        let since = self.settled;
        self.settled = since.max(Nanos::from_secs(row.of.second) - STRAGGLERS_MAX);
        let windows = &mut self.recording.windows;
        windows.end_second((since, self.settled), 0, None);
        self.recording.add(load, key, &interval);
    }

    /// What is in the log, of which everything is there `until` then.
    fn summarize(self, until: Nanos) -> Summary {
        let loads = self.head.loads.iter().zip(&self.ends);
        let loads: Vec<_> = loads
            .map(|(load, end)| facts_of(load, Nanos::from_secs(*end), until))
            .collect();
        // What came in after the last load had ended is no part of the run's own span.
        let elapsed = loads.iter().filter_map(|load| load.end).max();
        let facts = RunFacts {
            run: self.head.run.clone(),
            loads,
            signing: self.head.signing.clone(),
            token_endpoint: None,
            thresholds: Vec::new(),
            elapsed: elapsed.unwrap_or(until),
            health: Health::default(),
            negative: None,
            matrix: None,
            warnings: Vec::new(),
            wire: None,
            traces: None,
            server_total: Vec::new(),
            preflight: None,
        };
        let mut summary = summarize(&self.recording, &facts);
        summary.warnings.clone_from(&self.head.warnings);
        summary.coded_warnings.clone_from(&self.head.coded_warnings);
        summary.run.state = RunState::Running;
        for window in &mut summary.windows {
            (window.answered, window.ended, window.timed_out) = (None, None, None);
        }
        (summary.saturation, summary.stationarity) = (None, None);
        let lacking = format!("{NOT_HELD}; {NOT_COUNTED}");
        summary.warn([Warning::new(ReasonCode::RecoveredFromLog, lacking)]);
        summary.measurement.add(Reason {
            code: AnyReasonCode::Known(ReasonCode::GeneratorUnknown),
            verdict: Validity::Degraded,
            text: "the state of the generator is unknown: only its interval log is left".to_owned(),
        });
        let total = &self.recording.all().total;
        let names = self.recording.server_metrics.all();
        let asked = self.head.thresholds;
        summary.thresholds =
            thresholds::judge_again(asked, &summary, |spans| total.spans(spans, &names));
        for threshold in &mut summary.thresholds {
            if threshold.metric == ThresholdMetric::DroppedShare.to_string() {
                thresholds::forget(threshold);
            }
        }
        summary
    }
}

/// Of what ended, the log tells when it was due and how it ended.
fn count_into(interval: &mut Interval, outcome: Outcome, ended: u64) {
    let tally = &mut interval.tally;
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

/// What the head of the log says of a load: one whose end was planned went on until then, and any
/// other until its last second, but neither for longer than the log tells.
fn facts_of(load: &LoadResult, last: Nanos, until: Nanos) -> LoadFacts {
    let start = Nanos(load.start_ns);
    let planned_end = load.planned_duration_ns.map(|span| start + Nanos(span));
    let end = planned_end.unwrap_or(last).min(until);
    LoadFacts {
        measured_at_most: None,
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::super::collector::{Collector, LoadRecorders};
    use super::*;
    use crate::record::{IntervalLog, Recorder};
    use crate::sample::{Phases, Sample};
    use crate::units::count;

    /// So many callouts succeed and fail in each second.
    const SECONDS: [(u64, u64); 4] = [(3, 1), (5, 0), (2, 4), (7, 2)];

    fn head() -> Summary {
        let text = include_str!("../../tests/fixtures/summaries/typical.json");
        let mut head: Summary = serde_json::from_str(text).unwrap();
        head.loads.truncate(1);
        if let Some(load) = head.loads.first_mut() {
            (load.start_ns, load.warmup_ns, load.planned_duration_ns) = (0, 0, None);
        }
        head.thresholds.clear();
        head
    }

    /// A log as a run writes it, and without its marks, as earlier versions wrote it.
    fn a_log() -> (Vec<u8>, Vec<u8>) {
        let mut log = Vec::new();
        let recorder = Arc::new(Recorder::new(Nanos::ZERO));
        let begun = IntervalLog::begin(&mut log, "test", Duration::ZERO).unwrap();
        let loads = vec![LoadRecorders {
            name: "rate".to_owned(),
            recorders: vec![Arc::clone(&recorder)],
            turns: None,
        }];
        let mut collector = Collector::new(loads, begun);
        collector.begin(&head()).unwrap();
        for (second, (ok, failed)) in (0..).zip(SECONDS) {
            for number in 0..ok + failed {
                let due = Nanos::from_secs(second) + Nanos::from_millis(number);
                let mut phases = Phases::default();
                phases.set(Phase::Lag, Nanos(number));
                phases.set(Phase::Latency, Nanos::from_millis(20 + number));
                recorder.begun(due, due);
                let outcome = if number < ok {
                    Outcome::Ok
                } else {
                    Outcome::Timeout
                };
                let finished = due + Nanos::from_millis(20 + number);
                let sample = Sample {
                    finished,
                    outcome,
                    ..Sample::begun(number, due, due, phases)
                };
                recorder.record(&sample, None);
            }
            let now = Nanos::from_secs(second + 1) + Nanos::from_millis(3);
            collector.collect(now, &Health::default()).1.unwrap();
        }
        drop(collector);
        let lines = log.split_inclusive(|byte| *byte == b'\n');
        let unmarked = lines.filter(|line| !line.starts_with(b"#[EndOfInterval"));
        let unmarked = unmarked.flatten().copied().collect();
        (log, unmarked)
    }

    /// What ended in the first so many seconds.
    fn ended(seconds: usize) -> (u64, u64) {
        let first = SECONDS.iter().take(seconds);
        first.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    }

    fn counted(log: &[u8]) -> (u64, u64) {
        let counts = recover(log).unwrap().summary.counts;
        (counts.ok, counts.failed)
    }

    /// How many intervals have their end before this place.
    fn whole(log: &[u8], cut: usize) -> usize {
        let text = std::str::from_utf8(&log[..cut]).unwrap();
        let lines = text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        let marks = lines.filter(|line| line.starts_with("#[EndOfInterval"));
        marks.count().saturating_sub(1)
    }

    fn first_row(log: &[u8]) -> usize {
        let text = std::str::from_utf8(log).unwrap();
        text.find("Tag=").unwrap()
    }

    fn refused(log: &str) -> String {
        recover(log.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_whole_log_tells_all_and_up_to_when() {
        let (log, _) = a_log();
        let found = recover(log.as_slice()).unwrap();
        assert_eq!(found.left_out, LeftOut::Nothing);
        assert_eq!(counted(&log), ended(4));
        let warnings = found.summary.coded_warnings.iter();
        let recovered = warnings.filter(|warning| warning.code == ReasonCode::RecoveredFromLog);
        assert_eq!(recovered.count(), 1);
    }

    // Wherever a line ends, and beside it.
    #[test]
    fn a_second_cut_in_half_never_counts() {
        let (log, _) = a_log();
        let ends = (first_row(&log)..log.len()).filter(|place| log[*place] == b'\n');
        let mut parts = 0;
        for cut in ends.flat_map(|end| [end - 1, end, end + 1]) {
            let found = recover(&log[..cut]).unwrap();
            let seconds = whole(&log, cut);
            let counts = found.summary.counts;
            assert_eq!((counts.ok, counts.failed), ended(seconds), "cut at {cut}");
            assert_eq!(
                found.summary.run.duration_ns / Nanos::SECOND.0,
                count(seconds)
            );
            parts += u64::from(found.left_out != LeftOut::Nothing);
        }
        assert!(parts > 20, "{parts}");
    }

    // Without marks nobody knows whether the last second is whole.
    #[test]
    fn of_a_log_without_marks_the_last_second_does_not_count() {
        let (_, log) = a_log();
        let found = recover(log.as_slice()).unwrap();
        assert!(matches!(
            found.left_out,
            LeftOut::LastSeconds { seconds: 1, .. }
        ));
        assert_eq!(counted(&log), ended(3));
        assert_eq!(found.summary.run.duration_ns, Nanos::from_secs(3).0);
        for cut in (first_row(&log)..log.len()).step_by(97) {
            let part = counted(&log[..cut]);
            let are_whole = (0..=3).any(|seconds| part == ended(seconds));
            assert!(are_whole, "{part:?} at {cut}");
        }
    }

    #[test]
    fn rows_that_stand_twice_are_refused_or_told() {
        let (log, unmarked) = a_log();
        let log = String::from_utf8(log).unwrap();
        let (before, row) = log.split_once("Tag=ok.latency,2.000").unwrap();
        let (row, after) = row.split_once('\n').unwrap();
        let row = format!("Tag=ok.latency,2.000{row}\n");
        let line = before.lines().count() + 2;
        assert_eq!(
            refused(&format!("{before}{row}{row}{after}")),
            format!("line {line}: an earlier row has the same second and tag")
        );
        // Nor does a row go, or a whole interval come again.
        assert!(refused(&format!("{before}{after}")).contains("its number of rows is not that"));
        let marks: Vec<_> = log.match_indices("#[EndOfInterval").collect();
        let interval = &log[marks[1].0..marks[2].0];
        let again = log.replacen(interval, &format!("{interval}{interval}"), 1);
        assert!(refused(&again).starts_with("line "), "{}", refused(&again));
        let first = log.replacen("#[EndOfInterval: 0", "#[Of an interval: 0", 1);
        assert!(refused(&first).contains("there is no such line before the first row"));
        let unmarked = String::from_utf8(unmarked).unwrap();
        assert_eq!(recover(unmarked.as_bytes()).unwrap().twice, 0);
        let twice = unmarked.replacen(&row, &format!("{row}{row}"), 1);
        assert_eq!(recover(twice.as_bytes()).unwrap().twice, 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn whatever_is_cut_off_the_whole_seconds_count(place in any::<prop::sample::Index>()) {
            let (log, _) = a_log();
            let from = first_row(&log);
            let cut = from + place.index(log.len() - from + 1);
            prop_assert_eq!(counted(&log[..cut]), ended(whole(&log, cut)), "cut at {}", cut);
        }
    }
}
