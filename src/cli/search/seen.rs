//! What a search has seen: its controller, its trials, and the summaries that say where the limit is.

use super::verdict::Judged;
use crate::search::{Controller, OfferedLoad, TrialKind, TrialVerdict};
use crate::summary::{Summary, TrialResult};

/// A search as far as it has come.
pub(super) struct Seen {
    pub(super) controller: Controller,
    pub(super) trials: Vec<TrialResult>,
    pub(super) kept: Kept,
}

/// The summaries of trials that say where the limit is; each other one is dropped.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The first trial at the lowest load; the warm-up until there is one.
    pub(super) lowest: Option<Box<Summary>>,
    is_warm_up: bool,
    /// The last trial of the lowest load that failed, and its judgement.
    pub(super) failing: Option<(OfferedLoad, Box<Summary>, Judged)>,
    /// The last trial of the highest load that could be measured.
    pub(super) highest: Option<(OfferedLoad, Box<Summary>)>,
    /// The first summary of all, which says what was run and where.
    pub(super) first: Option<Box<Summary>>,
}

impl Kept {
    pub(super) fn take(
        &mut self,
        (kind, load): (TrialKind, OfferedLoad),
        summary: Box<Summary>,
        judged: &Judged,
    ) {
        if self.first.is_none() {
            self.first = Some(summary.clone());
        }
        let is_warm_up = kind == TrialKind::WarmUp;
        match judged.verdict {
            TrialVerdict::Fail if !is_warm_up => {
                let known = self.failing.as_ref().map(|(known, ..)| *known);
                if known.is_none_or(|known| load <= known) {
                    self.failing = Some((load, summary, judged.clone()));
                }
            }
            TrialVerdict::Invalid | TrialVerdict::Fail => {}
            TrialVerdict::Pass | TrialVerdict::Undecided { .. } => {
                if self.lowest.is_none() || self.is_warm_up {
                    self.lowest = Some(summary.clone());
                    self.is_warm_up = is_warm_up;
                }
                let known = self.highest.as_ref().map(|(known, _)| *known);
                if known.is_none_or(|known| load >= known) {
                    self.highest = Some((load, summary));
                }
            }
        }
    }
}
