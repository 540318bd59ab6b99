//! The steps of a run before its load, each with its own result, so that all of them can be shown.

use std::net::SocketAddr;
use std::time::Duration;

use super::job::{Credential, Keys, Setting};
use super::preflight::{Occasion, SingleCallout, Wait, reach, send_patiently, wait_until_ready};
use super::probe::session;
use crate::client::TlsSession;
use crate::plan::Plan;
use crate::runner::failure::RunFailure;

/// What came of the steps before a load.
#[derive(Debug)]
pub struct Rehearsal {
    /// The address that was reached.
    pub peer: SocketAddr,
    /// The TLS session, if the target uses TLS.
    pub tls: Option<TlsSession>,
    /// Whether the target answered at the path at which the scenario asks for its readiness, if there is one.
    pub ready: Result<(), RunFailure>,
    /// One callout for each credential, or one without a token; each with the time since the Unix epoch at which it
    /// had ended.
    pub callouts: Vec<(SingleCallout, Duration)>,
}

/// Makes the steps of a run before its load. The callouts are marked as probes; a failure that may be temporary is
/// tried three times.
///
/// # Errors
///
/// The target cannot be reached, no token can be signed, or the user stopped it.
pub fn rehearse(
    plan: &Plan,
    keys: &Keys,
    setting: &Setting,
    entropy: u64,
) -> Result<Rehearsal, RunFailure> {
    let wait = Wait::new(setting, None)?;
    let id = format!("{entropy:016x}");
    let reached = reach(plan, keys, &wait, &id)?;
    let tls = session(plan, &reached, &wait)?;
    let ready = wait_until_ready(plan, &reached, &wait);
    wait.check()?;
    let credentials: Vec<Option<&Credential>> = match keys.credentials.as_slice() {
        [] => vec![None],
        all => all.iter().map(Some).collect(),
    };
    let occasion = (Occasion::Probe, entropy);
    let callouts = credentials.into_iter().map(|credential| {
        let sent = send_patiently(plan, &reached, credential, &wait, occasion)?;
        Ok::<_, RunFailure>((sent, wait.wall()))
    });
    Ok(Rehearsal {
        callouts: callouts.collect::<Result<_, _>>()?,
        peer: reached.endpoint.address(),
        tls,
        ready,
    })
}
