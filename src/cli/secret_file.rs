//! Who may read a file with a secret: a private key or a passphrase.
//!
//! Only the owner may, with one exception: a group may read a file that root gave to it. Kubernetes
//! gives secrets to a pod in this way (mode 0440, root and the pod's `fsGroup`).

use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::anyhow;
use strum::Display;

use super::exit::Failure;
use super::files;

/// The user id of root.
const ROOT: u32 = 0;

/// The permissions of everyone but the owner and the group.
const OTHERS: u32 = 0o007;

/// The permissions of the group beyond reading.
const GROUP_CHANGES: u32 = 0o030;

/// The group may read.
const GROUP_READS: u32 = 0o040;

/// The owner of a file, and its permission bits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Ownership {
    /// The permission bits.
    pub(super) mode: u32,
    /// The user who owns it.
    pub(super) uid: u32,
    /// The group it belongs to.
    pub(super) gid: u32,
}

impl Ownership {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            mode: metadata.permissions().mode() & 0o7777,
            uid: metadata.uid(),
            gid: metadata.gid(),
        }
    }
}

/// Who this process is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Process {
    /// The effective user.
    pub(super) uid: u32,
    /// The effective group and all others that it is in.
    pub(super) groups: Vec<u32>,
}

impl Process {
    /// The one that runs.
    pub(super) fn this() -> Self {
        let more = rustix::process::getgroups().unwrap_or_default();
        let own = rustix::process::getegid();
        Self {
            uid: rustix::process::geteuid().as_raw(),
            groups: more
                .into_iter()
                .chain([own])
                .map(rustix::fs::Gid::as_raw)
                .collect(),
        }
    }
}

/// Who can read or change a secret, but should not.
#[derive(Clone, Copy, Debug, Display, Eq, PartialEq)]
pub(super) enum Exposure {
    /// To all users of this machine.
    #[strum(to_string = "accessible to all users of this machine")]
    Everyone,
    /// To the file's group.
    #[strum(to_string = "accessible to its group")]
    Group,
}

/// Who can read or change a secret in such a file. `None` if only its owner can, or if root gave it to
/// a group of this process to read.
pub(super) fn exposure(file: Ownership, me: &Process) -> Option<Exposure> {
    if file.mode & OTHERS != 0 {
        Some(Exposure::Everyone)
    } else if file.mode & GROUP_CHANGES != 0 {
        Some(Exposure::Group)
    } else if file.mode & GROUP_READS != 0 {
        let given_by_root = file.uid == ROOT && me.groups.contains(&file.gid);
        (!given_by_root).then_some(Exposure::Group)
    } else {
        None
    }
}

/// How to close a file; only the owner can change its mode.
pub(super) fn how_to_close(path: &Path, file: Ownership, me: &Process) -> String {
    let shown = files::shown(path);
    if file.uid == me.uid {
        // A file of root's may be on a read-only volume.
        let or_mount = if me.uid == ROOT {
            "; for a Kubernetes secret, set `defaultMode: 0400` in its volume"
        } else {
            ""
        };
        return format!("chmod 600 {shown}{or_mount}");
    }
    let copy = format!("install -m 600 {shown} COPY, and name the copy");
    if file.uid == ROOT {
        format!(
            "{copy}; for a Kubernetes secret, set `defaultMode: 0440` in its volume and `fsGroup` in \
             the pod's securityContext"
        )
    } else {
        copy
    }
}

/// Refuses a secret that others may read or change; `what` names it, as in `the private key`.
pub(super) fn check(what: &str, path: &Path, metadata: &Metadata) -> Result<(), Failure> {
    let (file, me) = (Ownership::of(metadata), Process::this());
    let Some(exposure) = exposure(file, &me) else {
        return Ok(());
    };
    Err(Failure::environment(anyhow!(
        "{what} {} is {exposure} (mode {:04o}); only its owner may read it",
        files::shown(path),
        file.mode
    ))
    .hint(how_to_close(path, file, &me)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: u32 = 1_000;
    const FS_GROUP: u32 = 2_000;

    fn pod() -> Process {
        Process {
            uid: POD,
            groups: vec![3_000, FS_GROUP],
        }
    }

    #[track_caller]
    fn judged(mode: u32, uid: u32, gid: u32, me: &Process, expected: Option<Exposure>) {
        let file = Ownership { mode, uid, gid };
        assert_eq!(exposure(file, me), expected, "{file:?} {me:?}");
    }

    #[test]
    fn the_owner_alone_may_read() {
        for mode in [0o400, 0o600, 0o700] {
            judged(mode, POD, POD, &pod(), None);
            judged(mode, ROOT, ROOT, &pod(), None);
            judged(mode, 4_000, 4_000, &pod(), None);
        }
    }

    #[test]
    fn a_group_of_ours_may_read_what_root_gave_it() {
        judged(0o440, ROOT, FS_GROUP, &pod(), None);
        judged(0o640, ROOT, FS_GROUP, &pod(), None);
        let root = Process {
            uid: ROOT,
            groups: vec![ROOT, FS_GROUP],
        };
        judged(0o440, ROOT, FS_GROUP, &root, None);
        judged(0o440, ROOT, ROOT, &root, None);
        // Given to a group without this process, or not by root.
        judged(0o440, ROOT, 5_000, &root, Some(Exposure::Group));
        judged(0o440, POD, FS_GROUP, &pod(), Some(Exposure::Group));
        judged(0o640, POD, FS_GROUP, &pod(), Some(Exposure::Group));
    }

    #[test]
    fn no_group_may_change_it_and_no_one_else_may_do_anything() {
        for mode in [0o460, 0o660, 0o450, 0o420] {
            judged(mode, ROOT, FS_GROUP, &pod(), Some(Exposure::Group));
        }
        for mode in [0o644, 0o444, 0o604, 0o602, 0o601, 0o777] {
            judged(mode, ROOT, FS_GROUP, &pod(), Some(Exposure::Everyone));
            judged(mode, POD, POD, &pod(), Some(Exposure::Everyone));
        }
    }

    // Only the owner can change the mode of a file, and a read-only volume cannot be changed.
    #[test]
    fn the_hint_is_one_that_can_be_followed() {
        let hint = |uid| {
            let file = Ownership {
                mode: 0o444,
                uid,
                gid: FS_GROUP,
            };
            how_to_close(Path::new("/keys/a.key.pem"), file, &pod())
        };
        assert_eq!(hint(POD), "chmod 600 /keys/a.key.pem");
        let own = Process {
            uid: ROOT,
            groups: vec![ROOT],
        };
        let file = Ownership {
            mode: 0o444,
            uid: ROOT,
            gid: ROOT,
        };
        let roots = how_to_close(Path::new("a.key.pem"), file, &own);
        assert!(roots.contains("defaultMode: 0400"), "{roots}");
        assert!(hint(ROOT).contains("defaultMode: 0440"));
        assert!(hint(ROOT).contains("install -m 600 /keys/a.key.pem COPY"));
        assert!(hint(4_000).ends_with("name the copy"));
    }
}
