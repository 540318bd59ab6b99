//! `check`: validates scenarios and sends nothing.

use std::path::PathBuf;

use super::exit::{Code, CommandResult};
use super::key_folder::KeysArgs;
use super::run::credentials::unusable;
use super::{files, overrides, scenario_file, stdio};
use crate::plan::{Address, Override, Plan, Threshold, ThresholdMetric};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The scenario files
    #[arg(required = true)]
    scenarios: Vec<PathBuf>,
    /// Merge another file over the scenario, such as staging.toml; may be repeated
    #[arg(long, value_name = "FILE")]
    with: Vec<PathBuf>,
    /// Set any key of the scenarios; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = overrides::assignment)]
    set: Vec<Override>,
    #[command(flatten)]
    keys: KeysArgs,
    /// Do not check that the key pairs exist
    #[arg(long, conflicts_with = "keys")]
    no_keys: bool,
}

/// Checks each file, says what the valid ones do and lists every problem of the others.
///
/// An unreadable file, or a key pair that `run` cannot use, outweighs an invalid scenario.
pub fn run(args: &Args) -> CommandResult {
    let folder = args.keys.folder();
    let mut worst = Code::Passed;
    for path in &args.scenarios {
        match scenario_file::load(path, &args.with, &args.set) {
            Ok(loaded) => {
                let failures = if args.no_keys {
                    Vec::new()
                } else {
                    unusable(&loaded.plan, &folder)
                };
                if !failures.is_empty() {
                    worst = Code::Environment;
                    stdio::note(&format!(
                        "{}: the scenario is valid, but this machine cannot run it:",
                        files::shown(path)
                    ));
                    for failure in failures {
                        stdio::note(&failure.to_string());
                    }
                    continue;
                }
                let line = format!("ok: {}: {}\n", files::shown(path), in_a_line(&loaded.plan));
                stdio::print(&line)?;
                if let Some(note) = note(&loaded.plan) {
                    stdio::note(&format!("note: {}: {note}", files::shown(path)));
                }
                loaded.tell_notes();
            }
            Err(failure) => {
                stdio::note(&failure.to_string());
                if worst != Code::Environment {
                    worst = failure.code();
                }
            }
        }
    }
    Ok(worst)
}

/// A default of a valid scenario that may surprise.
fn note(plan: &Plan) -> Option<&'static str> {
    let is_implied = |one: &Threshold| one.implied && one.metric == ThresholdMetric::FailedShare;
    plan.thresholds.iter().any(is_implied).then_some(
        "no threshold on failures is set, so `failed < 1 %` must hold; set \"failed\" in \
         [thresholds] to choose",
    )
}

/// What a valid scenario does, in one sentence and its load.
fn in_a_line(plan: &Plan) -> String {
    let target = match &plan.target.address {
        Address::Embedded(_) => "the embedded target".to_owned(),
        address @ Address::Url { .. } => address.to_string(),
    };
    let token = plan.auth.as_ref().map_or_else(
        || "no token".to_owned(),
        |auth| match &plan.matrix {
            Some(matrix) => format!("{} tokens (matrix of {})", auth.source, matrix.compares),
            None => format!("{} tokens ({})", auth.source, auth.signing),
        },
    );
    let thresholds = plan.thresholds.iter().filter(|one| !one.implied).count();
    let plural = if thresholds == 1 { "" } else { "s" };
    format!(
        "{} calls {target} with {token} and checks {thresholds} threshold{plural}; load: {}",
        plan.name,
        crate::runner::in_words(plan),
    )
}
