//! An agent's side.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::kv::{CreateErrorKind, Operation};
use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender, unbounded};
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use tokio::time::{Instant, interval, sleep, timeout};

use super::frames::RunFrames;
use super::search::HeldSearch;
use super::{AGAIN, Broker, BusError, Link, Make, PATIENCE, refused, tell};
use crate::fleet::clock_offset::Ping;
use crate::fleet::message::{AgentInfo, Arm, Ready, RunSpec};
use crate::fleet::subjects;
use crate::units::Nanos;

/// How often an agent says that it is there.
const ANNOUNCE: Duration = Duration::from_secs(4);

/// How long an agent waits for a run before it asks for all runs again.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// How often an agent with a place in a run gives a sign of life.
const ALIVE: Duration = Duration::from_secs(1);

/// What an agent hears.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AgentEvent {
    /// A sign of life of the coordinator.
    Beat,
    /// The coordinator asks for the end, and says why.
    Stop(String),
    /// The connection to the broker is there, or is gone.
    Broker(bool),
}

/// An agent's side of the bus.
pub struct AgentBus {
    link: Link,
    info: Arc<Mutex<AgentInfo>>,
    /// Who hears of the broker: the run that goes on.
    listener: Arc<Mutex<Option<Sender<AgentEvent>>>>,
}

impl AgentBus {
    /// Connects, calls `connected`, and says from then on that the agent is there. Waits for the first coordinator of a broker,
    /// unless `is_over` says that the process is to end.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn open(
        broker: &Broker,
        info: AgentInfo,
        wall: fn() -> Duration,
        connected: &(dyn Fn() + Sync),
        is_over: &(dyn Fn() -> bool + Sync),
    ) -> Result<Self, BusError> {
        let listener: Arc<Mutex<Option<Sender<AgentEvent>>>> = Arc::default();
        let changed = {
            let listener = Arc::clone(&listener);
            move |is_there| {
                if let Some(events) = &*listener.lock() {
                    tell(events, AgentEvent::Broker(is_there));
                }
            }
        };
        let name = format!("leadbench agent {}", info.name);
        let link = Link::open(broker, &name, Make::Wait { connected, is_over }, changed)?;
        let info = Arc::new(Mutex::new(info));
        let (told, bucket) = (Arc::clone(&info), link.bucket.clone());
        link.runtime.spawn(async move {
            let mut announce = interval(ANNOUNCE);
            loop {
                announce.tick().await;
                let info = AgentInfo {
                    wall: wall().into(),
                    ..told.lock().clone()
                };
                if let Ok(json) = serde_json::to_vec(&info) {
                    drop(
                        bucket
                            .put(subjects::agent(&info.name, &info.id), json.into())
                            .await,
                    );
                }
            }
        });
        Ok(Self {
            link,
            info,
            listener,
        })
    }

    /// Waits for a run with a free place, and takes it; `None` if `is_over` says so before. Of `known` runs none
    /// is taken again, and of a held search only its trials are taken, at the same place if it is free.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn next_place(
        &self,
        known: &[String],
        held: Option<(&HeldSearch, u32)>,
        is_over: impl Fn() -> bool,
    ) -> Result<Option<(RunSpec, u32)>, BusError> {
        let name = self.info.lock().name.clone();
        let found = self.link.runtime.block_on(async {
            while !is_over() {
                // Asked again from time to time: the broker may have been gone for a while.
                let asked = Instant::now();
                let Ok(mut specs) = self.link.bucket.watch_with_history(subjects::SPECS).await
                else {
                    sleep(AGAIN).await;
                    continue;
                };
                while !is_over() && asked.elapsed() < ASK_AGAIN {
                    let Ok(next) = timeout(AGAIN, specs.next()).await else {
                        continue;
                    };
                    let Some(Ok(entry)) = next else { break };
                    let spec = serde_json::from_slice::<RunSpec>(&entry.value);
                    let (Operation::Put, Ok(spec)) = (entry.operation, spec) else {
                        continue;
                    };
                    let of_search = spec.trial.as_ref().map(|trial| trial.search.as_str());
                    let is_other = |(held, _): (&HeldSearch, u32)| of_search != Some(held.id());
                    if known.contains(&spec.run) || held.is_some_and(is_other) {
                        continue;
                    }
                    let before = held.map(|(_, place)| place);
                    if let Some(shard) = self.take_place(&spec, before, &name).await?
                        && self.is_wanted(&spec, shard).await
                    {
                        return Ok(Some((spec, shard)));
                    }
                }
            }
            Ok(None)
        })?;
        if let Some((spec, _)) = &found {
            self.info.lock().run = Some(spec.run.clone());
        }
        Ok(found)
    }

    /// Whether a run is still wanted; if it is not, the place is given back.
    async fn is_wanted(&self, spec: &RunSpec, shard: u32) -> bool {
        let bucket = &self.link.bucket;
        if let Ok(Some(_)) = bucket.get(subjects::spec(&spec.run)).await {
            return true;
        }
        drop(bucket.purge(subjects::place(&spec.run, shard)).await);
        false
    }

    async fn take_place(
        &self,
        spec: &RunSpec,
        before: Option<u32>,
        name: &str,
    ) -> Result<Option<u32>, BusError> {
        for shard in before.into_iter().chain(1..=spec.agents) {
            let key = subjects::place(&spec.run, shard);
            match self.link.bucket.create(key, name.to_owned().into()).await {
                Ok(_) => return Ok(Some(shard)),
                Err(error) if error.kind() == CreateErrorKind::AlreadyExists => {}
                Err(error) => return Err(refused("give a place in a run")(error)),
            }
        }
        Ok(None)
    }

    /// Listens to a search, to stay with it.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn hold(&self, search: &str) -> Result<HeldSearch, BusError> {
        HeldSearch::listen(&self.link, search)
    }

    /// Listens to the coordinator of a run, gives signs of life, and opens the way for its frames. What is heard comes
    /// out of the channel: of this run alone.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn join(
        &self,
        run: &str,
        shard: u32,
    ) -> Result<(RunFrames, Receiver<AgentEvent>), BusError> {
        let client = &self.link.client;
        let subscribed = self
            .link
            .runtime
            .block_on(client.subscribe(subjects::beat(run)));
        let mut beats = subscribed.map_err(refused("listen to the coordinator"))?;
        let (events, received) = unbounded();
        *self.listener.lock() = Some(events.clone());
        let listening = self.link.runtime.spawn(async move {
            while let Some(beat) = beats.next().await {
                let why = String::from_utf8_lossy(&beat.payload).into_owned();
                tell(
                    &events,
                    if why.is_empty() {
                        AgentEvent::Beat
                    } else {
                        AgentEvent::Stop(why)
                    },
                );
            }
        });
        let (alive, subject) = (client.clone(), subjects::told(run, shard, "alive"));
        let living = self.link.runtime.spawn(async move {
            let mut each = interval(ALIVE);
            loop {
                each.tick().await;
                drop(alive.publish(subject.clone(), Bytes::new()).await);
            }
        });
        let is_sent = move || {
            living.abort();
            listening.abort();
        };
        let frames = RunFrames::begin(&self.link, (run, shard), is_sent);
        Ok((frames, received))
    }

    /// Asks the coordinator for the time. `wall` is the own clock.
    pub fn ping(&self, run: &str, wall: fn() -> Duration) -> Option<Ping> {
        let asked = wall();
        let answer = self.link.client.request(subjects::clock(run), Bytes::new());
        let answer = self.link.runtime.block_on(answer).ok()?;
        let heard = wall();
        let told = String::from_utf8_lossy(&answer.payload).parse().ok()?;
        Some(Ping {
            asked: Nanos::from(asked),
            told: Nanos(told),
            heard: Nanos::from(heard),
        })
    }

    /// Says that the agent is prepared, or cannot run.
    pub fn ready(&self, run: &str, shard: u32, ready: &Ready) {
        if let Ok(json) = serde_json::to_vec(ready) {
            let subject = subjects::told(run, shard, "ready");
            drop(
                self.link
                    .runtime
                    .block_on(self.link.client.publish(subject, json.into())),
            );
        }
    }

    /// When the load begins, once that is told.
    pub fn arm(&self, run: &str) -> Option<Arm> {
        let got = self.link.runtime.block_on(async {
            let got = self.link.bucket.get(subjects::arm(run));
            timeout(PATIENCE, got).await.ok()?.ok()?
        });
        serde_json::from_slice(&got?).ok()
    }

    /// Notes how many tokens the agent can sign a second.
    pub fn signs(&self, per_second: f64) {
        self.info.lock().signs_per_s = Some(per_second);
    }

    /// Says that the agent has no place in a run any more.
    pub fn leave(&self) {
        self.info.lock().run = None;
    }

    /// Takes the agent off the list.
    pub fn close(self) {
        let info = self.info.lock().clone();
        self.link.runtime.block_on(async {
            let key = subjects::agent(&info.name, &info.id);
            drop(self.link.bucket.purge(key).await);
            drop(timeout(PATIENCE, self.link.client.flush()).await);
        });
        self.link.runtime.shutdown_timeout(Duration::from_secs(1));
    }
}

crate::secret::opaque_debug!(AgentBus);
