//! A file that ends a run when it appears.

use std::fmt;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::refused;
use crate::cli::exit::Failure;
use crate::cli::files;

/// Why a switch counts as thrown; fits after its path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Thrown {
    /// Its file exists.
    Exists,
    /// Whether its file exists cannot be seen.
    Unseen,
    /// Its folder is gone, so its file could not be created.
    Lost,
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exists => "exists",
            Self::Unseen => "cannot be checked",
            Self::Lost => "has lost its folder, so it could no longer be used",
        })
    }
}

/// A file that ends the run when it appears.
#[derive(Clone, Debug)]
pub(in crate::cli) struct KillSwitch(PathBuf);

impl KillSwitch {
    /// A switch that is not thrown yet.
    ///
    /// # Errors
    ///
    /// The file exists already, or its folder does not exist.
    pub(in crate::cli) fn ready(path: impl Into<PathBuf>) -> Result<Self, Failure> {
        let switch = Self(path.into());
        let shown = files::shown(&switch.0);
        match switch.looked() {
            None => Ok(switch),
            Some(Thrown::Lost) => {
                let error = anyhow::anyhow!("the folder of the kill switch {shown} does not exist");
                Err(Failure::environment(error).hint("create the folder, or name another file"))
            }
            Some(thrown @ (Thrown::Exists | Thrown::Unseen)) => Err(refused(
                &format!("the kill switch {shown} {thrown}"),
                "someone created this file to stop all load: ask them, remove it, and run again"
                    .to_owned(),
            )),
        }
    }

    /// Whether the file exists, cannot be checked, or can no longer be created.
    pub(in crate::cli) fn is_thrown(&self) -> bool {
        self.looked().is_some()
    }

    /// Why the switch is thrown, in words, if it is.
    pub(in crate::cli) fn thrown(&self) -> Option<String> {
        let thrown = self.looked()?;
        let shown = files::shown(&self.0);
        Some(format!("the kill switch {shown} {thrown}"))
    }

    fn looked(&self) -> Option<Thrown> {
        match self.0.symlink_metadata() {
            Ok(_) => return Some(Thrown::Exists),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(_) => return Some(Thrown::Unseen),
        }
        let folder = self.0.parent().filter(|path| *path != Path::new(""));
        let folder = folder.unwrap_or(Path::new(".")).metadata();
        // A removed folder that a process still uses has no links left.
        let is_there = folder.is_ok_and(|folder| folder.is_dir() && folder.nlink() > 0);
        (!is_there).then_some(Thrown::Lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::Code;
    use crate::cli::files;

    #[test]
    fn a_switch_is_thrown_by_a_file_of_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stop");
        let switch = KillSwitch::ready(&path).unwrap();
        assert!(!switch.is_thrown());
        files::replace(&path, b"").unwrap();
        assert!(switch.is_thrown());
        let refused = KillSwitch::ready(&path).unwrap_err();
        assert_eq!(refused.code(), Code::GuardRefused);
    }

    #[test]
    fn a_switch_whose_file_cannot_be_created_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = KillSwitch::ready(folder.path().join("nowhere/stop")).unwrap_err();
        assert_eq!(refused.code(), Code::Environment);
        assert!(KillSwitch::ready("a-file-in-no-folder-that-is-not-there").is_ok());
    }

    // Its file could not be created any more.
    #[test]
    fn a_switch_that_loses_its_folder_is_thrown() {
        let root = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir_in(root.path()).unwrap();
        let switch = KillSwitch::ready(folder.path().join("stop")).unwrap();
        assert_eq!(switch.thrown(), None);
        folder.close().unwrap();
        let told = switch.thrown().unwrap();
        assert!(told.contains("stop has lost its folder"), "{told}");
        assert!(switch.is_thrown());
    }

    // What cannot be looked at may be there: a name below a file.
    #[test]
    fn a_switch_that_cannot_be_looked_at_is_thrown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(KillSwitch(file.path().join("stop")).is_thrown());
    }
}
