//! `leadbench keys show`.

use std::path::Path;

use anyhow::anyhow;
use time::OffsetDateTime;

use super::{which_goes_where, whom_it_trusts};
use crate::cli::exit::{Code, CommandResult, Failure};
use crate::cli::files;
use crate::cli::key_folder::{KeyFolder, no_pair, read_file};
use crate::cli::secret_file::{self, Ownership, Process};
use crate::cli::{stdio, wall};
use crate::clock::date;
use crate::keys::{CertificateFacts, Chain, ChainLink, PrivateKey, UniqueName};

/// Shows one pair, or all of them.
pub(super) fn run(folder: &KeyFolder, name: Option<&UniqueName>) -> CommandResult {
    let names = folder.names()?;
    let names = match name {
        None => names,
        Some(name) if names.contains(name) => vec![name.clone()],
        Some(name) => {
            let where_not = format!(" in {}", files::shown(folder.path()));
            return Err(no_pair(name, &where_not));
        }
    };
    if names.is_empty() {
        let shown = files::shown(folder.path());
        stdio::note(&if folder.path().is_dir() {
            format!("the folder {shown} contains no key pairs")
        } else {
            format!("the folder {shown} does not exist; --keys names another one")
        });
        return Ok(Code::Passed);
    }
    let now = date(wall::since_epoch());
    let trusted = folder.trusted()?;
    let is_trusted = |name: &UniqueName| trusted.iter().any(|kid| kid == name.as_str());
    let mut text = String::new();
    let mut broken = Vec::new();
    let mut for_clients = Vec::new();
    for name in &names {
        let pair = Pair::look(folder, name);
        let facts = pair.certificate.as_ref().map(|(_, facts)| facts);
        if is_trusted(name) && facts.is_some_and(|facts| facts.is_for_clients_alone) {
            for_clients.push(name.as_str());
        }
        text.push_str(&pair.shown_at(now, is_trusted(name)));
        text.push('\n');
        if !pair.problems.is_empty() {
            broken.push(name.as_str());
        }
    }
    if !broken.is_empty() {
        stdio::print(&text)?;
        let problems = anyhow!("these key pairs have problems: {}", broken.join(", "));
        return Err(
            Failure::environment(problems).hint("solve them before you give their files to others")
        );
    }
    let example = match names.as_slice() {
        [only] => only.as_str(),
        _ => "NAME",
    };
    let shows_trusted = names.iter().any(is_trusted);
    text.push_str(&which_goes_where(example, shows_trusted));
    text.push_str(&whom_it_trusts(&trusted));
    stdio::print(&text)?;
    if !for_clients.is_empty() {
        stdio::note(&format!(
            "warning: jwks.json contains {}, whose certificate is only for TLS clients; an API \
             with this file trusts tokens signed with that key; `leadbench keys export --jwks \
             NAME...` writes a set without it",
            for_clients.join(", ")
        ));
    }
    if let Some(note) = of_no_pair(folder, &trusted)? {
        stdio::note(&note);
    }
    Ok(Code::Passed)
}

/// A note about keys of the set without a pair in the folder.
fn of_no_pair(folder: &KeyFolder, trusted: &[String]) -> Result<Option<String>, Failure> {
    let names = folder.names()?;
    let is_gone = |kid: &&String| names.iter().all(|name| name.as_str() != kid.as_str());
    let gone: Vec<_> = trusted.iter().filter(is_gone).map(String::as_str).collect();
    Ok((!gone.is_empty()).then(|| {
        format!(
            "note: jwks.json also holds the public key of {}, but this folder has no such pair",
            gone.join(", ")
        )
    }))
}

/// One pair, and its problems.
struct Pair {
    name: UniqueName,
    bits: Option<u32>,
    certificate: Option<(Chain, CertificateFacts)>,
    problems: Vec<String>,
}

impl Pair {
    fn look(folder: &KeyFolder, name: &UniqueName) -> Self {
        let mut problems = Vec::new();
        let key = private_key(&folder.private_key_path(name), &mut problems);
        let certificate = certificate(&folder.certificate_path(name), &mut problems);
        if let (Some(key), Some((_, facts))) = (&key, &certificate)
            && *key.public_key() != facts.public_key
        {
            problems.push("the certificate belongs to another key".to_owned());
        }
        let certified = certificate
            .as_ref()
            .map(|(_, facts)| facts.public_key.bits());
        Self {
            name: name.clone(),
            bits: key.as_ref().map(PrivateKey::bits).or(certified),
            certificate,
            problems,
        }
    }

    /// The lines that show it at this instant.
    fn shown_at(&self, now: OffsetDateTime, is_trusted: bool) -> String {
        let mut lines = vec![match self.bits {
            Some(bits) => format!("{}  RSA {bits}", self.name),
            None => self.name.to_string(),
        }];
        if let Some((chain, facts)) = &self.certificate {
            lines.push(format!("  subject  {}", facts.subject));
            lines.push(format!("  serial   {}", facts.serial));
            lines.push(format!("  valid    {}", validity(facts, now)));
            lines.push(format!("  sha256   {}", facts.sha256));
            if facts.issuer != facts.subject {
                lines.push(format!("  issuer   {}", facts.issuer));
            }
            lines.extend(chain.links().iter().skip(1).map(|link| shown(link, now)));
            if chain.was_reordered {
                let order = "note     the certificates in its file are not in order; leadbench \
                    uses them with its own first";
                lines.push(format!("  {order}"));
            }
            if facts.is_for_clients_alone {
                lines.push("  for      TLS clients only".to_owned());
            }
        }
        let place = if is_trusted { "in" } else { "not in" };
        lines.push(format!("  key set  {place} jwks.json"));
        let problems = self.problems.iter();
        lines.extend(problems.map(|problem| format!("  problem  {problem}")));
        lines.push(String::new());
        lines.join("\n")
    }
}

/// A certificate of the chain.
fn shown(link: &ChainLink, now: OffsetDateTime) -> String {
    let end = link.not_after.date();
    let state = if now > link.not_after {
        format!("expired on {end}")
    } else {
        format!("to {end}")
    };
    format!("  chain    {} ({state})", link.subject)
}

fn private_key(path: &Path, problems: &mut Vec<String>) -> Option<PrivateKey> {
    let (text, metadata) = found(path, problems)?;
    let (file, me) = (Ownership::of(&metadata), Process::this());
    if let Some(exposure) = secret_file::exposure(file, &me) {
        problems.push(format!(
            "{} is {exposure} (mode {:04o}): {}",
            files::shown(path),
            file.mode,
            secret_file::how_to_close(path, file, &me)
        ));
    }
    PrivateKey::from_pem(&text)
        .map_err(|error| problems.push(format!("{}: {error}", files::shown(path))))
        .ok()
}

fn certificate(path: &Path, problems: &mut Vec<String>) -> Option<(Chain, CertificateFacts)> {
    let (text, _) = found(path, problems)?;
    let read = Chain::from_pem(&text);
    let read = read.and_then(|chain| {
        let facts = CertificateFacts::from_der(chain.own())?;
        Ok((chain, facts))
    });
    read.map_err(|error| problems.push(format!("{}: {error}", files::shown(path))))
        .ok()
}

fn found(
    path: &Path,
    problems: &mut Vec<String>,
) -> Option<(zeroize::Zeroizing<Vec<u8>>, std::fs::Metadata)> {
    read_file(path)
        .map_err(|unread| problems.push(unread.line()))
        .ok()
}

fn validity(facts: &CertificateFacts, now: OffsetDateTime) -> String {
    let (from, to) = (facts.not_before.date(), facts.not_after.date());
    let state = if now > facts.not_after {
        format!("expired {} ago", days((now - facts.not_after).whole_days()))
    } else if now < facts.not_before {
        "not valid yet".to_owned()
    } else {
        format!("expires in {}", days((facts.not_after - now).whole_days()))
    };
    format!("{from} to {to} ({state})")
}

fn days(count: i64) -> String {
    match count {
        1 => "1 day".to_owned(),
        count => format!("{count} days"),
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::cli::key_folder::KeySet;
    use crate::keys::KeySize;

    #[test]
    fn a_sound_pair_is_shown_without_problems() {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::at(root.path());
        let name = UniqueName::parse("lead_signing").unwrap();
        folder
            .generate(&name, KeySize::Rsa2048, KeySet::Joined)
            .unwrap();
        let pair = Pair::look(&folder, &name);
        assert_eq!(pair.problems, [""; 0]);

        let from = pair.certificate.as_ref().unwrap().1.not_before;
        let text = pair.shown_at(from, true);
        assert!(text.starts_with("lead_signing  RSA 2048\n"), "{text}");
        assert!(text.contains("(expires in 365 days)"), "{text}");
        let text = pair.shown_at(from + Duration::days(366), true);
        assert!(text.contains("(expired 1 day ago)"), "{text}");
        let text = pair.shown_at(from - Duration::days(1), false);
        assert!(text.contains("(not valid yet)"), "{text}");
    }

    // Goal: showing goes on where a part is missing or wrong, and says what.
    #[test]
    fn problems_are_shown_and_not_fatal() {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::at(root.path());
        let [one, two] = ["one", "two"].map(|name| UniqueName::parse(name).unwrap());
        folder
            .generate(&one, KeySize::Rsa2048, KeySet::Joined)
            .unwrap();
        folder
            .generate(&two, KeySize::Rsa2048, KeySet::Joined)
            .unwrap();
        std::fs::copy(folder.certificate_path(&two), folder.certificate_path(&one)).unwrap();
        let pair = Pair::look(&folder, &one);
        assert_eq!(pair.problems, ["the certificate belongs to another key"]);

        std::fs::remove_file(folder.private_key_path(&two)).unwrap();
        let text = Pair::look(&folder, &two).shown_at(OffsetDateTime::UNIX_EPOCH, false);
        assert!(text.starts_with("two  RSA 2048\n"), "{text}");
        assert!(text.contains("two.key.pem: No such file"), "{text}");
    }
}
