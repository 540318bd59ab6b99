//! Why a TLS connection failed: what the failure means, in words of its own.
//!
//! An alert says little by itself; what it means depends on what was offered and on whether the
//! server had asked for a certificate. Both are handed in, so this is a pure function.

use std::io;

use time::OffsetDateTime;
use tokio_rustls::rustls::pki_types::UnixTime;
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible,
};

use super::alert;
use super::peer::{Shown, harmless};
use super::words::{on_dates, other_names, protocol, signed_by, unknown_issuer, versions};
use super::{Alpn, TlsVersion};

/// What was offered to a server, and what it asked for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Circumstances {
    /// The name that its certificate must carry.
    pub(super) host: String,
    /// The only version that was offered; `None` for 1.2 and 1.3.
    pub(super) version: Option<TlsVersion>,
    pub(super) alpn: Alpn,
    /// Whether it asked for a certificate.
    pub(super) asked: bool,
    /// The authorities whose certificates it accepts, if it named them.
    pub(super) authorities: Vec<String>,
    /// Whether a client certificate is set.
    pub(super) has_identity: bool,
    /// The certificate that it sent and that was not trusted.
    pub(super) shown: Option<Shown>,
}

/// Why a TLS connection failed.
///
/// Its text says what happened; what to try is the caller's to say, by the variant.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TlsCause {
    /// What answers does not speak TLS.
    #[error("the target does not speak TLS")]
    NoTls,
    /// The server closed the connection in the middle of the handshake.
    #[error("the target closed the connection in the middle of the handshake")]
    ClosedEarly,
    /// The server asked for a client certificate, and there is none to show.
    #[error(
        "the target asked for a client certificate{}, and none is set (TLS alert {alert})",
        signed_by("", .authorities)
    )]
    WantsCertificate {
        /// The alert that it sent.
        alert: String,
        /// The authorities whose certificates it accepts, if it named them.
        authorities: Vec<String>,
    },
    /// The server refused the client certificate that was shown.
    #[error(
        "the target refused our client certificate: {why}{} (TLS alert {alert})",
        signed_by("; it accepts one", .authorities)
    )]
    CertificateRefused {
        /// The alert that it sent.
        alert: String,
        /// What the alert says of the certificate.
        why: &'static str,
        /// The authorities whose certificates it accepts, if it named them.
        authorities: Vec<String>,
    },
    /// Both sides have no cipher suite, group or signature algorithm in common.
    #[error("the target and leadbench have no cipher suite in common ({told})")]
    NothingInCommon {
        /// The alert that the server sent, or what was missed.
        told: String,
    },
    /// The server does not speak the version that was offered.
    #[error("the target does not speak {}", versions(*.offered))]
    Version {
        /// The only one that was offered; `None` for 1.2 and 1.3.
        offered: Option<TlsVersion>,
    },
    /// The server has no certificate for the name.
    #[error("the target has no certificate for the name {host} (TLS alert unrecognized_name)")]
    NoSuchName {
        /// The name (RFC 6066, section 3).
        host: String,
    },
    /// The server speaks none of the protocols that were offered by ALPN (RFC 7301).
    #[error("the target does not speak {} here (ALPN)", protocol(*.offered))]
    NoProtocol {
        /// What was offered.
        offered: Alpn,
    },
    /// Any other alert.
    #[error("the target ended the connection with TLS alert {name}")]
    Alert {
        /// Its name.
        name: String,
    },
    /// The server's certificate is self-signed and not among the authorities.
    #[error(
        "the target's certificate is signed by itself ({subject}) and is not among the authorities"
    )]
    SelfSigned {
        /// Whose it is.
        subject: String,
    },
    /// The server sends only its own certificate, and its issuer is not known.
    #[error(
        "the target sends no intermediate certificate: its own is signed by {issuer}, which is not \
         among the authorities"
    )]
    NoIntermediate {
        /// Who signed it.
        issuer: String,
    },
    /// No trusted authority has signed the server's chain of certificates.
    #[error("{}", unknown_issuer(.top_issuer.as_deref()))]
    UnknownIssuer {
        /// The issuer of the last certificate of the chain, if it could be read.
        top_issuer: Option<String>,
    },
    /// The server shows a certificate of an authority as its own (RFC 5280, section 4.2.1.9).
    #[error("the target sends the certificate of an authority as its own")]
    AuthorityAsOwn,
    /// The server's certificate is for other names.
    #[error("the target's certificate is not for {host}{}", other_names(.names))]
    WrongName {
        /// The name that it must carry.
        host: String,
        /// Its names; empty if it has no `subjectAltName`.
        names: Vec<String>,
    },
    /// The server's certificate has expired.
    #[error("the target's certificate has expired{}", on_dates("ended", .dates.as_ref()))]
    Expired {
        /// Its last day and today, where both are known.
        dates: Option<(String, String)>,
    },
    /// The server's certificate is not valid yet.
    #[error("the target's certificate is not valid yet{}", on_dates("begins", .dates.as_ref()))]
    NotYetValid {
        /// Its first day and today, where both are known.
        dates: Option<(String, String)>,
    },
    /// The server's certificate may not be used by TLS servers.
    #[error(
        "the target's certificate may not be used by TLS servers: its extended key usage lacks \
         serverAuth"
    )]
    WrongPurpose,
    /// The server's certificate bears the name of an authority and not its signature.
    #[error(
        "the target's certificate names {} as its issuer, but the authority of that name has another \
         key",
        .issuer.as_deref().unwrap_or("an authority")
    )]
    WrongSignature {
        /// The issuer that it names, if it could be read.
        issuer: Option<String>,
    },
    /// The server's certificate is wrong in another way.
    #[error("the target's certificate is wrong: {told}")]
    Certificate {
        /// What rustls says of it.
        told: String,
    },
    /// Anything else that rustls says.
    #[error("{told}")]
    Other {
        /// Its words.
        told: String,
    },
}

impl TlsCause {
    /// What an error of a connection means under these circumstances; `None` for one that is the
    /// operating system's.
    pub(super) fn of(error: &io::Error, at: &Circumstances) -> Option<Self> {
        if let Some(error) = tls_error(error) {
            return Some(Self::of_tls(error, at));
        }
        (error.kind() == io::ErrorKind::UnexpectedEof).then_some(Self::ClosedEarly)
    }

    /// What an error of rustls means under these circumstances.
    pub(super) fn of_tls(error: &Error, at: &Circumstances) -> Self {
        match error {
            Error::AlertReceived(alert) => Self::of_alert(*alert, at),
            Error::InvalidCertificate(error) => Self::of_certificate(error, at),
            Error::InvalidMessage(
                InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
            ) => Self::NoTls,
            Error::PeerIncompatible(
                PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                | PeerIncompatible::ServerDoesNotSupportTls12Or13,
            ) => Self::Version {
                offered: at.version,
            },
            Error::PeerIncompatible(
                PeerIncompatible::NoCipherSuitesInCommon
                | PeerIncompatible::NoKxGroupsInCommon
                | PeerIncompatible::NoSignatureSchemesInCommon,
            ) => Self::NothingInCommon {
                told: error.to_string(),
            },
            Error::NoApplicationProtocol => Self::NoProtocol { offered: at.alpn },
            other => Self::Other {
                told: other.to_string(),
            },
        }
    }

    fn of_alert(alert: AlertDescription, at: &Circumstances) -> Self {
        let name = alert::name(alert);
        let authorities = || at.authorities.clone();
        if at.asked && !at.has_identity && alert::may_miss_certificate(alert) {
            return Self::WantsCertificate {
                alert: name,
                authorities: authorities(),
            };
        }
        if at.asked
            && at.has_identity
            && let Some(why) = alert::of_certificate(alert)
        {
            return Self::CertificateRefused {
                alert: name,
                why,
                // The accepted authorities explain only alerts about the signer.
                authorities: if alert::is_of_signer(alert) {
                    authorities()
                } else {
                    Vec::new()
                },
            };
        }
        match alert {
            // This alert asks for a certificate, whether we saw a request for one or not (RFC 8446,
            // section 6.2).
            AlertDescription::CertificateRequired if !at.has_identity => Self::WantsCertificate {
                alert: name,
                authorities: authorities(),
            },
            AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
                Self::NothingInCommon {
                    told: format!("TLS alert {name}"),
                }
            }
            AlertDescription::ProtocolVersion => Self::Version {
                offered: at.version,
            },
            AlertDescription::UnrecognisedName => Self::NoSuchName {
                host: harmless(&at.host),
            },
            AlertDescription::NoApplicationProtocol => Self::NoProtocol { offered: at.alpn },
            _ => Self::Alert { name },
        }
    }

    fn of_certificate(error: &CertificateError, at: &Circumstances) -> Self {
        let dates = |limit: &UnixTime, now: &UnixTime| Some((date(*limit)?, date(*now)?));
        match error {
            CertificateError::UnknownIssuer => Self::of_unknown(at.shown.as_ref()),
            CertificateError::Expired => Self::Expired { dates: None },
            CertificateError::ExpiredContext { time, not_after } => Self::Expired {
                dates: dates(not_after, time),
            },
            CertificateError::NotValidYet => Self::NotYetValid { dates: None },
            CertificateError::NotValidYetContext { time, not_before } => Self::NotYetValid {
                dates: dates(not_before, time),
            },
            CertificateError::NotValidForName => Self::WrongName {
                host: harmless(&at.host),
                names: Vec::new(),
            },
            CertificateError::NotValidForNameContext { presented, .. } => Self::WrongName {
                host: harmless(&at.host),
                names: presented.iter().map(|name| bare(name)).collect(),
            },
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                Self::WrongPurpose
            }
            CertificateError::BadSignature => Self::WrongSignature {
                issuer: at.shown.as_ref().map(|shown| shown.issuer.clone()),
            },
            // webpki's own error, which rustls hands on as another's.
            CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
                Self::AuthorityAsOwn
            }
            other => Self::Certificate {
                told: harmless(&other.to_string()),
            },
        }
    }

    fn of_unknown(shown: Option<&Shown>) -> Self {
        match shown {
            None => Self::UnknownIssuer { top_issuer: None },
            Some(shown) if shown.subject == shown.issuer => Self::SelfSigned {
                subject: shown.subject.clone(),
            },
            Some(shown) if shown.intermediates == 0 => Self::NoIntermediate {
                issuer: shown.issuer.clone(),
            },
            Some(shown) => Self::UnknownIssuer {
                top_issuer: Some(shown.top_issuer.clone()),
            },
        }
    }
}

/// rustls's error within one of a stream.
pub(in crate::client) fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// `DnsName("a.example")` without what is around it.
fn bare(name: &str) -> String {
    let inner = name
        .split_once("(\"")
        .and_then(|(_, rest)| rest.strip_suffix("\")"));
    harmless(inner.unwrap_or(name))
}

/// `2021-01-01`, in UTC.
fn date(at: UnixTime) -> Option<String> {
    let seconds = i64::try_from(at.as_secs()).ok()?;
    let at = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    Some(at.date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutual(has_identity: bool) -> Circumstances {
        Circumstances {
            asked: true,
            has_identity,
            authorities: vec!["CN=root".to_owned()],
            ..Circumstances::default()
        }
    }

    #[track_caller]
    fn says(error: &Error, at: &Circumstances, words: &str) {
        let told = TlsCause::of_tls(error, at).to_string();
        assert!(told.contains(words), "{told}");
    }

    // OpenSSL, rustls and Go's library each have another one for the same thing.
    #[test]
    fn a_certificate_that_was_asked_for_and_is_not_set_is_what_is_missing() {
        for alert in [
            AlertDescription::BadCertificate,
            AlertDescription::CertificateRequired,
            AlertDescription::HandshakeFailure,
            AlertDescription::CertificateUnknown,
        ] {
            let error = Error::AlertReceived(alert);
            says(
                &error,
                &mutual(false),
                "asked for a client certificate signed by CN=root, and none is set",
            );
            says(&error, &mutual(true), "refused our client certificate");
        }
        let required = Error::AlertReceived(AlertDescription::CertificateRequired);
        says(&required, &Circumstances::default(), "and none is set");
    }

    #[test]
    fn an_alert_about_a_certificate_is_about_ours() {
        for (alert, words) in [
            (AlertDescription::UnknownCA, "does not know the authority"),
            (AlertDescription::CertificateExpired, "has expired"),
            (AlertDescription::CertificateRevoked, "was revoked"),
            (AlertDescription::AccessDenied, "denies it access"),
            (AlertDescription::DecryptError, "does not match it"),
        ] {
            let error = Error::AlertReceived(alert);
            says(&error, &mutual(true), words);
            says(&error, &mutual(true), "our client certificate");
            let told = TlsCause::of_tls(&error, &mutual(true)).to_string();
            let names_signer = told.contains("CN=root");
            assert_eq!(names_signer, alert == AlertDescription::UnknownCA, "{told}");
            // Nothing was asked for: then it is only named.
            let told = TlsCause::of_tls(&error, &Circumstances::default());
            assert!(matches!(told, TlsCause::Alert { .. }), "{told:?}");
        }
    }

    #[test]
    fn a_handshake_that_fails_without_a_request_has_nothing_in_common() {
        let error = Error::AlertReceived(AlertDescription::HandshakeFailure);
        let at = Circumstances::default();
        says(&error, &at, "no cipher suite in common");
        says(&error, &at, "handshake_failure");
        let error = Error::PeerIncompatible(PeerIncompatible::NoKxGroupsInCommon);
        says(&error, &at, "no cipher suite in common");
    }

    #[test]
    fn a_version_is_told_with_what_was_offered() {
        let error = Error::AlertReceived(AlertDescription::ProtocolVersion);
        for (version, words) in [
            (None, "TLS 1.2 or 1.3"),
            (Some(TlsVersion::V1_2), "TLS 1.2, the only version"),
            (Some(TlsVersion::V1_3), "TLS 1.3, the only version"),
        ] {
            let at = Circumstances {
                version,
                ..Circumstances::default()
            };
            says(&error, &at, words);
        }
    }

    #[test]
    fn who_signed_is_told_by_what_was_shown() {
        let error = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let at = |subject: &str, issuer: &str, intermediates, top: &str| Circumstances {
            shown: Some(Shown {
                subject: subject.to_owned(),
                issuer: issuer.to_owned(),
                intermediates,
                top_issuer: top.to_owned(),
            }),
            ..Circumstances::default()
        };
        says(&error, &at("CN=a", "CN=a", 0, "CN=a"), "signed by itself");
        let alone = at("CN=a", "CN=inter", 0, "CN=inter");
        says(&error, &alone, "sends no intermediate certificate");
        let chain = at("CN=a", "CN=inter", 1, "CN=root");
        says(&error, &chain, "ends at CN=root");
        says(&error, &Circumstances::default(), "no trusted authority");
    }

    #[test]
    fn names_and_dates_are_told_as_people_write_them() {
        let name = CertificateError::NotValidForNameContext {
            expected: "localhost".try_into().unwrap(),
            presented: (0..6)
                .map(|n| format!("DnsName(\"n{n}.example\")"))
                .collect(),
        };
        let at = Circumstances {
            host: "localhost".to_owned(),
            ..Circumstances::default()
        };
        says(
            &Error::InvalidCertificate(name),
            &at,
            "not for localhost, only for n0.example, n1.example, n2.example, n3.example and 2 more",
        );
        let none = CertificateError::NotValidForNameContext {
            expected: "localhost".try_into().unwrap(),
            presented: Vec::new(),
        };
        says(&Error::InvalidCertificate(none), &at, "no subjectAltName");
        let second = |s| UnixTime::since_unix_epoch(std::time::Duration::from_secs(s));
        let expired = CertificateError::ExpiredContext {
            time: second(1_795_885_631),
            not_after: second(1_609_459_200),
        };
        says(
            &Error::InvalidCertificate(expired),
            &at,
            "ended on 2021-01-01, and this machine's date is 2026-11-28",
        );
    }

    #[test]
    fn every_alert_has_the_name_of_its_rfc() {
        for (number, name) in [
            (42, "bad_certificate"),
            (86, "inappropriate_fallback"),
            (112, "unrecognized_name"),
            (120, "no_application_protocol"),
            (200, "alert_200"),
        ] {
            assert_eq!(alert::name(AlertDescription::from(number)), name);
        }
        for alert in (0..=121).map(AlertDescription::from) {
            let is_known = !matches!(alert, AlertDescription::Unknown(_));
            assert_eq!(
                !alert::name(alert).starts_with("alert_"),
                is_known,
                "{alert:?}"
            );
        }
    }

    // As HTTP/2's library writes it.
    #[test]
    fn an_alert_is_found_in_words() {
        let error = Error::AlertReceived(AlertDescription::CertificateRequired);
        let found = alert::in_words(&format!("http2 error: connection error: {error}"));
        assert_eq!(found, Some(AlertDescription::CertificateRequired));
        for other in [
            "connection closed",
            "received fatal alert: ",
            "received fatal alert: No",
        ] {
            assert_eq!(alert::in_words(other), None);
        }
    }
}
