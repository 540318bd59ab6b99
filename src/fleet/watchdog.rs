//! Whether the coordinator still watches.

use crate::units::Nanos;

/// How long an agent goes on without hearing of its coordinator: nobody may watch a load on a third party.
const SILENCE_MAX: Nanos = Nanos::from_secs(10);

/// Notes signs of life of the coordinator.
///
/// If the broker is gone, silence says nothing: the agent finishes the plan, and sends what it recorded when the
/// broker is back.
#[derive(Clone, Copy, Debug)]
pub struct Watchdog {
    heard: Nanos,
    has_broker: bool,
}

impl Watchdog {
    /// Hears of it now.
    pub const fn new(now: Nanos) -> Self {
        Self {
            heard: now,
            has_broker: true,
        }
    }

    /// Notes a sign of life.
    pub const fn heard(&mut self, now: Nanos) {
        self.heard = now;
    }

    /// Notes that the broker is gone, or is back: the coordinator then gets time to be heard.
    pub const fn broker(&mut self, is_there: bool, now: Nanos) {
        if is_there && !self.has_broker {
            self.heard = now;
        }
        self.has_broker = is_there;
    }

    /// Whether the coordinator is gone.
    pub fn is_gone(&self, now: Nanos) -> bool {
        self.has_broker && now - self.heard >= SILENCE_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Nanos {
        Nanos::from_secs(seconds)
    }

    #[test]
    fn silence_of_ten_seconds_is_the_end_unless_the_broker_is_gone() {
        let mut dog = Watchdog::new(at(5));
        assert!(!dog.is_gone(at(14)));
        assert!(dog.is_gone(at(15)));
        dog.heard(at(14));
        assert!(!dog.is_gone(at(23)));
        dog.broker(false, at(20));
        assert!(!dog.is_gone(at(500)));
        dog.broker(true, at(500));
        assert!(!dog.is_gone(at(509)));
        assert!(dog.is_gone(at(510)));
    }
}
