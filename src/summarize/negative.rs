//! What became of bad tokens: counted by fault, and the good traffic beside them compared.

use crate::plan::{Fault, Negative};
use crate::record::{FaultTallies, FaultTally};
use crate::statistics::paired_shift;
use crate::summary::{FaultResult, NegativeResult, P99Shift, Summary, Window};
use crate::units::{Nanos, count, float};

/// Sums up the mix.
pub(super) fn result(mix: &Negative, tallies: &FaultTallies, good: &Summary) -> NegativeResult {
    let none = FaultTally::default();
    let faults: Vec<_> = Fault::ALL
        .iter()
        .filter_map(|fault| mix.faults.iter().find(|one| one.fault == *fault))
        .map(|one| {
            let tally = tallies.get(&one.fault).unwrap_or(&none);
            FaultResult {
                fault: one.fault.to_string(),
                meaning: one.fault.meaning().to_owned(),
                expected: one.expect.to_string(),
                sent: tally.sent,
                as_expected: tally.as_expected,
                false_accepts: tally.false_accepts,
                server_errors: tally.server_errors,
                unanswered: tally.unanswered,
                without_challenge: tally.without_challenge,
                statuses: tally.statuses.clone(),
            }
        })
        .collect();
    let refused = |outcome: &str| good.outcomes.get(outcome).copied().unwrap_or_default();
    NegativeResult {
        false_accepts: faults.iter().map(|fault| fault.false_accepts).sum(),
        false_rejects: refused("unauthorized") + refused("forbidden"),
        server_errors: faults.iter().map(|fault| fault.server_errors).sum(),
        faults,
        p99_shift: p99_shift(mix, &good.windows),
    }
}

/// Each second with bad tokens against the one so much later without.
fn p99_shift(mix: &Negative, windows: &[Window]) -> Option<P99Shift> {
    let turn = mix.alternate.as_secs();
    if turn == 0 {
        return None;
    }
    let p99 = |second: u64| {
        let window = windows.iter().find(|window| window.start_s == second)?;
        let p99 = window.latency_p99_ns.filter(|_| !window.warmup)?;
        Some(float(p99))
    };
    let differences: Vec<_> = windows
        .iter()
        .map(|window| window.start_s)
        .filter(|second| mix.is_active(Nanos::from_secs(*second)))
        .filter_map(|second| Some(p99(second)? - p99(second + turn)?))
        .collect();
    let shift = paired_shift(&differences)?;
    Some(P99Shift {
        pairs: count(differences.len()),
        estimate_ns: shift.estimate,
        low_ns: shift.low,
        high_ns: shift.high,
        moved: shift.low > 0.0 || shift.high < 0.0,
    })
}
