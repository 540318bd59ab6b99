//! One trial: a load that was offered for some time, and what came of it.

use super::load::OfferedLoad;
use crate::units::Nanos;

/// A trial, as reports list it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Trial {
    /// What the trial was for.
    pub kind: TrialKind,
    /// The load that was offered.
    pub load: OfferedLoad,
    /// How long it was planned.
    pub span: Nanos,
    /// How long it really took: shorter than planned if its failure was certain before the end.
    pub took: Nanos,
    /// What came of it.
    pub verdict: TrialVerdict,
    /// Why it failed, decided nothing or was invalid, in words for people; empty of a trial that passed.
    pub why: String,
    /// How long the target took to recover after it; `None` if the search did not wait for that, or
    /// waited in vain.
    pub recovery: Option<Nanos>,
}

/// What a trial is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TrialKind {
    /// To see whether the highest load that holds does so for longer.
    Confirm,
    /// To find out whether the target holds the load.
    Judge,
    /// To warm up the target; decides nothing.
    WarmUp,
}

/// What came of a trial.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TrialVerdict {
    /// A threshold was broken, or it was certain before the end that one would be.
    Fail,
    /// The generator or its machine spoiled the measurement: neither a pass nor a failure.
    Invalid,
    /// All thresholds held.
    Pass,
    /// There were too few callouts to judge a threshold.
    Undecided {
        /// How long a trial at this load must be, if that can be told.
        needed: Option<Nanos>,
    },
}
