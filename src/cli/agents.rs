//! `agents`: who is there.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::broker::{BrokerArgs, unusable};
use super::exit::{Code, CommandResult, Failure};
use super::fleet::local_broker;
use super::{stdio, wall};
use crate::fleet::CoordinatorBus;

/// Arguments of `agents`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    broker: BrokerArgs,
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
    /// Run a broker that keeps its files in this folder, until the process that started this one ends
    #[arg(long, value_name = "DIR", hide = true)]
    hold_broker: Option<PathBuf>,
}

/// Lists the agents that a broker knows.
pub fn run(args: &Args) -> CommandResult {
    if let Some(folder) = &args.hold_broker {
        return local_broker::hold(folder);
    }
    let Some(url) = &args.broker.nats else {
        let missing = anyhow::anyhow!("--nats names the broker that agents are connected to");
        return Err(Failure::new(Code::Usage, missing).hint("leadbench agents --nats URL"));
    };
    let broker = args.broker.broker(url)?;
    let agents = CoordinatorBus::agents(&broker, wall::since_epoch()).map_err(unusable)?;
    if args.json {
        let json = serde_json::to_string_pretty(&agents).map_err(Failure::internal)?;
        stdio::print(&format!("{json}\n"))?;
        return Ok(Code::Passed);
    }
    let mut text = String::new();
    if agents.is_empty() {
        text.push_str("no agent is there; start some: leadbench agent --nats URL\n");
    } else {
        let width = agents
            .iter()
            .map(|agent| agent.name.len())
            .max()
            .unwrap_or_default()
            .max(5);
        writeln!(text, "{:width$}  version  cores  run", "agent").unwrap_or_default();
        for agent in &agents {
            let run = agent.run.as_deref().unwrap_or("idle");
            writeln!(
                text,
                "{:width$}  {:7}  {:5}  {run}",
                agent.name, agent.version, agent.cores
            )
            .unwrap_or_default();
        }
    }
    stdio::print(&text)?;
    Ok(Code::Passed)
}
