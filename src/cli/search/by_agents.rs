//! Trials that agents make.

use super::measurer::{Generator, Measured, TrialRun};
use crate::cli::broker::unusable;
use crate::cli::exit::Failure;
use crate::cli::fleet::{self, AgentRun, AgentRunFailure, AgentSeconds, Agents, SharedScenario};
use crate::cli::run::identity::entropy;
use crate::engine::Stop;
use crate::fleet::{AgentLoss, SearchBeat, TrialSpec};
use crate::runner::Identity;
use crate::search::OfferedLoad;
use crate::summary::RunState;
use crate::units::Nanos;

/// Has runs made by agents.
pub(super) struct ByAgents<'m> {
    /// Keeps the agents from trial to trial. It ends before those of this machine are waited for.
    _beat: SearchBeat,
    shared: &'m SharedScenario,
    agents: Agents,
    identity: &'m Identity,
    /// The load that changes, and the highest that may be tried, with its span.
    load: &'m str,
    highest: (String, Nanos),
}

impl<'m> ByAgents<'m> {
    /// Has the trials of a search made, which has the id of this identity.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub(super) fn of(
        shared: &'m SharedScenario,
        agents: Agents,
        identity: &'m Identity,
        load: &'m str,
        highest: (String, Nanos),
    ) -> Result<Self, Failure> {
        let beat = SearchBeat::open(&agents.broker, &identity.id).map_err(unusable)?;
        Ok(Self {
            _beat: beat,
            shared,
            agents,
            identity,
            load,
            highest,
        })
    }
}

impl Generator for ByAgents<'_> {
    fn run(&mut self, run: &TrialRun<'_>, stop: &Stop) -> Result<Measured, Failure> {
        let entropy = entropy();
        let identity = Identity {
            id: format!("{entropy:016x}"),
            entropy,
            ..self.identity.clone()
        };
        let (highest, longest) = self.highest.clone();
        let trial = TrialSpec {
            search: self.identity.id.clone(),
            number: run.trial.number,
            load: self.load.to_owned(),
            offered: run.trial.offered.map(OfferedLoad::argument),
            span: run.trial.span,
            highest,
            longest,
        };
        let told = (self.shared, run.plan);
        let spec = fleet::spec(told, self.agents.count, &identity, Some(trial), true);
        let abort = run.ends.of(run.plan, stop.clone());
        let made = AgentRun::of(&spec, abort).make(&self.agents, AgentLoss::Stop, &mut Unshown);
        let mut summary = match made {
            Ok(summary) => summary,
            Err(AgentRunFailure::Interrupted(_)) if run.has_begun => {
                return Ok(Measured::Interrupted);
            }
            Err(AgentRunFailure::Target(why)) if run.has_begun => {
                return Ok(Measured::Unreachable(why));
            }
            Err(failure) => return Err(failure.into()),
        };
        summary.run.command.clone_from(&self.identity.command);
        Ok(match summary.run.state {
            RunState::Interrupted => Measured::Interrupted,
            RunState::Finished | RunState::Running | RunState::Stopped => {
                Measured::Ended(Box::new(summary))
            }
        })
    }
}

/// The progress of a search is that of its trials.
struct Unshown;

impl AgentSeconds for Unshown {}
