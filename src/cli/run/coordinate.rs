//! `run --agents`: the coordinator of a run that agents make.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use tokio::time::Instant;

use super::abort_conditions::AbortConditions;
use super::folder::{RunFolder, SUMMARY};
use super::local_fleet::LocalFleet;
use super::progress::Display;
use super::{Args, conclude_run, fleet_spec, interrupt, sharded, watchers};
use crate::cli::broker::unusable;
use crate::cli::exit::{Code, CommandResult, Failure};
use crate::cli::guard::{Ceiling, KillSwitch};
use crate::cli::{scenario_file, stdio, wall};
use crate::engine::Stop;
use crate::fleet::{Action, Coordinator, CoordinatorBus, Ending, Event, FrameQueue, RunSpec};
use crate::live::Board;
use crate::plan::{Plan, Shard};
use crate::recording::{RecordingEnd, RecordingHead, RecordingReader, Second};
use crate::runner::{Identity, SoFar};
use crate::summarize::{Lockstep, Progress};
use crate::summary::{
    AnyReasonCode, BrokenThreshold, Reason, ReasonCode, RunState, Summary, Validity, Warning,
};
use crate::units::Nanos;

/// How often the coordinator looks whether time has changed anything.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// From this uncertainty of a start on, the figures of single seconds are blurred.
const SKEW_DEGRADED: Nanos = Nanos::from_millis(10);

/// From this uncertainty on, the arrivals are not those of the plan.
const SKEW_INVALID: Nanos = Nanos::from_millis(100);

/// Runs a plan by agents.
pub(super) fn run(
    args: &Args,
    agents: u32,
    loaded: &scenario_file::Loaded,
    identity: &Identity,
    (kill_switch, ceiling): (Option<KillSwitch>, Option<Ceiling>),
) -> CommandResult {
    let mut plan = loaded.plan.clone();
    let stop = Stop::default();
    interrupt::watch(stop.clone(), "ending the run and writing its reports")?;
    // Of one, so that nothing but the number of agents can be in the way.
    let local = match &args.fleet.broker.nats {
        Some(_) => None,
        None => Some(LocalFleet::prepare(&plan, &args.keys)?),
    };
    let mut overrides = args.overrides.list();
    if let Some(url) = local.as_ref().and_then(LocalFleet::target) {
        let target = crate::scenario::shorthand(crate::scenario::Shorthand::Target, url);
        overrides.push(target);
        let texts = (loaded.text.clone(), loaded.overlays.clone());
        plan = scenario_file::of_text(&args.scenario, texts.0, texts.1, &overrides)?.plan;
    }
    let one = Shard::new(1, agents).ok_or_else(|| Failure::internal(anyhow!("{agents} agents")))?;
    plan.clone().take_shard(one).map_err(sharded::not_shared)?;
    fleet_spec::refuse_secrets(loaded, &overrides)?;
    let spec = fleet_spec::spec(args, agents, loaded, &plan, overrides, identity);
    let local = local.map(|local| local.start(agents, args)).transpose()?;
    let url = local.as_ref().map(|local| local.url().to_owned());
    let url = url
        .or_else(|| args.fleet.broker.nats.clone())
        .unwrap_or_default();
    let broker = args.fleet.broker.broker(&url)?;
    let watchers = watchers::Watchers::start(&args.watch)?;
    let (bus, events) =
        CoordinatorBus::open(&broker, &spec, wall::since_epoch).map_err(unusable)?;
    stdio::note(&format!("waiting for {agents} agents"));
    let mut run = FleetRun {
        args,
        plan: &plan,
        identity,
        display: Display::new(args.ui, plan.duration()),
        board: watchers.as_ref().map(watchers::Watchers::board),
        folder: None,
        sources: BTreeMap::new(),
        agents,
        lockstep: None,
        broken_threshold: None,
        abort: AbortConditions {
            stop: stop.clone(),
            kill_switch,
            ceiling,
        },
        progress: Progress::default(),
        damaged: BTreeMap::new(),
    };
    let ending = run.follow(&bus, &events, &spec, &stop);
    bus.close();
    drop(local);
    run.display.finish();
    let ending = ending?;
    let summary = run.summary(&ending, stop.is_raised())?;
    let last = watchers.map(|watchers| (watchers, summary.clone()));
    let made = run.folder.take();
    let folder = made.ok_or_else(|| Failure::internal(anyhow!("the run has no folder")))?;
    let code = conclude_run(args, &summary, &folder.folder)?;
    if let Some((watchers, summary)) = last {
        watchers.conclude(summary, &stop)?;
    }
    Ok(code)
}

/// A run that agents make.
struct FleetRun<'r> {
    args: &'r Args,
    plan: &'r Plan,
    identity: &'r Identity,
    display: Display,
    board: Option<Arc<Board>>,
    folder: Option<RunFolder>,
    /// What came of each agent, by its shard.
    sources: BTreeMap<u32, Source>,
    agents: u32,
    /// The whole, once the heads of all agents are there.
    lockstep: Option<Lockstep>,
    broken_threshold: Option<BrokenThreshold>,
    /// What ends the run besides a signal.
    abort: AbortConditions,
    /// How far it is.
    progress: Progress,
    /// Agents that sent what cannot be read, and why.
    damaged: BTreeMap<u32, String>,
}

/// The frames of one agent.
struct Source {
    queue: FrameQueue,
    head: RecordingHead,
    reader: RecordingReader<FrameQueue>,
    /// Seconds that came before the heads of others.
    early: Vec<Second>,
    end: Option<RecordingEnd>,
}

impl FleetRun<'_> {
    /// Does what the coordinator decides, until the end.
    fn follow(
        &mut self,
        bus: &CoordinatorBus,
        events: &crossbeam_channel::Receiver<Event>,
        spec: &RunSpec,
        stop: &Stop,
    ) -> Result<Ending, Failure> {
        let begun = Instant::now();
        let on_loss = self.args.fleet.on_loss();
        let same = (spec.version.as_str(), spec.plan_sha256.as_str());
        let wait = self.args.fleet.wait_agents;
        let mut coordinator = Coordinator::new(self.agents, same, on_loss, wait, Nanos::ZERO);
        let mut is_stopped = false;
        loop {
            let event = events.recv_timeout(LOOK_EVERY).unwrap_or(Event::Tick);
            self.abort.look(&self.progress);
            let mut happened = vec![event];
            if !is_stopped && (stop.is_raised() || self.broken_threshold.is_some()) {
                is_stopped = true;
                happened.push(Event::Stop);
            }
            for event in happened {
                let (now, wall) = (
                    Nanos::from(begun.elapsed()),
                    Nanos::from(wall::since_epoch()),
                );
                for action in coordinator.on(event, now, wall) {
                    match action {
                        Action::Arm(arm) => {
                            self.make_folder()?;
                            bus.arm(arm).map_err(unusable)?;
                            let left = arm.start - Nanos::from(wall::since_epoch());
                            stdio::note(&format!("all are ready; the load begins in {left}"));
                        }
                        Action::StopAgents(why) => bus.stop_agents(&why),
                        Action::Deliver(shard, frame) => self.deliver(shard, &frame),
                        Action::Lost(shard) => self.lose(shard),
                        Action::Tell(what) => stdio::note(&what),
                        Action::Refuse(why) => {
                            let code = if stop.is_raised() {
                                Code::Interrupted
                            } else {
                                Code::Environment
                            };
                            return Err(Failure::new(code, anyhow!("{why}; nothing was sent")));
                        }
                        Action::Conclude(ending) => return Ok(ending),
                    }
                }
            }
        }
    }

    /// Goes on with what the others record.
    fn lose(&mut self, shard: u32) {
        if let Some(lockstep) = &mut self.lockstep {
            lockstep.end(place(shard), None);
        }
        // What cannot be read was told when it came.
        drop(self.add_up());
    }

    fn make_folder(&mut self) -> Result<(), Failure> {
        let commit = self.identity.commit.as_deref();
        let now = wall::since_epoch();
        let made = RunFolder::create(&self.args.out, &self.plan.name, now, commit)?;
        interrupt::writing_to(made.folder.path());
        self.folder = Some(made);
        Ok(())
    }

    /// Reads the next frame of an agent, and adds up what is whole by then.
    fn deliver(&mut self, shard: u32, frame: &[u8]) {
        if self.damaged.contains_key(&shard) {
            return;
        }
        let read = match self.sources.get_mut(&shard) {
            None => self.begin_source(shard, frame),
            Some(source) => source
                .read(frame)
                .map(|second| match (&mut self.lockstep, second) {
                    (Some(lockstep), Some(second)) => lockstep.add(place(shard), second),
                    (None, Some(second)) => source.early.push(second),
                    (Some(lockstep), None) => lockstep.end(place(shard), source.end.as_ref()),
                    (None, None) => {}
                }),
        };
        let added = read.and_then(|()| self.add_up());
        if let Err(why) = added {
            stdio::note(&format!(
                "warning: agent {shard} sent what cannot be read: {why}"
            ));
            self.damaged.insert(shard, why);
        }
    }

    fn begin_source(&mut self, shard: u32, frame: &[u8]) -> Result<(), String> {
        let queue = FrameQueue::default();
        queue.push(frame);
        let (head, reader) =
            RecordingReader::begin(queue.clone()).map_err(|error| error.to_string())?;
        let source = Source {
            queue,
            head,
            reader,
            early: Vec::new(),
            end: None,
        };
        self.sources.insert(shard, source);
        if self.sources.len() == usize::try_from(self.agents).unwrap_or(usize::MAX) {
            self.begin_lockstep()?;
        }
        Ok(())
    }

    fn begin_lockstep(&mut self) -> Result<(), String> {
        let heads = self.sources.values().map(|source| source.head.clone());
        let mut lockstep = Lockstep::of(heads.collect()).map_err(|error| error.to_string())?;
        for (number, source) in self.sources.values_mut().enumerate() {
            for second in source.early.drain(..) {
                lockstep.add(number, second);
            }
            if source.end.is_some() {
                lockstep.end(number, source.end.as_ref());
            }
        }
        self.lockstep = Some(lockstep);
        Ok(())
    }

    /// Adds up each second that all agents have recorded.
    fn add_up(&mut self) -> Result<(), String> {
        let Some(lockstep) = &mut self.lockstep else {
            return Ok(());
        };
        let mut last = None;
        while let Some(progress) = lockstep.next_second().map_err(|error| error.to_string())? {
            last = Some(progress);
        }
        if let Some(progress) = last {
            self.progress = progress;
            self.show(&progress);
        }
        Ok(())
    }

    fn show(&mut self, progress: &Progress) {
        let Some(lockstep) = &self.lockstep else {
            return;
        };
        let summary = || Arc::new(lockstep.summary());
        let so_far = SoFar::new(&summary);
        self.display.show(progress, &so_far);
        if self.broken_threshold.is_none() {
            self.broken_threshold = lockstep.certain_failure();
        }
        let second = progress.elapsed.as_secs();
        if self.board.is_some() || second <= 10 || second.is_multiple_of(10) {
            let summary = so_far.summary();
            if let Some(board) = &self.board {
                board.show(Arc::clone(summary));
            }
            if let (Some(folder), Ok(json)) = (&self.folder, serde_json::to_vec(&**summary)) {
                drop(folder.folder.replace(SUMMARY, &json));
            }
        }
    }

    /// The summary of the whole run.
    fn summary(&mut self, ending: &Ending, is_interrupted: bool) -> Result<Summary, Failure> {
        if self.lockstep.is_none() && !self.sources.is_empty() {
            // Of an agent that was lost before its first second nothing is known.
            self.begin_lockstep()
                .map_err(|why| Failure::internal(anyhow!(why)))?;
        }
        let Some(mut lockstep) = self.lockstep.take() else {
            return Err(Failure::environment(anyhow!("no agent recorded anything")));
        };
        for number in 0..self.sources.len() {
            lockstep.end(number, None);
        }
        while lockstep
            .next_second()
            .map_err(|error| Failure::internal(anyhow!(error)))?
            .is_some()
        {}
        let mut summary = lockstep.summary();
        if is_interrupted {
            summary.run.state = RunState::Interrupted;
        } else if summary.run.state == RunState::Interrupted {
            // Agents were: a part of the run is missing.
            summary.run.state = RunState::Running;
        }
        if let Some(threshold) = self.broken_threshold.take() {
            summary.run.state = RunState::Stopped;
            summary.stopped = Some(threshold.into());
        }
        summary.run.command.clone_from(&self.identity.command);
        summary.run.commit.clone_from(&self.identity.commit);
        self.judge(&mut summary, ending);
        Ok(summary)
    }

    /// Adds what the coordinator knows of the measurement.
    fn judge(&self, summary: &mut Summary, ending: &Ending) {
        let mut add = |code, verdict, text: String| {
            summary.measurement.add(Reason {
                code: AnyReasonCode::Known(code),
                verdict,
                text,
            });
        };
        let lacking = ending.incomplete.iter().chain(&self.damaged);
        for (shard, why) in lacking {
            let text = if why.starts_with("agent ") {
                format!("the figures are incomplete: {why}")
            } else {
                format!("the figures are incomplete: agent {shard}: {why}")
            };
            add(ReasonCode::ShardIncomplete, Validity::Invalid, text);
        }
        for (shard, why) in &ending.broken {
            let text = format!("agent {shard} failed: {why}");
            add(ReasonCode::ShardIncomplete, Validity::Invalid, text);
        }
        let worst = ending.skews.iter().max_by_key(|(_, skew)| **skew);
        if let Some((shard, skew)) = worst.filter(|(_, skew)| **skew >= SKEW_DEGRADED) {
            let verdict = if *skew >= SKEW_INVALID {
                Validity::Invalid
            } else {
                Validity::Degraded
            };
            let text = format!("agent {shard} may have begun up to {skew} beside the others");
            add(ReasonCode::StartSkewed, verdict, text);
        }
        if ending.blind > Nanos::ZERO {
            let text = format!(
                "the coordinator could not see the run for {}, because the broker was away",
                ending.blind
            );
            summary.warn([Warning::new(ReasonCode::BrokerGone, text)]);
        }
    }
}

impl Source {
    /// Reads a frame: a second, or the end.
    fn read(&mut self, frame: &[u8]) -> Result<Option<Second>, String> {
        self.queue.push(frame);
        let second = self
            .reader
            .next_second()
            .map_err(|error| error.to_string())?;
        if second.is_none() {
            self.end = self.reader.end().cloned();
        }
        Ok(second)
    }
}

/// The place of a shard among all.
fn place(shard: u32) -> usize {
    usize::try_from(shard.saturating_sub(1)).unwrap_or(usize::MAX)
}
