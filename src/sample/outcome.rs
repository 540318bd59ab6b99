//! How an iteration ended: a closed list, so that reports never meet an unknown one.

use std::fmt;

use strum::{EnumString, IntoStaticStr, VariantArray};

/// How an iteration ended.
///
/// The order is that of the reports: answers first, then what kept an answer away,
/// then what was our own.
#[derive(
    Clone,
    Copy,
    Debug,
    Eq,
    Hash,
    Ord,
    PartialEq,
    PartialOrd,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// An answer that counts as a success, read to its end: 2xx, or what the scenario expects.
    Ok,
    /// A 2xx answer with the Id of another lead: this one was taken for a duplicate of it.
    Duplicate,
    /// An answer with a status of success that does not say what the scenario expects of it.
    UnexpectedAnswer,
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 429.
    TooManyRequests,
    /// Any other 4xx.
    ClientError,
    /// 5xx.
    ServerError,
    /// A status that is neither success nor error; redirects are not followed.
    UnexpectedStatus,
    /// The callout's deadline passed.
    Timeout,
    /// The host name did not resolve.
    Dns,
    /// The connection was refused.
    Refused,
    /// The host or network could not be reached.
    Unreachable,
    /// The TLS handshake or a TLS record failed.
    Tls,
    /// The connection was reset.
    Reset,
    /// The connection was closed after bytes had left and before the answer was whole.
    Closed,
    /// What came back was not valid HTTP of the requested version.
    Protocol,
    /// The answer's head or body was larger than is read.
    TooLarge,
    /// This machine had no local port left.
    LocalPorts,
    /// This process had no file descriptor left.
    LocalFiles,
    /// No token could be made.
    Signing,
    /// No access token could be had from the token endpoint.
    TokenEndpoint,
    /// Any other failure of the operating system.
    Io,
}

impl Outcome {
    /// Every outcome, in the order of the reports.
    pub const ALL: &[Self] = <Self as VariantArray>::VARIANTS;

    /// How many outcomes there are.
    pub const COUNT: usize = Self::ALL.len();

    /// What an answer with this status and a whole body counts as.
    pub const fn from_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Ok,
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            429 => Self::TooManyRequests,
            400..=499 => Self::ClientError,
            500..=599 => Self::ServerError,
            _ => Self::UnexpectedStatus,
        }
    }

    /// The name in files and tags.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Finds an outcome by its name.
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    /// The place of the outcome in tables indexed by outcome.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Whether it is an answer that was read to its end.
    pub const fn is_answer(self) -> bool {
        matches!(
            self,
            Self::Ok
                | Self::Duplicate
                | Self::UnexpectedAnswer
                | Self::Unauthorized
                | Self::Forbidden
                | Self::TooManyRequests
                | Self::ClientError
                | Self::ServerError
                | Self::UnexpectedStatus
        )
    }

    /// Whether the lead was taken.
    pub const fn is_ok(self) -> bool {
        matches!(self, Self::Ok)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_is_found_by_its_name_and_place() {
        for (index, &outcome) in Outcome::ALL.iter().enumerate() {
            assert_eq!(outcome.index(), index);
            assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
        }
    }

    #[test]
    fn only_2xx_is_success() {
        for status in 100..=599 {
            assert_eq!(
                Outcome::from_status(status).is_ok(),
                (200..300).contains(&status),
                "{status}"
            );
        }
    }
}
