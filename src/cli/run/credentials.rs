//! The keys of a run, and the loads whose tokens each of them signs.

use anyhow::anyhow;

use crate::cli::exit::Failure;
use crate::cli::key_folder::{KeyFolder, unique_name};
use crate::keys::{KeySize, PrivateKey};
use crate::plan::{Address, Auth, Plan};

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
