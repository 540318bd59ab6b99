//! Used intervals, kept for the seconds to come.

use super::interval::Interval;

/// Collections after which it is looked whether fewer would have done.
const LOOK_AFTER: u32 = 60;

/// A stack of intervals that hold nothing but their memory.
///
/// It grows with what is put into it, for a busy or slow second needs many at once; those that
/// nobody needed for a minute go, the coldest first.
#[derive(Debug)]
pub(crate) struct BufferPool {
    intervals: Vec<Interval>,
    /// How many are kept whether they are needed or not.
    stock: usize,
    is_stocked: bool,
    /// The fewest that were left since it was last looked.
    fewest: usize,
    collections: u32,
}

impl BufferPool {
    /// None yet, of which so many are to be kept.
    pub(crate) fn new(stock: usize) -> Self {
        Self {
            intervals: Vec::new(),
            stock,
            is_stocked: false,
            fewest: usize::MAX,
            collections: 0,
        }
    }

    /// Keeps the memory of a interval that has been used.
    ///
    /// The first has shown which phases occur, and the whole stock is made like it: made one by
    /// one, as seconds happen to overlap, they would let the memory of a long run creep up.
    pub(crate) fn put(&mut self, mut interval: Interval) {
        interval.reset();
        if !std::mem::replace(&mut self.is_stocked, true) {
            self.intervals.resize(self.stock, interval.clone());
        }
        self.intervals.push(interval);
    }

    /// As many as there are, up to so many; the last to be put goes first.
    pub(crate) fn give(&mut self, wanted: usize) -> impl Iterator<Item = Interval> + '_ {
        let kept = self.intervals.len().saturating_sub(wanted);
        self.fewest = self.fewest.min(kept);
        self.intervals.drain(kept..)
    }

    /// Once for each collection: lets those go that were not needed for a while.
    pub(crate) fn settle(&mut self) {
        self.collections += 1;
        if self.collections < LOOK_AFTER {
            return;
        }
        let surplus = self
            .fewest
            .min(self.intervals.len().saturating_sub(self.stock));
        self.intervals.drain(..surplus);
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
        let mut pool = BufferPool::new(4);
        let second = |pool: &mut BufferPool, needed: usize| {
            let given = pool.give(needed).count();
            for _ in 0..needed {
                pool.put(Interval::default());
            }
            pool.settle();
            given
        };
        assert_eq!(second(&mut pool, 2), 0);
        assert_eq!(pool.intervals.len(), 6);
        assert_eq!(second(&mut pool, 30), 6);
        assert_eq!(pool.intervals.len(), 30);
        // The minute of the trouble needed them.
        for _ in 0..LOOK_AFTER {
            second(&mut pool, 2);
        }
        for _ in 0..LOOK_AFTER {
            assert_eq!(second(&mut pool, 2), 2);
        }
        assert_eq!(pool.intervals.len(), 4);
    }

    #[test]
    fn a_need_that_stays_is_met() {
        let mut pool = BufferPool::new(4);
        for _ in 0..20 {
            pool.put(Interval::default());
        }
        for _ in 0..5 * LOOK_AFTER {
            assert_eq!(pool.give(12).count(), 12);
            for _ in 0..12 {
                pool.put(Interval::default());
            }
            pool.settle();
        }
        assert_eq!(pool.intervals.len(), 12);
    }

    // What failed in a trouble takes memory only as long as it lasts.
    #[test]
    fn failures_that_have_passed_leave_nothing() {
        let mut pool = BufferPool::new(0);
        let mut failing = Interval::default();
        failing.sets[Outcome::Timeout.index()]
            .get_or_insert_default()
            .record(Phase::Latency, Nanos::SECOND);
        pool.put(failing);
        let mut again = pool.give(1).next().unwrap();
        assert!(again.sets[Outcome::Timeout.index()].is_some());
        again.reset();
        assert!(again.sets[Outcome::Timeout.index()].is_none());
    }
}
