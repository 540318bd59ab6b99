//! A limit of requests a second: a token bucket.

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::units::{Rate, whole};

/// Lets this many requests a second pass, and as many at once as in one second.
pub(super) struct Limiter {
    per_s: f64,
    state: Mutex<(f64, Instant)>,
}

impl Limiter {
    pub(super) fn new(rate: Rate) -> Self {
        let per_s = rate.as_per_second();
        Self {
            per_s,
            state: Mutex::new((per_s.max(1.0), Instant::now())),
        }
    }

    /// Whether a request may pass; otherwise the seconds until one may, at least 1.
    pub(super) fn admit(&self, now: Instant) -> Result<(), u64> {
        let mut state = self.state.lock();
        let (left, since) = *state;
        let gained = now.saturating_duration_since(since).as_secs_f64() * self.per_s;
        let left = (left + gained).min(self.per_s.max(1.0));
        if left < 1.0 {
            *state = (left, now);
            return Err(whole(((1.0 - left) / self.per_s).ceil()).max(1));
        }
        *state = (left - 1.0, now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_second_s_worth_passes_at_once_and_then_the_rate() {
        let limiter = Limiter::new("10/s".parse().unwrap());
        let now = Instant::now();
        let passed = (0..30).filter(|_| limiter.admit(now).is_ok()).count();
        assert_eq!(passed, 10);
        assert_eq!(limiter.admit(now), Err(1));
        let later = now + Duration::from_millis(300);
        let passed = (0..30).filter(|_| limiter.admit(later).is_ok()).count();
        assert_eq!(passed, 3);
    }
}
