//! How many signer threads a plan needs, found out by signing.

use crate::cli::exit::{Code, Failure};
use crate::keys::PrivateKey;
use crate::plan::{Auth, Plan, SigningMode};
use crate::summary::Signing;
use crate::token::{Claims, Minter, calibrate};
use crate::units::{Nanos, index, whole};

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
    ) -> Result<Self, Failure> {
        let mut first = minter(auth, key)?;
        let per_s = calibrate(&mut first, CALIBRATION)
            .map_err(|error| Failure::environment(error).hint("is the key damaged?"))?;
        let threads = plan
            .engine
            .signers
            .unwrap_or_else(|| needed(plan, per_s, cores));
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

/// Enough threads for the rates; for users, whose rate nobody knows, one for each core.
fn needed(plan: &Plan, per_s: f64, cores: usize) -> usize {
    let for_rates = (plan.peak_per_s() / (per_s * PLANNED_UTILISATION)).ceil();
    let wanted = index(whole(for_rates)).saturating_add(plan.users());
    wanted.clamp(1, cores.clamp(1, SIGNERS_MAX))
}
