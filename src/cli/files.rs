//! Reads and writes files: never half of one, never waiting for a pipe or a device, and readable only
//! by the owner.

mod folder;
mod output_file;
mod regular;

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::exit::Failure;
use super::stdio;
use crate::report;
pub(super) use folder::Folder;
pub(super) use output_file::{begin, create, replace, sync_folder};
pub(super) use regular::{Unread, open, read, read_secret, read_text};

/// Folders tried for a run before giving up; two runs of one second differ by a number.
const FOLDERS_TRIED: u32 = 100;

/// The mode of new folders: what a run says may describe a system that is not public.
pub(super) const FOLDER_MODE: u32 = 0o700;

/// The entries of a folder; empty if the folder cannot be read.
pub(super) fn entries_of(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// Creates a folder and its parents if they do not exist; only the owner may enter new ones.
pub(super) fn ensure_folder(path: &Path) -> Result<(), Failure> {
    let mut folders = DirBuilder::new();
    let made = folders.recursive(true).mode(FOLDER_MODE).create(path);
    made.map_err(unwritten(path))
}

/// A path that is safe to print: line breaks and control characters are escaped.
pub(super) fn shown(path: &Path) -> String {
    let path = path.display().to_string();
    let shown = |c: char| match c {
        c if report::is_unseen(c) => c.escape_default().to_string(),
        c => c.to_string(),
    };
    path.chars().map(shown).collect()
}

/// What could not be done with a file or a folder: `could not write report.html`.
pub(super) fn could_not(verb: &str, path: &Path) -> String {
    format!("could not {verb} {}", shown(path))
}

/// The failure to write a file or a folder.
pub(super) fn unwritten(path: &Path) -> impl Fn(io::Error) -> Failure + use<> {
    let what = could_not("write", path);
    move |error| {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => {
                "create the folder that it belongs to, or name another place"
            }
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                "a file is in the place of a folder: name another place, or move the file away"
            }
            _ => "free some space, or allow this user to write there",
        };
        Failure::environment(anyhow::Error::new(error).context(what.clone())).hint(hint)
    }
}

/// Writes a file that the user names with `--out`, and never overwrites one.
pub(super) fn create_named(path: &Path, mode: u32, bytes: &[u8]) -> Result<(), Failure> {
    create(path, mode, bytes).map_err(|error| {
        if error.kind() != io::ErrorKind::AlreadyExists {
            return unwritten(path)(error);
        }
        let shown = shown(path);
        let taken = anyhow!("{shown} already exists, and leadbench does not overwrite it");
        Failure::environment(taken).hint("name another file with --out, or move that one away")
    })?;
    stdio::note(&format!("wrote {}", shown(path)));
    Ok(())
}

/// Makes a new folder: `NAME`, or else `NAME-2` and so on.
pub(super) fn new_folder(parent: &Path, name: &str) -> Result<Folder, Failure> {
    let hint = "choose another place with --out DIR";
    ensure_folder(parent).map_err(|failure| failure.hint(hint))?;
    let failure = |error| unwritten(parent)(error).hint(hint);
    for number in 1..=FOLDERS_TRIED {
        let folder = parent.join(match number {
            1 => name.to_owned(),
            _ => format!("{name}-{number}"),
        });
        match DirBuilder::new().mode(FOLDER_MODE).create(&folder) {
            Ok(()) => return Folder::made(&folder).map_err(failure),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failure(error)),
        }
    }
    Err(Failure::environment(anyhow!(
        "{} runs have begun in this second under {}",
        FOLDERS_TRIED,
        shown(parent)
    ))
    .hint("run again in a second, or choose another place with --out DIR"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_in_one_line() {
        let path = Path::new("out\n::error::x\u{1b}[31m\u{202e}é b");
        assert_eq!(shown(path), "out\\n::error::x\\u{1b}[31m\\u{202e}é b");
    }
}
