//! `leadbench keys`: makes key pairs, takes them in, gives them out and shows them.

mod export;
mod import;
mod passphrases;
mod show;

use std::path::PathBuf;

use super::exit::{Code, CommandResult, Failure};
use super::key_folder::{KeyFolder, KeySet};
use super::{files, stdio};
use crate::keys::{KeySize, UniqueName};

/// Makes, imports, exports and shows the key pairs that sign tokens.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make a key pair: private key, self-signed certificate, public key and key set.
    Generate(GenerateArgs),
    /// Import a key pair: PEM, PKCS#12 or a Java key store.
    Import(import::ImportArgs),
    /// Export a key pair, or only its public part.
    Export(export::ExportArgs),
    /// Show key pairs: sizes, fingerprints, when certificates expire, and problems.
    Show(ShowArgs),
}

#[derive(Debug, clap::Args)]
struct GenerateArgs {
    /// The unique name, as in Certificate and Key Management; tokens carry it as kid.
    name: UniqueName,
    /// The key's size in bits: 2048, 3072 or 4096.
    #[arg(long, value_name = "BITS", default_value_t)]
    size: KeySize,
    /// Leave the pair out of jwks.json.
    #[arg(long)]
    no_jwks: bool,
    #[command(flatten)]
    folder: FolderArgs,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The unique name [default: all key pairs].
    name: Option<UniqueName>,
    #[command(flatten)]
    folder: FolderArgs,
}

#[derive(Debug, clap::Args)]
struct FolderArgs {
    /// The key folder [default: `LEADBENCH_KEYS`, else .leadbench/keys]
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

/// Runs `leadbench keys`.
pub fn run(args: &Args) -> CommandResult {
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

fn generate(args: &GenerateArgs) -> CommandResult {
    let folder = KeyFolder::find(args.folder.keys.as_deref());
    let name = &args.name;
    let set = if args.no_jwks {
        KeySet::LeftAlone
    } else {
        KeySet::Joined
    };
    folder.generate(name, args.size, set)?;
    stdio::print(&format!(
        "private key  {}\ncertificate  {}\npublic key   {}\n{}",
        files::shown(&folder.private_key_path(name)),
        files::shown(&folder.certificate_path(name)),
        files::shown(&folder.public_key_path(name)),
        for_signing(&folder, name)?,
    ))?;
    Ok(Code::Passed)
}

/// The keys that an API with the key set trusts, whether this pair is among them, and which of its files
/// goes where.
fn for_signing(folder: &KeyFolder, name: &UniqueName) -> Result<String, Failure> {
    let trusted = folder.trusted()?;
    let is_trusted = trusted.iter().any(|kid| kid == name.as_str());
    let key_set = if is_trusted {
        let set = files::shown(&folder.jwks_path());
        format!("{set}\n\n{}", whom_it_trusts(&trusted))
    } else {
        "not in jwks.json\n".to_owned()
    };
    let files = which_goes_where(name.as_str(), is_trusted);
    Ok(format!("key set      {key_set}\n{files}"))
}

/// A line that says whose tokens an API with this key set trusts; empty if there is no key.
fn whom_it_trusts(trusted: &[String]) -> String {
    match trusted {
        [] => String::new(),
        [only] => format!("jwks.json holds the public key of: {only}\n"),
        several => format!(
            "jwks.json holds the public key of: {}\nFor only some of them: leadbench keys export \
             --jwks NAME...\n",
            several.join(", ")
        ),
    }
}

/// Lines that say which file of a key pair goes where.
fn which_goes_where(name: &str, is_trusted: bool) -> String {
    let set = if is_trusted { " (or jwks.json)" } else { "" };
    format!(
        "Give {name}.crt.pem{set} to the team that owns the API, which verifies tokens with it. \
         Keep {name}.key.pem secret.\n\
         In a Named Credential, choose {name} as the JWT Signing Certificate; leave the field \
         Certificate empty, because it is for mutual TLS.\n"
    )
}

/// The same for a pair that is used in mutual TLS.
fn which_shows_where(name: &str) -> String {
    format!(
        "It is for mutual TLS: [target.connections] client_certificate = \"{name}\" sends \
         {name}.crt.pem to the target,\nwhich must know the authority that signed it. It is not \
         in jwks.json, so APIs do not trust tokens signed with it.\n"
    )
}
