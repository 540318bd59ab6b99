//! A count that threads share.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A count that threads share. It orders nothing else between them.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts one more, and returns its number, from 0.
    pub fn count(&self) -> u64 {
        self.add(1)
    }

    /// Counts this many more, and returns what the count was before.
    pub fn add(&self, more: u64) -> u64 {
        self.0.fetch_add(more, Relaxed)
    }

    /// The count so far.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
