//! The status lines of a run: its thresholds, its measurement, its trend, its end.

use super::document::StatusLine;
use super::numbers::{counted, span_of};
use super::severity::Severity;
use super::thresholds::{ThresholdStatus, status};
use crate::summary::{ReasonCode, RunState, Summary, Trend, Validity};

/// All status lines of a run, in the order in which reports show them.
pub(super) fn all(summary: &Summary) -> Vec<StatusLine> {
    let ending = ending(summary).into_iter();
    ending
        .chain([thresholds(summary), measurement(summary)])
        .chain(trend(summary))
        .collect()
}

/// Whether every threshold holds.
fn thresholds(summary: &Summary) -> StatusLine {
    let total = summary.thresholds.len();
    let with = |wanted: ThresholdStatus| {
        let statuses = summary.thresholds.iter().map(|one| status(summary, one));
        statuses.filter(|one| *one == wanted).count()
    };
    let broken = with(ThresholdStatus::Failed);
    let unjudged = with(ThresholdStatus::NotJudged);
    let is_invalid = summary.measurement.verdict == Validity::Invalid;
    let failed = |detail: String| StatusLine::new(Severity::Bad, "FAILED", detail);
    let not_judged = |severity, detail: String| StatusLine::new(severity, "NOT JUDGED", detail);
    let passed = |detail: String| match summary.run.state {
        RunState::Interrupted | RunState::Running => {
            not_judged(Severity::Warning, format!("{detail} so far"))
        }
        RunState::Finished | RunState::Stopped => StatusLine::new(Severity::Good, "PASSED", detail),
    };
    if let Some(shard) = &summary.run.shard {
        let detail =
            format!("this is shard {shard} of a run; leadbench merge judges the whole run");
        return not_judged(Severity::Neutral, detail);
    }
    match (total, broken, unjudged) {
        (1.., ..) if is_invalid => {
            let detail = "the measurement is invalid, so no threshold is judged";
            not_judged(Severity::Bad, detail.to_owned())
        }
        _ if !summary.each_load_succeeded() => {
            let what = if summary.counts.ok + summary.counts.negative == 0 {
                "nothing succeeded"
            } else {
                "nothing succeeded in one of the loads"
            };
            failed(match broken {
                0 => what.to_owned(),
                1 if total == 1 => format!("{what}, and the threshold is broken"),
                broken => format!("{what}; {broken} of {total} thresholds broken"),
            })
        }
        (0, ..) => not_judged(Severity::Neutral, "no thresholds set".to_owned()),
        (1, 0, 0) => passed("the threshold holds".to_owned()),
        (_, 0, 0) => passed(format!("all {total} thresholds hold")),
        (_, 0, _) => not_judged(
            Severity::Warning,
            format!("the run ended before {unjudged} of {total} thresholds could be judged"),
        ),
        (1, ..) => failed("the threshold is broken".to_owned()),
        _ => failed(format!("{broken} of {total} thresholds broken")),
    }
}

/// Whether the figures describe the target or the generator.
pub(crate) fn measurement(summary: &Summary) -> StatusLine {
    let (severity, detail) = match summary.measurement.verdict {
        Validity::Valid => (Severity::Good, "the generator did not distort the figures"),
        Validity::Degraded => (Severity::Warning, "usable with care: see the reasons"),
        // The slots were the limit.
        Validity::Invalid if is_for_drops_alone(summary) => (
            Severity::Bad,
            "not all of the load reached the target; do not compare these figures with other runs",
        ),
        Validity::Invalid if lacks_a_part(summary) => (
            Severity::Bad,
            "a part of the run is missing; do not compare these figures with other runs",
        ),
        Validity::Invalid => (
            Severity::Bad,
            "the generator, not the target, was the limit; do not compare these figures with \
             other runs",
        ),
    };
    let word = format!("measurement {}", summary.measurement.verdict);
    StatusLine::new(severity, word, detail)
}

/// Whether nothing but dropped arrivals makes the measurement invalid.
fn is_for_drops_alone(summary: &Summary) -> bool {
    let reasons = summary.measurement.coded_reasons.iter();
    let mut invalid = reasons.filter(|reason| reason.verdict == Validity::Invalid);
    invalid.all(|reason| reason.code == ReasonCode::ArrivalsDropped)
}

/// Whether what an agent recorded is missing.
fn lacks_a_part(summary: &Summary) -> bool {
    let mut reasons = summary.measurement.coded_reasons.iter();
    reasons.any(|reason| reason.code == ReasonCode::ShardIncomplete)
}

/// Whether the latency moved over the run; `None` if it did not, or when that is unknown.
fn trend(summary: &Summary) -> Option<StatusLine> {
    let steady = summary.stationarity.as_ref()?;
    let (from, to) = (span_of(steady.first_ns), span_of(steady.last_ns));
    let (word, detail) = match steady.trend {
        Trend::Steady => return None,
        Trend::Falling => (
            "STILL WARMING UP",
            format!("the median fell from {from} to {to}; lengthen `warmup`"),
        ),
        Trend::Rising => (
            if summary.saturation.is_some() {
                "A QUEUE GROWS"
            } else {
                "LATENCY RISES"
            },
            format!("the median rose from {from} to {to}; a longer run may measure a higher one"),
        ),
    };
    Some(StatusLine::new(Severity::Warning, word, detail))
}

/// Whether the run came to its end; `None` if it did.
pub(crate) fn ending(summary: &Summary) -> Option<StatusLine> {
    let after = span_of(summary.run.duration_ns);
    let (severity, word, detail) = match summary.run.state {
        RunState::Finished => return None,
        RunState::Interrupted => (
            Severity::Warning,
            "PARTIAL (interrupted)",
            format!("the run was interrupted after {after}; the figures cover that time"),
        ),
        RunState::Stopped => {
            let stopped = summary.stopped.as_ref();
            let is_certain = stopped.is_some_and(|stopped| stopped.threshold.is_some());
            let why = if is_certain {
                "it was certain to break a threshold"
            } else {
                "no callout succeeded"
            };
            (
                Severity::Bad,
                "STOPPED EARLY",
                format!("{why}, so the run was stopped after {after}"),
            )
        }
        RunState::Running => {
            let seconds = summary.run.duration_ns / 1_000_000_000;
            let seconds = counted(seconds, "whole second", "whole seconds");
            let why = if summary.shards.is_some() {
                "a part of the run did not come to its end"
            } else {
                "the run is still going or was killed"
            };
            (
                Severity::Warning,
                "PARTIAL (no end)",
                format!("{why}; the figures cover {seconds}"),
            )
        }
    };
    Some(StatusLine::new(severity, word, detail))
}
