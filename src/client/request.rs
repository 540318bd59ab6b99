//! The request as Salesforce writes it.
//!
//! Published captures of callouts (2018 to 2024) show these headers; the `Accept` value
//! and the pair of no-cache headers are those of the JDK's HTTP client.

use hyper::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue,
    InvalidHeaderValue, PRAGMA, USER_AGENT,
};
use hyper::http::uri::InvalidUri;
use hyper::{Method, Request, Uri};

use bytes::Bytes;
use http_body_util::Full;

use super::Callout;

const SFDC_STACK_DEPTH: HeaderName = HeaderName::from_static("sfdc_stack_depth");
const PLATFORM: HeaderValue = HeaderValue::from_static("SFDC-Callout/65.0");
const ACCEPTED: HeaderValue =
    HeaderValue::from_static("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2");
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const DEPTH: HeaderValue = HeaderValue::from_static("1");

/// The constant parts of every request, parsed once.
#[derive(Clone, Debug)]
pub struct RequestForm {
    uri: Uri,
    /// In HTTP/2 the authority is part of the URI instead.
    host: Option<HeaderValue>,
}

/// An address that no request can carry.
#[derive(Debug, thiserror::Error)]
pub enum RequestFormError {
    /// The path.
    #[error("the path cannot be sent: {0}")]
    Path(#[from] InvalidUri),
    /// The host.
    #[error("the host cannot be sent: {0}")]
    Host(#[from] InvalidHeaderValue),
}

impl RequestForm {
    /// Requests for a path, in origin-form, at a host with its port where that is not
    /// the scheme's own (RFC 9110, section 7.2).
    pub fn new(host: &str, path: &str) -> Result<Self, RequestFormError> {
        Ok(Self {
            uri: path.parse()?,
            host: Some(HeaderValue::from_str(host)?),
        })
    }

    /// HTTP/2 requests, whose scheme and authority are pseudo-header fields (RFC 9113,
    /// section 8.3.1).
    pub fn http2(scheme: &str, host: &str, path: &str) -> Result<Self, RequestFormError> {
        Ok(Self {
            uri: format!("{scheme}://{host}{path}").parse()?,
            host: None,
        })
    }

    /// A request; `headers` gives its allocation and loses its contents.
    pub(super) fn fill(&self, callout: &Callout, mut headers: HeaderMap) -> Request<Full<Bytes>> {
        headers.clear();
        if let Some(host) = &self.host {
            headers.insert(HOST, host.clone());
        }
        if let Some(value) = callout.bearer.as_ref().and_then(authorization) {
            headers.insert(AUTHORIZATION, value);
        }
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(USER_AGENT, PLATFORM);
        headers.insert(SFDC_STACK_DEPTH, DEPTH);
        headers.insert(ACCEPT, ACCEPTED);
        headers.insert(CACHE_CONTROL, NO_CACHE);
        headers.insert(PRAGMA, NO_CACHE);
        let mut request = Request::new(Full::new(callout.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = headers;
        request
    }

    /// The headers of a request, one a line, with the token left out.
    pub fn describe(&self, callout: &Callout) -> String {
        let request = self.fill(callout, HeaderMap::new());
        let version = if self.host.is_some() { "1.1" } else { "2" };
        let mut text = format!("POST {} HTTP/{version}\n", request.uri());
        for (name, value) in request.headers() {
            let value = if value.is_sensitive() {
                "Bearer <redacted>"
            } else {
                value.to_str().unwrap_or("<not text>")
            };
            text = text + name.as_str() + ": " + value + "\n";
        }
        text + "content-length: " + &callout.body.len().to_string() + "\n"
    }
}

/// The token as a header that hyper will not print. A compact JWS is base64url and
/// points, so it is always a legal value.
fn authorization(bearer: &crate::secret::Bearer) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_maybe_shared(bearer.header_value()).ok()?;
    value.set_sensitive(true);
    Some(value)
}
