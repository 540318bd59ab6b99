//! The named parts of an iteration's time: the one list that histograms, columns, tags
//! and thresholds follow.
//!
//! ```text
//! due -> [queued] -> started -> [retry] -> sign_wait -> sign -> [exchange] -> dns -> connect -> tls
//!     -> first byte written -> last byte written -> first byte arrived -> last byte arrived
//!     -> last byte read
//! ```

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A named part of an iteration's time; the variants are in the order of the timeline.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Phase {
    /// From due to started, without `queue`: how late the generator itself was.
    Lag,
    /// The wait for a free slot, on the iteration that found `max_in_flight` used up.
    Queue,
    /// Time spent on attempts that were made again, their token included: answered with 401,
    /// or not at all by a connection that was closed. The phases below are those of the last
    /// attempt.
    Retry,
    /// The wait for a token beyond the signing itself.
    SignWait,
    /// Wall time of serialising the claims and signing them. Part of the latency under
    /// `jit` only: under `pipeline` it was spent before the iteration began.
    Sign,
    /// The signer thread's CPU time of the same work.
    SignCpu,
    /// The wait for an access token: the callout's own request to the token endpoint, or that
    /// of another which it waited for; without the signing of the JWT.
    Exchange,
    /// Name resolution, on the iteration that paid for it.
    Dns,
    /// The TCP handshake, on the iteration that paid for it.
    Connect,
    /// The TLS handshake, on the iteration that paid for it.
    Tls,
    /// The age of the token when the first byte was written: that instant minus `iat`.
    TokenAge,
    /// What was left of the token's validity then: `exp` minus that instant; more than an
    /// hour counts as one.
    TokenLeft,
    /// From the first byte written to the last.
    Send,
    /// From the last byte written until the first byte of the answer arrived, by the kernel's
    /// stamp; until it was read, where the kernel gives none.
    Wait,
    /// From the arrival of the first byte of the answer to that of the last; until it was read,
    /// where the kernel gives no stamp.
    Receive,
    /// From the last byte's arrival in the kernel until the generator reads it: its own lateness,
    /// and no part of `network`. Absent where the kernel gives no stamp, and `network` then
    /// holds it.
    Pickup,
    /// Send + wait + receive: from the first byte written to the last byte arrived.
    Network,
    /// The `Server-Timing` total of this very response (W3C Server Timing).
    Server,
    /// Network minus server.
    Wire,
    /// From started to the last byte read.
    Service,
    /// From due to the last byte read: what the caller felt. The headline.
    Latency,
    /// Latency minus the sum of its parts.
    Residual,
}

impl Phase {
    /// Every phase, in the order of the timeline.
    pub const ALL: [Self; 22] = [
        Self::Lag,
        Self::Queue,
        Self::Retry,
        Self::SignWait,
        Self::Sign,
        Self::SignCpu,
        Self::Exchange,
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::TokenAge,
        Self::TokenLeft,
        Self::Send,
        Self::Wait,
        Self::Receive,
        Self::Pickup,
        Self::Network,
        Self::Server,
        Self::Wire,
        Self::Service,
        Self::Latency,
        Self::Residual,
    ];

    /// How many phases there are.
    pub const COUNT: usize = Self::ALL.len();

    /// The name in files, tags and thresholds.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lag => "lag",
            Self::Queue => "queue",
            Self::Retry => "retry",
            Self::SignWait => "sign_wait",
            Self::Sign => "sign",
            Self::SignCpu => "sign_cpu",
            Self::Exchange => "exchange",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::TokenAge => "token_age",
            Self::TokenLeft => "token_left",
            Self::Send => "send",
            Self::Wait => "wait",
            Self::Receive => "receive",
            Self::Pickup => "pickup",
            Self::Network => "network",
            Self::Server => "server",
            Self::Wire => "wire",
            Self::Service => "service",
            Self::Latency => "latency",
            Self::Residual => "residual",
        }
    }

    /// Finds a phase by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == name)
    }

    /// The place of the phase in tables indexed by phase.
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Phase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Phase {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| serde::de::Error::custom(format!("{name:?} is no phase")))
    }
}

impl JsonSchema for Phase {
    fn schema_name() -> Cow<'static, str> {
        "Phase".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = Self::ALL.map(Self::as_str);
        json_schema!({ "type": "string", "enum": names })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_is_found_by_its_name_and_place() {
        for (index, phase) in Phase::ALL.into_iter().enumerate() {
            assert_eq!(phase.index(), index);
            assert_eq!(Phase::parse(phase.as_str()), Some(phase));
        }
    }
}
