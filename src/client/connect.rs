//! Opening a connection, each step timed.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

use super::in_turn::InTurn;
use super::lookup::{Lookup, LookupError};
use super::socket::Socket;
use super::stream::Stream;
use super::tcp_info::OpenSockets;
use super::tls::{server_name, tls_error};
use super::transport::ConnectTimings;
use super::{TlsCause, TlsError, TlsTrust};
use crate::clock::Clock;
use crate::units::Nanos;

/// How long a server that asked for a certificate is listened to after the handshake, beside two
/// times what that took: it has to verify a signature and a chain.
const AFTER_HANDSHAKE: Duration = Duration::from_millis(300);

/// Where connections go. The addresses were resolved before the load and stay: a change
/// of DNS in mid-run cannot move the load to another host.
#[derive(Clone, Debug)]
pub struct Endpoint {
    address: SocketAddr,
    in_turn: Option<InTurn>,
    lookup: Option<Lookup>,
    tls: Option<(TlsTrust, ServerName<'static>)>,
    is_http2: bool,
    kernel_stamps: bool,
    open_sockets: Option<OpenSockets>,
}

/// What the preflight found, before any load.
#[derive(Clone, Copy, Debug)]
pub struct Preflight {
    /// The time of the TCP handshake.
    pub connect: Nanos,
    /// The time of the TLS handshake.
    pub tls: Option<Nanos>,
    /// Whether the server asked for a client certificate and there is none to show. It let the
    /// connection pass all the same, and may yet refuse what is sent on it.
    pub misses_certificate: bool,
}

/// A step of opening a connection that failed.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name.
    #[error("the name lookup failed")]
    Lookup(#[source] LookupError),
    /// TCP.
    #[error("could not connect")]
    Tcp(#[source] io::Error),
    /// TLS, for a reason that the operating system gives.
    #[error("the TLS handshake failed")]
    TlsIo(#[source] io::Error),
    /// TLS.
    #[error("the TLS handshake failed: {0}")]
    Tls(TlsCause),
    /// The server did not choose HTTP/2.
    #[error("the target did not choose HTTP/2 (ALPN)")]
    NoHttp2,
}

impl ConnectError {
    fn of_tls(error: io::Error, trust: &TlsTrust, name: &ServerName<'_>) -> Self {
        match trust.cause_of(&error, &name.to_str()) {
            Some(cause) => Self::Tls(cause),
            None => Self::TlsIo(error),
        }
    }
}

impl Endpoint {
    /// Plain TCP to an address.
    pub const fn plain(address: SocketAddr) -> Self {
        Self {
            address,
            in_turn: None,
            lookup: None,
            tls: None,
            is_http2: false,
            kernel_stamps: false,
            open_sockets: None,
        }
    }

    /// TLS to an address whose certificate must be for `host`.
    pub fn tls(address: SocketAddr, host: &str, trust: TlsTrust) -> Result<Self, TlsError> {
        Ok(Self {
            tls: Some((trust, server_name(host)?)),
            ..Self::plain(address)
        })
    }

    /// Connects to each of these addresses in turn.
    #[must_use]
    pub fn in_turn(mut self, addresses: &[SocketAddr]) -> Self {
        self.in_turn = InTurn::new(addresses);
        self
    }

    /// Looks the name up for each connection, and pays for it there.
    #[must_use]
    pub fn with_lookup(mut self, lookup: Lookup) -> Self {
        self.lookup = Some(lookup);
        self
    }

    /// Speaks HTTP/2: by ALPN where TLS is spoken, else with prior knowledge (RFC 9113,
    /// section 3.3).
    #[must_use]
    pub fn with_http2(mut self) -> Self {
        self.is_http2 = true;
        self
    }

    /// Asks the kernel when the bytes of an answer arrived, over HTTP/1.1.
    #[must_use]
    pub fn with_kernel_stamps(mut self) -> Self {
        self.kernel_stamps = true;
        self
    }

    /// Registers each open connection, so that `TCP_INFO` can be read.
    #[must_use]
    pub fn noting(mut self, open: &OpenSockets) -> Self {
        self.open_sockets = Some(open.clone());
        self
    }

    pub(super) const fn is_http2(&self) -> bool {
        self.is_http2
    }

    /// The resolved address.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens a connection and closes it, to find out before the load that nothing answers.
    ///
    /// Over TLS 1.3 a server refuses a client certificate only after the handshake, so one that
    /// asked for it is listened to for a moment longer.
    pub async fn preflight(&self, clock: &Clock) -> Result<Preflight, ConnectError> {
        let mut spent = ConnectTimings::default();
        let stream = self.connect(clock, &mut spent).await?;
        let mut misses_certificate = false;
        if let (Stream::Tls(stream), Some((trust, name))) = (stream, &self.tls)
            && trust.was_asked()
        {
            misses_certificate = !trust.has_identity();
            let limit = AFTER_HANDSHAKE + spent.tls.unwrap_or_default().as_duration() * 2;
            if let Ok(Err(error)) = timeout(limit, told_after(*stream)).await
                && tls_error(&error).is_some()
            {
                return Err(ConnectError::of_tls(error, trust, name));
            }
        }
        Ok(Preflight {
            connect: spent.connect.unwrap_or_default(),
            tls: spent.tls,
            misses_certificate,
        })
    }

    /// What the failure of a callout means, if it is a TLS failure.
    pub(super) fn tls_cause(&self, error: &io::Error) -> Option<TlsCause> {
        let (trust, name) = self.tls.as_ref()?;
        tls_error(error)?;
        trust.cause_of(error, &name.to_str())
    }

    /// Whether TLS is spoken.
    pub(super) const fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Opens a connection; `spent` gets what each step cost, also the one that failed.
    pub(super) async fn connect(
        &self,
        clock: &Clock,
        spent: &mut ConnectTimings,
    ) -> Result<Stream, ConnectError> {
        let address = self.find(clock, spent).await?;
        let began = clock.now();
        let connected = TcpStream::connect(address).await;
        let connected_at = clock.now();
        spent.connect = Some(connected_at - began);
        let stream = connected.map_err(ConnectError::Tcp)?;
        // Without it a body of more than one segment waits for a delayed acknowledgement.
        stream.set_nodelay(true).map_err(ConnectError::Tcp)?;
        let socket = self.socket(stream, clock);
        let Some((trust, name)) = &self.tls else {
            return Ok(Stream::Plain(socket));
        };
        let shaken = trust.connector().connect(name.clone(), socket).await;
        spent.tls = Some(clock.now() - connected_at);
        let stream = shaken.map_err(|error| ConnectError::of_tls(error, trust, name))?;
        if self.is_http2 && stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            return Err(ConnectError::NoHttp2);
        }
        Ok(Stream::Tls(Box::new(stream)))
    }

    /// The socket as it is read and looked at.
    fn socket(&self, stream: TcpStream, clock: &Clock) -> Socket {
        let place = self.open_sockets.as_ref().and_then(|open| {
            let (local, peer) = (stream.local_addr().ok()?, stream.peer_addr().ok()?);
            Some(open.enter(local, peer))
        });
        // Frames of several answers share a read over HTTP/2: its stamp is of none of them.
        let is_stamped = self.kernel_stamps && !self.is_http2;
        Socket::new(stream, place, is_stamped.then_some(*clock))
    }

    async fn find(
        &self,
        clock: &Clock,
        spent: &mut ConnectTimings,
    ) -> Result<SocketAddr, ConnectError> {
        let usual = self.in_turn.as_ref().map_or(self.address, InTurn::next);
        let Some(lookup) = &self.lookup else {
            return Ok(usual);
        };
        let began = clock.now();
        let found = lookup.again(usual).await;
        spent.dns = Some(clock.now() - began);
        found.map_err(ConnectError::Lookup)
    }
}

/// Listens until the server has sent a session ticket, which it does only once it has taken the
/// client's certificate (RFC 8446, section 4.6.1), or anything else.
async fn told_after(mut stream: TlsStream<Socket>) -> io::Result<()> {
    poll_fn(|cx| {
        let mut byte = [0];
        let mut byte = ReadBuf::new(&mut byte);
        match Pin::new(&mut stream).poll_read(cx, &mut byte) {
            Poll::Pending if stream.get_ref().1.tls13_tickets_received() > 0 => Poll::Ready(Ok(())),
            other => other,
        }
    })
    .await
}
