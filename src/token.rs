//! Tokens as Salesforce would sign them, and the threads that sign.
//!
//! A key is parsed once for each thread; a token then costs one signature. Signer
//! threads never do I/O, for 0.7 ms of RSA on an I/O thread would be charged to some
//! other callout's network time.

mod claims;
mod error;
mod feed;
mod forge;
mod minter;
mod pool;
mod stock;

pub use claims::Claims;
pub use error::TokenError;
pub use feed::{AheadTokens, Cost, Feed, Reused, Seconds, Taken, Token};
pub use forge::Forger;
pub use minter::{Minted, Minter, calibrate};
pub use pool::{AHEAD, Ahead, Ask, Pool, PoolStats, Signer, ToSign};
pub use stock::{Stock, StockError};
