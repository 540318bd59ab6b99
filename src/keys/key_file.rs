//! What a file of keys holds, and what opens it.

use super::{KeyError, Passphrase, PrivateKey};

/// What opens what is imported.
#[derive(Debug, Default)]
pub struct Opening<'o> {
    /// Of an encrypted key, or of a store.
    pub passphrase: Option<&'o Passphrase>,
    /// Of the key within a store, if that has its own.
    pub key_passphrase: Option<&'o Passphrase>,
    /// Which of several keys of a store.
    pub alias: Option<&'o str>,
}

/// What one file holds.
#[derive(Default)]
pub(super) struct KeyFile {
    pub(super) key: Option<PrivateKey>,
    pub(super) certificates: Vec<Vec<u8>>,
    /// What it contains instead of a key.
    pub(super) other: Option<&'static str>,
}

impl KeyFile {
    pub(super) const fn key(key: PrivateKey) -> Self {
        Self {
            key: Some(key),
            certificates: Vec::new(),
            other: None,
        }
    }
}

/// The key of a store that is named, or its only one.
pub(super) fn one_of<T>(
    mut keys: Vec<T>,
    alias_of: impl Fn(&T) -> &String,
    wanted: Option<&str>,
) -> Result<T, KeyError> {
    let place = match (wanted, keys.as_slice()) {
        (_, []) => return Err(KeyError::NoKeyInStore),
        (None, [_]) => Some(0),
        (None, _) => None,
        (Some(wanted), all) => all
            .iter()
            .position(|key| alias_of(key).eq_ignore_ascii_case(wanted)),
    };
    let aliases = |keys: &[T]| {
        let mut aliases: Vec<String> = keys.iter().map(&alias_of).cloned().collect();
        aliases.sort_unstable();
        aliases
    };
    match (place, wanted) {
        (Some(place), _) => Ok(keys.swap_remove(place)),
        (None, None) => Err(KeyError::SeveralKeys(aliases(&keys))),
        (None, Some(wanted)) => Err(KeyError::NoSuchAlias {
            alias: wanted.to_owned(),
            known: aliases(&keys),
        }),
    }
}
