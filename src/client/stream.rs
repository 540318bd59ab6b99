//! A connected stream, with or without TLS.

use std::io::{self, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use super::socket::{Read, Socket};
use crate::clock::Clock;

/// A connected stream.
#[derive(Debug)]
pub(super) enum Stream {
    /// Plain TCP.
    Plain(Socket),
    /// TLS over TCP; boxed, for its state is some kilobytes.
    Tls(Box<TlsStream<Socket>>),
}

impl Stream {
    /// The read that has just taken place. Under TLS it ends when its record is opened, and
    /// the kernel's stamp is that of the record's last byte.
    pub(super) fn last_read(&self, clock: &Clock) -> Read {
        match self {
            Self::Plain(socket) => socket.last_read(),
            Self::Tls(stream) => stream.get_ref().0.last_read().map(|read| Read {
                at: clock.now(),
                ..read
            }),
        }
        .unwrap_or_else(|| Read {
            at: clock.now(),
            arrived: None,
        })
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => match Pin::new(&mut *stream).poll_read(cx, buf) {
                Poll::Ready(Err(error)) => Poll::Ready(before_error(stream, buf, error)),
                other => other,
            },
        }
    }
}

/// What had been opened of the records before the one that failed: an answer that is whole is an
/// answer, whatever alert comes behind it. The error is met again with the next read.
fn before_error(
    stream: &mut TlsStream<Socket>,
    buf: &mut ReadBuf<'_>,
    error: io::Error,
) -> io::Result<()> {
    let opened = stream.get_mut().1.reader().read(buf.initialize_unfilled());
    match opened {
        Ok(bytes @ 1..) => {
            buf.advance(bytes);
            Ok(())
        }
        Ok(0) | Err(_) => Err(error),
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
