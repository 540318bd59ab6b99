//! What can be wrong with a key.

use super::Form;

/// Why bytes are not the key they should be; fits after "could not use the key:".
///
/// No variant carries any of the bytes.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyError {
    /// A certificate could not be built or signed.
    #[error("could not create the certificate")]
    CertificateNotMade,
    /// The PEM or what is inside it cannot be read.
    #[error("it is damaged: its contents cannot be read as a key")]
    Damaged,
    /// A key set without a key that could verify RS256.
    #[error("it contains no key")]
    Empty,
    /// A private key under a passphrase.
    #[error("the private key is encrypted")]
    Encrypted,
    /// The random generator or the key's self-check failed.
    #[error("could not generate the key pair")]
    NotGenerated,
    /// A private key encrypted in an older way: PBES1 (RFC 8018, appendix A.3), those of PKCS#12, or
    /// OpenSSL's traditional one; its name, as OpenSSL has it.
    #[error(
        "the private key is encrypted with {0}, an old algorithm that leadbench does not support"
    )]
    LegacyEncryption(&'static str),
    /// A private key whose encryption is none that is known.
    #[error("the private key is encrypted with an unknown algorithm")]
    UnknownEncryption,
    /// An encrypted key or a store, and nothing to open it with.
    #[error("it needs a passphrase")]
    NeedsPassphrase,
    /// A store that contains only certificates.
    #[error("the key store contains no private key")]
    NoKeyInStore,
    /// A text that is neither a JWK nor a set of them (RFC 7517).
    #[error("it is not a JSON Web Key Set: error at line {line}, column {column}")]
    NotJwks {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// A text that breaks the rules for unique names.
    #[error("{name:?} is not a valid unique name: {problem}")]
    NotAName {
        /// The text.
        name: String,
        /// The rule it breaks.
        problem: &'static str,
    },
    /// A number that is not a key size of Salesforce.
    #[error("{0:?} is not a key size of Salesforce; use 2048, 3072 or 4096")]
    NotASize(String),
    /// Neither PEM nor JSON.
    #[error("it contains no PEM block")]
    NotPem,
    /// No PEM, but something else that is known.
    #[error("it holds {0}")]
    OtherForm(Form),
    /// Something else where a private key should be, with its article.
    #[error("it holds {0}, not a private key")]
    NotPrivate(&'static str),
    /// Something else where a certificate should be, with its article.
    #[error("it holds {0}, not a certificate")]
    NotCertificate(&'static str),
    /// A certificate that is not of the private key.
    #[error("the certificate belongs to another key")]
    OtherCertificate,
    /// More than one private key, in one file or in several.
    #[error("found more than one private key")]
    SeveralFiles,
    /// A store without a key of the wanted alias.
    #[error("the store holds no private key with the alias {alias:?}; it holds: {}", known.join(", "))]
    NoSuchAlias {
        /// That was wanted.
        alias: String,
        /// Those of its keys.
        known: Vec<String>,
    },
    /// A store of several keys, of which one must be named; their aliases.
    #[error("the store holds {} private keys: {}", .0.len(), .0.join(", "))]
    SeveralKeys(Vec<String>),
    /// A PKCS#12 store, in a build that reads and writes none.
    #[error(
        "this build of leadbench lacks the feature `pkcs12`, which reads and writes PKCS#12 stores; build it with \
         `--features full`, or use a release (docs/INSTALL.md)"
    )]
    NoPkcs12,
    /// A store could not be written.
    #[error("could not create the key store")]
    StoreNotMade,
    /// A store that is none, or is made in a way that is not read.
    #[error("the key store cannot be read")]
    UnreadableStore,
    /// A passphrase that does not open it.
    #[error("the passphrase is wrong, or the file is damaged")]
    WrongPassphrase,
    /// A key of another algorithm, with its article.
    #[error("it is {0}; RS256 requires an RSA key")]
    NotRsa(&'static str),
    /// A private key where only a public one belongs.
    #[error("this is a private key; the target needs only the certificate")]
    PrivateNotWanted,
    /// An RSA key that verifiers refuse as too long; the bits of its modulus.
    #[error("it is an RSA key of {0} bits; the largest supported size is 8192")]
    TooLarge(u32),
    /// An encrypted key whose passphrase is hashed too often.
    #[error("opening it takes {rounds} rounds of hashing; the limit is {most}")]
    TooManyRounds {
        /// That the file asks for.
        rounds: u32,
        /// That are done.
        most: u32,
    },
    /// An encrypted key whose passphrase takes too much memory to hash.
    #[error("opening it takes {mebibytes} MiB of memory; the limit is {most} MiB")]
    TooMuchMemory {
        /// That the file asks for.
        mebibytes: u64,
        /// That it gets.
        most: u64,
    },
    /// An RSA key below the minimum of RFC 7518, section 3.3; the bits of its modulus.
    #[error("it is an RSA key of {0} bits; RS256 requires at least 2048")]
    TooSmall(u32),
}
