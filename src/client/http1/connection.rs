//! One connection, driven by its user: it sends a request, reads its answer, and notes when bytes
//! moved.
//!
//! The caller polls the connection in its own task. So no second task is woken, and a close that came
//! while the connection was idle is seen at a moment we choose, just before sending.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};

use super::answer_reader::AnswerReader;
use super::buffers::{self, Incoming};
use crate::client::answer::{Answer, Broken, CallError, Reading};
use crate::client::malformed::Malformed;
use crate::client::stamps::Stamps;
use crate::client::stream::Stream;
use crate::clock::Clock;

/// An open HTTP/1.1 connection.
pub(in crate::client) struct Connection {
    stream: Stream,
    clock: Clock,
    stamps: Stamps,
    state: Exchange,
    outgoing: Vec<u8>,
    /// Bytes of the request that the stream has taken.
    written: usize,
    incoming: Incoming,
    reader: AnswerReader,
}

/// What a connection does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Exchange {
    /// It can take a request.
    Idle,
    /// It has taken one, of which nothing was handed to the stream.
    Begun,
    /// It sends one, and listens for an early answer.
    Sending,
    /// It waits for the answer.
    Receiving,
    /// It can take no more requests.
    Closed,
}

impl Connection {
    /// Speaks HTTP/1.1 on a stream; nothing is sent yet.
    pub(in crate::client) fn new(stream: Stream, clock: Clock) -> Self {
        Self {
            stream,
            clock,
            stamps: Stamps::default(),
            state: Exchange::Idle,
            outgoing: Vec::new(),
            written: 0,
            incoming: Incoming::new(),
            reader: AnswerReader::new(),
        }
    }

    /// The stamps of the last request.
    pub(in crate::client) const fn stamps(&self) -> &Stamps {
        &self.stamps
    }

    /// Whether the connection could take a request when it was last looked at.
    pub(in crate::client) fn is_ready(&self) -> bool {
        self.state == Exchange::Idle
    }

    /// Whether the connection can take a request: sees a close that came while it was idle.
    pub(in crate::client) async fn is_open(&mut self) -> bool {
        let look = poll_fn(|cx| Poll::Ready(self.look(cx)));
        let is_open = look.await.is_ok();
        is_open && self.is_ready()
    }

    /// Takes a request, which `write` writes; it goes out when its answer is first asked for.
    pub(in crate::client) fn begin(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.stamps = Stamps::default();
        self.outgoing = buffers::lend_outgoing();
        write(&mut self.outgoing);
        self.written = 0;
        if self.state == Exchange::Idle {
            self.state = Exchange::Begun;
        }
    }

    /// Sends the request and reads its whole answer, of which `reading` is kept.
    pub(in crate::client) fn poll_answer(
        &mut self,
        cx: &mut Context<'_>,
        reading: &mut Reading,
    ) -> Poll<Result<Answer, CallError>> {
        let answered = ready!(self.poll_exchange(cx, reading));
        let was_sent = self.state == Exchange::Receiving;
        let keeps_alive = answered.is_ok() && was_sent && self.reader.keeps_alive();
        // What is left over answers nothing.
        let is_clean = self.incoming.bytes().is_empty();
        self.state = if keeps_alive && is_clean {
            Exchange::Idle
        } else {
            Exchange::Closed
        };
        self.free_outgoing();
        Poll::Ready(answered)
    }

    fn poll_exchange(
        &mut self,
        cx: &mut Context<'_>,
        reading: &mut Reading,
    ) -> Poll<Result<Answer, CallError>> {
        if matches!(self.state, Exchange::Idle | Exchange::Closed) {
            return Poll::Ready(Err(CallError::NotSent(Broken::Closed)));
        }
        if self.state == Exchange::Begun {
            if let Err(broken) = self.look(cx) {
                return Poll::Ready(Err(CallError::NotSent(broken)));
            }
            self.state = Exchange::Sending;
        }
        let mut unsent = None;
        if self.state == Exchange::Sending {
            match self.poll_send(cx) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => {
                    self.state = Exchange::Receiving;
                    self.free_outgoing();
                }
                Poll::Ready(Err(error)) if self.written == 0 => {
                    return Poll::Ready(Err(CallError::NotSent(Broken::Io(error))));
                }
                Poll::Ready(Err(error)) => unsent = Some(error),
            }
        }
        let received = self.poll_receive(cx, reading);
        match (received, unsent) {
            // A server may answer before it has read all, and take no more. Its answer explains.
            (Poll::Ready(Ok(answer)), _) => Poll::Ready(Ok(answer)),
            (Poll::Pending, None) => Poll::Pending,
            (_, Some(error)) => Poll::Ready(Err(self.broken(Broken::Io(error)))),
            (Poll::Ready(Err(broken)), None) => Poll::Ready(Err(self.broken(broken))),
        }
    }

    /// Sees whether the other end has closed the connection, or sent what was not asked for. It asks
    /// the kernel only if the runtime has heard that there is something.
    fn look(&mut self, cx: &mut Context<'_>) -> Result<(), Broken> {
        let mut byte = [0];
        let mut byte = ReadBuf::new(&mut byte);
        match Pin::new(&mut self.stream).poll_read(cx, &mut byte) {
            Poll::Pending => Ok(()),
            Poll::Ready(Ok(())) => Err(Broken::Closed),
            Poll::Ready(Err(error)) => Err(Broken::Io(error)),
        }
        .inspect_err(|_| self.state = Exchange::Closed)
    }

    /// Sends what is left of the request. The first byte is stamped before it is handed over: on a
    /// fast network the answer's way back begins inside the system call.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stamps.begin_write(|| self.clock.now());
        while self.written < self.outgoing.len() {
            let rest = &self.outgoing[self.written..];
            let bytes = ready!(Pin::new(&mut self.stream).poll_write(cx, rest))?;
            if bytes == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += bytes;
            self.stamps.last_write = Some(self.clock.now());
        }
        // TLS may hold back the last record.
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Reads the rest of the answer.
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        reading: &mut Reading,
    ) -> Poll<Result<Answer, Broken>> {
        loop {
            let mut room = ReadBuf::new(self.incoming.room());
            let read = Pin::new(&mut self.stream).poll_read(cx, &mut room);
            let bytes = room.filled().len();
            match read {
                Poll::Pending => {
                    self.incoming.rest();
                    return Poll::Pending;
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(Broken::Io(error))),
                Poll::Ready(Ok(())) if bytes == 0 => {
                    let whole = self.reader.close(self.incoming.bytes(), reading);
                    return Poll::Ready(whole?.ok_or(Broken::Closed));
                }
                Poll::Ready(Ok(())) => {}
            }
            self.stamps.open(room.filled());
            self.stamps.read(self.stream.last_read(&self.clock));
            self.incoming.fill(bytes);
            let (taken, answer) = self.reader.read(self.incoming.bytes(), reading)?;
            self.incoming.take(taken);
            if let Some(answer) = answer {
                return Poll::Ready(Ok(answer));
            }
        }
    }

    /// What is known of an answer that does not come to its end.
    fn broken(&mut self, error: Broken) -> CallError {
        let (status, read) = self.reader.give_up();
        match (error, status) {
            (Broken::Malformed(Malformed::BodyTooLarge), Some(status)) => {
                CallError::TooLarge { status }
            }
            (error, status) => CallError::Broken {
                status,
                error,
                read,
            },
        }
    }

    fn free_outgoing(&mut self) {
        buffers::give_back_outgoing(std::mem::take(&mut self.outgoing));
    }
}
