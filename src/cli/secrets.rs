//! The secrets of this process, which no printed line may contain.

use std::borrow::Cow;

use parking_lot::Mutex;

use crate::secret::Secrets;

/// The secrets of every scenario that was read.
static KNOWN: Mutex<Vec<Secrets>> = Mutex::new(Vec::new());

/// Removes the secrets of a scenario from all further output.
pub(super) fn learn(secrets: &Secrets) {
    let mut known = KNOWN.lock();
    if !secrets.is_empty() && !known.contains(secrets) {
        known.push(secrets.clone());
    }
}

/// A text without the secrets.
pub(super) fn strike(text: &str) -> Cow<'_, str> {
    let known = KNOWN.lock();
    let mut struck = Cow::Borrowed(text);
    for secrets in known.iter() {
        struck = Cow::Owned(secrets.strike(&struck));
    }
    struck
}
