//! From recordings to a summary: collecting, windows, rounds, thresholds, and the summary of a
//! killed run from its interval log.
//!
//! Memory does not grow with the run but for one row a second.

mod buckets;
mod collector;
mod heat;
mod matrix;
mod negative;
mod recover;
mod rounds;
mod steadiness;
mod summary;
mod thresholds;
mod windows;
mod wire;

pub use collector::{Collector, LoadRecorders, Progress};
pub use recover::{Recovered, recover};
pub use summary::{Facts, LoadFacts};
pub use wire::WireTally;
