//! The request as Salesforce writes it.
//!
//! Published captures of callouts (2018 to 2024) show these headers; the `Accept` value
//! and the pair of no-cache headers are those of the JDK's HTTP client.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST, HeaderMap, HeaderName,
    HeaderValue, InvalidHeaderName, InvalidHeaderValue, PRAGMA, USER_AGENT,
};
use hyper::http::uri::InvalidUri;
use hyper::{Method, Request, Uri};

use super::{Callout, Defect};
use crate::secret::Secrets;

pub(super) const SFDC_STACK_DEPTH: HeaderName = HeaderName::from_static("sfdc_stack_depth");
pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const MARK: HeaderName = HeaderName::from_static("leadbench-callout");
const PLATFORM: &str = "SFDC-Callout/";
const ACCEPTED: HeaderValue =
    HeaderValue::from_static("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2");
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const DEPTH: HeaderValue = HeaderValue::from_static("1");

/// The constant parts of every request, parsed once.
#[derive(Clone, Debug)]
pub struct RequestTemplate {
    method: Method,
    uri: Uri,
    /// In HTTP/2 the authority is part of the URI instead.
    host: Option<HeaderValue>,
    content_type: HeaderValue,
    user_agent: HeaderValue,
    /// The `Connection` field, if there is one.
    connection: Option<HeaderValue>,
    /// What the callout is, if it does not belong to the load.
    mark: Option<HeaderValue>,
    /// Fields of the user's own.
    more: Vec<(HeaderName, HeaderValue)>,
    /// What else must not be shown.
    secrets: Secrets,
}

/// An address that no request can carry.
#[derive(Debug, thiserror::Error)]
pub enum RequestTemplateError {
    /// The path.
    #[error("the path is not valid: {0}")]
    Path(#[from] InvalidUri),
    /// The host.
    #[error("the host or a header is not valid: {0}")]
    Value(#[from] InvalidHeaderValue),
    /// The name of a header.
    #[error("the name of a header is not valid: {0}")]
    Name(#[from] InvalidHeaderName),
}

impl RequestTemplate {
    /// Requests for a path, in origin-form, at a host with its port where that is not
    /// the scheme's own (RFC 9110, section 7.2).
    pub fn new(host: &str, path: &str) -> Result<Self, RequestTemplateError> {
        Ok(Self::of(path.parse()?, Some(HeaderValue::from_str(host)?)))
    }

    /// HTTP/2 requests, whose scheme and authority are pseudo-header fields (RFC 9113,
    /// section 8.3.1).
    pub fn http2(scheme: &str, host: &str, path: &str) -> Result<Self, RequestTemplateError> {
        let uri = format!("{scheme}://{host}{path}").parse()?;
        Ok(Self::of(uri, None))
    }

    fn of(uri: Uri, host: Option<HeaderValue>) -> Self {
        Self {
            method: Method::POST,
            uri,
            host,
            content_type: JSON,
            user_agent: HeaderValue::from_static("SFDC-Callout/65.0"),
            connection: None,
            mark: None,
            more: Vec::new(),
            secrets: Secrets::default(),
        }
    }

    /// The same as a GET request, which has no body.
    #[must_use]
    pub fn asking(mut self) -> Self {
        self.method = Method::GET;
        self
    }

    /// The same with another `Content-Type`.
    pub fn with_content_type(mut self, content_type: &str) -> Result<Self, RequestTemplateError> {
        self.content_type = HeaderValue::from_str(content_type)?;
        Ok(self)
    }

    /// The same as of another release of the platform, `65.0`.
    pub fn with_release(self, release: &str) -> Result<Self, RequestTemplateError> {
        self.with_user_agent(&format!("{PLATFORM}{release}"))
    }

    /// The same with another `User-Agent` than the platform's.
    pub fn with_user_agent(mut self, user_agent: &str) -> Result<Self, RequestTemplateError> {
        self.user_agent = HeaderValue::from_str(user_agent)?;
        Ok(self)
    }

    /// The same with a `Connection` field: `keep-alive` or `close`. HTTP/2 has none (RFC 9113,
    /// section 8.2.2).
    #[must_use]
    pub fn with_connection(mut self, connection: &'static str) -> Self {
        let is_http1 = self.host.is_some();
        self.connection = is_http1.then(|| HeaderValue::from_static(connection));
        self
    }

    /// The same with secrets that are struck from what the target says.
    #[must_use]
    pub fn keeping_secret(mut self, secrets: &Secrets) -> Self {
        self.secrets = secrets.clone();
        self
    }

    /// The same for a callout that does not belong to the load, so that the API can recognise it:
    /// `preflight`, `probe`.
    #[must_use]
    pub fn marked(mut self, mark: &'static str) -> Self {
        self.mark = Some(HeaderValue::from_static(mark));
        self
    }

    /// The same with a field more, or one of the platform's replaced.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, RequestTemplateError> {
        let name = name.parse::<HeaderName>()?;
        let mut value = HeaderValue::from_str(value)?;
        // It may be a secret of the target's.
        value.set_sensitive(true);
        self.more.push((name, value));
        Ok(self)
    }

    /// The values that must never be shown, to be struck from texts of others: those of the user's own fields, any of which may be a
    /// secret of the target's.
    pub fn secrets(&self) -> impl Iterator<Item = &[u8]> {
        let fields = self.more.iter().map(|(_, value)| value.as_bytes());
        fields.chain(self.secrets.iter())
    }

    /// A request.
    pub(super) fn fill(&self, callout: &Callout) -> Request<Full<Bytes>> {
        let mut headers = HeaderMap::new();
        if let Some(host) = &self.host {
            headers.insert(HOST, host.clone());
        }
        // Before what varies in length, so that its place is the same in every request.
        headers.insert(SFDC_STACK_DEPTH, DEPTH);
        if let Some(value) = callout.bearer.as_ref().and_then(authorization) {
            if callout.defect == Defect::TwiceTheToken {
                headers.append(AUTHORIZATION, value.clone());
            }
            headers.append(AUTHORIZATION, value);
        }
        if self.method != Method::GET {
            headers.insert(CONTENT_TYPE, self.content_type.clone());
        }
        if callout.defect == Defect::CalledAForm {
            headers.insert(CONTENT_TYPE, FORM);
        }
        headers.insert(USER_AGENT, self.user_agent.clone());
        headers.insert(ACCEPT, ACCEPTED);
        headers.insert(CACHE_CONTROL, NO_CACHE);
        headers.insert(PRAGMA, NO_CACHE);
        if let Some(connection) = &self.connection {
            headers.insert(CONNECTION, connection.clone());
        }
        if let Some(value) = callout.trace.as_ref().and_then(traceparent) {
            headers.insert(TRACEPARENT, value);
        }
        if let Some(mark) = &self.mark {
            headers.insert(MARK, mark.clone());
        }
        for (name, value) in &self.more {
            headers.insert(name.clone(), value.clone());
        }
        let mut request = Request::new(Full::new(callout.body.to_bytes()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = headers;
        request
    }

    /// The headers of a request, one a line, with the token left out.
    pub fn describe(&self, callout: &Callout) -> String {
        let request = self.fill(callout);
        let version = if self.host.is_some() { "1.1" } else { "2" };
        let (method, uri) = (request.method(), request.uri());
        let mut text = format!("{method} {uri} HTTP/{version}\n");
        for (name, value) in request.headers() {
            let value = if name == AUTHORIZATION {
                "Bearer <redacted>"
            } else if value.is_sensitive() {
                "<as in the scenario>"
            } else {
                value.to_str().unwrap_or("<not text>")
            };
            text = text + name.as_str() + ": " + value + "\n";
        }
        text + "content-length: " + &callout.body.size().to_string() + "\n"
    }
}

/// The trace as W3C Trace Context has it.
fn traceparent(trace: &crate::sample::TraceParent) -> Option<HeaderValue> {
    HeaderValue::from_str(&trace.to_string()).ok()
}

/// The token as a header that hyper will not print. A compact JWS is base64url and
/// points, so it is always a legal value.
fn authorization(bearer: &crate::secret::Bearer) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_maybe_shared(bearer.header_value()).ok()?;
    value.set_sensitive(true);
    Some(value)
}
