//! What names a run besides its scenario.

use std::path::Path;

use super::redact;
use crate::cli::{commit, scenario_file, wall};
use crate::runner::Identity;
use crate::summary::Overlay;
use crate::units::hex;

/// What names a run besides its scenario.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct NameArgs {
    /// The commit under test [default: the CI's, else git's]
    #[arg(long, value_name = "SHA", value_parser = sha)]
    commit: Option<String>,
    /// A label to find the run by; may be repeated
    #[arg(long, value_name = "K=V", value_parser = label)]
    label: Vec<(String, String)>,
}

/// What names a run.
pub(in crate::cli) fn identity(
    scenario: &Path,
    named: &NameArgs,
    loaded: &scenario_file::Loaded,
) -> Identity {
    let entropy = entropy();
    Identity {
        id: format!("{entropy:016x}"),
        entropy,
        scenario_file: scenario.display().to_string(),
        scenario_sha256: sha256(&loaded.text),
        overlays: hashed(&loaded.overlays),
        overrides: loaded
            .plan
            .overrides
            .iter()
            .map(redact::override_without_secret)
            .collect(),
        command: redact::command(std::env::args()),
        commit: commit::find(named.commit.as_deref()),
        labels: named
            .label
            .iter()
            .map(|(name, value)| (name.clone(), redact::without_secret(value)))
            .collect(),
        agent: None,
    }
}

/// Overlays by their names and hashes.
pub(in crate::cli) fn hashed(overlays: &[(String, String)]) -> Vec<Overlay> {
    let hashed = overlays.iter().map(|(file, text)| Overlay {
        file: file.clone(),
        sha256: sha256(text),
    });
    hashed.collect()
}

/// SHA-256 in hex.
pub(in crate::cli) fn sha256(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    hex(digest.as_ref())
}

/// A random number that distinguishes runs; it is not a secret, so a hasher's keys suffice.
pub(in crate::cli) fn entropy() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(wall::since_epoch())
}

fn sha(text: &str) -> Result<String, String> {
    commit::is_plausible(text)
        .then(|| text.to_owned())
        .ok_or_else(|| "write a commit: letters, digits, '-', '_' and '.'".to_owned())
}

fn label(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "write a name and a value: build=1234".to_owned())
}
