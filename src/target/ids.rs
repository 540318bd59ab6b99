//! Counts the different leads that have arrived.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use parking_lot::Mutex;

use super::seen::hash_of;
use crate::units::Counter;

/// The most different Ids that are counted.
///
/// Each costs about 20 bytes while a shard grows, so this is some 80 MB. Beyond it, the count is given
/// up and reported as unknown.
const IDS_MAX: u64 = 4_000_000;

/// How many parts the set has.
///
/// A hash set moves everything when it grows. With 256 parts of at most 16,000 Ids, that takes a
/// fraction of a millisecond at a time; with one part, callers would measure some 50 ms.
const SHARDS: usize = 256;

/// A set of Ids, each as a 64-bit hash.
///
/// Two of four million Ids share a hash with a probability of about 1 in 2 million.
pub(super) struct IdSet {
    shards: Vec<Mutex<HashSet<u64>>>,
    len: Counter,
    len_max: u64,
    is_full: AtomicBool,
}

impl Default for IdSet {
    fn default() -> Self {
        Self::new(IDS_MAX)
    }
}

impl IdSet {
    fn new(len_max: u64) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            len: Counter::default(),
            len_max,
            is_full: AtomicBool::new(false),
        }
    }

    /// Adds an Id; beyond the limit, only notes that the set is full.
    pub(super) fn insert(&self, id: &str) {
        if self.is_full.load(Relaxed) {
            return;
        }
        let hash = hash_of(id);
        let Some(shard) = self.shards.get(usize::from(hash.to_be_bytes()[0])) else {
            return;
        };
        let mut shard = shard.lock();
        if shard.contains(&hash) {
            return;
        }
        if self.len.count() < self.len_max {
            shard.insert(hash);
        } else {
            self.is_full.store(true, Relaxed);
        }
    }

    /// The number of different Ids; `None` beyond the limit.
    pub(super) fn len(&self) -> Option<u64> {
        (!self.is_full.load(Relaxed)).then(|| self.len.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_counts_once() {
        let ids = IdSet::new(10);
        for id in ["a", "b", "a", "a"] {
            ids.insert(id);
        }
        assert_eq!(ids.len(), Some(2));
    }

    #[test]
    fn past_the_limit_the_count_is_given_up_and_not_guessed() {
        let ids = IdSet::new(100);
        for id in 0..100 {
            ids.insert(&id.to_string());
        }
        assert_eq!(ids.len(), Some(100));
        ids.insert("50");
        assert_eq!(ids.len(), Some(100));
        ids.insert("one more");
        assert_eq!(ids.len(), None);
    }
}
