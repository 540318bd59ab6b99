//! When bytes moved: a stream that notes the time of its reads and writes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::header_case::Cased;
use super::socket::Read;
use super::stream::Stream;
use crate::clock::Clock;
use crate::units::Nanos;

/// The stamps of the request now under way; HTTP/1.1 has only one at a time.
///
/// The connection writes them and its owner reads them, on one thread; the atomics are
/// there because a virtual user may move between threads, and cost nothing.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    /// When the first byte was handed to the socket.
    pub(super) first_write: Stamp,
    /// When the socket had taken the last byte.
    pub(super) last_write: Stamp,
    /// When the first byte had been read.
    pub(super) first_read: Stamp,
    /// When the last byte had been read.
    pub(super) last_read: Stamp,
    /// When the first byte had arrived by the kernel's stamp, or had been read if there is no
    /// stamp.
    pub(super) first_arrival: Stamp,
    /// When the last byte had arrived, by the kernel's stamp.
    pub(super) last_arrival: Stamp,
    written: AtomicU64,
    /// The first two bytes of the answer; zeros until they are there.
    opening: AtomicU16,
}

impl Stamps {
    /// Forgets the last request.
    pub(super) fn reset(&self) {
        for stamp in [
            &self.first_write,
            &self.last_write,
            &self.first_read,
            &self.last_read,
            &self.first_arrival,
            &self.last_arrival,
        ] {
            stamp.set(Nanos::ZERO);
        }
        self.written.store(0, Relaxed);
        self.opening.store(0, Relaxed);
    }

    /// Notes how the answer begins.
    fn open(&self, bytes: &[u8]) {
        if let [first, second, ..] = bytes
            && self.first_read.get().is_none()
        {
            let opening = u16::from_be_bytes([*first, *second]);
            self.opening.store(opening, Relaxed);
        }
    }

    /// The first two bytes of the answer, or zeros.
    pub(super) fn opening(&self) -> [u8; 2] {
        self.opening.load(Relaxed).to_be_bytes()
    }

    /// Notes that the request is being handed over.
    pub(super) fn begin_write(&self, now: Nanos) {
        self.first_write.set(now.max(Nanos(1)));
    }

    /// Notes that some of the answer has been read. A stamp that cannot be, for the request had
    /// not begun by then, is none: the wall clock was set, or the bytes answer nothing.
    pub(super) fn read(&self, read: Read) {
        let begun = self.first_write.get().unwrap_or_default();
        let arrived = read.arrived.filter(|arrived| *arrived >= begun);
        if self.first_read.get().is_none() {
            self.first_read.set(read.at);
            self.first_arrival.set(arrived.unwrap_or(read.at));
        }
        self.last_read.set(read.at);
        self.last_arrival.set(arrived.unwrap_or_default());
    }

    /// Whether any byte of the request may have left this machine.
    pub(super) fn any_written(&self) -> bool {
        self.written.load(Relaxed) > 0
    }
}

/// An instant, or none yet: zero, for nothing is sent in the first nanosecond of a run.
#[derive(Debug, Default)]
pub(super) struct Stamp(AtomicU64);

impl Stamp {
    pub(super) fn get(&self) -> Option<Nanos> {
        Some(Nanos(self.0.load(Relaxed))).filter(|at| *at != Nanos::ZERO)
    }

    fn set(&self, at: Nanos) {
        self.0.store(at.0, Relaxed);
    }
}

/// A stream whose reads and writes are stamped.
#[derive(Debug)]
pub(super) struct Stamped {
    inner: Stream,
    stamps: Arc<Stamps>,
    clock: Clock,
    cased: Cased,
}

impl Stamped {
    pub(super) fn new(inner: Stream, stamps: Arc<Stamps>, clock: Clock) -> Self {
        Self {
            inner,
            stamps,
            clock,
            cased: Cased::default(),
        }
    }

    /// Stamped before the write and not after it: on a fast network the answer's way
    /// back begins inside the system call.
    fn before_write(&self) {
        if self.stamps.first_write.get().is_none() {
            self.stamps.begin_write(self.clock.now());
        }
    }

    fn after_write(&self, written: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(bytes @ 1..)) = written {
            let bytes = crate::units::count(*bytes);
            self.stamps.written.fetch_add(bytes, Relaxed);
            self.stamps.last_write.set(self.clock.now());
        }
    }
}

impl AsyncRead for Stamped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        if let Some(bytes @ [_, ..]) = buf.filled().get(before..) {
            self.stamps.open(bytes);
            self.stamps.read(self.inner.last_read(&self.clock));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stamped {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.before_write();
        let buf = if this.stamps.any_written() {
            buf
        } else {
            this.cased.put_right(buf)
        };
        let written = Pin::new(&mut this.inner).poll_write(cx, buf);
        this.after_write(&written);
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stamps: &Stamps, at: u64, arrived: Option<u64>) {
        stamps.read(Read {
            at: Nanos(at),
            arrived: arrived.map(Nanos),
        });
    }

    #[test]
    fn the_kernels_stamps_are_kept_beside_the_reads() {
        let stamps = Stamps::default();
        stamps.begin_write(Nanos(100));
        read(&stamps, 500, Some(300));
        read(&stamps, 900, Some(700));
        let kept = [stamps.first_arrival.get(), stamps.last_arrival.get()];
        assert_eq!(kept, [Some(Nanos(300)), Some(Nanos(700))]);
        assert_eq!(stamps.last_read.get(), Some(Nanos(900)));
        stamps.reset();
        assert_eq!(stamps.last_arrival.get(), None);
    }

    // The wall clock was set meanwhile, or the bytes answer nothing.
    #[test]
    fn a_stamp_from_before_the_request_is_none() {
        let stamps = Stamps::default();
        stamps.begin_write(Nanos(400));
        read(&stamps, 500, Some(300));
        assert_eq!(stamps.first_arrival.get(), Some(Nanos(500)));
        assert_eq!(stamps.last_arrival.get(), None);
    }
}
