//! `leadbench keys export`.

use std::path::PathBuf;

use anyhow::anyhow;

use super::FolderArgs;
use super::passphrases::PassphraseArgs;
use crate::cli::exit::{Code, CommandResult, Failure, OrFail as _};
use crate::cli::key_folder::{KeyFolder, read_file};
use crate::cli::{files, stdio, wall};
use crate::clock::date;
use crate::keys::{Chain, Jwk, Jwks, Passphrase, UniqueName};

/// The lengths of passphrases that Salesforce accepts for a key store.
const SALESFORCE_CHARS: std::ops::RangeInclusive<usize> = 6..=8;

/// The modes of files with a private key, and of public files.
const SECRET_MODE: u32 = 0o600;
const PUBLIC_MODE: u32 = 0o644;

/// Arguments of `keys export`.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("form").args(["format", "jwks"]).required(true)))]
pub(super) struct ExportArgs {
    /// The unique name; several names for a key set
    #[arg(required = true, value_name = "NAME")]
    names: Vec<UniqueName>,
    /// What to write
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write a key set of only these pairs: the same as --format jwks
    #[arg(long)]
    jwks: bool,
    /// Mark the keys of a key set as keys of this algorithm; some verifiers take unmarked keys for
    /// keys of RS256
    #[arg(long, value_name = "NAME", value_parser = ["RS256", "RS384", "RS512"])]
    alg: Option<String>,
    /// The file to write; without it, formats without a private key go to stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The alias within a store [default: the unique name]
    #[arg(long, value_name = "ALIAS")]
    alias: Option<String>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    #[command(flatten)]
    folder: FolderArgs,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Format {
    /// The private key as PKCS#8 in PEM, encrypted if you give a passphrase.
    Pkcs8,
    /// The private key as PKCS#1 in PEM.
    Pkcs1,
    /// Private key and certificates as a PKCS#12 store.
    P12,
    /// Private key and certificates as a Java key store, which Salesforce imports.
    Jks,
    /// The certificate in PEM, followed by those that lead to its authority.
    Certificate,
    /// The public key in PEM.
    Public,
    /// The public keys of only these pairs, as a JSON Web Key Set.
    Jwks,
}

impl Format {
    const fn is_secret(self) -> bool {
        matches!(self, Self::Pkcs8 | Self::Pkcs1 | Self::P12 | Self::Jks)
    }
}

/// Writes a key pair in one of its forms.
pub(super) fn run(args: &ExportArgs) -> CommandResult {
    let folder = KeyFolder::find(args.folder.keys.as_deref());
    let format = args.format.unwrap_or(Format::Jwks);
    refuse_unused(args, format)?;
    let bytes = match (format, args.names.as_slice()) {
        (Format::Jwks, names) => {
            zeroize::Zeroizing::new(jwks(&folder, names, args.alg.as_deref())?)
        }
        (_, [name]) => bytes(args, format, name, &folder)?,
        _ => {
            let several = anyhow!("only a key set can contain several pairs");
            return Err(
                Failure::new(Code::Usage, several).hint("export them one by one, or write --jwks")
            );
        }
    };
    let Some(path) = &args.out else {
        if format.is_secret() {
            let secret = anyhow!("a private key can only be written to a file");
            return Err(Failure::new(Code::Usage, secret)
                .hint("name the file with --out FILE; only its owner will be able to read it"));
        }
        stdio::print(&String::from_utf8_lossy(&bytes))?;
        return Ok(Code::Passed);
    };
    let mode = if format.is_secret() {
        SECRET_MODE
    } else {
        PUBLIC_MODE
    };
    files::create_named(path, mode, &bytes)?;
    Ok(Code::Passed)
}

/// Refuses flags that the format has no use for.
fn refuse_unused(args: &ExportArgs, format: Format) -> Result<(), Failure> {
    let has_alias = matches!(format, Format::P12 | Format::Jks);
    let unused = match format {
        _ if args.alias.is_some() && !has_alias => ("--alias", "p12 or jks"),
        Format::Jwks => return Ok(()),
        _ if args.alg.is_some() => ("--alg", "jwks"),
        _ => return Ok(()),
    };
    let (flag, fit) = unused;
    let format = clap::ValueEnum::to_possible_value(&format);
    let format = format.map_or_else(String::new, |value| value.get_name().to_owned());
    let error = anyhow!("{flag} has no effect with --format {format}");
    Err(Failure::new(Code::Usage, error).hint(format!("leave {flag} out, or pass --format {fit}")))
}

fn bytes(
    args: &ExportArgs,
    format: Format,
    name: &UniqueName,
    folder: &KeyFolder,
) -> Result<zeroize::Zeroizing<Vec<u8>>, Failure> {
    let key = folder.load_private(name)?;
    let what = || format!("could not export {name}");
    let passphrase = args.passphrase.read()?;
    let alias = args.alias.as_deref().unwrap_or(name.as_str());
    let bytes = match format {
        Format::Pkcs8 => {
            let pem = key.to_pkcs8(passphrase.as_ref()).or_fail(what)?;
            pem.as_bytes().to_vec()
        }
        Format::Pkcs1 => {
            if passphrase.is_some() {
                let unfit = anyhow!("PKCS#1 cannot have a passphrase");
                return Err(Failure::new(Code::Usage, unfit)
                    .hint("write --format pkcs8 for an encrypted key"));
            }
            key.to_pkcs1().or_fail(what)?.as_bytes().to_vec()
        }
        Format::P12 => {
            let chain = chain(folder, name)?;
            let passphrase = needed(passphrase)?;
            key.to_pkcs12(alias, &chain, &passphrase).or_fail(what)?
        }
        Format::Jks => {
            let chain = chain(folder, name)?;
            let passphrase = needed(passphrase)?;
            if !SALESFORCE_CHARS.contains(&passphrase.chars()) {
                stdio::note(
                    "note: if Salesforce refuses this key store, export it again with a passphrase \
                     of 6 to 8 characters",
                );
            }
            let now = date(wall::since_epoch());
            key.to_jks(alias, &chain, &passphrase, now).or_fail(what)?
        }
        Format::Certificate => chain(folder, name)?.to_pem().into_bytes(),
        Format::Public => key.public_key().to_pem().into_bytes(),
        Format::Jwks => jwks(folder, std::slice::from_ref(name), args.alg.as_deref())?,
    };
    Ok(zeroize::Zeroizing::new(bytes))
}

/// A key set of these pairs and no others.
fn jwks(
    folder: &KeyFolder,
    names: &[UniqueName],
    algorithm: Option<&str>,
) -> Result<Vec<u8>, Failure> {
    let mut keys: Vec<Jwk> = Vec::with_capacity(names.len());
    for name in names {
        if keys.iter().any(|known| known.kid() == name.as_str()) {
            continue;
        }
        let key = folder.load_private(name)?;
        let chain = chain(folder, name)?;
        let jwk = Jwk::new(name.as_str(), key.public_key()).with_certificate(chain.own());
        keys.push(match algorithm {
            Some(algorithm) => jwk.with_algorithm(algorithm),
            None => jwk,
        });
    }
    let mut text = serde_json::to_vec_pretty(&Jwks { keys }).map_err(Failure::environment)?;
    text.push(b'\n');
    Ok(text)
}

fn needed(passphrase: Option<Passphrase>) -> Result<Passphrase, Failure> {
    passphrase.ok_or_else(|| {
        Failure::environment(anyhow!("a key store needs a passphrase"))
            .hint("give it with --passphrase-file FILE or --passphrase-env NAME")
    })
}

/// The certificate and those that lead from it to an authority.
fn chain(folder: &KeyFolder, name: &UniqueName) -> Result<Chain, Failure> {
    let path = folder.certificate_path(name);
    let (text, _) = read_file(&path)?;
    Chain::from_pem(&text).or_fail(|| files::could_not("use", &path))
}
