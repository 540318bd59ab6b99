//! Reading and writing files so that nothing is ever half written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::exit::Failure;

/// Folders tried for a run before giving up; two runs of one second differ by a number.
const FOLDERS_TRIED: u32 = 100;

/// Reads a whole file of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> anyhow::Result<Vec<u8>> {
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("could not open {shown}"))?;
    let about = file
        .metadata()
        .with_context(|| format!("could not look at {shown}"))?;
    anyhow::ensure!(!about.is_dir(), "{shown} is a directory, not a file");
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("could not read {shown}"))?;
    anyhow::ensure!(
        crate::units::count(bytes.len()) <= limit,
        "{shown} is larger than {limit} bytes"
    );
    Ok(bytes)
}

/// Writes a file in one step: whoever looks sees the old one or the whole new one.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&partial)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        // The error that matters is the first one.
        fs::remove_file(&partial).unwrap_or_default();
    }
    written
}

/// What lies in a folder; nothing where it cannot be looked into.
pub(super) fn entries_of(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// Makes a folder, and those above it, where there is none.
pub(super) fn ensure_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Makes a folder that no earlier run has used: `NAME`, or else `NAME-2` and so on.
pub(super) fn new_folder(parent: &Path, name: &str) -> Result<PathBuf, Failure> {
    let failure = |error: io::Error| {
        Failure::environment(
            anyhow::Error::new(error)
                .context(format!("could not make a folder in {}", parent.display())),
        )
        .hint("choose another place with --out DIR")
    };
    fs::create_dir_all(parent).map_err(failure)?;
    for number in 1..=FOLDERS_TRIED {
        let folder = parent.join(match number {
            1 => name.to_owned(),
            _ => format!("{name}-{number}"),
        });
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failure(error)),
        }
    }
    Err(Failure::environment(anyhow::anyhow!(
        "{} runs have begun in this second under {}",
        FOLDERS_TRIED,
        parent.display()
    )))
}
