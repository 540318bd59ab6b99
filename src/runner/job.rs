//! What goes into a run.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Failpoint;
use crate::client::ClientIdentity;
use crate::engine::Stop;
use crate::keys::{PrivateKey, UniqueName};
use crate::plan::{Auth, Override, Plan};
use crate::summary::Overlay;
use crate::units::Nanos;

/// A run to do.
#[derive(Debug)]
pub struct Job<'j> {
    /// The plan.
    pub plan: &'j Plan,
    /// The keys that it names.
    pub keys: &'j Keys,
    /// What names the run in its summary.
    pub identity: &'j Identity,
    /// Its stop, its clock and its notes.
    pub setting: Setting,
    /// Whether to run even if the signers cannot keep up.
    pub force: bool,
    /// How long the run waits for a target that is down.
    pub wait_for: Option<Nanos>,
    /// When the load begins, since the Unix epoch; `None` is as soon as it can.
    pub start_at: Option<Duration>,
}

/// What a run takes from its process.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Ends the run early.
    pub stop: Stop,
    /// The wall clock: the time since the Unix epoch.
    pub wall: fn() -> Duration,
    /// Where notes for the user go before the load.
    pub note: fn(&str),
    /// Where a test wants a panic.
    pub failpoint: Failpoint,
}

impl Setting {
    /// A setting with a stop and a wall clock, without notes.
    pub fn new(stop: Stop, wall: fn() -> Duration) -> Self {
        Self {
            stop,
            wall,
            note: |_| {},
            failpoint: Failpoint::default(),
        }
    }
}

/// The keys of a run.
#[derive(Debug, Default)]
pub struct Keys {
    /// Each way of making tokens, with its key; empty if no token is sent.
    pub credentials: Vec<Credential>,
    /// The other key pair that the target trusts, for bad tokens that name it.
    pub other: Option<OtherKey>,
    /// The client certificate for mutual TLS.
    pub identity: Option<ClientIdentity>,
}

/// One way of making tokens, with its key.
#[derive(Debug)]
pub struct Credential {
    /// The settings of its first load; those of the others differ only in when they sign.
    pub auth: Auth,
    /// The key that signs.
    pub key: PrivateKey,
    /// The numbers of the loads that sign in this way.
    pub loads: Vec<usize>,
}

/// A key pair besides those that sign.
#[derive(Debug)]
pub struct OtherKey {
    /// Its unique name, which is its `kid`.
    pub name: UniqueName,
    /// The key.
    pub key: PrivateKey,
}

/// What names a run.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// The id, 16 hexadecimal digits.
    pub id: String,
    /// A number that distinguishes the leads and traces of this run.
    pub entropy: u64,
    /// The path of the scenario file.
    pub scenario_file: String,
    /// Its SHA-256, in hexadecimal.
    pub scenario_sha256: String,
    /// The overlays.
    pub overlays: Vec<Overlay>,
    /// What was set on the command line, without secrets.
    pub overrides: Vec<Override>,
    /// The command line, without secrets.
    pub command: Vec<String>,
    /// The commit under test.
    pub commit: Option<String>,
    /// Labels to find the run by, without secrets.
    pub labels: BTreeMap<String, String>,
    /// The name of the agent that makes it, if one does.
    pub agent: Option<String>,
}
