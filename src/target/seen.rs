//! A set whose keys expire: identifiers of tokens, verified tokens, and access tokens that were granted.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher, Hash};

use parking_lot::Mutex;

use crate::units::index;

/// How many parts the map has, so that threads seldom wait for each other.
const SHARDS: usize = 16;

/// A limited number of keys, each with an end in seconds since the Unix epoch.
pub(super) struct ExpiringSet<K> {
    shards: Vec<Mutex<HashMap<K, u64>>>,
    per_shard: usize,
}

impl<K: Hash + Eq> ExpiringSet<K> {
    pub(super) fn new(most: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            per_shard: most.div_ceil(SHARDS),
        }
    }

    /// Whether the key was seen and has not expired.
    pub(super) fn has(&self, key: &K, now: u64) -> bool {
        let shard = self.shard(key).lock();
        shard.get(key).is_some_and(|end| *end > now)
    }

    /// Notes a key; returns whether it is new. If there is no room, drops expired keys, and then all.
    pub(super) fn insert(&self, key: K, end: u64, now: u64) -> bool {
        let mut shard = self.shard(&key).lock();
        if shard.len() >= self.per_shard {
            shard.retain(|_, end| *end > now);
        }
        if shard.len() >= self.per_shard {
            shard.clear();
        }
        shard.insert(key, end).is_none_or(|end| end <= now)
    }

    fn shard(&self, key: &K) -> &Mutex<HashMap<K, u64>> {
        &self.shards[index(hash_of(key)) % SHARDS]
    }
}

/// A hash that is the same in every process.
pub(super) fn hash_of(key: &(impl Hash + ?Sized)) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_known_until_its_end() {
        let seen = ExpiringSet::new(100);
        assert!(seen.insert("a", 10, 0));
        assert!(!seen.insert("a", 10, 5));
        assert!(seen.has(&"a", 9));
        assert!(!seen.has(&"a", 10));
        assert!(seen.insert("a", 20, 10));
    }

    #[test]
    fn it_never_grows_past_its_limit() {
        let seen = ExpiringSet::new(160);
        for number in 0..10_000_u32 {
            seen.insert(number, 1_000, 0);
        }
        let all: usize = seen.shards.iter().map(|shard| shard.lock().len()).sum();
        assert!(all <= 160, "{all}");
    }
}
