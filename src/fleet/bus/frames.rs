//! The frames of an agent on their way to the coordinator.
//!
//! The broker keeps them until the coordinator reads them. Where it does not take them, or has lost them, they go to the
//! coordinator directly, which says which frame it needs next.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use async_nats::{Client, HeaderMap, jetstream};
use bytes::Bytes;
use crossbeam_channel::{Sender, bounded};
use parking_lot::Mutex;
use tokio::sync::mpsc::{Receiver as Outbox, Sender as Out, channel};
use tokio::time::{sleep, timeout};

use super::{AGAIN, LAST, Link, NUMBER, PATIENCE, tell};
use crate::fleet::message::AgentEnd;
use crate::fleet::subjects;
use crate::units::Nanos;

/// More than the headers of a frame take.
const HEADERS_MAX: usize = 512;

/// Frames that wait for the broker: those of an hour, one each second.
const QUEUED_MAX: usize = 3_600;

/// How long an agent tries to get rid of what it recorded.
const GRACE: Duration = Duration::from_secs(60);

/// How many frames that are sent are kept, should the broker lose them before the coordinator has read them.
const KEPT_MAX: usize = 120;

/// How often the coordinator is asked for the rest before it is sent again: it may only be late.
const PATIENT_ASKS: u32 = 3;

/// The frames of an agent on their way to the coordinator. Each write is one frame.
pub struct RunFrames {
    out: Out<Outgoing>,
    count: Arc<Mutex<u64>>,
    /// The most bytes that the broker takes in one message.
    bytes_max: usize,
}

enum Outgoing {
    Frame(u64, Vec<u8>),
    /// The end, and where to tell whether everything has arrived.
    Last(AgentEnd, Sender<bool>),
}

impl RunFrames {
    /// Opens the way of the frames of a shard of a run; `is_sent` is called after the end.
    pub(super) fn begin(
        link: &Link,
        (run, shard): (&str, u32),
        is_sent: impl FnOnce() + Send + 'static,
    ) -> Self {
        let (out, outgoing) = channel(QUEUED_MAX);
        let way = Way {
            client: link.client.clone(),
            jetstream: link.jetstream.clone(),
            kept_by_broker: subjects::frames(run, shard),
            direct: subjects::told(run, shard, "frame"),
            id: format!("{run}/{shard}"),
            sent: VecDeque::new(),
        };
        link.runtime.spawn(async move {
            way.carry(outgoing).await;
            is_sent();
        });
        let bytes_max = link.client.server_info().max_payload;
        Self {
            out,
            count: Arc::default(),
            bytes_max: bytes_max.saturating_sub(HEADERS_MAX),
        }
    }

    /// The same way, for another writer.
    #[must_use]
    pub fn share(&self) -> Self {
        Self {
            out: self.out.clone(),
            count: Arc::clone(&self.count),
            bytes_max: self.bytes_max,
        }
    }

    /// Sends the end, and waits until everything has arrived; returns whether it has.
    pub fn end(self, broken: Option<String>, skew: Nanos) -> bool {
        let ended = AgentEnd {
            frames: *self.count.lock(),
            broken,
            skew,
        };
        let (sent, is_sent) = bounded(1);
        // A refused run recorded nothing, and its coordinator may have ended.
        let has_any = ended.frames > 0;
        let grace = if has_any { GRACE } else { AGAIN };
        let is_going = self.out.blocking_send(Outgoing::Last(ended, sent)).is_ok();
        is_going && is_sent.recv_timeout(grace) == Ok(true) || !has_any
    }
}

impl Write for RunFrames {
    fn write(&mut self, frame: &[u8]) -> io::Result<usize> {
        if frame.len() > self.bytes_max {
            return Err(io::Error::other(format!(
                "a second takes {} bytes, and the broker takes {} in one message: raise max_payload",
                frame.len(),
                self.bytes_max
            )));
        }
        let mut count = self.count.lock();
        let going = self.out.try_send(Outgoing::Frame(*count, frame.to_vec()));
        going.map_err(|_| io::Error::other("the broker was gone for too long"))?;
        *count += 1;
        Ok(frame.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

crate::secret::opaque_debug!(RunFrames);

/// How frames get to the coordinator.
struct Way {
    client: Client,
    jetstream: jetstream::Context,
    /// The subject that the broker keeps.
    kept_by_broker: String,
    /// The subject on which the coordinator listens itself, and answers which frame it needs next.
    direct: String,
    /// What tells the messages of this agent from all others.
    id: String,
    /// The last frames, by their numbers.
    sent: VecDeque<(u64, Bytes)>,
}

impl Way {
    /// Sends each frame, again and again until it arrives. A frame that arrives twice has no effect.
    async fn carry(mut self, mut outgoing: Outbox<Outgoing>) {
        while let Some(next) = outgoing.recv().await {
            match next {
                Outgoing::Frame(number, frame) => self.frame(number, frame.into()).await,
                Outgoing::Last(ended, sent) => {
                    tell(&sent, self.last(&ended).await);
                    return;
                }
            }
        }
    }

    async fn frame(&mut self, number: u64, frame: Bytes) {
        if self.sent.len() == KEPT_MAX {
            self.sent.pop_front();
        }
        self.sent.push_back((number, frame.clone()));
        let headers = header(NUMBER, &number.to_string());
        loop {
            let message = (headers.clone(), frame.clone());
            if self.by_broker(&number.to_string(), message.clone()).await
                || self.directly(message).await.is_some()
            {
                return;
            }
            sleep(AGAIN).await;
        }
    }

    /// Sends the end, and what the coordinator still needs; returns whether it has everything, or will have.
    async fn last(&self, ended: &AgentEnd) -> bool {
        let json = Bytes::from(serde_json::to_vec(ended).unwrap_or_default());
        let message = (header(LAST, "1"), json);
        let mut asks = 0;
        loop {
            match self.directly(message.clone()).await {
                Some(next) if next >= ended.frames => return true,
                Some(next) => {
                    asks += 1;
                    if asks > PATIENT_ASKS && !self.again(next).await {
                        return false;
                    }
                }
                None if self.by_broker("last", message.clone()).await => return true,
                None => {}
            }
            sleep(AGAIN).await;
        }
    }

    /// Sends everything from this frame on again; returns whether it is still there.
    async fn again(&self, next: u64) -> bool {
        if self.sent.front().is_none_or(|(first, _)| *first > next) {
            return false;
        }
        for (number, frame) in self.sent.iter().filter(|(number, _)| *number >= next) {
            let headers = header(NUMBER, &number.to_string());
            self.directly((headers, frame.clone())).await;
        }
        true
    }

    /// Gives a message to the broker, and returns whether the broker keeps it. The broker drops a message that it has already.
    async fn by_broker(&self, what: &str, (mut headers, payload): (HeaderMap, Bytes)) -> bool {
        headers.insert("Nats-Msg-Id", format!("{}/{what}", self.id));
        let subject = self.kept_by_broker.clone();
        let message = self
            .jetstream
            .publish_with_headers(subject, headers, payload);
        let kept = async { message.await.ok()?.await.ok() };
        matches!(timeout(PATIENCE, kept).await, Ok(Some(_)))
    }

    /// Gives a message to the coordinator itself; returns which frame it needs next.
    async fn directly(&self, (headers, payload): (HeaderMap, Bytes)) -> Option<u64> {
        let subject = self.direct.clone();
        let answer = self.client.request_with_headers(subject, headers, payload);
        let answer = timeout(PATIENCE, answer).await.ok()?.ok()?;
        String::from_utf8_lossy(&answer.payload).parse().ok()
    }
}

fn header(name: &'static str, value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(name, value);
    headers
}
