//! When iterations start, and what one iteration is.
//!
//! An open load runs on threads of our own, one runtime each, with their own connections
//! and recorder. A closed load runs on goose. Both run the same iteration. Clocks, keys
//! and recorders are handed in; nothing here knows of reports.

#[cfg(feature = "goose")]
mod closed;
#[cfg(feature = "goose")]
mod crowd;
mod error;
mod iteration;
mod open;
mod schedule;
#[cfg(feature = "goose")]
mod shifts;
mod slots;
mod stop;
mod wake;

#[cfg(feature = "goose")]
pub use closed::{ClosedLoad, ClosedRun, ENGINE as CLOSED_ENGINE, run_closed};
pub use error::EngineError;
pub use iteration::{Caller, Ended, Turn};
pub use open::{OpenWorker, run_open};
pub use schedule::{Arrival, Schedule};
pub use stop::Stop;
pub use wake::Alarm;
