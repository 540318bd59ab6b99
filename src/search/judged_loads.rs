//! What is known of each load that was tried.
//!
//! **Invariant:** a load that blocks the search (it failed, or this machine cannot offer it) is never
//! below one that counts as held: loads above the lowest blocking one are ignored.

use super::classification::{Class, ClassRule, JudgedTime};
use super::load::OfferedLoad;
use super::trial::TrialVerdict;
use crate::units::Nanos;

/// After this many invalid measurements at one load, the generator is the limit there.
const INVALID_MAX: usize = 2;

/// A load that was tried.
#[derive(Clone, Debug)]
pub struct JudgedLoad {
    /// The load.
    pub load: OfferedLoad,
    /// The time of its trials that count. A confirmation is not among it.
    pub time: JudgedTime,
    /// How many of its measurements were invalid, but for confirmations.
    pub invalid: usize,
    /// Why the last of them was invalid.
    pub why_invalid: String,
    /// Whether it held for longer.
    pub confirmation: Confirmation,
    /// Whether it failed, and is judged a second time because the loads below it then held one after
    /// the other: the target may have got better.
    pub reopened: bool,
    class: Class,
    invalid_confirmations: usize,
}

/// Whether the highest load that holds did so for longer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Confirmation {
    /// It failed, so the load is an upper bound from now on.
    Failed,
    /// It held.
    Held,
    /// It was not tried.
    Missing,
    /// The generator spoiled it each time.
    Spoiled,
}

/// How a load stands in the search.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// It holds.
    Lower,
    /// The generator cannot measure it.
    Spoiled,
    /// Not yet known.
    Undecided,
    /// It does not hold.
    Upper,
}

impl JudgedLoad {
    fn new(load: OfferedLoad) -> Self {
        Self {
            load,
            time: JudgedTime::default(),
            invalid: 0,
            why_invalid: String::new(),
            confirmation: Confirmation::Missing,
            reopened: false,
            class: Class::Undecided,
            invalid_confirmations: 0,
        }
    }

    /// The load's class by its trials; a confirmation that failed overrules them.
    pub fn standing(&self) -> Standing {
        match self.class {
            _ if self.confirmation == Confirmation::Failed => Standing::Upper,
            Class::Lower => Standing::Lower,
            Class::Upper => Standing::Upper,
            Class::Undecided if self.invalid >= INVALID_MAX => Standing::Spoiled,
            Class::Undecided => Standing::Undecided,
        }
    }

    /// Whether no load from here on can be the answer.
    pub(super) fn is_blocking(&self) -> bool {
        matches!(self.standing(), Standing::Spoiled | Standing::Upper)
    }

    /// Whether it holds, or has passed each of its trials so far.
    pub(super) fn has_only_passed(&self) -> bool {
        let untroubled = self.time.bad == Nanos::ZERO && !self.time.is_empty();
        self.standing() == Standing::Lower || (untroubled && !self.is_blocking())
    }

    /// Whether it is not yet classified and has failed each of its trials so far.
    pub(super) fn has_only_failed(&self) -> bool {
        let untroubled = self.time.good == Nanos::ZERO && !self.time.is_empty();
        self.standing() == Standing::Undecided && untroubled
    }

    /// Whether nothing is known yet of its confirmation.
    pub(super) fn is_unconfirmed(&self) -> bool {
        self.confirmation == Confirmation::Missing
    }
}

/// All loads that were tried, in ascending order.
#[derive(Clone, Debug)]
pub(super) struct JudgedLoads {
    rule: ClassRule,
    loads: Vec<JudgedLoad>,
    /// Loads whose confirmation failed, in the order in which that happened.
    refuted: Vec<OfferedLoad>,
    /// Spans that trials need at a load and, as it makes fewer callouts, at each lower one.
    lengthened: Vec<(OfferedLoad, Nanos)>,
}

impl JudgedLoads {
    pub(super) const fn new(rule: ClassRule) -> Self {
        Self {
            rule,
            loads: Vec::new(),
            refuted: Vec::new(),
            lengthened: Vec::new(),
        }
    }

    pub(super) fn all(&self) -> &[JudgedLoad] {
        &self.loads
    }

    pub(super) fn refuted(&self) -> &[OfferedLoad] {
        &self.refuted
    }

    pub(super) fn get(&self, load: OfferedLoad) -> Option<&JudgedLoad> {
        self.loads.iter().find(|judged| judged.load == load)
    }

    /// The lowest load that blocks the search.
    pub(super) fn lowest_blocking(&self) -> Option<&JudgedLoad> {
        self.loads.iter().find(|judged| judged.is_blocking())
    }

    /// The loads below the lowest blocking one, in ascending order.
    pub(super) fn open(&self) -> &[JudgedLoad] {
        let blocking = self.loads.iter().position(JudgedLoad::is_blocking);
        &self.loads[..blocking.unwrap_or(self.loads.len())]
    }

    /// How long trials at this load must be because earlier ones had too few callouts.
    pub(super) fn lengthened_at(&self, load: OfferedLoad) -> Nanos {
        let at_or_above = self.lengthened.iter().filter(|(of, _)| *of >= load);
        at_or_above.map(|(_, span)| *span).max().unwrap_or_default()
    }

    /// Takes in the verdict of a trial that judges.
    pub(super) fn judge(
        &mut self,
        load: OfferedLoad,
        span: Nanos,
        verdict: TrialVerdict,
        why: &str,
    ) {
        let rule = self.rule;
        let judged = self.entry(load);
        match verdict {
            TrialVerdict::Fail => judged.time.add(span, false),
            TrialVerdict::Pass => judged.time.add(span, true),
            TrialVerdict::Invalid => {
                judged.invalid += 1;
                why.clone_into(&mut judged.why_invalid);
            }
            TrialVerdict::Undecided { .. } => {}
        }
        judged.class = rule.class(judged.time);
    }

    /// Takes in the verdict of a confirmation.
    pub(super) fn confirm(&mut self, load: OfferedLoad, verdict: TrialVerdict) {
        let judged = self.entry(load);
        match verdict {
            TrialVerdict::Fail => {
                judged.confirmation = Confirmation::Failed;
                self.refuted.push(load);
            }
            TrialVerdict::Pass => judged.confirmation = Confirmation::Held,
            TrialVerdict::Invalid => {
                judged.invalid_confirmations += 1;
                if judged.invalid_confirmations >= INVALID_MAX {
                    judged.confirmation = Confirmation::Spoiled;
                }
            }
            TrialVerdict::Undecided { .. } => {}
        }
    }

    /// Plans longer trials at a load, and at each lower one.
    pub(super) fn lengthen(&mut self, load: OfferedLoad, span: Nanos) {
        self.lengthened.push((load, span));
    }

    /// Forgets the trials of a load, which can happen to it once.
    pub(super) fn reopen(&mut self, load: OfferedLoad) {
        let judged = self.entry(load);
        judged.time = JudgedTime::default();
        judged.class = Class::Undecided;
        judged.invalid = 0;
        judged.reopened = true;
    }

    fn entry(&mut self, load: OfferedLoad) -> &mut JudgedLoad {
        let place = self.loads.partition_point(|judged| judged.load < load);
        if self
            .loads
            .get(place)
            .is_none_or(|judged| judged.load != load)
        {
            self.loads.insert(place, JudgedLoad::new(load));
        }
        &mut self.loads[place]
    }
}
