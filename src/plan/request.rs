//! What a callout carries besides its token and its lead.

use strum::{EnumString, VariantNames};

use crate::secret::Hidden;
use crate::units::Percent;

/// What a callout carries besides its token and its lead, as Apex code or the platform sets
/// it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RequestPlan {
    /// The `Content-Type`. Where code forgets it Salesforce writes
    /// `application/x-www-form-urlencoded` over a body of JSON.
    pub content_type: String,
    /// The `Connection` field.
    pub connection: ConnectionField,
    /// The platform's release in `User-Agent: SFDC-Callout/NN.0`.
    pub release: String,
    /// Header fields of the user's own, in order; they may stand in for the platform's.
    pub headers: Vec<(String, Hidden)>,
    /// Whether a POST whose connection is closed before any of its answer has come is sent
    /// once more, as the JDK does (`sun.net.http.retryPost`).
    pub resend_dropped: bool,
    /// Where in an answer the Id of what was created stands: names with points between.
    pub created_id: Option<String>,
    /// The share of the callouts whose trace is sampled, where they carry one (W3C Trace
    /// Context).
    pub traceparent: Option<Percent>,
    /// Where a trace can be looked at: a URL with `{trace_id}` in it.
    pub trace_link: Option<String>,
}

/// What stands in the `Connection` field of HTTP/1.1 (RFC 9110, section 7.6.1).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum ConnectionField {
    /// There is none.
    #[default]
    Absent,
    /// `keep-alive`, as the JDK's client writes it.
    KeepAlive,
    /// `close`: the connection ends with this request.
    Close,
}

impl Default for RequestPlan {
    fn default() -> Self {
        Self {
            content_type: "application/json".to_owned(),
            connection: ConnectionField::default(),
            release: "65.0".to_owned(),
            headers: Vec::new(),
            resend_dropped: false,
            created_id: None,
            traceparent: None,
            trace_link: None,
        }
    }
}
