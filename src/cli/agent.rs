//! `agent`: makes a share of the load of runs that a coordinator starts.

mod taken_place;
mod watch;

use std::path::PathBuf;

use anyhow::anyhow;

use self::taken_place::TakenPlace;
use super::broker::{BrokerArgs, unusable};
use super::exit::{Code, CommandResult, Failure};
use super::guard::GuardArgs;
use super::key_folder::KeysArgs;
use super::run;
use super::run::identity::entropy;
use super::{interrupt, stdio, wall};
use crate::engine::Stop;
use crate::fleet::{AgentBus, AgentInfo, HeldSearch};
use crate::machine;
use crate::units::Nanos;

/// The longest name, which is that of a host.
const NAME_MAX: usize = 63;

/// Arguments of `agent`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    broker: BrokerArgs,
    #[command(flatten)]
    guard: GuardArgs,
    #[command(flatten)]
    keys: KeysArgs,
    /// The name of this agent, up to 63 characters [default: the name of the host]
    #[arg(long, value_name = "NAME", value_parser = name)]
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
        id: format!("{:016x}", entropy()),
        name: name.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        cores: machine::cores(),
        signs_per_s: None,
        wall: Nanos::ZERO,
        run: None,
    };
    let waits = || stdio::note(&format!("agent {name} waits for a run"));
    let bus = AgentBus::open(&broker, info, wall::since_epoch, &waits, &|| {
        over.is_raised()
    })
    .map_err(unusable)?;
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
            waits();
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
        let place = TakenPlace {
            args,
            bus: &bus,
            name: &name,
            spec: &spec,
            shard,
        };
        last = place.make_share(&over);
        if let Some((search, place)) = &mut held {
            search.wait();
            *place = shard;
            continue;
        }
        bus.leave();
        if args.once {
            break;
        }
        waits();
    }
    let was_over = over.is_raised();
    bus.close();
    Ok(if was_over { Code::Interrupted } else { last })
}

/// Reads the name of an agent.
fn name(text: &str) -> Result<String, String> {
    let is_short = (1..=NAME_MAX).contains(&text.chars().count());
    let is_plain = text
        .chars()
        .all(|c| c.is_alphanumeric() || "-_.".contains(c));
    (is_short && is_plain)
        .then(|| text.to_owned())
        .ok_or_else(|| format!("write 1 to {NAME_MAX} letters, digits, '-', '_' or '.'"))
}
