//! `probe`: one callout as the scenario's, and all that is known of it.

mod shown;

use std::path::PathBuf;

use super::exit::{Code, CommandResult, Failure};
use super::key_folder::KeysArgs;
use super::{guard, interrupt, overrides, run, scenario_file, stdio};
use crate::engine::Stop;
use crate::sample::Outcome;
use crate::{report, runner};

/// Arguments of `probe`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The scenario file
    scenario: PathBuf,
    #[command(flatten)]
    overrides: overrides::OverrideArgs,
    #[command(flatten)]
    guard: guard::GuardArgs,
    #[command(flatten)]
    keys: KeysArgs,
}

/// Makes one callout, marked as a probe, and shows what was sent and answered.
///
/// A callout that does not succeed ends the command as it would end a run's preflight.
pub fn run(args: &Args) -> CommandResult {
    let (with, overrides) = (&args.overrides.with, args.overrides.list());
    let mut plan = scenario_file::load(&args.scenario, with, &overrides)?.plan;
    args.guard.identify(&mut plan);
    guard::check(&plan, args.guard.permissions())?;
    args.guard.kill_switch()?;
    let stop = Stop::default();
    interrupt::watch(stop.clone(), "ending")?;
    let keys = args.keys.folder();
    let keys = run::credentials::keys_of(&plan, &keys)?;
    let probed = runner::probe(
        &plan,
        keys,
        &run::setting::setting(stop),
        run::identity::entropy(),
    )?;
    stdio::print(&shown::shown(&plan, &probed)?)?;
    let attempt = match &probed.sent.attempt {
        Ok(attempt) => attempt,
        Err(why) => {
            let hint = report::hint(Outcome::TokenEndpoint.as_str(), None, why);
            let untold = anyhow::anyhow!("no access token for the probe: {why}");
            return Err(Failure::environment(untold).maybe_hint(hint));
        }
    };
    Ok(if attempt.outcome.is_ok() {
        Code::Passed
    } else {
        Code::Environment
    })
}
