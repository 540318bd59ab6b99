//! For which callouts a token is minted, and how and when it is signed.

use strum::{Display, EnumString, VariantNames};

/// For which callouts a token is minted.
///
/// Of no source it is documented; per callout is what "newly issued" suggests, and per
/// transaction what Apex code mostly does. What is cached until its `exp` comes near is
/// [`SigningMode::Reuse`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Display, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Mint {
    /// For each.
    PerCallout,
    /// For the callouts of one transaction together; of loads that are no org, a callout is
    /// a transaction.
    PerTransaction,
    /// For the callouts of one second together: where there is no `jti`, their tokens would
    /// be the same to the byte.
    PerSecond,
}

/// How a token is signed (RFC 7518, section 3.3).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Display, EnumString, VariantNames)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[default]
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
}

/// When and where tokens are signed. An experiment, not a setting.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Display, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum SigningMode {
    /// Signed ahead of each known due instant.
    Pipeline,
    /// Signed when due, by a signer thread, while the iteration waits.
    Jit,
    /// All signed before the first is due, each with the `iat` of its due second: the
    /// signers rest while the load goes on. Open loads only.
    Presign,
    /// One token is sent until its `exp` comes near, and then the next.
    Reuse,
    /// No token is sent: the control of the experiment.
    None,
}
