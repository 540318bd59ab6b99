//! The threads of a target: one accepts, all serve, each on a runtime of its own.

use std::net::TcpStream as StdTcpStream;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout};

use super::service::Service;

/// The most connections open at once, over all threads.
///
/// More than loopback has ports for one address; it keeps a leak from taking all memory.
const CONNECTIONS_MAX: usize = 32_768;

/// The most connections that wait to be taken over by another thread.
pub(super) const HANDOVER_MAX: usize = 1024;

/// How long a connection may take for the head of its next request, idle time included.
///
/// Longer than callers keep an idle connection, so that the caller closes it.
const HEAD_READ_MAX: Duration = Duration::from_secs(120);

/// The largest head of a request, in bytes; a token of a 4096-bit key needs about a thousand.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// How long open requests get to finish once the target stops.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// How long accepting pauses when the system is out of file descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What each thread of a target works with.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) service: Arc<Service>,
    pub(super) open: Arc<AtomicUsize>,
    pub(super) stop: watch::Receiver<bool>,
}

/// Counts one open connection, and tells the thread when the last one ends.
struct Guest {
    open: Arc<AtomicUsize>,
    _last: mpsc::Sender<()>,
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Relaxed);
    }
}

impl Server {
    /// Accepts connections until the target stops, and gives them to the threads in turn.
    pub(super) async fn accept(
        mut self,
        listener: TcpListener,
        others: Vec<mpsc::Sender<StdTcpStream>>,
    ) {
        let (last, drained) = mpsc::channel(1);
        let mut turn = 0_usize;
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stopped(&mut self.stop) => break,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            match others.get(turn % (others.len() + 1)) {
                None => self.spawn(stream, &last),
                Some(other) => self.hand_over(stream, other),
            }
            turn = turn.wrapping_add(1);
        }
        drop((listener, others, last));
        drain(drained).await;
    }

    /// Serves the connections that the accepting thread hands over.
    pub(super) async fn take_over(mut self, mut streams: mpsc::Receiver<StdTcpStream>) {
        let (last, drained) = mpsc::channel(1);
        loop {
            let stream = tokio::select! {
                stream = streams.recv() => stream,
                () = stopped(&mut self.stop) => None,
            };
            let Some(stream) = stream else { break };
            match TcpStream::from_std(stream) {
                Ok(stream) => self.spawn(stream, &last),
                Err(_) => self.refuse(),
            }
        }
        drop((streams, last));
        drain(drained).await;
    }

    /// Counts a connection that is closed at once.
    fn refuse(&self) {
        self.service.ledger.connections_refused.count();
    }

    fn hand_over(&self, stream: TcpStream, other: &mpsc::Sender<StdTcpStream>) {
        let is_taken = stream
            .into_std()
            .is_ok_and(|stream| other.try_send(stream).is_ok());
        if !is_taken {
            self.refuse();
        }
    }

    fn spawn(&self, stream: TcpStream, last: &mpsc::Sender<()>) {
        let guest = Guest {
            open: Arc::clone(&self.open),
            _last: last.clone(),
        };
        if self.open.fetch_add(1, Relaxed) >= CONNECTIONS_MAX {
            self.refuse();
            return;
        }
        tokio::spawn(self.clone().serve(stream, guest));
    }

    async fn serve(mut self, stream: TcpStream, _guest: Guest) {
        // An answer is one write, so waiting for more would only add latency. A closed connection
        // fails at its first read.
        drop(stream.set_nodelay(true));
        let service = service_fn(|request| {
            let arrived = Instant::now();
            let service = Arc::clone(&self.service);
            async move { service.answer(request, arrived).await }
        });
        // HTTP/1.1, or HTTP/2 if the caller begins with its preface (RFC 9113, section 3.3).
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_READ_MAX)
            .max_buf_size(HEAD_BYTES_MAX);
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        // If the caller breaks off or violates the protocol, the ledger shows a request without an
        // answer.
        tokio::select! {
            ended = connection.as_mut() => return drop(ended),
            () = stopped(&mut self.stop) => connection.as_mut().graceful_shutdown(),
        }
        drop(connection.await);
    }
}

/// Waits until the target is told to stop, or is gone.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// Waits until the last connection is gone, or time is up.
async fn drain(mut drained: mpsc::Receiver<()>) {
    drop(timeout(DRAIN_MAX, drained.recv()).await);
}
