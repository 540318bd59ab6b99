//! Used deltas, kept for the seconds to come.

use super::interval::Delta;

/// Collections after which it is looked whether fewer would have done.
const LOOK_AFTER: u32 = 60;

/// A stack of deltas that hold nothing but their memory.
///
/// It grows with what is put into it, for a busy or slow second needs many at once; those that
/// nobody needed for a minute go, the coldest first.
#[derive(Debug)]
pub(crate) struct Spares {
    deltas: Vec<Delta>,
    /// How many are kept whether they are needed or not.
    stock: usize,
    is_stocked: bool,
    /// The fewest that were left since it was last looked.
    fewest: usize,
    collections: u32,
}

impl Spares {
    /// None yet, of which so many are to be kept.
    pub(crate) fn new(stock: usize) -> Self {
        Self {
            deltas: Vec::new(),
            stock,
            is_stocked: false,
            fewest: usize::MAX,
            collections: 0,
        }
    }

    /// Keeps the memory of a delta that has been used.
    ///
    /// The first has shown which phases occur, and the whole stock is made like it: made one by
    /// one, as seconds happen to overlap, they would let the memory of a long run creep up.
    pub(crate) fn put(&mut self, mut delta: Delta) {
        delta.reset();
        if !std::mem::replace(&mut self.is_stocked, true) {
            self.deltas.resize(self.stock, delta.clone());
        }
        self.deltas.push(delta);
    }

    /// As many as there are, up to so many; the last to be put goes first.
    pub(crate) fn give(&mut self, wanted: usize) -> impl Iterator<Item = Delta> + '_ {
        let kept = self.deltas.len().saturating_sub(wanted);
        self.fewest = self.fewest.min(kept);
        self.deltas.drain(kept..)
    }

    /// Once for each collection: lets those go that were not needed for a while.
    pub(crate) fn settle(&mut self) {
        self.collections += 1;
        if self.collections < LOOK_AFTER {
            return;
        }
        let surplus = self
            .fewest
            .min(self.deltas.len().saturating_sub(self.stock));
        self.deltas.drain(..surplus);
        (self.collections, self.fewest) = (0, usize::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::Phase;
    use crate::sample::Outcome;
    use crate::units::Nanos;

    // A trouble for which many were needed at once, and then seconds that need two.
    #[test]
    fn what_nobody_needs_for_a_minute_goes() {
        let mut spares = Spares::new(4);
        let second = |spares: &mut Spares, needed: usize| {
            let given = spares.give(needed).count();
            for _ in 0..needed {
                spares.put(Delta::default());
            }
            spares.settle();
            given
        };
        assert_eq!(second(&mut spares, 2), 0);
        assert_eq!(spares.deltas.len(), 6);
        assert_eq!(second(&mut spares, 30), 6);
        assert_eq!(spares.deltas.len(), 30);
        // The minute of the trouble needed them.
        for _ in 0..LOOK_AFTER {
            second(&mut spares, 2);
        }
        for _ in 0..LOOK_AFTER {
            assert_eq!(second(&mut spares, 2), 2);
        }
        assert_eq!(spares.deltas.len(), 4);
    }

    #[test]
    fn a_need_that_stays_is_met() {
        let mut spares = Spares::new(4);
        for _ in 0..20 {
            spares.put(Delta::default());
        }
        for _ in 0..5 * LOOK_AFTER {
            assert_eq!(spares.give(12).count(), 12);
            for _ in 0..12 {
                spares.put(Delta::default());
            }
            spares.settle();
        }
        assert_eq!(spares.deltas.len(), 12);
    }

    // What failed in a trouble takes memory only as long as it lasts.
    #[test]
    fn failures_that_have_passed_leave_nothing() {
        let mut spares = Spares::new(0);
        let mut failing = Delta::default();
        failing.sets[Outcome::Timeout.index()]
            .get_or_insert_default()
            .record(Phase::Latency, Nanos::SECOND);
        spares.put(failing);
        let mut again = spares.give(1).next().unwrap();
        assert!(again.sets[Outcome::Timeout.index()].is_some());
        again.reset();
        assert!(again.sets[Outcome::Timeout.index()].is_none());
    }
}
