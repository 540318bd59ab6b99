//! The folder of key pairs: its files, and who may read them.
//!
//! A message names a file and never quotes it.

mod hints;
mod openness;
mod staging;
mod write;

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use zeroize::Zeroizing;

use super::exit::{Code, Failure, OrFail as _};
use super::files::{self, Unread};
use super::secret_file;
use super::{stdio, wall};
use crate::client::ClientIdentity;
use crate::clock::date;
use crate::keys::{CertificateFacts, Chain, KeyError, KeySize, PrivateKey, UniqueName};
pub(super) use hints::on_import as hint_on_import;
pub use write::KeySet;

/// The default folder, relative to the current folder.
const DEFAULT_FOLDER: &str = ".leadbench/keys";

/// The environment variable that names another folder.
const FOLDER_VARIABLE: &str = "LEADBENCH_KEYS";

/// The largest file that is read as a key or a certificate, in bytes.
///
/// A PEM key of 8192 bits takes 6.4 KiB; a file beyond this limit is a mistake.
pub(super) const FILE_BYTES_MAX: u64 = 64 * 1024;

/// The flag of a command that reads key pairs.
#[derive(Debug, clap::Args)]
pub(super) struct KeysArgs {
    #[arg(
        long,
        value_name = "DIR",
        help = "The key folder [default: $LEADBENCH_KEYS, else .leadbench/keys]"
    )]
    pub(super) keys: Option<PathBuf>,
}

impl KeysArgs {
    /// The folder that is named, or the default one.
    pub(super) fn folder(&self) -> KeyFolder {
        KeyFolder::find(self.keys.as_deref())
    }
}

/// A folder of key pairs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyFolder {
    path: PathBuf,
}

/// Reads a key pair's unique name as a scenario gives it.
pub fn unique_name(text: &str) -> Result<UniqueName, Failure> {
    UniqueName::parse(text).map_err(|error| Failure::new(Code::ScenarioInvalid, error))
}

impl KeyFolder {
    /// The folder that `--keys` names, else `LEADBENCH_KEYS`, else `.leadbench/keys`.
    pub fn find(option: Option<&Path>) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads this variable"
        )]
        let variable = std::env::var_os(FOLDER_VARIABLE);
        let from_variable = variable
            .filter(|value| !value.is_empty())
            .map(PathBuf::from);
        Self::at(
            option
                .map(Path::to_owned)
                .or(from_variable)
                .unwrap_or_else(|| PathBuf::from(DEFAULT_FOLDER)),
        )
    }

    /// This folder, whether it exists or not.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the private key of this name lies.
    pub fn private_key_path(&self, name: &UniqueName) -> PathBuf {
        self.path.join(format!("{name}.key.pem"))
    }

    /// Where the certificate of this name lies.
    pub fn certificate_path(&self, name: &UniqueName) -> PathBuf {
        self.path.join(format!("{name}.crt.pem"))
    }

    /// Where the public key of this name lies.
    pub fn public_key_path(&self, name: &UniqueName) -> PathBuf {
        self.path.join(format!("{name}.pub.pem"))
    }

    /// Where the key set of all pairs lies.
    pub fn jwks_path(&self) -> PathBuf {
        self.path.join("jwks.json")
    }

    /// The names of all pairs that have a private key or a certificate, sorted.
    ///
    /// A folder that does not exist has none.
    pub fn names(&self) -> Result<Vec<UniqueName>, Failure> {
        self.settle();
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.or_fail(|| files::could_not("read", &self.path))?,
        };
        let mut names: Vec<_> = entries
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let file = entry.file_name();
                let file = file.to_str()?;
                let name = file
                    .strip_suffix(".key.pem")
                    .or_else(|| file.strip_suffix(".crt.pem"))?;
                UniqueName::parse(name).ok()
            })
            .collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Reads and checks the private key of this name.
    ///
    /// Refuses a missing or unreadable file, one that others may read, one that is too large, and
    /// anything but an RSA private key for RS256, each with its own message.
    pub fn load_private(&self, name: &UniqueName) -> Result<PrivateKey, Failure> {
        let text = self.read_private(name)?;
        let key = PrivateKey::from_pem(&text)
            .map_err(|error| unusable(&self.private_key_path(name), error))?;
        self.check_certificate(name, &key)?;
        Ok(key)
    }

    /// Refuses a key whose certificate belongs to another key: an API that checks tokens with that
    /// certificate would refuse all of them. Warns of an expired certificate.
    fn check_certificate(&self, name: &UniqueName, key: &PrivateKey) -> Result<(), Failure> {
        let path = self.certificate_path(name);
        let Ok((text, _)) = read_file(&path) else {
            return Ok(());
        };
        match CertificateFacts::from_pem(&text) {
            Ok(facts) if facts.public_key != *key.public_key() => {
                Err(Failure::environment(anyhow!(
                    "the certificate {} belongs to another key than {}",
                    files::shown(&path),
                    files::shown(&self.private_key_path(name))
                ))
                .hint("put the matching certificate beside the key, or move this one away"))
            }
            Ok(facts) => {
                if date(wall::since_epoch()) > facts.not_after {
                    stdio::note(&format!(
                        "warning: the certificate of {name} expired on {}; an org no longer signs \
                         with it",
                        facts.not_after.date()
                    ));
                }
                Ok(())
            }
            // An unreadable certificate cannot belong to another key.
            Err(_) => Ok(()),
        }
    }

    /// The certificate of this name, its chain and its private key, as a TLS client uses them.
    pub fn load_identity(&self, name: &UniqueName) -> Result<ClientIdentity, Failure> {
        let key = self.read_private(name)?;
        let path = self.certificate_path(name);
        let missing = anyhow!(
            "the key pair \"{name}\" has no certificate: {} does not exist",
            files::shown(&path)
        );
        let read = read_file(&path).map_err(missing_or(Failure::environment(missing)));
        let (certificate, _) = read?;
        let what = || files::could_not("use", &path);
        let chain = Chain::from_pem(&certificate).or_fail(what)?;
        if chain.was_reordered {
            stdio::note(&format!(
                "note: the certificates in {} are not in order; leadbench sends them to the \
                 target with {name}'s own first",
                files::shown(&path)
            ));
        }
        ClientIdentity::from_pem(chain.to_pem().as_bytes(), &key).or_fail(what)
    }

    fn read_private(&self, name: &UniqueName) -> Result<Zeroizing<Vec<u8>>, Failure> {
        self.settle();
        let path = self.private_key_path(name);
        let why = format!(": {} does not exist", files::shown(&path));
        let (text, metadata) = read_file(&path).map_err(missing_or(no_pair(name, &why)))?;
        secret_file::check("the private key", &path, &metadata)?;
        Ok(text)
    }

    /// The private key of this name; if there is none, makes a pair first and says so.
    pub fn ensure(&self, name: &UniqueName, size: KeySize) -> Result<PrivateKey, Failure> {
        self.settle();
        let is_there = || self.private_key_path(name).exists();
        let mut made = false;
        if !is_there() {
            match self.generate(name, size, KeySet::Joined) {
                Ok(()) => made = true,
                Err(failure) if !is_there() => return Err(failure),
                // Another process made the pair first.
                Err(_) => {}
            }
        }
        self.wait_for_writer().map_err(Failure::environment)?;
        let key = self.load_private(name)?;
        if made {
            stdio::note(&format!(
                "made a key pair {name} ({size} bits) in {}",
                files::shown(&self.path)
            ));
        }
        Ok(key)
    }
}

/// Reads a small file that may be a private key.
pub(super) fn read_file(path: &Path) -> Result<(Zeroizing<Vec<u8>>, Metadata), Unread> {
    files::read_secret(path, FILE_BYTES_MAX)
}

/// The failure to read a file, or `missing` if the file does not exist.
fn missing_or(missing: Failure) -> impl FnOnce(Unread) -> Failure {
    move |unread| {
        if unread.is_missing() {
            missing
        } else {
            unread.into()
        }
    }
}

/// There is no such key pair; `where_not` follows its name.
pub(super) fn no_pair(name: &UniqueName, where_not: &str) -> Failure {
    Failure::environment(anyhow!("there is no key pair \"{name}\"{where_not}")).hint(format!(
        "make one with `leadbench keys generate {name}`, or name its folder with --keys DIR"
    ))
}

fn unusable(path: &Path, error: KeyError) -> Failure {
    let hint = hints::in_folder(&error, &files::shown(path));
    let what = files::could_not("use the private key", path);
    Failure::environment(anyhow::Error::new(error).context(what)).maybe_hint(hint)
}
