//! The words for why a TLS connection failed.

use std::fmt;

use super::{Alpn, TlsCause, TlsVersion};

/// Names of a certificate that a message has room for.
const NAMES: usize = 4;

impl fmt::Display for TlsCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTls => f.write_str("the target does not speak TLS"),
            Self::ClosedEarly => {
                f.write_str("the target closed the connection in the middle of the handshake")
            }
            Self::WantsCertificate { alert, authorities } => {
                f.write_str("the target asked for a client certificate")?;
                signed_by(f, authorities)?;
                write!(f, ", and none is set (TLS alert {alert})")
            }
            Self::CertificateRefused {
                alert,
                why,
                authorities,
            } => {
                write!(f, "the target refused our client certificate: {why}")?;
                if !authorities.is_empty() {
                    write!(f, "; it accepts one")?;
                    signed_by(f, authorities)?;
                }
                write!(f, " (TLS alert {alert})")
            }
            Self::NothingInCommon { told } => write!(
                f,
                "the target and leadbench have no cipher suite in common ({told})"
            ),
            Self::Version { offered } => {
                write!(f, "the target does not speak {}", versions(*offered))
            }
            Self::NoSuchName { host } => write!(
                f,
                "the target has no certificate for the name {host} (TLS alert unrecognized_name)"
            ),
            Self::NoProtocol { offered } => {
                let http = match offered {
                    Alpn::Http2 => "HTTP/2",
                    Alpn::Nothing | Alpn::Http1 => "HTTP/1.1",
                };
                write!(f, "the target does not speak {http} here (ALPN)")
            }
            Self::Alert { name } => {
                write!(f, "the target ended the connection with TLS alert {name}")
            }
            Self::Other { told } => f.write_str(told),
            of_certificate => certificate(f, of_certificate),
        }
    }
}

/// The words for what is wrong with the server's certificate.
fn certificate(f: &mut fmt::Formatter<'_>, cause: &TlsCause) -> fmt::Result {
    match cause {
        TlsCause::SelfSigned { subject } => write!(
            f,
            "the target's certificate is signed by itself ({subject}) and is not among the \
             authorities"
        ),
        TlsCause::NoIntermediate { issuer } => write!(
            f,
            "the target sends no intermediate certificate: its own is signed by {issuer}, which is \
             not among the authorities"
        ),
        TlsCause::UnknownIssuer { top_issuer: None } => {
            f.write_str("no trusted authority has signed the target's certificate")
        }
        TlsCause::UnknownIssuer {
            top_issuer: Some(issuer),
        } => write!(
            f,
            "the target's chain of certificates ends at {issuer}, which is not among the authorities"
        ),
        TlsCause::WrongSignature { issuer } => write!(
            f,
            "the target's certificate names {} as its issuer, but the authority of that name has \
             another key",
            issuer.as_deref().unwrap_or("an authority")
        ),
        TlsCause::AuthorityAsOwn => {
            f.write_str("the target sends the certificate of an authority as its own")
        }
        TlsCause::WrongName { host, names } if names.is_empty() => write!(
            f,
            "the target's certificate is not for {host}: it has no subjectAltName, and its common \
             name is ignored"
        ),
        TlsCause::WrongName { host, names } => {
            let shown = names[..names.len().min(NAMES)].join(", ");
            write!(
                f,
                "the target's certificate is not for {host}, only for {shown}"
            )?;
            match names.len().saturating_sub(NAMES) {
                0 => Ok(()),
                more => write!(f, " and {more} more"),
            }
        }
        TlsCause::Expired { dates } => {
            f.write_str("the target's certificate has expired")?;
            dates.as_ref().map_or(Ok(()), |(end, today)| {
                write!(f, ": it ended on {end}, and this machine's date is {today}")
            })
        }
        TlsCause::NotYetValid { dates } => {
            f.write_str("the target's certificate is not valid yet")?;
            dates.as_ref().map_or(Ok(()), |(begin, today)| {
                write!(
                    f,
                    ": it begins on {begin}, and this machine's date is {today}"
                )
            })
        }
        TlsCause::WrongPurpose => f.write_str(
            "the target's certificate may not be used by TLS servers: its extended key usage lacks \
             serverAuth",
        ),
        TlsCause::Certificate { told } => write!(f, "the target's certificate is wrong: {told}"),
        // Said by its caller.
        _ => Ok(()),
    }
}

const fn versions(offered: Option<TlsVersion>) -> &'static str {
    match offered {
        None => "TLS 1.2 or 1.3",
        Some(TlsVersion::V1_2) => "TLS 1.2, the only version that was offered",
        Some(TlsVersion::V1_3) => "TLS 1.3, the only version that was offered",
    }
}

/// The accepted authorities, if they are known.
fn signed_by(f: &mut fmt::Formatter<'_>, authorities: &[String]) -> fmt::Result {
    if authorities.is_empty() {
        return Ok(());
    }
    write!(f, " signed by {}", authorities.join(" or "))
}
