//! What the parts of an iteration took, as its sample keeps it.

use crate::client::Attempt;
use crate::phase::Phase;
use crate::sample::{Phases, Sample};
use crate::secret::Bearer;
use crate::token::IssuedToken;
use crate::units::Nanos;

/// The phases before an iteration starts, from the instants at which it was due, was put in line for a slot (if it
/// had to wait for one), and started.
pub(super) fn phases_until_start(due: Nanos, queued: Option<Nanos>, started: Nanos) -> Phases {
    let mut phases = Phases::default();
    // Waiting for a slot is the target's doing; everything else before the start is ours.
    let ready = queued.unwrap_or(started);
    phases.set(Phase::Lag, ready - due);
    if queued.is_some() {
        phases.set(Phase::Queue, started - ready);
    }
    phases
}

/// When a token is valid, in seconds since the Unix epoch.
#[derive(Clone, Copy)]
pub(super) struct TokenTimes {
    issued_at: u64,
    expires_at: u64,
    /// The number of the user that the token is for.
    pub(super) user: u64,
}

impl TokenTimes {
    /// Those of a token, or nothing where none is sent.
    pub(super) fn of(issued: &IssuedToken) -> Option<Self> {
        issued.token.as_ref().map(|token| Self {
            issued_at: token.issued_at,
            expires_at: token.expires_at,
            user: token.user,
        })
    }

    /// Notes the token's age, and what was left of it, when it was sent.
    pub(super) fn note(self, sample: &mut Sample, sent: Nanos) {
        let phases = &mut sample.phases;
        phases.set(Phase::TokenAge, sent - Nanos::from_secs(self.issued_at));
        // Of an access token it may not be known.
        if self.expires_at != u64::MAX {
            phases.set(Phase::TokenLeft, Nanos::from_secs(self.expires_at) - sent);
        }
    }
}

/// Notes what a token cost, and gives it out.
pub(super) fn note_token(sample: &mut Sample, issued: IssuedToken) -> Option<Bearer> {
    let token = issued.token?;
    sample.phases.set(Phase::SignWait, issued.waited);
    if let Some(cost) = token.cost {
        sample.phases.set(Phase::Sign, cost.sign);
        sample.phases.set(Phase::SignCpu, cost.sign_cpu);
    }
    sample.signed_in_path = issued.in_path;
    sample.starved |= issued.starved;
    sample.expired |= issued.expired;
    Some(token.bearer)
}

/// Notes where the time of a callout went.
pub(super) fn note_attempt(sample: &mut Sample, attempt: &Attempt) {
    let phases = &mut sample.phases;
    for (phase, span) in [
        (Phase::Dns, attempt.spent.dns),
        (Phase::Connect, attempt.spent.connect),
        (Phase::Tls, attempt.spent.tls),
    ] {
        if let Some(span) = span {
            phases.set(phase, span);
        }
    }
    if let Some(first_write) = attempt.first_write {
        let network = note_network(phases, attempt, first_write);
        sample.server_timing = attempt.server.within(network);
        if let Some(server) = sample.server_timing.total {
            phases.set(Phase::Server, server);
            phases.set(Phase::Wire, network - server);
        }
    }
    sample.finished = attempt.ended;
    sample.outcome = attempt.outcome;
    sample.status = attempt.status;
    sample.response_bytes = u32::try_from(attempt.response_bytes).unwrap_or(u32::MAX);
}

/// Notes send, wait, receive, pickup and the network as a whole, which it gives back.
fn note_network(phases: &mut Phases, attempt: &Attempt, first_write: Nanos) -> Nanos {
    // On a fast machine the answer may arrive before the system call that sent the request
    // has come back.
    let last_write = attempt.last_write.map(|last_write| {
        attempt
            .first_arrival
            .map_or(last_write, |at| last_write.min(at))
    });
    if let Some(last_write) = last_write {
        phases.set(Phase::Send, last_write - first_write);
    }
    if let Some(first) = attempt.first_arrival {
        // Over HTTP/2 the socket cannot tell when a request has left.
        phases.set(Phase::Wait, first - last_write.unwrap_or(first_write));
        if let Some(last) = attempt.last_arrival.or(attempt.last_read) {
            phases.set(Phase::Receive, last - first);
        }
    }
    // If a callout failed, the kernel stamped no last byte: its network time ends with the attempt.
    let is_whole = attempt.failed.is_none() && attempt.last_read == Some(attempt.ended);
    let arrived = attempt.last_arrival.filter(|_| is_whole);
    if let Some(arrived) = arrived {
        phases.set(Phase::Pickup, attempt.ended - arrived);
    }
    let network = arrived.unwrap_or(attempt.ended) - first_write;
    phases.set(Phase::Network, network);
    network
}

/// Adds the phases that follow from the others.
pub(super) fn finish(sample: &mut Sample) {
    let latency = sample.finished - sample.due;
    let parts = sample.phases.sum_of_parts(sample.signed_in_path);
    sample
        .phases
        .set(Phase::Service, sample.finished - sample.started);
    sample.phases.set(Phase::Latency, latency);
    sample.phases.set(Phase::Residual, latency - parts);
}
