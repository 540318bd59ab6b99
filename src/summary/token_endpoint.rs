//! What was asked of a token endpoint.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was asked of a token endpoint (RFC 7523), the warm-up included.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct TokenEndpointResult {
    /// Requests made.
    pub requests: u64,
    /// Of these, those that gave no access token.
    pub failed: u64,
    /// How long one took on average, from its sending on.
    pub mean_ns: f64,
    /// How long the longest took.
    pub max_ns: u64,
}
