//! Serves a run while it is running: its page for browsers, and its metrics for scrapers.
//!
//! The page is that of the run folder, made from the summary of each second. Requests cannot change
//! anything.

mod accept;
mod board;
mod connections;
mod host;
mod server;

pub use board::Board;
pub use connections::DESCRIPTORS;
pub use server::{LiveError, LiveServer, Offer};
