//! The state machine: an observation in, the next step out.

use super::judged_loads::{JudgedLoad, JudgedLoads};
use super::load::OfferedLoad;
use super::search_result::{Bracket, Conclusion, SearchResult};
use super::settings::{Settings, SettingsError};
use super::strategy::{Move, choose, outlived};
use super::time_left::TimeLeft;
use super::trial::{Trial, TrialKind, TrialVerdict};
use crate::units::Nanos;

/// A search: what it may try, and what it has seen.
#[derive(Clone, Debug)]
pub struct Controller {
    settings: Settings,
    loads: JudgedLoads,
    trials: Vec<Trial>,
    stage: Stage,
}

/// What whoever runs the search is to do next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// Try the load for longer than usual, to see whether it is reproducible.
    Confirm {
        /// The load to offer.
        load: OfferedLoad,
        /// For how long.
        span: Nanos,
    },
    /// The search has ended.
    Done(SearchResult),
    /// Wait until the target is as it was before a trial: probe it at a very low rate until its
    /// latency is that of the lowest load.
    Recover {
        /// The load whose latency is expected.
        load: OfferedLoad,
        /// How long to wait at most.
        within: Nanos,
    },
    /// Try the load.
    Trial {
        /// The load to offer.
        load: OfferedLoad,
        /// For how long.
        span: Nanos,
    },
    /// Warm up the target. What comes of it is listed and decides nothing.
    WarmUp {
        /// The load to offer.
        load: OfferedLoad,
        /// For how long.
        span: Nanos,
    },
}

/// What came of a step.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Observation {
    /// A trial has ended: a warm-up, a trial or a confirmation.
    Ended {
        /// How long it really took.
        took: Nanos,
        /// What came of it.
        verdict: TrialVerdict,
        /// Why, in words for people; empty if it passed.
        why: String,
    },
    /// The search is to end now, with what it knows. The trial under way, if any, counts for nothing.
    Interrupted,
    /// The target did not recover in the time that was given.
    NotRecovered {
        /// How long it was given.
        took: Nanos,
    },
    /// The target has recovered.
    Recovered {
        /// How long that took.
        took: Nanos,
    },
}

/// What the search waits for.
#[derive(Clone, Debug)]
enum Stage {
    /// It has ended before it found its answer.
    Ended(Conclusion),
    /// The target recovers from the last trial.
    Recovering,
    /// Trials.
    Trying,
    /// The warm-up.
    Warming,
}

impl Controller {
    /// Begins a search.
    ///
    /// # Errors
    ///
    /// The first setting that cannot work.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        let stage = if settings.warm_up > Nanos::ZERO {
            Stage::Warming
        } else {
            Stage::Trying
        };
        Ok(Self {
            loads: JudgedLoads::new(settings.class_rule()),
            settings,
            trials: Vec::new(),
            stage,
        })
    }

    /// What is to be done next. The same until something is observed.
    pub fn next(&self) -> Step {
        let chosen = choose(&self.settings, &self.loads);
        let (from, within) = (self.settings.from, self.settings.recovery);
        match (&self.stage, chosen) {
            (Stage::Ended(conclusion), _) => self.done(conclusion.clone()),
            (_, Move::Finish(conclusion)) => self.done(conclusion),
            (Stage::Warming, _) => Step::WarmUp {
                load: from,
                span: self.settings.warm_up,
            },
            (Stage::Recovering, _) => Step::Recover { load: from, within },
            (Stage::Trying, Move::Confirm(load)) => Step::Confirm {
                load,
                span: self.span_at(load).max(self.settings.confirm),
            },
            (Stage::Trying, Move::Judge(load)) => Step::Trial {
                load,
                span: self.span_at(load),
            },
        }
    }

    /// Takes in what came of the step that [`next`](Self::next) asked for. What does not answer that
    /// step changes nothing, nor does anything once the search is done.
    pub fn observe(&mut self, observation: Observation) {
        match (self.next(), observation) {
            (Step::Done(_), _) => {}
            (_, Observation::Interrupted) => self.stage = Stage::Ended(Conclusion::Interrupted),
            (Step::Recover { .. }, Observation::Recovered { took }) => {
                if let Some(trial) = self.trials.last_mut() {
                    trial.recovery = Some(took);
                }
                self.stage = Stage::Trying;
            }
            (Step::Recover { .. }, Observation::NotRecovered { .. }) => {
                let after = self
                    .trials
                    .last()
                    .map_or(self.settings.from, |trial| trial.load);
                self.stage = Stage::Ended(Conclusion::NotRecovered { after });
            }
            (step, Observation::Ended { took, verdict, why }) => {
                if let Some((kind, load, span)) = step.trial() {
                    self.ended(Trial {
                        kind,
                        load,
                        span,
                        took,
                        verdict,
                        why,
                        recovery: None,
                    });
                }
            }
            (_, Observation::NotRecovered { .. } | Observation::Recovered { .. }) => {}
        }
    }

    /// All trials so far, in their order.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// What is known of each load that was tried, in ascending order of loads.
    pub fn loads(&self) -> &[JudgedLoad] {
        self.loads.all()
    }

    /// The bracket by what is known so far.
    pub fn bracket(&self) -> Bracket {
        Bracket::of(&self.loads)
    }

    /// About how many trials, and how much time, the search still needs.
    pub fn time_left(&self) -> TimeLeft {
        match self.next() {
            Step::Done(_) => TimeLeft::default(),
            _ => TimeLeft::of(&self.settings, &self.loads, &self.trials),
        }
    }

    /// The settings of the search.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    fn done(&self, conclusion: Conclusion) -> Step {
        Step::Done(SearchResult::new(&self.loads, conclusion))
    }

    fn span_at(&self, load: OfferedLoad) -> Nanos {
        let lengthened = self.loads.lengthened_at(load);
        self.settings.span_at(load).max(lengthened)
    }

    fn ended(&mut self, trial: Trial) {
        let (load, span, verdict) = (trial.load, trial.span, trial.verdict);
        self.stage = match verdict {
            TrialVerdict::Fail | TrialVerdict::Invalid => Stage::Recovering,
            TrialVerdict::Pass | TrialVerdict::Undecided { .. } => Stage::Trying,
        };
        match trial.kind {
            TrialKind::Confirm => self.loads.confirm(load, verdict),
            TrialKind::Judge => self.loads.judge(load, span, verdict, &trial.why),
            TrialKind::WarmUp => {}
        }
        if let TrialVerdict::Undecided { needed } = verdict
            && trial.kind != TrialKind::WarmUp
        {
            self.lengthen(load, span, needed);
        }
        self.trials.push(trial);
        if let Some(load) = outlived(&self.settings, &self.loads, &self.trials) {
            self.loads.reopen(load);
        }
    }

    /// Plans a longer trial, or ends the search where the longest was too short.
    fn lengthen(&mut self, load: OfferedLoad, span: Nanos, needed: Option<Nanos>) {
        if span >= self.settings.longest {
            self.stage = Stage::Ended(Conclusion::Unmeasurable { load, span });
        } else {
            let longer = needed.unwrap_or_default().max(span + span);
            let longer = longer.min(self.settings.longest);
            self.loads.lengthen(load, longer);
        }
    }
}

impl Step {
    /// The trial that this step asks for: what for, the load, and for how long.
    pub const fn trial(&self) -> Option<(TrialKind, OfferedLoad, Nanos)> {
        match *self {
            Self::Confirm { load, span } => Some((TrialKind::Confirm, load, span)),
            Self::Trial { load, span } => Some((TrialKind::Judge, load, span)),
            Self::WarmUp { load, span } => Some((TrialKind::WarmUp, load, span)),
            Self::Done(_) | Self::Recover { .. } => None,
        }
    }
}
