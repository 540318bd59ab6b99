//! Reads passphrases from a file or a variable, never from the command line.

use std::env::VarError;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use zeroize::Zeroizing;

use crate::cli::exit::Failure;
use crate::cli::files::{self, Unread};
use crate::cli::key_folder::read_file;
use crate::cli::secret_file;
use crate::keys::Passphrase;

/// Where the passphrase of a store or an encrypted key comes from.
#[derive(Debug, clap::Args)]
pub(super) struct PassphraseArgs {
    /// A file that contains the passphrase
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// An environment variable that contains the passphrase
    #[arg(long, value_name = "NAME", conflicts_with = "passphrase_file")]
    passphrase_env: Option<String>,
}

impl PassphraseArgs {
    /// The passphrase, if one is given.
    pub(super) fn read(&self) -> Result<Option<Passphrase>, Failure> {
        read(
            self.passphrase_file.as_deref(),
            self.passphrase_env.as_deref(),
        )
    }
}

/// The passphrase of a file or a variable, if either is named.
pub(super) fn read(
    file: Option<&Path>,
    variable: Option<&str>,
) -> Result<Option<Passphrase>, Failure> {
    if let Some(path) = file {
        return from_file(path).map(Some);
    }
    variable.map(from_variable).transpose()
}

fn from_file(path: &Path) -> Result<Passphrase, Failure> {
    let (bytes, about) = read_file(path)?;
    secret_file::check("the passphrase in", path, &about)?;
    let text =
        String::from_utf8(bytes.to_vec()).map_err(|_| Unread::because(path, "it is not UTF-8"))?;
    not_empty(Passphrase::new(&Zeroizing::new(text)), &files::shown(path))
}

fn from_variable(name: &str) -> Result<Passphrase, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the user named this variable")]
    let value = std::env::var(name).map_err(|error| match error {
        VarError::NotPresent => Failure::environment(anyhow!("the variable {name} is not set"))
            .hint(format!(
                "set and export it, or name another variable: export {name}=..."
            )),
        VarError::NotUnicode(_) => Failure::environment(anyhow!(
            "the variable {name} is not UTF-8"
        ))
        .hint("put the passphrase into a file, as UTF-8, and name it with --passphrase-file"),
    })?;
    not_empty(Passphrase::new(&Zeroizing::new(value)), name)
}

fn not_empty(passphrase: Passphrase, place: &str) -> Result<Passphrase, Failure> {
    match passphrase.chars() {
        0 => Err(
            Failure::environment(anyhow!("the passphrase in {place} is empty"))
                .hint("write the passphrase into it"),
        ),
        _ => Ok(passphrase),
    }
}
