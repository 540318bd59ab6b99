//! What the coordinator of a run decides: events go in, actions come out.
//!
//! It knows no broker, no clock and no file, so every order of events can be tried.

use std::collections::BTreeMap;

use super::message::{AgentEnd, Arm, Ready};
use super::refusal::{RunRefused, refusal};
use crate::units::Nanos;

/// How long an agent may be silent before it is lost.
const LEASE: Nanos = Nanos::from_secs(10);

/// The time that the start has to reach the agents, at least.
const WAY_MIN: Nanos = Nanos::from_millis(1_500);

/// The same in uncertainties of an agent's clock: each is half a round trip.
const WAY_MIN_ERRORS: u64 = 40;

/// How long the coordinator waits for what is still to come: for frames after the agents' ends, and for agents
/// after it asked them to stop.
const GRACE: Nanos = Nanos::from_secs(60);

/// Frames of an agent that came too early, kept until those before them come.
const EARLY_MAX: usize = 256;

/// What happens.
#[derive(Clone, Debug)]
pub enum Event {
    /// An agent says that it is prepared, or cannot run.
    Ready(u32, Box<Ready>),
    /// A sign of life of an agent.
    Alive(u32),
    /// A frame of an agent, with its number from 0.
    Frame(u32, u64, Vec<u8>),
    /// An agent has come to its end.
    Ended(u32, AgentEnd),
    /// The connection to the broker is there, or is gone.
    Broker(bool),
    /// The user, a kill switch or a threshold asks for the end: why.
    Stop(&'static str),
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Tell the agents when the load begins.
    Arm(Arm),
    /// Tell the agents to stop, and why.
    StopAgents(String),
    /// Read this frame of this agent: the next of its recording.
    Deliver(u32, Vec<u8>),
    /// Nothing more will come of this agent.
    Lost(u32),
    /// Tell the user.
    Tell(String),
    /// The run could not begin: nothing was sent.
    Refuse(RunRefused),
    /// Nothing more will come.
    Conclude(Ending),
}

/// How a run ended.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Ending {
    /// Agents that were lost, or whose frames did not all come, and why.
    pub incomplete: BTreeMap<u32, String>,
    /// How far the start of each agent was from the instant that was named.
    pub skews: BTreeMap<u32, Nanos>,
    /// What broke agents.
    pub broken: BTreeMap<u32, String>,
    /// For how long the broker was gone, if it was.
    pub blind: Nanos,
}

/// What becomes of a run that loses an agent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AgentLoss {
    /// It ends.
    Stop,
    /// It goes on; the share of the lost agent is missing.
    Continue,
}

/// The decisions of one run.
#[derive(Debug)]
pub struct Coordinator {
    agents: Vec<Agent>,
    version: String,
    plan_sha256: String,
    on_loss: AgentLoss,
    wait: Nanos,
    begun: Nanos,
    phase: Phase,
    /// Since when the broker is gone.
    blind_since: Option<Nanos>,
    ending: Ending,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    /// Agents get ready.
    Gathering,
    /// The load goes on.
    Running,
    /// Agents were asked to stop, then.
    Stopping(Nanos),
    /// All is decided.
    Over,
}

#[derive(Debug, Default)]
struct Agent {
    ready: Option<Ready>,
    heard: Option<Nanos>,
    next: u64,
    early: BTreeMap<u64, Vec<u8>>,
    ended: Option<(AgentEnd, Nanos)>,
    lost: Option<String>,
}

impl Coordinator {
    /// Waits for so many agents of this version and with this plan, for so long.
    pub fn new(
        agents: u32,
        (version, plan_sha256): (&str, &str),
        on_loss: AgentLoss,
        wait: Nanos,
        now: Nanos,
    ) -> Self {
        Self {
            agents: (0..agents).map(|_| Agent::default()).collect(),
            version: version.to_owned(),
            plan_sha256: plan_sha256.to_owned(),
            on_loss,
            wait,
            begun: now,
            phase: Phase::Gathering,
            blind_since: None,
            ending: Ending::default(),
        }
    }

    /// What is to be done after an event. `wall` is the coordinator's wall clock, `now` a clock that never goes
    /// back. Shards are counted from 1.
    pub fn on(&mut self, event: Event, now: Nanos, wall: Nanos) -> Vec<Action> {
        if self.phase == Phase::Over {
            return Vec::new();
        }
        let mut actions = Vec::new();
        match event {
            Event::Ready(shard, ready) => self.ready(shard, *ready, now, &mut actions),
            Event::Alive(shard) => {
                self.hear(shard, now);
            }
            Event::Frame(shard, number, frame) => {
                if let Some(agent) = self.hear(shard, now) {
                    agent.frame(shard, number, frame, &mut actions);
                }
            }
            Event::Ended(shard, ended) => self.ended(shard, ended, now, &mut actions),
            Event::Broker(is_there) => self.broker(is_there, now, &mut actions),
            Event::Stop(why) => self.stop(why, now, &mut actions),
            Event::Tick => {}
        }
        match self.phase {
            Phase::Gathering => self.gather(now, wall, &mut actions),
            Phase::Running | Phase::Stopping(_) => {
                self.look_for_losses(now, &mut actions);
                self.conclude(now, &mut actions);
            }
            Phase::Over => {}
        }
        actions
    }

    fn hear(&mut self, shard: u32, now: Nanos) -> Option<&mut Agent> {
        let place = usize::try_from(shard.checked_sub(1)?).ok()?;
        let agent = self.agents.get_mut(place)?;
        agent.heard = Some(now);
        Some(agent)
    }

    fn ready(&mut self, shard: u32, ready: Ready, now: Nanos, actions: &mut Vec<Action>) {
        if self.phase != Phase::Gathering {
            return;
        }
        let all = self.agents.len();
        let Some(agent) = self.hear(shard, now) else {
            return;
        };
        if agent.ready.is_none() && ready.refused.is_none() {
            actions.push(Action::Tell(format!(
                "agent {shard}/{all} is ready: {}",
                ready.name
            )));
        }
        agent.ready = Some(ready);
    }

    /// Notes the end of an agent. One that broke is as good as lost.
    fn ended(&mut self, shard: u32, ended: AgentEnd, now: Nanos, actions: &mut Vec<Action>) {
        let broken = ended.broken.clone();
        let Some(agent) = self.hear(shard, now) else {
            return;
        };
        let name = agent.ready.as_ref().map(|ready| ready.name.clone());
        let is_first = agent.ended.is_none();
        agent.ended.get_or_insert((ended, now));
        if let Some(why) = broken
            && is_first
            && self.phase == Phase::Running
        {
            let name = name.unwrap_or_default();
            let told = format!("agent {shard} ({name}) ended early: {why}");
            actions.push(Action::Tell(told.clone()));
            if self.on_loss == AgentLoss::Stop {
                self.stop(&told, now, actions);
            }
        }
    }

    /// Arms the agents when all are ready and alike.
    fn gather(&mut self, now: Nanos, wall: Nanos, actions: &mut Vec<Action>) {
        let ready = (1..).zip(&self.agents);
        let ready = ready.filter_map(|(shard, agent)| Some((shard, agent.ready.as_ref()?)));
        if let Some(refusal) = refusal(ready, (&self.version, &self.plan_sha256)) {
            self.refuse(refusal, actions);
            return;
        }
        let ready: Vec<&Ready> = self
            .agents
            .iter()
            .filter_map(|agent| agent.ready.as_ref())
            .collect();
        if ready.len() == self.agents.len() {
            let needs = |ready: &&Ready| {
                ready.run_up + WAY_MIN.max(Nanos(ready.offset_error.0 * WAY_MIN_ERRORS))
            };
            let run_up = ready.iter().map(needs).max().unwrap_or_default();
            actions.push(Action::Arm(Arm {
                start: wall + run_up,
            }));
            self.phase = Phase::Running;
            // What they do until then is not seen.
            for agent in &mut self.agents {
                agent.heard = Some(now + run_up);
            }
        } else if now - self.begun >= self.wait {
            let why = self.missing();
            self.refuse(why.into(), actions);
        }
    }

    /// Who is there and who is not.
    fn missing(&self) -> String {
        let mut there = Vec::new();
        let mut preparing = Vec::new();
        let mut absent = Vec::new();
        for (shard, agent) in (1..).zip(&self.agents) {
            match &agent.ready {
                Some(ready) => there.push(format!("{shard} ({})", ready.name)),
                None if agent.heard.is_some() => preparing.push(format!("{shard}")),
                None => absent.push(format!("{shard}")),
            }
        }
        let all = self.agents.len();
        let mut told = format!(
            "{} of {all} agents were ready after {}",
            there.len(),
            self.wait
        );
        for (what, who) in [
            ("ready", there),
            ("still preparing", preparing),
            ("not there", absent),
        ] {
            if !who.is_empty() {
                told = format!("{told}; {what}: {}", who.join(", "));
            }
        }
        told
    }

    fn refuse(&mut self, refusal: RunRefused, actions: &mut Vec<Action>) {
        self.phase = Phase::Over;
        actions.push(Action::StopAgents(refusal.why.clone()));
        actions.push(Action::Refuse(refusal));
    }

    fn broker(&mut self, is_there: bool, now: Nanos, actions: &mut Vec<Action>) {
        match (is_there, self.blind_since) {
            (false, None) => {
                self.blind_since = Some(now);
                actions.push(Action::Tell(
                    "the broker is gone; the agents go on and send what they record when it is back".to_owned(),
                ));
            }
            (true, Some(since)) => {
                self.blind_since = None;
                let span = now - since;
                self.ending.blind += span;
                actions.push(Action::Tell(format!("the broker is back after {span}")));
                // Nobody could be heard.
                for agent in &mut self.agents {
                    agent.heard = agent.heard.map(|_| now);
                }
            }
            _ => {}
        }
    }

    fn stop(&mut self, why: &str, now: Nanos, actions: &mut Vec<Action>) {
        match self.phase {
            Phase::Gathering => self.refuse(why.to_owned().into(), actions),
            Phase::Running => {
                self.phase = Phase::Stopping(now);
                actions.push(Action::StopAgents(why.to_owned()));
            }
            Phase::Stopping(_) | Phase::Over => {}
        }
    }

    /// An agent that is silent for longer than its lease is lost. While the broker is gone nobody is.
    fn look_for_losses(&mut self, now: Nanos, actions: &mut Vec<Action>) {
        let blind = self.blind_since.map(|since| now - since);
        if blind.is_some_and(|blind| blind < GRACE) {
            return;
        }
        let mut newly = Vec::new();
        for (shard, agent) in (1..).zip(&mut self.agents) {
            let silence = now - agent.heard.unwrap_or(now);
            if agent.ended.is_none() && agent.lost.is_none() && silence >= LEASE {
                let name = agent.ready.as_ref().map_or("", |ready| ready.name.as_str());
                let told = match blind {
                    Some(blind) => format!(
                        "agent {shard} ({name}) cannot be heard: the broker has been gone for {blind}"
                    ),
                    None => format!(
                        "agent {shard} ({name}) was lost: nothing was heard of it for {silence}"
                    ),
                };
                agent.lost = Some(told.clone());
                newly.push((shard, told));
            }
        }
        for (shard, told) in newly {
            actions.push(Action::Tell(told.clone()));
            actions.push(Action::Lost(shard));
            if self.on_loss == AgentLoss::Stop {
                self.stop(&told, now, actions);
            }
        }
    }

    /// Ends when everything has come that will.
    fn conclude(&mut self, now: Nanos, actions: &mut Vec<Action>) {
        let is_late = |since: Nanos| now - since >= GRACE;
        let stopped_for_long = matches!(self.phase, Phase::Stopping(since) if is_late(since));
        let is_done = |agent: &Agent| {
            let is_whole =
                |(ended, at): &(AgentEnd, Nanos)| agent.next >= ended.frames || is_late(*at);
            agent.lost.is_some() || agent.ended.as_ref().is_some_and(is_whole)
        };
        if !stopped_for_long && !self.agents.iter().all(is_done) {
            return;
        }
        for (shard, agent) in (1..).zip(&self.agents) {
            let why = match (&agent.ended, &agent.lost) {
                (Some((ended, _)), _) if agent.next < ended.frames => Some(format!(
                    "{} of its {} frames did not come",
                    ended.frames - agent.next,
                    ended.frames
                )),
                (Some(_), _) => None,
                (None, Some(lost)) => Some(lost.clone()),
                (None, None) => Some(format!("it did not end within {GRACE}")),
            };
            self.ending.incomplete.extend(why.map(|why| (shard, why)));
            if let Some((ended, _)) = &agent.ended {
                self.ending.skews.insert(shard, ended.skew);
                let broken = ended.broken.clone();
                self.ending
                    .broken
                    .extend(broken.map(|broken| (shard, broken)));
            }
        }
        self.phase = Phase::Over;
        actions.push(Action::Conclude(self.ending.clone()));
    }

    /// Which frame of an agent is needed next.
    pub fn next_frame(&self, shard: u32) -> u64 {
        let place = shard
            .checked_sub(1)
            .and_then(|place| usize::try_from(place).ok());
        let agent = place.and_then(|place| self.agents.get(place));
        agent.map_or(0, |agent| agent.next)
    }
}

impl Agent {
    /// Delivers a frame if it is the next, and those that waited for it. One that was delivered before has no
    /// effect.
    fn frame(&mut self, shard: u32, number: u64, frame: Vec<u8>, actions: &mut Vec<Action>) {
        if self.lost.is_some() || number < self.next {
            return;
        }
        if self.early.len() < EARLY_MAX || number == self.next {
            self.early.entry(number).or_insert(frame);
        }
        while let Some(frame) = self.early.remove(&self.next) {
            self.next += 1;
            actions.push(Action::Deliver(shard, frame));
        }
    }
}

#[cfg(test)]
mod tests;
