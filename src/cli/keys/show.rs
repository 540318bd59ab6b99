//! `leadbench keys show`.

use std::path::Path;

use anyhow::anyhow;
use time::{Date, OffsetDateTime};

use super::which_goes_where;
use crate::cli::exit::{Code, Failure, Outcome};
use crate::cli::key_folder::{KeyFolder, Unread, open_to_others, read_file};
use crate::cli::stdio;
use crate::keys::{CertificateFacts, PrivateKey, UniqueName};

/// Shows one pair, or all of them.
pub(super) fn run(folder: &KeyFolder, name: Option<&UniqueName>) -> Outcome {
    let names = folder.names()?;
    let names = match name {
        None => names,
        Some(name) if names.contains(name) => vec![name.clone()],
        Some(name) => return Err(missing(folder, name)),
    };
    if names.is_empty() {
        stdio::note(&format!("no key pairs in {}", folder.path().display()));
        return Ok(Code::Passed);
    }
    let now = OffsetDateTime::now_utc();
    let mut text = String::new();
    let mut broken = Vec::new();
    for name in &names {
        let pair = Pair::look(folder, name);
        text.push_str(&pair.shown_at(now));
        text.push('\n');
        if !pair.problems.is_empty() {
            broken.push(name.as_str());
        }
    }
    if !broken.is_empty() {
        stdio::print(&text)?;
        return Err(Failure::environment(anyhow!(
            "not in order: {}; give none of its files away before it is",
            broken.join(", ")
        )));
    }
    let example = match names.as_slice() {
        [only] => only.as_str(),
        _ => "NAME",
    };
    text.push_str(&which_goes_where(example));
    stdio::print(&text)?;
    Ok(Code::Passed)
}

fn missing(folder: &KeyFolder, name: &UniqueName) -> Failure {
    Failure::environment(anyhow!(
        "there is no key pair {:?} in {}",
        name.as_str(),
        folder.path().display()
    ))
    .hint(format!(
        "make one with `leadbench keys generate {name}`, or name its folder with --keys DIR"
    ))
}

/// What is found of one pair, and what is wrong with it.
struct Pair {
    name: UniqueName,
    bits: Option<u32>,
    certificate: Option<CertificateFacts>,
    problems: Vec<String>,
}

impl Pair {
    fn look(folder: &KeyFolder, name: &UniqueName) -> Self {
        let mut problems = Vec::new();
        let key = private_key(&folder.private_key_path(name), &mut problems);
        let certificate = certificate(&folder.certificate_path(name), &mut problems);
        if let (Some(key), Some(certificate)) = (&key, &certificate)
            && *key.public_key() != certificate.public_key
        {
            problems.push("the certificate is of another key".to_owned());
        }
        let certified = || certificate.as_ref().map(|facts| facts.public_key.bits());
        Self {
            name: name.clone(),
            bits: key.as_ref().map(PrivateKey::bits).or_else(certified),
            certificate,
            problems,
        }
    }

    /// The lines that show it, as of this instant.
    fn shown_at(&self, now: OffsetDateTime) -> String {
        let mut lines = vec![match self.bits {
            Some(bits) => format!("{}  RSA {bits}", self.name),
            None => self.name.to_string(),
        }];
        if let Some(facts) = &self.certificate {
            lines.push(format!("  subject  {}", facts.subject));
            lines.push(format!("  serial   {}", facts.serial));
            lines.push(format!("  valid    {}", validity(facts, now)));
            lines.push(format!("  sha256   {}", facts.sha256));
        }
        let problems = self.problems.iter();
        lines.extend(problems.map(|problem| format!("  problem  {problem}")));
        lines.push(String::new());
        lines.join("\n")
    }
}

fn private_key(path: &Path, problems: &mut Vec<String>) -> Option<PrivateKey> {
    let (text, metadata) = found(path, problems)?;
    if let Some(mode) = open_to_others(&metadata) {
        let path = path.display();
        problems.push(format!(
            "{path} is open to others (mode {mode:04o}): chmod 600 {path}"
        ));
    }
    PrivateKey::from_pem(&text)
        .map_err(|error| problems.push(format!("{}: {error}", path.display())))
        .ok()
}

fn certificate(path: &Path, problems: &mut Vec<String>) -> Option<CertificateFacts> {
    let (text, _) = found(path, problems)?;
    CertificateFacts::from_pem(&text)
        .map_err(|error| problems.push(format!("{}: {error}", path.display())))
        .ok()
}

fn found(
    path: &Path,
    problems: &mut Vec<String>,
) -> Option<(zeroize::Zeroizing<Vec<u8>>, std::fs::Metadata)> {
    read_file(path)
        .map_err(|unread| {
            problems.push(match unread {
                Unread::Missing => format!("{} does not exist", path.display()),
                Unread::Failed(error) => format!("{error:#}"),
            });
        })
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
    format!("{} to {} ({state})", iso(from), iso(to))
}

fn days(count: i64) -> String {
    match count {
        1 => "1 day".to_owned(),
        count => format!("{count} days"),
    }
}

/// `2026-08-04`.
fn iso(date: Date) -> String {
    let (year, month, day) = date.to_calendar_date();
    format!("{year:04}-{:02}-{day:02}", u8::from(month))
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::keys::KeySize;

    #[test]
    fn a_sound_pair_is_shown_without_problems() {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::at(root.path());
        let name = UniqueName::parse("lead_signing").unwrap();
        folder.generate(&name, KeySize::Rsa2048).unwrap();
        let pair = Pair::look(&folder, &name);
        assert_eq!(pair.problems, [""; 0]);

        let from = pair.certificate.as_ref().unwrap().not_before;
        let text = pair.shown_at(from);
        assert!(text.starts_with("lead_signing  RSA 2048\n"), "{text}");
        assert!(text.contains("(expires in 365 days)"), "{text}");
        let text = pair.shown_at(from + Duration::days(366));
        assert!(text.contains("(expired 1 day ago)"), "{text}");
        let text = pair.shown_at(from - Duration::days(1));
        assert!(text.contains("(not valid yet)"), "{text}");
    }

    // Goal: showing goes on where a part is missing or wrong, and says what.
    #[test]
    fn problems_are_shown_and_not_fatal() {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::at(root.path());
        let [one, two] = ["one", "two"].map(|name| UniqueName::parse(name).unwrap());
        folder.generate(&one, KeySize::Rsa2048).unwrap();
        folder.generate(&two, KeySize::Rsa2048).unwrap();
        std::fs::copy(folder.certificate_path(&two), folder.certificate_path(&one)).unwrap();
        let pair = Pair::look(&folder, &one);
        assert_eq!(pair.problems, ["the certificate is of another key"]);

        std::fs::remove_file(folder.private_key_path(&two)).unwrap();
        let text = Pair::look(&folder, &two).shown_at(OffsetDateTime::UNIX_EPOCH);
        assert!(text.starts_with("two  RSA 2048\n"), "{text}");
        assert!(text.contains("two.key.pem does not exist"), "{text}");
    }
}
