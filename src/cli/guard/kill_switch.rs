//! A file whose coming ends a run.

use std::path::{Path, PathBuf};

use super::refused;
use crate::cli::exit::Failure;

/// A file that anybody who may write beside it can end the run with.
#[derive(Clone, Debug)]
pub(in crate::cli) struct KillSwitch(PathBuf);

impl KillSwitch {
    /// A switch that is not thrown yet.
    ///
    /// # Errors
    ///
    /// It is thrown already, or nobody could throw it, for the folder is not there.
    pub(in crate::cli) fn ready(path: impl Into<PathBuf>) -> Result<Self, Failure> {
        let switch = Self(path.into());
        let shown = switch.0.display();
        if switch.is_thrown() {
            let is_there = switch.0.symlink_metadata().is_ok();
            let what = if is_there {
                "is there"
            } else {
                "cannot be looked at"
            };
            return Err(refused(
                &format!("the kill switch {shown} {what}"),
                "whoever made it wants no load; ask, and remove it".to_owned(),
            ));
        }
        let folder = switch.0.parent().filter(|path| *path != Path::new(""));
        if folder.is_some_and(|folder| !folder.is_dir()) {
            let error = anyhow::anyhow!("the kill switch {shown} would lie in no folder");
            return Err(Failure::environment(error).hint("make its folder, or name another file"));
        }
        Ok(switch)
    }

    /// Whether the file is there, whatever it is; also where that cannot be told any more.
    pub(in crate::cli) fn is_thrown(&self) -> bool {
        let looked = self.0.symlink_metadata();
        !looked.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    }

    /// The file.
    pub(in crate::cli) fn path(&self) -> &Path {
        &self.0
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
    fn a_switch_that_nobody_can_throw_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let refused = KillSwitch::ready(folder.path().join("nowhere/stop")).unwrap_err();
        assert_eq!(refused.code(), Code::Environment);
        assert!(KillSwitch::ready("a-file-in-no-folder-that-is-not-there").is_ok());
    }

    // What cannot be looked at may be there: a name below a file.
    #[test]
    fn a_switch_that_cannot_be_looked_at_is_thrown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(KillSwitch(file.path().join("stop")).is_thrown());
    }
}
