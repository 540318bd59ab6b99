//! The named parts of an iteration's time: the one list that histograms, columns, tags
//! and thresholds follow.
//!
//! ```text
//! due -> [queued] -> started -> [retry] -> sign_wait -> sign -> [exchange] -> dns -> connect -> tls
//!     -> first byte written -> last byte written -> first byte arrived -> last byte arrived
//!     -> last byte read
//! ```

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// A named part of an iteration's time; the variants are in the order of the timeline.
#[derive(
    Clone,
    Copy,
    Debug,
    Eq,
    Hash,
    Ord,
    PartialEq,
    PartialOrd,
    Display,
    EnumString,
    IntoStaticStr,
    Serialize,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
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
    pub const ALL: [Self; Self::COUNT] = {
        let mut all = [Self::Lag; Self::COUNT];
        all.copy_from_slice(Self::VARIANTS);
        all
    };

    /// How many phases there are.
    pub const COUNT: usize = Self::VARIANTS.len();

    /// The name in files, tags and thresholds.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Finds a phase by its name.
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    /// The place of the phase in tables indexed by phase.
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl<'de> Deserialize<'de> for Phase {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("{name:?} is not a phase")))
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
