//! The keys that `--trust` names.

use std::path::Path;

use anyhow::anyhow;

use super::key_set_url;
use crate::cli::exit::Failure;
use crate::cli::files;
use crate::cli::key_folder::read_file;
use crate::keys::{KeyError, TrustedKey, UniqueName};

/// Reads every `[NAME=]FILE`; a key that two files agree on is there once.
pub(in crate::cli) fn read(arguments: &[String]) -> Result<Vec<TrustedKey>, Failure> {
    let mut trust = Vec::new();
    for argument in arguments {
        for key in read_one(argument)? {
            if !trust.contains(&key) {
                trust.push(key);
            }
        }
    }
    Ok(trust)
}

/// The file of an argument.
pub(super) fn path_of(argument: &str) -> &Path {
    split(argument).1
}

fn read_one(argument: &str) -> Result<Vec<TrustedKey>, Failure> {
    if key_set_url::is_one(argument) {
        return key_set_url::fetch(argument);
    }
    let (name, path) = split(argument);
    let (bytes, _) = read_file(path).map_err(|unread| {
        let hint = unread
            .is_missing()
            .then_some("key pairs are made with `leadbench keys generate NAME`");
        Failure::from(unread).maybe_hint(hint)
    })?;
    let keys = TrustedKey::read(&bytes).map_err(|error| unusable(path, error))?;
    match (name, keys.as_slice()) {
        (Some(name), [only]) => Ok(vec![only.clone().named(name)]),
        (Some(name), _) => Err(Failure::environment(anyhow!(
            "{} holds {} keys, and {name:?} can name only one",
            files::shown(path),
            keys.len()
        ))),
        (None, _) => keys.into_iter().map(|key| with_kid(key, path)).collect(),
    }
}

/// Splits `NAME=FILE`; a path that holds `=` itself is told by the `/` before it.
fn split(argument: &str) -> (Option<&str>, &Path) {
    match argument.split_once('=') {
        Some((name, file)) if !name.is_empty() && !name.contains('/') => {
            (Some(name), Path::new(file))
        }
        _ => (None, Path::new(argument)),
    }
}

/// Names a key after its file where the file does not name it itself.
fn with_kid(key: TrustedKey, path: &Path) -> Result<TrustedKey, Failure> {
    if key.kid.is_some() {
        return Ok(key);
    }
    let file = path.file_name().and_then(|file| file.to_str());
    let stem = file.and_then(|file| file.split('.').next());
    match stem.map(UniqueName::parse) {
        Some(Ok(name)) => Ok(key.named(name.as_str())),
        _ => Err(Failure::environment(anyhow!(
            "{} does not say the kid of its key, and its file name is not a unique name",
            files::shown(path)
        ))
        .hint(format!("name it: --trust NAME={}", files::shown(path)))),
    }
}

fn unusable(path: &Path, error: KeyError) -> Failure {
    let hint = match &error {
        KeyError::PrivateNotWanted => Some("give the .crt.pem, the .pub.pem or jwks.json instead"),
        KeyError::NotPem | KeyError::OtherForm(_) => {
            Some("give a certificate or a public key, in PEM or DER, or a JSON Web Key Set")
        }
        _ => None,
    };
    let what = files::could_not("trust", path);
    Failure::environment(anyhow::Error::new(error).context(what)).maybe_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(name: &str) -> String {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/keys");
        format!("{folder}/test-only-{name}")
    }

    #[track_caller]
    fn refused(argument: String, words: &str) {
        let text = read(&[argument]).unwrap_err().to_string();
        assert!(text.contains(words), "{text}");
    }

    #[test]
    fn a_name_goes_before_the_file() {
        assert_eq!(split("a=b.pem"), (Some("a"), Path::new("b.pem")));
        assert_eq!(split("b.pem"), (None, Path::new("b.pem")));
        assert_eq!(split("/x=y/b.pem"), (None, Path::new("/x=y/b.pem")));
    }

    #[test]
    fn a_key_takes_the_name_of_its_file() {
        let root = tempfile::tempdir().unwrap();
        for file in ["lead_signing.crt.pem", "lead_signing.crt"] {
            let path = root.path().join(file);
            std::fs::copy(fixture("rsa2048.crt.pem"), &path).unwrap();
            let keys = read(&[path.to_str().unwrap().to_owned()]).unwrap();
            assert_eq!(keys[0].kid.as_deref(), Some("lead_signing"));
        }
    }

    #[test]
    fn a_key_in_two_files_is_trusted_once() {
        let twice =
            ["rsa2048.crt.pem", "rsa2048.pub.pem"].map(|file| format!("a={}", fixture(file)));
        assert_eq!(read(&twice).unwrap().len(), 1);
    }

    #[test]
    fn files_that_name_no_key_are_refused_in_words_that_help() {
        refused(fixture("rsa2048.crt.pem"), "--trust NAME=");
        refused(fixture("missing.pem"), "missing.pem");
        refused(
            format!("a={}", fixture("rsa2048-pkcs8.key.pem")),
            "this is a private key; the target needs only the certificate",
        );
        refused(format!("a={}", fixture("ec.pub.pem")), "an EC key");
    }
}
