//! The arguments of what agents make.

use anyhow::anyhow;

use crate::cli::broker::BrokerArgs;
use crate::cli::exit::{Code, Failure};
use crate::cli::number::from_to;
use crate::cli::span::span;
use crate::plan::SHARDS_MAX;
use crate::units::Nanos;

/// Arguments of a command whose load agents can make.
#[derive(Clone, Debug, Default, clap::Args)]
pub(in crate::cli) struct FleetArgs {
    /// Let this many agents make the load: those connected to the broker of --nats, or, without it, processes
    /// of this machine for a try
    #[arg(long, value_name = "COUNT", value_parser = from_to(1_u32, SHARDS_MAX))]
    pub(in crate::cli) agents: Option<u32>,
    #[command(flatten)]
    pub(in crate::cli) broker: BrokerArgs,
    /// Wait this long for the agents to be ready
    #[arg(long, value_name = "DURATION", default_value = "120s", value_parser = span, requires = "agents")]
    pub(in crate::cli) wait_agents: Nanos,
}

impl FleetArgs {
    /// Refuses a broker that nothing would use.
    ///
    /// # Errors
    ///
    /// There is a broker and no number of agents.
    pub(in crate::cli) fn check(&self) -> Result<(), Failure> {
        if self.agents.is_some() || self.broker.nats.is_none() {
            return Ok(());
        }
        let what = anyhow!(
            "--nats names a broker, and --agents does not say how many agents are to make the load"
        );
        Err(Failure::new(Code::Usage, what).hint("add --agents COUNT, or leave --nats out"))
    }
}
