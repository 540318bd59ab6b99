//! Writing a new key pair: all of it, or nothing.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use rustix::fs::{FlockOperation, flock};
use time::OffsetDateTime;

use super::{KeyFolder, Unread, read_file};
use crate::cli::exit::Failure;
use crate::keys::{self, GeneratedPair, ImportedPair, KeySize, UniqueName};

/// Of a private key, and of the folder that holds it.
const KEY_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// Of what may be given away.
const PUBLIC_MODE: u32 = 0o644;

impl KeyFolder {
    /// Makes a key pair and writes its four files, the folder first where there is none.
    ///
    /// An existing pair is never touched. When one file cannot be written, those that were
    /// are taken back, and an existing key set stays as it was.
    pub fn generate(&self, name: &UniqueName, size: KeySize) -> Result<(), Failure> {
        let make = || {
            keys::generate(name, size, OffsetDateTime::now_utc())
                .context("could not make a key pair")
        };
        self.refuse_existing(name)?;
        self.write(name, make).map_err(Failure::environment)
    }

    /// Writes the files of a key pair from elsewhere, as [`KeyFolder::generate`] does.
    pub fn import(
        &self,
        name: &UniqueName,
        pair: ImportedPair,
        now: OffsetDateTime,
    ) -> Result<(), Failure> {
        self.refuse_existing(name)?;
        let make = || pair.named(name, now).context("could not use the key pair");
        self.write(name, make).map_err(Failure::environment)
    }

    fn refuse_existing(&self, name: &UniqueName) -> Result<(), Failure> {
        let files = [
            self.private_key_path(name),
            self.certificate_path(name),
            self.public_key_path(name),
        ];
        // Dangling links count too, so the link itself is asked.
        match files.iter().find(|path| path.symlink_metadata().is_ok()) {
            None => Ok(()),
            Some(path) => Err(Failure::environment(anyhow!(
                "there is a key pair {:?} already: {} exists",
                name.as_str(),
                path.display()
            ))
            .hint(
                "choose another name, or move the old pair away; \
                 a pair is never overwritten",
            )),
        }
    }

    fn write(
        &self,
        name: &UniqueName,
        make: impl FnOnce() -> anyhow::Result<GeneratedPair>,
    ) -> anyhow::Result<()> {
        DirBuilder::new()
            .recursive(true)
            .mode(FOLDER_MODE)
            .create(self.path())
            .with_context(|| format!("could not make the folder {}", self.path().display()))?;
        let _alone = self.lock()?;
        let pair = make()?;
        let jwks = keys::merge_jwks(self.existing_jwks()?.as_deref(), &pair.jwk)
            .with_context(|| format!("could not add to {}", self.jwks_path().display()))?;

        let mut written = Written::default();
        written.create(
            &self.private_key_path(name),
            KEY_MODE,
            pair.private_key_pem.as_bytes(),
        )?;
        written.create(
            &self.certificate_path(name),
            PUBLIC_MODE,
            pair.certificate_pem.as_bytes(),
        )?;
        written.create(
            &self.public_key_path(name),
            PUBLIC_MODE,
            pair.public_key_pem.as_bytes(),
        )?;
        self.replace_jwks(jwks.as_bytes())?;
        written.keep();
        Ok(())
    }

    /// Waits until no other process is in the middle of writing a pair.
    pub(super) fn wait_for_writer(&self) -> anyhow::Result<()> {
        let what = || format!("could not lock the folder {}", self.path().display());
        let folder = File::open(self.path()).with_context(what)?;
        flock(&folder, FlockOperation::LockShared).with_context(what)
    }

    /// Holds the folder against another process that would write its key set.
    fn lock(&self) -> anyhow::Result<File> {
        let what = || format!("could not lock the folder {}", self.path().display());
        let folder = File::open(self.path()).with_context(what)?;
        flock(&folder, FlockOperation::LockExclusive).with_context(what)?;
        Ok(folder)
    }

    fn existing_jwks(&self) -> anyhow::Result<Option<String>> {
        let path = self.jwks_path();
        match read_file(&path) {
            Ok((bytes, _)) => String::from_utf8(bytes.to_vec())
                .map(Some)
                .with_context(|| format!("{} is no text", path.display())),
            Err(Unread::Missing) => Ok(None),
            Err(Unread::Failed(error)) => Err(error),
        }
    }

    /// Puts a whole new key set in place of the former one.
    fn replace_jwks(&self, text: &[u8]) -> anyhow::Result<()> {
        let temporary = self
            .path()
            .join(format!("jwks.json.{}.tmp", std::process::id()));
        let mut written = Written::default();
        written.create(&temporary, PUBLIC_MODE, text)?;
        let path = self.jwks_path();
        fs::rename(&temporary, &path)
            .with_context(|| format!("could not write {}", path.display()))?;
        written.keep();
        Ok(())
    }
}

/// Files that were created and go away again unless they are kept.
#[derive(Default)]
struct Written(Vec<PathBuf>);

impl Written {
    /// Creates a file that must not exist yet, with these permissions from the start.
    fn create(&mut self, path: &Path, mode: u32, bytes: &[u8]) -> anyhow::Result<()> {
        let what = || format!("could not write {}", path.display());
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)
            .with_context(what)?;
        self.0.push(path.to_owned());
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .with_context(what)
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        for path in &self.0 {
            // Failing here leaves a file behind that the error above already tells of.
            drop(fs::remove_file(path));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

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
        let mut written = Written::default();
        written.create(path, mode, bytes).unwrap();
        written.keep();
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
        assert!(made.made);
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
        assert!(!again.made);
        assert_eq!(again.key.public_key(), made.key.public_key());
        assert_eq!(folder.names().unwrap(), [name()]);
    }

    #[test]
    fn an_existing_pair_is_never_overwritten() {
        for suffix in ["key.pem", "crt.pem", "pub.pem"] {
            let root = tempfile::tempdir().unwrap();
            let folder = KeyFolder::at(root.path());
            let path = root.path().join(format!("lead_signing.{suffix}"));
            put(&path, 0o600, b"precious");
            let failure = folder.generate(&name(), KeySize::Rsa2048).unwrap_err();
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
        assert!(folder.generate(&name(), KeySize::Rsa2048).is_err());
        assert_eq!(files(root.path()), ["jwks.json"]);

        fs::remove_file(folder.jwks_path()).unwrap();
        fs::create_dir_all(folder.jwks_path().join("in the way")).unwrap();
        assert!(folder.generate(&name(), KeySize::Rsa2048).is_err());
        assert_eq!(files(root.path()), ["jwks.json"]);

        let mut written = Written::default();
        written
            .create(&root.path().join("first"), 0o600, b"")
            .unwrap();
        assert!(written.create(&folder.jwks_path(), 0o600, b"").is_err());
        drop(written);
        assert_eq!(files(root.path()), ["jwks.json"]);
    }

    #[test]
    fn a_second_pair_joins_the_key_set() {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::at(root.path());
        let other = UniqueName::parse("other").unwrap();
        folder.generate(&name(), KeySize::Rsa2048).unwrap();
        folder.generate(&other, KeySize::Rsa2048).unwrap();
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
        refused(fixture!("encrypted-pkcs8.key.pem"), 0o600, "openssl pkey");
        refused(fixture!("encrypted-legacy.key.pem"), 0o600, "is encrypted");
        refused(fixture!("rsa1024.key.pem"), 0o600, "1024 bits");
        refused(fixture!("rsa2048.crt.pem"), 0o600, "a certificate");
        refused(b"my secret passphrase is long", 0o600, "no PEM block");
        refused(&KEY[..900], 0o600, "damaged");
        refused(&vec![b'x'; 70_000], 0o600, "larger than 64 KiB");
        refused(KEY, 0o640, "chmod 600");
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
