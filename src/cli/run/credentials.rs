//! The keys of a run, and the loads whose tokens each of them signs.

use anyhow::anyhow;

use super::endpoints::trust;
use super::negatives::other_key;
use crate::cli::exit::Failure;
use crate::cli::key_folder::{KeyFolder, unique_name};
use crate::keys::{KeySize, PrivateKey};
use crate::plan::{Address, Auth, Plan, Scheme};

/// One way of making tokens, with its key.
pub(super) struct Credential {
    /// As of the first of its loads; the others differ in when they sign, at most.
    pub(super) auth: Auth,
    pub(super) key: PrivateKey,
    /// The numbers of the loads that sign in this way.
    pub(super) loads: Vec<usize>,
}

/// All ways of making tokens that a plan asks for; none where it sends no token.
pub(super) fn credentials(plan: &Plan, keys: &KeyFolder) -> Result<Vec<Credential>, Failure> {
    let mut credentials: Vec<Credential> = Vec::new();
    for load in 0..plan.loads.len() {
        let Some(auth) = plan.auth_of(load) else {
            continue;
        };
        let known = credentials
            .iter_mut()
            .find(|known| known.auth.mints_like(auth));
        match known {
            Some(known) => known.loads.push(load),
            None => credentials.push(Credential {
                auth: auth.clone(),
                key: load_key(plan, auth, keys)?,
                loads: vec![load],
            }),
        }
    }
    Ok(credentials)
}

/// Why a run could not use the key pairs that a plan names: those that sign, those of bad tokens, and
/// the one that is shown in mutual TLS. None where it can.
pub(in crate::cli) fn unusable(plan: &Plan, keys: &KeyFolder) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for auth in (0..plan.loads.len()).filter_map(|load| plan.auth_of(load)) {
        // With the embedded target a missing one is made.
        if matches!(plan.target.address, Address::Url { .. }) && !names.contains(&&*auth.key) {
            names.push(&auth.key);
            failures.extend(load_key(plan, auth, keys).err());
        }
    }
    failures.extend(other_key(plan, keys).err());
    failures.extend(identity_of(plan, keys).err());
    failures
}

/// The certificate that a run shows, looked at where any of its addresses speaks TLS.
fn identity_of(plan: &Plan, keys: &KeyFolder) -> Result<(), Failure> {
    let exchanges = (0..plan.loads.len()).filter_map(|load| plan.auth_of(load)?.exchange.as_ref());
    let token_endpoints = exchanges.filter_map(|exchange| exchange.endpoint.as_ref());
    let is_tls = |address: &Address| {
        matches!(
            address,
            Address::Url {
                scheme: Scheme::Https,
                ..
            }
        )
    };
    if token_endpoints.chain([&plan.target.address]).any(is_tls) {
        trust(plan, keys)?;
    }
    Ok(())
}

/// With the embedded target a missing key pair is made; with any other it is an error.
fn load_key(plan: &Plan, auth: &Auth, keys: &KeyFolder) -> Result<PrivateKey, Failure> {
    let name = unique_name(&auth.key)?;
    let wanted = auth.key_bits;
    let key = match plan.target.address {
        Address::Url { .. } => keys.load_private(&name)?,
        Address::Embedded(_) => {
            let size = wanted.and_then(KeySize::from_bits).unwrap_or_default();
            let ensured = keys.ensure(&name, size)?;
            ensured.say(&name, keys);
            ensured.key
        }
    };
    match wanted {
        Some(bits) if bits != key.bits() => Err(Failure::environment(anyhow!(
            "the key pair {name} has {} bits, not {bits}",
            key.bits()
        ))
        .hint(format!(
            "make one with `leadbench keys generate {name} --size {bits}` in a folder of its own, \
             and name that with --keys DIR"
        ))),
        _ => Ok(key),
    }
}
