//! What a target does with one request.

use std::sync::OnceLock;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::http::request;
use hyper::{HeaderMap, Method, Request, StatusCode};
use tokio::time::{Instant, sleep_until};

use super::access::GrantedTokens;
use super::answer::{self, Answer, Timing};
use super::grant;
use super::ledger::{Ledger, LedgerSnapshot};
use super::limit::Limiter;
use super::pace::Pace;
use super::taken::TakenIds;
use super::trouble::{Trouble, Troubles};
use super::verify::Verifier;
use super::{
    Accepts, Duplicates, Rejection, TargetConfig, TargetError, TokenPolicy, body, credentials, echo,
};
use crate::units::Nanos;

/// How long a stalled request is held: longer than any callout may take.
const STALLED: Nanos = Nanos::from_secs(130);

/// What the threads of a target share.
pub(super) struct Service {
    config: TargetConfig,
    pub(super) verifier: Verifier,
    access: GrantedTokens,
    pace: Pace,
    limiter: Option<Limiter>,
    taken: TakenIds,
    /// When the first request came, from which freezes and outages are counted.
    began: OnceLock<Instant>,
    pub(super) ledger: Ledger,
}

/// A connection is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the target hangs up on purpose")]
pub(super) struct HangUp;

/// The header of callouts that are not part of a load.
const MARK: &str = "leadbench-callout";

impl Service {
    pub(super) fn new(config: &TargetConfig) -> Result<Self, TargetError> {
        config.troubles.check()?;
        config.token_troubles.check()?;
        Ok(Self {
            verifier: Verifier::new(config)?,
            access: GrantedTokens::new(config.access_token_life),
            pace: Pace::new(config.latency, config.freeze, config.seed),
            limiter: config.rate_limit.map(Limiter::new),
            taken: TakenIds::default(),
            began: OnceLock::new(),
            ledger: Ledger::default(),
            config: config.clone(),
        })
    }

    /// Answers one request; `arrived` is when its head had been read.
    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
        arrived: Instant,
    ) -> Result<Answer, HangUp> {
        let is_get = request.method() == Method::GET;
        Ok(match (request.uri().path(), is_get) {
            ("/ledger", true) => answer::json(to_json(&self.snapshot())),
            ("/.well-known/jwks.json", true) => {
                answer::json(to_json(&self.verifier.keyring.published()))
            }
            ("/health", true) => answer::json(Bytes::from_static(b"{\"status\":\"ok\"}")),
            ("/ledger" | "/.well-known/jwks.json" | "/health", false) => answer::only_get(),
            ("/token", false) => return self.grant(request).await,
            ("/echo", false) => self.echo(request).await,
            _ => return self.take_lead(request, arrived).await,
        })
    }

    pub(super) fn snapshot(&self) -> LedgerSnapshot {
        LedgerSnapshot {
            cache_hits: self.verifier.cache_hits.get(),
            ..self.ledger.snapshot()
        }
    }

    async fn take_lead(
        &self,
        request: Request<Incoming>,
        arrived: Instant,
    ) -> Result<Answer, HangUp> {
        if request.headers().contains_key(MARK) {
            return Ok(self.take_marked(request, arrived).await);
        }
        let number = self.ledger.requests.count();
        if let Some(trouble) = self.trouble(&self.config.troubles, number) {
            self.ledger.trouble(trouble.to_string());
            return self.suffer(trouble, request).await;
        }
        if let Some(limiter) = &self.limiter
            && let Err(after_s) = limiter.admit(arrived)
        {
            drop(body::read(request.into_body()).await);
            self.ledger.reject(Rejection::RateLimited);
            return Ok(answer::limited(after_s, timing(Nanos::ZERO, arrived)));
        }
        let mut verify = Nanos::ZERO;
        let verdict = self.judge(request, &mut verify).await;
        if verdict.is_ok()
            && let Some(at) = self.pace.answer_at(number, arrived, || self.began())
        {
            // Counted from the arrival, so that the checking is part of the service time.
            sleep_until(at).await;
        }
        let timing = timing(verify, arrived);
        Ok(match verdict {
            Ok((status, number)) => answer::accepted(status, number, timing),
            Err(reason) => {
                self.ledger.reject(reason);
                answer::rejected(reason, timing)
            }
        })
    }

    /// A preflight or a probe: checked like any lead, counted separately, without faults and limits.
    async fn take_marked(&self, request: Request<Incoming>, arrived: Instant) -> Answer {
        let number = self.ledger.marked.count();
        let credentials = self.check_token(request.headers());
        let verify = arrived.elapsed().into();
        let is_post = request.method() == Method::POST;
        let lead = match body::read(request.into_body()).await {
            Ok(body) => body::lead_id(&body).map(|_| ()),
            Err(reason) => Err(reason),
        };
        let method = is_post.then_some(()).ok_or(Rejection::Method);
        let timing = timing(verify, arrived);
        match method.and(credentials).and(lead) {
            Ok(()) => answer::accepted(StatusCode::CREATED, number, timing),
            Err(reason) => answer::rejected(reason, timing),
        }
    }

    fn began(&self) -> Instant {
        *self.began.get_or_init(Instant::now)
    }

    fn trouble(&self, troubles: &Troubles, number: u64) -> Option<Trouble> {
        let is_any = *troubles != Troubles::default();
        is_any.then(|| troubles.of(self.config.seed, number, self.began().elapsed().into()))?
    }

    async fn suffer(&self, trouble: Trouble, request: Request<Incoming>) -> Result<Answer, HangUp> {
        // The body is read, so that the caller sees the fault and not the effect of an unread body.
        drop(body::read(request.into_body()).await);
        match trouble {
            Trouble::Status(status) => Ok(answer::troubled(status)),
            Trouble::Close => Err(HangUp),
            Trouble::Stall => {
                tokio::time::sleep(STALLED.as_duration()).await;
                Err(HangUp)
            }
        }
    }

    /// Whether the lead is accepted; `verify` gets the time of checking its token.
    async fn judge(
        &self,
        request: Request<Incoming>,
        verify: &mut Nanos,
    ) -> Result<(StatusCode, u64), Rejection> {
        if request.method() != Method::POST {
            return Err(Rejection::Method);
        }
        let started = Instant::now();
        let credentials = self.check_token(request.headers());
        *verify = started.elapsed().into();
        let (head, incoming) = request.into_parts();
        // Read even when the token is refused: an unread body costs the caller its
        // connection, which a refusal alone does not.
        let body = body::read(incoming).await?;
        self.tell(&head, &body, credentials);
        let lead = body::lead_id(&body);
        if let Ok(id) = &lead {
            self.ledger.lead(id.as_deref());
        }
        credentials?;
        self.keep(lead?.as_deref())
    }

    /// Echoes what arrived, if that is wanted.
    fn tell(&self, head: &request::Parts, body: &[u8], verdict: Result<(), Rejection>) {
        let Some(sender) = &self.config.echo else {
            return;
        };
        let token = credentials::bearer(&head.headers);
        let echo = echo::describe(head, body, token, verdict);
        if sender.try_send(echo).is_err() {
            self.ledger.echoes_dropped.count();
        }
    }

    /// Accepts a lead, unless it is a duplicate: the status and the number of its answer.
    fn keep(&self, id: Option<&str>) -> Result<(StatusCode, u64), Rejection> {
        let number = || self.ledger.accepted.count();
        let (Some(id), Duplicates::Reject | Duplicates::Drop) = (id, self.config.duplicates) else {
            return Ok((StatusCode::CREATED, number()));
        };
        match self.taken.take(id, number) {
            Ok(number) => Ok((StatusCode::CREATED, number)),
            Err(first) => {
                self.ledger.duplicates.count();
                match self.config.duplicates {
                    Duplicates::Drop => Ok((StatusCode::OK, first)),
                    Duplicates::Accept | Duplicates::Reject => Err(Rejection::Duplicate),
                }
            }
        }
    }

    fn check_token(&self, headers: &HeaderMap) -> Result<(), Rejection> {
        let token = match (self.config.tokens, credentials::bearer(headers)) {
            (TokenPolicy::Ignored, _) | (TokenPolicy::Optional, Err(Rejection::Missing)) => {
                return Ok(());
            }
            (TokenPolicy::Required | TokenPolicy::Optional, token) => token?,
        };
        match self.config.accepts {
            Accepts::Jwt => self.verifier.verify(token),
            // An access token contains no dots.
            Accepts::Both if token.contains('.') => self.verifier.verify(token),
            Accepts::AccessToken | Accepts::Both => {
                let now = jsonwebtoken::get_current_timestamp();
                let is_known = self.access.holds(token, now);
                is_known.then_some(()).ok_or(Rejection::UnknownAccessToken)
            }
        }
    }

    /// The token endpoint.
    async fn grant(&self, request: Request<Incoming>) -> Result<Answer, HangUp> {
        let asked = self.ledger.token_requests.count();
        if let Some(trouble) = self.trouble(&self.config.token_troubles, asked) {
            self.ledger.trouble(format!("token:{trouble}"));
            return self.suffer(trouble, request).await;
        }
        let form = body::read(request.into_body()).await.unwrap_or_default();
        let assertion = grant::assertion(&form).and_then(|assertion| {
            let verdict = self.verifier.verify(&assertion);
            verdict.map_err(|_| grant::Refusal::InvalidGrant)
        });
        Ok(match assertion {
            Ok(()) => {
                let now = jsonwebtoken::get_current_timestamp();
                let (token, life) = self.access.grant(now);
                self.ledger.tokens_issued.count();
                answer::granted(grant::granted(&token, life))
            }
            Err(refusal) => {
                self.ledger.token_requests_refused.count();
                answer::refused_grant(refusal.body())
            }
        })
    }

    /// What the request looks like from here; nothing is counted.
    async fn echo(&self, request: Request<Incoming>) -> Answer {
        let (head, incoming) = request.into_parts();
        let body = body::read(incoming).await.unwrap_or_default();
        let token = credentials::bearer(&head.headers);
        let verdict = self.check_token(&head.headers);
        answer::json(echo::describe(&head, &body, token, verdict).into())
    }
}

fn timing(verify: Nanos, arrived: Instant) -> Timing {
    Timing {
        verify,
        total: arrived.elapsed().into(),
    }
}

fn to_json(value: &impl serde::Serialize) -> Bytes {
    // Our own types have text keys and no fallible parts, so this cannot fail.
    serde_json::to_vec(value).unwrap_or_default().into()
}
