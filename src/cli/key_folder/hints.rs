//! What to try with a key file that cannot be used.

use crate::keys::{Form, KeyError};

const RSA: &str = "Salesforce signs with RSA keys of 2048, 3072 or 4096 bits; `leadbench keys generate NAME` \
     makes one";

const FILES: &str =
    "name PEM or DER files, a PKCS#12 store (.p12, .pfx) or a Java key store (.jks)";

/// For a file of the key folder, where a private key is kept in PEM.
pub(in crate::cli) fn in_folder(error: &KeyError, path: &str) -> Option<String> {
    match error {
        KeyError::Encrypted => Some(format!(
            "move it out of the key folder, and import it with its passphrase: leadbench keys \
             import {} KEY_FILE --passphrase-file FILE",
            name_in(path)
        )),
        KeyError::OtherForm(
            Form::Pkcs8 | Form::Pkcs1 | Form::Sealed | Form::Pkcs12 | Form::Jks,
        ) => Some(format!(
            "move it out of the key folder and import it: leadbench keys import NAME {path}"
        )),
        KeyError::NotPem
        | KeyError::Damaged
        | KeyError::NotPrivate(_)
        | KeyError::OtherForm(
            Form::Nothing
            | Form::Request
            | Form::PublicKey
            | Form::OpenSshPublic
            | Form::Certificate
            | Form::Broken
            | Form::Binary
            | Form::Text,
        ) => Some(format!(
            "move it away, and import the key again: leadbench keys import {} FILE",
            name_in(path)
        )),
        other => on_import(other, path),
    }
}

/// The unique name of the pair that a file of the key folder belongs to.
fn name_in(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.strip_suffix(".key.pem").unwrap_or("NAME")
}

/// For a file that is to be taken in.
pub(in crate::cli) fn on_import(error: &KeyError, path: &str) -> Option<String> {
    Some(match error {
        KeyError::NeedsPassphrase => {
            "give it with --passphrase-file FILE or --passphrase-env NAME; never on the command line"
                .to_owned()
        }
        KeyError::TooManyRounds { .. } | KeyError::TooMuchMemory { .. } => format!(
            "encrypt it again with the usual settings: openssl pkcs8 -topk8 -in {path} -out \
             again.key.pem"
        ),
        KeyError::SeveralKeys(_) | KeyError::NoSuchAlias { .. } => "choose one with --alias ALIAS".to_owned(),
        KeyError::LegacyEncryption(scheme) => format!(
            "convert it: openssl pkcs8 -topk8{} -in {path} -out converted.key.pem",
            providers(scheme)
        ),
        KeyError::UnknownEncryption => {
            format!("convert it: openssl pkcs8 -topk8 -in {path} -out converted.key.pem")
        }
        KeyError::OtherCertificate => {
            "give the certificate that belongs to the key, or the key alone".to_owned()
        }
        KeyError::NotPem => FILES.to_owned(),
        KeyError::NotPrivate(_) => "name the file with the private key too".to_owned(),
        KeyError::OtherForm(form) => return Some(of_form(*form, path)),
        KeyError::TooSmall(_) | KeyError::TooLarge(_) | KeyError::NotRsa(_) => RSA.to_owned(),
        _ => return None,
    })
}

fn of_form(form: Form, path: &str) -> String {
    match form {
        Form::Nothing | Form::Request | Form::PublicKey | Form::OpenSshPublic => {
            "name the file with the private key".to_owned()
        }
        Form::Pkcs7 => format!(
            "it contains only certificates; name the file with the private key, and these \
             certificates as PEM: openssl pkcs7 -inform DER -in {path} -print_certs -out \
             certificates.pem"
        ),
        Form::Jceks => format!(
            "convert it: keytool -importkeystore -srckeystore {path} -srcstoretype JCEKS \
             -destkeystore converted.p12 -deststoretype PKCS12"
        ),
        Form::Base64 => {
            format!("decode it and name the result: base64 -d < {path} > decoded.key")
        }
        Form::Jwk => {
            "export the key as PEM (PKCS#8) from the tool that made it; leadbench does not import \
             JSON Web Keys"
                .to_owned()
        }
        Form::OpenSsh => format!(
            "convert a copy: cp {path} converted.key.pem && ssh-keygen -p -m PKCS8 -N \"\" -f \
             converted.key.pem"
        ),
        Form::Putty => {
            format!("convert it: puttygen {path} -O private-openssh -o converted.key.pem")
        }
        Form::OpenSshOther | Form::Sec1 | Form::Dsa => RSA.to_owned(),
        Form::Pkcs8
        | Form::Pkcs1
        | Form::Sealed
        | Form::Certificate
        | Form::Pkcs12
        | Form::Jks
        | Form::Broken
        | Form::Binary
        | Form::Text => FILES.to_owned(),
    }
}

/// OpenSSL 3 has single DES, RC2 and RC4 in a part of its own.
fn providers(scheme: &str) -> &'static str {
    let is_old = |name| scheme.contains(name) && !scheme.contains("TripleDES");
    if ["DES-CBC", "RC2", "RC4"].into_iter().any(is_old) {
        " -provider legacy -provider default"
    } else {
        ""
    }
}
