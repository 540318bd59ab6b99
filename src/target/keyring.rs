//! The trusted keys by their `kid`, which may change while the target runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonwebtoken::DecodingKey;
use parking_lot::RwLock;
use strum::{EnumMessage, VariantArray};

use super::{Rejection, TargetError};
use crate::keys::{Jwk, Jwks, TrustedKey};

/// What is required of a token's `kid`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, EnumMessage, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum KidPolicy {
    /// It must name the key.
    #[default]
    Required,
    /// Without a kid, try every key.
    Optional,
    /// Try every key.
    Ignored,
}

/// The trusted keys.
pub(super) struct Keyring {
    policy: KidPolicy,
    keys: RwLock<Arc<KeySnapshot>>,
}

/// The keys of one moment.
pub(super) struct KeySnapshot {
    by_kid: BTreeMap<String, DecodingKey>,
    published: Jwks,
}

impl Keyring {
    pub(super) fn new(trust: &[TrustedKey], policy: KidPolicy) -> Result<Self, TargetError> {
        Ok(Self {
            policy,
            keys: RwLock::new(Arc::new(KeySnapshot::new(trust)?)),
        })
    }

    /// Trusts only these keys from now on.
    pub(super) fn replace(&self, trust: &[TrustedKey]) -> Result<(), TargetError> {
        let keys = Arc::new(KeySnapshot::new(trust)?);
        *self.keys.write() = keys;
        Ok(())
    }

    /// The keys of this moment.
    pub(super) fn now(&self) -> Arc<KeySnapshot> {
        Arc::clone(&self.keys.read())
    }

    /// The keys as a JSON Web Key Set (RFC 7517).
    pub(super) fn published(&self) -> Jwks {
        self.now().published.clone()
    }

    /// Tries the keys that a token with this `kid` may be signed with.
    pub(super) fn with_key<T>(
        &self,
        kid: Option<&str>,
        attempt: impl Fn(&DecodingKey) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        let keys = self.now();
        match (self.policy, kid) {
            (KidPolicy::Required | KidPolicy::Optional, Some(kid)) => {
                attempt(keys.by_kid.get(kid).ok_or(Rejection::UnknownKid)?)
            }
            (KidPolicy::Required, None) => Err(Rejection::MissingKid),
            (KidPolicy::Optional, None) | (KidPolicy::Ignored, _) => {
                let mut verdict = Err(Rejection::Signature);
                for key in keys.by_kid.values() {
                    verdict = attempt(key);
                    // Any other verdict comes from the right key.
                    if !matches!(verdict, Err(Rejection::Signature)) {
                        break;
                    }
                }
                verdict
            }
        }
    }
}

impl KeySnapshot {
    fn new(trust: &[TrustedKey]) -> Result<Self, TargetError> {
        let mut by_kid = BTreeMap::new();
        let mut published = Vec::with_capacity(trust.len());
        for trusted in trust {
            let kid = trusted.kid.clone().ok_or(TargetError::NoKid)?;
            let key = DecodingKey::from_rsa_der(trusted.key.spki_der());
            published.push(Jwk::new(&kid, &trusted.key));
            if by_kid.insert(kid.clone(), key).is_some() {
                return Err(TargetError::DuplicateKid(kid));
            }
        }
        Ok(Self {
            by_kid,
            published: Jwks { keys: published },
        })
    }
}
