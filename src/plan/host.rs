//! A host: a name, or an address in its one canonical form.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest name of DNS (RFC 1035, section 3.1), as text.
const NAME_LENGTH_MAX: usize = 253;

/// The longest label of a name.
const LABEL_LENGTH_MAX: usize = 63;

/// A host name or address, lower-case, without a port.
///
/// An address has one text, however it was written, so that what is allowed, checked and connected
/// to is the same: `127.1`, `0x7f.0.0.1`, `2130706433` and `::ffff:127.0.0.1` are `127.0.0.1`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Host(String);

impl Host {
    /// Reads a host as a URL has it (WHATWG URL, section 3.5): a DNS name, an IPv4 address in any
    /// of its forms, or an IPv6 address, with or without brackets.
    ///
    /// `None` when it is empty or holds anything else, such as a scheme, a port or a path, and
    /// where a name ends in a number but is not an address.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let in_brackets = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        if let Ok(address) = in_brackets.unwrap_or(&text).parse::<Ipv6Addr>() {
            return Some(Self(address.to_canonical().to_string()));
        }
        if in_brackets.is_some() || !is_name(&text) {
            return None;
        }
        let last = text.rsplit('.').next().unwrap_or_default();
        if is_number(last) {
            return ipv4(&text).map(|address| Self(address.to_string()));
        }
        Some(Self(text))
    }

    /// Reads a host that a port may follow: `10.0.0.7:8443`, `[::1]:80`.
    ///
    /// # Errors
    ///
    /// What is wrong with the host or the port.
    pub fn parse_with_port(text: &str) -> Result<(Self, Option<u16>), String> {
        if let Some((scheme, _)) = text.split_once("://") {
            return Err(format!(
                "{text:?} is a URL; leave out {scheme}:// and the path"
            ));
        }
        let after_address = text.rfind(']').map_or(0, |bracket| bracket + 1);
        let (host, port) = match text[after_address..].find(':') {
            None => (text, None),
            Some(colon) => {
                let (host, port) = text.split_at(after_address + colon);
                let number = port[1..].parse().ok().filter(|number| *number > 0);
                let refuse = || format!("{:?} is not a port; write 1 to 65535", &port[1..]);
                (host, Some(number.ok_or_else(refuse)?))
            }
        };
        let host = Self::parse(host).ok_or_else(|| format!("{host:?} is not a host"))?;
        Ok((host, port))
    }

    /// The host as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is this machine by its very name.
    pub fn is_loopback(&self) -> bool {
        self.as_str() == "localhost" || self.address().is_some_and(|address| address.is_loopback())
    }

    /// The address that it is; `None` where it is a name.
    pub fn address(&self) -> Option<IpAddr> {
        self.0.parse().ok()
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn is_name(text: &str) -> bool {
    text.len() <= NAME_LENGTH_MAX
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= LABEL_LENGTH_MAX
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

/// An IPv4 address of one to four numbers, the last of which fills what is left (WHATWG URL,
/// section 3.5, "IPv4 parser").
fn ipv4(text: &str) -> Option<Ipv4Addr> {
    let numbers: Vec<u32> = text.split('.').map(number).collect::<Option<_>>()?;
    let (last, first) = numbers.split_last()?;
    let mut address = *last;
    let room = 4_usize.checked_sub(first.len())?;
    if room < 4 && *last >= 256_u32.checked_pow(u32::try_from(room).ok()?)? {
        return None;
    }
    for (place, number) in first.iter().enumerate() {
        let byte = u8::try_from(*number).ok()?;
        address |= u32::from(byte) << (24 - 8 * place);
    }
    Some(address.into())
}

/// Whether a label is a number, of whatever size.
fn is_number(label: &str) -> bool {
    match label.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => label.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// A number in decimal, in octal after `0`, or in hex after `0x`.
fn number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    // `0x` alone is 0.
    if digits.is_empty() && radix == 16 {
        return Some(0);
    }
    u32::from_str_radix(digits, radix)
        .ok()
        .filter(|_| digits.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<String> {
        Host::parse(text).map(|host| host.to_string())
    }

    #[test]
    fn an_address_has_one_text_however_it_was_written() {
        for (text, canonical) in [
            ("127.0.0.1", "127.0.0.1"),
            ("127.1", "127.0.0.1"),
            ("127.0.1", "127.0.0.1"),
            ("2130706433", "127.0.0.1"),
            ("017700000001", "127.0.0.1"),
            ("0x7f000001", "127.0.0.1"),
            ("0X7F.1", "127.0.0.1"),
            ("0177.0.0.1", "127.0.0.1"),
            ("0177.0x0.00.0x1", "127.0.0.1"),
            ("10.258", "10.0.1.2"),
            ("0", "0.0.0.0"),
            ("0x", "0.0.0.0"),
            ("0.0.0.0", "0.0.0.0"),
            ("4294967295", "255.255.255.255"),
            ("255.255.255.255", "255.255.255.255"),
            ("::1", "::1"),
            ("[0:0::0:1]", "::1"),
            ("[::FFFF:127.0.0.1]", "127.0.0.1"),
            ("::ffff:7f00:1", "127.0.0.1"),
            ("[::ffff:0.0.0.0]", "0.0.0.0"),
            ("[::ffff:224.0.0.1]", "224.0.0.1"),
            ("2001:DB8:0:0::7", "2001:db8::7"),
        ] {
            assert_eq!(parsed(text).as_deref(), Some(canonical), "{text}");
        }
    }

    #[test]
    fn what_ends_in_a_number_and_is_no_address_is_no_host() {
        for text in [
            "256.0.0.1",
            "127.0.0.256",
            "127.256.1.1",
            "1.2.3.4.5",
            "4294967296",
            "0x100000000",
            "10.16777216",
            "08.0.0.1",
            "127.0.0.09",
            "example.1",
            "example.0x1",
            "[127.0.0.1]",
            "[example.com]",
            "127.0.0.1.",
            "[::1",
            "",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn names_stay_names() {
        for (text, name) in [
            (" Staging.Example.COM ", "staging.example.com"),
            ("10.0.0.1.example.com", "10.0.0.1.example.com"),
            ("0x7f.example", "0x7f.example"),
            ("api_2", "api_2"),
            ("1a", "1a"),
            ("0xg", "0xg"),
        ] {
            assert_eq!(parsed(text).as_deref(), Some(name), "{text}");
        }
        for text in [
            "a b",
            "a/b",
            "http://a",
            "a:1",
            "a..b",
            "%31",
            "a@b",
            "１２７.0.0.1",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
