//! What can be wrong with a key.

/// Why bytes are not the key they should be; fits after "could not use the key:".
///
/// No variant carries any of the bytes.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyError {
    /// A certificate could not be built or signed.
    #[error("the certificate could not be made")]
    CertificateNotMade,
    /// The armour or what is inside it cannot be read.
    #[error("it is damaged: its contents cannot be read as a key")]
    Damaged,
    /// A key set without a key that could verify RS256.
    #[error("it holds no key")]
    Empty,
    /// A private key under a passphrase.
    #[error("the private key is encrypted")]
    Encrypted,
    /// The random generator or the key's self-check failed.
    #[error("the key pair could not be generated")]
    NotGenerated,
    /// A text that is neither a JWK nor a set of them (RFC 7517).
    #[error("it is no JSON Web Key Set, at line {line}, column {column}")]
    NotJwks {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// A text that breaks the rules for unique names.
    #[error("{name:?} is no unique name: {problem}")]
    NotAName {
        /// The text.
        name: String,
        /// The rule it breaks.
        problem: &'static str,
    },
    /// A number that is no key size Salesforce offers.
    #[error("{0:?} is no key size; Salesforce makes 2048, 3072 and 4096")]
    NotASize(String),
    /// Neither armour nor JSON.
    #[error("there is no PEM block in it")]
    NotPem,
    /// Something else where a private key should be.
    #[error("it holds {found}, not a private key")]
    NotPrivate {
        /// What it is, with its article.
        found: &'static str,
    },
    /// Something else where a certificate should be.
    #[error("it holds {found}, not a certificate")]
    NotCertificate {
        /// What it is, with its article.
        found: &'static str,
    },
    /// A key of another algorithm.
    #[error("it is {found}, and RS256 needs an RSA key")]
    NotRsa {
        /// What it is, with its article.
        found: &'static str,
    },
    /// A private key where only a public one belongs.
    #[error("this is a private key; the target needs only the certificate")]
    PrivateNotWanted,
    /// An RSA key that verifiers refuse as too long.
    #[error("it is an RSA key of {bits} bits, and the most that can be used is 8192")]
    TooLarge {
        /// Of the modulus.
        bits: u32,
    },
    /// An RSA key below the minimum of RFC 7518, section 3.3.
    #[error("it is an RSA key of {bits} bits, and RS256 needs at least 2048")]
    TooSmall {
        /// Of the modulus.
        bits: u32,
    },
}
