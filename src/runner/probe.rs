//! What `probe` does: the steps of a run before its load, and one callout.

use std::net::SocketAddr;
use std::time::Duration;

use super::job::{Credential, Keys, Setting};
use super::preflight::{Occasion, Reached, SingleCallout, Wait, reach, send};
use crate::client::TlsSession;
use crate::keys::PrivateKey;
use crate::plan::{Algorithm, Plan};
use crate::runner::failure::RunFailure;

/// One callout, shown to its user.
#[derive(Debug)]
pub struct Probed {
    /// The callout.
    pub sent: SingleCallout,
    /// The key that its token was signed with, and how.
    pub signed_with: Option<(PrivateKey, Algorithm)>,
    /// The TLS session, if the target uses TLS.
    pub tls: Option<TlsSession>,
    /// The address that was reached.
    pub peer: SocketAddr,
    /// The time since the Unix epoch when the callout had ended.
    pub ended: Duration,
}

/// Makes one callout as a run of the plan would, with the token of its first load that sends one.
///
/// # Errors
///
/// The target cannot be reached, or no token can be signed.
pub fn probe(
    plan: &Plan,
    mut keys: Keys,
    setting: &Setting,
    entropy: u64,
) -> Result<Probed, RunFailure> {
    let wait = Wait::new(setting, None)?;
    let id = format!("{entropy:016x}");
    let reached = reach(plan, &keys, &wait, &id)?;
    let tls = session(plan, &reached, &wait)?;
    let credential = keys.credentials.first();
    let occasion = (Occasion::Probe, entropy);
    let sent = send(plan, &reached, credential, &wait, occasion)?;
    let ended = wait.wall();
    let signed_with = if keys.credentials.is_empty() {
        None
    } else {
        let Credential { auth, key, .. } = keys.credentials.swap_remove(0);
        Some((key, auth.algorithm))
    };
    Ok(Probed {
        sent,
        signed_with,
        tls,
        peer: reached.endpoint.address(),
        ended,
    })
}

/// The TLS session, from a connection of its own.
pub(super) fn session(
    plan: &Plan,
    reached: &Reached,
    wait: &Wait,
) -> Result<Option<TlsSession>, RunFailure> {
    let limit = plan.target.timeout.as_duration();
    let session = wait.within(limit, reached.endpoint.session())?;
    // The callout shows any error.
    Ok(session.and_then(Result::ok).flatten())
}
