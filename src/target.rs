//! The reference target: an API that accepts converted leads and checks their tokens.
//!
//! It verifies with `jsonwebtoken` and never uses the `token` room, so a mistake in minting cannot hide
//! behind the same mistake in checking. It prints nothing, and no answer and no log repeats a token.

mod access;
mod answer;
mod body;
mod config;
mod credentials;
mod draw;
mod echo;
mod error;
mod grant;
mod ids;
mod keyring;
mod ledger;
mod limit;
mod pace;
mod prepared;
mod rejection;
mod running;
mod seen;
mod serve;
mod service;
mod strike;
mod taken;
mod trouble;
mod verify;

pub use config::{Accepts, Algorithm, Duplicates, TargetConfig, TokenPolicy};
pub use error::TargetError;
pub use keyring::KidPolicy;
pub use ledger::LedgerSnapshot;
pub use rejection::Rejection;
pub use running::{RunningTarget, Target};
pub use trouble::{FaultShare, Outage, Trouble, Troubles};
pub use verify::Verifier;
