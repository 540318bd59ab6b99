//! The first callouts of a run: if all of them fail, the run is ended.

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
    /// The first one.
    first: Option<Failure>,
    count: u64,
    /// Whether they failed in more than one way.
    differ: bool,
    found: Option<EarlyStop>,
}

/// One callout that failed.
#[derive(Clone, Debug)]
struct Failure {
    at: Nanos,
    kind: (Outcome, Option<u16>),
    reason: Option<String>,
}

/// Why a run cannot succeed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EarlyStop {
    /// How many callouts had failed, and none succeeded, before the run was ended.
    pub count: u64,
    /// Whether all of them failed alike.
    pub alike: bool,
    /// How the first one failed.
    pub outcome: Outcome,
    /// Its HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// What it said, without secrets.
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
        let mut seen = self.seen.lock();
        // A lead that is treated as a duplicate shows at least that the token is right.
        if matches!(sample.outcome, Outcome::Ok | Outcome::Duplicate) {
            self.is_decided.store(true, Relaxed);
            return;
        }
        seen.count(sample, reason);
        if seen.found.is_some() {
            self.is_decided.store(true, Relaxed);
            self.stop.raise();
        }
    }
}

impl Failures {
    fn count(&mut self, sample: &Sample, reason: Option<&str>) {
        let kind = (sample.outcome, sample.status);
        let first = self.first.get_or_insert_with(|| Failure {
            at: sample.finished,
            kind,
            reason: reason.map(str::to_owned),
        });
        self.differ |= first.kind != kind;
        self.count += 1;
        let has_lasted = sample.finished - first.at >= LASTING;
        let is_over = if self.differ {
            self.count >= DIFFERENT && has_lasted
        } else {
            self.count >= ALIKE && (has_lasted || !may_pass(sample))
        };
        if is_over {
            // All that is told of one failure is of the same one.
            let (outcome, status) = first.kind;
            self.found = Some(EarlyStop {
                count: self.count,
                alike: !self.differ,
                outcome,
                status,
                reason: first.reason.take(),
            });
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
    fn the_failure_that_is_told_is_one_callout() {
        let failures = [(Outcome::ClientError, 404), (Outcome::Forbidden, 403)];
        for (first, last) in [(0, 1), (1, 0)] {
            let told = FirstCallouts::new(Stop::default());
            for number in 0..=DIFFERENT {
                let (outcome, status) = failures[if number == 0 { first } else { last }];
                let at = Nanos::from_secs(number);
                let reason = format!("{status} from the target");
                told.notify(&sample(outcome, Some(status), at), Some(&reason));
            }
            let found = told.found().unwrap();
            let (outcome, status) = failures[first];
            assert!(!found.alike);
            assert_eq!((found.outcome, found.status), (outcome, Some(status)));
            let reason = found.reason.unwrap();
            assert!(reason.starts_with(&status.to_string()), "{reason}");
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
