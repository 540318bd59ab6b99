//! The address of a target from its URL.

use super::{Address, Host, Scheme};

impl Address {
    /// Reads an `http` or `https` URL (RFC 3986, section 3).
    ///
    /// # Errors
    ///
    /// What is wrong with it; fits after "`url`:".
    pub fn parse(url: &str) -> Result<Self, String> {
        let (scheme, rest) = url
            .split_once("://")
            .ok_or("must begin with http:// or https://")?;
        let (scheme, usual_port) = match scheme.to_ascii_lowercase().as_str() {
            "http" => (Scheme::Http, 80),
            "https" => (Scheme::Https, 443),
            other => return Err(format!("{other:?} is neither http nor https")),
        };
        if rest.contains('#') {
            return Err("a fragment is never sent; leave out what follows '#'".to_owned());
        }
        let path_start = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(path_start);
        if authority.contains('@') {
            return Err("must not contain a user or password".to_owned());
        }
        let (host, port) = Host::parse_with_port(authority)?;
        if path.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err("the path must be percent-encoded ASCII".to_owned());
        }
        Ok(Self::Url {
            scheme,
            host,
            port: port.unwrap_or(usual_port),
            path: match path {
                "" => "/".to_owned(),
                query if query.starts_with('?') => format!("/{query}"),
                path => path.to_owned(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_into_what_is_needed() {
        for (url, shown, authority) in [
            (
                "http://127.0.0.1:8080/leads",
                "http://127.0.0.1:8080/leads",
                "127.0.0.1:8080",
            ),
            (
                "https://Staging.Example.com",
                "https://staging.example.com:443/",
                "staging.example.com:443",
            ),
            ("http://[::1]:9/x?key=1", "http://[::1]:9/x", "[::1]:9"),
            ("http://a?b", "http://a:80/", "a:80"),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(address.authority().unwrap(), authority);
        }
    }

    #[test]
    fn what_is_not_a_url_is_refused() {
        for url in [
            "staging.example.com",
            "ftp://a/",
            "http://",
            "http://user:secret@a/",
            "http://a:0/",
            "http://a:99999/",
            "http://a:/",
            "http://a/ b",
            "http://a/#b",
            "http://[::1/",
        ] {
            assert!(Address::parse(url).is_err(), "{url}");
        }
    }
}
