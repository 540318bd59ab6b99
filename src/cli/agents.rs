//! `agents`: who is there.

use std::fmt::Write as _;

use super::broker::{BrokerArgs, unusable};
use super::exit::{Code, CommandResult, Failure};
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
}

/// Lists the agents that a broker knows.
pub fn run(args: &Args) -> CommandResult {
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
