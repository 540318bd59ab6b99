//! When an accepted lead is answered.

use parking_lot::Mutex;
use tokio::time::Instant;

use super::draw::service_time;
use crate::units::{Latency, Nanos, RecurringWindow};

/// When accepted leads are answered: by a model of latency, and not during a freeze.
pub(super) struct Pace {
    latency: Latency,
    freeze: Option<RecurringWindow>,
    seed: u64,
    /// When the server is free again, in a model with one server.
    free_at: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(latency: Latency, freeze: Option<RecurringWindow>, seed: u64) -> Self {
        Self {
            latency,
            freeze,
            seed,
            free_at: Mutex::default(),
        }
    }

    /// When to answer the request with this number that came at `arrived`; `None` means at once.
    /// Freezes are counted from `began`.
    pub(super) fn answer_at(
        &self,
        number: u64,
        arrived: Instant,
        began: impl FnOnce() -> Instant,
    ) -> Option<Instant> {
        if self.latency.is_nothing() && self.freeze.is_none() {
            return None;
        }
        let span = service_time(self.latency, self.seed, number).as_duration();
        let answered = match self.latency {
            Latency::OneServer(_) | Latency::OneSteadyServer(_) => {
                let mut free_at = self.free_at.lock();
                let begun = free_at.map_or(arrived, |free_at| free_at.max(arrived));
                *free_at = Some(begun + span);
                begun + span
            }
            Latency::Constant(_) | Latency::Exponential(_) | Latency::LogNormal { .. } => {
                arrived + span
            }
        };
        let Some(freeze) = self.freeze else {
            return Some(answered);
        };
        let began = began();
        let thawed = |instant| thawed(freeze, began, instant);
        Some(answered.max(thawed(arrived)).max(thawed(answered)))
    }
}

/// The end of the freeze at this instant, or the instant itself if there is none.
fn thawed(freeze: RecurringWindow, began: Instant, instant: Instant) -> Instant {
    let since = Nanos::from(instant.saturating_duration_since(began));
    let end = freeze.end_of(since);
    end.map_or(instant, |end| began + end.as_duration())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(latency: &str, freeze: Option<&str>) -> Pace {
        let freeze = freeze.map(|text| text.parse().unwrap());
        Pace::new(latency.parse().unwrap(), freeze, 1)
    }

    fn answered(pace: &Pace, began: Instant, number: u64, ms: u64) -> u128 {
        let arrived = began + Nanos::from_millis(ms).as_duration();
        let at = pace.answer_at(number, arrived, || began).unwrap();
        (at - began).as_millis()
    }

    #[test]
    fn one_server_takes_one_after_the_other() {
        let (pace, began) = (pace("md1 10ms", None), Instant::now());
        assert_eq!(
            [0, 1, 2].map(|number| answered(&pace, began, number, 100)),
            [110, 120, 130]
        );
        assert_eq!(answered(&pace, began, 3, 500), 510);
    }

    #[test]
    fn nothing_is_answered_in_a_freeze() {
        let (pace, began) = (pace("10ms", Some("every=1s for=200ms")), Instant::now());
        assert_eq!(answered(&pace, began, 0, 500), 510);
        // It comes before, and would be answered within.
        assert_eq!(answered(&pace, began, 1, 995), 1_200);
        assert_eq!(answered(&pace, began, 2, 1_050), 1_200);
        assert_eq!(answered(&pace, began, 3, 1_195), 1_205);
    }

    #[test]
    fn what_takes_no_time_needs_no_timer() {
        let pace = pace("0ms", None);
        assert!(pace.answer_at(0, Instant::now(), Instant::now).is_none());
    }
}
