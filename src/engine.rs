//! When iterations start, and what one iteration is.
//!
//! An open load and a Salesforce org run on threads of our own, one runtime each, with their
//! own connections and recorder. Virtual users run on goose. All run the same iteration. Clocks, keys
//! and recorders are handed in; nothing here knows of reports.

#[cfg(feature = "goose")]
mod closed;
mod created;
mod drain;
mod error;
mod events;
mod exchange;
mod first_callouts;
mod iteration;
mod lead_body;
mod negative;
mod observers;
mod open;
mod retry;
mod sample_phases;
mod schedule;
mod slots;
mod stop;
mod threads;
mod timer;
mod transactions;
#[cfg(feature = "goose")]
mod user_stages;
#[cfg(feature = "goose")]
mod users;

#[cfg(feature = "goose")]
pub use closed::{ClosedLoad, ClosedRun, ENGINE as CLOSED_ENGINE, run_closed};
pub use created::{CREATED_BYTES_MAX, CreatedAccount, CreatedIds, Missing, NoId};
pub use error::EngineError;
pub use events::{CalloutEvent, CreatedLead, Observer, SampleEvent};
pub use exchange::{ANSWER_BYTES_MAX, AccessTokens, ExchangeTally, NoToken, TokenExchange};
pub use first_callouts::{EarlyStop, FirstCallouts};
pub use iteration::{Caller, DueIteration, IterationEnd};
pub use negative::Negatives;
pub use observers::{Observers, SampleObserver};
pub use open::OpenWorker;
pub use retry::RetryPolicy;
pub use schedule::{Arrival, Schedule, conversions, delayed_past_end, releases};
pub use stop::Stop;
pub use threads::{Worker, run_threads};
pub use timer::Timer;
pub use transactions::{TransactionLoad, TransactionTally};
