//! The keys of a run, and the loads whose tokens each of them signs.

use anyhow::anyhow;

use crate::cli::exit::Failure;
use crate::cli::key_folder::{KeyFolder, unique_name};
use crate::client::ClientIdentity;
use crate::keys::{KeySize, PrivateKey};
use crate::plan::{Address, Auth, Plan, Scheme};
use crate::runner::{Credential, Keys, OtherKey, tls_trust};

/// All keys that a run of the plan needs.
pub(in crate::cli) fn keys_of(plan: &Plan, folder: &KeyFolder) -> Result<Keys, Failure> {
    Ok(Keys {
        credentials: credentials(plan, folder)?,
        other: other_key(plan, folder)?,
        identity: identity(plan, folder)?,
    })
}

/// All ways of making tokens that a plan needs; empty if it sends no token.
fn credentials(plan: &Plan, keys: &KeyFolder) -> Result<Vec<Credential>, Failure> {
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

/// Why a run cannot use the key pairs that a plan names: for signing, for bad tokens and for mutual TLS.
/// Empty if it can.
pub(in crate::cli) fn unusable(plan: &Plan, keys: &KeyFolder) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for auth in (0..plan.loads.len()).filter_map(|load| plan.auth_of(load)) {
        // A run with the embedded target makes a missing pair.
        if matches!(plan.target.address, Address::Url { .. }) && !names.contains(&&*auth.key) {
            names.push(&auth.key);
            failures.extend(load_key(plan, auth, keys).err());
        }
    }
    failures.extend(other_key(plan, keys).err());
    failures.extend(tls(plan, keys).err());
    failures
}

/// The other key pair that the target trusts, if the scenario names one for bad tokens.
fn other_key(plan: &Plan, keys: &KeyFolder) -> Result<Option<OtherKey>, Failure> {
    let mix = plan.negative.as_ref();
    let Some(name) = mix.and_then(|mix| mix.other_key.as_ref()) else {
        return Ok(None);
    };
    let name = unique_name(name)?;
    let key = keys.load_private(&name)?;
    Ok(Some(OtherKey { name, key }))
}

/// The client certificate of a run; `None` if none of its addresses uses TLS.
fn identity(plan: &Plan, keys: &KeyFolder) -> Result<Option<ClientIdentity>, Failure> {
    let name = plan.target.connections.client_certificate.as_deref();
    let name = name.filter(|_| speaks_tls(plan));
    name.map(|name| keys.load_identity(&unique_name(name)?))
        .transpose()
}

/// Whether any of a plan's addresses uses TLS.
fn speaks_tls(plan: &Plan) -> bool {
    let exchanges = (0..plan.loads.len()).filter_map(|load| plan.auth_of(load)?.exchange.as_ref());
    let token_endpoints = exchanges.filter_map(|exchange| exchange.endpoint.as_ref());
    let mut addresses = token_endpoints.chain([&plan.target.address]);
    addresses
        .any(|address| matches!(address, Address::Url { scheme, .. } if *scheme == Scheme::Https))
}

/// Checks whether the authorities and the certificate of a run can be used.
fn tls(plan: &Plan, keys: &KeyFolder) -> Result<(), Failure> {
    if speaks_tls(plan) {
        tls_trust(plan, identity(plan, keys)?.as_ref())?;
    }
    Ok(())
}

/// Makes a missing key pair if the target is embedded; with any other target it is an error.
pub(in crate::cli) fn load_key(
    plan: &Plan,
    auth: &Auth,
    keys: &KeyFolder,
) -> Result<PrivateKey, Failure> {
    let name = unique_name(&auth.key)?;
    let wanted = auth.key_bits;
    let key = match plan.target.address {
        Address::Url { .. } => keys.load_private(&name)?,
        Address::Embedded(_) => {
            let size = wanted.and_then(KeySize::from_bits).unwrap_or_default();
            keys.ensure(&name, size)?
        }
    };
    let Some(bits) = wanted.filter(|bits| *bits != key.bits()) else {
        return Ok(key);
    };
    let its = key.bits();
    let unlike = anyhow!("the key pair {name} has {its} bits, not {bits}");
    Err(Failure::environment(unlike).hint(format!(
        "make one with `leadbench keys generate {name} --size {bits}` in a folder of its own, and \
         name that with --keys DIR"
    )))
}
