//! Whatever a server answers has an outcome, within bounds and without an end of the program.

use std::time::Duration;

use bytes::Bytes;
use leadbench::client::{
    Attempt, Callout, Defect, Endpoint, HttpTransport, LateAnswers, PreparedRequest,
    RequestTemplate, Transport as _,
};
use leadbench::clock::Clock;
use leadbench::secret::Bearer;
use leadbench::units::Nanos;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

/// What answers are made of.
pub(crate) const WORDS: &[&str] = &[
    "\r\n",
    "\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n",
    "HTTP/1.1 401 Unauthorized\r\n",
    "HTTP/1.1 503 Busy\r\nRetry-After: 120\r\n",
    "HTTP/1.0 200 OK\r\n",
    "Server-Timing: total;dur=1e308, db;dur=-1\r\n",
    "Server-Timing: a;dur=3600000, b;dur=3600000\r\n",
    "Server-Timing: cdn;desc=\"a, b;dur=1\r\n",
    "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n",
    "Retry-After: 99999999999999999999\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: 18446744073709551615\r\n",
    "Content-Length: 5\r\n",
    "Connection: close\r\n",
    "ffffffffffffffff\r\n",
    "0\r\n\r\n",
    "canary",
];

/// What is sent, and shall be in no words about a failure.
const TOKEN: &str = "Bearer eyJjYW5hcnk.eyJjYW5hcnk.Y2FuYXJ5";

/// The end of the lead, by which the server knows that all of it is there.
const LEAD: &[u8] = b"{\"Id\":\"00Q5f0000000001EAA\",\"last\":true}";

/// How long a callout may take; the server goes away long before.
const LIMIT: Nanos = Nanos::from_secs(10);

/// Bytes of a body that are kept.
const KEPT: usize = 1024;

/// The longest time that one metric of a server's own account is believed.
const HOUR: u64 = 3_600_000_000_000;

/// An answer in HTTP/1.1.
pub(crate) fn answer(data: &[u8]) {
    let attempt = ask(data, false);
    judge(&attempt, data);
    assert!(attempt.response_bytes <= length(data), "more than was sent");
}

/// An answer in HTTP/2, from the server's first frame on.
pub(crate) fn answer_http2(data: &[u8]) {
    let attempt = ask(data, true);
    judge(&attempt, data);
}

fn judge(attempt: &Attempt, data: &[u8]) {
    let is_success = attempt
        .status
        .is_some_and(|status| (200..300).contains(&status));
    assert!(!attempt.outcome.is_ok() || is_success, "{attempt:?}");
    assert!(
        attempt.outcome.is_ok() || attempt.ended < LIMIT,
        "{attempt:?}"
    );
    assert!(attempt.body.len() <= KEPT.min(data.len()), "{attempt:?}");
    let server = attempt.server.total.unwrap_or_default();
    assert!(server.0 <= HOUR, "{attempt:?}");
    assert!(attempt.server.metrics().all(|(_, span)| span.0 <= HOUR));
    let stamps = [
        Some(attempt.began),
        attempt.first_write,
        attempt.last_write,
        attempt.last_read,
        Some(attempt.ended),
    ];
    let stamps: Vec<Nanos> = stamps.into_iter().flatten().collect();
    assert!(stamps.is_sorted(), "{stamps:?}");
    assert!(attempt.first_read <= attempt.last_read.or(attempt.first_read));
    assert!(attempt.first_arrival <= attempt.first_read.or(attempt.first_arrival));
    assert!(attempt.last_arrival <= attempt.last_read.or(attempt.last_arrival));
    if let Some(failed) = &attempt.failed {
        assert!(failed.0.chars().count() <= 200, "{}", failed.0);
        assert!(!failed.0.contains("eyJ"), "{}", failed.0);
    }
}

/// Sends one lead to a server that answers with these bytes and closes.
fn ask(data: &[u8], is_http2: bool) -> Attempt {
    thread_local! {
        static RUNTIME: Runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap_or_else(|error| panic!("no runtime: {error}"));
    }
    RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await;
            let listener = listener.unwrap_or_else(|error| panic!("no port: {error}"));
            let address = listener.local_addr();
            let address = address.unwrap_or_else(|error| panic!("no address: {error}"));
            let server = serve(&listener, data, is_http2);
            let form = if is_http2 {
                RequestTemplate::http2("http", "127.0.0.1", "/leads")
            } else {
                RequestTemplate::new("127.0.0.1", "/leads")
            };
            let form = form.unwrap_or_else(|error| panic!("no request: {error}"));
            let endpoint = Endpoint::plain(address);
            let endpoint = if is_http2 {
                endpoint.with_http2()
            } else {
                endpoint
            };
            let clock = Clock::new(Instant::now(), Duration::ZERO);
            let mut transport = HttpTransport::new(
                endpoint,
                PreparedRequest::new(form),
                LIMIT,
                clock,
                LateAnswers::default(),
            )
            .keeping_bodies(KEPT);
            let callout = Callout {
                bearer: Some(Bearer::new(Bytes::from_static(TOKEN.as_bytes()))),
                body: Bytes::from_static(LEAD).into(),
                limit: None,
                trace: None,
                defect: Defect::None,
            };
            let asked = async {
                let attempt = transport.post(&callout).await;
                drop(transport);
                attempt
            };
            tokio::join!(asked, server).0
        })
    })
}

/// Answers once the lead is there; of HTTP/2 at once, for a client waits for its settings.
async fn serve(listener: &TcpListener, data: &[u8], is_http2: bool) {
    let Ok((mut stream, _)) = listener.accept().await else {
        return;
    };
    let mut seen = Vec::new();
    let end = if is_http2 {
        b"PRI * HTTP/2.0\r\n".as_slice()
    } else {
        LEAD
    };
    while !seen.windows(end.len()).any(|window| window == end) {
        match stream.read_buf(&mut seen).await {
            Ok(read) if read > 0 => {}
            _ => return,
        }
    }
    // Whoever asked may be gone already.
    if stream.write_all(data).await.is_ok() && stream.shutdown().await.is_ok() {
        let mut rest = Vec::new();
        while matches!(stream.read_buf(&mut rest).await, Ok(read) if read > 0) {
            rest.clear();
        }
    }
}

fn length(data: &[u8]) -> u64 {
    u64::try_from(data.len()).unwrap_or(u64::MAX)
}
