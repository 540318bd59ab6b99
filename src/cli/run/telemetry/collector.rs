//! A collector of OpenTelemetry: its address, and requests to it (OTLP/HTTP).

use std::fmt;
use std::io::ErrorKind;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use ureq::http::Uri;
use ureq::http::header::{
    CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue, RETRY_AFTER, TRANSFER_ENCODING,
};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::cli::exit::{Code, Failure};
use crate::client;
use crate::report::{OTLP, harmless, otlp_rejection};
use crate::secret::Secrets;

/// The path of metrics at a collector (OpenTelemetry, "OTLP Exporter Configuration").
const METRICS: &str = "v1/metrics";

/// The variable that names header fields, as all exporters of OpenTelemetry have it: `name=value,name=value`.
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";

/// A text that is not a list of header fields, in place of one that is not UTF-8.
const DAMAGED: &str = "=";

/// What leadbench calls itself.
const AGENT: &str = concat!("leadbench/", env!("CARGO_PKG_VERSION"));

/// Header fields that a request has anyway.
const OURS: [HeaderName; 4] = [CONTENT_TYPE, CONTENT_LENGTH, TRANSFER_ENCODING, HOST];

/// Characters that are shown of what a collector says.
const REASON_MAX: usize = 200;

/// Bytes that are read of an answer.
const ANSWER_MAX: u64 = 64 * 1024;

/// Where metrics are sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::cli::run) struct CollectorUrl(Uri);

impl FromStr for CollectorUrl {
    type Err = String;

    /// Reads the base of a collector, or the address of its metrics.
    fn from_str(text: &str) -> Result<Self, String> {
        let example = "write the address of a collector: http://127.0.0.1:4318";
        let wrong = |what: &str| format!("{what}; {example}");
        let uri: Uri = text.parse().map_err(|_| wrong("this is not a URL"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(wrong("only http and https are spoken"));
        }
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if authority.is_empty() {
            return Err(wrong("the URL names no host"));
        }
        if authority.contains('@') || uri.query().is_some() {
            return Err(format!(
                "a URL with a user or a query may contain a secret; put the secret into the variable {HEADERS}"
            ));
        }
        let path = uri.path().trim_end_matches('/');
        let path = match path.strip_suffix(METRICS) {
            Some(base) => base.trim_end_matches('/'),
            None => path,
        };
        let scheme = uri.scheme_str().unwrap_or_default();
        let whole = format!("{scheme}://{authority}{path}/{METRICS}");
        whole
            .parse()
            .map(Self)
            .map_err(|_| wrong("this is not a URL"))
    }
}

impl fmt::Display for CollectorUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a collector did not take metrics.
#[derive(Debug)]
pub(super) struct Refused {
    what: String,
    /// After which time it may take them; `None` if it never will.
    pub(super) again: Option<Duration>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// A collector, and the header fields that it wants.
pub(super) struct Collector {
    url: CollectorUrl,
    agent: ureq::Agent,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The values of the header fields, which a collector may repeat.
    secrets: Secrets,
}

impl Collector {
    /// Reads the header fields from the environment.
    pub(super) fn new(url: &CollectorUrl) -> Result<Self, Failure> {
        let roots = match url.0.scheme_str() {
            Some("https") => client::system_roots(),
            _ => Vec::new(),
        };
        let roots = roots
            .iter()
            .map(|der| Certificate::from_der(der).to_owned());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(roots.collect())))
            .unversioned_rustls_crypto_provider(client::crypto_provider())
            .build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            // The status is judged here.
            .http_status_as_error(false)
            // A redirect would lead to a host that the user did not name.
            .max_redirects(0)
            // As callouts do not use it either.
            .proxy(None)
            .user_agent(AGENT)
            .build();
        let (headers, secrets) = headers()?;
        Ok(Self {
            url: url.clone(),
            agent: ureq::Agent::new_with_config(config),
            headers,
            secrets,
        })
    }

    /// Sends an export request of metrics.
    pub(super) fn send(&self, body: &[u8], limit: Duration) -> Result<(), Refused> {
        let refused = |what: String, again| Refused {
            what: self.secrets.strike(&format!("{} {what}", self.url)),
            again,
        };
        let mut request = self.agent.post(self.url.0.clone()).content_type(OTLP);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.config().timeout_global(Some(limit)).build();
        let mut answer = request.send(body).map_err(|error| {
            refused(
                in_words(&error),
                is_passing(&error).then_some(Duration::ZERO),
            )
        })?;
        let status = answer.status();
        if !status.is_success() {
            // These may be tried again ("OTLP/HTTP Response", "Failures").
            let may_pass = matches!(status.as_u16(), 429 | 502..=504);
            let named = answer.headers().get(RETRY_AFTER);
            let named = named.and_then(|value| value.to_str().ok()?.parse().ok());
            let after = named.map(Duration::from_secs).unwrap_or_default();
            let mut what = format!("answered metrics with status {}", status.as_u16());
            if status.is_redirection() {
                what += "; leadbench follows no redirects, so name the address that they lead to";
            }
            return Err(refused(what, may_pass.then_some(after)));
        }
        let body = answer.body_mut().with_config().limit(ANSWER_MAX);
        let body = body
            .read_to_vec()
            .map_err(|_| refused("answered metrics with too long a text".to_owned(), None))?;
        match otlp_rejection(&body) {
            None => Ok(()),
            Some((count, why)) => {
                let why: String = harmless(&why).chars().take(REASON_MAX).collect();
                Err(refused(
                    format!("rejected {count} data points: {why}"),
                    None,
                ))
            }
        }
    }
}

/// What went wrong before an answer.
fn in_words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "did not answer in time".to_owned(),
        ureq::Error::Io(error) if error.kind() == ErrorKind::InvalidData => {
            format!("is not trusted: {error}; SSL_CERT_FILE may name its authority")
        }
        ureq::Error::Io(error) => format!(
            "could not be reached: {error}; is a collector with OTLP over HTTP there (usually at port 4318)?"
        ),
        other => format!("did not take metrics: {other}"),
    }
}

/// Whether it may be otherwise at the next try.
fn is_passing(error: &ureq::Error) -> bool {
    match error {
        // Such as a certificate that is not trusted.
        ureq::Error::Io(error) => error.kind() != ErrorKind::InvalidData,
        error => matches!(
            error,
            ureq::Error::Timeout(_) | ureq::Error::HostNotFound | ureq::Error::ConnectionFailed
        ),
    }
}

/// Header fields, and their values once more.
type Headers = (Vec<(HeaderName, HeaderValue)>, Secrets);

/// The header fields of the environment.
fn headers() -> Result<Headers, Failure> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads this variable"
    )]
    let text = std::env::var_os(HEADERS).unwrap_or_default();
    let text = text.into_string().unwrap_or_else(|_| DAMAGED.to_owned());
    let mut known = Secrets::default();
    let fields = text.split(',').filter(|field| !field.trim().is_empty());
    let read = |field: &str| {
        let (name, value) = field.split_once('=')?;
        let value = decoded(value.trim())?;
        known.add(&value);
        let mut value = HeaderValue::from_str(&value).ok()?;
        value.set_sensitive(true);
        let name = name.trim().parse().ok()?;
        (!OURS.contains(&name)).then_some((name, value))
    };
    let fields: Option<Vec<_>> = fields.map(read).collect();
    // The value is not quoted: it is a secret.
    let fields = fields.ok_or_else(|| {
        let wrong = anyhow!("{HEADERS} is not a list of header fields that may be set");
        Failure::new(Code::Environment, wrong).hint(
            "write name=value,name=value, with values percent-encoded, and without content-type, content-length, \
             transfer-encoding and host",
        )
    })?;
    Ok((fields, known))
}

/// A value without its percent-encoding (RFC 3986, section 2.1); `None` if that is damaged.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_metrics_is_added_once() {
        for (text, url) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/metrics"),
            ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/metrics"),
            (
                "https://otel.example.com/v1/metrics",
                "https://otel.example.com/v1/metrics",
            ),
            (
                "https://otel.example.com/team/",
                "https://otel.example.com/team/v1/metrics",
            ),
        ] {
            assert_eq!(text.parse::<CollectorUrl>().unwrap().to_string(), url);
        }
    }

    #[test]
    fn what_cannot_be_sent_to_is_refused_with_an_example() {
        for text in [
            "",
            "4318",
            "grpc://host:4317",
            "http://",
            "http://user:pw@host",
            "http://h/?k=v",
        ] {
            let refused = text.parse::<CollectorUrl>().unwrap_err();
            assert!(!refused.contains("pw"), "{refused}");
            let helps = refused.contains("http://127.0.0.1:4318") || refused.contains(HEADERS);
            assert!(helps, "{text:?}: {refused}");
        }
    }

    #[test]
    fn values_are_percent_decoded() {
        assert_eq!(decoded("Bearer%20a%2Cb").as_deref(), Some("Bearer a,b"));
        assert_eq!(decoded("100%"), None);
        assert_eq!(decoded("%zz"), None);
    }
}
