//! `[[load]]` and its stages as they are written.

use crate::plan::{Arrivals, Overflow, Preset};
use crate::scenario::table::forms::RateOrNone;
use crate::scenario::table::keys::{Maybe, table};
use crate::scenario::table::level::{Level, Users};
use crate::scenario::table::pause::Thinking;
use crate::scenario::table::value::{HOUR, Lasting, MILLISECOND, One, Text, Whole};
use crate::scenario::table::words::{LoadKind, Share};

table! {
    /// What drives the load. `kind` decides which of the other keys are allowed.
    LoadTable {
        /// The load's name in reports: letters, digits, `-` and `_`. Without this key: its kind.
        #[schemars(regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9_-]*$"))]
        name: Maybe<Text<1, 64>>,
        /// `rate`: arrivals that do not wait for answers (open load). `users`: virtual users that wait
        /// for each answer, for a time (closed load). `iterations`: virtual users until a number of
        /// iterations is done. `trace`: arrivals at the instants of a file. `salesforce`: what one org
        /// does when leads are converted.
        #[schemars(required)]
        kind: One<LoadKind> => "\"rate\"",
        /// How long the start of the load is left out of the figures. It is part of `for`.
        warmup: Lasting<0, { 24 * HOUR }> = "0s",
        /// How long the load lasts, warm-up included. Kinds `rate` and `salesforce` require it, but a
        /// load of kind `rate` with `stages`, or in a scenario with `[matrix]`, must not have it. Kind
        /// `users`: instead of `stages` or `iterations`. Kind `iterations`: the longest that it may last.
        /// Kind `trace`: without this key, to the end of the second of the last arrival.
        duration as "for": Maybe<Lasting<MILLISECOND, { 24 * HOUR }>>,
        /// The name of a load above. This load begins when that one ends, instead of at the start of the
        /// run. The end of that load must be known in advance.
        after: Maybe<Text<1, 64>>,
        /// The unique name of the key pair that signs this load's tokens, instead of the key of `[auth]`:
        /// for a key rollover, during which an org signs with another key.
        key: Maybe<Text<1, 80>>,
        /// Kinds `rate` and `salesforce` (presets `ui-convert` and `retry-storm`): how often an iteration
        /// is due. With `stages`: the rate at the start of the first, `"0/s"` without this key.
        rate: Maybe<RateOrNone>,
        /// Kinds `rate` and `users`, instead of `for`: the rate or the number of users over time, one
        /// stage after the other.
        #[schemars(with = "Option<Vec<StageTable>>", length(min = 1, max = 1000))]
        stages: Vec<StageTable>,
        /// Kind `rate` only: `poisson` for independent callers, `uniform` for even gaps.
        arrivals: One<Arrivals> = "poisson",
        /// Kinds `rate` and `trace`: how many callouts may be open at once.
        max_in_flight: Whole<1, 100_000> = 1000,
        /// Kinds `rate` and `trace`: what happens to an arrival beyond `max_in_flight`: `queue` sends it
        /// late, `drop` never sends it and counts it as dropped.
        overflow: One<Overflow> = "queue",
        /// Kinds `rate` and `trace`: `"0ms"` sends each arrival at its own instant. Up to `"1ms"`: all
        /// arrivals that are due within a tick of this length are sent together at its end. That saves
        /// CPU time at high rates, and makes each callout late by up to one tick, which `lag` and
        /// `latency` include.
        tick: Lasting<0, MILLISECOND> = "0ms",
        /// Kinds `users` and `iterations`: the number of concurrent virtual users. With `stages`: their
        /// number at the start of the first, 0 without this key.
        users: Maybe<Users>,
        /// Kinds `users` and `iterations`: the think time between an answer and the next callout, one
        /// hour at most: constant (`"1s"`), spread evenly (`{ min = "0.5s", max = "2s" }`) or
        /// exponential (`{ mean = "1s" }`).
        think: Thinking = "0s",
        /// Kinds `users` and `iterations`, instead of `think`: the time from the start of one iteration
        /// to the start of the next.
        pace: Maybe<Lasting<MILLISECOND, HOUR>>,
        /// Kind `iterations`: how many iterations to do. Kind `users`, instead of `for`: how many each
        /// user does.
        iterations: Maybe<Whole<1, 1_000_000_000>>,
        /// Kind `iterations` only: whether all users share the iterations (`shared`) or each user does
        /// that many (`each`).
        share: One<Share> = "shared",
        /// Kind `trace` only: a CSV file with the instants of the arrivals, its path relative to the
        /// scenario. A column `due_s`, `due_ms` or `due_ns` counts from the start of the load. An event
        /// log of Salesforce (`ApexCallout`) can be used as it is.
        file: Maybe<Text<1, 4096>>,
        /// Kind `salesforce` only: how an org posts converted leads.
        preset: Maybe<One<Preset>>,
        /// Presets `future-per-chunk`, `future-per-lead` and `bulk-convert`: the number of leads of one
        /// conversion. Without this key: 200 for `future-per-chunk`; 50 for `future-per-lead`, which
        /// takes up to 200; 100 for `bulk-convert`, which takes no more. Presets `queueable-fanout`,
        /// `batch-apex` and `backlog-release`: the number of leads of the whole backlog. Without this
        /// key it does not end before the load.
        leads: Maybe<Whole<1, 1_000_000_000>>,
        /// Presets `future-per-chunk`, `future-per-lead` and `bulk-convert`: the time from one conversion
        /// to the next. Without this key there is one conversion, except for `bulk-convert`, which
        /// repeats every 3 s.
        every: Maybe<Lasting<MILLISECOND, { 24 * HOUR }>>,
        /// Presets `queueable-fanout`, `backlog-release`, `retry-storm` and `batch-apex`: how many
        /// transactions the org runs at once. Without this key: 50, or 5 for `batch-apex`, which takes
        /// no more. The other presets do not have this key, and run up to 1,000 at once.
        workers: Maybe<Whole<1, 100>>,
        /// Presets `future-per-chunk`, `queueable-fanout`, `batch-apex` and `backlog-release`: how many
        /// callouts one transaction tries to make. Those beyond Salesforce's limit of 100 are lost.
        #[schemars(extend("default" = 100))]
        callouts: Maybe<Whole<1, 2_000>>,
        /// Preset `ui-convert` only: how many times as high the rate is in the middle of the load as at
        /// its ends. `rate` is the mean.
        peak: Whole<1, 10> = 2,
        /// Preset `ui-convert` only: the median time until the asynchronous job runs. Its distribution
        /// has a long tail.
        delay: Lasting<0, HOUR> = "2s",
        /// Preset `backlog-release` only: how long nothing happens before the backlog is sent.
        quiet: Lasting<0, { 24 * HOUR }> = "10s",
        /// Preset `retry-storm` only: how often a Finalizer enqueues a failed callout again.
        re_enqueue: Whole<1, 5> = 5,
    }
}

table! {
    /// One stage: a ramp (`to` and `over`), which leads in a straight line from the level where the last
    /// stage ended to a new one, or a step (`rate` or `users`, and `for`), which holds a level.
    StageTable {
        /// A ramp: the rate, or the number of users, that is reached at the end of `over`.
        to: Maybe<Level>,
        /// A ramp: how long it takes to reach `to`.
        over: Maybe<Lasting<MILLISECOND, { 24 * HOUR }>>,
        /// A step: the rate during the whole stage.
        rate: Maybe<RateOrNone>,
        /// A step: the number of users during the whole stage.
        users: Maybe<Users>,
        /// A step: how long `rate` or `users` is held.
        duration as "for": Maybe<Lasting<MILLISECOND, { 24 * HOUR }>>,
    }
}
