//! The trials of each load, and their medians.

use super::words;
use crate::summary::{TrialOutcome, TrialPurpose, TrialResult};
use crate::units::float;

/// What the trials of one load measured.
#[derive(Clone, Debug)]
pub(crate) struct TrialsOfLoad<'t> {
    pub(crate) load: f64,
    /// Those of the warm-up are left out.
    pub(crate) trials: Vec<&'t TrialResult>,
}

/// The trials by load, in ascending order; those of the warm-up are left out.
pub(crate) fn by_load<'t>(
    trials: impl IntoIterator<Item = &'t TrialResult>,
) -> Vec<TrialsOfLoad<'t>> {
    let trials = trials.into_iter();
    let mut trials: Vec<_> = trials
        .filter(|trial| trial.kind != TrialPurpose::WarmUp)
        .collect();
    trials.sort_by(|a, b| a.load.total_cmp(&b.load));
    let alike = |a: &&TrialResult, b: &&TrialResult| a.load.total_cmp(&b.load).is_eq();
    let groups = trials.chunk_by(alike);
    groups
        .map(|group| TrialsOfLoad {
            load: group.first().map_or(0.0, |trial| trial.load),
            trials: group.to_vec(),
        })
        .collect()
}

impl TrialsOfLoad<'_> {
    /// The median of a value over the trials that passed or failed; `None` if none has it.
    pub(crate) fn median(&self, value: fn(&TrialResult) -> Option<u64>) -> Option<f64> {
        let counting = self.trials.iter().filter(|trial| words::counts(trial));
        let mut values: Vec<u64> = counting.filter_map(|trial| value(trial)).collect();
        values.sort_unstable();
        let upper = *values.get(values.len() / 2)?;
        let lower = *values.get((values.len() - 1) / 2)?;
        Some(f64::midpoint(float(lower), float(upper)))
    }

    /// `2 passed, 1 failed`.
    pub(crate) fn outcomes(&self) -> String {
        let counted = [
            (TrialOutcome::Pass, "passed"),
            (TrialOutcome::Fail, "failed"),
            (TrialOutcome::Invalid, "invalid"),
            (TrialOutcome::Undecided, "undecided"),
        ]
        .map(|(outcome, word)| {
            let trials = self.trials.iter();
            let number = trials.filter(|trial| trial.verdict == outcome).count();
            (number > 0).then(|| format!("{number} {word}"))
        });
        let counted: Vec<_> = counted.into_iter().flatten().collect();
        counted.join(", ")
    }
}
