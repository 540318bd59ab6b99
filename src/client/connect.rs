//! Opening a connection, each step timed.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio_rustls::rustls::pki_types::ServerName;

use super::lookup::{Lookup, LookupError};
use super::socket::Socket;
use super::stream::Stream;
use super::tcp_info::OpenSockets;
use super::tls::server_name;
use super::transport::Spent;
use super::{TlsError, TlsTrust};
use crate::clock::Clock;
use crate::units::Nanos;

/// Where connections go. The addresses were resolved before the load and stay: a change
/// of DNS in mid-run cannot move the load to another host.
#[derive(Clone, Debug)]
pub struct Endpoint {
    address: SocketAddr,
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
    /// TLS.
    #[error("the TLS handshake failed")]
    Tls(#[source] io::Error),
    /// The server did not choose HTTP/2.
    #[error("the target did not choose HTTP/2 (ALPN)")]
    NoHttp2,
}

impl ConnectError {
    /// Whether what answered does not seem to speak TLS at all.
    pub fn is_no_tls(&self) -> bool {
        let wrong = |error: &tokio_rustls::rustls::Error| {
            matches!(error, tokio_rustls::rustls::Error::InvalidMessage(_))
        };
        self.tls().is_some_and(wrong)
    }

    /// Whether a server showed a certificate that is an authority's, as `openssl req -x509` makes
    /// them (RFC 5280, section 4.2.1.9).
    pub fn shows_an_authority(&self) -> bool {
        let wrong =
            |error: &tokio_rustls::rustls::Error| error.to_string().contains("CaUsedAsEndEntity");
        self.tls().is_some_and(wrong)
    }

    fn tls(&self) -> Option<&tokio_rustls::rustls::Error> {
        match self {
            Self::Tls(error) => error.get_ref()?.downcast_ref(),
            Self::Lookup(_) | Self::Tcp(_) | Self::NoHttp2 => None,
        }
    }
}

impl Endpoint {
    /// Plain TCP to an address.
    pub const fn plain(address: SocketAddr) -> Self {
        Self {
            address,
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
            address,
            lookup: None,
            tls: Some((trust, server_name(host)?)),
            is_http2: false,
            kernel_stamps: false,
            open_sockets: None,
        })
    }

    /// Looks the name up for each connection, and pays for it there.
    #[must_use]
    pub fn with_lookup(self, lookup: Lookup) -> Self {
        Self {
            lookup: Some(lookup),
            ..self
        }
    }

    /// Speaks HTTP/2: by ALPN where TLS is spoken, else with prior knowledge (RFC 9113,
    /// section 3.3).
    #[must_use]
    pub fn with_http2(self) -> Self {
        Self {
            is_http2: true,
            ..self
        }
    }

    /// Asks the kernel when the bytes of an answer arrived, over HTTP/1.1.
    #[must_use]
    pub fn with_kernel_stamps(self) -> Self {
        Self {
            kernel_stamps: true,
            ..self
        }
    }

    /// Notes each open connection where it can be looked at.
    #[must_use]
    pub fn noting(self, open: &OpenSockets) -> Self {
        Self {
            open_sockets: Some(open.clone()),
            ..self
        }
    }

    pub(super) const fn is_http2(&self) -> bool {
        self.is_http2
    }

    /// The resolved address.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens a connection and closes it, to find out before the load that nothing answers.
    pub async fn preflight(&self, clock: &Clock) -> Result<Preflight, ConnectError> {
        let mut spent = Spent::default();
        drop(self.connect(clock, &mut spent).await?);
        Ok(Preflight {
            connect: spent.connect.unwrap_or_default(),
            tls: spent.tls,
        })
    }

    /// Opens a connection; `spent` gets what each step cost, also the one that failed.
    pub(super) async fn connect(
        &self,
        clock: &Clock,
        spent: &mut Spent,
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
        let stream = shaken.map_err(ConnectError::Tls)?;
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
        let socket = Socket::plain(stream).placed(place);
        // Frames of several answers share a read over HTTP/2: its stamp is of none of them.
        if self.kernel_stamps && !self.is_http2 {
            socket.stamped(*clock)
        } else {
            socket
        }
    }

    async fn find(&self, clock: &Clock, spent: &mut Spent) -> Result<SocketAddr, ConnectError> {
        let Some(lookup) = &self.lookup else {
            return Ok(self.address);
        };
        let began = clock.now();
        let found = lookup.again(self.address).await;
        spent.dns = Some(clock.now() - began);
        found.map_err(ConnectError::Lookup)
    }
}
