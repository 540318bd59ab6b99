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
    first_write: AtomicU64,
    last_write: AtomicU64,
    first_read: AtomicU64,
    last_read: AtomicU64,
    first_arrival: AtomicU64,
    last_arrival: AtomicU64,
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
            &self.written,
        ] {
            stamp.store(0, Relaxed);
        }
        self.opening.store(0, Relaxed);
    }

    /// Notes how the answer begins.
    fn open(&self, bytes: &[u8]) {
        if let [first, second, ..] = bytes
            && self.first_read.load(Relaxed) == 0
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
        self.first_write.store(now.0.max(1), Relaxed);
    }

    /// Notes that some of the answer has been read. A stamp that cannot be, for the request had
    /// not begun by then, is none: the wall clock was set, or the bytes answer nothing.
    pub(super) fn read(&self, read: Read) {
        let begun = self.first_write.load(Relaxed);
        let arrived = read.arrived.filter(|arrived| arrived.0 >= begun);
        if self.first_read.load(Relaxed) == 0 {
            self.first_read.store(read.at.0, Relaxed);
            self.first_arrival
                .store(arrived.unwrap_or(read.at).0, Relaxed);
        }
        self.last_read.store(read.at.0, Relaxed);
        self.last_arrival
            .store(arrived.map_or(0, |arrived| arrived.0), Relaxed);
    }

    /// Whether any byte of the request may have left this machine.
    pub(super) fn any_written(&self) -> bool {
        self.written.load(Relaxed) > 0
    }

    /// When the first byte was handed to the socket.
    pub(super) fn first_write(&self) -> Option<Nanos> {
        stamp(&self.first_write)
    }

    /// When the socket had taken the last byte.
    pub(super) fn last_write(&self) -> Option<Nanos> {
        stamp(&self.last_write)
    }

    /// When the first byte had been read.
    pub(super) fn first_read(&self) -> Option<Nanos> {
        stamp(&self.first_read)
    }

    /// When the last byte had been read.
    pub(super) fn last_read(&self) -> Option<Nanos> {
        stamp(&self.last_read)
    }

    /// When the first byte had arrived by the kernel's stamp, or had been read where there is
    /// none.
    pub(super) fn first_arrival(&self) -> Option<Nanos> {
        stamp(&self.first_arrival)
    }

    /// When the last byte had arrived, by the kernel's stamp.
    pub(super) fn last_arrival(&self) -> Option<Nanos> {
        stamp(&self.last_arrival)
    }
}

/// Zero stands for "not yet": nothing is sent in the first nanosecond of a run.
fn stamp(cell: &AtomicU64) -> Option<Nanos> {
    match cell.load(Relaxed) {
        0 => None,
        ns => Some(Nanos(ns)),
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
        if self.stamps.first_write.load(Relaxed) == 0 {
            self.stamps.begin_write(self.clock.now());
        }
    }

    fn after_write(&self, written: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(bytes @ 1..)) = written {
            let bytes = crate::units::count(*bytes);
            self.stamps.written.fetch_add(bytes, Relaxed);
            self.stamps.last_write.store(self.clock.now().0, Relaxed);
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

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.before_write();
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.after_write(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
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
        let kept = [stamps.first_arrival(), stamps.last_arrival()];
        assert_eq!(kept, [Some(Nanos(300)), Some(Nanos(700))]);
        assert_eq!(stamps.last_read(), Some(Nanos(900)));
        stamps.reset();
        assert_eq!(stamps.last_arrival(), None);
    }

    // The wall clock was set meanwhile, or the bytes answer nothing.
    #[test]
    fn a_stamp_from_before_the_request_is_none() {
        let stamps = Stamps::default();
        stamps.begin_write(Nanos(400));
        read(&stamps, 500, Some(300));
        assert_eq!(stamps.first_arrival(), Some(Nanos(500)));
        assert_eq!(stamps.last_arrival(), None);
    }
}
