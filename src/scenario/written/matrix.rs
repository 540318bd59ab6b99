//! `[matrix]` as it is written.

use schemars::JsonSchema;

use crate::plan::{Algorithm, SigningMode};
use crate::scenario::table::reader::{At, Header, Table};
use crate::scenario::table::value::{KeySizeBits, Lasting, One, Whole};

const SECOND: u64 = 1_000_000_000;

/// Variants that take turns in short blocks within one run, so that whatever drifts, drifts
/// for all alike: what tells them apart is one of `signing`, `key_size` and `algorithm`. The
/// scenario's one load, of kind `rate` and without `for`, goes on all the time.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::scenario) struct MatrixTable {
    /// Signing modes; what they cost is told against `none` where it is one of them, else
    /// against the first.
    #[schemars(with = "Option<Vec<One<SigningMode>>>", length(min = 2, max = 5))]
    pub(in crate::scenario) signing: Option<At<Vec<At<One<SigningMode>>>>>,
    /// Sizes of the RSA key in bits, the first being what the others are held against. The
    /// key pairs are named after `key`: `lead_signing_2048`.
    #[schemars(with = "Option<Vec<KeySizeBits>>", length(min = 2, max = 3))]
    pub(in crate::scenario) key_size: Option<At<Vec<At<KeySizeBits>>>>,
    /// Signature algorithms, the first being what the other is held against.
    #[schemars(with = "Option<Vec<One<Algorithm>>>", length(min = 2, max = 2))]
    pub(in crate::scenario) algorithm: Option<At<Vec<At<One<Algorithm>>>>>,
    /// How long each variant's turn is, in whole seconds.
    #[schemars(extend("default" = "2s"))]
    pub(in crate::scenario) block: Option<At<Lasting<SECOND, { 600 * SECOND }>>>,
    /// How much of the start of each block is left out of the figures, for what the block
    /// before left unfinished; less than half of `block`.
    #[schemars(extend("default" = "100ms"))]
    pub(in crate::scenario) settle: Option<At<Lasting<0, { 300 * SECOND }>>>,
    /// How often each variant has its turn. Six are the fewest that can make an interval of
    /// 95 %.
    #[schemars(extend("default" = 10))]
    pub(in crate::scenario) rounds: Option<At<Whole<6, 200>>>,
    #[schemars(skip)]
    pub(in crate::scenario) header: Header,
}

impl MatrixTable {
    pub(in crate::scenario) fn read(mut table: Table<'_>) -> Self {
        let read = Self {
            signing: table.optional("signing"),
            key_size: table.optional("key_size"),
            algorithm: table.optional("algorithm"),
            block: table.optional("block"),
            settle: table.optional("settle"),
            rounds: table.optional("rounds"),
            header: table.header(),
        };
        table.finish();
        read
    }
}
