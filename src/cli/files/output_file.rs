//! Writes files as a whole or not at all, and never through a link.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write as _};
use std::os::fd::BorrowedFd;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};

use super::unwritten;
use crate::cli::exit::Failure;

/// Only the owner may read: the file may describe a system that is not public.
const MODE: u32 = 0o600;

/// Names tried for a temporary file; names of 64 random bits do not collide by chance.
const NAMES_TRIED: u32 = 8;

/// Replaces a file in one step: readers see the old file or the complete new one. Replaces a link, and
/// does not follow it.
///
/// The file may not survive a power cut, so this is for files that can be made again or are written
/// each second. Waiting for the disk takes up to a second for each file.
pub(in crate::cli) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    replace_at(CWD, path, |file| file.write_all(bytes)).map_err(unwritten(path))
}

/// The same in a folder that is held open; `fill` writes the contents.
pub(super) fn replace_at(
    at: BorrowedFd<'_>,
    path: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let (partial, mut file) = temporary(at, path)?;
    let written = fill(&mut file).and_then(|()| {
        let renamed = rustix::fs::renameat(at, &partial, at, path);
        renamed.map_err(io::Error::from)
    });
    if written.is_err() {
        // The first error is the one to report.
        rustix::fs::unlinkat(at, &partial, AtFlags::empty()).unwrap_or_default();
    }
    written
}

/// Writes a file that must not exist yet, with these permissions from the start.
pub(in crate::cli) fn create(path: &Path, mode: u32, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // Do not leave a part of the file.
        fs::remove_file(path).unwrap_or_default();
    }
    written
}

/// Begins a file that is written during a run, readable only by its owner; empties an existing one.
///
/// # Errors
///
/// The path is a link, or something else than a regular file.
pub(in crate::cli) fn begin(path: &Path) -> io::Result<File> {
    begin_at(CWD, path)
}

/// The same in a folder that is held open.
pub(super) fn begin_at(at: BorrowedFd<'_>, path: &Path) -> io::Result<File> {
    match new_at(at, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        new => return new,
    }
    let unfit = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, what.to_owned());
    let about = rustix::fs::statat(at, path, AtFlags::SYMLINK_NOFOLLOW)?;
    if FileType::from_raw_mode(about.st_mode) == FileType::Symlink {
        return Err(unfit(
            "it is a symbolic link, and leadbench does not follow links here",
        ));
    }
    // Without NONBLOCK a pipe would wait for its reader.
    let flags =
        OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(at, path, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(unfit("it is not a regular file"));
    }
    // Emptied only after the check of its type.
    file.set_len(0)?;
    file.set_permissions(fs::Permissions::from_mode(MODE))?;
    Ok(file)
}

/// A file that must not exist yet; EXCL also refuses a link.
fn new_at(at: BorrowedFd<'_>, path: &Path) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let mode = Mode::RUSR | Mode::WUSR;
    Ok(File::from(rustix::fs::openat(at, path, flags, mode)?))
}

/// A new file beside the one that it will replace. Its name cannot be guessed, and a link with that
/// name is an error.
fn temporary(at: BorrowedFd<'_>, path: &Path) -> io::Result<(PathBuf, File)> {
    let mut tried = 1;
    loop {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(
            ".{:016x}.partial",
            RandomState::new().hash_one(tried)
        ));
        let partial = path.with_file_name(name);
        match new_at(at, &partial) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tried < NAMES_TRIED => {
                tried += 1;
            }
            opened => return opened.map(|file| (partial, file)),
        }
    }
}

/// Makes the names in a folder survive a power cut. The files are there already, and some file
/// systems cannot do this for a folder, so errors are ignored.
pub(in crate::cli) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        folder.sync_all().unwrap_or_default();
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look at what was written")]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.symlink_metadata().unwrap().permissions().mode() & 0o7777
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_link_in_the_place_of_a_file_is_replaced_and_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let (victim, path) = (root.path().join("victim"), root.path().join("report"));
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, &path).unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(names(root.path()), ["report", "victim"]);
    }

    #[test]
    fn links_at_the_names_of_former_temporary_files_are_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let (victim, path) = (root.path().join("victim"), root.path().join("report"));
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, root.path().join("report.partial")).unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert_eq!(names(root.path()), ["report", "report.partial", "victim"]);
    }

    #[test]
    fn no_two_temporary_files_have_one_name() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("report");
        let (one, _) = temporary(CWD, &path).unwrap();
        let (other, _) = temporary(CWD, &path).unwrap();
        assert_ne!(one, other);
        assert_eq!((mode(&one), mode(&other)), (0o600, 0o600));
    }

    #[test]
    fn what_cannot_be_put_in_place_leaves_nothing_behind() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("report");
        fs::create_dir(&path).unwrap();
        replace(&path, b"new").unwrap_err();
        assert_eq!(names(root.path()), ["report"]);
    }

    #[test]
    fn a_file_to_be_filled_is_never_a_link_or_a_pipe() {
        let root = tempfile::tempdir().unwrap();
        let (victim, link) = (root.path().join("victim"), root.path().join("link"));
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, &link).unwrap();
        let told = begin(&link).unwrap_err().to_string();
        assert!(told.contains("symbolic link"), "{told}");
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        let dangling = root.path().join("dangling");
        symlink(root.path().join("made"), &dangling).unwrap();
        begin(&dangling).unwrap_err();
        assert!(!root.path().join("made").exists());
        let pipe = root.path().join("pipe");
        rustix::fs::mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
        begin(&pipe).unwrap_err();
        begin(&root.path().join("new")).unwrap();
        assert_eq!(mode(&root.path().join("new")), 0o600);
    }

    #[test]
    fn a_file_that_is_there_is_emptied_and_made_its_owner_s() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("log");
        fs::write(&path, "of a former run").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        begin(&path).unwrap().write_all(b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_new_file_takes_no_other_s_place() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("scenario");
        create(&path, 0o600, b"one").unwrap();
        create(&path, 0o600, b"other").unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }
}
