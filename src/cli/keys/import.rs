//! `leadbench keys import`.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::anyhow;
use crossbeam_channel::RecvTimeoutError;

use super::FolderArgs;
use super::passphrases::{self, PassphraseArgs};
use super::{for_signing, which_shows_where};
use crate::cli::exit::{Code, CommandResult, Failure};
use crate::cli::key_folder::{KeyFolder, KeySet, hint_on_import, read_file};
use crate::cli::{files, stdio, wall};
use crate::clock::date;
use crate::keys::{
    CertificateFacts, Chain, ImportError, ImportedPair, KeyError, Opening, UniqueName,
};

/// How long opening may take. Each part of a store has a limit, but their number has none; stores of
/// Java, OpenSSL and Salesforce take a second.
const PATIENCE: Duration = Duration::from_secs(60);

/// Arguments of `keys import`.
#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    /// The unique name, as in Certificate and Key Management; tokens carry it as kid
    #[arg(value_parser = name)]
    name: UniqueName,
    /// The key: PEM or DER (PKCS#1, PKCS#8, encrypted PKCS#8), PKCS#12 or a Java key store; and its
    /// certificates, if they are in separate files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Which key of a store, if it contains several
    #[arg(long, value_name = "ALIAS")]
    alias: Option<String>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// A file that contains the passphrase of the key in a Java key store, if it differs from the
    /// store's
    #[arg(long, value_name = "FILE")]
    key_passphrase_file: Option<PathBuf>,
    /// An environment variable that contains that passphrase
    #[arg(long, value_name = "NAME", conflicts_with = "key_passphrase_file")]
    key_passphrase_env: Option<String>,
    /// What the pair is for [default: what its certificate is for, else signing]
    #[arg(long = "for", value_enum, value_name = "USE")]
    purpose: Option<Purpose>,
    /// Leave the pair out of jwks.json
    #[arg(long)]
    no_jwks: bool,
    #[command(flatten)]
    folder: FolderArgs,
}

/// What a key pair is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Purpose {
    /// It signs tokens, and enters jwks.json.
    Signing,
    /// It is sent to a target in mutual TLS, and stays out of jwks.json.
    ClientTls,
}

impl Purpose {
    /// The requested use, else the use in the certificate: one only for TLS clients does not sign.
    fn of(asked: Option<Self>, facts: Option<&CertificateFacts>) -> Self {
        asked.unwrap_or(match facts {
            Some(facts) if facts.is_for_clients_alone => Self::ClientTls,
            _ => Self::Signing,
        })
    }
}

/// Reads the name of a pair; a file in its place shows that the name is missing.
fn name(text: &str) -> Result<UniqueName, String> {
    UniqueName::parse(text).map_err(|error| {
        if !text.contains(['.', '/']) {
            return error.to_string();
        }
        let file = text.rsplit('/').next().unwrap_or_default();
        let stem = file.split('.').next().unwrap_or_default();
        let name = UniqueName::parse(stem).map_or("NAME", |_| stem);
        format!(
            "this names a file; the unique name of the pair comes before its files: leadbench keys \
             import {name} {text}"
        )
    })
}

/// Brings a key pair into the key folder.
pub(super) fn run(args: &ImportArgs) -> CommandResult {
    let folder = KeyFolder::find(args.folder.keys.as_deref());
    let pair = pair(args)?;
    let now = date(wall::since_epoch());
    let bits = pair.key.bits();
    let note = match &pair.facts {
        None => "note: there was no certificate, so leadbench made a self-signed one".to_owned(),
        Some(facts) if now > facts.not_after => format!(
            "warning: its certificate expired on {}; Salesforce no longer signs with it",
            facts.not_after.date()
        ),
        Some(facts) if now < facts.not_before => format!(
            "warning: its certificate is not valid before {}",
            facts.not_before.date()
        ),
        Some(facts) => format!(
            "certificate  {} (to {})",
            facts.subject,
            facts.not_after.date()
        ),
    };
    let purpose = Purpose::of(args.purpose, pair.facts.as_ref());
    let set = if args.no_jwks || purpose == Purpose::ClientTls {
        KeySet::LeftAlone
    } else {
        KeySet::Joined
    };
    let chain = pair.chain.as_ref().map(told_of).unwrap_or_default();
    folder.import(&args.name, pair, set, now)?;
    stdio::note(&note);
    for line in chain {
        stdio::note(&line);
    }
    let name = &args.name;
    let more = match purpose {
        Purpose::Signing => for_signing(&folder, name)?,
        Purpose::ClientTls => format!("\n{}", which_shows_where(name.as_str())),
    };
    stdio::print(&format!(
        "imported     {name}  RSA {bits}\nprivate key  {}\n{more}",
        files::shown(&folder.private_key_path(name)),
    ))?;
    Ok(Code::Passed)
}

/// Lines about a chain of certificates.
fn told_of(chain: &Chain) -> Vec<String> {
    let links = chain.links();
    let mut lines: Vec<_> = links
        .iter()
        .skip(1)
        .map(|link| {
            format!(
                "chain        {} (to {})",
                link.subject,
                link.not_after.date()
            )
        })
        .collect();
    if chain.was_reordered {
        lines.push("note: the certificates were put in order, the pair's own first".to_owned());
    }
    if !chain.left_out.is_empty() {
        lines.push(format!(
            "note: left out, because it is not in the chain of the pair's own certificate: {}",
            chain.left_out.join("; ")
        ));
    }
    lines
}

/// Opens the files, and gives up on one whose key derivation takes too long.
fn pair(args: &ImportArgs) -> Result<ImportedPair, Failure> {
    let passphrase = args.passphrase.read()?;
    let key_passphrase = passphrases::read(
        args.key_passphrase_file.as_deref(),
        args.key_passphrase_env.as_deref(),
    )?;
    let alias = args.alias.clone();
    let files: Vec<_> = args
        .files
        .iter()
        .map(|path| Ok(read_file(path)?.0))
        .collect::<Result<_, Failure>>()?;
    let opened = within(PATIENCE, move || {
        let opening = Opening {
            passphrase: passphrase.as_ref(),
            key_passphrase: key_passphrase.as_ref(),
            alias: alias.as_deref(),
        };
        let texts: Vec<&[u8]> = files.iter().map(|bytes| bytes.as_slice()).collect();
        ImportedPair::read(&texts, &opening)
    });
    let Some(opened) = opened.map_err(Failure::environment)? else {
        return Err(Failure::environment(anyhow!(
            "could not import {} within {} s",
            files_of(args),
            PATIENCE.as_secs()
        ))
        .hint("the store uses too many rounds of key derivation; export it again with fewer"));
    };
    opened.map_err(|failure| refused(args, failure))
}

/// The result of `work`, or `None` if it takes too long; the work then continues until the process
/// ends, which is soon.
fn within<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<Option<T>> {
    let (done, result) = crossbeam_channel::bounded(1);
    thread::Builder::new()
        .name("opening".to_owned())
        .spawn(move || drop(done.send(work())))?;
    match result.recv_timeout(patience) {
        Ok(value) => Ok(Some(value)),
        Err(RecvTimeoutError::Timeout) => Ok(None),
        Err(RecvTimeoutError::Disconnected) => Err(std::io::Error::other("reading the key failed")),
    }
}

fn files_of(args: &ImportArgs) -> String {
    let shown: Vec<_> = args.files.iter().map(|path| files::shown(path)).collect();
    shown.join(" and ")
}

fn refused(args: &ImportArgs, ImportError { file, error }: ImportError) -> Failure {
    let culprit = file.and_then(|place| args.files.get(place));
    let culprit = culprit.map(|path| files::shown(path));
    let hint = match error {
        KeyError::NotRsa(_) if args.purpose == Some(Purpose::ClientTls) => Some(format!(
            "for mutual TLS only, put the two files into the key folder as they are: {name}.key.pem \
             (mode 0600) and {name}.crt.pem",
            name = args.name
        )),
        _ => hint_on_import(&error, culprit.as_deref().unwrap_or("KEY")),
    };
    let what = format!(
        "could not import {}",
        culprit.unwrap_or_else(|| files_of(args))
    );
    Failure::environment(anyhow::Error::new(error).context(what)).maybe_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_too_long_is_given_up() {
        let endless = within(Duration::from_millis(1), || {
            loop {
                thread::park();
            }
        });
        let none: Option<()> = endless.unwrap();
        assert_eq!(none, None);
        let done = within(Duration::from_secs(60), || 7).unwrap();
        assert_eq!(done, Some(7));
    }
}
