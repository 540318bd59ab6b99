//! The measurer: makes one run of a trial, and returns what was measured.

use super::searched_load::SearchedLoad;
use super::stops::Stops;
use crate::cli::exit::Failure;
use crate::cli::guard::{Ceiling, GuardArgs, KillSwitch};
use crate::cli::key_folder::KeyFolder;
use crate::cli::run::abort_conditions::AbortConditions;
use crate::cli::run::{credentials, entropy, setting};
use crate::plan::Plan;
use crate::runner::{
    self, Begun, FailureKind, Identity, Job, Outlets, RunFailure, Seconds, Sink, SoFar,
};
use crate::search::OfferedLoad;
use crate::summarize::Progress;
use crate::summary::{RunState, Summary};
use crate::units::Nanos;

/// What the runs of a search share.
pub(super) struct Measurer<'m> {
    pub(super) plan: &'m Plan,
    pub(super) load: &'m SearchedLoad,
    pub(super) identity: &'m Identity,
    pub(super) keys: &'m KeyFolder,
    pub(super) guard: &'m GuardArgs,
    pub(super) kill_switch: Option<KillSwitch>,
    pub(super) stops: Stops,
    pub(super) wait_for: Option<Nanos>,
    /// Whether a run has begun: the target was there then.
    pub(super) has_begun: bool,
    /// How many trials there were in all searches.
    pub(super) trials: u64,
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

impl Measurer<'_> {
    /// Makes the run of a trial.
    ///
    /// # Errors
    ///
    /// The first run could not begin, or the generator failed.
    pub(super) fn trial(&mut self, load: OfferedLoad, span: Nanos) -> Result<Measured, Failure> {
        let mut plan = self.load.trial(self.plan, self.trials, load, span);
        plan.target.preflight &= !self.has_begun;
        self.trials += 1;
        self.run(&plan)
    }

    /// Makes a few callouts at the lowest load, to see how the target is.
    ///
    /// # Errors
    ///
    /// The generator failed.
    pub(super) fn probe(&mut self, span: Nanos) -> Result<Measured, Failure> {
        let mut plan = self.load.probes(self.plan, span);
        plan.target.preflight = false;
        plan.target.early_stop = false;
        self.run(&plan)
    }

    fn run(&mut self, plan: &Plan) -> Result<Measured, Failure> {
        let keys = credentials::keys_of(plan, self.keys)?;
        let stop = self.stops.of_run();
        // Each run has leads of its own.
        let identity = Identity {
            entropy: entropy(),
            ..self.identity.clone()
        };
        let job = Job {
            plan,
            keys: &keys,
            identity: &identity,
            setting: setting(stop.clone()),
            // A signer that cannot keep up makes the measurement invalid, which the search tells.
            force: true,
            wait_for: self.wait_for.filter(|_| !self.has_begun),
            start_at: None,
        };
        let mut sink = Watching(Some(AbortConditions {
            stop,
            kill_switch: self.kill_switch.clone(),
            ceiling: Ceiling::of(plan, self.guard.permissions()),
        }));
        let ran = match runner::run(&job, &mut sink) {
            Ok(ran) => ran,
            Err(failure) if failure.kind == FailureKind::Interrupted => {
                return Ok(Measured::Interrupted);
            }
            Err(failure) if self.has_begun && failure.kind == FailureKind::Environment => {
                return Ok(Measured::Unreachable(format!("{:#}", failure.error)));
            }
            Err(failure) => return Err(failure.into()),
        };
        self.has_begun = true;
        if let Some(error) = ran.broken {
            return Err(Failure::internal(error));
        }
        Ok(match ran.summary.run.state {
            RunState::Interrupted => Measured::Interrupted,
            RunState::Finished | RunState::Running | RunState::Stopped => {
                Measured::Ended(Box::new(ran.summary))
            }
        })
    }
}

/// Watches for reasons to end a run; keeps nothing else of it.
struct Watching(Option<AbortConditions>);

impl Sink for Watching {
    type Error = RunFailure;

    fn begin(&mut self, _: &Begun<'_>) -> Result<Outlets, RunFailure> {
        Ok(Outlets::of(EachSecond(self.0.take())))
    }
}

struct EachSecond(Option<AbortConditions>);

impl Seconds for EachSecond {
    fn wait(&mut self) {
        self.look(&Progress::default());
    }

    fn second(&mut self, progress: &Progress, _: &SoFar<'_>) {
        self.look(progress);
    }
}

impl EachSecond {
    fn look(&mut self, progress: &Progress) {
        if let Some(abort) = &mut self.0 {
            abort.look(progress);
        }
    }
}
