//! What the seed draws for bodies: their sizes, the order of rows, a number for each lead.

use rand::{Rng, RngExt as _};

use crate::plan::{LeadPlan, Sizes};
use crate::units::{float, index, scrambled, whole};

/// The stream of the seed that the order of a feed is drawn from.
const FEED_STREAM: u64 = 4;

/// In which order rows are taken.
pub(super) fn order(plan: &LeadPlan, rows: usize) -> Vec<usize> {
    let mut order: Vec<_> = (0..rows).collect();
    if plan.feed.as_ref().is_some_and(|feed| feed.shuffled) {
        let mut rng = plan.seed.rng(FEED_STREAM);
        // Fisher and Yates, 1938.
        for last in (1..order.len()).rev() {
            order.swap(last, rng.random_range(0..=last));
        }
    }
    order
}

/// The size of a body.
pub(super) fn size(sizes: Sizes, rng: &mut impl Rng) -> usize {
    index(match sizes {
        Sizes::Constant(size) => size.0,
        Sizes::Uniform { min, max } => rng.random_range(min.0..=max.0),
        Sizes::LogNormal { p50, p99 } => {
            let mut uniform = || (float(rng.next_u64() >> 11) + 0.5) / float(1_u64 << 53);
            // Box and Muller, 1958; 2.326 is the 99th percentile of the normal distribution.
            let radius = (-2.0 * uniform().ln()).sqrt();
            let normal = radius * (std::f64::consts::TAU * uniform()).cos();
            let sigma = (float(p99.0) / float(p50.0)).ln() / 2.326;
            whole(float(p50.0) * (sigma * normal).exp())
        }
    })
}

/// A number as if drawn.
pub(super) const fn mixed(seed: u64, number: u64) -> u64 {
    scrambled(seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}
