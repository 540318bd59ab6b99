//! The search for the highest load that a target holds, as a pure state machine.
//!
//! [`Controller::next`] says what to do: a trial at a load, a wait until the target has recovered, or
//! the answer. [`Controller::observe`] takes what came of it. The method is that of RFC 9971
//! (`MLRsearch`): loads double until one fails, then the interval is halved in the logarithm, and a
//! load is a bound only when its remaining trials can no longer change that.
//!
//! Whoever calls it makes the trials. Nothing here reads a clock or a file, waits, prints, or knows
//! what a trial measures: it gets verdicts.

mod load;

mod settings;

mod trial;

mod classification;

mod judged_loads;

mod search_result;

mod strategy;

mod time_left;

mod controller;

mod repeats;

#[cfg(test)]
mod simulation;

#[cfg(test)]
mod tests;

pub use classification::{Class, ClassRule, JudgedTime};
pub use controller::{Controller, Observation, Step};
pub use judged_loads::{Confirmation, JudgedLoad, Standing};
pub use load::OfferedLoad;
pub use repeats::{Repeats, callouts_needed};
pub use search_result::{Bound, Bracket, Conclusion, SearchResult};
pub use settings::{Settings, SettingsError};
pub use time_left::TimeLeft;
pub use trial::{Trial, TrialKind, TrialVerdict};
