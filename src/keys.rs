//! Key pairs as Salesforce's Certificate and Key Management knows them: names, private
//! keys, certificates and key sets.
//!
//! Bytes come in and bytes go out; no file is touched here. A private key shows nothing of
//! itself: it has no `Display`, no `Serialize`, and a `Debug` that says only its size.

mod algorithm;
mod certificate;
mod chain;
mod error;
mod export;
mod form;
mod generate;
mod import;
mod jks;
mod jwk;
mod key_file;
mod name;
mod passphrase;
mod pem;
mod pkcs12;
mod private;
mod public;
mod shown_certificate;
mod size;
mod trust;

pub use certificate::{CertificateFacts, certificate_der_of};
pub use chain::{Chain, ChainLink};
pub use error::KeyError;
pub use form::Form;
pub use generate::{GeneratedPair, generate};
pub use import::{ImportError, ImportedPair};
pub use jwk::{Jwk, Jwks, jwks_kids, merge_jwk_text, merge_jwks};
pub use key_file::Opening;
pub use name::UniqueName;
pub use passphrase::Passphrase;
pub use private::PrivateKey;
pub use public::PublicKey;
pub use shown_certificate::ShownCertificate;
pub use size::KeySize;
pub use trust::TrustedKey;
