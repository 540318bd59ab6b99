//! Writing a new key pair: all of it, or nothing.

use std::fs::File;

use anyhow::{Context as _, anyhow};
use rustix::fs::{FlockOperation, flock};
use time::OffsetDateTime;

use super::staging::Staging;
use super::{FILE_BYTES_MAX, KeyFolder, openness};
use crate::cli::exit::{Failure, OrFail as _};
use crate::cli::{files, stdio, wall};
use crate::clock::date;
use crate::keys::{self, GeneratedPair, ImportedPair, KeySize, UniqueName};

/// Whether a pair joins `jwks.json`, so that an API trusts the tokens that it signs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeySet {
    /// It signs tokens.
    Joined,
    /// It does not sign tokens, or the API gets its key in another way.
    LeftAlone,
}

impl KeyFolder {
    /// Makes a key pair and writes its files; creates the folder if it does not exist.
    ///
    /// Never changes an existing pair. If one file cannot be written, removes the others and leaves an
    /// existing key set as it is.
    pub fn generate(&self, name: &UniqueName, size: KeySize, set: KeySet) -> Result<(), Failure> {
        let make = || {
            keys::generate(name, size, date(wall::since_epoch()))
                .context("could not make a key pair")
        };
        self.write(name, set, make)
    }

    /// Writes the files of a key pair from elsewhere, as [`KeyFolder::generate`] does.
    pub fn import(
        &self,
        name: &UniqueName,
        pair: ImportedPair,
        set: KeySet,
        now: OffsetDateTime,
    ) -> Result<(), Failure> {
        let make = || pair.named(name, now).context("could not use the key pair");
        self.write(name, set, make)
    }

    fn refuse_existing(&self, name: &UniqueName) -> Result<(), Failure> {
        let files = [
            self.private_key_path(name),
            self.certificate_path(name),
            self.public_key_path(name),
        ];
        // Dangling links count too, so this asks for the link itself.
        let (there, missing): (Vec<_>, Vec<_>) = files
            .iter()
            .partition(|path| path.symlink_metadata().is_ok());
        let Some(path) = there.first() else {
            return Ok(());
        };
        let failure = Failure::environment(anyhow!(
            "the key pair {:?} already exists: {}",
            name.as_str(),
            files::shown(path)
        ));
        Err(match missing.first() {
            None => failure.hint(
                "choose another name, or move the old pair away; leadbench never overwrites a \
                 pair",
            ),
            Some(missing) => failure.hint(format!(
                "it is incomplete, because {} is missing: move its files out of the folder; with \
                 its private key, `leadbench keys import {name} FILE` makes a complete pair again",
                files::shown(missing)
            )),
        })
    }

    fn write(
        &self,
        name: &UniqueName,
        set: KeySet,
        make: impl FnOnce() -> anyhow::Result<GeneratedPair>,
    ) -> Result<(), Failure> {
        self.settle();
        self.refuse_existing(name)?;
        files::ensure_folder(self.path())?;
        self.write_alone(name, set, make)
    }

    fn write_alone(
        &self,
        name: &UniqueName,
        set: KeySet,
        make: impl FnOnce() -> anyhow::Result<GeneratedPair>,
    ) -> Result<(), Failure> {
        let environment = Failure::environment;
        let alone = self.lock(FlockOperation::LockExclusive);
        let _alone = alone.map_err(environment)?;
        self.mend().map_err(environment)?;
        let pair = make().map_err(environment)?;
        let joins_set = set == KeySet::Joined;
        if joins_set {
            // Checked before anything is written.
            let known = self.existing_jwks().map_err(environment)?;
            keys::merge_jwks(known.as_deref(), &pair.jwk)
                .or_fail(|| files::could_not("add to", &self.jwks_path()))
                .map_err(|failure| {
                    failure.hint("move the file away, or leave the pair out of it with --no-jwks")
                })?;
        }
        Staging::write(self, name, &pair, joins_set)
            .and_then(Staging::place)
            .map_err(environment)
    }

    /// Warns if others may change the folder, and mends what a killed command left.
    pub(super) fn settle(&self) {
        openness::warn(self.path());
        if self.unfinished().is_empty() {
            return;
        }
        // The lock waits for a command that is still writing.
        let alone = self.lock(FlockOperation::LockExclusive);
        let mended = alone.and_then(|_alone| self.mend());
        if let Err(error) = mended {
            stdio::note(&format!("warning: {error:#}"));
        }
    }

    /// Waits until no other process is in the middle of writing a pair.
    pub(super) fn wait_for_writer(&self) -> anyhow::Result<()> {
        self.lock(FlockOperation::LockShared).map(drop)
    }

    /// Locks the folder until the file is dropped: exclusively to write, shared to wait for writers.
    fn lock(&self, operation: FlockOperation) -> anyhow::Result<File> {
        let what = || files::could_not("lock the folder", self.path());
        let folder = File::open(self.path()).with_context(what)?;
        flock(&folder, operation).with_context(what)?;
        Ok(folder)
    }

    /// The `kid`s of the key set; empty if there is no set.
    pub fn trusted(&self) -> Result<Vec<String>, Failure> {
        let path = self.jwks_path();
        let Some(set) = self.existing_jwks().map_err(Failure::environment)? else {
            return Ok(Vec::new());
        };
        keys::jwks_kids(set.as_bytes()).or_fail(|| files::could_not("use", &path))
    }

    pub(super) fn existing_jwks(&self) -> anyhow::Result<Option<String>> {
        match files::read_text(&self.jwks_path(), FILE_BYTES_MAX) {
            Err(unread) if unread.is_missing() => Ok(None),
            read => Ok(Some(read?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    use std::path::Path;

    use super::*;
    use crate::cli::exit::Code;

    const KEY: &[u8] =
        include_bytes!("../../../tests/fixtures/keys/test-only-rsa2048-pkcs8.key.pem");

    fn name() -> UniqueName {
        UniqueName::parse("lead_signing").unwrap()
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o7777
    }

    fn put(path: &Path, mode: u32, bytes: &[u8]) {
        let mut options = fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)
            .unwrap();
        file.write_all(bytes).unwrap();
        let mode = fs::Permissions::from_mode(mode);
        file.set_permissions(mode).unwrap();
    }

    fn pair(name: &UniqueName) -> GeneratedPair {
        let opening = keys::Opening::default();
        let pair = ImportedPair::read(&[KEY], &opening).unwrap();
        pair.named(name, date(wall::since_epoch())).unwrap()
    }

    const WHOLE: [&str; 4] = [
        "jwks.json",
        "lead_signing.crt.pem",
        "lead_signing.key.pem",
        "lead_signing.pub.pem",
    ];

    /// What a command leaves that is killed here.
    fn killed(staging: Staging<'_>) {
        std::mem::forget(staging);
    }

    fn files(folder: &Path) -> Vec<String> {
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        files
    }

    #[test]
    fn a_pair_is_written_for_its_owner_alone() {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::at(root.path().join("a/keys"));
        let made = folder.ensure(&name(), KeySize::Rsa2048).unwrap();
        assert_eq!(
            files(folder.path()),
            [
                "jwks.json",
                "lead_signing.crt.pem",
                "lead_signing.key.pem",
                "lead_signing.pub.pem"
            ]
        );
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(mode(&folder.private_key_path(&name())), 0o600);

        let again = folder.ensure(&name(), KeySize::Rsa2048).unwrap();
        assert_eq!(again.public_key(), made.public_key());
        assert_eq!(folder.names().unwrap(), [name()]);
    }

    #[test]
    fn an_existing_pair_is_never_overwritten() {
        for suffix in ["key.pem", "crt.pem", "pub.pem"] {
            let root = tempfile::tempdir().unwrap();
            let folder = KeyFolder::at(root.path());
            let path = root.path().join(format!("lead_signing.{suffix}"));
            put(&path, 0o600, b"precious");
            let failure = folder
                .generate(&name(), KeySize::Rsa2048, KeySet::Joined)
                .unwrap_err();
            assert_eq!(failure.code(), Code::Environment);
            assert!(failure.to_string().contains("hint: "));
            assert_eq!(files(root.path()), [format!("lead_signing.{suffix}")]);
        }
    }

    // Goal: no half a pair. Method: the last file to be written, the key set, is broken.
    #[test]
    fn a_failure_leaves_nothing_half_written() {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::at(root.path());
        put(&folder.jwks_path(), 0o600, b"{ broken");
        assert!(
            folder
                .generate(&name(), KeySize::Rsa2048, KeySet::Joined)
                .is_err()
        );
        assert_eq!(files(root.path()), ["jwks.json"]);

        fs::remove_file(folder.jwks_path()).unwrap();
        fs::create_dir_all(folder.jwks_path().join("in the way")).unwrap();
        assert!(
            folder
                .generate(&name(), KeySize::Rsa2048, KeySet::Joined)
                .is_err()
        );
        assert_eq!(files(root.path()), ["jwks.json"]);
    }

    #[test]
    fn a_kill_while_the_files_are_written_leaves_nothing_that_stays() {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::at(root.path());
        killed(Staging::write(&folder, &name(), &pair(&name()), true).unwrap());
        assert_eq!(files(root.path()), [".making-lead_signing"]);
        assert_eq!(folder.names().unwrap(), []);
        assert_eq!(files(root.path()), [""; 0]);
        // And the same name can be taken again.
        killed(Staging::write(&folder, &name(), &pair(&name()), true).unwrap());
        folder
            .generate(&name(), KeySize::Rsa2048, KeySet::Joined)
            .unwrap();
        assert_eq!(files(root.path()), WHOLE);
    }

    // Goal: all of a pair or nothing, wherever a kill falls. Method: the state that each step
    // leaves is made, and the next command looks at the folder.
    #[test]
    fn a_kill_while_the_files_are_moved_is_made_good_by_the_next_command() {
        let steps = ["crt", "pub", "key", "jwks"];
        for moved in (0..=steps.len()).map(|count| &steps[..count]) {
            let root = tempfile::tempdir().unwrap();
            let folder = KeyFolder::at(root.path());
            let pair = pair(&name());
            killed(Staging::write(&folder, &name(), &pair, true).unwrap());
            let made = root.path().join(".made-lead_signing");
            fs::rename(root.path().join(".making-lead_signing"), &made).unwrap();
            for part in moved {
                if *part == "jwks" {
                    let set = keys::merge_jwks(None, &pair.jwk).unwrap();
                    put(&folder.jwks_path(), 0o644, set.as_bytes());
                } else {
                    let to = root.path().join(format!("lead_signing.{part}.pem"));
                    fs::rename(made.join(format!("{part}.pem")), to).unwrap();
                }
            }
            let key = folder.load_private(&name()).unwrap();
            assert_eq!(files(root.path()), WHOLE, "{moved:?}");
            assert_eq!(mode(&folder.private_key_path(&name())), 0o600);
            assert_eq!(folder.trusted().unwrap(), ["lead_signing"]);
            assert_eq!(key.bits(), 2048);
        }
    }

    // Put there by hand in the meantime: it stays, and the other pair goes.
    #[test]
    fn a_pair_that_was_never_in_place_overwrites_nothing() {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::at(root.path());
        killed(Staging::write(&folder, &name(), &pair(&name()), true).unwrap());
        let made = root.path().join(".made-lead_signing");
        fs::rename(root.path().join(".making-lead_signing"), &made).unwrap();
        put(&folder.private_key_path(&name()), 0o600, b"precious");
        let error = folder.mend().unwrap_err();
        let told = format!("{error:#}");
        assert!(told.contains("key pair lead_signing"), "{told}");
        assert!(told.contains("its files are removed: "), "{told}");
        assert!(told.ends_with("already exists"), "{told}");
        assert!(folder.load_private(&name()).is_err());
        assert_eq!(files(root.path()), ["lead_signing.key.pem"]);
    }

    #[test]
    fn a_pair_that_signs_nothing_stays_out_of_the_key_set() {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::at(root.path());
        let other = UniqueName::parse("other").unwrap();
        let import = |name: &UniqueName, set| {
            let pair = ImportedPair::read(&[KEY], &keys::Opening::default()).unwrap();
            folder
                .import(name, pair, set, date(wall::since_epoch()))
                .unwrap();
        };
        import(&other, KeySet::LeftAlone);
        assert!(!folder.jwks_path().exists());
        import(&name(), KeySet::Joined);
        assert_eq!(folder.trusted().unwrap(), ["lead_signing"]);
    }

    #[test]
    fn half_a_pair_is_told_with_the_way_to_a_whole_one() {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::at(root.path());
        put(&folder.private_key_path(&name()), 0o600, KEY);
        let failure = folder
            .generate(&name(), KeySize::Rsa2048, KeySet::Joined)
            .unwrap_err()
            .to_string();
        assert!(failure.contains("is incomplete"), "{failure}");
        assert!(
            failure.contains("leadbench keys import lead_signing"),
            "{failure}"
        );
    }

    #[test]
    fn a_second_pair_joins_the_key_set() {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::at(root.path());
        let other = UniqueName::parse("other").unwrap();
        folder
            .generate(&name(), KeySize::Rsa2048, KeySet::Joined)
            .unwrap();
        folder
            .generate(&other, KeySize::Rsa2048, KeySet::Joined)
            .unwrap();
        let set = folder.existing_jwks().unwrap().unwrap();
        let kids: Vec<_> = keys::TrustedKey::read(set.as_bytes())
            .unwrap()
            .into_iter()
            .filter_map(|key| key.kid)
            .collect();
        assert_eq!(kids, ["lead_signing", "other"]);
    }

    /// A private key file with this content and mode is refused in these words.
    #[track_caller]
    fn refused(bytes: &[u8], mode: u32, words: &str) {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::at(root.path());
        put(&folder.private_key_path(&name()), mode, bytes);
        let failure = folder.load_private(&name()).unwrap_err();
        let text = failure.to_string();
        assert_eq!(failure.code(), Code::Environment);
        assert!(text.contains(words), "{text}");
        assert!(text.contains("lead_signing.key.pem"), "{text}");
        let content = String::from_utf8_lossy(bytes);
        for line in content.lines().filter(|line| line.len() > 20) {
            assert!(!text.contains(line), "{text}");
        }
    }

    macro_rules! fixture {
        ($name:literal) => {
            include_bytes!(concat!("../../../tests/fixtures/keys/test-only-", $name))
        };
    }

    #[test]
    fn bad_key_files_are_refused_in_words_that_help() {
        refused(fixture!("ec-pkcs8.key.pem"), 0o600, "it is an EC key");
        refused(
            fixture!("encrypted-pkcs8.key.pem"),
            0o600,
            "keys import lead_signing KEY_FILE --passphrase-file FILE",
        );
        refused(fixture!("encrypted-legacy.key.pem"), 0o600, "is encrypted");
        refused(fixture!("rsa1024.key.pem"), 0o600, "1024 bits");
        refused(fixture!("rsa2048.crt.pem"), 0o600, "a certificate");
        refused(
            fixture!("encrypted-legacy.key.pem"),
            0o600,
            "--passphrase-file",
        );
        refused(b"my secret passphrase is long", 0o600, "no PEM block");
        refused(b"", 0o600, "the file is empty");
        refused(&KEY[..900], 0o600, "damaged");
        refused(&vec![b'x'; 70_000], 0o600, "larger than 65536 bytes");
        refused(KEY, 0o660, "chmod 600");
        refused(KEY, 0o604, "mode 0604");
    }

    #[test]
    fn a_missing_key_names_the_command_that_makes_one() {
        let root = tempfile::tempdir().unwrap();
        let failure = KeyFolder::at(root.path())
            .load_private(&name())
            .unwrap_err();
        let text = failure.to_string();
        assert!(
            text.contains("`leadbench keys generate lead_signing`"),
            "{text}"
        );
    }

    #[test]
    fn a_folder_in_the_place_of_a_key_is_named_so() {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::at(root.path());
        fs::create_dir(folder.private_key_path(&name())).unwrap();
        let failure = folder.load_private(&name()).unwrap_err();
        assert!(failure.to_string().contains("is a folder"));
    }
}
