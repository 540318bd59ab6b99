//! The steps before the load: the target is reached, asked whether it is ready, and tried with one
//! callout. All steps have a deadline, and end when the user stops the run.

mod addresses;
mod check;
mod destination;
mod expected;
mod hints;
mod ready;
mod resolved;
mod single_callout;
mod target;
mod user_agent;
mod wait;

pub use addresses::tls_trust;
pub(super) use check::{check, send_patiently};
pub(super) use ready::wait_until_ready;
pub use single_callout::SingleCallout;
pub(super) use single_callout::{Occasion, send};
pub(super) use target::{Reached, reach};
pub use target::{embedded_target, named, template};
pub(super) use wait::Wait;
