//! The timer of one caller's callouts.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use tokio::time::{Instant, Sleep, sleep_until};

/// One timer for the deadlines of one callout after the other.
///
/// Deadlines mostly lie further and further ahead, and are mostly not reached. So the timer stays where
/// it was set until it fires; only then is it moved to the deadline that holds by then. Moving it for
/// every callout would take the runtime's lock each time.
#[derive(Debug, Default)]
pub(super) struct DeadlineTimer {
    /// Made on the runtime that first waits.
    timer: Option<Pin<Box<Sleep>>>,
    deadline: Option<Instant>,
}

/// The deadline passed.
pub(super) struct TooLate;

impl DeadlineTimer {
    /// Sets the deadline of what is waited for from now on.
    pub(super) fn set(&mut self, deadline: Instant) {
        self.deadline = Some(deadline);
        match &mut self.timer {
            Some(timer) if timer.deadline() <= deadline => {}
            Some(timer) => timer.as_mut().reset(deadline),
            None => self.timer = Some(Box::pin(sleep_until(deadline))),
        }
    }

    /// Waits for `work`, but not beyond the deadline.
    pub(super) async fn before<F: Future + Unpin>(
        &mut self,
        mut work: F,
    ) -> Result<F::Output, TooLate> {
        poll_fn(|cx| {
            if let Poll::Ready(output) = Pin::new(&mut work).poll(cx) {
                return Poll::Ready(Ok(output));
            }
            let (Some(timer), Some(deadline)) = (&mut self.timer, self.deadline) else {
                return Poll::Pending;
            };
            while timer.as_mut().poll(cx).is_ready() {
                if timer.deadline() >= deadline {
                    return Poll::Ready(Err(TooLate));
                }
                timer.as_mut().reset(deadline);
            }
            Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_deadline_holds_though_the_timer_is_seldom_moved() {
        let mut timer = DeadlineTimer::default();
        let begun = Instant::now();
        for seconds in [3, 5, 9] {
            timer.set(begun + Duration::from_secs(seconds));
            assert!(timer.before(ready(())).await.is_ok());
        }
        assert!(timer.before(pending::<()>()).await.is_err());
        assert_eq!(begun.elapsed(), Duration::from_secs(9));
        // One that is nearer than the timer.
        timer.set(begun + Duration::from_secs(60));
        assert!(timer.before(ready(())).await.is_ok());
        timer.set(begun + Duration::from_secs(12));
        assert!(timer.before(pending::<()>()).await.is_err());
        assert_eq!(begun.elapsed(), Duration::from_secs(12));
    }
}
