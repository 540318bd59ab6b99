//! `agent`: makes a share of the load of runs that a coordinator starts.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use anyhow::anyhow;
use clap::builder::NonEmptyStringValueParser;

use super::broker::{BrokerArgs, unusable};
use super::exit::{Code, CommandResult, Failure};
use super::fleet::share::FleetShare;
use super::guard::{self, GuardArgs};
use super::key_folder::KeysArgs;
use super::run;
use super::run::exit_code::exit_code;
use super::{interrupt, stdio, wall};
use crate::engine::Stop;
use crate::fleet::{
    AgentBus, AgentEvent, AgentInfo, ClockOffset, HeldSearch, Ready, RunSpec, Watchdog,
};
use crate::machine;
use crate::plan::{Plan, Shard};
use crate::runner::RunStart;
use crate::units::Nanos;

/// How often an agent looks whether anything has changed.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How often the coordinator is asked for the time.
const PINGS: usize = 16;

/// Arguments of `agent`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    broker: BrokerArgs,
    #[command(flatten)]
    guard: GuardArgs,
    #[command(flatten)]
    keys: KeysArgs,
    /// The name of this agent [default: the name of the host]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// End after one run
    #[arg(long)]
    once: bool,
    /// The parent of the folders in which this agent keeps what it recorded
    #[arg(long, value_name = "DIR", default_value = "reports/agents")]
    out: PathBuf,
    /// End with the process that started this one
    #[arg(long, hide = true)]
    local: bool,
}

/// Waits for runs, and makes its share of each.
pub fn run(args: &Args) -> CommandResult {
    let Some(url) = &args.broker.nats else {
        let missing = anyhow!("--nats names the broker of the coordinator");
        return Err(Failure::new(Code::Usage, missing).hint("leadbench agent --nats URL"));
    };
    let broker = args.broker.broker(url)?;
    if args.local {
        run::end_with_parent().map_err(Failure::environment)?;
    }
    let over = Stop::default();
    interrupt::watch(over.clone(), "ending this agent")?;
    let name = args.name.clone().unwrap_or_else(machine::host_name);
    let info = AgentInfo {
        name: name.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        cores: machine::cores(),
        signs_per_s: None,
        wall: Nanos::ZERO,
        run: None,
    };
    stdio::note(&format!("agent {name} waits for a run"));
    let bus =
        AgentBus::open(&broker, info, wall::since_epoch, &|| over.is_raised()).map_err(unusable)?;
    let mut known = Vec::new();
    let mut held: Option<(HeldSearch, u32)> = None;
    let mut last = Code::Passed;
    while !over.is_raised() {
        let of_search = held.as_ref().map(|(search, place)| (search, *place));
        let is_over = || over.is_raised() || of_search.is_some_and(|(search, _)| search.is_over());
        let next = bus
            .next_place(&known, of_search, is_over)
            .map_err(unusable)?;
        let Some((spec, shard)) = next else {
            if held.take().is_none() || args.once {
                break;
            }
            bus.leave();
            continue;
        };
        known.push(spec.run.clone());
        stdio::note(&format!(
            "run {} of {}: shard {shard}/{}",
            spec.run, spec.scenario_file, spec.agents
        ));
        if let Some(trial) = &spec.trial
            && held.is_none()
        {
            held = Some((bus.hold(&trial.search).map_err(unusable)?, shard));
        }
        last = take_part(args, &bus, &name, &spec, shard, &over);
        if let Some((search, place)) = &mut held {
            search.wait();
            *place = shard;
            continue;
        }
        bus.leave();
        if args.once {
            break;
        }
    }
    let was_over = over.is_raised();
    bus.close();
    Ok(if was_over { Code::Interrupted } else { last })
}

/// Makes a share of a run. What goes wrong is told to the coordinator too.
fn take_part(
    args: &Args,
    bus: &AgentBus,
    name: &str,
    spec: &RunSpec,
    shard: u32,
    over: &Stop,
) -> Code {
    let frames = match bus.join(&spec.run, shard) {
        Ok(frames) => frames,
        Err(error) => {
            stdio::note(&unusable(error).to_string());
            return Code::Environment;
        }
    };
    let stop = Stop::default();
    let is_done = AtomicBool::new(false);
    let is_prepared = AtomicBool::new(false);
    let is_ready = AtomicBool::new(false);
    let offset = Mutex::new(None::<ClockOffset>);
    let also = frames.share();
    let result = std::thread::scope(|scope| {
        scope.spawn(|| watch(bus, &stop, over, &is_done));
        let result = prepared(args, spec, shard).and_then(|share| {
            is_prepared.store(true, SeqCst);
            let meet = |run_up: Duration| {
                let ready = Ready {
                    name: name.to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    plan_sha256: share.plan_sha256.clone(),
                    keys_sha256: share.keys_sha256.clone(),
                    run_up: Nanos::from(run_up),
                    ahead_ns: 0,
                    offset_error: Nanos::ZERO,
                    refused: None,
                    is_of_target: false,
                };
                let start = meet(bus, spec, shard, ready, &stop, &offset)?;
                is_ready.store(true, SeqCst);
                Ok(start)
            };
            let summary = share.make(spec, &args.out, &stop, &meet, Box::new(also))?;
            if let Some(per_second) = summary.signing.calibrated_per_s {
                bus.signs(per_second);
            }
            Ok(exit_code(&summary))
        });
        is_done.store(true, SeqCst);
        result
    });
    let ended = over
        .is_raised()
        .then(|| "it was ended by a signal".to_owned());
    let broken = result.as_ref().err().map(Failure::line).or(ended);
    if let Some(why) = &broken
        && !is_ready.load(SeqCst)
    {
        let code = result.as_ref().err().map(Failure::code);
        let is_of_target = is_prepared.load(SeqCst) && code == Some(Code::Environment);
        bus.ready(&spec.run, shard, &refusal(name, why, is_of_target));
    }
    let offset = *offset
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let skew = offset.map_or(Nanos::ZERO, |offset| offset.error);
    let has_arrived = frames.end(broken, skew);
    if !has_arrived {
        stdio::note(
            "warning: not everything reached the coordinator; to have the whole run, add up the folders of all agents: \
             leadbench merge FOLDER...",
        );
    }
    match result {
        Ok(Code::Passed) if !has_arrived => Code::Environment,
        Ok(code) => code,
        Err(failure) => {
            stdio::note(&failure.to_string());
            failure.code()
        }
    }
}

/// What makes a share of the run: the plan, checked by this agent's own rules, and the keys.
fn prepared(args: &Args, spec: &RunSpec, shard: u32) -> Result<FleetShare, Failure> {
    let part = Shard::new(shard, spec.agents)
        .ok_or_else(|| Failure::internal(anyhow!("{shard}/{} is not a shard", spec.agents)))?;
    let share = FleetShare::read(spec, &args.keys.folder())?;
    share
        .plans()
        .try_for_each(|plan| allowed_here(args, plan))?;
    share.of(part, &args.out)
}

/// Refuses a plan that would send where this agent's own command line does not allow: whoever has the
/// coordinator's credentials must not be able to aim agents.
fn allowed_here(args: &Args, plan: &Plan) -> Result<(), Failure> {
    let mut plan = plan.clone();
    plan.target.allowed_hosts.clear();
    plan.target.allow_plaintext.clear();
    guard::check(&plan, args.guard.permissions()).map_err(|failure| {
        let what = anyhow!(
            "{} (an agent sends only where its own --allow says)",
            failure.line()
        );
        Failure::new(failure.code(), what)
    })
}

fn refusal(name: &str, why: &str, is_of_target: bool) -> Ready {
    Ready {
        name: name.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        plan_sha256: String::new(),
        keys_sha256: String::new(),
        run_up: Nanos::ZERO,
        ahead_ns: 0,
        offset_error: Nanos::ZERO,
        refused: Some(why.to_owned()),
        is_of_target,
    }
}

/// Says that this agent is ready, and waits for the start.
fn meet(
    bus: &AgentBus,
    spec: &RunSpec,
    shard: u32,
    ready: Ready,
    stop: &Stop,
    offset: &Mutex<Option<ClockOffset>>,
) -> Result<RunStart, Failure> {
    let interrupted = || {
        Failure::new(
            Code::Interrupted,
            anyhow!("the run was stopped before its load"),
        )
    };
    let pings: Vec<_> = (0..PINGS)
        .filter_map(|_| bus.ping(&spec.run, wall::since_epoch))
        .collect();
    let found = ClockOffset::of(&pings)
        .ok_or_else(|| Failure::environment(anyhow!("the coordinator does not tell the time")))?;
    *offset
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(found);
    let ready = Ready {
        ahead_ns: found.ahead_ns,
        offset_error: found.error,
        ..ready
    };
    for look in 0_u32.. {
        if stop.is_raised() {
            break;
        }
        if look.is_multiple_of(10) {
            bus.ready(&spec.run, shard, &ready);
        }
        if let Some(arm) = bus.arm(&spec.run) {
            let own = found.to_own(arm.start).as_duration();
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
    Err(interrupted())
}

/// Raises the stop if the coordinator asks for it or is gone, or if the agent is to end.
fn watch(bus: &AgentBus, stop: &Stop, over: &Stop, is_done: &AtomicBool) {
    let mut dog = Watchdog::new(Nanos::from(wall::since_epoch()));
    while !is_done.load(SeqCst) {
        let event = bus.events().recv_timeout(LOOK_EVERY);
        let now = Nanos::from(wall::since_epoch());
        let why = match event {
            Ok(AgentEvent::Beat) => {
                dog.heard(now);
                None
            }
            Ok(AgentEvent::Stop(why)) => {
                dog.heard(now);
                Some(why)
            }
            Ok(AgentEvent::Broker(is_there)) => {
                dog.broker(is_there, now);
                None
            }
            Err(_) => None,
        };
        let why = why.or_else(|| {
            dog.is_gone(now)
                .then(|| "nothing was heard of the coordinator for 10 s".to_owned())
        });
        let why = why.or_else(|| over.is_raised().then(|| "this agent ends".to_owned()));
        if let Some(why) = why
            && !stop.is_raised()
        {
            stdio::note(&format!("{why}; ending the share of this agent"));
            stop.raise();
        }
    }
}
