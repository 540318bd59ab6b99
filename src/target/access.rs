//! The access tokens that a token endpoint has granted.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};

use super::seen::ExpiringSet;
use crate::units::{Nanos, hex};

/// How many access tokens are remembered: a hundred renewals of a thousand principals.
const TOKENS_MAX: usize = 100_000;

/// Random bytes of a token: 256 bits cannot be guessed.
const TOKEN_BYTES: usize = 32;

/// Access tokens, each until it expires.
pub(super) struct GrantedTokens {
    known: ExpiringSet<String>,
    life: Nanos,
    rng: SystemRandom,
}

impl GrantedTokens {
    pub(super) fn new(life: Nanos) -> Self {
        Self {
            known: ExpiringSet::new(TOKENS_MAX),
            life,
            rng: SystemRandom::new(),
        }
    }

    /// A new opaque token, and how many seconds it is valid.
    pub(super) fn grant(&self, now: u64) -> (String, u64) {
        let mut random = [0; TOKEN_BYTES];
        // This fails only if the system has no random numbers.
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
        let tokens = GrantedTokens::new(Nanos::from_secs(10));
        let (one, life) = tokens.grant(100);
        let (other, _) = tokens.grant(100);
        assert_ne!(one, other);
        assert_eq!(life, 10);
        assert!(tokens.holds(&one, 109));
        assert!(!tokens.holds(&one, 110));
        assert!(!tokens.holds("guess", 100));
    }
}
