//! `token`: mints one token as the scenario would and shows what is in it, or shows one that was
//! captured.

mod captured;

use std::path::PathBuf;

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::exit::{Code, CommandResult, Failure};
use super::key_folder::KeysArgs;
use super::number::from_to;
use super::run::credentials::load_key;
use super::{files, overrides, scenario_file, stdio, wall};
use crate::keys::{PrivateKey, PublicKey};
use crate::plan::{Algorithm, SigningMode};
use crate::runner::minter;
use crate::token::Minted;

/// The last second of the year 9999, the last year of RFC 3339 (section 1).
const LAST_SECOND: u64 = 253_402_300_799;

/// Arguments of `token`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The scenario file
    #[arg(required_unless_present = "stdin", conflicts_with = "stdin")]
    scenario: Option<PathBuf>,
    /// Read a token, or its Authorization line, from stdin: decode it, and verify it with --trust
    #[arg(long, conflicts_with_all = ["set", "with", "at", "reveal"])]
    stdin: bool,
    /// Verify the token on stdin with this certificate, public key or key set
    #[arg(long, value_name = "[NAME=]FILE", requires = "stdin", num_args = 1..)]
    trust: Vec<String>,
    /// Merge another file over the scenario, such as staging.toml; may be repeated
    #[arg(long, value_name = "FILE")]
    with: Vec<PathBuf>,
    /// Set any key of the scenario; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = overrides::assignment)]
    set: Vec<crate::plan::Override>,
    /// Mint the token as of this time
    #[arg(long, value_name = "UNIX_SECONDS", value_parser = from_to(0, LAST_SECOND))]
    at: Option<u64>,
    /// Write the token itself, and nothing else, to stdout
    #[arg(long)]
    reveal: bool,
    #[command(flatten)]
    keys: KeysArgs,
}

/// Mints and shows one token.
pub fn run(args: &Args) -> CommandResult {
    let Some(path) = &args.scenario else {
        return captured::run(&super::target::trust::read(&args.trust)?);
    };
    let plan = scenario_file::load(path, &args.with, &args.set)?.plan;
    let Some(auth) = &plan.auth else {
        let tokenless = anyhow::anyhow!("{} sends no token", files::shown(path));
        return Err(Failure::new(Code::ScenarioInvalid, tokenless)
            .hint("give it an [auth] table with a source"));
    };
    let key = load_key(&plan, auth, &args.keys.folder())?;
    if auth.signing == SigningMode::None {
        stdio::note("note: with signing = \"none\" a run of this scenario sends no token");
    }
    let iat = args.at.unwrap_or_else(|| wall::since_epoch().as_secs());
    let mut minter = minter(auth, &key)?;
    let minted = minter
        .warm_up()
        .and_then(|()| minter.mint(iat, 0))
        .map_err(Failure::environment)?;
    if args.reveal {
        stdio::print(&format!("{}\n", minted.bearer.reveal()))?;
    } else {
        stdio::print(&describe(&minted, auth.algorithm, &key)?)?;
    }
    Ok(Code::Passed)
}

/// The parts of a token that may be shown, and whether its signature holds.
pub(super) fn describe(
    minted: &Minted,
    algorithm: Algorithm,
    key: &PrivateKey,
) -> Result<String, Failure> {
    let token = minted.bearer.reveal();
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part));
    let (Some(Ok(header)), Some(Ok(payload)), Some(Ok(signature))) =
        (parts.next(), parts.next(), parts.next())
    else {
        let unfit = anyhow::anyhow!("the minted token is not a compact JWS");
        return Err(Failure::internal(unfit));
    };
    let signed = token.rsplit_once('.').map_or("", |(signed, _)| signed);
    let verifies = verifies(algorithm, key.public_key(), signed.as_bytes(), &signature);
    Ok(format!(
        "header       {}\n\
         claims       {}\n\
         issued at    {}\n\
         expires at   {}\n\
         length       {} characters\n\
         fingerprint  {} (first 8 bytes of its SHA-256)\n\
         signature    {}, RSA {} bits, {} ({} of CPU)\n\
         the token itself is shown only with --reveal\n",
        String::from_utf8_lossy(&header),
        String::from_utf8_lossy(&payload),
        moment(Some(minted.issued_at)),
        moment(expiry(&payload)),
        token.len(),
        fingerprint(token),
        if verifies {
            "verified with the public key"
        } else {
            "NOT VERIFIED with the public key"
        },
        key.bits(),
        minted.wall,
        minted.cpu,
    ))
}

/// Whether a key verifies the signature of a token.
fn verifies(algorithm: Algorithm, key: &PublicKey, signed: &[u8], signature: &[u8]) -> bool {
    let parameters = match algorithm {
        Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
    };
    let key = UnparsedPublicKey::new(parameters, key.spki_der());
    key.verify(signed, signature).is_ok()
}

/// The start of the SHA-256 of a token, in hexadecimal.
fn fingerprint(token: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
    crate::units::hex(&digest.as_ref()[..8])
}

fn expiry(payload: &[u8]) -> Option<u64> {
    let claims: serde_json::Value = serde_json::from_slice(payload).ok()?;
    claims.get("exp")?.as_u64()
}

/// Seconds since the Unix epoch as a date.
fn moment(seconds: Option<u64>) -> String {
    seconds
        .and_then(|seconds| i64::try_from(seconds).ok())
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|date| date.format(&Rfc3339).ok())
        .unwrap_or_else(|| "beyond the calendar".to_owned())
}
