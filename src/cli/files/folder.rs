//! A folder that is held open, so that files are written into it and nowhere else.
//!
//! A run writes for minutes into the folder that it made. Another user with write access to the parent
//! could move the folder away and put a link in its place; its path would then lead elsewhere.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};

use super::output_file::{begin_at, replace_at};

/// A folder that is held open.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Folder {
    path: PathBuf,
    held: Arc<OwnedFd>,
}

impl Folder {
    /// Holds a folder; links to it are followed.
    pub(in crate::cli) fn open(path: &Path) -> io::Result<Self> {
        Self::opened(path, OFlags::empty())
    }

    /// Holds a folder that was just made; refuses a link in its place.
    pub(super) fn made(path: &Path) -> io::Result<Self> {
        Self::opened(path, OFlags::NOFOLLOW)
    }

    fn opened(path: &Path, more: OFlags) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | more;
        let held = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self {
            path: path.to_owned(),
            held: Arc::new(held),
        })
    }

    /// Its path when it was opened.
    pub(in crate::cli) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is still at its path.
    pub(in crate::cli) fn is_in_place(&self) -> bool {
        let there = fs::metadata(&self.path).map(|there| (there.dev(), there.ino()));
        let held = File::from(match self.held.try_clone() {
            Ok(held) => held,
            Err(_) => return false,
        });
        let held = held.metadata().map(|held| (held.dev(), held.ino()));
        matches!((there, held), (Ok(there), Ok(held)) if there == held)
    }

    /// Writes a file in one step, as `replace` does.
    pub(in crate::cli) fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.replace_by(name, |file| file.write_all(bytes))
    }

    /// The same; the file survives a power cut.
    pub(in crate::cli) fn replace_for_good(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.replace_by(name, |file| {
            file.write_all(bytes)?;
            file.sync_all()
        })?;
        // The file exists already, and some file systems cannot do this for a folder.
        rustix::fs::fsync(&self.held).unwrap_or_default();
        Ok(())
    }

    /// The same; `fill` writes the contents.
    pub(in crate::cli) fn replace_by(
        &self,
        name: &str,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<()> {
        replace_at(self.held.as_fd(), Path::new(name), fill)
    }

    /// Begins a file that is filled while a run goes on, as `begin` does.
    pub(in crate::cli) fn begin(&self, name: &str) -> io::Result<File> {
        begin_at(self.held.as_fd(), Path::new(name))
    }

    /// Opens a regular file of it for reading, if there is one. Does not follow links.
    pub(in crate::cli) fn read(&self, name: &str) -> io::Result<Option<File>> {
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(&self.held, name, flags, Mode::empty());
        match opened {
            Err(rustix::io::Errno::NOENT) => Ok(None),
            opened => {
                let file = File::from(opened?);
                Ok(file.metadata()?.is_file().then_some(file))
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at what was written")]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_is_written_goes_into_the_folder_that_is_held() {
        let root = tempfile::tempdir().unwrap();
        let (path, moved) = (root.path().join("run"), root.path().join("moved"));
        let elsewhere = root.path().join("elsewhere");
        fs::create_dir(&path).unwrap();
        fs::create_dir(&elsewhere).unwrap();
        let folder = Folder::made(&path).unwrap();
        folder.replace("one", b"1").unwrap();
        assert!(folder.is_in_place());
        fs::rename(&path, &moved).unwrap();
        symlink(&elsewhere, &path).unwrap();
        assert!(!folder.is_in_place());
        folder.replace("one", b"2").unwrap();
        folder.replace_for_good("other", b"3").unwrap();
        folder.begin("third").unwrap().write_all(b"4").unwrap();
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
        for (name, text) in [("one", "2"), ("other", "3"), ("third", "4")] {
            assert_eq!(fs::read_to_string(moved.join(name)).unwrap(), text);
            let mut file = folder.read(name).unwrap().unwrap();
            assert_eq!(io::read_to_string(&mut file).unwrap(), text);
        }
        assert!(folder.read("none").unwrap().is_none());
        // Only what it says itself is followed.
        Folder::made(&path).unwrap_err();
        Folder::open(&path).unwrap();
    }
}
