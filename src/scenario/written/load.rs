//! A `[[load]]` as it is written.

use schemars::JsonSchema;

use crate::plan::{Arrivals, Overflow, Preset, USERS_MAX};
use crate::scenario::table::level::{Level, Users};
use crate::scenario::table::pause::Thinking;
use crate::scenario::table::reader::{At, Header, Table};
use crate::scenario::table::value::{Lasting, One, Rated, RatedOrNone, Text, Whole};
use crate::scenario::table::words::{Kind, Share};

const HOUR: u64 = 3_600_000_000_000;

/// What drives the load.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::scenario) struct LoadTable {
    /// Its name in reports: letters, digits, `-` and `_`; without one, its kind.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9_-]*$"))]
    pub(in crate::scenario) name: Option<At<Text<1, 64>>>,
    /// `rate`: arrivals that do not wait for answers. `users`: virtual users that do, for a
    /// time. `iterations`: virtual users that do, until so many iterations are done. `trace`:
    /// arrivals as they were once before, from a file. `salesforce`: what one org does.
    #[schemars(required)]
    pub(in crate::scenario) kind: Option<At<One<Kind>>>,
    /// How long the start is left out of the figures.
    #[schemars(extend("default" = "0s"))]
    pub(in crate::scenario) warmup: Option<At<Lasting<0, { 24 * HOUR }>>>,
    /// How long it goes on, warm-up included; of `iterations` how long at most.
    #[schemars(rename = "for")]
    pub(in crate::scenario) duration: Option<At<Lasting<1_000_000, { 24 * HOUR }>>>,
    /// The name of a load further up at whose end this one begins, instead of at the start
    /// of the run. That load's end must be known beforehand.
    pub(in crate::scenario) after: Option<At<Text<1, 64>>>,
    /// The key pair that signs this load's tokens instead of that of [auth], by its unique name:
    /// before, in and after a rollover an org signs with another.
    pub(in crate::scenario) key: Option<At<Text<1, 80>>>,
    /// `rate`, and some presets: how often an iteration is due; with `stages`, the rate at the start of
    /// the first (`"0/s"` where nothing is said).
    pub(in crate::scenario) rate: Option<At<Rated>>,
    /// `rate` and `users`, instead of `for`: the rate or the number of users over time, one
    /// stage after the other.
    #[schemars(with = "Option<Vec<StageTable>>", length(min = 1, max = 1000))]
    pub(in crate::scenario) stages: Vec<StageTable>,
    /// `rate` only: independent callers, or even gaps.
    #[schemars(extend("default" = "poisson"))]
    pub(in crate::scenario) arrivals: Option<At<One<Arrivals>>>,
    /// `rate` and `trace`: the most callouts open at once.
    #[schemars(extend("default" = 1000))]
    pub(in crate::scenario) max_in_flight: Option<At<Whole<1, 100_000>>>,
    /// `rate` and `trace`: what becomes of an arrival beyond `max_in_flight`.
    #[schemars(extend("default" = "queue"))]
    pub(in crate::scenario) overflow: Option<At<One<Overflow>>>,
    /// `users` and `iterations`: concurrent virtual users; with `stages`, their number at the
    /// start of the first (0 where nothing is said).
    pub(in crate::scenario) users: Option<At<Whole<1, USERS_MAX>>>,
    /// `users` and `iterations`: the pause between an answer and the next callout. Constant
    /// (`"1s"`), evenly spread (`{ min = "0.5s", max = "2s" }`), or exponential
    /// (`{ mean = "1s" }`).
    #[schemars(extend("default" = "0s"))]
    pub(in crate::scenario) think: Option<At<Thinking>>,
    /// `users` and `iterations`, instead of `think`: the time from the start of one iteration
    /// to that of the next.
    pub(in crate::scenario) pace: Option<At<Lasting<1_000_000, HOUR>>>,
    /// `iterations`: how many there are to do. `users`, instead of `for`: how many each user
    /// does.
    pub(in crate::scenario) iterations: Option<At<Whole<1, 1_000_000_000>>>,
    /// `iterations` only: whether all users share them, or each does so many.
    #[schemars(extend("default" = "shared"))]
    pub(in crate::scenario) share: Option<At<One<Share>>>,
    /// `trace` only: a CSV file with the instants at which arrivals are due, beside the
    /// scenario. A column `due_s`, `due_ms` or `due_ns` counts from the start of the load; an
    /// event log of Salesforce (`ApexCallout`) is taken as it is.
    pub(in crate::scenario) file: Option<At<Text<1, 4096>>>,
    /// `salesforce` only: how an org posts converted leads. `ui-convert`, `future-per-chunk`,
    /// `future-per-lead`, `bulk-convert`, `queueable-fanout`, `batch-apex`,
    /// `backlog-release` or `retry-storm`.
    pub(in crate::scenario) preset: Option<At<One<Preset>>>,
    /// `salesforce` only: leads of one conversion (200 for `future-per-chunk`, 50 for
    /// `future-per-lead`, 100 for `bulk-convert`), or of the whole backlog.
    pub(in crate::scenario) leads: Option<At<Whole<1, 1_000_000_000>>>,
    /// `salesforce` only: the time from one conversion to the next; without it there is one,
    /// but for `bulk-convert`, which goes on every 3 s.
    pub(in crate::scenario) every: Option<At<Lasting<1_000_000, { 24 * HOUR }>>>,
    /// `salesforce` only: transactions that the org runs at once (50, for `batch-apex` 5).
    pub(in crate::scenario) workers: Option<At<Whole<1, 100>>>,
    /// `salesforce` only: callouts that one transaction sets out to make. What is more than
    /// the limit of 100 is lost.
    #[schemars(extend("default" = 100))]
    pub(in crate::scenario) callouts: Option<At<Whole<1, 2_000>>>,
    /// `ui-convert` only: how much more often leads are converted at the height of the load
    /// than at its ends; `rate` is the mean.
    #[schemars(extend("default" = 2))]
    pub(in crate::scenario) peak: Option<At<Whole<1, 10>>>,
    /// `ui-convert` only: the median time until the asynchronous job runs; its tail is long.
    #[schemars(extend("default" = "2s"))]
    pub(in crate::scenario) delay: Option<At<Lasting<0, HOUR>>>,
    /// `backlog-release` only: how long nothing happens before the queue drains.
    #[schemars(extend("default" = "10s"))]
    pub(in crate::scenario) quiet: Option<At<Lasting<0, { 24 * HOUR }>>>,
    /// `retry-storm` only: how often a Finalizer enqueues a failed callout again.
    #[schemars(extend("default" = 5))]
    pub(in crate::scenario) re_enqueue: Option<At<Whole<1, 5>>>,
    #[schemars(skip)]
    pub(in crate::scenario) header: Header,
}

/// One stage: `to` and `over` for a straight line from where the last one ended, `rate` or
/// `users` and `for` for a step that holds.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::scenario) struct StageTable {
    /// The rate, or the number of users, that is reached at the end of `over`.
    pub(in crate::scenario) to: Option<At<Level>>,
    /// How long the way to `to` takes.
    pub(in crate::scenario) over: Option<At<Lasting<1_000_000, { 24 * HOUR }>>>,
    /// The rate of the whole stage, from its start.
    pub(in crate::scenario) rate: Option<At<RatedOrNone>>,
    /// The users of the whole stage, from its start.
    pub(in crate::scenario) users: Option<At<Users>>,
    /// How long `rate` or `users` is held.
    #[schemars(rename = "for")]
    pub(in crate::scenario) duration: Option<At<Lasting<1_000_000, { 24 * HOUR }>>>,
    #[schemars(skip)]
    pub(in crate::scenario) header: Header,
}

impl LoadTable {
    pub(in crate::scenario) fn read(mut table: Table<'_>) -> Self {
        let read = Self {
            name: table.optional("name"),
            kind: table.required("kind", "\"rate\""),
            warmup: table.optional("warmup"),
            duration: table.optional("for"),
            after: table.optional("after"),
            key: table.optional("key"),
            rate: start_rate(&mut table),
            stages: table
                .tables("stages")
                .into_iter()
                .map(StageTable::read)
                .collect(),
            arrivals: table.optional("arrivals"),
            max_in_flight: table.optional("max_in_flight"),
            overflow: table.optional("overflow"),
            users: start_users(&mut table),
            think: table.optional("think"),
            pace: table.optional("pace"),
            iterations: table.optional("iterations"),
            share: table.optional("share"),
            file: table.optional("file"),
            preset: table.optional("preset"),
            leads: table.optional("leads"),
            every: table.optional("every"),
            workers: table.optional("workers"),
            callouts: table.optional("callouts"),
            peak: table.optional("peak"),
            delay: table.optional("delay"),
            quiet: table.optional("quiet"),
            re_enqueue: table.optional("re_enqueue"),
            header: table.header(),
        };
        table.finish();
        read
    }
}

/// The rate, which may be nothing where stages begin with it; that is where they begin anyway.
fn start_rate(table: &mut Table<'_>) -> Option<At<Rated>> {
    if !has_stages(table) {
        return table.optional("rate");
    }
    let start: At<RatedOrNone> = table.optional("rate")?;
    Some(At {
        value: Rated(start.value.0?),
        span: start.span,
    })
}

/// The users, of whom there may be none where stages begin with them.
fn start_users(table: &mut Table<'_>) -> Option<At<Whole<1, USERS_MAX>>> {
    if !has_stages(table) {
        return table.optional("users");
    }
    let start: At<Users> = table.optional("users")?;
    (start.value.0 > 0).then_some(At {
        value: Whole(start.value.0),
        span: start.span,
    })
}

fn has_stages(table: &Table<'_>) -> bool {
    table.header().key("stages").is_some()
}

impl StageTable {
    fn read(mut table: Table<'_>) -> Self {
        let read = Self {
            to: table.optional("to"),
            over: table.optional("over"),
            rate: table.optional("rate"),
            users: table.optional("users"),
            duration: table.optional("for"),
            header: table.header(),
        };
        table.finish();
        read
    }
}
