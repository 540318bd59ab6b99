//! A run that agents make, from the coordinator's side.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use tokio::time::Instant;

use super::judgement::judge;
use super::local::{LocalAgents, RunningFleet};
use super::recordings::Recordings;
use super::{FleetArgs, SharedScenario};
use crate::cli::broker::unusable;
use crate::cli::exit::{Code, Failure};
use crate::cli::run::abort_conditions::AbortConditions;
use crate::cli::{stdio, wall};
use crate::engine::Stop;
use crate::fleet::{
    Action, AgentLoss, Broker, Coordinator, CoordinatorBus, Ending, Event, RunSpec, Told,
};
use crate::runner::SoFar;
use crate::summarize::Progress;
use crate::summary::{BrokenThreshold, RunState, Summary};
use crate::units::Nanos;

/// How often the coordinator looks whether time has changed anything.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Agents that runs can be made by.
pub(in crate::cli) struct Agents {
    /// How many.
    pub(in crate::cli) count: u32,
    pub(in crate::cli) broker: Broker,
    /// How long they may take to be ready.
    wait: Nanos,
    /// A broker and agents of this machine, which end with this.
    _local: Option<RunningFleet>,
}

impl Agents {
    /// Those of the broker that the command line names; without one, starts a broker and agents on this machine.
    ///
    /// # Errors
    ///
    /// The broker cannot be named or started.
    pub(in crate::cli) fn of(
        (args, count): (&FleetArgs, u32),
        shared: &mut SharedScenario,
        how: &LocalAgents<'_>,
    ) -> Result<Self, Failure> {
        let local = shared.local.take();
        let local = local.map(|local| local.start(count, how)).transpose()?;
        let own = local.as_ref().map(RunningFleet::url);
        let url = own.or(args.broker.nats.as_deref()).unwrap_or_default();
        Ok(Self {
            count,
            broker: args.broker.broker(url)?,
            wait: args.wait_agents,
            _local: local,
        })
    }
}

/// Takes what happens in a run.
pub(in crate::cli) trait AgentSeconds {
    /// Called when all agents are ready, before they are told the start.
    ///
    /// # Errors
    ///
    /// The run cannot begin.
    fn armed(&mut self, _left: Nanos) -> Result<(), Failure> {
        Ok(())
    }

    /// Called when a second of the run is added up.
    fn second(&mut self, _progress: &Progress, _so_far: &SoFar<'_>) {}
}

/// Why a run has no summary.
#[derive(Debug)]
pub(in crate::cli) enum AgentRunFailure {
    /// It could not begin because of the target.
    Target(String),
    /// It was ended before it could begin.
    Interrupted(String),
    /// Anything else.
    Other(Failure),
}

/// A run that agents make.
pub(in crate::cli) struct AgentRun<'r> {
    spec: &'r RunSpec,
    /// What ends the run besides a threshold.
    abort: AbortConditions,
    stop: Stop,
    recordings: Recordings,
    broken_threshold: Option<BrokenThreshold>,
    /// How far it is.
    progress: Progress,
}

impl<'r> AgentRun<'r> {
    /// One that has not begun.
    pub(in crate::cli) fn of(spec: &'r RunSpec, abort: AbortConditions) -> Self {
        Self {
            spec,
            stop: abort.stop.clone(),
            abort,
            recordings: Recordings::of(spec.agents),
            broken_threshold: None,
            progress: Progress::default(),
        }
    }

    /// Has it made by agents, to the end.
    ///
    /// # Errors
    ///
    /// It could not begin, or nothing was recorded.
    pub(in crate::cli) fn make(
        mut self,
        agents: &Agents,
        on_loss: AgentLoss,
        seconds: &mut dyn AgentSeconds,
    ) -> Result<Summary, AgentRunFailure> {
        let opened = CoordinatorBus::open(&agents.broker, self.spec, wall::since_epoch);
        let (bus, events) = opened.map_err(|error| AgentRunFailure::Other(unusable(error)))?;
        let same = (self.spec.version.as_str(), self.spec.plan_sha256.as_str());
        let coordinator = Coordinator::new(agents.count, same, on_loss, agents.wait, Nanos::ZERO);
        let ending = self.follow(coordinator, &bus, &events, seconds);
        bus.close();
        self.summary(&ending?).map_err(AgentRunFailure::Other)
    }

    /// Does what the coordinator decides, until the end.
    fn follow(
        &mut self,
        mut coordinator: Coordinator,
        bus: &CoordinatorBus,
        events: &crossbeam_channel::Receiver<Told>,
        seconds: &mut dyn AgentSeconds,
    ) -> Result<Ending, AgentRunFailure> {
        let begun = Instant::now();
        let mut is_stopped = false;
        loop {
            let told = events.recv_timeout(LOOK_EVERY);
            let Told { event, asker } = told.unwrap_or_else(|_| Event::Tick.into());
            self.abort.look(&self.progress);
            let mut happened = vec![event];
            let mut ending = None;
            if let Some(why) = self.end().filter(|_| !is_stopped) {
                is_stopped = true;
                happened.push(Event::Stop(why));
            }
            for event in happened {
                let (now, wall) = (
                    Nanos::from(begun.elapsed()),
                    Nanos::from(wall::since_epoch()),
                );
                for action in coordinator.on(event, now, wall) {
                    ending = self.act(action, bus, seconds)?.or(ending);
                }
            }
            if let Some(asker) = asker {
                let next = coordinator.next_frame(asker.shard);
                bus.answer(asker, next);
            }
            if let Some(ending) = ending {
                return Ok(ending);
            }
        }
    }

    /// Why the run is to end before its time, if it is.
    fn end(&self) -> Option<&'static str> {
        if self.stop.is_raised() {
            return Some("the run was interrupted");
        }
        let broken = self.broken_threshold.as_ref();
        broken.map(|_| "a threshold is certain to be broken")
    }

    fn act(
        &mut self,
        action: Action,
        bus: &CoordinatorBus,
        seconds: &mut dyn AgentSeconds,
    ) -> Result<Option<Ending>, AgentRunFailure> {
        match action {
            Action::Arm(arm) => {
                let left = arm.start - Nanos::from(wall::since_epoch());
                seconds.armed(left).map_err(AgentRunFailure::Other)?;
                bus.arm(arm)
                    .map_err(|error| AgentRunFailure::Other(unusable(error)))?;
            }
            Action::StopAgents(why) => bus.stop_agents(&why),
            Action::Deliver(shard, frame) => {
                let progress = self.recordings.deliver(shard, &frame);
                self.show(progress, seconds);
            }
            Action::Lost(shard) => {
                let progress = self.recordings.lose(shard);
                self.show(progress, seconds);
            }
            Action::Tell(what) => stdio::note(&what),
            Action::Refuse(refusal) => {
                let why = format!("{}; nothing was sent", refusal.why);
                return Err(if self.stop.is_raised() {
                    AgentRunFailure::Interrupted(why)
                } else if refusal.is_of_target {
                    AgentRunFailure::Target(why)
                } else {
                    AgentRunFailure::Other(Failure::environment(anyhow!(why)))
                });
            }
            Action::Conclude(ending) => return Ok(Some(ending)),
        }
        Ok(None)
    }

    fn show(&mut self, progress: Option<Progress>, seconds: &mut dyn AgentSeconds) {
        let (Some(progress), Some(whole)) = (progress, self.recordings.so_far()) else {
            return;
        };
        self.progress = progress;
        let summary = || Arc::new(whole.summary());
        seconds.second(&progress, &SoFar::new(&summary));
        if self.broken_threshold.is_none() {
            self.broken_threshold = whole.certain_failure();
        }
    }

    /// The summary of the whole run.
    fn summary(&mut self, ending: &Ending) -> Result<Summary, Failure> {
        let mut summary = self.recordings.finish()?.summary();
        if self.stop.is_raised() {
            summary.run.state = RunState::Interrupted;
        } else if summary.run.state == RunState::Interrupted {
            // Agents were: a part of the run is missing.
            summary.run.state = RunState::Running;
        }
        if let Some(threshold) = self.broken_threshold.take() {
            summary.run.state = RunState::Stopped;
            summary.stopped = Some(threshold.into());
        }
        judge(&mut summary, ending, self.recordings.damaged());
        Ok(summary)
    }
}

impl From<AgentRunFailure> for Failure {
    fn from(failure: AgentRunFailure) -> Self {
        match failure {
            AgentRunFailure::Target(why) => Self::environment(anyhow!(why)),
            AgentRunFailure::Interrupted(why) => Self::new(Code::Interrupted, anyhow!(why)),
            AgentRunFailure::Other(failure) => failure,
        }
    }
}
