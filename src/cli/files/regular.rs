//! Opens regular files only: a pipe or a device would wait for its other end.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

/// Why a file was not opened.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum Unopened {
    /// The file does not exist.
    #[error("could not open {}", super::shown(path))]
    Missing {
        /// Its path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system does not allow opening or examining it.
    #[error("could not open {}", super::shown(path))]
    Refused {
        /// Its path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is a folder.
    #[error("{} is a folder, not a file", super::shown(.0))]
    Folder(PathBuf),
    /// It is a pipe, a socket or a device.
    #[error("{} is not a regular file", super::shown(.0))]
    NotRegular(PathBuf),
}

/// Opens a regular file for reading; links are followed.
///
/// Checks the type before it opens the file, because opening a device may have effects, and again
/// afterwards, because the file may have been replaced in between. Opening a pipe does not block.
pub(in crate::cli) fn open(path: &Path) -> Result<(File, Metadata), Unopened> {
    let failed = |source: io::Error| {
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::NotFound => Unopened::Missing { path, source },
            _ => Unopened::Refused { path, source },
        }
    };
    check(path, &fs::metadata(path).map_err(failed)?)?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = rustix::fs::open(path, flags, Mode::empty());
    let file = File::from(opened.map_err(|error| failed(error.into()))?);
    let about = file.metadata().map_err(failed)?;
    check(path, &about)?;
    Ok((file, about))
}

fn check(path: &Path, about: &Metadata) -> Result<(), Unopened> {
    if about.is_dir() {
        Err(Unopened::Folder(path.to_owned()))
    } else if !about.is_file() {
        Err(Unopened::NotRegular(path.to_owned()))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_a_file_is_a_file_and_a_pipe_is_none() {
        let root = tempfile::tempdir().unwrap();
        let (file, link) = (root.path().join("file"), root.path().join("link"));
        File::create_new(&file).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        open(&link).unwrap();
        let pipe = root.path().join("pipe");
        let mode = Mode::RUSR | Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).unwrap();
        let refused = |path: &Path| open(path).unwrap_err().to_string();
        assert!(refused(&pipe).ends_with("pipe is not a regular file"));
        assert!(refused(Path::new("/dev/zero")).ends_with("zero is not a regular file"));
        assert!(refused(root.path()).ends_with("is a folder, not a file"));
        assert!(matches!(
            open(&root.path().join("none")),
            Err(Unopened::Missing { .. })
        ));
    }
}
