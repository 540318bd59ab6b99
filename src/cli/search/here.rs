//! Trials that this process makes.

use super::measurer::{Generator, Measured, TrialRun};
use crate::cli::exit::Failure;
use crate::cli::key_folder::KeyFolder;
use crate::cli::run::abort_conditions::AbortConditions;
use crate::cli::run::credentials;
use crate::cli::run::identity::entropy;
use crate::cli::run::setting::setting;
use crate::engine::Stop;
use crate::runner::{
    self, Begun, FailureKind, Identity, Job, Outlets, RunFailure, Seconds, Sink, SoFar,
};
use crate::summarize::Progress;
use crate::summary::RunState;
use crate::units::Nanos;

/// Makes runs in this process.
pub(super) struct Here<'m> {
    pub(super) identity: &'m Identity,
    pub(super) keys: &'m KeyFolder,
    /// How long the first run may wait for the target.
    pub(super) wait_for: Option<Nanos>,
}

impl Generator for Here<'_> {
    fn run(&mut self, run: &TrialRun<'_>, stop: &Stop) -> Result<Measured, Failure> {
        let plan = run.plan;
        let keys = credentials::keys_of(plan, self.keys)?;
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
            wait_for: self.wait_for.filter(|_| !run.has_begun),
            start_at: None,
        };
        let mut sink = Watching(Some(run.ends.of(plan, stop.clone())));
        let ran = match runner::run(&job, &mut sink) {
            Ok(ran) => ran,
            Err(failure) if failure.kind == FailureKind::Interrupted => {
                return Ok(Measured::Interrupted);
            }
            Err(failure) if run.has_begun && failure.kind == FailureKind::Environment => {
                return Ok(Measured::Unreachable(format!("{:#}", failure.error)));
            }
            Err(failure) => return Err(failure.into()),
        };
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
