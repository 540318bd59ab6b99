//! A run while it goes on: its page in a browser, and its metrics for whoever scrapes them.
//!
//! It shows the same page as the run folder has, from the summary that is written each second,
//! and takes nothing from whoever looks.

mod accept;
mod board;
mod connections;
mod host;
mod server;

pub use board::Board;
pub use connections::DESCRIPTORS;
pub use server::{LiveError, LiveServer, Offer};
