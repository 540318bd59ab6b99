//! Recording on the hot path: a recorder for each worker, histograms, and the interval log.
//!
//! Recording is one lock that nobody contends and a dozen array increments. Memory does
//! not grow with the run. Writers are handed in.

mod add_each;
mod buffer_pool;
mod counts;
mod failures;
mod fault_tally;
mod histogram;
mod interval;
mod interval_log;
mod latency_split;
mod log_error;
mod log_reader;
mod log_row;
mod packer;
mod recorder;
mod server_metrics;
mod slowest;
mod whole_rows;

pub(crate) use buffer_pool::BufferPool;
pub(crate) use failures::merge_failures;
pub(crate) use fault_tally::{FaultTallies, FaultTally};
pub use histogram::Histogram;
pub(crate) use interval::{Interval, IntervalKey, Period, PhaseSet, Tally};
pub use interval_log::IntervalLog;
pub use log_error::LogError;
pub(crate) use log_row::LogRow;
pub(crate) use recorder::BUFFERS_KEPT;
pub use recorder::Recorder;
pub(crate) use server_metrics::{LeftOutTally, MetricSet};
pub use whole_rows::LeftOut;
pub(crate) use whole_rows::WholeRows;
