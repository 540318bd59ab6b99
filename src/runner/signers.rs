//! How many signer threads a plan needs, measured by signing.

use std::panic::resume_unwind;
use std::thread;

use super::job::Credential;
use super::preflight::Wait;
use crate::keys::PrivateKey;
use crate::plan::{Auth, Mint, Plan, SigningMode};
use crate::runner::failure::RunFailure;
use crate::summary::Signing;
use crate::token::{Claims, Minter, TokenError, calibrate};
use crate::units::{Nanos, float, index, whole};

/// How long every core signs, to measure the speed of a thread.
const CALIBRATION: Nanos = Nanos::from_millis(500);

/// The planned utilisation of a signer thread; the rest is for bursts.
const PLANNED_UTILISATION: f64 = 0.75;

/// The mode of a run whose loads differ in it.
const MATRIX: &str = "matrix";

/// The most signer threads.
const SIGNERS_MAX: usize = 256;

/// The signer threads of a run.
pub(super) struct Signers {
    pub(super) teams: Vec<Team>,
    pub(super) facts: Signing,
}

/// The signer threads that share one way of making tokens, with a prepared key each.
pub(super) struct Team {
    pub(super) minters: Vec<Minter>,
    /// The numbers of the loads that they sign for.
    pub(super) loads: Vec<usize>,
    /// Tokens a second that one of them makes.
    pub(super) per_s: f64,
}

impl Signers {
    /// Calibrates the threads of each credential and prepares as many as the plan needs.
    pub(super) fn prepare(
        plan: &Plan,
        credentials: &[Credential],
        cores: usize,
        force: bool,
        wait: &Wait,
    ) -> Result<Self, RunFailure> {
        let mut teams = Vec::new();
        let mut means = Vec::new();
        for credential in credentials {
            wait.check()?;
            let Credential { auth, key, loads } = credential;
            let more = |count: usize| (0..count).map(|_| minter(auth, key));
            let mut minters: Vec<_> =
                more(cores.clamp(1, SIGNERS_MAX)).collect::<Result<_, _>>()?;
            let per_s = calibrate_together(&mut minters).map_err(|error| {
                RunFailure::environment(error)
                    .context(format!("could not sign with the key pair {}", auth.key))
                    .hint(format!("check it with `leadbench keys show {}`", auth.key))
            })?;
            let needed = Need::of(plan, loads, per_s);
            let threads = plan.engine.signers.unwrap_or_else(|| needed.threads(cores));
            needed.judge(threads, cores, force)?;
            means.push(needed.busy());
            for minter in more(threads.saturating_sub(minters.len())) {
                minters.push(minter?);
            }
            minters.truncate(threads);
            teams.push(Team {
                minters,
                loads: loads.clone(),
                per_s,
            });
        }
        wait.check()?;
        let means: Option<Vec<f64>> = means.into_iter().collect();
        Ok(Self {
            facts: facts(plan, credentials, &teams, means),
            teams,
        })
    }
}

/// Tokens a second of one thread while every core is busy, as in a run: a core signs faster while the
/// other logical core of the same physical core is idle.
fn calibrate_together(minters: &mut [Minter]) -> Result<f64, TokenError> {
    let threads = float(minters.len());
    let rates: Vec<_> = thread::scope(|scope| {
        let signing = minters
            .iter_mut()
            .map(|minter| scope.spawn(|| calibrate(minter, CALIBRATION)));
        let signing: Vec<_> = signing.collect();
        signing
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    Ok(rates.into_iter().sum::<Result<f64, _>>()? / threads)
}

/// What is known of the signing before the run.
fn facts(
    plan: &Plan,
    credentials: &[Credential],
    teams: &[Team],
    busy: Option<Vec<f64>>,
) -> Signing {
    let modes = (0..plan.loads.len()).map(|load| {
        plan.auth_of(load)
            .map_or(SigningMode::None, |auth| auth.signing)
            .to_string()
    });
    let mode = only(modes);
    let threads: usize = teams.iter().map(|team| team.minters.len()).sum();
    let [credential, ..] = credentials else {
        return Signing {
            mode: SigningMode::None.to_string(),
            source: "none".to_owned(),
            ..Signing::default()
        };
    };
    Signing {
        mode: mode.unwrap_or_else(|| MATRIX.to_owned()),
        source: credential.auth.source.to_string(),
        algorithm: only(credentials.iter().map(|one| one.auth.algorithm.to_string())),
        key_bits: only(credentials.iter().map(|one| one.key.bits())),
        threads: u32::try_from(threads).unwrap_or(u32::MAX),
        calibrated_per_s: match teams {
            [team] => Some(team.per_s),
            _ => None,
        },
        predicted_utilisation: busy
            .filter(|_| threads > 0)
            .map(|busy| busy.iter().sum::<f64>() / float(threads)),
        ..Signing::default()
    }
}

/// The common value, if all are equal.
fn only<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// A minter with a key of its own.
pub fn minter(auth: &Auth, key: &PrivateKey) -> Result<Minter, RunFailure> {
    let prepared = key.prepare().map_err(RunFailure::environment)?;
    Ok(Minter::new(prepared, Claims::new(auth)))
}

/// What a plan asks of the signers.
struct Need {
    /// Tokens a second at the peak of the load, if callouts wait for them.
    peak_per_s: Option<f64>,
    /// Tokens a second over the whole run; unknown for users.
    mean_per_s: Option<f64>,
    /// Virtual users, each of which may wait for a token.
    users: usize,
    /// What one thread makes.
    per_s: f64,
}

impl Need {
    /// The need of the loads whose callouts wait for late tokens.
    fn of(plan: &Plan, loads: &[usize], per_s: f64) -> Self {
        let is_waited_for = |load: usize| {
            // A load that exchanges tokens needs few JWTs.
            let auth = plan.auth_of(load).filter(|auth| auth.exchange.is_none());
            let mode = auth.map(|auth| auth.signing);
            loads.contains(&load) && matches!(mode, Some(SigningMode::Jit | SigningMode::Pipeline))
        };
        let per_second = |load: usize| {
            let auth = plan
                .auth_of(load)
                .filter(|auth| auth.mint == Mint::PerSecond);
            auth.map(|auth| float(auth.users()))
        };
        let waits = |load: usize| is_waited_for(load) && per_second(load).is_none();
        let is_waiting = loads.iter().any(|load| is_waited_for(*load));
        let expected = plan
            .open_loads()
            .filter(|(load, _, _)| is_waited_for(*load));
        let expected: f64 = expected
            .map(|(load, _, rate)| {
                let seconds = rate.duration().as_secs_f64();
                let most = per_second(load).map_or(f64::INFINITY, |users| users * seconds);
                rate.expected().min(most)
            })
            .sum();
        // At most one token per second and user.
        let of_seconds = plan.open_loads().filter_map(|(load, _, rate)| {
            let users = per_second(load).filter(|_| is_waited_for(load))?;
            Some(users.min(rate.peak_per_s()))
        });
        let of_seconds: f64 = of_seconds.sum();
        let users = plan.users() + plan.transactions();
        let mean_per_s = match (is_waiting, users, plan.duration()) {
            (true, 0, Some(span)) => Some(expected / span.as_secs_f64()),
            _ => None,
        };
        Self {
            peak_per_s: is_waiting.then(|| plan.peak_per_s_of(waits) + of_seconds),
            mean_per_s,
            users: if is_waiting { users } else { 0 },
            per_s,
        }
    }

    /// Enough threads for the rates. For users, whose rate is unknown, and for signing everything before
    /// the load, one for each core.
    fn threads(&self, cores: usize) -> usize {
        let cores = cores.clamp(1, SIGNERS_MAX);
        let Some(peak) = self.peak_per_s else {
            return cores;
        };
        let for_rates = (peak / (self.per_s * PLANNED_UTILISATION)).ceil();
        index(whole(for_rates))
            .saturating_add(self.users)
            .clamp(1, cores)
    }

    /// How many threads the run keeps busy on average.
    fn busy(&self) -> Option<f64> {
        Some(self.mean_per_s? / self.per_s)
    }

    /// Refuses a plan that needs more tokens than the threads can sign.
    fn judge(&self, threads: usize, cores: usize, force: bool) -> Result<(), RunFailure> {
        let Some(peak) = self.peak_per_s.filter(|peak| *peak > 0.0) else {
            return Ok(());
        };
        // Threads beyond the cores take turns.
        let can = self.per_s * float(threads.min(cores.max(1)));
        let plural = if threads == 1 { "" } else { "s" };
        let sum = format!(
            "{peak:.0} tokens a second need {:.0} % of {threads} signer thread{plural}, which sign {can:.0} a second",
            peak / can * 100.0
        );
        if peak <= can || force {
            return Ok(());
        }
        let more_threads = if threads < cores {
            format!("set [engine] signers = {cores}, as this machine has {cores} cores, or ")
        } else {
            String::new()
        };
        Err(RunFailure::environment(anyhow::anyhow!("{sum}")).hint(format!(
            "{more_threads}lower the rate, use signing = \"reuse\" or \"none\", spread the load over more \
             machines, or run it anyway with --force",
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(threads: usize, cores: usize) -> String {
        let need = Need {
            peak_per_s: Some(400.0),
            mean_per_s: None,
            users: 0,
            per_s: 371.0,
        };
        let failure = need.judge(threads, cores, false).unwrap_err();
        failure.hint.unwrap_or_default()
    }

    #[test]
    fn too_few_signers_are_the_first_remedy_if_there_are_cores() {
        let hint = refused(1, 4);
        assert!(hint.starts_with("set [engine] signers = 4, as"), "{hint}");
        assert!(hint.contains("lower the rate"), "{hint}");
        let hint = refused(1, 1);
        assert!(hint.starts_with("lower the rate"), "{hint}");
    }
}
