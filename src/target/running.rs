//! Starting and stopping a target.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread::{self, JoinHandle};

use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};

use super::serve::{HANDOVER_MAX, Server};
use super::service::Service;
use super::{LedgerSnapshot, TargetConfig, TargetError};
use crate::keys::TrustedKey;
use crate::secret::opaque_debug;

/// How many connections may wait to be accepted: enough for a burst of callers, because a caller
/// without a place tries again only after a second.
const BACKLOG: u32 = 1024;

/// The most threads a target may have.
const THREADS_MAX: usize = 64;

/// The reference target.
#[derive(Debug)]
pub enum Target {}

/// A target that listens, until it is stopped or dropped.
pub struct RunningTarget {
    address: SocketAddr,
    service: Arc<Service>,
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
}

impl Target {
    /// Starts a target on threads of its own, named `target-0` and so on.
    ///
    /// It listens when this returns. Not to be called from within an async runtime.
    pub fn start(config: &TargetConfig) -> Result<RunningTarget, TargetError> {
        if !(1..=THREADS_MAX).contains(&config.threads) {
            return Err(TargetError::Threads(config.threads));
        }
        let service = Arc::new(Service::new(config)?);
        let runtime = runtime()?;
        let listener = listen(config.listen, &runtime).map_err(|source| TargetError::Bind {
            address: config.listen,
            source,
        })?;
        let address = listener.local_addr().map_err(TargetError::Thread)?;
        let (stop, stopped) = watch::channel(false);
        let server = Server {
            service: Arc::clone(&service),
            open: Arc::new(AtomicUsize::new(0)),
            stop: stopped,
        };
        // From here on, an early return drops it, and ends the threads that were started.
        let mut running = RunningTarget {
            address,
            service,
            stop,
            threads: Vec::with_capacity(config.threads),
        };
        let mut others = Vec::with_capacity(config.threads);
        for _ in 1..config.threads {
            let (sender, streams) = mpsc::channel(HANDOVER_MAX);
            running.spawn(self::runtime()?, server.clone().take_over(streams))?;
            others.push(sender);
        }
        running.spawn(runtime, server.accept(listener, others))?;
        Ok(running)
    }
}

impl RunningTarget {
    /// Where it listens.
    pub const fn addr(&self) -> SocketAddr {
        self.address
    }

    /// What has arrived so far.
    pub fn ledger(&self) -> LedgerSnapshot {
        self.service.snapshot()
    }

    /// Trusts only these keys from now on: a rollover.
    ///
    /// # Errors
    ///
    /// A key without a `kid`, or two with the same; then everything stays as it was.
    pub fn trust(&self, keys: &[TrustedKey]) -> Result<(), TargetError> {
        self.service.verifier.keyring.replace(keys)
    }

    /// Stops: accepts no new connection, and gives open requests five seconds to finish.
    ///
    /// Returns the final ledger. Blocks until the threads have ended.
    pub fn stop(mut self) -> LedgerSnapshot {
        self.shut_down();
        self.service.snapshot()
    }

    fn spawn(
        &mut self,
        runtime: Runtime,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), TargetError> {
        let thread = thread::Builder::new()
            .name(format!("target-{}", self.threads.len()))
            .spawn(move || runtime.block_on(work))
            .map_err(TargetError::Thread)?;
        self.threads.push(thread);
        Ok(())
    }

    fn shut_down(&mut self) {
        self.stop.send_replace(true);
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so itself.
            drop(thread.join());
        }
    }
}

impl Drop for RunningTarget {
    fn drop(&mut self) {
        self.shut_down();
    }
}

opaque_debug!(RunningTarget);

fn runtime() -> Result<Runtime, TargetError> {
    Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(TargetError::Thread)
}

fn listen(address: SocketAddr, runtime: &Runtime) -> io::Result<TcpListener> {
    let _context = runtime.enter();
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    // So that a target can start again while old connections are still closing.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
