//! Parts of the words for why a TLS connection failed.

use super::{Alpn, TlsVersion};

/// Names of a certificate that a message has room for.
const NAMES: usize = 4;

/// The accepted authorities after `before`; nothing if they are not known.
pub(super) fn signed_by(before: &str, authorities: &[String]) -> String {
    if authorities.is_empty() {
        return String::new();
    }
    format!("{before} signed by {}", authorities.join(" or "))
}

pub(super) const fn versions(offered: Option<TlsVersion>) -> &'static str {
    match offered {
        None => "TLS 1.2 or 1.3",
        Some(TlsVersion::V1_2) => "TLS 1.2, the only version that was offered",
        Some(TlsVersion::V1_3) => "TLS 1.3, the only version that was offered",
    }
}

pub(super) const fn protocol(offered: Alpn) -> &'static str {
    match offered {
        Alpn::Http2 => "HTTP/2",
        Alpn::Nothing | Alpn::Http1 => "HTTP/1.1",
    }
}

pub(super) fn unknown_issuer(top: Option<&str>) -> String {
    match top {
        None => "no trusted authority has signed the target's certificate".to_owned(),
        Some(issuer) => format!(
            "the target's chain of certificates ends at {issuer}, which is not among the authorities"
        ),
    }
}

/// The names that a certificate is for instead.
pub(super) fn other_names(names: &[String]) -> String {
    let shown = names[..names.len().min(NAMES)].join(", ");
    match names.len().saturating_sub(NAMES) {
        _ if names.is_empty() => {
            ": it has no subjectAltName, and its common name is ignored".to_owned()
        }
        0 => format!(", only for {shown}"),
        more => format!(", only for {shown} and {more} more"),
    }
}

/// When a certificate begins or ends, and today, where both are known.
pub(super) fn on_dates(what: &str, dates: Option<&(String, String)>) -> String {
    let told = |(limit, today): &(String, String)| {
        format!(": it {what} on {limit}, and this machine's date is {today}")
    };
    dates.map(told).unwrap_or_default()
}
