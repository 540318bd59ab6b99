//! `init`: a first scenario, for who has the program alone.

use std::borrow::Cow;
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
    if shown.starts_with('-') {
        let option = anyhow!("{shown:?} would be an option of the next command, and not a file");
        return Err(Failure::new(Code::Usage, option).hint("leadbench init my-api.toml"));
    }
    files::create(path, MODE, example().as_bytes()).map_err(|error| {
        if error.kind() != ErrorKind::AlreadyExists {
            return files::unwritten(path)(error);
        }
        let exists = anyhow!("{shown} already exists, and leadbench does not overwrite it");
        Failure::environment(exists).hint("name another file: leadbench init FILE")
    })?;
    let word = shell_word(&shown);
    stdio::print(&format!(
        "{shown} is written. It uses the embedded target, so it sends nothing beyond this machine:\n\n  \
         leadbench run {word}\n\n\
         For an API of yours, change `url` and the values of [auth], then look at one callout:\n\n  \
         leadbench probe {word}\n"
    ))?;
    Ok(Code::Passed)
}

/// A name as a shell takes it for one word.
fn shell_word(name: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    if name.chars().all(is_plain) {
        return name.into();
    }
    format!("'{}'", name.replace('\'', r"'\''")).into()
}

/// The example without the place of a schema that is not there.
fn example() -> String {
    let lines = EXAMPLE
        .lines()
        .filter(|line| !line.starts_with(SCHEMA_LINE));
    lines.fold(String::new(), |text, line| text + line + "\n")
}
