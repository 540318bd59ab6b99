//! Where the command line departs from the scenario.

use std::path::PathBuf;

use crate::plan::Override;
use crate::scenario::{Shorthand, shorthand};

/// Overrides that `run` and its relatives take.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct OverrideArgs {
    /// Send to this URL instead of the scenario's, or to the `embedded` target
    #[arg(long, value_name = "URL|embedded")]
    target: Option<String>,
    /// Send at this rate instead of the scenario's: `300/s`
    ///
    /// With several loads, this sets the key of the one that has it. If more than one has it,
    /// choose one with `--set load.0.rate=300/s`, counted from 0. The same holds for `--duration`
    /// and `--users`.
    #[arg(long)]
    rate: Option<String>,
    /// Run for this long instead of the scenario's time: `10s`
    #[arg(long)]
    duration: Option<String>,
    /// Use this many virtual users instead of the scenario's
    #[arg(long)]
    users: Option<String>,
    /// Merge another file over the scenario, such as staging.toml; may be repeated
    ///
    /// Its tables are merged key by key. Its lists, such as `[[load]]`, replace those of the
    /// scenario.
    #[arg(long, value_name = "FILE")]
    pub(super) with: Vec<PathBuf>,
    /// Set any key of the scenario, such as `load.rate=300/s`; may be repeated
    ///
    /// With one load, write `load.rate`. With several, `load.1.rate` is that of the second. Metrics
    /// need no quotes of their own: `--set thresholds.latency.p99="< 100ms"`.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    set: Vec<Override>,
}

impl OverrideArgs {
    /// All overrides: those of flags first, so that `--set` has the last word.
    pub(super) fn list(&self) -> Vec<Override> {
        let flags = [
            (Shorthand::Target, &self.target),
            (Shorthand::Rate, &self.rate),
            (Shorthand::Duration, &self.duration),
            (Shorthand::Users, &self.users),
        ];
        flags
            .into_iter()
            .filter_map(|(flag, value)| Some(shorthand(flag, value.as_deref()?)))
            .chain(self.set.iter().cloned())
            .collect()
    }
}

/// Reads `dotted.path=VALUE`.
pub(super) fn assignment(text: &str) -> Result<Override, String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => Ok(Override::set(path.trim(), value)),
        _ => Err("write a path and a value: load.rate=300/s".to_owned()),
    }
}
