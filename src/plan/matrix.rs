//! An experiment within a run: variants of signing take turns at the same target.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strum::Display;

use rand::Rng as _;

use crate::units::{Nanos, Seed, count, index};

/// The stream of the seed that the order of each round is drawn from.
const ORDER_STREAM: u64 = u64::MAX;

/// Variants of one setting that take turns in short blocks.
///
/// In every round each variant has one block, in an order drawn from the seed: whatever
/// drifts while the run goes on, drifts for all of them alike.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Matrix {
    /// What tells the variants apart.
    pub compares: Compared,
    /// The variants; each is a load of the plan, in the same order, two at least.
    pub variants: usize,
    /// How long a variant's turn is: whole seconds.
    pub block: Nanos,
    /// How much of the start of each block is left out of every figure, for what the block
    /// before left unfinished; less than half of it.
    pub settle: Nanos,
    /// How often each variant has its turn.
    pub rounds: usize,
}

/// What tells the variants of a matrix apart.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Display, Serialize)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Compared {
    /// The signature algorithm.
    Algorithm,
    /// The size of the RSA modulus.
    KeySize,
    /// When and where tokens are signed.
    Signing,
}

/// The turns of one variant.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Turns {
    /// When the first round begins, since the start of the run.
    from: Nanos,
    /// How long a round lasts.
    round: Nanos,
    block: Nanos,
    settle: Nanos,
    /// When the variant's block of each round begins.
    begins: Arc<[Nanos]>,
}

impl Matrix {
    /// The turns of each variant, the first round beginning at `from`.
    pub fn turns(&self, seed: Seed, from: Nanos) -> Vec<Turns> {
        let round = Nanos(self.block.0 * count(self.variants));
        let mut begins = vec![Vec::with_capacity(self.rounds); self.variants];
        let mut rng = seed.rng(ORDER_STREAM);
        let mut order: Vec<usize> = (0..self.variants).collect();
        let mut begin = from;
        for _ in 0..self.rounds {
            // Fisher and Yates; the bias of the remainder is below 2^-60.
            for last in (1..order.len()).rev() {
                order.swap(last, index(rng.next_u64() % count(last + 1)));
            }
            for variant in &order {
                begins[*variant].push(begin);
                begin += self.block;
            }
        }
        let turns = begins.into_iter().map(|begins| Turns {
            from,
            round,
            block: self.block,
            settle: self.settle,
            begins: begins.into(),
        });
        turns.collect()
    }
}

impl Turns {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.begins.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.begins.is_empty()
    }

    /// Whether these are turns that a matrix can have.
    pub fn are_sound(&self) -> bool {
        let longest = Nanos::from_secs(31 * 24 * 3600);
        let is_within = |begin: &Nanos| *begin <= longest;
        (Nanos(1)..=longest).contains(&self.block)
            && (self.block..=longest).contains(&self.round)
            && self.settle <= self.block
            && is_within(&self.from)
            && self.begins.iter().all(is_within)
    }

    /// The blocks, in order.
    pub fn blocks(&self) -> impl Iterator<Item = Range<Nanos>> {
        self.begins.iter().map(|begin| *begin..*begin + self.block)
    }

    /// The part of each block that is measured, in order.
    pub fn measured(&self) -> impl Iterator<Item = Range<Nanos>> {
        let settle = self.settle;
        self.blocks()
            .map(move |block| block.start + settle..block.end)
    }

    /// The round in whose block of this variant the instant lies.
    pub fn round_of(&self, instant: Nanos) -> Option<usize> {
        let round = index((instant.0.checked_sub(self.from.0)?) / self.round.0);
        let begin = *self.begins.get(round)?;
        (begin..begin + self.block)
            .contains(&instant)
            .then_some(round)
    }

    /// Whether what is due then is measured.
    pub fn measures(&self, due: Nanos) -> bool {
        let begin = self.round_of(due).map(|round| self.begins[round]);
        begin.is_some_and(|begin| due >= begin + self.settle)
    }

    /// When a token may be signed at the earliest, if it should be ready `ahead` of `due`:
    /// never in another variant's block.
    pub fn sign_from(&self, due: Nanos, ahead: Nanos) -> Nanos {
        let begin = self.round_of(due).map(|round| self.begins[round]);
        // `settle` leaves out what catches up at the start of a block.
        let early = due - ahead.min(Nanos(self.settle.0 / 2));
        begin.map_or(early, |begin| begin.max(early))
    }
}

impl fmt::Display for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.len() == 1 { "" } else { "s" };
        write!(f, "{} turn{plural} of {}", self.len(), self.block)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matrix(variants: usize, rounds: usize) -> Matrix {
        Matrix {
            compares: Compared::Signing,
            variants,
            block: Nanos::from_secs(2),
            settle: Nanos::from_millis(100),
            rounds,
        }
    }

    proptest! {
        #[test]
        fn every_instant_belongs_to_one_variant_and_every_round_to_all(
            seed: u64, variants in 2_usize..7, rounds in 1_usize..30, at in 0_u64..1_000_000,
        ) {
            let matrix = matrix(variants, rounds);
            let from = Nanos::from_secs(3);
            let turns = matrix.turns(Seed(seed), from);
            let whole = matrix.block.0 * count(variants * rounds);
            let instant = from + Nanos(whole * at / 1_000_000);
            let mine: Vec<_> = turns.iter().filter_map(|turn| turn.round_of(instant)).collect();
            prop_assert_eq!(mine.len(), 1);
            prop_assert_eq!(count(mine[0]), (instant - from).0 / (matrix.block.0 * count(variants)));
            prop_assert!(turns.iter().all(|turn| turn.round_of(from + Nanos(whole)).is_none()));
            prop_assert!(turns.iter().all(|turn| turn.round_of(Nanos::from_secs(2)).is_none()));
            prop_assert!(turns.iter().all(|turn| turn.len() == rounds));
        }
    }

    #[test]
    fn the_order_changes_from_round_to_round_and_is_the_seeds() {
        let orders = |seed| matrix(4, 20).turns(Seed(seed), Nanos::ZERO);
        assert_eq!(orders(1), orders(1));
        assert_ne!(orders(1), orders(2));
        let first = orders(1)[0].clone();
        let places: std::collections::BTreeSet<_> = first
            .blocks()
            .map(|block| block.start.as_secs() % 8)
            .collect();
        assert_eq!(places.len(), 4);
    }

    #[test]
    fn the_start_of_a_block_is_not_measured_and_no_token_is_signed_before_it() {
        let turns = matrix(2, 1).turns(Seed(1), Nanos::ZERO);
        for turns in turns {
            let block = turns.blocks().next().unwrap();
            let at = |millis| block.start + Nanos::from_millis(millis);
            assert!(!turns.measures(at(99)));
            assert!(turns.measures(at(100)));
            assert!(turns.measures(at(1_999)));
            assert!(!turns.measures(at(2_000)));
            let second = Nanos::SECOND;
            assert_eq!(turns.sign_from(at(20), second), block.start);
            assert_eq!(turns.sign_from(at(500), second), at(450));
        }
    }
}
