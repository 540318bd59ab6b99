//! The measurer: has the run of a trial made, and returns what was measured.

use super::searched_load::SearchedLoad;
use super::stops::Stops;
use crate::cli::exit::Failure;
use crate::cli::guard::{Ceiling, GuardArgs, KillSwitch};
use crate::cli::run::abort_conditions::AbortConditions;
use crate::engine::Stop;
use crate::plan::Plan;
use crate::search::OfferedLoad;
use crate::summary::Summary;
use crate::units::Nanos;

/// What makes the runs of a search: this process, or agents.
pub(super) trait Generator {
    /// Makes a run.
    ///
    /// # Errors
    ///
    /// The first run could not begin, or the generator failed.
    fn run(&mut self, run: &TrialRun<'_>, stop: &Stop) -> Result<Measured, Failure>;
}

/// One run of a search.
#[derive(Debug)]
pub(super) struct TrialRun<'r> {
    pub(super) plan: &'r Plan,
    #[cfg_attr(
        not(feature = "fleet"),
        expect(dead_code, reason = "agents make the plan from it")
    )]
    pub(super) trial: Trial,
    /// Whether a run has begun before: the target was there then.
    pub(super) has_begun: bool,
    /// What ends the run besides a threshold.
    pub(super) ends: &'r Ends<'r>,
}

/// What makes the plan of a run from that of the scenario.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(feature = "fleet"),
    expect(dead_code, reason = "agents make the plan from it")
)]
pub(super) struct Trial {
    /// How many trials there were before.
    pub(super) number: u64,
    /// What is offered; nothing if only a few probes see how the target is.
    pub(super) offered: Option<OfferedLoad>,
    pub(super) span: Nanos,
}

/// What ends a run of a search besides a threshold and a signal.
#[derive(Debug)]
pub(super) struct Ends<'m> {
    pub(super) guard: &'m GuardArgs,
    pub(super) kill_switch: Option<KillSwitch>,
}

impl Ends<'_> {
    /// The conditions for a run of this plan, which raise the stop.
    pub(super) fn of(&self, plan: &Plan, stop: Stop) -> AbortConditions {
        AbortConditions {
            stop,
            kill_switch: self.kill_switch.clone(),
            ceiling: Ceiling::of(plan, self.guard.permissions()),
        }
    }
}

/// What the runs of a search share.
pub(super) struct Measurer<'m> {
    plan: &'m Plan,
    load: &'m SearchedLoad,
    generator: Box<dyn Generator + 'm>,
    ends: Ends<'m>,
    pub(super) stops: Stops,
    has_begun: bool,
    /// How many trials there were in all searches.
    trials: u64,
}

/// What came of a run.
#[derive(Debug)]
pub(super) enum Measured {
    /// It has ended.
    Ended(Box<Summary>),
    /// The user ended it, or the kill switch did.
    Interrupted,
    /// The target could not be reached any more.
    Unreachable(String),
}

impl<'m> Measurer<'m> {
    /// Of trials of a plan in which this load changes.
    pub(super) fn new(
        (plan, load): (&'m Plan, &'m SearchedLoad),
        generator: Box<dyn Generator + 'm>,
        ends: Ends<'m>,
        stops: Stops,
    ) -> Self {
        Self {
            plan,
            load,
            generator,
            ends,
            stops,
            has_begun: false,
            trials: 0,
        }
    }

    /// Makes the run of a trial.
    ///
    /// # Errors
    ///
    /// The first run could not begin, or the generator failed.
    pub(super) fn trial(&mut self, load: OfferedLoad, span: Nanos) -> Result<Measured, Failure> {
        let number = self.trials;
        self.trials += 1;
        let plan = self.load.trial(self.plan, number, load, span);
        let trial = Trial {
            number,
            offered: Some(load),
            span,
        };
        self.run(&plan, trial)
    }

    /// Makes a few callouts at the lowest load, to see how the target is.
    ///
    /// # Errors
    ///
    /// The generator failed.
    pub(super) fn probe(&mut self, span: Nanos) -> Result<Measured, Failure> {
        let plan = self.load.probes(self.plan, span);
        let trial = Trial {
            number: self.trials,
            offered: None,
            span,
        };
        self.run(&plan, trial)
    }

    fn run(&mut self, plan: &Plan, trial: Trial) -> Result<Measured, Failure> {
        let run = TrialRun {
            plan,
            trial,
            has_begun: self.has_begun,
            ends: &self.ends,
        };
        let measured = self.generator.run(&run, &self.stops.of_run())?;
        self.has_begun = true;
        Ok(measured)
    }
}
