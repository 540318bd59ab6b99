//! What can be known of a machine before a run: how punctual it is, and whether it signs fast enough.

use std::future::pending;

use tokio::time::Instant;

use super::job::{Keys, Setting};
use super::preflight::Wait;
use super::signers::Signers;
use super::wakeup::WakeupProbe;
use crate::clock::Clock;
use crate::machine::{Gauges, cores};
use crate::plan::Plan;
use crate::runner::failure::RunFailure;
use crate::summary::Signing;
use crate::units::{Nanos, index};
use crate::validity::Health;

/// Reads the machine for a span, in which this process does nothing but wake up.
///
/// # Errors
///
/// The system refuses a thread, or the user stopped it.
pub fn idle_health(setting: &Setting, span: Nanos) -> Result<Health, RunFailure> {
    let wait = Wait::new(setting, None)?;
    let clock = Clock::new(Instant::now(), wait.wall());
    let gauges = Gauges::start();
    let probe = WakeupProbe::start(clock).map_err(RunFailure::environment)?;
    wait.within(span.as_duration(), pending::<()>())?;
    Ok(Health {
        wakeup: probe.read(),
        ..gauges.read()
    })
}

/// Signs with the keys of a plan for a moment, as a run does before its load.
///
/// # Errors
///
/// This machine signs more slowly than the plan needs, a key cannot be used, or the user stopped it.
pub fn signing_capacity(
    plan: &Plan,
    keys: &Keys,
    setting: &Setting,
) -> Result<Signing, RunFailure> {
    let wait = Wait::new(setting, None)?;
    let signers = Signers::prepare(plan, &keys.credentials, index(cores().into()), false, &wait)?;
    Ok(signers.facts)
}
