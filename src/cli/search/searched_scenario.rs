//! The scenario of a search, and what makes its runs: this process, or agents.

use super::Args;
#[cfg(feature = "fleet")]
use super::by_agents::ByAgents;
use super::here::Here;
use super::measurer::Generator;
use super::searched_load::SearchedLoad;
use crate::cli::exit::Failure;
#[cfg(feature = "fleet")]
use crate::cli::fleet::{self, Agents, LocalAgents, SharedScenario};
use crate::cli::key_folder::KeyFolder;
use crate::cli::run::limits;
use crate::cli::scenario_file::{self, Loaded};
#[cfg(feature = "fleet")]
use crate::plan::Override;
use crate::plan::Plan;
use crate::runner::Identity;
use crate::search::Settings;

/// A scenario that is searched.
pub(super) enum SearchedScenario {
    /// This process makes the load.
    Here(Loaded),
    /// So many agents make it.
    #[cfg(feature = "fleet")]
    Agents(u32, SharedScenario),
}

impl SearchedScenario {
    /// Reads the scenario that the command line names.
    ///
    /// # Errors
    ///
    /// It is invalid, or agents cannot be given it.
    pub(super) fn read(args: &Args) -> Result<Self, Failure> {
        let (with, overrides) = (&args.overrides.with, args.overrides.list());
        let mut loaded = scenario_file::load(&args.scenario, with, &overrides)?;
        #[cfg(feature = "fleet")]
        if let Some(agents) = args.fleet.agents {
            let off = args
                .no_preflight
                .then(|| Override::set("target.preflight", "false"));
            let more = args.guard.identity().into_iter().chain(off);
            let overrides = overrides.into_iter().chain(more).collect();
            let with = (&args.fleet, &args.keys);
            let shared = SharedScenario::of(&args.scenario, loaded, overrides, with)?;
            return Ok(Self::Agents(agents, shared));
        }
        args.guard.identify(&mut loaded.plan);
        loaded.plan.target.preflight &= !args.no_preflight;
        Ok(Self::Here(loaded))
    }

    pub(super) const fn loaded(&self) -> &Loaded {
        match self {
            Self::Here(loaded) => loaded,
            #[cfg(feature = "fleet")]
            Self::Agents(_, shared) => &shared.loaded,
        }
    }

    /// Refuses the lowest or the highest load of a search if it cannot be made.
    ///
    /// # Errors
    ///
    /// This machine cannot carry the highest, or one of them cannot be shared by the agents.
    #[cfg_attr(
        not(feature = "fleet"),
        expect(unused_variables, reason = "agents need more")
    )]
    pub(super) fn check(&self, [lowest, highest]: [&Plan; 2]) -> Result<(), Failure> {
        match self {
            Self::Here(_) => limits::check_load(highest),
            #[cfg(feature = "fleet")]
            Self::Agents(agents, _) => [lowest, highest]
                .into_iter()
                .try_for_each(|plan| fleet::check_shares(plan, *agents)),
        }
    }

    /// What makes the runs.
    ///
    /// # Errors
    ///
    /// The agents' broker cannot be used.
    #[cfg_attr(
        not(feature = "fleet"),
        expect(
            unused_variables,
            clippy::unnecessary_wraps,
            reason = "agents need more"
        )
    )]
    pub(super) fn generator<'m>(
        &'m mut self,
        args: &'m Args,
        keys: &'m KeyFolder,
        identity: &'m Identity,
        (load, settings): (&'m SearchedLoad, &Settings),
    ) -> Result<Box<dyn Generator + 'm>, Failure> {
        match self {
            Self::Here(_) => Ok(Box::new(Here {
                identity,
                keys,
                wait_for: args.wait_for,
            })),
            #[cfg(feature = "fleet")]
            Self::Agents(agents, shared) => {
                let how = LocalAgents {
                    out: &args.out,
                    keys: &args.keys,
                    guard: &args.guard,
                };
                let agents = Agents::of((&args.fleet, *agents), shared, &how)?;
                let highest = (settings.max.argument(), settings.longest_trial());
                let made = ByAgents::of(shared, agents, identity, &load.name, highest)?;
                Ok(Box::new(made))
            }
        }
    }
}
