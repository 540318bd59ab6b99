//! Reading a scenario file.

use std::path::Path;

use anyhow::Context as _;

use super::exit::{Code, Failure};
use super::files;
use crate::plan::{Override, Plan};
use crate::scenario;

/// More than any scenario needs.
const SCENARIO_BYTES_MAX: u64 = 1024 * 1024;

/// The event log of a busy day.
const TRACE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// How PEM begins, which is how keys are kept.
const PEM: &str = "-----BEGIN ";

/// A scenario that is valid, and its text.
#[derive(Debug)]
pub struct Loaded {
    /// What it says.
    pub plan: Plan,
    /// The file as it was.
    pub text: String,
}

/// Reads and checks a scenario; a fault in it is a failure that lists all of them.
pub fn load(path: &Path, overrides: &[Override]) -> Result<Loaded, Failure> {
    let text = read(path).map_err(Failure::environment)?;
    refuse_keys(path, &text)?;
    let beside = path.parent().unwrap_or(Path::new(""));
    let files = |name: &str| {
        let bytes = files::read(&beside.join(name), TRACE_BYTES_MAX);
        let bytes = bytes.map_err(|error| format!("{error:#}"))?;
        if is_private_key(&bytes) {
            return Err(format!("{name} is a private key (PEM), and is not read"));
        }
        Ok(bytes)
    };
    let plan = scenario::parse_with(&path.display().to_string(), &text, overrides, &files)
        .map_err(|problems| Failure::new(Code::ScenarioInvalid, problems).bare())?;
    Ok(Loaded { plan, text })
}

/// Problems quote the lines they are about, and a key given by mistake must not be quoted.
fn refuse_keys(path: &Path, text: &str) -> Result<(), Failure> {
    if !text.contains(PEM) {
        return Ok(());
    }
    Err(Failure::new(
        Code::ScenarioInvalid,
        anyhow::anyhow!(
            "{} holds a key or a certificate (PEM), which no scenario does; its text is not shown",
            path.display()
        ),
    )
    .hint("name a key pair by its unique name: [auth] key = \"lead_signing\""))
}

/// Whether a file beside the scenario is a private key given by mistake: its lines would be sent
/// in place of leads. A certificate may well be asked for.
fn is_private_key(bytes: &[u8]) -> bool {
    let label = bytes.trim_ascii_start().strip_prefix(PEM.as_bytes());
    let label = label.and_then(|rest| rest.split(|byte| *byte == b'-').next());
    label.is_some_and(|label| label.ends_with(b"PRIVATE KEY"))
}

fn read(path: &Path) -> anyhow::Result<String> {
    let bytes = files::read(path, SCENARIO_BYTES_MAX)?;
    String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", path.display()))
}
