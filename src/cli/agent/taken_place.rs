//! A place of an agent in a run, and the share that it makes there.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use anyhow::anyhow;

use super::Args;
use super::watch::watch;
use crate::cli::broker::unusable;
use crate::cli::exit::{Code, CommandResult, Failure};
use crate::cli::fleet::share::FleetShare;
use crate::cli::run::exit_code::exit_code;
use crate::cli::{guard, stdio, wall};
use crate::engine::Stop;
use crate::fleet::{AgentBus, ClockOffset, Ready, RunFrames, RunSpec};
use crate::plan::{Plan, Shard};
use crate::runner::RunStart;
use crate::units::Nanos;

/// How often an agent looks whether the start is told.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How often the coordinator is asked for the time.
const PINGS: usize = 16;

/// A place in a run.
pub(super) struct TakenPlace<'p> {
    pub(super) args: &'p Args,
    pub(super) bus: &'p AgentBus,
    pub(super) name: &'p str,
    pub(super) spec: &'p RunSpec,
    pub(super) shard: u32,
}

/// How far it came.
#[derive(Default)]
struct Milestones {
    /// The plan and the keys are read.
    prepared: AtomicBool,
    /// The start is known.
    ready: AtomicBool,
    over: AtomicBool,
}

impl TakenPlace<'_> {
    /// Makes the share of the agent, unless it is `over`. What goes wrong is told to the coordinator too.
    pub(super) fn make_share(&self, over: &Stop) -> Code {
        let (frames, events) = match self.bus.join(&self.spec.run, self.shard) {
            Ok(joined) => joined,
            Err(error) => {
                stdio::note(&unusable(error).to_string());
                return Code::Environment;
            }
        };
        let stop = Stop::default();
        let milestones = Milestones::default();
        let offset = self.clock_offset();
        let result = std::thread::scope(|scope| {
            scope.spawn(|| watch(&events, &stop, over, &milestones.over));
            let also = frames.share();
            let result = offset
                .as_ref()
                .ok_or_else(|| {
                    Failure::environment(anyhow!("the coordinator does not tell the time"))
                })
                .and_then(|offset| self.make(offset, &stop, &milestones, also));
            milestones.over.store(true, SeqCst);
            result
        });
        let ended = over
            .is_raised()
            .then(|| "it was ended by a signal".to_owned());
        let broken = result.as_ref().err().map(Failure::line).or(ended);
        if let Some(why) = &broken
            && !milestones.ready.load(SeqCst)
        {
            let is_environment =
                matches!(&result, Err(failure) if failure.code() == Code::Environment);
            let refused = Ready {
                refused: Some(why.clone()),
                is_of_target: is_environment && milestones.prepared.load(SeqCst),
                ..self.ready(offset.as_ref())
            };
            self.bus.ready(&self.spec.run, self.shard, &refused);
        }
        let skew = offset.map_or(Nanos::ZERO, |offset| offset.error);
        let has_arrived = frames.end(broken, skew);
        if !has_arrived {
            stdio::note(
                "warning: not everything reached the coordinator; to have the whole run, add up the folders of all \
                 agents: leadbench merge FOLDER...",
            );
        }
        match result {
            Ok(Code::Passed) if !has_arrived => Code::Environment,
            Ok(code) => code,
            // Others gave it up.
            Err(failure) if failure.code() == Code::Interrupted && !over.is_raised() => {
                Code::Environment
            }
            Err(failure) => {
                stdio::note(&failure.to_string());
                failure.code()
            }
        }
    }

    /// How far the clock of this machine is off; first of all, because a target may refuse tokens for it.
    fn clock_offset(&self) -> Option<ClockOffset> {
        let pings: Vec<_> = (0..PINGS)
            .map_while(|_| self.bus.ping(&self.spec.run, wall::since_epoch))
            .collect();
        ClockOffset::of(&pings)
    }

    fn make(
        &self,
        offset: &ClockOffset,
        stop: &Stop,
        milestones: &Milestones,
        frames: RunFrames,
    ) -> CommandResult {
        let share = self.prepared()?;
        milestones.prepared.store(true, SeqCst);
        let meet = |run_up: Duration| {
            let ready = Ready {
                plan_sha256: share.plan_sha256.clone(),
                keys_sha256: share.keys_sha256.clone(),
                run_up: Nanos::from(run_up),
                ..self.ready(Some(offset))
            };
            let start = self.meet(&ready, offset, stop)?;
            milestones.ready.store(true, SeqCst);
            Ok(start)
        };
        let out = &self.args.out;
        let summary = share.make((self.spec, self.name), out, stop, &meet, Box::new(frames))?;
        if let Some(per_second) = summary.signing.calibrated_per_s {
            self.bus.signs(per_second);
        }
        Ok(exit_code(&summary))
    }

    /// What makes the share: the plan, checked by this agent's own rules, and the keys.
    fn prepared(&self) -> Result<FleetShare, Failure> {
        let (shard, agents) = (self.shard, self.spec.agents);
        let part = Shard::new(shard, agents)
            .ok_or_else(|| Failure::internal(anyhow!("{shard}/{agents} is not a shard")))?;
        let share = FleetShare::read(self.spec, &self.args.keys.folder())?;
        share.plans().try_for_each(|plan| self.allowed(plan))?;
        share.of(part, &self.args.out)
    }

    /// Refuses a plan that would send where this agent's own command line does not allow: whoever has the
    /// coordinator's credentials must not be able to aim agents.
    fn allowed(&self, plan: &Plan) -> Result<(), Failure> {
        let mut plan = plan.clone();
        plan.target.allowed_hosts.clear();
        plan.target.allow_plaintext.clear();
        guard::check(&plan, self.args.guard.permissions()).map_err(|failure| {
            let why = failure.line();
            let why = why.strip_suffix("; nothing was sent").unwrap_or(&why);
            let what = anyhow!("{why} (an agent sends only where its own --allow says)");
            Failure::new(failure.code(), what)
        })
    }

    /// What this agent says of itself, whatever comes of the run.
    fn ready(&self, offset: Option<&ClockOffset>) -> Ready {
        Ready {
            name: self.name.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            plan_sha256: String::new(),
            keys_sha256: String::new(),
            run_up: Nanos::ZERO,
            ahead_ns: offset.map_or(0, |offset| offset.ahead_ns),
            offset_error: offset.map_or(Nanos::ZERO, |offset| offset.error),
            refused: None,
            is_of_target: false,
        }
    }

    /// Says that this agent is ready, and waits for the start.
    fn meet(&self, ready: &Ready, offset: &ClockOffset, stop: &Stop) -> Result<RunStart, Failure> {
        let run = &self.spec.run;
        for look in 0_u32.. {
            if stop.is_raised() {
                break;
            }
            if look.is_multiple_of(10) {
                self.bus.ready(run, self.shard, ready);
            }
            if let Some(arm) = self.bus.arm(run) {
                let own = offset.to_own(arm.start).as_duration();
                let left = own
                    .checked_sub(wall::since_epoch())
                    .filter(|left| Nanos::from(*left) >= ready.run_up);
                let left = left.ok_or_else(|| {
                    Failure::environment(anyhow!(
                        "the start was told too late: the load begins without this agent"
                    ))
                })?;
                return Ok(RunStart {
                    run_up: left,
                    dated: Some(arm.start.as_duration()),
                });
            }
            std::thread::park_timeout(LOOK_EVERY);
        }
        let stopped = anyhow!("the run was stopped before its load");
        Err(Failure::new(Code::Interrupted, stopped))
    }
}
