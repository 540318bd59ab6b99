//! Several addresses of one target: each new connection goes to the next.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Addresses that are connected to in turn, by all callers together.
#[derive(Clone, Debug)]
pub(super) struct InTurn {
    addresses: Arc<[SocketAddr]>,
    taken: Arc<AtomicUsize>,
}

impl InTurn {
    /// Takes these addresses in this order, again and again; `None` for a single address.
    pub(super) fn new(addresses: &[SocketAddr]) -> Option<Self> {
        (addresses.len() > 1).then(|| Self {
            addresses: addresses.into(),
            taken: Arc::default(),
        })
    }

    /// The address whose turn it is.
    pub(super) fn next(&self) -> SocketAddr {
        let number = self.taken.fetch_add(1, Relaxed);
        self.addresses[number % self.addresses.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_in_turn_by_all_together() {
        let all: Vec<SocketAddr> = (1..=3)
            .map(|n| SocketAddr::from(([127, 0, 0, n], 80)))
            .collect();
        let one = InTurn::new(&all).unwrap();
        let other = one.clone();
        let taken = [one.next(), other.next(), one.next(), other.next()];
        assert_eq!(taken, [all[0], all[1], all[2], all[0]]);
        assert!(InTurn::new(&all[..1]).is_none());
    }
}
