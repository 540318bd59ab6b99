//! `init`: a first scenario, for who has the program alone.

use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::anyhow;

use super::exit::{Code, CommandResult, Failure};
use super::{files, stdio};

/// The scenario of the main job, which needs no API: the target is embedded.
const EXAMPLE: &str = include_str!("../../scenarios/converted-lead.toml");

/// The first line of files that lie beside the schema.
const SCHEMA_LINE: &str = "#:schema ";

/// Who may read the file: it contains no secret.
const MODE: u32 = 0o644;

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to write
    #[arg(default_value = "converted-lead.toml")]
    file: PathBuf,
}

/// Writes the scenario, and says what to do with it. A file that exists stays as it is.
pub fn run(args: &Args) -> CommandResult {
    let (path, shown) = (&args.file, files::shown(&args.file));
    files::create(path, MODE, example().as_bytes()).map_err(|error| {
        if error.kind() != ErrorKind::AlreadyExists {
            return files::unwritten(path)(error);
        }
        let exists = anyhow!("{shown} already exists, and leadbench does not overwrite it");
        Failure::environment(exists).hint("name another file: leadbench init FILE")
    })?;
    stdio::print(&format!(
        "{shown} is written. It uses the embedded target, so it sends nothing beyond this machine:\n\n  \
         leadbench run {shown}\n\n\
         For an API of yours, change `url` and the values of [auth], then look at one callout:\n\n  \
         leadbench probe {shown}\n"
    ))?;
    Ok(Code::Passed)
}

/// The example without the place of a schema that is not there.
fn example() -> String {
    let lines = EXAMPLE
        .lines()
        .filter(|line| !line.starts_with(SCHEMA_LINE));
    lines.fold(String::new(), |text, line| text + line + "\n")
}
