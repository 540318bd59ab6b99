//! The summary of a run that goes on.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::summary::Summary;

/// The summary of a run so far. It is made when it is first asked for: to summarize costs more than to
/// collect a second, and most seconds have no reader.
pub struct SoFar<'r> {
    make: &'r dyn Fn() -> Arc<Summary>,
    made: OnceCell<Arc<Summary>>,
}

impl<'r> SoFar<'r> {
    /// A summary that is made by `make`.
    pub fn new(make: &'r dyn Fn() -> Arc<Summary>) -> Self {
        Self {
            make,
            made: OnceCell::new(),
        }
    }

    /// The summary, warm-up left out.
    pub fn summary(&self) -> &Arc<Summary> {
        self.made.get_or_init(self.make)
    }
}

impl std::fmt::Debug for SoFar<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SoFar").finish_non_exhaustive()
    }
}
