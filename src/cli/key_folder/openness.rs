//! A warning about a key folder that others may write to.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::cli::secret_file::{Ownership, Process};
use crate::cli::{files, stdio};

/// Everyone may write.
const ALL_WRITE: u32 = 0o002;

/// Only owners may replace files (`sticky`), as in `/tmp`.
const STICKY: u32 = 0o1000;

/// Whether the warning was printed: a command opens its folder more than once.
static TOLD: AtomicBool = AtomicBool::new(false);

/// Warns once if others may put their own keys and certificates into the folder.
pub(super) fn warn(path: &Path) {
    let Ok(metadata) = path.metadata() else {
        return;
    };
    let Some(warning) = warning(path, Ownership::of(&metadata), &Process::this()) else {
        return;
    };
    if !TOLD.swap(true, Relaxed) {
        stdio::note(&warning);
    }
}

fn warning(path: &Path, folder: Ownership, me: &Process) -> Option<String> {
    let shown = files::shown(path);
    let mode = folder.mode;
    if mode & ALL_WRITE != 0 && mode & STICKY == 0 {
        return Some(format!(
            "warning: everyone on this machine may put keys into the key folder {shown} (mode \
             {mode:04o}); close it with: chmod 700 {shown}"
        ));
    }
    // A folder of root's is as safe as the user's own.
    let is_anothers = folder.uid != me.uid && folder.uid != 0;
    is_anothers.then(|| {
        format!(
            "warning: the key folder {shown} belongs to another user (uid {}), who may put keys \
             into it",
            folder.uid
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(mode: u32, uid: u32) -> Option<String> {
        let me = Process {
            uid: 1_000,
            groups: vec![1_000],
        };
        let folder = Ownership {
            mode,
            uid,
            gid: 1_000,
        };
        warning(Path::new("keys"), folder, &me)
    }

    #[test]
    fn a_folder_of_ours_that_only_we_write_in_needs_no_word() {
        for mode in [0o700, 0o755, 0o775] {
            assert_eq!(told(mode, 1_000), None);
        }
    }

    #[test]
    fn a_folder_that_anybody_writes_in_gets_one() {
        let warning = told(0o777, 1_000).unwrap();
        assert!(warning.contains("mode 0777"), "{warning}");
        assert!(warning.ends_with("chmod 700 keys"), "{warning}");
    }

    // As Kubernetes mounts secrets: of root, open to all, and sticky.
    #[test]
    fn a_folder_of_root_needs_none_and_one_of_another_does() {
        assert_eq!(told(0o1777, 0), None);
        assert_eq!(told(0o3777, 0), None);
        assert!(told(0o700, 1_001).unwrap().contains("uid 1001"));
        assert!(told(0o777, 0).unwrap().contains("everyone"));
    }
}
