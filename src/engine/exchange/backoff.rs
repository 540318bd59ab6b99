//! How long a token endpoint that has failed is left alone.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::engine::schedule::STREAMS_OF_A_LOAD;
use crate::units::{Nanos, Seed};

/// The backoff after the first failure at most: less than a person notices.
const FIRST: Nanos = Nanos::from_millis(25);

/// The longest backoff: an endpoint that is back must not stay unused for long.
const LONGEST: Nanos = Nanos::from_secs(2);

/// The stream of the seed from which backoffs are drawn.
const BACKOFF_STREAM: u64 = 6;

/// The backoffs of one principal: each up to twice as long as the last, and drawn, so that many
/// principals do not come back at one instant.
#[derive(Debug)]
pub(super) struct Backoff {
    rng: Box<ChaCha8Rng>,
    failures: u32,
    until: Nanos,
}

impl Backoff {
    pub(super) fn new(seed: Seed, user: u64) -> Self {
        Self {
            rng: Box::new(seed.rng(BACKOFF_STREAM + (user << STREAMS_OF_A_LOAD))),
            failures: 0,
            until: Nanos::ZERO,
        }
    }

    /// Whether the endpoint is not to be asked yet.
    pub(super) fn goes_on(&self, now: Nanos) -> bool {
        now < self.until
    }

    /// Begins with a failure at this instant.
    pub(super) fn begin(&mut self, now: Nanos) {
        // More doublings than these change nothing.
        let most = Nanos(FIRST.0 << self.failures.min(7)).min(LONGEST);
        self.failures += 1;
        self.until = now + Nanos(self.rng.random_range(most.0 / 2..=most.0));
    }

    /// Ends it: the endpoint has granted a token.
    pub(super) fn end(&mut self) {
        self.failures = 0;
        self.until = Nanos::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoffs(seed: u64, user: u64) -> Vec<Nanos> {
        let mut backoff = Backoff::new(Seed(seed), user);
        let now = Nanos::from_secs(7);
        let mut spans = Vec::new();
        for _ in 0..40 {
            backoff.begin(now);
            assert!(backoff.goes_on(now));
            assert!(!backoff.goes_on(backoff.until));
            spans.push(backoff.until - now);
        }
        spans
    }

    #[test]
    fn rests_grow_up_to_two_seconds_and_are_the_same_for_one_seed() {
        let spans = backoffs(1, 0);
        assert!(spans[0] <= FIRST);
        assert!(spans.iter().all(|span| *span <= LONGEST));
        assert!(spans[7..].iter().all(|span| *span >= Nanos(LONGEST.0 / 2)));
        assert_eq!(spans, backoffs(1, 0));
        assert_ne!(spans, backoffs(1, 1), "users do not come back together");
    }

    #[test]
    fn a_grant_ends_the_rest() {
        let mut backoff = Backoff::new(Seed(1), 0);
        for _ in 0..9 {
            backoff.begin(Nanos::ZERO);
        }
        backoff.end();
        assert!(!backoff.goes_on(Nanos::ZERO));
        backoff.begin(Nanos::ZERO);
        assert!(backoff.until <= FIRST);
    }
}
