//! `[matrix]` as it is written.

use crate::plan::{Algorithm, SigningMode};
use crate::scenario::table::forms::KeySizeBits;
use crate::scenario::table::keys::{Maybe, table};
use crate::scenario::table::value::{Each, Lasting, One, SECOND, Whole};

table! {
    /// Compares ways of signing within one run. The variants take turns in short blocks, so that any
    /// drift affects all of them alike. Exactly one of `signing`, `key_size` and `algorithm` says what is
    /// compared. The scenario has one load, of kind `rate` and without `for`, which runs all the time.
    MatrixTable {
        /// Signing modes to compare, each against `none` if it is in the list, else against the first.
        #[schemars(length(min = 2, max = 5))]
        signing: Maybe<Each<One<SigningMode>, 2>>,
        /// Sizes of the RSA key in bits to compare, each against the first. The key pairs are named after
        /// `key`: `lead_signing_2048`.
        #[schemars(length(min = 2, max = 3))]
        key_size: Maybe<Each<KeySizeBits, 2>>,
        /// Signature algorithms to compare, the second against the first.
        #[schemars(length(min = 2, max = 2))]
        algorithm: Maybe<Each<One<Algorithm>, 2>>,
        /// How long each variant's turn is, in whole seconds.
        block: Lasting<SECOND, { 600 * SECOND }> = "2s",
        /// How much of the start of each block is left out of the figures, because the block before may
        /// still have open callouts. Less than half of `block`.
        settle: Lasting<0, { 300 * SECOND }> = "100ms",
        /// How many turns each variant has. Six are the fewest that allow a 95 % confidence interval.
        rounds: Whole<6, 200> = 10,
    }
}
