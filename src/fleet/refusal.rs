//! Why agents cannot make a run together.

use super::message::Ready;
use crate::units::Nanos;

/// How far the wall clock of an agent may be off: it dates the tokens, and an API would refuse those of this
/// agent alone.
const OFFSET_MAX: Nanos = Nanos::SECOND;

/// Why a run could not begin.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RunRefused {
    /// In words.
    pub why: String,
    /// Whether the target is why: an agent could not reach it, or it refused the callout before the load.
    pub is_of_target: bool,
}

impl From<String> for RunRefused {
    fn from(why: String) -> Self {
        Self {
            why,
            is_of_target: false,
        }
    }
}

/// Why the agents that are ready cannot make a run of this version and plan together, if they cannot.
pub(super) fn refusal<'r>(
    ready: impl Iterator<Item = (u32, &'r Ready)> + Clone,
    (version, plan_sha256): (&str, &str),
) -> Option<RunRefused> {
    let first = ready.clone().next().map(|(_, first)| first);
    ready.into_iter().find_map(|(shard, ready)| {
        let who = format!("agent {shard} ({})", ready.name);
        // First, because a target refuses the tokens of a wrong clock.
        let off = Nanos(ready.ahead_ns.unsigned_abs());
        if off > OFFSET_MAX + ready.offset_error {
            let way = if ready.ahead_ns > 0 {
                "ahead of"
            } else {
                "behind"
            };
            let why = format!(
                "the clock of {who} is {off} {way} that of the coordinator, so the iat of its tokens would be \
                 wrong"
            );
            return Some(why.into());
        }
        if let Some(why) = &ready.refused {
            return Some(RunRefused {
                why: format!("{who} cannot run: {why}"),
                is_of_target: ready.is_of_target,
            });
        }
        if ready.version != version {
            let theirs = &ready.version;
            let why = format!("{who} is leadbench {theirs}, and the coordinator is {version}");
            return Some(why.into());
        }
        if ready.plan_sha256 != plan_sha256 {
            let why = format!(
                "{who} read another plan than the coordinator: a file that the scenario names differs"
            );
            return Some(why.into());
        }
        if let Some(first) = first
            && first.keys_sha256 != ready.keys_sha256
        {
            return Some(format!("{who} signs with another key than {}", first.name).into());
        }
        None
    })
}
