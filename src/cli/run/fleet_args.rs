//! The arguments of a run of several machines.

use anyhow::anyhow;

use crate::cli::broker::BrokerArgs;
use crate::cli::exit::{Code, Failure};
use crate::cli::number::from_to;
use crate::cli::span::span;
use crate::fleet::AgentLoss;
use crate::plan::SHARDS_MAX;
use crate::units::Nanos;

/// Arguments of a run of several machines.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct FleetArgs {
    /// Let this many agents make the load: those connected to the broker of --nats, or, without it, processes
    /// of this machine for a try
    #[arg(long, value_name = "COUNT", value_parser = from_to(1_u32, SHARDS_MAX),
          conflicts_with_all = ["shard", "start_at", "requests", "log_callouts", "wait_for"])]
    pub(super) agents: Option<u32>,
    #[command(flatten)]
    pub(super) broker: BrokerArgs,
    /// Wait this long for the agents to be ready
    #[arg(long, value_name = "DURATION", default_value = "120s", value_parser = span, requires = "agents")]
    pub(super) wait_agents: Nanos,
    /// What becomes of the run if an agent is lost; its share of the load is then missing
    #[arg(long, value_enum, default_value_t = OnLoss::Stop, requires = "agents")]
    on_loss: OnLoss,
}

/// What becomes of a run that loses an agent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
enum OnLoss {
    /// It ends
    #[default]
    Stop,
    /// It goes on without the share of that agent
    Continue,
}

impl FleetArgs {
    /// What becomes of the run if an agent is lost.
    pub(super) const fn on_loss(&self) -> AgentLoss {
        match self.on_loss {
            OnLoss::Stop => AgentLoss::Stop,
            OnLoss::Continue => AgentLoss::Continue,
        }
    }

    /// Refuses a broker that nothing would use.
    ///
    /// # Errors
    ///
    /// There is a broker and no number of agents.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.agents.is_some() || self.broker.nats.is_none() {
            return Ok(());
        }
        let what = anyhow!(
            "--nats names a broker, and --agents does not say how many agents are to make the load"
        );
        Err(Failure::new(Code::Usage, what).hint("add --agents COUNT, or leave --nats out"))
    }
}
