//! What `probe` does: all that a run does before its load, and one callout.

use super::credentials::{Credential, credentials};
use super::patience::Patience;
use super::shot::{Occasion, Shot, shoot};
use super::target::{Reached, reach};
use crate::cli::exit::Failure;
use crate::cli::key_folder::KeyFolder;
use crate::client::TlsSession;
use crate::engine::Stop;
use crate::keys::PrivateKey;
use crate::plan::{Algorithm, Plan};

/// One callout, shown to its user.
pub(in crate::cli) struct Probed {
    pub(in crate::cli) shot: Shot,
    /// The key that its token was signed with, and how.
    pub(in crate::cli) signed_with: Option<(PrivateKey, Algorithm)>,
    /// What TLS agreed on, where it is spoken.
    pub(in crate::cli) tls: Option<TlsSession>,
}

/// Makes one callout as a run of the plan would, with the token of its first load that sends one.
pub(in crate::cli) fn probe(
    plan: &Plan,
    keys: &KeyFolder,
    stop: Stop,
    entropy: u64,
) -> Result<Probed, Failure> {
    let patience = Patience::new(stop, None)?;
    let mut credentials = credentials(plan, keys)?;
    let id = format!("{entropy:016x}");
    let reached = reach(plan, &credentials, keys, &patience, &id)?;
    let tls = session(plan, &reached, &patience)?;
    let credential = credentials.first();
    let occasion = (Occasion::Probe, entropy);
    let shot = shoot(plan, &reached, credential, &patience, occasion)?;
    let signed_with = if credentials.is_empty() {
        None
    } else {
        let Credential { auth, key, .. } = credentials.swap_remove(0);
        Some((key, auth.algorithm))
    };
    Ok(Probed {
        shot,
        signed_with,
        tls,
    })
}

/// What TLS agrees on, found out on a connection of its own.
fn session(
    plan: &Plan,
    reached: &Reached,
    patience: &Patience,
) -> Result<Option<TlsSession>, Failure> {
    let limit = plan.target.timeout.as_duration();
    let session = patience.within(limit, reached.endpoint.session())?;
    // What is wrong with it shows in the callout.
    Ok(session.and_then(Result::ok).flatten())
}
