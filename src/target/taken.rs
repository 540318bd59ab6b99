//! The accepted leads by Id, so that duplicates are recognized.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::seen::hash_of;

/// How many leads are remembered: 100 MB.
const LEADS_MAX: usize = 4_000_000;

/// The number of each accepted Id, by a hash of the Id.
#[derive(Default)]
pub(super) struct TakenIds(Mutex<HashMap<u64, u64>>);

impl TakenIds {
    /// Accepts an Id under `number`; if it was accepted before, returns its first number as an error.
    pub(super) fn take(&self, id: &str, number: impl FnOnce() -> u64) -> Result<u64, u64> {
        let hash = hash_of(id);
        let mut taken = self.0.lock();
        if let Some(first) = taken.get(&hash) {
            return Err(*first);
        }
        let number = number();
        if taken.len() < LEADS_MAX {
            taken.insert(hash, number);
        }
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_once() {
        let taken = TakenIds::default();
        assert_eq!(taken.take("a", || 5), Ok(5));
        assert_eq!(taken.take("a", || 6), Err(5));
        assert_eq!(taken.take("b", || 7), Ok(7));
    }
}
