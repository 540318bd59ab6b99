//! When iterations start, and what one iteration is.
//!
//! An open load and a Salesforce org run on threads of our own, one runtime each, with their
//! own connections and recorder. Virtual users run on goose. All run the same iteration. Clocks, keys
//! and recorders are handed in; nothing here knows of reports.

#[cfg(feature = "goose")]
mod closed;
mod created;
#[cfg(feature = "goose")]
mod crowd;
mod drain;
mod error;
mod exchange;
mod first_callouts;
mod iteration;
mod native;
mod negative;
mod open;
mod org;
mod schedule;
#[cfg(feature = "goose")]
mod shifts;
mod slots;
mod stop;
mod wake;
mod witness;

#[cfg(feature = "goose")]
pub use closed::{ClosedLoad, ClosedRun, ENGINE as CLOSED_ENGINE, run_closed};
pub use created::{CREATED_BYTES_MAX, CreatedIds, Found, Missing, NoId};
pub use error::EngineError;
pub use exchange::{ANSWER_BYTES_MAX, AccessTokens, Exchange, ExchangeTally, NoToken};
pub use first_callouts::{FirstCallouts, Hopeless};
pub use iteration::{Again, Caller, Ended, Turn};
pub use native::{Worker, run_native};
pub use negative::Negatives;
pub use open::OpenWorker;
pub use org::{OrgTally, OrgWorker};
pub use schedule::{Arrival, Schedule, conversions, delayed_past_end, releases};
pub use stop::Stop;
pub use wake::Alarm;
pub use witness::{CreatedLead, Sampled, Seen, Sight, Watch, Witness};
