//! `[engine]` as it is written.

use crate::scenario::table::keys::{Maybe, table};
use crate::scenario::table::value::Whole;

table! {
    /// How many threads the generator uses. Without a key the machine's cores decide.
    EngineTable {
        /// Threads that send callouts and read answers.
        io_workers: Maybe<Whole<1, 256>>,
        /// Threads that sign tokens.
        signers: Maybe<Whole<1, 256>>,
    }
}
