//! From recordings to a summary: collecting, windows, rounds, thresholds; and the summary of a killed run,
//! or of several shards, from their recordings.
//!
//! Memory does not grow with the run but for one row a second.

mod accumulator;
mod broken_threshold;
mod buckets;
mod certain_failure;
mod collector;
mod distributions;
mod heat;
mod lockstep;
mod matrix;
mod merged_facts;
mod merger;
mod negative;
mod ramp;
mod rates;
mod recording;
mod recover;
mod rounds;
mod saturation;
mod shards;
mod stationarity;
mod summary;
mod thresholds;
mod windows;

pub use accumulator::Progress;
pub use collector::{Collector, LoadRecorders, Written};
pub use lockstep::Lockstep;
pub use merger::Merger;
pub use recover::{NotMerged, Recovered, recover, recover_all};

use crate::plan::CALLOUT_TIME_MAX;
use crate::units::Nanos;

/// How long after its second a callout may still end: as long as the longest takes, and 10 s for
/// what delays the generator.
const STRAGGLERS_MAX: Nanos = Nanos(CALLOUT_TIME_MAX.0 + 10 * Nanos::SECOND.0);
