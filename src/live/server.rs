//! The thread that answers browsers and scrapers.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener as StdTcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, REFRESH};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use super::Board;
use super::accept::wants_openmetrics;
use super::connections::Connections;
use super::host::is_ours;
use crate::report::{OPENMETRICS, PROMETHEUS_TEXT, openmetrics, page, prometheus_text};
use crate::summary::Summary;

/// Seconds after which a browser asks again.
const REFRESH_S: &str = "2";

/// How long a connection may take for the head of its request.
const HEAD_READ_MAX: Duration = Duration::from_secs(5);

/// How long accepting pauses when the system is out of file descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a server offers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Offer {
    /// The page at `/`, and the metrics.
    Page,
    /// The metrics alone, at `/metrics`.
    Metrics,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The address is in use, not local, or not allowed.
    #[error("could not listen on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// The system refused a thread or a runtime.
    #[error("could not start a thread")]
    Thread(#[source] io::Error),
}

/// What answers every request.
struct Responder {
    offer: Offer,
    names: Vec<String>,
    board: Arc<Board>,
}

/// A server that runs until the process ends.
#[derive(Debug)]
pub struct LiveServer {
    address: SocketAddr,
}

impl LiveServer {
    /// Listens and answers on a thread of its own: requests to an address, to `localhost`, or to
    /// one of some names in lower case.
    ///
    /// # Errors
    ///
    /// An address that cannot be listened on.
    pub fn start(
        address: SocketAddr,
        offer: Offer,
        names: Vec<String>,
        board: &Arc<Board>,
    ) -> Result<Self, LiveError> {
        let bind = |source| LiveError::Bind { address, source };
        let listener = StdTcpListener::bind(address).map_err(bind)?;
        listener.set_nonblocking(true).map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(LiveError::Thread)?;
        let responder = Arc::new(Responder {
            offer,
            names,
            board: Arc::clone(board),
        });
        thread::Builder::new()
            .name("live".to_owned())
            .spawn(move || runtime.block_on(accept(listener, responder)))
            .map_err(LiveError::Thread)?;
        Ok(Self { address })
    }

    /// Where it listens.
    pub const fn addr(&self) -> SocketAddr {
        self.address
    }
}

async fn accept(listener: StdTcpListener, responder: Arc<Responder>) {
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
    let mut connections = Connections::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        connections
            .serve(serve(stream, Arc::clone(&responder)))
            .await;
    }
}

/// Answers one request: a page every two seconds does not need a keep-alive connection.
async fn serve<S>(stream: S, responder: Arc<Responder>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let is_last_sent = AtomicBool::new(false);
    let service = service_fn(|request| {
        let answer = answer(&request, &responder, &is_last_sent);
        async move { Ok::<_, Infallible>(answer) }
    });
    let served = http1::Builder::new()
        .keep_alive(false)
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_READ_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    // A client may close the connection early.
    drop(served);
    if is_last_sent.load(Relaxed) {
        responder.board.note_last_sent();
    }
}

fn answer<B>(
    request: &Request<B>,
    responder: &Responder,
    is_last_sent: &AtomicBool,
) -> Response<Full<Bytes>> {
    if !is_ours(request, &responder.names) {
        return plain(
            StatusCode::MISDIRECTED_REQUEST,
            "this server answers only requests to an IP address, to localhost or to a name of \
             --metrics-host; for another name, such as that of a service, start the run with \
             --metrics-host NAME\n",
        );
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut refusal = plain(
            StatusCode::METHOD_NOT_ALLOWED,
            "this server answers only GET and HEAD\n",
        );
        let allowed = HeaderValue::from_static("GET, HEAD");
        refusal.headers_mut().insert(ALLOW, allowed);
        return refusal;
    }
    let (summary, is_last) = responder.board.read();
    if request.uri().path() == "/metrics" {
        return metrics(request.headers(), summary.as_deref());
    }
    let Some(summary) = summary else {
        let early = "the run has not started yet\n";
        return refreshing(plain(StatusCode::OK, early));
    };
    match (request.uri().path(), responder.offer) {
        ("/", Offer::Page) => {
            let Ok(page) = page(&summary) else {
                return unrendered();
            };
            responder.board.note_watched();
            is_last_sent.store(is_last, Relaxed);
            let answer = typed(page.into(), "text/html; charset=utf-8");
            if is_last { answer } else { refreshing(answer) }
        }
        ("/summary.json", Offer::Page) => {
            rendered(serde_json::to_vec(&*summary), "application/json")
        }
        _ => plain(
            StatusCode::NOT_FOUND,
            match responder.offer {
                Offer::Page => "not found; this server has /, /summary.json and /metrics\n",
                Offer::Metrics => "not found; this server has only /metrics\n",
            },
        ),
    }
}

/// The metrics; none before the load, because a scraper cannot read a sentence.
fn metrics(headers: &HeaderMap, summary: Option<&Summary>) -> Response<Full<Bytes>> {
    if wants_openmetrics(headers) {
        rendered(openmetrics(summary), OPENMETRICS)
    } else {
        rendered(prometheus_text(summary), PROMETHEUS_TEXT)
    }
}

/// What a report came to, or that it could not be made.
fn rendered<E>(
    body: Result<impl Into<Bytes>, E>,
    media_type: &'static str,
) -> Response<Full<Bytes>> {
    body.map_or_else(|_| unrendered(), |body| typed(body.into(), media_type))
}

fn unrendered() -> Response<Full<Bytes>> {
    plain(
        StatusCode::INTERNAL_SERVER_ERROR,
        "could not render the summary\n",
    )
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut answer = typed(
        Bytes::from_static(text.as_bytes()),
        "text/plain; charset=utf-8",
    );
    *answer.status_mut() = status;
    answer
}

fn typed(body: Bytes, media_type: &'static str) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(body));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn refreshing(mut answer: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    let headers = answer.headers_mut();
    headers.insert(REFRESH, HeaderValue::from_static(REFRESH_S));
    answer
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::Instant;

    use super::super::connections::CONNECTIONS_MAX;
    use super::*;

    fn responder() -> Arc<Responder> {
        Arc::new(Responder {
            offer: Offer::Metrics,
            names: Vec::new(),
            board: Arc::default(),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_come_is_not_waited_for() {
        for begun in [
            "",
            "GET /metrics HT",
            "GET /metrics HTTP/1.1\r\nHost: localhost\r\n",
        ] {
            let start = Instant::now();
            let (mut ours, theirs) = tokio::io::duplex(1024);
            let served = tokio::spawn(serve(theirs, responder()));
            ours.write_all(begun.as_bytes()).await.unwrap();
            served.await.unwrap();
            assert_eq!(start.elapsed(), HEAD_READ_MAX, "{begun:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_closed_after_its_answer() {
        let (mut ours, theirs) = tokio::io::duplex(1024);
        let served = tokio::spawn(serve(theirs, responder()));
        let asked = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n";
        ours.write_all(asked).await.unwrap();
        let start = Instant::now();
        let mut answer = String::new();
        ours.read_to_string(&mut answer).await.unwrap();
        served.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(
            answer.to_lowercase().contains("connection: close"),
            "{answer}"
        );
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    // Hundreds of idle connections: only a few are open at a time, and others are still served.
    #[test]
    fn idle_connections_are_closed_for_those_that_ask() {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let board = Arc::default();
        let server = LiveServer::start(address, Offer::Metrics, Vec::new(), &board).unwrap();
        let connect = || TcpStream::connect(server.addr()).unwrap();
        let idle: Vec<_> = (0..8 * CONNECTIONS_MAX).map(|_| connect()).collect();
        let mut asking = connect();
        asking
            .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        asking.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        // All but the last few have been closed by then.
        for mut closed in idle.into_iter().rev().skip(CONNECTIONS_MAX) {
            let ended = closed.read(&mut [0; 1]);
            assert!(ended.is_err() || ended.is_ok_and(|bytes| bytes == 0));
        }
    }
}
