//! How many signer threads a plan needs, found out by signing.

use crate::cli::exit::{Code, Failure};
use crate::keys::PrivateKey;
use crate::plan::{Auth, Plan, SigningMode};
use crate::summary::Signing;
use crate::token::{Claims, Minter, calibrate};
use crate::units::{Nanos, count, float, index, whole};

/// How long one thread signs to find out how fast it is.
const CALIBRATION: Nanos = Nanos::from_millis(500);

/// How busy a signer thread may be planned: the rest is for bursts.
const PLANNED_UTILISATION: f64 = 0.75;

/// The most signer threads.
const SIGNERS_MAX: usize = 256;

/// The signer threads of a run, with a prepared key each.
pub(super) struct Signers {
    pub(super) minters: Vec<Minter>,
    pub(super) facts: Signing,
}

impl Signers {
    /// No token is made.
    pub(super) fn none() -> Self {
        Self {
            minters: Vec::new(),
            facts: Signing {
                mode: SigningMode::None.to_string(),
                source: "none".to_owned(),
                ..Signing::default()
            },
        }
    }

    /// Calibrates one thread and prepares as many as the plan needs.
    pub(super) fn prepare(
        plan: &Plan,
        auth: &Auth,
        key: &PrivateKey,
        cores: usize,
        force: bool,
    ) -> Result<Self, Failure> {
        let mut first = minter(auth, key)?;
        let per_s = calibrate(&mut first, CALIBRATION)
            .map_err(|error| Failure::environment(error).hint("is the key damaged?"))?;
        let needed = Need::of(plan, auth, per_s);
        let threads = plan.engine.signers.unwrap_or_else(|| needed.threads(cores));
        needed.judge(threads, force)?;
        let mut minters = vec![first];
        while minters.len() < threads {
            minters.push(minter(auth, key)?);
        }
        Ok(Self {
            facts: Signing {
                mode: auth.signing.to_string(),
                source: auth.source.to_string(),
                algorithm: Some("RS256".to_owned()),
                key_bits: Some(key.bits()),
                threads: u32::try_from(threads).unwrap_or(u32::MAX),
                calibrated_per_s: Some(per_s),
                predicted_utilisation: needed.mean(threads),
                ..Signing::default()
            },
            minters,
        })
    }
}

/// A minter with a key of its own.
pub(in crate::cli) fn minter(auth: &Auth, key: &PrivateKey) -> Result<Minter, Failure> {
    let prepared = key
        .prepare()
        .map_err(|error| Failure::new(Code::Environment, error))?;
    Ok(Minter::new(prepared, Claims::new(auth)))
}

/// What a plan asks of the signers.
struct Need {
    /// Tokens a second at the height of the load, if anybody waits for them.
    peak_per_s: Option<f64>,
    /// Tokens a second over all of the run; of users nobody knows.
    mean_per_s: Option<f64>,
    /// Virtual users, each of which may wait for a token.
    users: usize,
    /// What one thread makes.
    per_s: f64,
}

impl Need {
    fn of(plan: &Plan, auth: &Auth, per_s: f64) -> Self {
        let expected: f64 = plan.open_loads().map(|(_, _, rate)| rate.expected()).sum();
        let users = plan.users() + plan.transactions();
        let mean_per_s = match (auth.signing, users, plan.duration()) {
            (SigningMode::Jit | SigningMode::Pipeline, 0, Some(span)) => {
                Some(expected / span.as_secs_f64())
            }
            _ => None,
        };
        let waits = matches!(auth.signing, SigningMode::Jit | SigningMode::Pipeline);
        Self {
            peak_per_s: waits.then(|| plan.peak_per_s()),
            mean_per_s,
            users: if waits { users } else { 0 },
            per_s,
        }
    }

    /// Enough threads for the rates; for users, whose rate nobody knows, and for signing
    /// everything beforehand, one for each core.
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

    /// The share of the threads' time that the run is going to need.
    fn mean(&self, threads: usize) -> Option<f64> {
        Some(self.mean_per_s? / (self.per_s * float(count(threads))))
    }

    /// Says what the plan needs; refuses what cannot work.
    fn judge(&self, threads: usize, force: bool) -> Result<(), Failure> {
        let Some(peak) = self.peak_per_s.filter(|peak| *peak > 0.0) else {
            return Ok(());
        };
        let can = self.per_s * float(count(threads));
        let plural = if threads == 1 { "" } else { "s" };
        let sum = format!(
            "{peak:.0} tokens a second need {:.0} % of {threads} signer thread{plural}, which sign {can:.0} a second",
            peak / can * 100.0
        );
        if peak <= can || force {
            return Ok(());
        }
        Err(Failure::environment(anyhow::anyhow!("{sum}")).hint(
            "lower the rate, use signing = \"reuse\" or \"none\", spread the load over more \
             machines, or run it all the same with --force",
        ))
    }
}
