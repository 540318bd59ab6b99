//! What a target does with one request.

use std::convert::Infallible;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::{HeaderMap, Method, Request};
use tokio::time::{Instant, sleep_until};

use super::answer::{self, Answer, Timing};
use super::ledger::{Ledger, LedgerSnapshot};
use super::verify::Verifier;
use super::{Rejection, TargetConfig, TargetError, TokenPolicy, body, credentials};
use crate::keys::{Jwk, Jwks};
use crate::units::Nanos;

/// All that the threads of a target share.
pub(super) struct Service {
    verifier: Verifier,
    tokens: TokenPolicy,
    answer_after: Nanos,
    jwks: Bytes,
    pub(super) ledger: Ledger,
}

impl Service {
    pub(super) fn new(config: &TargetConfig) -> Result<Self, TargetError> {
        let verifier = Verifier::new(config)?;
        let keys = config.trust.iter().map(|trusted| {
            let kid = trusted.kid.as_deref().unwrap_or_default();
            Jwk::new(kid, &trusted.key)
        });
        let jwks = Jwks {
            keys: keys.collect(),
        };
        Ok(Self {
            verifier,
            tokens: config.tokens,
            answer_after: config.service_time,
            jwks: to_json(&jwks),
            ledger: Ledger::new(),
        })
    }

    /// Answers one request; `arrived` is when its head had been read.
    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
        arrived: Instant,
    ) -> Result<Answer, Infallible> {
        let is_get = request.method() == Method::GET;
        Ok(match (request.uri().path(), is_get) {
            ("/ledger", true) => answer::json(to_json(&self.snapshot())),
            ("/.well-known/jwks.json", true) => answer::json(self.jwks.clone()),
            ("/health", true) => answer::json(Bytes::from_static(b"{\"status\":\"ok\"}")),
            ("/ledger" | "/.well-known/jwks.json" | "/health", false) => answer::only_get(),
            _ => self.take_lead(request, arrived).await,
        })
    }

    pub(super) fn snapshot(&self) -> LedgerSnapshot {
        self.ledger.snapshot()
    }

    async fn take_lead(&self, request: Request<Incoming>, arrived: Instant) -> Answer {
        self.ledger.request();
        let mut verify = Nanos::ZERO;
        let verdict = self.judge(request, &mut verify).await;
        if verdict.is_ok() && self.answer_after > Nanos::ZERO {
            // Counted from the arrival, so that the checking is part of the service time.
            sleep_until(arrived + self.answer_after.as_duration()).await;
        }
        let timing = Timing {
            verify,
            total: arrived.elapsed().into(),
        };
        match verdict {
            Ok(()) => answer::created(self.ledger.accept(), timing),
            Err(reason) => {
                self.ledger.reject(reason);
                answer::rejected(reason, timing)
            }
        }
    }

    /// Whether the lead is taken; `verify` gets the time that checking its token took.
    async fn judge(&self, request: Request<Incoming>, verify: &mut Nanos) -> Result<(), Rejection> {
        if request.method() != Method::POST {
            return Err(Rejection::Method);
        }
        let started = Instant::now();
        let credentials = self.check_token(request.headers());
        *verify = started.elapsed().into();
        // Read even when the token is refused: an unread body costs the caller its
        // connection, which a refusal alone does not.
        let body = body::read(request.into_body()).await?;
        let lead = body::lead_id(&body);
        if let Ok(id) = &lead {
            self.ledger.lead(id.as_deref());
        }
        credentials.and(lead.map(drop))
    }

    fn check_token(&self, headers: &HeaderMap) -> Result<(), Rejection> {
        let token = match (self.tokens, credentials::bearer(headers)) {
            (TokenPolicy::Ignored, _) | (TokenPolicy::Optional, Err(Rejection::Missing)) => {
                return Ok(());
            }
            (TokenPolicy::Required | TokenPolicy::Optional, token) => token?,
        };
        self.verifier.verify(token)
    }
}

fn to_json(value: &impl serde::Serialize) -> Bytes {
    // Our own types have text keys and no fallible parts, so this cannot fail.
    serde_json::to_vec(value).unwrap_or_default().into()
}
