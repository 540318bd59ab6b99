//! A `[[load]]` as it is written.

use schemars::JsonSchema;

use super::table::{At, Header, Table};
use super::value::{Lasting, One, Rated, Text, Whole};
use super::words::Kind;
use crate::plan::{Arrivals, Overflow};

const HOUR: u64 = 3_600_000_000_000;

/// What drives the load.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct LoadTable {
    /// Its name in reports; without one, its kind.
    pub(super) name: Option<At<Text<1, 64>>>,
    /// `rate`: arrivals that do not wait for answers. `users`: virtual users that do.
    #[schemars(required)]
    pub(super) kind: Option<At<One<Kind>>>,
    /// How long the start is left out of the figures.
    #[schemars(extend("default" = "0s"))]
    pub(super) warmup: Option<At<Lasting<0, { 24 * HOUR }>>>,
    /// How long it goes on, warm-up included.
    #[schemars(rename = "for")]
    pub(super) duration: Option<At<Lasting<1_000_000, { 24 * HOUR }>>>,
    /// `rate` only: how often an iteration is due.
    pub(super) rate: Option<At<Rated>>,
    /// `rate` only: independent callers, or even gaps.
    #[schemars(extend("default" = "poisson"))]
    pub(super) arrivals: Option<At<One<Arrivals>>>,
    /// `rate` only: the most callouts open at once.
    #[schemars(extend("default" = 1000))]
    pub(super) max_in_flight: Option<At<Whole<1, 100_000>>>,
    /// `rate` only: what becomes of an arrival beyond `max_in_flight`.
    #[schemars(extend("default" = "queue"))]
    pub(super) overflow: Option<At<One<Overflow>>>,
    /// `users` only: concurrent virtual users.
    pub(super) users: Option<At<Whole<1, 100_000>>>,
    /// `users` only: the pause between an answer and the next callout.
    #[schemars(extend("default" = "0s"))]
    pub(super) think: Option<At<Lasting<0, HOUR>>>,
    /// `users` only, instead of `for`: how many iterations each user does.
    pub(super) iterations: Option<At<Whole<1, 1_000_000_000>>>,
    #[schemars(skip)]
    pub(super) header: Header,
}

impl LoadTable {
    pub(super) fn read(mut table: Table<'_>) -> Self {
        let read = Self {
            name: table.optional("name"),
            kind: table.required("kind", "\"rate\""),
            warmup: table.optional("warmup"),
            duration: table.optional("for"),
            rate: table.optional("rate"),
            arrivals: table.optional("arrivals"),
            max_in_flight: table.optional("max_in_flight"),
            overflow: table.optional("overflow"),
            users: table.optional("users"),
            think: table.optional("think"),
            iterations: table.optional("iterations"),
            header: table.header(),
        };
        table.finish();
        read
    }
}
