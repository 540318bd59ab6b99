//! Puts the files of a key pair in place, either all or none, even if the command is killed.
//!
//! The files are first written into a folder of their own, `.making-NAME`. When it is complete, it is
//! renamed to `.made-NAME`, and then its files are moved into place. The next command that opens the
//! key folder removes a `.making-NAME` and completes a `.made-NAME`.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::{KeyFolder, read_file};
use crate::cli::{files, stdio};
use crate::keys::{self, GeneratedPair, UniqueName};

/// The mode of a private key.
const KEY_MODE: u32 = 0o600;

/// The mode of the public files.
const PUBLIC_MODE: u32 = 0o644;

const MAKING: &str = ".making-";
const MADE: &str = ".made-";

/// What a pair's files are called while they are not in place yet.
const KEY: &str = "key.pem";
const CERTIFICATE: &str = "crt.pem";
const PUBLIC_KEY: &str = "pub.pem";
const JWK: &str = "jwk.json";
const JWKS: &str = "jwks.json";

/// A pair that is being written; its files are removed unless it becomes complete.
pub(super) struct Staging<'f> {
    folder: &'f KeyFolder,
    name: &'f UniqueName,
    path: PathBuf,
}

impl<'f> Staging<'f> {
    /// Writes the files of a pair, and its entry for the key set if it joins the set.
    pub(super) fn write(
        folder: &'f KeyFolder,
        name: &'f UniqueName,
        pair: &GeneratedPair,
        joins_set: bool,
    ) -> anyhow::Result<Self> {
        let path = folder.path().join(format!("{MAKING}{name}"));
        DirBuilder::new()
            .mode(files::FOLDER_MODE)
            .create(&path)
            .with_context(|| files::could_not("write", &path))?;
        let staging = Self { folder, name, path };
        let put = |file: &str, mode, text: &str| write(&staging.path.join(file), mode, text);
        put(KEY, KEY_MODE, &pair.private_key_pem)?;
        put(CERTIFICATE, PUBLIC_MODE, &pair.certificate_pem)?;
        put(PUBLIC_KEY, PUBLIC_MODE, &pair.public_key_pem)?;
        if joins_set {
            put(JWK, PUBLIC_MODE, &serde_json::to_string(&pair.jwk)?)?;
        }
        Ok(staging)
    }

    /// Marks the pair as complete, and moves it into place.
    pub(super) fn place(self) -> anyhow::Result<()> {
        files::sync_folder(&self.path);
        let made = self.folder.path().join(format!("{MADE}{}", self.name));
        fs::rename(&self.path, &made).with_context(|| files::could_not("write", &made))?;
        files::sync_folder(self.folder.path());
        place(self.folder, self.name, &made)
    }
}

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        // A complete pair was renamed, so this removes only incomplete ones.
        drop(fs::remove_dir_all(&self.path));
    }
}

impl KeyFolder {
    /// Removes or completes the pairs that killed commands left, and says so. The caller holds the
    /// lock of the folder.
    pub(super) fn mend(&self) -> anyhow::Result<()> {
        for (name, path, is_whole) in self.unfinished() {
            if is_whole {
                place(self, &name, &path).with_context(|| {
                    format!(
                        "could not complete the key pair {name} that an interrupted command left; \
                         its files are removed"
                    )
                })?;
                stdio::note(&format!(
                    "note: an earlier command was interrupted while it wrote the key pair {name}; \
                     the pair is complete now"
                ));
            } else {
                fs::remove_dir_all(&path).with_context(|| files::could_not("remove", &path))?;
                stdio::note(&format!(
                    "note: an earlier command was interrupted before the key pair {name} was \
                     complete; its files are removed"
                ));
            }
        }
        Ok(())
    }

    /// The pairs that killed commands left: name, folder, and whether the pair is complete.
    pub(super) fn unfinished(&self) -> Vec<(UniqueName, PathBuf, bool)> {
        let entries = fs::read_dir(self.path()).into_iter().flatten().flatten();
        let mut found: Vec<_> = entries
            .filter_map(|entry| {
                let file = entry.file_name();
                let file = file.to_str()?;
                let (name, is_whole) = match file.strip_prefix(MADE) {
                    Some(name) => (name, true),
                    None => (file.strip_prefix(MAKING)?, false),
                };
                let name = UniqueName::parse(name).ok()?;
                Some((name, entry.path(), is_whole))
            })
            .collect();
        found.sort_by(|one, other| one.1.cmp(&other.1));
        found
    }
}

/// Moves a complete pair into place.
///
/// # Errors
///
/// A file cannot be moved, or another file is in its place. Files that were moved are removed.
fn place(folder: &KeyFolder, name: &UniqueName, made: &Path) -> anyhow::Result<()> {
    let mut placed = Vec::new();
    let moved = move_all(folder, name, made, &mut placed);
    if moved.is_err() {
        for path in &placed {
            // A file that cannot be removed stays, and a later command says that its pair is
            // incomplete.
            drop(fs::remove_file(path));
        }
    }
    drop(fs::remove_dir_all(made));
    files::sync_folder(folder.path());
    moved
}

fn move_all(
    folder: &KeyFolder,
    name: &UniqueName,
    made: &Path,
    placed: &mut Vec<PathBuf>,
) -> anyhow::Result<()> {
    let mut step = |from: &str, to: PathBuf| -> anyhow::Result<()> {
        let from = made.join(from);
        let is_there = |path: &Path| path.symlink_metadata().is_ok();
        match (is_there(&from), is_there(&to)) {
            // It was moved before the command was killed.
            (false, true) => {}
            (false, false) => bail!("{} is missing", files::shown(&from)),
            (true, true) => bail!("{} already exists", files::shown(&to)),
            (true, false) => {
                fs::rename(&from, &to).with_context(|| files::could_not("write", &to))?;
            }
        }
        placed.push(to);
        Ok(())
    };
    step(CERTIFICATE, folder.certificate_path(name))?;
    step(PUBLIC_KEY, folder.public_key_path(name))?;
    step(KEY, folder.private_key_path(name))?;
    join_set(folder, made)
}

/// Puts the pair's entry into the key set, as a whole new file.
fn join_set(folder: &KeyFolder, made: &Path) -> anyhow::Result<()> {
    let entry = match read_file(&made.join(JWK)) {
        Ok((entry, _)) => entry,
        Err(unread) if unread.is_missing() => return Ok(()),
        Err(unread) => return Err(unread.into()),
    };
    let path = folder.jwks_path();
    let set = keys::merge_jwk_text(folder.existing_jwks()?.as_deref(), &entry)
        .with_context(|| files::could_not("add to", &path))?;
    let new = made.join(JWKS);
    drop(fs::remove_file(&new));
    write(&new, PUBLIC_MODE, &set)?;
    fs::rename(&new, &path).with_context(|| files::could_not("write", &path))
}

fn write(path: &Path, mode: u32, text: &str) -> anyhow::Result<()> {
    files::create(path, mode, text.as_bytes()).with_context(|| files::could_not("write", path))
}
