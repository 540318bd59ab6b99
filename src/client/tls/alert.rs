//! The alerts by which a peer ends a TLS connection (RFC 8446, section 6).

use tokio_rustls::rustls::AlertDescription;

/// The name of an alert as RFC 8446, section 6, writes it: `bad_certificate`.
///
/// An alert without a name is written as its number, `alert_200`.
pub(super) fn name(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::Unknown(number) => format!("alert_{number}"),
        AlertDescription::UnrecognisedName => "unrecognized_name".to_owned(),
        AlertDescription::EncryptedClientHelloRequired => "ech_required".to_owned(),
        known => snake_case(&format!("{known:?}")),
    }
}

/// `UnknownPSKIdentity` as `unknown_psk_identity`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut letters = name.chars().peekable();
    let mut follows_lower = false;
    while let Some(letter) = letters.next() {
        let begins_word = letters.peek().is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && !snake.is_empty() && (follows_lower || begins_word) {
            snake.push('_');
        }
        follows_lower = letter.is_ascii_lowercase();
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// The alert that an error's text names: the HTTP/2 library passes on the text of a stream's error,
/// but not the error itself.
pub(in crate::client) fn in_words(words: &str) -> Option<AlertDescription> {
    let told = words.split("received fatal alert: ").nth(1)?;
    let alerts = (0..=u8::MAX).map(AlertDescription::from);
    let mut alerts = alerts.filter(|alert| !matches!(alert, AlertDescription::Unknown(_)));
    alerts.find(|alert| told == format!("{alert:?}"))
}

/// What an alert says about the client certificate that was sent; `None` if it is not about one.
pub(super) const fn of_certificate(alert: AlertDescription) -> Option<&'static str> {
    use AlertDescription as A;
    Some(match alert {
        A::UnknownCA => "the target does not know the authority that signed it",
        A::BadCertificate | A::CertificateUnknown => {
            "the target does not accept it, often because of the authority that signed it"
        }
        A::CertificateExpired => "it has expired, according to the target",
        A::CertificateRevoked => "it was revoked, according to the target",
        A::UnsupportedCertificate => {
            "it is not valid for TLS clients, or the target does not support its kind of key"
        }
        A::AccessDenied => "the target knows it but denies it access",
        A::DecryptError => "the signature of its private key does not match it",
        A::NoCertificate | A::CertificateRequired => "the target did not receive it",
        A::HandshakeFailure => "the target does not accept it",
        _ => return None,
    })
}

/// Whether a peer that asked for a certificate and got none may end the connection so.
pub(super) const fn may_miss_certificate(alert: AlertDescription) -> bool {
    use AlertDescription as A;
    matches!(
        alert,
        A::BadCertificate
            | A::CertificateRequired
            | A::CertificateUnknown
            | A::HandshakeFailure
            | A::NoCertificate
            | A::UnsupportedCertificate
            | A::AccessDenied
            | A::UnknownCA
            | A::UnexpectedMessage
    )
}

/// Whether an alert may be about who signed the client certificate.
pub(super) const fn is_of_signer(alert: AlertDescription) -> bool {
    use AlertDescription as A;
    matches!(
        alert,
        A::UnknownCA | A::BadCertificate | A::CertificateUnknown | A::HandshakeFailure
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_have_the_names_of_the_rfc() {
        for (number, expected) in [
            (0, "close_notify"),
            (20, "bad_record_mac"),
            (42, "bad_certificate"),
            (48, "unknown_ca"),
            (112, "unrecognized_name"),
            (113, "bad_certificate_status_response"),
            (115, "unknown_psk_identity"),
            (120, "no_application_protocol"),
            (121, "ech_required"),
            (200, "alert_200"),
        ] {
            assert_eq!(name(AlertDescription::from(number)), expected);
        }
    }
}
