//! The first callouts of a run: where all of them fail alike, so will the others.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use parking_lot::Mutex;

use super::Stop;
use crate::sample::{Outcome, Sample};
use crate::units::Nanos;

/// Callouts that must fail alike. Where a target refuses one in ten at random, 20 in a row are
/// refused once in 10^20 runs.
const ALIKE: u64 = 20;

/// Callouts that must fail if they fail in different ways, as those of several nodes do.
const DIFFERENT: u64 = 100;

/// How long failures that may pass by themselves must last: a target that restarts is back by then.
const LASTING: Nanos = Nanos::from_secs(5);

/// Looks at each callout until one succeeds, and ends a run in which none will.
#[derive(Debug)]
pub struct FirstCallouts {
    stop: Stop,
    /// Nothing is left to be found out. Read by each callout, written once.
    is_decided: AtomicBool,
    seen: Mutex<Failures>,
}

#[derive(Debug, Default)]
struct Failures {
    /// How the first one failed.
    kind: Option<(Outcome, Option<u16>)>,
    count: u64,
    /// Whether they failed in more than one way.
    differ: bool,
    first_at: Nanos,
    reason: Option<String>,
    found: Option<EarlyStop>,
}

/// Why a run cannot succeed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EarlyStop {
    /// How many callouts had failed, and none succeeded, before the run was ended.
    pub count: u64,
    /// Whether all of them failed alike.
    pub alike: bool,
    /// How the last one failed.
    pub outcome: Outcome,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// What the first of them said, without secrets.
    pub reason: Option<String>,
}

impl FirstCallouts {
    /// Raises `stop` when nothing can succeed.
    pub fn new(stop: Stop) -> Self {
        Self {
            stop,
            is_decided: AtomicBool::new(false),
            seen: Mutex::default(),
        }
    }

    /// Why the run was ended, if it was.
    pub fn found(&self) -> Option<EarlyStop> {
        self.seen.lock().found.clone()
    }

    /// Looks at a callout that has ended, and at what its failure said.
    pub(super) fn notify(&self, sample: &Sample, reason: Option<&str>) {
        if self.is_decided.load(Relaxed) {
            return;
        }
        let kind = (sample.outcome, sample.status);
        let mut seen = self.seen.lock();
        // A lead that is treated as a duplicate shows at least that the token is right.
        if matches!(sample.outcome, Outcome::Ok | Outcome::Duplicate) {
            self.is_decided.store(true, Relaxed);
            return;
        }
        seen.differ |= seen.kind.is_some_and(|first| first != kind);
        if seen.kind.is_none() {
            seen.kind = Some(kind);
            seen.first_at = sample.finished;
            seen.reason = reason.map(str::to_owned);
        }
        seen.count += 1;
        let has_lasted = sample.finished - seen.first_at >= LASTING;
        let is_over = if seen.differ {
            seen.count >= DIFFERENT && has_lasted
        } else {
            seen.count >= ALIKE && (has_lasted || !may_pass(sample))
        };
        if is_over {
            seen.found = Some(EarlyStop {
                count: seen.count,
                alike: !seen.differ,
                outcome: sample.outcome,
                status: sample.status,
                reason: seen.reason.take(),
            });
            self.is_decided.store(true, Relaxed);
            self.stop.raise();
        }
    }
}

/// Whether a failure may be over in a moment: a target that starts, or is asked for too much.
const fn may_pass(sample: &Sample) -> bool {
    matches!(
        sample.outcome,
        Outcome::TooManyRequests
            | Outcome::ServerError
            | Outcome::Timeout
            | Outcome::Dns
            | Outcome::Refused
            | Outcome::Unreachable
            | Outcome::Reset
            | Outcome::Closed
            | Outcome::LocalPorts
            | Outcome::LocalFiles
            | Outcome::TokenEndpoint
            | Outcome::Io
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Phases;

    fn sample(outcome: Outcome, status: Option<u16>, at: Nanos) -> Sample {
        Sample {
            outcome,
            status,
            finished: at,
            ..Sample::begun(0, Nanos::ZERO, Nanos::ZERO, Phases::default())
        }
    }

    fn refused(at: Nanos) -> Sample {
        sample(Outcome::Unauthorized, Some(401), at)
    }

    #[test]
    fn a_run_whose_first_callouts_are_all_refused_is_ended() {
        let stop = Stop::default();
        let first = FirstCallouts::new(stop.clone());
        for number in 1..=ALIKE {
            assert!(!stop.is_raised(), "{number}");
            first.notify(&refused(Nanos::ZERO), Some("401 invalid_token"));
        }
        assert!(stop.is_raised());
        let found = first.found().unwrap();
        assert_eq!((found.count, found.status), (ALIKE, Some(401)));
        assert_eq!(found.reason.as_deref(), Some("401 invalid_token"));
    }

    #[test]
    fn one_that_differs_lets_the_run_go_on() {
        for other in [
            sample(Outcome::Ok, Some(201), Nanos::ZERO),
            sample(Outcome::ClientError, Some(422), Nanos::ZERO),
        ] {
            let stop = Stop::default();
            let first = FirstCallouts::new(stop.clone());
            first.notify(&refused(Nanos::ZERO), None);
            first.notify(&other, None);
            for _ in 0..2 * ALIKE {
                first.notify(&refused(Nanos::from_secs(9)), None);
            }
            assert!(!stop.is_raised() && first.found().is_none());
            // Nodes of a pool that refuse each in its own way.
            for _ in 0..DIFFERENT {
                first.notify(&refused(Nanos::from_secs(9)), None);
            }
            assert_eq!(stop.is_raised(), !other.outcome.is_ok());
        }
    }

    #[test]
    fn what_may_pass_by_itself_must_last() {
        let stop = Stop::default();
        let first = FirstCallouts::new(stop.clone());
        for _ in 0..2 * ALIKE {
            first.notify(
                &sample(Outcome::ServerError, Some(503), Nanos::from_secs(1)),
                None,
            );
        }
        assert!(!stop.is_raised());
        first.notify(
            &sample(Outcome::ServerError, Some(503), Nanos::from_secs(6)),
            None,
        );
        assert!(stop.is_raised());
    }
}
