//! A `[[load]]` as it is written.

use schemars::JsonSchema;

use super::table::{At, Header, Table};
use super::value::{Lasting, One, Rated, RatedOrNone, Text, Whole};
use super::words::Kind;
use crate::plan::{Arrivals, Overflow};

const HOUR: u64 = 3_600_000_000_000;

/// What drives the load.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct LoadTable {
    /// Its name in reports: letters, digits, `-` and `_`; without one, its kind.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9_-]*$"))]
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
    /// The name of a load further up at whose end this one begins, instead of at the start
    /// of the run. That load's end must be known beforehand.
    pub(super) after: Option<At<Text<1, 64>>>,
    /// `rate` only: how often an iteration is due; with `stages`, the rate at the start of
    /// the first (`"0/s"` where nothing is said).
    pub(super) rate: Option<At<Rated>>,
    /// `rate` only, instead of `for`: the rate over time, one stage after the other.
    #[schemars(with = "Option<Vec<StageTable>>", length(min = 1, max = 1000))]
    pub(super) stages: Vec<StageTable>,
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

/// One stage of a rate: `to` and `over` for a straight line from the rate so far, `rate` and
/// `for` for a step that holds.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct StageTable {
    /// The rate that is reached at the end of `over`.
    pub(super) to: Option<At<RatedOrNone>>,
    /// How long the way to `to` takes.
    pub(super) over: Option<At<Lasting<1_000_000, { 24 * HOUR }>>>,
    /// The rate of the whole stage, from its start.
    pub(super) rate: Option<At<RatedOrNone>>,
    /// How long `rate` is held.
    #[schemars(rename = "for")]
    pub(super) duration: Option<At<Lasting<1_000_000, { 24 * HOUR }>>>,
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
            after: table.optional("after"),
            rate: table.optional("rate"),
            stages: table
                .tables("stages")
                .into_iter()
                .map(StageTable::read)
                .collect(),
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

impl StageTable {
    fn read(mut table: Table<'_>) -> Self {
        let read = Self {
            to: table.optional("to"),
            over: table.optional("over"),
            rate: table.optional("rate"),
            duration: table.optional("for"),
            header: table.header(),
        };
        table.finish();
        read
    }
}
