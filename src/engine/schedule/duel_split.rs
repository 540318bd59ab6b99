//! Which of two sides an arrival belongs to, by lots that both sides draw alike.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::STREAMS_OF_A_LOAD;
use crate::plan::{DuelShare, ShareSide, SplitMethod};
use crate::units::{Nanos, Seed};

/// The stream of the seed that lots are drawn from.
const DUEL_STREAM: u64 = 5;

/// The lots of one load, in the order of its arrivals.
pub(super) struct DuelSplit {
    share: DuelShare,
    /// How long the load lasts.
    over: Nanos,
    rng: ChaCha8Rng,
    /// The pair whose lot was drawn last, and who has the earlier of the two.
    drawn: Option<(Pair, ShareSide)>,
}

/// What is parted by one lot.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Pair {
    Arrivals(u64),
    Slots(u64),
}

impl DuelSplit {
    pub(super) fn new(share: DuelShare, over: Nanos, seed: Seed, number: u64) -> Self {
        Self {
            share,
            over,
            rng: seed.rng(DUEL_STREAM + (number << STREAMS_OF_A_LOAD)),
            drawn: None,
        }
    }

    /// Whether an arrival is of this share, by its number in the load and when it is due
    /// since the load's start. Arrivals must come in order.
    pub(super) fn are_for(&mut self, seq: u64, due: Nanos) -> bool {
        let (pair, is_later) = match self.share.split {
            SplitMethod::TimeSlots(slots) if due >= slots.from => match slots.slot_of(due) {
                Some((pair, is_later)) if pair < slots.pairs(self.over) => {
                    (Pair::Slots(pair), is_later)
                }
                _ => return false,
            },
            _ => (Pair::Arrivals(seq / 2), !seq.is_multiple_of(2)),
        };
        let earlier = self.earlier_of(pair);
        (earlier == self.share.side) != is_later
    }

    fn earlier_of(&mut self, pair: Pair) -> ShareSide {
        if let Some((known, side)) = self.drawn
            && known == pair
        {
            return side;
        }
        let side = if self.rng.next_u64().is_multiple_of(2) {
            ShareSide::First
        } else {
            ShareSide::Second
        };
        self.drawn = Some((pair, side));
        side
    }
}
