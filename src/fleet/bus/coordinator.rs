//! The coordinator's side.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use async_nats::jetstream::stream;
use async_nats::{Client, HeaderMap, Message, Subject};
use crossbeam_channel::{Receiver, Sender, unbounded};
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::{interval, sleep, timeout};

use super::{AGAIN, Broker, BusError, KEPT, LAST, Link, Make, NUMBER, PATIENCE, refused, tell};
use crate::fleet::coordinator::Event;
use crate::fleet::message::{AgentInfo, Arm, ListedAgent, RunSpec};
use crate::fleet::subjects;
use crate::units::Nanos;

/// How often agents hear of the coordinator.
const BEAT: Duration = Duration::from_secs(1);

/// How long an agent that was not heard of is listed.
const FRESH: Duration = Duration::from_secs(12);

/// What happened, and who asks for an answer.
#[derive(Debug)]
pub struct Told {
    /// What happened.
    pub event: Event,
    /// Who wants to know which frame is needed next, if anyone does.
    pub asker: Option<Asker>,
}

impl From<Event> for Told {
    fn from(event: Event) -> Self {
        Self { event, asker: None }
    }
}

/// An agent that wants to know which of its frames is needed next.
#[derive(Debug)]
pub struct Asker {
    /// Its shard.
    pub shard: u32,
    answer: Subject,
}

/// The coordinator's side of the bus.
pub struct CoordinatorBus {
    link: Link,
    run: String,
    agents: u32,
    /// Why agents are to stop, once they are.
    stop: Arc<Mutex<Option<String>>>,
}

impl CoordinatorBus {
    /// Connects, and says what is to be run. Events come out of the channel.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn open(
        broker: &Broker,
        spec: &RunSpec,
        wall: fn() -> Duration,
    ) -> Result<(Self, Receiver<Told>), BusError> {
        let (events, received) = unbounded();
        let (back, is_back) = watch::channel(());
        let back = Arc::new(back);
        let changed = {
            let events = events.clone();
            move |is_there| {
                tell(&events, Event::Broker(is_there).into());
                if is_there {
                    back.send_replace(());
                }
            }
        };
        let link = Link::open(broker, "leadbench coordinator", Make::Now, changed)?;
        let bus = Self {
            run: spec.run.clone(),
            agents: spec.agents,
            stop: Arc::default(),
            link,
        };
        let begun = bus.begin(spec, events, is_back, wall);
        bus.link.runtime.block_on(begun)?;
        Ok((bus, received))
    }

    async fn begin(
        &self,
        spec: &RunSpec,
        events: Sender<Told>,
        is_back: watch::Receiver<()>,
        wall: fn() -> Duration,
    ) -> Result<(), BusError> {
        let (client, run) = (&self.link.client, &self.run);
        let subscribed = client.subscribe(subjects::all_told(run)).await;
        let mut told = subscribed.map_err(refused("listen to agents"))?;
        let subscribed = client.subscribe(subjects::clock(run)).await;
        let mut asked = subscribed.map_err(refused("listen to agents"))?;
        let stream = self.link.jetstream.create_stream(stream::Config {
            name: subjects::stream(run),
            subjects: vec![subjects::all_frames(run)],
            max_age: KEPT,
            ..stream::Config::default()
        });
        let stream = stream.await.map_err(refused("make a stream for the run"))?;
        let (of_told, its_run) = (events.clone(), run.clone());
        tokio::spawn(async move {
            while let Some(message) = told.next().await {
                if let Some(told) = told_in(message, &its_run) {
                    tell(&of_told, told);
                }
            }
        });
        tokio::spawn(read_frames(stream, run.clone(), events, is_back));
        let answering = client.clone();
        tokio::spawn(async move {
            while let Some(message) = asked.next().await {
                if let Some(reply) = message.reply {
                    let now = wall().as_nanos().to_string();
                    drop(answering.publish(reply, now.into()).await);
                }
            }
        });
        let (beating, subject, stop) =
            (client.clone(), subjects::beat(run), Arc::clone(&self.stop));
        tokio::spawn(async move {
            let mut beats = interval(BEAT);
            loop {
                beats.tick().await;
                beat(&beating, &subject, &stop).await;
            }
        });
        let json = serde_json::to_vec(spec).map_err(refused("describe the run"))?;
        let created = self
            .link
            .bucket
            .create(subjects::spec(run), json.into())
            .await;
        created.map_err(refused("take the run"))?;
        Ok(())
    }

    /// Tells agents when the load begins.
    ///
    /// # Errors
    ///
    /// The broker does not take it.
    pub fn arm(&self, arm: Arm) -> Result<(), BusError> {
        let json = serde_json::to_vec(&arm).map_err(refused("take the start"))?;
        let put = self.link.bucket.put(subjects::arm(&self.run), json.into());
        let put = self.link.runtime.block_on(put);
        put.map(drop).map_err(refused("take the start"))
    }

    /// Asks agents to stop, and says why: at once, and again with each sign of life.
    pub fn stop_agents(&self, why: &str) {
        self.stop.lock().get_or_insert_with(|| why.to_owned());
        let subject = subjects::beat(&self.run);
        let beat = beat(&self.link.client, &subject, &self.stop);
        self.link.runtime.block_on(beat);
    }

    /// Answers an agent which of its frames is needed next.
    pub fn answer(&self, asker: Asker, next: u64) {
        let answer = self
            .link
            .client
            .publish(asker.answer, next.to_string().into());
        drop(self.link.runtime.block_on(answer));
    }

    /// Removes what the run has left at the broker, if it is there.
    pub fn close(self) {
        let (run, bucket) = (&self.run, &self.link.bucket);
        let removed = async {
            drop(bucket.purge(subjects::spec(run)).await);
            drop(bucket.purge(subjects::arm(run)).await);
            for shard in 1..=self.agents {
                drop(bucket.purge(subjects::place(run, shard)).await);
            }
            let stream = subjects::stream(run);
            drop(self.link.jetstream.delete_stream(stream).await);
            drop(self.link.client.flush().await);
        };
        // Without a broker each of these would wait for itself.
        let removed = async { timeout(PATIENCE, removed).await };
        drop(self.link.runtime.block_on(removed));
        self.link.runtime.shutdown_timeout(Duration::from_secs(1));
    }

    /// The agents that are there, in the order of their names. `now` is the wall clock.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn agents(broker: &Broker, now: Duration) -> Result<Vec<ListedAgent>, BusError> {
        let link = Link::open(broker, "leadbench agents", Make::Now, |_| {})?;
        let listing = async {
            let mut found: Vec<ListedAgent> = Vec::new();
            let keys = link.bucket.keys().await.map_err(refused("list agents"))?;
            let mut keys = std::pin::pin!(keys);
            while let Some(Ok(key)) = keys.next().await {
                if !key.starts_with("agents.") {
                    continue;
                }
                let Ok(Some(entry)) = link.bucket.entry(key).await else {
                    continue;
                };
                let created = entry.created.unix_timestamp_nanos();
                let created = Duration::from_nanos(u64::try_from(created).unwrap_or_default());
                let seen = now.saturating_sub(created);
                let Ok(info) = serde_json::from_slice::<AgentInfo>(&entry.value) else {
                    continue;
                };
                if seen <= FRESH {
                    let created = Nanos::from(created);
                    found.push(ListedAgent {
                        ahead_ns: ahead(info.wall, created),
                        seen: seen.into(),
                        info,
                    });
                }
            }
            Ok::<_, BusError>(found)
        };
        let found = async { timeout(PATIENCE, listing).await };
        let found = link.runtime.block_on(found);
        link.runtime.shutdown_timeout(Duration::from_secs(1));
        let mut found = found.map_err(refused("list agents"))??;
        found.sort_by(|one, other| {
            (&one.info.name, &one.info.id).cmp(&(&other.info.name, &other.info.id))
        });
        Ok(found)
    }
}

crate::secret::opaque_debug!(CoordinatorBus);

/// How far one instant is after another, in nanoseconds.
fn ahead(one: Nanos, other: Nanos) -> i64 {
    let span = |nanos: Nanos| i64::try_from(nanos.0).unwrap_or(i64::MAX);
    span(one).saturating_sub(span(other))
}

/// Reads the frames of all agents, each once. When the broker is back, reading goes on behind the last one: the
/// client itself would notice only after half a minute.
async fn read_frames(
    stream: stream::Stream,
    run: String,
    events: Sender<Told>,
    mut is_back: watch::Receiver<()>,
) {
    let mut next = 1;
    loop {
        let consumer = stream.create_consumer(OrderedConfig {
            filter_subject: subjects::all_frames(&run),
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: next,
            },
            ..OrderedConfig::default()
        });
        let Ok(consumer) = consumer.await else {
            sleep(AGAIN).await;
            continue;
        };
        let Ok(mut frames) = consumer.messages().await else {
            sleep(AGAIN).await;
            continue;
        };
        loop {
            let message = tokio::select! {
                message = frames.next() => message,
                changed = is_back.changed() => match changed {
                    Ok(()) => break,
                    Err(_) => return,
                },
            };
            let Some(Ok(message)) = message else { break };
            if let Ok(info) = message.info() {
                next = next.max(info.stream_sequence + 1);
            }
            let frame = subjects::of_agent(&message.subject, &run)
                .and_then(|(shard, _)| frame_of(shard, message.headers.as_ref(), &message.payload));
            if let Some(event) = frame {
                tell(&events, event.into());
            }
        }
    }
}

/// A sign of life, which also says whether agents are to stop.
async fn beat(client: &Client, subject: &str, stop: &Mutex<Option<String>>) {
    let why = stop.lock().clone().unwrap_or_default();
    drop(client.publish(subject.to_owned(), why.into()).await);
}

/// What an agent tells.
fn told_in(message: Message, run: &str) -> Option<Told> {
    let (shard, what) = subjects::of_agent(&message.subject, run)?;
    match what {
        "ready" => {
            let ready = serde_json::from_slice(&message.payload).ok()?;
            Some(Event::Ready(shard, ready).into())
        }
        "alive" => Some(Event::Alive(shard).into()),
        "frame" => Some(Told {
            event: frame_of(shard, message.headers.as_ref(), &message.payload)?,
            asker: message.reply.map(|answer| Asker { shard, answer }),
        }),
        _ => None,
    }
}

/// A frame, or the end of an agent.
fn frame_of(shard: u32, headers: Option<&HeaderMap>, payload: &[u8]) -> Option<Event> {
    let headers = headers?;
    if headers.get(LAST).is_some() {
        return Some(Event::Ended(shard, serde_json::from_slice(payload).ok()?));
    }
    let number = headers.get(NUMBER)?.as_str().parse().ok()?;
    Some(Event::Frame(shard, number, payload.to_vec()))
}
