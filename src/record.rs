//! Recording on the hot path: a recorder for each worker, histograms, the interval log, and intervals as data.
//!
//! Recording is one lock that nobody contends and a dozen array increments. Memory does
//! not grow with the run. Writers are handed in.

mod a_second;
mod add_each;
mod buffer_pool;
mod counts;
mod failures;
mod fault_tally;
mod histogram;
mod interval;
mod interval_log;
mod latency_split;
mod packer;
mod recorder;
mod serial;
mod server_metrics;
mod slowest;

pub(crate) use buffer_pool::BufferPool;
pub(crate) use failures::merge_failures;
pub(crate) use fault_tally::{FaultTallies, FaultTally};
pub use histogram::Histogram;
pub(crate) use interval::{Interval, IntervalKey, Period, PhaseSet, Tally};
pub use interval_log::IntervalLog;
pub(crate) use recorder::BUFFERS_KEPT;
pub use recorder::Recorder;
pub(crate) use serial::{Meanings, NotRecorded, RecordedWords, SerialHistogram, SerialInterval};
pub(crate) use server_metrics::{LeftOutTally, MetricSet};
