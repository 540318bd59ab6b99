//! Parses trusted keys once: the library would parse the key for each token, a sixth of the work.
//!
//! The library lets a process choose its verifier. If another choice was made before, keys are parsed
//! for each token, which is slower but correct.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
};
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey};
use parking_lot::RwLock;

/// How many parsed keys of an algorithm are kept; further keys are parsed for each token. A target
/// trusts few keys.
const KEYS_MAX: usize = 256;

/// The parsed keys, by their bytes in the library.
type Prepared = LazyLock<RwLock<HashMap<Vec<u8>, Arc<ParsedPublicKey>>>>;

static RS256: Prepared = LazyLock::new(RwLock::default);
static RS512: Prepared = LazyLock::new(RwLock::default);

static PROVIDER: LazyLock<CryptoProvider> = LazyLock::new(|| CryptoProvider {
    verifier_factory: verifier,
    ..DEFAULT_PROVIDER.clone()
});

/// Makes the library verify with parsed keys from now on.
pub(super) fn install() {
    let provider: &'static CryptoProvider = &PROVIDER;
    // An earlier choice stays.
    provider.install_default().unwrap_or(());
}

struct Rsa {
    algorithm: Algorithm,
    key: Arc<ParsedPublicKey>,
}

impl Verifier<Vec<u8>> for Rsa {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        self.key
            .verify_sig(message, signature)
            .map_err(|_| Error::new())
    }
}

impl JwtVerifier for Rsa {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the library's own signature"
)]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let (parameters, prepared) = match algorithm {
        Algorithm::RS256 => (&RSA_PKCS1_2048_8192_SHA256, &RS256),
        Algorithm::RS512 => (&RSA_PKCS1_2048_8192_SHA512, &RS512),
        _ => return (DEFAULT_PROVIDER.verifier_factory)(algorithm, key),
    };
    let Ok(der) = key.try_get_as_bytes() else {
        return (DEFAULT_PROVIDER.verifier_factory)(algorithm, key);
    };
    let known = {
        let prepared = prepared.read();
        prepared.get(der).cloned()
    };
    let key = if let Some(key) = known {
        key
    } else {
        let parsed = UnparsedPublicKey::new(parameters, der).parse();
        let parsed = Arc::new(parsed.map_err(|_| ErrorKind::InvalidKeyFormat)?);
        let mut prepared = prepared.write();
        if prepared.len() < KEYS_MAX {
            prepared.insert(der.to_vec(), Arc::clone(&parsed));
        }
        parsed
    };
    let algorithm = *algorithm;
    Ok(Box::new(Rsa { algorithm, key }))
}
