//! Whom a target's owner can ask about a load.

use std::fmt;

use crate::secret::JWS_START;

/// The longest contact, in bytes: an address and no message.
pub const CONTACT_MAX: usize = 200;

/// A mail address or a URL that tells who sends, as it stands in a comment of `User-Agent`
/// (RFC 9110, section 10.1.5).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Contact(String);

impl Contact {
    /// Reads a contact: `mailto:load@example.com`, `load@example.com` or `https://...`.
    ///
    /// # Errors
    ///
    /// What it is not, without the text itself, which may be a secret that was given by
    /// mistake.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() || text.len() > CONTACT_MAX {
            return Err("must have 1 to 200 characters");
        }
        let is_of_comment = |byte: u8| byte.is_ascii_graphic() && !b"()\\\"<>;".contains(&byte);
        if !text.bytes().all(is_of_comment) {
            return Err("must be visible ASCII without blanks, brackets, quotes or backslashes");
        }
        if text.contains(JWS_START) {
            return Err("looks like a token; the owner of the target would read it");
        }
        if text.contains(['?', '#']) {
            return Err("must have no query and no fragment, because they may hold a secret");
        }
        let url = ["https://", "http://"];
        let rest = url.iter().find_map(|scheme| text.strip_prefix(scheme));
        let is_contact = match rest {
            Some(rest) if rest.contains('@') => {
                return Err("must not contain a user or password");
            }
            Some(rest) => !rest.is_empty() && !rest.starts_with('/'),
            None => is_mail(text.strip_prefix("mailto:").unwrap_or(text)),
        };
        if is_contact {
            Ok(Self(text.to_owned()))
        } else {
            Err("is neither a mail address nor a URL")
        }
    }

    /// The contact as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether it is one mail address, as far as that can be told without sending to it.
fn is_mail(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !local.contains([':', '/']) && super::Host::parse(domain).is_some()
    })
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses_and_urls_are_contacts() {
        for text in [
            "mailto:load@example.com",
            "load+tests@example.com",
            "https://wiki.example.com/load-tests",
            "http://intranet/load",
        ] {
            assert_eq!(Contact::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_could_change_the_header_or_give_a_secret_away_is_none() {
        let long = format!("{}@example.com", "a".repeat(CONTACT_MAX));
        for text in [
            "",
            "the load team",
            "load",
            "s3cr3t",
            "user:pass@example.com",
            "load@example.com\r\nX-A: b",
            "load@example.com\n",
            "load@exämple.com",
            "load@example.com)",
            "(load@example.com",
            "load@example.com\\",
            "mailto:@example.com",
            "mailto:load@",
            "https://",
            "https:///x",
            "https://user:password@example.com/",
            "https://example.com/?sig=secret",
            "https://example.com/#secret",
            "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln@example.com",
            &long,
        ] {
            assert!(Contact::parse(text).is_err(), "{text:?}");
        }
    }
}
