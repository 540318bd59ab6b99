//! From samples to a summary: histograms, windows, the interval log and the verdict on
//! the measurement itself.
//!
//! Recording is one lock that nobody contends and a dozen array increments. Memory does
//! not grow with the run but for one row a second. Writers are handed in.

mod bands;
mod buckets;
mod collector;
mod delta;
mod drift;
mod health;
mod heat;
mod histogram;
mod interval_log;
mod log_reader;
mod log_row;
mod matrix;
mod negative;
mod recorder;
mod recover;
mod rounds;
mod server_metrics;
mod slowest;
mod spares;
mod steadiness;
mod summarize;
mod thresholds;
mod verdict;
mod whole_rows;
mod windows;
mod wire;

pub use collector::{Collector, LoadRecorders, Progress};
pub use drift::{Clocks, Drift};
pub use health::Health;
pub use histogram::Histogram;
pub use interval_log::IntervalLog;
pub use log_reader::LogError;
pub use recorder::Recorder;
pub use recover::{Recovered, recover};
pub use summarize::{Facts, LoadFacts};
pub use verdict::judge;
pub use whole_rows::LeftOut;
pub use wire::WireTally;
