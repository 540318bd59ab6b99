//! The alerts by which a peer ends a TLS connection (RFC 8446, section 6).

use tokio_rustls::rustls::AlertDescription;

/// The name of an alert as RFC 8446, section 6, writes it: `bad_certificate`.
///
/// An alert without a name is written as its number, `alert_200`.
pub(super) fn name(alert: AlertDescription) -> String {
    use AlertDescription as A;
    let known = match alert {
        A::CloseNotify => "close_notify",
        A::UnexpectedMessage => "unexpected_message",
        A::BadRecordMac => "bad_record_mac",
        A::DecryptionFailed => "decryption_failed",
        A::RecordOverflow => "record_overflow",
        A::DecompressionFailure => "decompression_failure",
        A::HandshakeFailure => "handshake_failure",
        A::NoCertificate => "no_certificate",
        A::BadCertificate => "bad_certificate",
        A::UnsupportedCertificate => "unsupported_certificate",
        A::CertificateRevoked => "certificate_revoked",
        A::CertificateExpired => "certificate_expired",
        A::CertificateUnknown => "certificate_unknown",
        A::IllegalParameter => "illegal_parameter",
        A::UnknownCA => "unknown_ca",
        A::AccessDenied => "access_denied",
        A::DecodeError => "decode_error",
        A::DecryptError => "decrypt_error",
        A::ExportRestriction => "export_restriction",
        A::ProtocolVersion => "protocol_version",
        A::InsufficientSecurity => "insufficient_security",
        A::InternalError => "internal_error",
        A::InappropriateFallback => "inappropriate_fallback",
        A::UserCanceled => "user_canceled",
        A::NoRenegotiation => "no_renegotiation",
        A::MissingExtension => "missing_extension",
        A::UnsupportedExtension => "unsupported_extension",
        A::CertificateUnobtainable => "certificate_unobtainable",
        A::UnrecognisedName => "unrecognized_name",
        A::BadCertificateStatusResponse => "bad_certificate_status_response",
        A::BadCertificateHashValue => "bad_certificate_hash_value",
        A::UnknownPSKIdentity => "unknown_psk_identity",
        A::CertificateRequired => "certificate_required",
        A::NoApplicationProtocol => "no_application_protocol",
        A::EncryptedClientHelloRequired => "ech_required",
        _ => "",
    };
    if known.is_empty() {
        format!("alert_{}", u8::from(alert))
    } else {
        known.to_owned()
    }
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
