//! The three judgements of a run: its thresholds, its measurement, its end.

use super::figures::span;
use crate::summary::{RunState, Summary, ThresholdResult, Validity};
use crate::units::{count, float};

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
    let broken = summary.thresholds.iter().filter(|t| !t.passed).count();
    let is_invalid = summary.measurement.verdict == Validity::Invalid;
    let (mood, word, detail) = match (total, broken) {
        (1.., _) if is_invalid => (
            Mood::Bad,
            "NOT JUDGED",
            "no threshold is judged by an invalid measurement".to_owned(),
        ),
        (0, _) => (Mood::Plain, "NOT JUDGED", "no thresholds set".to_owned()),
        (1, 0) => (Mood::Good, "PASSED", "the threshold holds".to_owned()),
        (_, 0) => (Mood::Good, "PASSED", format!("all {total} thresholds hold")),
        (1, _) => (Mood::Bad, "FAILED", "the threshold is broken".to_owned()),
        _ => (
            Mood::Bad,
            "FAILED",
            format!("{broken} of {total} thresholds broken"),
        ),
    };
    Verdict { mood, word, detail }
}

/// Whether a threshold was kept; by an invalid measurement none is judged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kept {
    Yes,
    No,
    NotJudged,
}

/// What became of one threshold of a run.
pub(super) fn kept(summary: &Summary, threshold: &ThresholdResult) -> Kept {
    match (summary.measurement.verdict, threshold.passed) {
        (Validity::Invalid, _) => Kept::NotJudged,
        (_, true) => Kept::Yes,
        (_, false) => Kept::No,
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

/// Whether the run came to its end; nothing to say when it did.
pub(super) fn ending(summary: &Summary) -> Option<Verdict> {
    let after = span(float(summary.run.duration_ns));
    let seconds = count(summary.windows.len());
    match summary.run.state {
        RunState::Finished => None,
        RunState::Interrupted => Some(Verdict {
            mood: Mood::Mixed,
            word: "PARTIAL (interrupted)",
            detail: format!("ended early by a signal after {after}; the figures cover that much"),
        }),
        RunState::Running => Some(Verdict {
            mood: Mood::Mixed,
            word: "PARTIAL (no end)",
            detail: format!(
                "the run still goes on or was killed; its first {seconds} seconds are in it"
            ),
        }),
    }
}
