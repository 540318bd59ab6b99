//! The body of a posted lead.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use serde::Deserialize;

use super::Rejection;
use crate::units::index;

/// The largest body that is taken, in bytes.
///
/// Salesforce lets a callout send 6 MB from synchronous and 12 MB from asynchronous Apex.
const BODY_BYTES_MAX: u64 = 12 * 1024 * 1024;

/// How long a body may take to arrive once its head has; so a stalled caller cannot hold
/// its buffer for ever. Nearly as long as the longest callout of Salesforce, 120 s.
const BODY_READ_MAX: Duration = Duration::from_secs(100);

/// Reads a body to its end, within the limits.
pub(super) async fn read(body: Incoming) -> Result<Bytes, Rejection> {
    if body.size_hint().lower() > BODY_BYTES_MAX {
        return Err(Rejection::TooLarge);
    }
    let whole = Limited::new(body, index(BODY_BYTES_MAX)).collect();
    match tokio::time::timeout(BODY_READ_MAX, whole).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Rejection::TooLarge),
        Ok(Err(_)) | Err(_) => Err(Rejection::Incomplete),
    }
}

/// The `Id` of a lead: of any JSON object, where `None` says it has none.
///
/// The rest is only checked to be JSON; nothing of it is kept.
pub(super) fn lead_id(body: &[u8]) -> Result<Option<Cow<'_, str>>, Rejection> {
    #[derive(Deserialize)]
    struct Lead<'a> {
        #[serde(borrow, default, rename = "Id")]
        id: Option<Id<'a>>,
    }
    // Wrapped, because serde borrows a `Cow` only where it stands alone in its field.
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Id<'a>(#[serde(borrow)] Cow<'a, str>);

    // A struct can be read from a JSON array too, and that is no lead.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(Rejection::NotALead);
    }
    serde_json::from_slice::<Lead<'_>>(body)
        .map(|lead| lead.id.map(|id| id.0))
        .map_err(|_| Rejection::NotALead)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_found_beside_anything() {
        let body = br#"{"attributes":{"type":"Lead","Id":"inner"},"Id":"00Q1","Score":1.5}"#;
        assert_eq!(lead_id(body), Ok(Some("00Q1".into())));
    }

    #[test]
    fn an_object_without_an_id_is_a_lead_still() {
        assert_eq!(lead_id(b" {\"Name\":\"x\"}"), Ok(None));
        assert_eq!(lead_id(b"{\"Id\":null}"), Ok(None));
    }

    #[test]
    fn an_id_that_needs_no_unescaping_is_not_copied() {
        let id = lead_id(b"{\"Id\":\"00Q1\"}").unwrap().unwrap();
        assert!(matches!(id, Cow::Borrowed("00Q1")));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for body in [
            "",
            "[]",
            "[\"00Q1\"]",
            "7",
            "{\"Id\":7}",
            "{\"Id\":\"a\"",
            "{\"Id\":\"a\"} x",
        ] {
            assert_eq!(lead_id(body.as_bytes()), Err(Rejection::NotALead), "{body}");
        }
    }
}
