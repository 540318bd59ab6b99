//! The codes of reasons and warnings.
//!
//! This is their only list. The first paragraph of each is its meaning and the second its
//! remedy; the table in docs/FORMATS.md is made of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a reason, a warning, a saturation or an early end is, for machines.
///
/// Codes are a contract: they are added, never renamed and never used for something else.
#[derive(
    Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Deserialize, JsonSchema, Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// Arrivals were dropped because all slots were in use. They have no latency, and would have
    /// been among the slowest.
    ///
    /// Raise `max_in_flight`, let arrivals queue (`overflow = "queue"`), or lower the rate.
    ArrivalsDropped,
    /// Arrivals waited for a free slot: `max_in_flight` held load back from the target.
    ///
    /// Raise `max_in_flight`, or lower the rate.
    ArrivalsQueued,
    /// The generator woke up late for its arrivals.
    ///
    /// Use a machine with more cores or less other work, or lower the rate.
    GeneratorLag,
    /// A large part of the latency near p99 is the generator's own lateness.
    ///
    /// As for `generator_lag`. In a longer run, single late wake-ups weigh less.
    GeneratorLagInTail,
    /// The generator stopped for a while, as when a virtual machine is paused or has no CPU time.
    ///
    /// Use a machine that is not overcommitted, and check what else ran on it.
    GeneratorStalled,
    /// A thread that only waits woke up late: the machine was too busy. Only in runs with a closed
    /// load.
    ///
    /// As for `generator_lag`.
    LateWakeups,
    /// The machine was suspended during the run.
    ///
    /// Keep the machine awake, and run again.
    MachineSlept,
    /// The wall clock was set during the run, so the `iat` of tokens was wrong.
    ///
    /// Synchronise the clock before the run.
    ClockStepped,
    /// Tokens expired before their callouts could send them.
    ///
    /// Raise `valid_for`, or raise `max_in_flight` so that callouts wait less for a slot.
    TokensExpired,
    /// Iterations waited for a token that should have been ready.
    ///
    /// Add signers (`signers` in `[engine]`), sign all tokens before the load
    /// (`signing = "presign"`), or lower the rate.
    TokensNotReady,
    /// The signers were so busy that they may have set the pace.
    ///
    /// Add signers, use a smaller key, or lower the rate.
    SignersBusy,
    /// Callouts waited for a signer many times as long as a signature takes.
    ///
    /// Add signers, or give them more CPU time.
    SignerQueue,
    /// Part of the latency belongs to none of the phases: it is the generator's own work.
    ///
    /// Use a faster machine, or lower the rate.
    UnaccountedTime,
    /// This machine ran out of local ports.
    ///
    /// Keep connections alive, or widen `net.ipv4.ip_local_port_range`.
    LocalPortsExhausted,
    /// This process ran out of file descriptors.
    ///
    /// Raise the limit (`ulimit -n`).
    FileDescriptorsExhausted,
    /// Tokens could not be signed.
    ///
    /// See `failures` for the error.
    SigningFailed,
    /// The target limited the rate: it answered with 429.
    ///
    /// Lower the rate, or raise the target's limit for the test.
    RateLimited,
    /// This process used nearly all CPU time of the machine.
    ///
    /// Use more cores, or lower the rate.
    CpuBusy,
    /// A hypervisor gave CPU time of this machine to other machines.
    ///
    /// Use a machine with dedicated cores.
    CpuStolen,
    /// leadbench is a debug build, which is several times slower.
    ///
    /// Build with `--release`.
    DebugBuild,
    /// The state of the generator is unknown: only the interval log of the run is left.
    ///
    /// Run again, and let the run finish.
    GeneratorUnknown,
    /// A shard of the run was cut off, so its share of the load is missing from some second on. Only in
    /// merged runs.
    ///
    /// Look for the end of that process, and run again.
    ShardIncomplete,
    /// The agents of the run may not have begun at the same instant: the time on the way to the coordinator is
    /// long, or varies.
    ///
    /// Use machines that are nearer to the coordinator, or run again.
    StartSkewed,
    /// The broker of the run was gone for a while. The agents went on, and sent what they recorded when it was
    /// back.
    ///
    /// Look for the reason at the broker.
    BrokerGone,
    /// The summary was rebuilt from `intervals.hlog`, which does not contain everything.
    ///
    /// As for `generator_unknown`.
    RecoveredFromLog,
    /// The run ended with an internal error. The figures are those from before it.
    ///
    /// The text names the error, which is a fault of leadbench or of its machine.
    RunBroke,
    /// One org cannot sustain this load: it has more transactions a day than an org has
    /// asynchronous executions.
    ///
    /// Lower the rate, or spread the load over several orgs.
    OrgLimitExceeded,
    /// A load with a fixed number of iterations reached the end of its time before the last of them.
    ///
    /// Give the load more time, or more users.
    IterationsLeftOver,
    /// Answers did not contain the Id of the created record at the place that `created_id` names.
    ///
    /// Correct `created_id`. The text shows how such an answer begins.
    CreatedIdsMissing,
    /// Ids in `created.csv` differ from what the API returned, because those contained a token or
    /// control characters.
    ///
    /// Find these records by another field.
    CreatedIdsChanged,
    /// Ids are missing in `created.csv` because they are too long.
    ///
    /// Find these records by another field.
    CreatedIdsLeftOut,
    /// In `saturation`: the target answered fewer callouts than were due, with rising latency or
    /// with timeouts.
    ///
    /// Lower the rate to what the target answers, or find what limits the target.
    TargetSaturated,
    /// In `stopped`: the first callouts of the run all failed in the same way.
    ///
    /// `stopped.reason` and the reports show what the target answered.
    FirstCalloutsFailedAlike,
    /// In `stopped`: the first callouts of the run all failed, in different ways.
    ///
    /// See `failures`.
    FirstCalloutsFailed,
    /// In `stopped`: the run was certain to break a threshold with `abort = true`.
    ///
    /// `stopped.threshold` says which, and how many callouts broke it.
    ThresholdCertainToBreak,
}
