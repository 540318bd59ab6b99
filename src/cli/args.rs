//! The commands and what they take.

use clap::{Parser, Subcommand};

#[cfg(feature = "fleet")]
use super::{agent, agents};
use super::{
    check, compare, completions, doctor, duel, history, import, init, keys, man, merge, probe,
    report, run, schema, search, sign, target, token,
};

/// Load-tests an API the way Salesforce will hit it: converted leads with RS256 tokens,
/// signing measured apart from the network.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, arg_required_else_help = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a first scenario, which needs no API
    Init(init::Args),
    /// Run a scenario, print the summary and write the run folder
    Run(run::Args),
    /// Find the highest rate, or the most virtual users, that the target holds
    Search(search::Args),
    /// Validate scenarios, and print every problem with file, line and column
    Check(check::Args),
    /// Make one callout as the scenario would, and show what is sent and answered
    Probe(probe::Args),
    /// Check whether this machine, a scenario, its target and a broker are ready for a run
    Doctor(doctor::Args),
    /// Mint one token as the scenario would, and show what is in it
    Token(token::Args),
    /// Measure signing alone: key sizes and threads, cold and prepared
    Sign(sign::Args),
    /// Make, import, export and show key pairs
    Keys(keys::Args),
    /// Turn Salesforce's own files into scenarios and traces
    Import(import::Args),
    /// Serve the reference target, which verifies tokens, accepts leads and keeps a ledger
    Target(target::Args),
    /// Render every report again from a run folder
    Report(report::Args),
    /// Make a share of the load of runs that a coordinator starts on other machines
    #[cfg(feature = "fleet")]
    Agent(agent::Args),
    /// List the agents that are connected to a broker
    #[cfg(feature = "fleet")]
    Agents(agents::Args),
    /// Add the shards of a run up to one run
    Merge(merge::Args),
    /// Judge two runs, or two sets of runs, across commits
    Compare(compare::Args),
    /// Judge two targets, or two ways of signing, by runs that alternate
    Duel(duel::Args),
    /// Follow runs over commits: trends, level changes, and a page over all runs
    History(history::Args),
    /// Print the JSON Schema of scenarios, summaries, comparisons or searches
    Schema(schema::Args),
    /// Print the completion script for a shell
    Completions(completions::Args),
    /// Print the manual page, or write those of all commands
    Man(man::Args),
}

impl Command {
    /// Whether the command may have private keys or tokens in memory.
    pub(super) const fn holds_keys(&self) -> bool {
        !matches!(
            self,
            Self::Import(_)
                | Self::Report(_)
                | Self::Merge(_)
                | Self::Compare(_)
                | Self::History(_)
                | Self::Schema(_)
                | Self::Completions(_)
                | Self::Init(_)
                | Self::Man(_)
        )
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
