//! From recordings to a summary: collecting, windows, rounds, thresholds, and the summary of a
//! killed run from its interval log.
//!
//! Memory does not grow with the run but for one row a second.

mod buckets;
mod certain_failure;
mod collector;
mod distributions;
mod facts;
mod heat;
mod matrix;
mod negative;
mod ramp;
mod rates;
mod recording;
mod recover;
mod rounds;
mod saturation;
mod stationarity;
mod summary;
mod thresholds;
mod windows;
mod wire;

pub use collector::{Collector, LoadRecorders, Progress};
pub use facts::{LoadFacts, RunFacts};
pub use recover::{Recovered, recover};
pub use wire::WireTally;

use crate::plan::CALLOUT_TIME_MAX;
use crate::units::Nanos;

/// How long after its second a callout may still end: as long as the longest takes, and 10 s for
/// what delays the generator.
const STRAGGLERS_MAX: Nanos = Nanos(CALLOUT_TIME_MAX.0 + 10 * Nanos::SECOND.0);
