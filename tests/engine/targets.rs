//! Targets whose every answer is known beforehand.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use leadbench::client::{Attempt, Callout, Transport};
use leadbench::clock::Clock;
use leadbench::sample::Outcome;
use leadbench::units::Nanos;

/// A target with one server that takes `service` for each callout, first come first
/// served: Lindley's recursion is its answer.
#[derive(Clone, Debug)]
pub(crate) struct OneServer {
    pub(crate) clock: Clock,
    pub(crate) service: Nanos,
    pub(crate) free_at: Arc<AtomicU64>,
}

/// A target that answers each callout after `service`, however many there are.
#[derive(Clone, Debug)]
pub(crate) struct ManyServers {
    pub(crate) clock: Clock,
    pub(crate) service: Nanos,
}

/// A target whose `n`-th callout takes the `n`-th service, one after the other or all at
/// once; it notes when each was answered.
#[derive(Clone, Debug)]
pub(crate) struct Scripted {
    pub(crate) clock: Clock,
    pub(crate) services: Arc<[Nanos]>,
    pub(crate) is_serial: bool,
    pub(crate) next: Arc<AtomicU64>,
    pub(crate) free_at: Arc<AtomicU64>,
    pub(crate) answered: Arc<Mutex<Vec<Nanos>>>,
}

/// A target that stands still for `still` in the middle of each `period`.
#[derive(Clone, Debug)]
pub(crate) struct Freezing {
    pub(crate) clock: Clock,
    pub(crate) service: Nanos,
    pub(crate) still: Nanos,
    pub(crate) period: Nanos,
    /// When its only server is free, where it has but one.
    pub(crate) one: Option<Arc<AtomicU64>>,
}

/// A target that refuses everything with this status.
#[derive(Clone, Debug)]
pub(crate) struct Refusing {
    pub(crate) clock: Clock,
    pub(crate) status: u16,
}

impl Transport for OneServer {
    async fn post(&mut self, _: &Callout) -> Attempt {
        let began = self.clock.now();
        let ends = serve_one(&self.free_at, began, self.service);
        tokio::time::sleep_until(self.clock.instant(ends)).await;
        answered(began, self.clock.now())
    }
}

impl Transport for ManyServers {
    async fn post(&mut self, callout: &Callout) -> Attempt {
        let began = self.clock.now();
        let limit = callout.limit.unwrap_or(self.service);
        tokio::time::sleep(self.service.min(limit).as_duration()).await;
        let mut attempt = answered(began, self.clock.now());
        if limit < self.service {
            attempt.outcome = Outcome::Timeout;
        }
        attempt
    }
}

impl Transport for Scripted {
    async fn post(&mut self, _: &Callout) -> Attempt {
        let began = self.clock.now();
        let number = usize::try_from(self.next.fetch_add(1, Relaxed)).unwrap();
        let service = self.services[number];
        let ends = if self.is_serial {
            serve_one(&self.free_at, began, service)
        } else {
            began + service
        };
        tokio::time::sleep_until(self.clock.instant(ends)).await;
        let ended = self.clock.now();
        let mut log = self.answered.lock().unwrap();
        if log.len() <= number {
            log.resize(number + 1, Nanos::ZERO);
        }
        log[number] = ended;
        drop(log);
        answered(began, ended)
    }
}

impl Transport for Freezing {
    async fn post(&mut self, _: &Callout) -> Attempt {
        let began = self.clock.now();
        let starts = match &self.one {
            Some(one) => Nanos(began.0.max(one.load(Relaxed))),
            None => began,
        };
        let ends = self.done(starts);
        if let Some(one) = &self.one {
            one.store(ends.0, Relaxed);
        }
        tokio::time::sleep_until(self.clock.instant(ends)).await;
        answered(began, self.clock.now())
    }
}

impl Freezing {
    /// When a service that starts now is done: what falls into a standstill waits it out.
    fn done(&self, starts: Nanos) -> Nanos {
        let period = Nanos(starts.0 - starts.0 % self.period.0);
        let freeze = period + Nanos(self.period.0 / 2);
        let thaw = freeze + self.still;
        if starts < thaw && starts + self.service > freeze {
            let left = if starts < freeze {
                self.service - (freeze - starts)
            } else {
                self.service
            };
            thaw + left
        } else {
            starts + self.service
        }
    }
}

impl Transport for Refusing {
    async fn post(&mut self, _: &Callout) -> Attempt {
        let began = self.clock.now();
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        let mut attempt = answered(began, self.clock.now());
        attempt.status = Some(self.status);
        attempt.outcome = Outcome::from_status(self.status);
        attempt
    }
}

/// When the only server is done with what comes now.
fn serve_one(free_at: &AtomicU64, began: Nanos, service: Nanos) -> Nanos {
    let starts = began.0.max(free_at.load(Relaxed));
    let ends = Nanos(starts) + service;
    free_at.store(ends.0, Relaxed);
    ends
}

fn answered(began: Nanos, ended: Nanos) -> Attempt {
    Attempt {
        ended,
        first_write: Some(began),
        last_write: Some(began),
        first_read: Some(ended),
        last_read: Some(ended),
        first_arrival: Some(ended),
        status: Some(201),
        outcome: Outcome::Ok,
        ..Attempt::begun(began)
    }
}
