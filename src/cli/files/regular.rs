//! Reads regular files only: a pipe or a device would wait for its other end.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use zeroize::Zeroizing;

use crate::units::{count, index};

/// A file that was not read, and why: in the system's words, or in ours.
#[derive(Debug, thiserror::Error)]
#[error("could not read {}", super::shown(path))]
pub(in crate::cli) struct Unread {
    path: PathBuf,
    source: io::Error,
}

impl Unread {
    /// A file whose contents are wrong.
    pub(in crate::cli) fn because(path: &Path, why: &str) -> Self {
        Self {
            path: path.to_owned(),
            source: io::Error::other(why),
        }
    }

    /// Whether the file does not exist.
    pub(in crate::cli) fn is_missing(&self) -> bool {
        self.source.kind() == ErrorKind::NotFound
    }

    /// The failure in one line.
    pub(in crate::cli) fn line(&self) -> String {
        format!("{self}: {}", self.source)
    }
}

/// Opens a regular file for reading; links are followed.
///
/// Checks the type before it opens the file, because opening a device may have effects, and again
/// afterwards, because the file may have been replaced in between. Opening a pipe does not block.
pub(in crate::cli) fn open(path: &Path) -> Result<(File, Metadata), Unread> {
    let opened = || {
        check(&fs::metadata(path)?)?;
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
        let about = file.metadata()?;
        check(&about)?;
        Ok((file, about))
    };
    opened().map_err(|source| Unread {
        path: path.to_owned(),
        source,
    })
}

fn check(about: &Metadata) -> io::Result<()> {
    if about.is_file() {
        return Ok(());
    }
    Err(io::Error::other(if about.is_dir() {
        "it is a folder, not a file"
    } else {
        "it is not a regular file"
    }))
}

/// Reads a whole file of at most `limit` bytes.
pub(in crate::cli) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    fill(&mut bytes, path, limit)?;
    Ok(bytes)
}

/// The same for a text.
pub(in crate::cli) fn read_text(path: &Path, limit: u64) -> Result<String, Unread> {
    let bytes = read(path, limit)?;
    String::from_utf8(bytes).map_err(|_| Unread::because(path, "it is not UTF-8"))
}

/// The same for a secret; the bytes are wiped when dropped.
pub(in crate::cli) fn read_secret(
    path: &Path,
    limit: u64,
) -> Result<(Zeroizing<Vec<u8>>, Metadata), Unread> {
    // The capacity suffices from the start, because growing would leave a copy in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(index(limit + 1)));
    let about = fill(&mut bytes, path, limit)?;
    Ok((bytes, about))
}

fn fill(bytes: &mut Vec<u8>, path: &Path, limit: u64) -> Result<Metadata, Unread> {
    let (file, about) = open(path)?;
    match file.take(limit + 1).read_to_end(bytes) {
        Err(error) => Err(Unread::because(path, &error.to_string())),
        Ok(read) if count(read) > limit => {
            let why = format!("it is larger than {limit} bytes");
            Err(Unread::because(path, &why))
        }
        Ok(_) => Ok(about),
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
        let refused = |path: &Path| open(path).unwrap_err().line();
        assert!(refused(&pipe).ends_with("pipe: it is not a regular file"));
        assert!(refused(Path::new("/dev/zero")).ends_with("zero: it is not a regular file"));
        assert!(refused(root.path()).ends_with("is a folder, not a file"));
        let missing = open(&root.path().join("none")).unwrap_err();
        assert!(missing.is_missing());
    }
}
