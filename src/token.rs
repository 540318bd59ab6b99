//! Tokens as Salesforce would sign them, and the threads that sign.
//!
//! A key is parsed once for each thread; a token then costs one signature. Signer
//! threads never do I/O, for 0.7 ms of RSA on an I/O thread would be charged to some
//! other callout's network time.

mod bad_token_cache;
mod bad_tokens;
mod claims;
mod error;
mod minter;
mod pool;
mod provider;

pub use bad_token_cache::{BadTokenCache, BadTokenError};
pub use bad_tokens::Forger;
pub use claims::Claims;
pub use error::TokenError;
pub use minter::{Minted, Minter, calibrate};
pub use pool::{AHEAD, Ahead, Ask, Pool, PoolStats, SignRequest, Signer};
pub use provider::{AheadTokens, Cost, IssuedToken, Reused, Seconds, Token, TokenProvider};
