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
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

use super::Board;
use super::host::is_ours;
use crate::report::{OPENMETRICS, openmetrics, page};

/// Seconds after which a browser asks again.
const REFRESH_S: &str = "2";

/// How long a connection may take for the head of its next request.
const HEAD_READ_MAX: Duration = Duration::from_secs(30);

/// What a server has to offer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Offer {
    /// The page at `/`, and the metrics.
    Page,
    /// The metrics alone, at `/metrics`.
    Metrics,
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The address is taken, not ours, or not allowed.
    #[error("could not listen on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The system refused a thread or a runtime.
    #[error("could not start a thread")]
    Thread(#[source] io::Error),
}

/// A server that goes on until the process ends.
#[derive(Debug)]
pub struct LiveServer {
    address: SocketAddr,
}

impl LiveServer {
    /// Listens and answers on a thread of its own.
    ///
    /// # Errors
    ///
    /// An address that cannot be listened on.
    pub fn start(address: SocketAddr, offer: Offer, board: &Arc<Board>) -> Result<Self, LiveError> {
        let bind = |source| LiveError::Bind { address, source };
        let listener = StdTcpListener::bind(address).map_err(bind)?;
        listener.set_nonblocking(true).map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(LiveError::Thread)?;
        let board = Arc::clone(board);
        thread::Builder::new()
            .name("live".to_owned())
            .spawn(move || runtime.block_on(accept(listener, offer, board)))
            .map_err(LiveError::Thread)?;
        Ok(Self { address })
    }

    /// Where it listens.
    pub const fn addr(&self) -> SocketAddr {
        self.address
    }
}

async fn accept(listener: StdTcpListener, offer: Offer, board: Arc<Board>) {
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        tokio::spawn(serve(stream, offer, Arc::clone(&board)));
    }
}

/// Answers one request: a page every two seconds is worth no connection that is kept.
async fn serve(stream: TcpStream, offer: Offer, board: Arc<Board>) {
    let is_last_sent = AtomicBool::new(false);
    let service = service_fn(|request| {
        let answer = answer(&request, offer, &board, &is_last_sent);
        async move { Ok::<_, Infallible>(answer) }
    });
    let served = http1::Builder::new()
        .keep_alive(false)
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_READ_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    // Who breaks off has seen enough.
    drop(served);
    if is_last_sent.load(Relaxed) {
        board.last_is_seen();
    }
}

fn answer<B>(
    request: &Request<B>,
    offer: Offer,
    board: &Board,
    is_last_sent: &AtomicBool,
) -> Response<Full<Bytes>> {
    if !is_ours(request) {
        return plain(
            StatusCode::MISDIRECTED_REQUEST,
            "only requests to an address or to localhost are answered here\n",
        );
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut refusal = plain(
            StatusCode::METHOD_NOT_ALLOWED,
            "only GET is answered here\n",
        );
        let allowed = HeaderValue::from_static("GET, HEAD");
        refusal.headers_mut().insert(ALLOW, allowed);
        return refusal;
    }
    let (summary, is_last) = board.read();
    let Some(summary) = summary else {
        let early = "the run has not begun yet\n";
        return refreshing(plain(StatusCode::OK, early));
    };
    match (request.uri().path(), offer) {
        ("/metrics", _) => match openmetrics(&summary) {
            Ok(text) => typed(text.into(), OPENMETRICS),
            Err(_) => unrendered(),
        },
        ("/", Offer::Page) => {
            let Ok(page) = page(&summary) else {
                return unrendered();
            };
            board.is_watched();
            is_last_sent.store(is_last, Relaxed);
            let answer = typed(page.into(), "text/html; charset=utf-8");
            if is_last { answer } else { refreshing(answer) }
        }
        ("/summary.json", Offer::Page) => match serde_json::to_vec(&*summary) {
            Ok(json) => typed(json.into(), "application/json"),
            Err(_) => unrendered(),
        },
        _ => plain(
            StatusCode::NOT_FOUND,
            match offer {
                Offer::Page => "there is /, /summary.json and /metrics\n",
                Offer::Metrics => "there is /metrics\n",
            },
        ),
    }
}

fn unrendered() -> Response<Full<Bytes>> {
    plain(
        StatusCode::INTERNAL_SERVER_ERROR,
        "it could not be rendered\n",
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
