//! `leadbench keys`: makes key pairs, takes them in, gives them out and shows them.

mod export;
mod import;
mod passphrases;
mod show;

use std::path::PathBuf;

use super::exit::{Code, Outcome};
use super::key_folder::KeyFolder;
use super::stdio;
use crate::keys::{KeySize, UniqueName};

/// Makes, imports, exports and shows the key pairs that sign tokens.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Makes a key pair: private key, self-signed certificate, public key and key set.
    Generate(GenerateArgs),
    /// Takes in a key pair: PEM, PKCS#12 or a Java key store.
    Import(import::ImportArgs),
    /// Writes a key pair, or what may be given away of it.
    Export(export::ExportArgs),
    /// Shows key pairs: sizes, fingerprints, when certificates expire, and what is wrong.
    Show(ShowArgs),
}

#[derive(Debug, clap::Args)]
struct GenerateArgs {
    /// The unique name, as in Certificate and Key Management; tokens carry it as kid.
    name: UniqueName,
    /// The key's size in bits: 2048, 3072 or 4096.
    #[arg(long, value_name = "BITS", default_value_t)]
    size: KeySize,
    #[command(flatten)]
    folder: FolderArgs,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The unique name; all of them where none is given.
    name: Option<UniqueName>,
    #[command(flatten)]
    folder: FolderArgs,
}

#[derive(Debug, clap::Args)]
struct FolderArgs {
    #[arg(
        long,
        value_name = "DIR",
        help = "The key folder [default: $LEADBENCH_KEYS, else .leadbench/keys]"
    )]
    keys: Option<PathBuf>,
}

/// Runs `leadbench keys`.
pub fn run(args: &Args) -> Outcome {
    match &args.action {
        Action::Generate(args) => generate(args),
        Action::Import(args) => import::run(args),
        Action::Export(args) => export::run(args),
        Action::Show(args) => {
            let folder = KeyFolder::find(args.folder.keys.as_deref());
            show::run(&folder, args.name.as_ref())
        }
    }
}

fn generate(args: &GenerateArgs) -> Outcome {
    let folder = KeyFolder::find(args.folder.keys.as_deref());
    let name = &args.name;
    folder.generate(name, args.size)?;
    stdio::print(&format!(
        "private key  {}\ncertificate  {}\npublic key   {}\nkey set      {}\n\n{}",
        folder.private_key_path(name).display(),
        folder.certificate_path(name).display(),
        folder.public_key_path(name).display(),
        folder.jwks_path().display(),
        which_goes_where(name.as_str()),
    ))?;
    Ok(Code::Passed)
}

/// Two lines that answer the question everybody asks about a key pair.
fn which_goes_where(name: &str) -> String {
    format!(
        "Give {name}.crt.pem (or jwks.json) to the team that owns the API: it checks tokens with it. \
         {name}.key.pem stays here.\n\
         In a Named Credential it is the JWT Signing Certificate; the field Certificate is for \
         mutual TLS and stays empty.\n"
    )
}
