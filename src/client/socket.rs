//! A TCP socket whose reads also return when the bytes arrived in the kernel.
//!
//! A read says when our thread ran. On a busy machine that is later than the answer came, and
//! the difference is the generator's and neither the network's nor the server's. With
//! `SO_TIMESTAMPNS` Linux dates the last byte of each read by its own clock at the moment the
//! packet arrived (`Documentation/networking/timestamping.rst`).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::tcp_info::Registration;
use crate::clock::Clock;
use crate::units::Nanos;

/// When a read took place, and when what it read had arrived.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Read {
    /// When our thread had it.
    pub(super) at: Nanos,
    /// When the kernel had its last byte; `None` where the kernel does not say.
    pub(super) arrived: Option<Nanos>,
}

/// A connected TCP socket.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    /// Dates the reads, where the kernel does.
    stamping: Option<Stamping>,
    last: Read,
    /// Its place among the sockets that `TCP_INFO` is asked for.
    #[expect(dead_code, reason = "held so that it is given up with the socket")]
    place: Option<Registration>,
}

impl Socket {
    /// A socket with its place among those that `TCP_INFO` is asked for. The kernel dates its reads by
    /// `stamps`, if there is such a clock and the kernel does so.
    pub(super) fn new(
        stream: TcpStream,
        place: Option<Registration>,
        stamps: Option<Clock>,
    ) -> Self {
        Self {
            stamping: stamps.and_then(|clock| Stamping::begin(&stream, clock)),
            stream,
            last: Read::default(),
            place,
        }
    }

    /// The last read, where reads are dated.
    pub(super) fn last_read(&self) -> Option<Read> {
        self.stamping.is_some().then_some(self.last)
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match &mut this.stamping {
            None => Pin::new(&mut this.stream).poll_read(cx, buf),
            Some(stamping) => stamping.poll_read(&this.stream, &mut this.last, cx, buf),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(target_os = "linux")]
use linux::Stamping;
#[cfg(not(target_os = "linux"))]
use other::Stamping;

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{self, IoSliceMut};
    use std::os::fd::AsRawFd as _;
    use std::task::{Context, Poll, ready};

    use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
    use rustix::time::{ClockId, clock_gettime};
    use tokio::io::{Interest, ReadBuf};
    use tokio::net::TcpStream;

    use super::Read;
    use crate::clock::Clock;
    use crate::units::Nanos;

    /// The first reads take at most this many bytes: a lead's answer has some hundred, and the
    /// buffer must be cleared first.
    const CHUNK: usize = 512;

    /// If that was too small, it doubles up to this size and stays there: answers of one API are
    /// alike.
    const CHUNK_MAX: usize = 64 * 1024;

    /// Reads that the kernel dates.
    #[derive(Debug)]
    pub(super) struct Stamping {
        clock: Clock,
        chunk: usize,
        /// An instant, and what the wall clock showed then.
        pin: Option<(Nanos, Nanos)>,
    }

    /// How long the wall clock is taken to go on as the run's does: a slewing clock is 500 parts in a
    /// million off at most (`adjtimex(2)`), which is 5 microseconds in this time.
    const PIN_KEPT: Nanos = Nanos::from_millis(10);

    /// Two clocks that are read within this are read at once.
    const PIN_SLACK: Nanos = Nanos(20_000);

    /// How often reading both clocks is tried. If every try fails, the read has no stamp.
    const PIN_TRIES: u32 = 8;

    /// Room for one control message with a `timespec`, aligned as the kernel writes it.
    #[repr(C, align(8))]
    struct Control([u8; 32]);

    impl Stamping {
        /// Asks the kernel for stamps; `None` if it refuses.
        pub(super) fn begin(stream: &TcpStream, clock: Clock) -> Option<Self> {
            setsockopt(stream, sockopt::ReceiveTimestampns, &true).ok()?;
            Some(Self {
                clock,
                chunk: CHUNK,
                pin: None,
            })
        }

        /// Reads what is there and notes when it came.
        pub(super) fn poll_read(
            &mut self,
            stream: &TcpStream,
            last: &mut Read,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            loop {
                let room = buf.initialize_unfilled_to(self.chunk.min(buf.remaining()));
                let wanted = room.len();
                // Asks the kernel only where the runtime has heard that there is something.
                match receive_all(stream, room) {
                    Ok((bytes, stamp)) => {
                        buf.advance(bytes);
                        if bytes == wanted {
                            self.chunk = (self.chunk * 2).min(CHUNK_MAX);
                        }
                        if bytes > 0 {
                            *last = self.dated(stamp);
                        }
                        return Poll::Ready(Ok(()));
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        ready!(stream.poll_read_ready(cx))?;
                    }
                    Err(error) => return Poll::Ready(Err(error)),
                }
            }
        }

        /// When a read took place that has just done so.
        fn dated(&mut self, stamp: Option<Nanos>) -> Read {
            let at = self.clock.now();
            let arrived = stamp.and_then(|stamp| {
                let (pinned, wall) = self.pinned(at)?;
                // The pin lies before this read, and the stamp after it or a little before.
                let since = (pinned + stamp).0.checked_sub(wall.0)?;
                (since <= at.0).then_some(Nanos(since))
            });
            Read { at, arrived }
        }

        /// An instant on the run's clock and what the wall clock showed then, no longer ago than a
        /// pin may be. Stamps are by the wall clock; the distance between the clocks is measured
        /// often, so that a step or slewing of the wall clock has no lasting effect.
        fn pinned(&mut self, now: Nanos) -> Option<(Nanos, Nanos)> {
            if self.pin.is_none_or(|(pinned, _)| now > pinned + PIN_KEPT) {
                self.pin = self.pin_anew();
            }
            self.pin
        }

        /// Reads both clocks; again if this thread was descheduled in between, because the readings
        /// would be that far apart.
        fn pin_anew(&self) -> Option<(Nanos, Nanos)> {
            let mut before = self.clock.now();
            for _ in 0..PIN_TRIES {
                let wall = clock_gettime(ClockId::Realtime);
                let after = self.clock.now();
                if after <= before + PIN_SLACK {
                    return nanos(wall.tv_sec, wall.tv_nsec).map(|wall| (before, wall));
                }
                before = after;
            }
            None
        }
    }

    /// Reads once if something is there, and reports to the runtime if that emptied the socket.
    fn receive_all(stream: &TcpStream, room: &mut [u8]) -> io::Result<(usize, Option<Nanos>)> {
        let wanted = room.len();
        let mut got = None;
        let tried = stream.try_io(Interest::READABLE, || {
            let received = receive(stream, room)?;
            got = Some(received);
            // A short read has emptied the socket. Reporting this here saves the next caller a
            // system call; the runtime still reports what arrived since.
            if received.0 > 0 && received.0 < wanted {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Ok(())
        });
        match got {
            Some(received) => Ok(received),
            None => tried.map(|()| (0, None)),
        }
    }

    /// Reads once, and what the kernel says of when its last byte had arrived.
    fn receive(stream: &TcpStream, room: &mut [u8]) -> io::Result<(usize, Option<Nanos>)> {
        let mut control = Control([0; 32]);
        let mut parts = [IoSliceMut::new(room)];
        let received = recvmsg::<()>(
            stream.as_raw_fd(),
            &mut parts,
            Some(&mut control.0),
            MsgFlags::empty(),
        )?;
        let messages = received.cmsgs().into_iter().flatten();
        let stamp = messages.filter_map(|message| match message {
            ControlMessageOwned::ScmTimestampns(at) => nanos(at.tv_sec(), at.tv_nsec()),
            _ => None,
        });
        Ok((received.bytes, stamp.last()))
    }

    /// Seconds and nanoseconds since the Unix epoch as one number.
    fn nanos(seconds: i64, nanoseconds: i64) -> Option<Nanos> {
        let seconds = u64::try_from(seconds).ok()?.checked_mul(1_000_000_000)?;
        seconds
            .checked_add(u64::try_from(nanoseconds).ok()?)
            .map(Nanos)
    }

    #[cfg(test)]
    mod tests {
        use std::time::Duration;

        use tokio::time::Instant;

        use super::*;

        fn stamping() -> Stamping {
            let begun = Instant::now() - Duration::from_secs(1);
            Stamping {
                clock: Clock::new(begun, Duration::ZERO),
                chunk: CHUNK,
                pin: None,
            }
        }

        fn wall() -> Nanos {
            let now = clock_gettime(ClockId::Realtime);
            nanos(now.tv_sec, now.tv_nsec).unwrap()
        }

        #[test]
        fn a_stamp_is_placed_on_the_runs_own_clock() {
            let ago = Nanos::from_millis(30);
            let read = stamping().dated(Some(wall() - ago));
            let waited = read.at - read.arrived.unwrap();
            assert!(
                waited >= ago && waited < ago + Nanos::from_millis(900),
                "{waited}"
            );
            assert!(stamping().dated(None).arrived.is_none());
        }

        // The wall clock was set back by an hour after the bytes came, or forward.
        #[test]
        fn a_wall_clock_that_was_set_makes_no_stamp_of_the_future_or_the_past() {
            let hour = Nanos::from_secs(3_600);
            assert!(stamping().dated(Some(wall() + hour)).arrived.is_none());
            assert!(stamping().dated(Some(wall() - hour)).arrived.is_none());
        }

        #[test]
        fn how_far_the_clocks_are_apart_is_asked_anew() {
            let mut stamping = stamping();
            // As it was a while ago, before the wall clock was set back by an hour.
            let long_ago = stamping.clock.now() - Nanos::from_millis(500);
            stamping.pin = Some((long_ago, wall() + Nanos::from_secs(3_600)));
            let read = stamping.dated(Some(wall()));
            assert!(read.arrived.is_some(), "{read:?}");
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    use std::io;
    use std::task::{Context, Poll};

    use tokio::io::ReadBuf;
    use tokio::net::TcpStream;

    use super::Read;
    use crate::clock::Clock;

    /// This system gives no stamps.
    #[derive(Debug)]
    pub(super) enum Stamping {}

    impl Stamping {
        pub(super) const fn begin(_: &TcpStream, _: Clock) -> Option<Self> {
            None
        }

        pub(super) fn poll_read(
            &mut self,
            _: &TcpStream,
            _: &mut Read,
            _: &mut Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            match *self {}
        }
    }
}
