//! The phase that grew most between two trials.

use std::fmt;

use crate::phase::Phase;
use crate::summary::{LimitingParty, Summary};
use crate::units::Nanos;

/// The phases that a callout's time consists of, with whose time each is.
const PARTIES: [(Phase, LimitingParty); 13] = [
    (Phase::Lag, LimitingParty::Generator),
    (Phase::Queue, LimitingParty::Target),
    (Phase::Retry, LimitingParty::Target),
    (Phase::SignWait, LimitingParty::Signing),
    (Phase::Sign, LimitingParty::Signing),
    (Phase::Exchange, LimitingParty::TokenEndpoint),
    (Phase::Dns, LimitingParty::Network),
    (Phase::Connect, LimitingParty::Network),
    (Phase::Tls, LimitingParty::Network),
    (Phase::Send, LimitingParty::Network),
    (Phase::Wait, LimitingParty::Target),
    (Phase::Receive, LimitingParty::Network),
    (Phase::Pickup, LimitingParty::Generator),
];

/// How the 99th percentile of a phase grew between two trials.
#[derive(Clone, Copy, Debug)]
pub(super) struct Growth {
    pub(super) phase: Phase,
    pub(super) party: LimitingParty,
    pub(super) before: Nanos,
    pub(super) after: Nanos,
}

impl Growth {
    /// The phase that grew most; `None` if none did, or nothing succeeded.
    pub(super) fn between(lowest: &Summary, failing: &Summary) -> Option<Self> {
        let grown = PARTIES.map(|(phase, party)| Self {
            phase,
            party,
            before: p99(lowest, phase),
            after: p99(failing, phase),
        });
        let most = grown.into_iter().max_by_key(|one| one.after - one.before)?;
        (most.after > most.before).then_some(most)
    }

    /// Whether the generator itself took most of the time by which the latency grew.
    pub(super) fn is_of_generator(&self, lowest: &Summary, failing: &Summary) -> bool {
        let is_own = matches!(
            self.party,
            LimitingParty::Generator | LimitingParty::Signing
        );
        let latency = p99(failing, Phase::Latency) - p99(lowest, Phase::Latency);
        is_own && (self.after - self.before).0 > latency.0 / 2
    }
}

fn p99(summary: &Summary, phase: Phase) -> Nanos {
    let stats = summary.phase(phase);
    stats.map_or(Nanos::ZERO, |stats| Nanos(stats.p99_ns))
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            phase,
            before,
            after,
            ..
        } = self;
        write!(f, "p99 of {phase} grew from {before} to {after}")
    }
}
