//! The callout before the load: if it fails, those of the load will fail too.

use std::future::pending;
use std::time::Duration;

use tokio::time::Instant;

use super::single_callout::{Occasion, SingleCallout, send};
use super::target::Reached;
use super::wait::Wait;
use crate::client::Attempt;
use crate::plan::{Address, Plan};
use crate::runner::failure::{Refusal, RunFailure};
use crate::runner::job::Credential;
use crate::sample::Outcome;
use crate::summary::PreflightResult;
use crate::units::Nanos;

/// How often a failure that may be temporary is tried: a loaded target may refuse one callout in a
/// hundred.
const TRIES: u32 = 3;

/// The time from one try to the next.
const AGAIN: Duration = Duration::from_secs(1);

/// How to skip the check.
const WITHOUT: &str = "`--no-preflight` skips this check.";

/// Makes one callout for each way in which the run's tokens are made, before the load.
///
/// Sends nothing to the embedded target, or if the plan does not want a preflight.
///
/// # Errors
///
/// The target or its token endpoint refuses, or three tries got no answer.
pub(in crate::runner) fn check(
    plan: &Plan,
    credentials: &[Credential],
    reached: &Reached,
    wait: &Wait,
    entropy: u64,
) -> Result<Option<PreflightResult>, RunFailure> {
    if !plan.target.preflight || matches!(plan.target.address, Address::Embedded(_)) {
        return Ok(None);
    }
    let ways: Vec<Option<&Credential>> = match credentials {
        [] => vec![None],
        all => all.iter().map(Some).collect(),
    };
    let mut callouts = 0;
    let mut last = None;
    for credential in ways {
        let (tries, result) = until_taken((plan, credential), wait, || {
            let occasion = (Occasion::Preflight, entropy);
            send(plan, reached, credential, wait, occasion)
        })?;
        callouts += tries;
        last = Some(result);
    }
    Ok(last.map(|(status, latency)| PreflightResult {
        callouts,
        status,
        latency_ns: latency.0,
    }))
}

/// Tries until a callout succeeds; repeats temporary failures three times, or for as long as the run
/// may wait for its target.
fn until_taken(
    (plan, credential): (&Plan, Option<&Credential>),
    wait: &Wait,
    mut send: impl FnMut() -> Result<SingleCallout, RunFailure>,
) -> Result<(u32, (u16, Nanos)), RunFailure> {
    let began = Instant::now();
    let mut tries = 0;
    let mut is_told = false;
    loop {
        tries += 1;
        let refused = match send()?.attempt {
            Ok(Attempt {
                status: Some(status),
                outcome: Outcome::Ok,
                began,
                ended,
                ..
            }) => return Ok((tries, (status, ended - began))),
            Ok(attempt) => Refused::by_target(attempt),
            Err(why) => Refused::by_token_endpoint(why),
        };
        let may_wait = refused.is_starting && Nanos::from(began.elapsed()) < wait.wait_for();
        if !may_wait && (!refused.may_pass || tries >= TRIES) {
            return Err(refused.failure(plan, credential));
        }
        if may_wait && !std::mem::replace(&mut is_told, true) {
            wait.note(&format!(
                "waiting for {}, up to {}: {}",
                plan.target.address,
                wait.wait_for(),
                refused.refusal.reason
            ));
        }
        wait.within(AGAIN, pending::<()>())?;
    }
}

/// Makes one callout; repeats temporary failures, three times in all.
pub(in crate::runner) fn send_patiently(
    plan: &Plan,
    reached: &Reached,
    credential: Option<&Credential>,
    wait: &Wait,
    occasion: (Occasion, u64),
) -> Result<SingleCallout, RunFailure> {
    for _ in 1..TRIES {
        let sent = send(plan, reached, credential, wait, occasion)?;
        let attempt = sent.attempt.as_ref();
        if !attempt.is_ok_and(|attempt| may_pass(attempt.outcome)) {
            return Ok(sent);
        }
        wait.within(AGAIN, pending::<()>())?;
    }
    send(plan, reached, credential, wait, occasion)
}

/// Whether another try may succeed.
const fn may_pass(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::TooManyRequests
            | Outcome::ServerError
            | Outcome::Reset
            | Outcome::Closed
            | Outcome::Refused
    )
}

/// A failed callout.
struct Refused {
    refusal: Refusal,
    /// Whether another try may succeed.
    may_pass: bool,
    /// Whether the target may still be starting.
    is_starting: bool,
}

impl Refused {
    fn by_target(attempt: Attempt) -> Self {
        let Attempt {
            outcome,
            status,
            refusal,
            failed,
            ..
        } = attempt;
        let why = failed.map(|failed| match status {
            // The head arrived, but not the whole body.
            Some(status) => format!("{status}, and then {}", failed.0),
            None => failed.0,
        });
        let why = why.or_else(|| refusal.map(|words| words.to_string()));
        let reason = why.unwrap_or_else(|| outcome.to_string());
        Self {
            refusal: Refusal {
                outcome,
                status,
                reason,
            },
            may_pass: may_pass(outcome),
            is_starting: matches!(status, Some(502..=504))
                || matches!(outcome, Outcome::Refused | Outcome::Closed | Outcome::Reset),
        }
    }

    fn by_token_endpoint(why: String) -> Self {
        Self {
            refusal: Refusal {
                outcome: Outcome::TokenEndpoint,
                status: None,
                reason: why,
            },
            may_pass: false,
            is_starting: false,
        }
    }

    fn failure(self, plan: &Plan, credential: Option<&Credential>) -> RunFailure {
        let address = &plan.target.address;
        let what = match (self.refusal.outcome, self.refusal.status) {
            (Outcome::TokenEndpoint, _) => "no access token for the preflight callout".to_owned(),
            (_, Some(_)) => format!("{address} refuses the preflight callout"),
            (_, None) => format!("the preflight callout to {address} failed"),
        };
        // With several loads, name the one that failed.
        let load = credential.and_then(|one| Some((one, plan.loads.get(*one.loads.first()?)?)));
        let of = match load {
            Some((one, load)) if plan.loads.len() > 1 => {
                format!(" of load {:?}, key {}", load.name, one.auth.key)
            }
            _ => String::new(),
        };
        let error = anyhow::anyhow!("{what}{of}: {}", self.refusal.reason);
        RunFailure {
            refusal: Some(self.refusal),
            ..RunFailure::environment(error).hint(WITHOUT)
        }
    }
}
