//! Waking up on time.
//!
//! tokio's timers tick once a millisecond and round up, which alone would make every
//! arrival half a millisecond late. A timerfd wakes within some ten microseconds.

use std::future::poll_fn;
use std::io;
use std::os::fd::OwnedFd;
use std::task::Poll;
use std::time::Duration;

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::clock::Clock;
use crate::units::Nanos;

/// Waits for due instants.
#[derive(Debug)]
pub enum Timer {
    /// The kernel's timer. Not for a paused clock, which it does not follow.
    Kernel(AsyncFd<OwnedFd>),
    /// tokio's timer, which follows a clock that tests move by hand.
    Tokio,
}

impl Timer {
    /// The kernel's timer; needs a tokio runtime with I/O.
    pub fn kernel() -> io::Result<Self> {
        let timer = timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
        )?;
        #[expect(
            deprecated,
            reason = "the successor is unsafe code, for the sake of types that change their \
                      descriptor; an OwnedFd never does"
        )]
        AsyncFd::with_interest(timer, Interest::READABLE).map(Self::Kernel)
    }

    /// Waits until `at`; returns at once when it has passed.
    pub async fn wait(&mut self, clock: &Clock, at: Nanos) -> io::Result<()> {
        match self {
            Self::Tokio => tokio::time::sleep_until(clock.instant(at)).await,
            Self::Kernel(timer) => {
                // What was just begun goes out before the timer is set, which takes a system call.
                others_first().await;
                loop {
                    let left = clock.until(at);
                    if left.is_zero() {
                        break;
                    }
                    timerfd_settime(timer.get_ref(), TimerfdTimerFlags::empty(), &once(left))?;
                    // That it has expired is enough: what could be read is how often, which is once.
                    // Setting it anew forgets it.
                    timer.readable().await?.clear_ready();
                }
            }
        }
        Ok(())
    }
}

/// A timer that expires once, after this time.
fn once(left: Duration) -> Itimerspec {
    Itimerspec {
        it_interval: Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        },
        it_value: Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        },
    }
}

/// Lets the tasks run that are ready now. tokio's own `yield_now` also asks the kernel for events.
async fn others_first() {
    let mut has_waited = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test]
    async fn the_kernel_never_wakes_us_early() {
        let clock = Clock::new(Instant::now(), Duration::ZERO);
        let mut timer = Timer::kernel().unwrap();
        for ms in [1, 2, 2, 5] {
            let due = Nanos::from_millis(ms);
            timer.wait(&clock, due).await.unwrap();
            assert!(clock.now() >= due);
        }
    }
}
