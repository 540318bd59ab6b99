//! Recording on the hot path: a recorder for each worker, histograms, and the interval log.
//!
//! Recording is one lock that nobody contends and a dozen array increments. Memory does
//! not grow with the run. Writers are handed in.

mod buffer_pool;
mod fault_tally;
mod histogram;
mod interval;
mod interval_log;
mod latency_breakdown;
mod log_reader;
mod log_row;
mod recorder;
mod server_metrics;
mod slowest;
mod whole_rows;

pub(crate) use buffer_pool::Spares;
pub(crate) use fault_tally::{FaultTallies, FaultTally};
pub use histogram::Histogram;
pub(crate) use interval::{Delta, PhaseSet, Tally};
pub use interval_log::IntervalLog;
pub use log_reader::LogError;
pub(crate) use log_row::Row;
pub use recorder::Recorder;
pub(crate) use recorder::{Part, SPARES_KEPT, Slot, merge_failures};
pub(crate) use server_metrics::{LeftOutTally, MetricSet};
pub use whole_rows::LeftOut;
pub(crate) use whole_rows::WholeRows;
