//! The secrets that this process knows: no line that it prints has one.

use std::borrow::Cow;

use parking_lot::Mutex;

use crate::secret::Secrets;

/// Those of every scenario that was read.
static KNOWN: Mutex<Vec<Secrets>> = Mutex::new(Vec::new());

/// Keeps the secrets of a scenario out of all that is said from now on.
pub(super) fn learn(secrets: &Secrets) {
    let mut known = KNOWN.lock();
    if !secrets.is_empty() && !known.contains(secrets) {
        known.push(secrets.clone());
    }
}

/// A text without any of them.
pub(super) fn strike(text: &str) -> Cow<'_, str> {
    let known = KNOWN.lock();
    let mut struck = Cow::Borrowed(text);
    for secrets in known.iter() {
        struck = Cow::Owned(secrets.strike(&struck));
    }
    struck
}
