//! Whether the files of trusted keys have changed, as they do in a rollover.

use std::time::SystemTime;

use super::trust::path_of;

/// When each file was last changed, as far as the system tells.
pub(super) struct TrustFiles {
    arguments: Vec<String>,
    seen: Vec<Option<(SystemTime, u64)>>,
}

impl TrustFiles {
    /// The files of these `--trust` arguments, as they are now.
    pub(super) fn watch(arguments: &[String]) -> Self {
        let mut files = Self {
            arguments: arguments.to_vec(),
            seen: Vec::new(),
        };
        files.have_changed();
        files
    }

    /// Whether any has changed since this was last asked.
    pub(super) fn have_changed(&mut self) -> bool {
        let stamp = |argument: &String| {
            let about = std::fs::metadata(path_of(argument)).ok()?;
            Some((about.modified().ok()?, about.len()))
        };
        let now: Vec<_> = self.arguments.iter().map(stamp).collect();
        let has_changed = now != self.seen;
        self.seen = now;
        has_changed
    }
}
