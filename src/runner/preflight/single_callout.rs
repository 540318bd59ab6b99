//! One callout like those of a run, on a connection of its own: the request and the answer.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::target::Reached;
use super::wait::Wait;
use crate::client::{
    Attempt, Callout, HttpTransport, Keep, LateAnswers, PreparedRequest, RequestTemplate,
};
use crate::clock::Clock;
use crate::clock::date;
use crate::engine::{ANSWER_BYTES_MAX, AccessTokens, TokenExchange};
use crate::lead::Leads;
use crate::plan::{Plan, SigningMode};
use crate::runner::failure::RunFailure;
use crate::runner::job::Credential;
use crate::runner::signers::minter;
use crate::sample::MetricNames;
use crate::secret::Bearer;
use crate::token::Minted;
use crate::units::Nanos;

/// The load number of its lead. A scenario has at most 64 loads, so no callout of the run posts the
/// same lead.
const LOAD: u64 = 99;

/// Bytes of the answer's body that are kept.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// How many timeouts the connection, the token endpoint and the target may take together; beyond that,
/// something without a timeout hangs.
const LIMITS: u32 = 3;

/// Why one callout is made.
#[derive(Clone, Copy, Debug)]
pub(in crate::runner) enum Occasion {
    /// To check before the load whether callouts can succeed.
    Preflight,
    /// To show it to the user.
    Probe,
}

impl Occasion {
    /// What the callout is marked with.
    const fn mark(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Probe => "probe",
        }
    }
}

/// One callout, and what came of it.
#[derive(Debug)]
pub struct SingleCallout {
    /// The JWT that was signed for it, if one was.
    pub minted: Option<Minted>,
    /// What was sent.
    pub callout: Callout,
    /// What requests are made from.
    pub template: RequestTemplate,
    /// The metrics of `Server-Timing` by their places.
    pub metrics: MetricNames,
    /// Its result; `Err` says why the token endpoint gave no access token.
    pub attempt: Result<Attempt, String>,
}

/// Makes one callout with the token of `credential`, or with none.
pub(in crate::runner) fn send(
    plan: &Plan,
    reached: &Reached,
    credential: Option<&Credential>,
    wait: &Wait,
    (occasion, entropy): (Occasion, u64),
) -> Result<SingleCallout, RunFailure> {
    let began = wait.wall();
    let clock = Clock::new(Instant::now(), began);
    let minted = credential
        .map(|one| mint(one, clock))
        .transpose()?
        .flatten();
    let leads = Leads::new(&plan.lead, entropy, date(began)).of_load(LOAD);
    let template = reached.template.clone().marked(occasion.mark());
    let mut callout = Callout {
        bearer: minted.as_ref().map(|minted| minted.bearer.clone()),
        body: leads.body(0).into(),
        ..Callout::default()
    };
    let limit = plan.target.timeout;
    let transport = |endpoint, template: RequestTemplate| {
        HttpTransport::new(
            endpoint,
            PreparedRequest::new(template),
            limit,
            clock,
            LateAnswers::default(),
        )
        .keeping(Keep::ForCallout)
    };
    let load = credential.and_then(|one| one.loads.first().copied());
    let exchange = load.and_then(|load| {
        let plan = plan.auth_of(load)?.exchange.as_ref()?;
        let (endpoint, template) = reached.token_endpoints.get(load)?.clone()?;
        Some((plan, endpoint, template))
    });
    let wholes: Arc<[String]> = plan.target.server_timing.as_slice().into();
    let metrics = MetricNames::default();
    let mut sender = transport(reached.endpoint.clone(), template.clone())
        .keeping_bodies(BODY_BYTES_MAX)
        .keeping_fields()
        .expecting(reached.expectation.as_ref())
        .reading_timing(&wholes, &metrics);
    let seed = plan.lead.seed;
    let sending = async {
        if let (Some((plan, endpoint, template)), Some(assertion)) = (exchange, &callout.bearer) {
            let mut exchange = TokenExchange {
                tokens: AccessTokens::new(plan, 1, seed).into(),
                transport: transport(endpoint, template).keeping_bodies(ANSWER_BYTES_MAX),
                last: (0, 0),
            };
            let access: Result<Bearer, String> = exchange.once(assertion).await;
            match access {
                Ok(access) => callout.bearer = Some(access),
                Err(why) => return (callout, Err(why)),
            }
        }
        let attempt = crate::client::Transport::post(&mut sender, &callout).await;
        (callout, Ok(attempt))
    };
    let most: Duration = limit.as_duration() * LIMITS;
    let Some((callout, attempt)) = wait.within(most, sending)? else {
        let mark = occasion.mark();
        let unended = anyhow::anyhow!(
            "the {mark} callout to {} did not end within {}",
            plan.target.address,
            Nanos::from(most)
        );
        let hint = "raise [target] timeout, or look at the target's log";
        return Err(RunFailure::environment(unended).hint(hint));
    };
    Ok(SingleCallout {
        minted,
        callout,
        template,
        metrics,
        attempt,
    })
}

/// A token like those of the run; `None` with the signing mode `none`.
fn mint(credential: &Credential, clock: Clock) -> Result<Option<Minted>, RunFailure> {
    let Credential { auth, key, .. } = credential;
    if auth.signing == SigningMode::None {
        return Ok(None);
    }
    let clock = clock.skewed(auth.clock_skew);
    let mut minter = minter(auth, key)?;
    let minted = minter
        .warm_up()
        .and_then(|()| minter.mint(clock.unix_seconds(clock.now()), 0));
    minted.map(Some).map_err(RunFailure::environment)
}
