//! JWT Token Exchange: a signed JWT buys an access token, which many callouts then send.
//!
//! An org keeps one access token for each principal. A caller that finds none, or whose token is
//! refused, gets the next one; meanwhile the others wait for that refresh instead of starting their
//! own. What it costs is on the callout that waited, in the phase `exchange`. While a token is
//! renewed ahead of its end the others go on with it, also when the renewal fails; and a token
//! endpoint that has failed is left alone for a while, which grows with each failure.

mod access_tokens;
mod answer;
mod backoff;

pub use access_tokens::{AccessTokens, ExchangeTally};

use std::sync::Arc;

use crate::client::{Callout, Transport};
use crate::clock::Clock;
use crate::secret::Bearer;
use crate::token::{IssuedToken, Token, TokenError, TokenProvider};
use crate::units::Nanos;
use access_tokens::{Held, PrincipalToken};
use answer::Granted;

/// Bytes of the token endpoint's answer that are read.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How long before it expires an access token is renewed, if the scenario asks for it: 30 s, and at
/// most a tenth of its lifetime.
const MARGIN: Nanos = Nanos::from_secs(30);

/// An access token that could not be renewed is sent until this share of the margin before its
/// end, a third: the API's clock may be ahead of the token endpoint's.
const SKEW_SHARE: u64 = 3;

/// One caller's access to its org's access tokens.
#[derive(Debug)]
pub struct TokenExchange<T> {
    /// What all callers of the org share.
    pub tokens: Arc<AccessTokens>,
    /// How the token endpoint is reached.
    pub transport: T,
    /// Whose token was last taken, and which one it was.
    pub last: (u64, u64),
}

/// Why an iteration has no token to send.
#[derive(Debug, thiserror::Error)]
pub enum NoToken {
    /// None could be signed.
    #[error(transparent)]
    Unsigned(#[from] TokenError),
    /// None could be had for it; the words are those of Salesforce's own exception.
    #[error("Unable to complete the JWT token exchange: {0}")]
    Refused(String),
}

/// A token, and how long its exchange was waited for.
pub(super) type Exchanged = (IssuedToken, Option<Nanos>);

impl<T: Transport> TokenExchange<T> {
    /// The access token of the user whose turn it is.
    pub(super) async fn next(
        &mut self,
        provider: &mut TokenProvider,
        clock: &Clock,
    ) -> Result<Exchanged, NoToken> {
        let user = self.tokens.next_user();
        self.take(user, None, provider, clock).await
    }

    /// The access token after the one last taken, which the API has refused.
    pub(super) async fn fresh(
        &mut self,
        provider: &mut TokenProvider,
        clock: &Clock,
    ) -> Result<Exchanged, NoToken> {
        let (user, refused) = self.last;
        self.take(user, Some(refused), provider, clock).await
    }

    async fn take(
        &mut self,
        user: u64,
        refused: Option<u64>,
        provider: &mut TokenProvider,
        clock: &Clock,
    ) -> Result<Exchanged, NoToken> {
        let tokens = Arc::clone(&self.tokens);
        let slot = tokens.slot(user);
        let asked = clock.now();
        let refreshes = {
            let held = slot.held.lock();
            if let Some(token) = held.fresh(refused, asked) {
                return Ok((self.sends(user, token, &held), None));
            }
            held.refreshes
        };
        let refreshing = slot.refresh.try_lock();
        let has_waited = refreshing.is_err();
        let _flying = if let Ok(refreshing) = refreshing {
            refreshing
        } else {
            // Another renews it; what is good until then is sent.
            if let Some(issued) = self.last_good(user, slot, refused, asked) {
                return Ok((issued, None));
            }
            slot.refresh.lock().await
        };
        let now = clock.now();
        let waited = has_waited.then(|| now - asked);
        if has_waited {
            let held = slot.held.lock();
            if let Some(token) = held.fresh(refused, now) {
                return Ok((self.sends(user, token, &held), waited));
            }
        }
        let why = {
            let held = slot.held.lock();
            // What failed while we waited for it has failed for us too.
            let has_failed = has_waited && held.refreshes != refreshes;
            let failure = held.failure.as_ref().filter(|_| has_failed);
            failure.or_else(|| held.backing_off(now)).cloned()
        };
        if let Some(why) = why {
            let good = self.last_good(user, slot, refused, now);
            return good
                .map(|issued| (issued, waited))
                .ok_or(NoToken::Refused(why));
        }
        // Boxed, so that it takes no room in the state of users that have their token.
        let renewing = Box::pin(self.renew(user, slot, refused, provider, clock));
        let (renewed, signing) = renewing.await?;
        let spent = clock.now() - asked - signing;
        match renewed {
            Ok(issued) => Ok((issued, Some(spent))),
            Err(why) => {
                let good = self.last_good(user, slot, refused, clock.now());
                good.map(|issued| (issued, Some(spent)))
                    .ok_or(NoToken::Refused(why))
            }
        }
    }

    /// The token that is there, if it may still be sent.
    fn last_good(
        &mut self,
        user: u64,
        slot: &PrincipalToken,
        refused: Option<u64>,
        now: Nanos,
    ) -> Option<IssuedToken> {
        let held = slot.held.lock();
        let token = held.good(refused, now)?;
        Some(self.sends(user, token, &held))
    }

    /// Takes a token that need not be waited for, and notes which one it is.
    fn sends(&mut self, user: u64, token: &Token, held: &Held) -> IssuedToken {
        self.last = (user, held.number);
        IssuedToken::ready(token.clone().paid())
    }

    /// Signs a JWT and posts it to the token endpoint; returns the result, and how long the signing
    /// took.
    async fn renew(
        &mut self,
        user: u64,
        slot: &PrincipalToken,
        refused: Option<u64>,
        provider: &mut TokenProvider,
        clock: &Clock,
    ) -> Result<(Result<IssuedToken, String>, Nanos), NoToken> {
        let mut issued = provider.fresh(user, clock).await?;
        let Some(assertion) = issued.token.take() else {
            return Err(NoToken::Unsigned(TokenError::Stopped));
        };
        let signing = issued.waited + assertion.cost.map_or(Nanos::ZERO, |cost| cost.sign);
        let sent = clock.now();
        let granted = self.post(&assertion.bearer).await;
        let now = clock.now();
        self.tokens.note(granted.is_ok(), now - sent);
        let mut held = slot.held.lock();
        let renewed = match granted {
            Ok(Granted { bearer, expires_in }) => {
                let issued_at = clock.unix_seconds(now);
                let token = Token {
                    bearer,
                    cost: assertion.cost,
                    issued_at,
                    expires_at: expires_in.map_or(u64::MAX, |span| issued_at.saturating_add(span)),
                    user,
                };
                held.granted(token.clone(), now, self.tokens.life(expires_in));
                issued.token = Some(token);
                issued.in_path = true;
                Ok(issued)
            }
            Err(why) => {
                held.failed(why.clone(), refused, now);
                Err(why)
            }
        };
        self.last = (user, held.number);
        Ok((renewed, signing))
    }

    /// Posts one assertion to the token endpoint and reads its answer.
    async fn post(&mut self, assertion: &Bearer) -> Result<Granted, String> {
        let callout = Callout {
            body: self.tokens.form(assertion).into(),
            ..Callout::default()
        };
        let attempt = self.transport.post(&callout).await;
        answer::read(&attempt, assertion)
    }

    /// Exchanges one assertion, apart from the shared tokens; the result is not kept.
    ///
    /// # Errors
    ///
    /// Why the token endpoint gave no access token, in its own words if it had any.
    pub async fn once(&mut self, assertion: &Bearer) -> Result<Bearer, String> {
        Ok(self.post(assertion).await?.bearer)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use bytes::Bytes;
    use tokio::sync::Semaphore;
    use tokio::time::Instant;

    use super::*;
    use crate::client::Attempt;
    use crate::keys::PrivateKey;
    use crate::plan::{AssertionForm, Auth, ExchangePlan, Renew, TokenSource};
    use crate::sample::Outcome;
    use crate::secret::Hidden;
    use crate::token::{Ahead, Claims, Minter, Pool, Signer};
    use crate::units::Seed;

    const PEM: &[u8] = include_bytes!("../../tests/fixtures/keys/test-only-rsa2048-pkcs8.key.pem");

    /// A token endpoint that answers 200 or 503, once for each permit that it is given.
    #[derive(Clone)]
    struct FakeEndpoint {
        is_up: Arc<Mutex<bool>>,
        asked: Arc<Mutex<u64>>,
        permits: Arc<Semaphore>,
    }

    impl FakeEndpoint {
        fn asked(&self) -> u64 {
            *self.asked.lock().unwrap()
        }

        fn set_up(&self, is_up: bool) {
            *self.is_up.lock().unwrap() = is_up;
        }
    }

    impl Transport for FakeEndpoint {
        async fn post(&mut self, _: &Callout) -> Attempt {
            let number = {
                let mut asked = self.asked.lock().unwrap();
                *asked += 1;
                *asked
            };
            self.permits.acquire().await.unwrap().forget();
            let is_up = *self.is_up.lock().unwrap();
            let body = format!("{{\"access_token\":\"t{number}\",\"expires_in\":100}}");
            Attempt {
                status: Some(if is_up { 200 } else { 503 }),
                body: Bytes::from(body),
                outcome: Outcome::Ok,
                ..Attempt::begun(Nanos::ZERO)
            }
        }
    }

    /// An org of which callers take tokens at any second of the run.
    struct Org {
        began: Instant,
        endpoint: FakeEndpoint,
        tokens: Arc<AccessTokens>,
        provider: TokenProvider,
    }

    impl Org {
        fn new(renew: Renew, permits: usize) -> Self {
            let began = Instant::now();
            let key = PrivateKey::from_pem(PEM).unwrap().prepare().unwrap();
            let auth = Auth::of(TokenSource::NamedCredential, "k");
            let signer = Signer {
                minter: Minter::new(key, Claims::new(&auth)),
                ahead: Ahead::nothing(),
            };
            let clock = Clock::new(began, Duration::ZERO);
            let pool = Pool::start(vec![signer], clock).unwrap();
            let plan = ExchangePlan {
                endpoint: None,
                form: AssertionForm {
                    before: Hidden::default(),
                    after: Hidden::default(),
                },
                content_type: String::new(),
                headers: Vec::new(),
                renew,
            };
            Self {
                began,
                endpoint: FakeEndpoint {
                    is_up: Arc::new(Mutex::new(true)),
                    asked: Arc::default(),
                    permits: Arc::new(Semaphore::new(permits)),
                },
                tokens: Arc::new(AccessTokens::new(&plan, 1, Seed(1))),
                provider: TokenProvider::Jit(Arc::new(pool)),
            }
        }

        fn caller(&self) -> TokenExchange<FakeEndpoint> {
            TokenExchange {
                tokens: Arc::clone(&self.tokens),
                transport: self.endpoint.clone(),
                last: (0, 0),
            }
        }

        /// The run's clock when so many seconds have passed; the machine's own go on from there.
        fn at(&self, second: u64) -> Clock {
            Clock::new(self.began - Duration::from_secs(second), Duration::ZERO)
        }

        /// The token that a callout gets at this second.
        async fn token(&self, second: u64) -> Result<String, NoToken> {
            let mut provider = self.provider.share();
            let exchanged = self.caller().next(&mut provider, &self.at(second)).await?;
            Ok(sent(&exchanged))
        }
    }

    fn sent((issued, _): &Exchanged) -> String {
        let token = issued.token.as_ref().unwrap();
        token.bearer.reveal().to_owned()
    }

    // Valid for 100 s: renewed in the last ten of them, and sent until the last three.
    #[tokio::test]
    async fn a_good_token_is_sent_while_its_renewal_fails() {
        let org = Org::new(Renew::BeforeExpiry, 100);
        assert_eq!(org.token(0).await.unwrap(), "t1");
        assert_eq!(org.token(85).await.unwrap(), "t1");
        assert_eq!(org.endpoint.asked(), 1);
        org.endpoint.set_up(false);
        assert_eq!(org.token(91).await.unwrap(), "t1");
        assert_eq!(org.endpoint.asked(), 2);
        assert_eq!(org.token(93).await.unwrap(), "t1");
        assert_eq!(org.endpoint.asked(), 3);
        let refused = org.token(97).await.unwrap_err();
        assert!(refused.to_string().contains("503"), "{refused}");
        org.endpoint.set_up(true);
        assert_eq!(org.token(103).await.unwrap(), "t5");
        assert_eq!(org.token(104).await.unwrap(), "t5");
    }

    #[tokio::test]
    async fn a_token_endpoint_that_is_down_is_not_asked_by_every_callout() {
        for renew in [Renew::WhenRefused, Renew::BeforeExpiry] {
            let org = Org::new(renew, 100_000);
            org.endpoint.set_up(false);
            for _ in 0..8 {
                // The same instant again and again, for this long after the start.
                let clock = org.at(5);
                let mut provider = org.provider.share();
                let begun = org.endpoint.asked();
                while org.endpoint.asked() < begun + 1 {
                    let refused = org.caller().next(&mut provider, &clock).await;
                    assert!(refused.unwrap_err().to_string().contains("503"));
                }
            }
            // Eight failures are followed by seven backoffs of 12 ms at least, each up to twice
            // the last: half of 25 + 50 + 100 + 200 + 400 + 800 + 1600 ms.
            assert!(org.began.elapsed() >= Duration::from_millis(1_587));
            assert_eq!(org.endpoint.asked(), 8);
            assert_eq!(org.tokens.tally.failed.get(), 8);
        }
    }

    // The endpoint hangs: who renews waits for it, and the others do not.
    #[tokio::test]
    async fn others_go_on_with_a_good_token_while_one_renews_it() {
        let org = Org::new(Renew::BeforeExpiry, 1);
        assert_eq!(org.token(0).await.unwrap(), "t1");
        let (renewed, other) = tokio::join!(org.token(95), async {
            while org.endpoint.asked() < 2 {
                tokio::task::yield_now().await;
            }
            let other = org.token(95).await;
            org.endpoint.permits.add_permits(1);
            other
        });
        assert_eq!(other.unwrap(), "t1");
        assert_eq!(renewed.unwrap(), "t2");
        assert_eq!(org.endpoint.asked(), 2);
    }

    #[tokio::test]
    async fn a_token_that_the_api_has_refused_is_not_sent_again() {
        for renew in [Renew::WhenRefused, Renew::BeforeExpiry] {
            let org = Org::new(renew, 100);
            let (mut caller, mut provider) = (org.caller(), org.provider.share());
            let first = caller.next(&mut provider, &org.at(0)).await.unwrap();
            assert_eq!(sent(&first), "t1");
            org.endpoint.set_up(false);
            assert!(caller.fresh(&mut provider, &org.at(1)).await.is_err());
            assert!(org.token(2).await.is_err(), "{renew:?}");
            org.endpoint.set_up(true);
            assert_eq!(org.token(9).await.unwrap(), "t4");
        }
    }
}
