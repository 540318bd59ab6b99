//! A token as an iteration gets it, and how it was obtained.

use crate::secret::Bearer;
use crate::token::Minted;
use crate::units::Nanos;

/// A token and how it was obtained.
#[derive(Debug)]
pub struct IssuedToken {
    /// The token, or none in the control.
    pub token: Option<Token>,
    /// The wait beyond the signing itself.
    pub waited: Nanos,
    /// Whether the iteration waited for the signing, so that it is part of the latency.
    pub in_path: bool,
    /// Whether a token that should have been ready was not.
    pub starved: bool,
    /// Whether it was not ready because it had expired before its callout could send it.
    pub expired: bool,
}

/// A token and what its signature cost.
#[derive(Clone, Debug)]
pub struct Token {
    /// What is sent.
    pub bearer: Bearer,
    /// What its signature cost; absent where an earlier iteration has paid for it.
    pub cost: Option<Cost>,
    /// `iat`, in seconds since the Unix epoch.
    pub issued_at: u64,
    /// `exp`, in seconds since the Unix epoch.
    pub expires_at: u64,
    /// The number of the user that it speaks for.
    pub user: u64,
}

/// What a signature cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Wall time of the signing.
    pub sign: Nanos,
    /// CPU time of the signing.
    pub sign_cpu: Nanos,
}

impl IssuedToken {
    /// No token, as in the control.
    pub(super) const fn nothing() -> Self {
        Self {
            token: None,
            waited: Nanos::ZERO,
            in_path: false,
            starved: false,
            expired: false,
        }
    }

    /// A token that was there.
    pub fn ready(token: impl Into<Token>) -> Self {
        Self {
            token: Some(token.into()),
            ..Self::nothing()
        }
    }

    /// One that was signed while the iteration waited, `waited` beyond the signing itself.
    pub(super) fn signed(minted: Minted, waited: Nanos) -> Self {
        Self {
            waited,
            in_path: true,
            ..Self::ready(minted)
        }
    }

    /// One that should have been there and was waited for.
    pub(super) fn late(token: impl Into<Token>, waited: Nanos) -> Self {
        Self {
            waited,
            starved: true,
            ..Self::ready(token)
        }
    }
}

impl Token {
    /// The same token, whose signature an earlier iteration has paid for.
    #[must_use]
    pub fn paid(self) -> Self {
        Self { cost: None, ..self }
    }
}

impl From<Minted> for Token {
    fn from(minted: Minted) -> Self {
        Self {
            bearer: minted.bearer,
            cost: Some(Cost {
                sign: minted.wall,
                sign_cpu: minted.cpu,
            }),
            issued_at: minted.issued_at,
            expires_at: minted.expires_at,
            user: minted.user,
        }
    }
}
