//! Room for requests and answers, lent by the thread that handles them.
//!
//! A connection needs room only while bytes move; while it waits for an answer it needs none. So the
//! connections of a thread use the same few buffers in turn, which stay in the processor's cache, and
//! thousands of idle virtual users hold none.

use std::cell::RefCell;

/// Bytes of a buffer at first: room for a request with its lead, and for an answer.
const BYTES: usize = 8 * 1024;

/// Buffers that a thread keeps.
const KEPT_MAX: usize = 8;

/// A buffer that has grown beyond this is not kept.
const KEPT_BYTES_MAX: usize = 64 * 1024;

thread_local! {
    static OUTGOING: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    static INCOMING: RefCell<Vec<Box<[u8]>>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer for a request.
pub(super) fn lend_outgoing() -> Vec<u8> {
    let kept = OUTGOING.with_borrow_mut(Vec::pop);
    kept.unwrap_or_else(|| Vec::with_capacity(BYTES))
}

/// Gives such a buffer back.
pub(super) fn give_back_outgoing(mut buffer: Vec<u8>) {
    buffer.clear();
    if buffer.capacity() > 0 && buffer.capacity() <= KEPT_BYTES_MAX {
        keep(&OUTGOING, buffer);
    }
}

/// What was read of an answer and not yet taken.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    room: Box<[u8]>,
    filled: usize,
}

impl Incoming {
    /// A buffer without room, which it takes when there is something to read.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The bytes that are there.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.room[..self.filled]
    }

    /// Room for more, of one byte at least.
    pub(super) fn room(&mut self) -> &mut [u8] {
        if self.room.is_empty() {
            let kept = INCOMING.with_borrow_mut(Vec::pop);
            self.room = kept.unwrap_or_else(|| vec![0; BYTES].into());
        } else if self.filled == self.room.len() {
            let mut larger = vec![0; self.filled * 2];
            larger[..self.filled].copy_from_slice(&self.room);
            self.room = larger.into();
        }
        &mut self.room[self.filled..]
    }

    /// Notes that this many bytes of the room were filled.
    pub(super) fn fill(&mut self, bytes: usize) {
        self.filled += bytes;
    }

    /// Drops this many bytes, which were taken, and gives the buffer back if none is left.
    pub(super) fn take(&mut self, bytes: usize) {
        self.room.copy_within(bytes..self.filled, 0);
        self.filled -= bytes;
        self.rest();
    }

    /// Gives the buffer back if nothing is in it.
    pub(super) fn rest(&mut self) {
        if self.filled == 0 && self.room.len() == BYTES {
            keep(&INCOMING, std::mem::take(&mut self.room));
        }
    }
}

fn keep<B>(buffers: &'static std::thread::LocalKey<RefCell<Vec<B>>>, buffer: B) {
    buffers.with_borrow_mut(|buffers| {
        if buffers.len() < KEPT_MAX {
            buffers.push(buffer);
        }
    });
}
