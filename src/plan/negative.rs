//! The negative mix: bad tokens among good ones, in shares of the traffic.

use serde::{Deserialize, Serialize};

use super::fault::{Expect, Fault};
use crate::units::{Nanos, Seed, scrambled, unit_fraction};

/// Bad tokens in shares of the traffic.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Negative {
    /// The faults, each once.
    pub faults: Vec<NegativeFault>,
    /// For how long in turn bad tokens are sent and not sent, so that the good traffic of both
    /// can be compared; zero sends them all the time.
    pub alternate: Nanos,
    /// The unique name of a key pair that the target trusts beside that of `[auth]`, for
    /// `kid-swapped`.
    pub other_key: Option<String>,
}

/// One fault of the mix.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct NegativeFault {
    /// What is wrong.
    pub fault: Fault,
    /// Its share of all callouts, 0 to 1.
    pub share: f64,
    /// What an API should answer.
    pub expect: Expect,
}

impl Negative {
    /// The fault of a callout, if it is to have one: the same for ever for one seed, number and
    /// planned instant.
    pub fn fault_of(&self, seed: Seed, load: u64, seq: u64, due: Nanos) -> Option<&NegativeFault> {
        // Twice the share in half of the time.
        let factor = match self.alternate {
            Nanos::ZERO => 1.0,
            _ if self.is_active(due) => 2.0,
            _ => return None,
        };
        let mut place = uniform(seed, load, seq) / factor;
        self.faults.iter().find(|fault| {
            place -= fault.share;
            place < 0.0
        })
    }

    /// Whether bad tokens are sent at this instant.
    pub fn is_active(&self, due: Nanos) -> bool {
        self.alternate == Nanos::ZERO || (due.0 / self.alternate.0).is_multiple_of(2)
    }
}

/// A number from 0 to 1 for each callout, as if drawn.
fn uniform(seed: Seed, load: u64, seq: u64) -> f64 {
    let place = seed.0 ^ load.rotate_left(48) ^ seq.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    unit_fraction(scrambled(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::float;

    fn mix(shares: &[(Fault, f64)], alternate: Nanos) -> Negative {
        let faults = shares.iter().map(|&(fault, share)| NegativeFault {
            fault,
            share,
            expect: fault.expect(),
        });
        Negative {
            faults: faults.collect(),
            alternate,
            other_key: None,
        }
    }

    // Of 100,000 callouts, each share to four standard errors; the same over alternating turns.
    #[test]
    fn shares_are_kept_whether_faults_take_turns_or_not() {
        for alternate in [Nanos::ZERO, Nanos::from_secs(2)] {
            let mix = mix(&[(Fault::Expired, 0.01), (Fault::NoToken, 0.05)], alternate);
            let due = |seq| Nanos::from_millis(seq);
            let faults: Vec<_> = (0..100_000)
                .filter_map(|seq| mix.fault_of(Seed(1), 0, seq, due(seq)))
                .collect();
            for fault in &mix.faults {
                let met = faults.iter().filter(|met| met.fault == fault.fault).count();
                let share = float(met) / 1e5;
                let error = (fault.share / 1e5).sqrt() * 4.0;
                assert!((share - fault.share).abs() < error, "{share} {fault:?}");
            }
        }
    }

    #[test]
    fn between_their_turns_there_are_no_faults() {
        let mix = mix(&[(Fault::Expired, 0.5)], Nanos::from_secs(2));
        let at = |ms| {
            mix.fault_of(Seed(1), 0, ms, Nanos::from_millis(ms))
                .is_some()
        };
        assert!((0..2_000).all(at));
        assert!(!(2_000..4_000).any(at));
        assert!((4_000..6_000).all(at));
    }
}
