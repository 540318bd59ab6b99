//! The access tokens that a token endpoint has granted.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};

use super::seen::ReplayCache;
use crate::units::{Nanos, hex};

/// Access tokens that are known at once; a thousand principals have renewed theirs a hundred
/// times by then.
const TOKENS_MAX: usize = 100_000;

/// Random bytes of a token: nobody guesses 256 bits.
const TOKEN_BYTES: usize = 32;

/// Access tokens, each until its end.
pub(super) struct AccessTokens {
    known: ReplayCache<String>,
    life: Nanos,
    rng: SystemRandom,
}

impl AccessTokens {
    pub(super) fn new(life: Nanos) -> Self {
        Self {
            known: ReplayCache::new(TOKENS_MAX),
            life,
            rng: SystemRandom::new(),
        }
    }

    /// A new one, opaque, and how many seconds it is valid.
    pub(super) fn grant(&self, now: u64) -> (String, u64) {
        let mut random = [0; TOKEN_BYTES];
        // Without randomness there is no token that anybody could send.
        self.rng.fill(&mut random).unwrap_or_default();
        let token = hex(&random);
        let life = self.life.as_secs();
        self.known.insert(token.clone(), now + life, now);
        (token, life)
    }

    /// Whether it was granted and is still valid.
    pub(super) fn holds(&self, token: &str, now: u64) -> bool {
        self.known.has(&token.to_owned(), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_until_its_end() {
        let tokens = AccessTokens::new(Nanos::from_secs(10));
        let (one, life) = tokens.grant(100);
        let (other, _) = tokens.grant(100);
        assert_ne!(one, other);
        assert_eq!(life, 10);
        assert!(tokens.holds(&one, 109));
        assert!(!tokens.holds(&one, 110));
        assert!(!tokens.holds("guess", 100));
    }
}
