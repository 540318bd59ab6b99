//! Reading a scenario file.

use std::env::VarError;
use std::path::{Path, PathBuf};

use super::exit::{Code, Failure};
use super::{files, secrets, stdio};
use crate::plan::{Override, Plan};
use crate::scenario::{self, Inputs};

/// The largest scenario that is read.
const SCENARIO_BYTES_MAX: u64 = 1024 * 1024;

/// The event log of a busy day.
const TRACE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What to do about an overlay that does not exist.
const NO_OVERLAY: &str =
    "name an existing file with --with: its path is relative to the current folder";

/// How PEM begins.
const PEM: &str = "-----BEGIN ";

/// A scenario that is valid, and the texts that it was read from.
#[derive(Debug)]
pub struct Loaded {
    /// What it says.
    pub plan: Plan,
    /// The file as it was.
    pub text: String,
    /// The names and texts of the overlays, in order.
    pub overlays: Vec<(String, String)>,
}

impl Loaded {
    /// Prints notes about the files that it names.
    pub fn tell_notes(&self) {
        for note in &self.plan.lead.notes {
            stdio::note(&format!("note: {note}"));
        }
    }
}

/// Reads and checks a scenario with its overlays; a failure lists all problems.
pub fn load(path: &Path, with: &[PathBuf], overrides: &[Override]) -> Result<Loaded, Failure> {
    let text = read(
        path,
        "name the file of a scenario, relative to the current folder; leadbench's folder scenarios/ has \
         examples",
    )?;
    let mut overlays = Vec::new();
    for overlay in with {
        overlays.push((overlay.display().to_string(), read(overlay, NO_OVERLAY)?));
    }
    of_text(path, text, overlays, overrides)
}

/// Checks the text of a scenario with its overlays. Files that it names are read beside these paths.
pub(super) fn of_text(
    path: &Path,
    text: String,
    overlays: Vec<(String, String)>,
    overrides: &[Override],
) -> Result<Loaded, Failure> {
    let with: Vec<PathBuf> = overlays
        .iter()
        .map(|(name, _)| PathBuf::from(name))
        .collect();
    // Paths in a file are relative to it; paths of the command line are relative to the scenario.
    let overlay = |source: usize| source.checked_sub(1).and_then(|number| with.get(number));
    let beside = |source: usize| {
        let folder = overlay(source).map_or(path, PathBuf::as_path).parent();
        folder.unwrap_or(Path::new(""))
    };
    let files = |source: usize, name: &str| {
        let path = beside(source).join(name);
        let bytes = files::read(&path, TRACE_BYTES_MAX).map_err(|unread| {
            if unread.is_missing() && Path::new(name).is_relative() {
                let path = files::shown(&path);
                let folder = match overlay(source) {
                    Some(overlay) => format!("the folder of {}", files::shown(overlay)),
                    None => "the scenario file's folder".to_owned(),
                };
                return format!("{path} does not exist; {name:?} is relative to {folder}");
            }
            unread.line()
        })?;
        if is_private_key(&bytes) {
            return Err(format!(
                "{name} is a private key (PEM), and leadbench does not read it"
            ));
        }
        Ok(bytes)
    };
    let plan = scenario::read(&Inputs {
        name: &path.display().to_string(),
        text: &text,
        overlays: &overlays,
        overrides,
        files: &files,
        environment: &variable,
    })
    .map_err(|problems| Failure::new(Code::ScenarioInvalid, problems).bare())?;
    secrets::learn(&plan.secrets);
    Ok(Loaded {
        plan,
        text,
        overlays,
    })
}

/// The value of a variable of the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads what a scenario names"
)]
fn variable(name: &str) -> Result<String, (String, String)> {
    let hint = format!("set it: export {name}=...");
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => Ok(value),
        Ok(_) => Err((format!("the variable {name} is empty"), hint)),
        Err(VarError::NotPresent) => Err((format!("the variable {name} is not set"), hint)),
        Err(VarError::NotUnicode(_)) => Err((format!("the variable {name} is not UTF-8"), hint)),
    }
}

/// Reads a scenario or an overlay. Refuses one with a key, because problems quote lines and must never
/// quote a key.
fn read(path: &Path, missing: &str) -> Result<String, Failure> {
    let text = files::read_text(path, SCENARIO_BYTES_MAX).map_err(|unread| {
        let hint = unread.is_missing().then_some(missing);
        Failure::from(unread).maybe_hint(hint)
    })?;
    if !text.contains(PEM) {
        return Ok(text);
    }
    let what = anyhow::anyhow!(
        "{} contains a key or a certificate (PEM), so it is not a scenario; its text is not shown",
        files::shown(path)
    );
    Err(Failure::new(Code::ScenarioInvalid, what)
        .hint("name a key pair by its unique name: [auth] key = \"lead_signing\""))
}

/// Whether a file beside the scenario is a private key: its lines would be sent as leads. A certificate
/// may be intended.
fn is_private_key(bytes: &[u8]) -> bool {
    let label = bytes.trim_ascii_start().strip_prefix(PEM.as_bytes());
    let label = label.and_then(|rest| rest.split(|byte| *byte == b'-').next());
    label.is_some_and(|label| label.ends_with(b"PRIVATE KEY"))
}
