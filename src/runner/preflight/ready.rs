//! Asks a target over HTTP whether it is ready, if the scenario names a path.

use anyhow::anyhow;
use tokio::time::Instant;

use super::target::Reached;
use super::wait::{NotReached, Wait};
use crate::client::{Callout, HttpTransport, Keep, LateAnswers, PreparedRequest, Transport as _};
use crate::clock::Clock;
use crate::plan::Plan;
use crate::runner::failure::RunFailure;

/// Asks the target's readiness path until it answers with a success, for as long as the run may wait
/// for its target; asks once if it may not wait.
///
/// # Errors
///
/// The target is not ready.
pub(in crate::runner) fn wait_until_ready(
    plan: &Plan,
    reached: &Reached,
    wait: &Wait,
) -> Result<(), RunFailure> {
    let Some(template) = &reached.ready else {
        return Ok(());
    };
    let clock = Clock::new(Instant::now(), wait.wall());
    let limit = plan.target.timeout;
    let mut transport = HttpTransport::new(
        reached.endpoint.clone(),
        PreparedRequest::new(template.clone()),
        limit,
        clock,
        LateAnswers::default(),
    )
    .keeping(Keep::ForCallout);
    let question = Callout::default();
    let path = plan.target.ready.as_deref().unwrap_or_default();
    // The transport has the timeout of a callout; this limit covers everything else.
    let most = limit + limit;
    wait.reach(&plan.target.address, || {
        let why = match wait.within(most.as_duration(), transport.post(&question))? {
            Some(attempt) if attempt.outcome.is_ok() => return Ok(()),
            Some(attempt) => {
                let complaint = attempt.complaint();
                let why = complaint.unwrap_or_else(|| attempt.outcome.to_string());
                match attempt.status {
                    Some(_) => format!("{path} answers {why}"),
                    None => format!("{path} did not answer: {why}"),
                }
            }
            None => format!("{path} did not answer within {most}"),
        };
        let what = anyhow!("{} is not ready: {why}", plan.target.address);
        let failure = RunFailure::environment(what);
        Err(NotReached::for_now(failure.hint(
            "wait for it with --wait-for 60s, or check [target] ready",
        )))
    })
}
