//! Carries messages to and from a NATS server with `JetStream`. The only place that names its client.
//!
//! The client runs on a thread of its own, so nothing of it is on an I/O thread of the load.

mod agent;
mod coordinator;
mod frames;
mod search;

use std::path::PathBuf;
use std::time::Duration;

use async_nats::jetstream::{self, kv};
use async_nats::{Client, ConnectOptions, ServerInfo};
use crossbeam_channel::Sender;
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

pub use agent::{AgentBus, AgentEvent};
pub use coordinator::{Asker, CoordinatorBus, Told};
pub use frames::RunFrames;
pub use search::{HeldSearch, SearchBeat};

use super::subjects::BUCKET;

/// The oldest server that is used: with 2.9 the first call of the key-value store fails.
const OLDEST: (u64, u64) = (2, 10);

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long to wait before something is tried again.
const AGAIN: Duration = Duration::from_millis(300);

/// How long what a killed coordinator leaves stays at the broker.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// The header of a message that has the number of a frame.
const NUMBER: &str = "Lb-Number";

/// The header of the last message of an agent.
const LAST: &str = "Lb-Last";

/// Where the broker is, and who asks.
#[derive(Clone, Default)]
pub struct Broker {
    /// Its URL: `nats://127.0.0.1:4222`, `tls://broker.example.com`.
    pub url: String,
    /// The text of a file with credentials, or with the seed of an nkey, if there is one. It is a secret.
    pub credentials: Option<String>,
    /// A file of certificates to trust beside the system's.
    pub ca: Option<PathBuf>,
    /// The files of a client certificate and its key.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// Whether TLS is required.
    pub needs_tls: bool,
}

crate::secret::opaque_debug!(Broker);

/// Why the broker cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// It cannot be reached, or does not take the credentials.
    #[error("could not connect to the broker {url}: {why}")]
    Connect {
        /// Its URL.
        url: String,
        /// Why.
        why: String,
    },
    /// It is too old.
    #[error("the broker {url} is NATS {version}; 2.10 or newer is needed")]
    TooOld {
        /// Its URL.
        url: String,
        /// Its version.
        version: String,
    },
    /// It does not have what is needed.
    #[error("the broker refused to {what}: {why}")]
    Refused {
        /// What it was asked for.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// The system gave no thread.
    #[error("could not start a thread: {0}")]
    Thread(std::io::Error),
}

/// What to do if the broker has no store yet.
#[derive(Clone, Copy)]
enum Make<'o> {
    /// Make it.
    Now,
    /// Wait until a coordinator makes it, or until the process is to end.
    Wait {
        connected: &'o (dyn Fn() + Sync),
        is_over: &'o (dyn Fn() -> bool + Sync),
    },
}

/// A connection, and the thread that serves it.
struct Link {
    runtime: Runtime,
    client: Client,
    jetstream: jetstream::Context,
    bucket: kv::Store,
}

impl Link {
    /// Connects. `broker` gets whether the connection is there, whenever that changes.
    fn open(
        broker: &Broker,
        name: &str,
        make: Make<'_>,
        changed: impl Fn(bool) + Send + Sync + Clone + 'static,
    ) -> Result<Self, BusError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("fleet")
            .enable_all()
            .build()
            .map_err(BusError::Thread)?;
        let (client, jetstream, bucket) = runtime.block_on(async {
            let client = connect(broker, name, changed).await?;
            check_version(broker, &client.server_info())?;
            if let Make::Wait { connected, .. } = make {
                connected();
            }
            let jetstream = jetstream::new(client.clone());
            let bucket = bucket(&jetstream, make).await?;
            Ok::<_, BusError>((client, jetstream, bucket))
        })?;
        Ok(Self {
            runtime,
            client,
            jetstream,
            bucket,
        })
    }
}

async fn connect(
    broker: &Broker,
    name: &str,
    changed: impl Fn(bool) + Send + Sync + Clone + 'static,
) -> Result<Client, BusError> {
    let failed = |why: String| BusError::Connect {
        url: broker.url.clone(),
        why,
    };
    let mut options = ConnectOptions::new()
        .name(name)
        .connection_timeout(PATIENCE)
        .request_timeout(Some(PATIENCE))
        .ping_interval(Duration::from_secs(2))
        .require_tls(broker.needs_tls)
        .event_callback(move |event| {
            let changed = changed.clone();
            async move {
                match event {
                    async_nats::Event::Connected => changed(true),
                    async_nats::Event::Disconnected => changed(false),
                    _ => {}
                }
            }
        });
    if let Some(seed) = broker
        .credentials
        .as_deref()
        .map(str::trim)
        .filter(|text| text.starts_with("SU"))
    {
        options = options.nkey(seed.to_owned());
    } else if let Some(credentials) = &broker.credentials {
        options = options.credentials(credentials).map_err(|_| {
            failed(
                "the credentials file has neither a JWT and a seed, nor the seed of an nkey"
                    .to_owned(),
            )
        })?;
    }
    if let Some(ca) = &broker.ca {
        options = options.add_root_certificates(ca.clone());
    }
    if let Some((certificate, key)) = &broker.certificate {
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    options
        .connect(&broker.url)
        .await
        .map_err(|error| failed(error.to_string()))
}

fn check_version(broker: &Broker, server: &ServerInfo) -> Result<(), BusError> {
    let mut parts = server
        .version
        .split('.')
        .map(|part| part.parse().unwrap_or(0));
    let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if version >= OLDEST {
        return Ok(());
    }
    Err(BusError::TooOld {
        url: broker.url.clone(),
        version: server.version.clone(),
    })
}

async fn bucket(jetstream: &jetstream::Context, make: Make<'_>) -> Result<kv::Store, BusError> {
    loop {
        if let Ok(bucket) = jetstream.get_key_value(BUCKET).await {
            return Ok(bucket);
        }
        match make {
            Make::Now => break,
            Make::Wait { is_over, .. } if !is_over() => sleep(Duration::from_secs(1)).await,
            Make::Wait { .. } => {
                return Err(BusError::Refused {
                    what: "open the store \"leadbench\"",
                    why: "no coordinator has made it yet".to_owned(),
                });
            }
        }
    }
    let made = jetstream.create_key_value(kv::Config {
        bucket: BUCKET.to_owned(),
        history: 1,
        max_age: KEPT,
        ..kv::Config::default()
    });
    made.await.map_err(|error| BusError::Refused {
        what: "make the store \"leadbench\"",
        why: format!("{error}; JetStream must be on (nats-server -js)"),
    })
}

fn refused<E: std::fmt::Display>(what: &'static str) -> impl Fn(E) -> BusError {
    move |error| BusError::Refused {
        what,
        why: error.to_string(),
    }
}

/// Sends an event; whoever listened may be gone.
fn tell<T>(to: &Sender<T>, event: T) {
    drop(to.send(event));
}
