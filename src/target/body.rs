//! The body of a posted lead.

use std::borrow::Cow;
use std::error::Error;
use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body;
use serde::Deserialize;
use tokio::time::timeout;

use super::Rejection;
use crate::units::index;

/// The largest body that is accepted, in bytes.
///
/// Salesforce lets a callout send 6 MB from synchronous and 12 MB from asynchronous Apex.
const BODY_BYTES_MAX: u64 = 12 * 1024 * 1024;

/// How long a body may take to arrive after its head, so that a slow caller cannot hold its buffer
/// forever. Nearly as long as the longest callout of Salesforce, 120 s.
const BODY_READ_MAX: Duration = Duration::from_secs(100);

/// The longest pause within a body; after it, the caller counts as gone.
const BODY_PAUSE_MAX: Duration = Duration::from_secs(10);

/// Reads a body to its end, within the limits.
pub(super) async fn read<B>(body: B) -> Result<Bytes, Rejection>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    if body.size_hint().lower() > BODY_BYTES_MAX {
        return Err(Rejection::TooLarge);
    }
    match timeout(BODY_READ_MAX, collect(body)).await {
        Ok(read) => read,
        Err(_) => Err(Rejection::Incomplete),
    }
}

async fn collect<B>(body: B) -> Result<Bytes, Rejection>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let mut body = pin!(Limited::new(body, index(BODY_BYTES_MAX)));
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    loop {
        let frame = match timeout(BODY_PAUSE_MAX, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) if whole.is_empty() => return Ok(first),
            Ok(None) => return Ok(whole.freeze()),
            Ok(Some(Err(error))) if error.is::<LengthLimitError>() => {
                return Err(Rejection::TooLarge);
            }
            Ok(Some(Err(_))) | Err(_) => return Err(Rejection::Incomplete),
        };
        // Trailers are not part of a lead.
        let Ok(part) = frame.into_data() else {
            continue;
        };
        // Most bodies have one part, which is not copied.
        if first.is_empty() && whole.is_empty() {
            first = part;
        } else {
            whole.extend_from_slice(&std::mem::take(&mut first));
            whole.extend_from_slice(&part);
        }
    }
}

/// The `Id` of a lead, which is any JSON object; `None` if it has no `Id`.
///
/// The rest must be JSON, and is not kept.
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

    // A struct can also be read from a JSON array, which is not a lead.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(Rejection::NotALead);
    }
    // JSON is UTF-8 to its last byte (RFC 8259, section 8.1), in members that are not kept as well.
    let body = std::str::from_utf8(body).map_err(|_| Rejection::NotALead)?;
    serde_json::from_str::<Lead<'_>>(body)
        .map(|lead| lead.id.map(|id| id.0))
        .map_err(|_| Rejection::NotALead)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::Frame;
    use tokio::time::{Instant, Sleep, sleep};

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
        let latin = b"{\"Id\":\"a\",\"Name\":\"M\xfcller\"}";
        assert_eq!(lead_id(latin), Err(Rejection::NotALead));
    }

    /// A body in parts, each after this many seconds; without an end where it stops.
    struct Parts {
        left: Vec<(u64, &'static str)>,
        is_whole: bool,
        pause: Option<Pin<Box<Sleep>>>,
    }

    impl Parts {
        fn new(parts: &[(u64, &'static str)], is_whole: bool) -> Self {
            Self {
                left: parts.iter().rev().copied().collect(),
                is_whole,
                pause: None,
            }
        }
    }

    impl Body for Parts {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            let Some((after_s, part)) = self.left.last().copied() else {
                return if self.is_whole {
                    Poll::Ready(None)
                } else {
                    Poll::Pending
                };
            };
            let after = Duration::from_secs(after_s);
            let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(after)));
            if pause.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.pause = None;
            self.left.pop();
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(part.as_bytes())))))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_read_whole_as_long_as_it_goes_on() {
        for parts in [
            &[][..],
            &[(0, "{}")],
            &[(9, "{"), (9, "\"Id\":1"), (9, "}")],
        ] {
            let whole: String = parts.iter().map(|(_, part)| *part).collect();
            let read = read(Parts::new(parts, true)).await;
            assert_eq!(read, Ok(Bytes::from(whole)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_is_given_up() {
        for parts in [&[][..], &[(0, "{")], &[(9, "{"), (9, "\"Id\"")]] {
            let begun = Instant::now();
            let read = read(Parts::new(parts, false)).await;
            assert_eq!(read, Err(Rejection::Incomplete));
            let came: u64 = parts.iter().map(|(after_s, _)| after_s).sum();
            assert_eq!(begun.elapsed(), Duration::from_secs(came) + BODY_PAUSE_MAX);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_given_up_too() {
        let parts = [(9, "x"); 100];
        let begun = Instant::now();
        assert_eq!(
            read(Parts::new(&parts, true)).await,
            Err(Rejection::Incomplete)
        );
        assert_eq!(begun.elapsed(), BODY_READ_MAX);
    }
}
