//! `agents`: who is there.

use std::path::PathBuf;

use super::broker::{BrokerArgs, unusable};
use super::exit::{Code, CommandResult, Failure};
use super::fleet::local_broker;
use super::{stdio, wall};
use crate::fleet::{CoordinatorBus, ListedAgent};

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
    stdio::print(&listed(&agents))?;
    Ok(Code::Passed)
}

/// The agents as a table.
fn listed(agents: &[ListedAgent]) -> String {
    if agents.is_empty() {
        return "no agent is there; start some: leadbench agent --nats URL\n".to_owned();
    }
    let names = agents.iter().map(|agent| agent.info.name.chars().count());
    let width = names.max().unwrap_or_default().max("agent".len());
    let mut text = format!(
        "{:width$}  version  cores  signs/s     clock      seen  run\n",
        "agent"
    );
    for ListedAgent {
        info,
        ahead_ns,
        seen,
    } in agents
    {
        let signs = info.signs_per_s.map(|signs| format!("{signs:.0}"));
        let run = info.run.as_deref().unwrap_or("idle");
        let line = format!(
            "{:width$}  {:7}  {:5}  {:>7}  {:>8}  {:>8}  {run}\n",
            info.name,
            info.version,
            info.cores,
            signs.as_deref().unwrap_or("-"),
            format!("{:+.2} s", seconds(*ahead_ns)),
            format!("{} s ago", seen.as_secs())
        );
        text.push_str(&line);
    }
    text.push_str("clock: how far it is ahead of the broker's\n");
    text
}

/// Nanoseconds as seconds, to the hundredth.
fn seconds(nanos: i64) -> f64 {
    let hundredths = nanos / 10_000_000;
    i32::try_from(hundredths).map_or(f64::INFINITY, |hundredths| f64::from(hundredths) / 100.0)
}
