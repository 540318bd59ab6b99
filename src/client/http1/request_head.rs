//! The head of a request, of which all is rendered once that is the same in every callout.

use hyper::Request;
use hyper::header::{AUTHORIZATION, HeaderName};

use crate::client::request_template::{SFDC_STACK_DEPTH, TRACEPARENT};
use crate::client::{Callout, Defect, RequestTemplate};
use crate::secret::opaque_debug;

/// The head of one caller's requests.
#[derive(Clone)]
pub(in crate::client) struct RequestHead {
    /// The request line and the fields up to the token.
    before_token: Vec<u8>,
    /// The fields behind it. Some of them may be secrets of the user's.
    after_token: Vec<u8>,
    has_body: bool,
    /// Whether the scenario sets the field itself, which then takes the place of ours.
    sets_authorization: bool,
    sets_trace: bool,
}

opaque_debug!(RequestHead);

impl RequestHead {
    /// Renders what is the same in every request of this template.
    pub(in crate::client) fn of(template: &RequestTemplate) -> Self {
        Self::render(&template.fill(&Callout::default()))
    }

    fn render<B>(request: &Request<B>) -> Self {
        let line = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri());
        let (mut before_token, mut after_token) = (line.into_bytes(), Vec::new());
        let mut is_before = true;
        for (name, value) in request.headers() {
            let part = if is_before {
                &mut before_token
            } else {
                &mut after_token
            };
            write_name(name, part);
            part.extend_from_slice(value.as_bytes());
            part.extend_from_slice(b"\r\n");
            // The token stands behind the field of the platform that does not vary in length.
            is_before &= name != SFDC_STACK_DEPTH;
        }
        Self {
            before_token,
            after_token,
            has_body: request.method() != hyper::Method::GET,
            sets_authorization: request.headers().contains_key(AUTHORIZATION),
            sets_trace: request.headers().contains_key(TRACEPARENT),
        }
    }

    /// Writes one request, its body included.
    pub(in crate::client) fn write(
        &self,
        template: &RequestTemplate,
        callout: &Callout,
        out: &mut Vec<u8>,
    ) {
        if callout.defect == Defect::None {
            self.write_head(callout, out);
        } else {
            let bare = Callout {
                bearer: None,
                trace: None,
                ..callout.clone()
            };
            Self::render(&template.fill(&bare)).write_head(callout, out);
        }
        if self.has_body {
            out.extend_from_slice(b"Content-Length: ");
            let mut digits = itoa::Buffer::new();
            out.extend_from_slice(digits.format(callout.body.size()).as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
        callout.body.write(out);
    }

    /// Writes the head, but for the length of the body and the empty line.
    fn write_head(&self, callout: &Callout, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.before_token);
        if let Some(bearer) = &callout.bearer
            && !self.sets_authorization
            && is_field_value(bearer.as_bytes())
        {
            let times = if callout.defect == Defect::TwiceTheToken {
                2
            } else {
                1
            };
            for _ in 0..times {
                out.extend_from_slice(b"Authorization: ");
                out.extend_from_slice(bearer.as_bytes());
                out.extend_from_slice(b"\r\n");
            }
        }
        out.extend_from_slice(&self.after_token);
        if let Some(trace) = &callout.trace
            && !self.sets_trace
        {
            out.extend_from_slice(b"Traceparent: ");
            out.extend_from_slice(trace.to_string().as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// Whether a token may stand in a header field (RFC 9110, section 5.5): it may come from a token
/// endpoint, and must not begin another field.
///
/// It looks at all bytes and does not stop at the first that is wrong: so the compiler takes many at a
/// time, which costs a twentieth for a token of 700 bytes.
fn is_field_value(bytes: &[u8]) -> bool {
    bytes.iter().fold(true, |is_value, byte| {
        is_value & matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
    })
}

/// Writes a name in the case that Salesforce writes it in. HTTP does not care (RFC 9110, section
/// 5.1), but rules of firewalls and lines of logs do.
fn write_name(name: &HeaderName, out: &mut Vec<u8>) {
    let is_all_upper = name == SFDC_STACK_DEPTH;
    let mut is_upper = true;
    for byte in name.as_str().bytes() {
        out.push(if is_upper || is_all_upper {
            byte.to_ascii_uppercase()
        } else {
            byte
        });
        is_upper = byte == b'-';
    }
    out.extend_from_slice(b": ");
}
