//! `--shard` and `--start-at`: one of several processes that make the load of a run together, without
//! speaking to each other.
//!
//! They have the scenario and the start in common. So each computes the same id of the run, the same leads and
//! the same arrivals, and takes every n-th.

use std::time::Duration;

use anyhow::anyhow;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::identity::sha256;
use crate::cli::exit::{Code, Failure};
use crate::cli::{stdio, wall};
use crate::plan::{NotShared, Plan, Shard};
use crate::runner::Identity;
use crate::units::Nanos;

/// The farthest start: who waits longer has made a mistake in the date.
const FARTHEST: Duration = Duration::from_secs(24 * 3600);

/// Arguments of a shard.
#[derive(Debug, clap::Args)]
pub(super) struct ShardArgs {
    /// Make only this share of the load, such as 2/8; other processes make the rest, and leadbench merge adds
    /// the runs up
    #[arg(long, value_name = "NUMBER/SHARDS", requires = "start_at")]
    #[cfg_attr(feature = "fleet", arg(conflicts_with = "agents"))]
    pub(super) shard: Option<Shard>,
    /// When the load begins, the same for all shards: 2026-11-29T15:00:00Z, or in seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = instant)]
    #[cfg_attr(feature = "fleet", arg(conflicts_with = "agents"))]
    start_at: Option<Duration>,
}

impl ShardArgs {
    /// When the load begins, since the Unix epoch, if that is given.
    ///
    /// # Errors
    ///
    /// It is over, or too far away.
    pub(super) fn start(&self) -> Result<Option<Duration>, Failure> {
        let Some(start) = self.start_at else {
            return Ok(None);
        };
        let now = wall::since_epoch();
        let refused = |what: String| {
            let hint = "name an instant that leaves a minute for starting the processes: \
                        --start-at $(($(date +%s) + 60))";
            Err(Failure::new(Code::Usage, anyhow!("--start-at: {what}")).hint(hint))
        };
        match start.checked_sub(now) {
            None => refused(format!(
                "the start was {} ago",
                Nanos::from(now) - Nanos::from(start)
            )),
            Some(left) if left > FARTHEST => refused(format!(
                "the start is {} away; the limit is a day",
                Nanos::from(left)
            )),
            Some(_) => Ok(Some(start)),
        }
    }

    /// Reduces a plan to its shard, if one is given.
    ///
    /// # Errors
    ///
    /// It cannot be shared.
    pub(super) fn apply(&self, plan: &mut Plan) -> Result<(), Failure> {
        let Some(shard) = self.shard else {
            return Ok(());
        };
        plan.take_shard(shard).map_err(not_shared)
    }

    /// Says what is not as in one process.
    pub(super) fn tell(&self, plan: &Plan) {
        let Some(shard) = self.shard else {
            return;
        };
        if plan.thresholds.iter().any(|one| one.abort_after.is_some()) {
            stdio::note(
                "note: `abort = true` has no effect here: one shard does not know what the others measure",
            );
        }
        let copies = plan.token_copies();
        if copies > 1 {
            stdio::note(&format!(
                "note: tokens are shared within a process, so {copies} shards ask for {copies} where one \
                 process asks for one"
            ));
        }
        stdio::note(&format!(
            "note: this is shard {shard}; its thresholds are judged by leadbench merge"
        ));
    }

    /// Gives all shards of a run the same name.
    pub(super) fn name(&self, identity: &mut Identity, seed: u64) {
        let (Some(_), Some(start)) = (self.shard, self.start_at) else {
            return;
        };
        let mut parts = vec![
            identity.scenario_sha256.clone(),
            start.as_nanos().to_string(),
            seed.to_string(),
        ];
        parts.extend(
            identity
                .overlays
                .iter()
                .map(|overlay| overlay.sha256.clone()),
        );
        // The same leads go to whichever target.
        let overrides = identity.overrides.iter().filter(|one| !one.is_of_place());
        parts.extend(overrides.map(|one| format!("{}={}", one.path, one.value)));
        let digest = sha256(&parts.join("\n"));
        let id = digest.get(..16).unwrap_or_default().to_owned();
        identity.entropy = u64::from_str_radix(&id, 16).unwrap_or_default();
        identity.id = id;
    }
}

pub(in crate::cli) fn not_shared(error: NotShared) -> Failure {
    let hint = match &error {
        NotShared::EmbeddedTarget(_) => {
            "start the target as a process of its own, leadbench target --listen ADDRESS:PORT, and name its \
             URL: --target URL"
        }
        NotShared::TooFewSlots { .. } => "raise max_in_flight, or use fewer shards",
        NotShared::TooFewUsers { .. } => "use fewer shards, or more users",
        NotShared::TooFewOrgs { .. } => {
            "use fewer shards, or write one [[load]] for each org: each shard makes whole orgs"
        }
    };
    Failure::new(Code::ScenarioInvalid, error).hint(hint)
}

/// Reads an instant: RFC 3339, or seconds since the Unix epoch.
fn instant(text: &str) -> Result<Duration, String> {
    let wrong = || "write UTC, such as 2026-11-29T15:00:00Z, or seconds since 1970".to_owned();
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let date = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| wrong())?;
    let nanos = u64::try_from(date.unix_timestamp_nanos()).map_err(|_| wrong())?;
    Ok(Duration::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_in_both_forms() {
        let seconds = Duration::from_secs(1_795_964_400);
        assert_eq!(instant("1795964400").unwrap(), seconds);
        assert_eq!(instant("2026-11-29T15:00:00Z").unwrap(), seconds);
        assert_eq!(instant("2026-11-29T16:00:00+01:00").unwrap(), seconds);
        for wrong in [
            "",
            "soon",
            "15:00",
            "2026-11-29",
            "-5",
            "1969-01-01T00:00:00Z",
        ] {
            assert!(instant(wrong).is_err(), "{wrong}");
        }
    }
}
