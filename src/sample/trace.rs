//! The trace that a callout is part of, so that an API's own traces can be found by it (W3C Trace
//! Context).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::{Percent, float, scrambled};

/// Gives each callout of a run its trace, which follows from seed, run, load and number alone, so
/// that it can be computed again later.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Traces {
    seed: u64,
    run: u64,
    sampled: Percent,
}

/// The id of a trace: 128 bits that are not all zero.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TraceId(u128);

/// What a request carries as `traceparent` (W3C Trace Context, section 3.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TraceParent {
    /// The trace.
    pub trace_id: TraceId,
    /// The request within it: the caller's span.
    pub parent_id: u64,
    /// Whether the caller has its part recorded, which asks the API to do so too.
    pub is_sampled: bool,
}

impl Traces {
    /// The traces of a run, of which this share is sampled.
    pub const fn new(seed: u64, run: u64, sampled: Percent) -> Self {
        Self { seed, run, sampled }
    }

    /// The trace of one iteration.
    pub fn of(&self, load: u64, seq: u64) -> TraceId {
        let base = self.base(load, seq);
        let (high, low) = (mix(base ^ HIGH), mix(base ^ LOW));
        TraceId((u128::from(high) << 64 | u128::from(low)).max(1))
    }

    /// Whether the trace of an iteration is sampled.
    pub fn is_sampled(&self, load: u64, seq: u64) -> bool {
        let place = float(mix(self.base(load, seq) ^ SAMPLED)) / float(u64::MAX);
        place < self.sampled.as_fraction()
    }

    /// What the iteration's first request carries, or that of a later attempt.
    pub fn parent(&self, load: u64, seq: u64, attempt: u64) -> TraceParent {
        TraceParent {
            trace_id: self.of(load, seq),
            parent_id: mix(self.base(load, seq) ^ mix(attempt ^ SPAN)).max(1),
            is_sampled: self.is_sampled(load, seq),
        }
    }

    fn base(&self, load: u64, seq: u64) -> u64 {
        mix(mix(mix(self.seed) ^ self.run) ^ load.rotate_left(48)) ^ mix(seq)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            trace_id,
            parent_id,
            is_sampled,
        } = self;
        write!(
            f,
            "00-{trace_id}-{parent_id:016x}-{:02x}",
            u8::from(*is_sampled)
        )
    }
}

const HIGH: u64 = 0x243f_6a88_85a3_08d3;
const LOW: u64 = 0x1319_8a2e_0370_7344;
const SAMPLED: u64 = 0xa409_3822_299f_31d0;
const SPAN: u64 = 0x082e_fa98_ec4e_6c89;

/// The next number of `SplitMix64` after this state.
const fn mix(state: u64) -> u64 {
    scrambled(state.wrapping_add(0x9e37_79b9_7f4a_7c15))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn percent(text: &str) -> Percent {
        text.parse().unwrap()
    }

    #[test]
    fn a_trace_is_as_the_standard_has_it_and_no_others() {
        let traces = Traces::new(1, 2, percent("100%"));
        let text = traces.parent(0, 7, 0).to_string();
        let parts: Vec<_> = text.split('-').collect();
        let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
        assert_eq!(lengths, [2, 32, 16, 2]);
        assert_eq!((parts[0], parts[3]), ("00", "01"));
        assert_eq!(
            text,
            Traces::new(1, 2, percent("100%"))
                .parent(0, 7, 0)
                .to_string()
        );
        let mut seen = BTreeSet::new();
        for (seed, run) in [(1, 2), (2, 2), (1, 3)] {
            let traces = Traces::new(seed, run, percent("0%"));
            for load in 0..3 {
                for seq in 0..500 {
                    assert!(seen.insert(traces.of(load, seq).to_string()));
                }
            }
        }
        // Another attempt is another request of the same trace.
        let again = traces.parent(0, 7, 1);
        assert_eq!(again.trace_id, traces.of(0, 7));
        assert_ne!(again.parent_id, traces.parent(0, 7, 0).parent_id);
    }

    #[test]
    fn a_share_is_sampled() {
        let traces = Traces::new(1, 2, percent("10%"));
        let sampled = (0..20_000).filter(|seq| traces.is_sampled(0, *seq)).count();
        assert!((1_850..2_150).contains(&sampled), "{sampled}");
        let none = Traces::new(1, 2, percent("0%"));
        assert!((0..1_000).all(|seq| !none.is_sampled(0, seq)));
        assert!(none.parent(0, 1, 0).to_string().ends_with("-00"));
    }
}
