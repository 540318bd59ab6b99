//! The three judgements of a run: its thresholds, its measurement, its end.

use super::figures::span;
use crate::summary::{RunState, Summary, ThresholdResult, Trend, Validity};
use crate::units::float;

/// Whether something is well; each format finds its own sign and colour for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mood {
    Bad,
    Good,
    Mixed,
    Plain,
}

/// One judgement: a word to look for and a sentence to read.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) mood: Mood,
    pub(super) word: &'static str,
    pub(super) detail: String,
}

/// Whether every threshold holds.
pub(super) fn thresholds(summary: &Summary) -> Verdict {
    let total = summary.thresholds.len();
    let all = || summary.thresholds.iter().map(|one| kept(summary, one));
    let broken = all().filter(|kept| *kept == Kept::No).count();
    let unjudged = all().filter(|kept| *kept == Kept::NotJudged).count();
    let is_invalid = summary.measurement.verdict == Validity::Invalid;
    let (mood, word, detail) = match (total, broken, unjudged) {
        (1.., ..) if is_invalid => (
            Mood::Bad,
            "NOT JUDGED",
            "no threshold is judged by an invalid measurement".to_owned(),
        ),
        _ if !summary.each_load_succeeded() => {
            let what = if summary.counts.ok + summary.counts.negative == 0 {
                "nothing succeeded"
            } else {
                "nothing of one load succeeded"
            };
            let broken = match broken {
                0 => what.to_owned(),
                1 if total == 1 => format!("{what}, and the threshold is broken"),
                broken => format!("{what}; {broken} of {total} thresholds broken"),
            };
            (Mood::Bad, "FAILED", broken)
        }
        (0, ..) => (Mood::Plain, "NOT JUDGED", "no thresholds set".to_owned()),
        (1, 0, 0) => (Mood::Good, "PASSED", "the threshold holds".to_owned()),
        (_, 0, 0) => (Mood::Good, "PASSED", format!("all {total} thresholds hold")),
        (_, 0, _) => (
            Mood::Mixed,
            "NOT JUDGED",
            format!(
                "{unjudged} of {total} thresholds had nothing to be judged by before the run ended"
            ),
        ),
        (1, ..) => (Mood::Bad, "FAILED", "the threshold is broken".to_owned()),
        _ => (
            Mood::Bad,
            "FAILED",
            format!("{broken} of {total} thresholds broken"),
        ),
    };
    Verdict { mood, word, detail }
}

/// Whether a threshold was kept. None is judged by an invalid measurement, nor by a run that was
/// cut off before it had measured anything of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kept {
    Yes,
    No,
    NotJudged,
}

/// What became of one threshold of a run.
pub(super) fn kept(summary: &Summary, threshold: &ThresholdResult) -> Kept {
    let is_invalid = summary.measurement.verdict == Validity::Invalid;
    let is_cut_off = summary.run.state != RunState::Finished && threshold.actual.is_none();
    match threshold.passed {
        _ if is_invalid || is_cut_off => Kept::NotJudged,
        true => Kept::Yes,
        false => Kept::No,
    }
}

/// Whether the figures describe the target or the generator.
pub(super) fn measurement(summary: &Summary) -> Verdict {
    let (mood, word, detail) = match summary.measurement.verdict {
        Validity::Valid => (Mood::Good, "valid", "the generator kept out of the way"),
        Validity::Degraded => (Mood::Mixed, "degraded", "usable with its reasons in mind"),
        Validity::Invalid => (
            Mood::Bad,
            "invalid",
            "the generator, not the target, was the limit",
        ),
    };
    Verdict {
        mood,
        word,
        detail: detail.to_owned(),
    }
}

/// Whether the latency moved over the run; nothing to say when it did not, or nobody can tell.
pub(super) fn trend(summary: &Summary) -> Option<Verdict> {
    let steady = summary.stationarity.as_ref()?;
    let (from, to) = (span(float(steady.first_ns)), span(float(steady.last_ns)));
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
    Some(Verdict {
        mood: Mood::Mixed,
        word,
        detail,
    })
}

/// Whether the run came to its end; nothing to say when it did.
pub(super) fn ending(summary: &Summary) -> Option<Verdict> {
    let after = span(float(summary.run.duration_ns));
    let seconds = match summary.run.duration_ns / 1_000_000_000 {
        0 => "no whole second is".to_owned(),
        1 => "its first second is".to_owned(),
        seconds => format!("its first {seconds} seconds are"),
    };
    match summary.run.state {
        RunState::Finished => None,
        RunState::Interrupted => Some(Verdict {
            mood: Mood::Mixed,
            word: "PARTIAL (interrupted)",
            detail: format!("was ended early, after {after}; the figures cover that much"),
        }),
        RunState::Stopped => Some(Verdict {
            mood: Mood::Bad,
            word: "STOPPED EARLY",
            detail: format!("no callout succeeded, and the run was stopped after {after}"),
        }),
        RunState::Running => Some(Verdict {
            mood: Mood::Mixed,
            word: "PARTIAL (no end)",
            detail: format!("the run still goes on or was killed; {seconds} in it"),
        }),
    }
}
