//! What a search found.

use super::judged_loads::{Confirmation, JudgedLoad, JudgedLoads, Standing};
use super::load::OfferedLoad;
use crate::units::Nanos;

/// What a search found, or had found when it ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SearchResult {
    /// The loads between which the limit lies.
    pub bracket: Bracket,
    /// Whether the lower end of the bracket held for longer.
    pub confirmation: Confirmation,
    /// Why the search ended.
    pub conclusion: Conclusion,
}

/// The highest load that holds, and the lowest above it that does not.
///
/// **Invariant:** the lower end is below the upper one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Bracket {
    /// The highest load that holds; `None` if none is known.
    pub lower: Option<Bound>,
    /// The lowest load that does not hold; `None` if none is known.
    pub upper: Option<Bound>,
}

/// One end of a bracket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bound {
    /// The load.
    pub load: OfferedLoad,
    /// Whether the load had all the trials that it needs. If not, which only a search that did not
    /// finish leaves, all of its trials so far had the same verdict.
    pub is_judged: bool,
}

/// Why a search ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Conclusion {
    /// Even the highest load that may be tried holds: the limit is there or above.
    AtMax,
    /// The limit lies in the bracket, whose ends are next to each other.
    Found,
    /// The generator was the limit first: the target holds at least the lower end.
    GeneratorLimit {
        /// The lowest load that the generator could not measure.
        ceiling: OfferedLoad,
        /// Why its measurement was invalid.
        why: String,
    },
    /// Whoever runs the search ended it.
    Interrupted,
    /// The lowest load already fails.
    LowestFails,
    /// The target did not recover in time after a trial.
    NotRecovered {
        /// The load of that trial.
        after: OfferedLoad,
    },
    /// Loads that held when they were judged failed when they were confirmed: twice, or at the lowest
    /// load. The limit moves, or lies at none of these figures for long.
    NotReproducible {
        /// These loads, in the order in which they failed.
        refuted: Vec<OfferedLoad>,
    },
    /// Even the longest trial had too few callouts to judge the thresholds.
    Unmeasurable {
        /// The load of that trial.
        load: OfferedLoad,
        /// How long it was planned.
        span: Nanos,
    },
}

impl SearchResult {
    pub(super) fn new(loads: &JudgedLoads, conclusion: Conclusion) -> Self {
        let bracket = Bracket::of(loads);
        let held = bracket.lower.and_then(|bound| loads.get(bound.load));
        Self {
            bracket,
            confirmation: held.map_or(Confirmation::Missing, |load| load.confirmation),
            conclusion,
        }
    }
}

impl Bracket {
    /// The bracket by what is known so far.
    pub(super) fn of(loads: &JudgedLoads) -> Self {
        let mut open = loads.open().iter().rev();
        let lower = open.find(|load| load.has_only_passed());
        let above = |load: OfferedLoad| lower.is_none_or(|lower| lower.load < load);
        let all = || loads.all().iter().filter(|load| above(load.load));
        let upper = all()
            .find(|load| load.standing() == Standing::Upper)
            .or_else(|| all().find(|load| load.has_only_failed()));
        let bound = |load: &JudgedLoad| Bound {
            load: load.load,
            is_judged: load.standing() != Standing::Undecided,
        };
        Self {
            lower: lower.map(bound),
            upper: upper.map(bound),
        }
    }
}
