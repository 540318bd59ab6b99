//! The reference target: an API that takes converted leads and checks their tokens.
//!
//! It verifies with `jsonwebtoken` and never names the `token` room, so a mistake in
//! minting cannot hide behind the same mistake in checking. It prints nothing, and no
//! token that it gets leaves it again, in no answer and in no log.

mod answer;
mod body;
mod config;
mod credentials;
mod error;
mod ids;
mod ledger;
mod rejection;
mod running;
mod serve;
mod service;
mod verify;

pub use config::{Algorithm, TargetConfig, TokenPolicy};
pub use error::TargetError;
pub use ledger::LedgerSnapshot;
pub use rejection::Rejection;
pub use running::{RunningTarget, Target};
