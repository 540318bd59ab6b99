//! What a run will do, checked: a `Plan` that exists is valid.
//!
//! Only `scenario` makes plans. No file, clock or network is touched here, and no
//! stage after this one checks a value again.

mod auth;
mod connections;
mod contact;
mod exchange;
mod expect;
mod fault;
mod host;
mod lead;
mod load;
mod matrix;
mod minting;
mod negative;
mod request;
mod shard;
mod sharding;
mod target;
mod threshold;
mod token_names;
mod token_source;
mod url;

use serde::{Deserialize, Serialize};

pub use auth::{Audience, Auth, Member, Subject};
pub use connections::{Connections, HttpVersion, Lifetime, Sharing, TlsVersion};
pub use contact::{CONTACT_MAX, Contact};
pub use exchange::{AssertionForm, ExchangePlan, Renew};
pub use expect::{ExpectedAnswer, Wanted};
pub use fault::{Challenge, Expect, Fault, Profile};
pub use host::Host;
pub use lead::{
    Content, Dates, LeadFeed, LeadField, LeadPlan, LeadShape, PREPARED_BYTES_MAX, Segment, Sizes,
};
pub use load::{
    ASYNC_PER_DAY, CALLOUT_TIME_MAX, CALLOUTS_MAX, FUTURE_CALLS_MAX, Preset, Release,
    SalesforceLimit, SalesforceLoad,
};
pub use load::{
    ArrivalShape, Arrivals, Crew, CrewStage, DuelShare, Iterations, LOADS_MAX, Load, LoadModel,
    Overflow, Pause, RateLoad, ShareSide, SplitMethod, Stage, TimeSlots, USERS_MAX, UsersLoad,
};
pub use matrix::{Compared, Matrix, Turns};
pub use minting::{Algorithm, Mint, SigningMode};
pub use negative::{Negative, NegativeFault};
pub use request::{ConnectionField, RequestPlan};
pub use shard::{SHARDS_MAX, Shard};
pub use sharding::NotShared;
pub use target::{Address, Authorities, EmbeddedTarget, Resolve, Scheme, Target};
pub use threshold::{Comparator, Limit, Spans, Threshold, ThresholdMetric};
pub use token_names::{ClaimName, HeaderName};
pub use token_source::TokenSource;

use crate::secret::Secrets;
use crate::units::Nanos;

/// A checked scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The scenario's name: letters, digits, `-` and `_`; it names the run's folder.
    pub name: String,
    /// Where callouts go.
    pub target: Target,
    /// How tokens are made where a load does not differ; `None` sends no `Authorization` at
    /// all.
    pub auth: Option<Auth>,
    /// What is posted.
    pub lead: LeadPlan,
    /// What drives the load: one load at least, in the order of the file.
    pub loads: Vec<Load>,
    /// Bad tokens among the good ones.
    pub negative: Option<Negative>,
    /// How the loads take turns, if they are the variants of one experiment.
    pub matrix: Option<Matrix>,
    /// How many threads do what; `None` lets the machine decide.
    pub engine: EnginePlan,
    /// What must hold for the run to pass.
    pub thresholds: Vec<Threshold>,
    /// Where this plan departs from its file.
    pub overrides: Vec<Override>,
    /// What must never be shown of it.
    pub secrets: Secrets,
    /// Which share of it this process makes, if others make the rest; its loads are then reduced to it.
    pub shard: Option<Shard>,
}

/// Threads of the generator; each `None` is decided from the machine and the plan.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct EnginePlan {
    /// Threads that do I/O, 1 to 256.
    pub io_workers: Option<usize>,
    /// Threads that sign, 1 to 256.
    pub signers: Option<usize>,
}

/// A value that the command line put in place of the scenario's.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Override {
    /// The dotted path in the scenario, `load.0.rate`.
    pub path: String,
    /// The value as it was given.
    pub value: String,
    /// The flag that it was given with, to be named in what is wrong: `--set`.
    #[serde(skip)]
    pub flag: &'static str,
}

impl Override {
    /// What `--set PATH=VALUE` does.
    pub fn set(path: &str, value: &str) -> Self {
        Self {
            path: path.to_owned(),
            value: value.to_owned(),
            flag: "--set",
        }
    }

    /// Whether it says only where to send, and with what permission: each of two runs that do the same
    /// work may have a target of its own.
    pub fn is_of_place(&self) -> bool {
        let mut steps = self.path.split('.');
        let place = [
            "url",
            "allowed_hosts",
            "allow_plaintext",
            "identify",
            "ca",
            "embedded",
        ];
        steps.next() == Some("target") && steps.next().is_some_and(|key| place.contains(&key))
    }

    /// Whether the flag was given the path beside the value, and does not stand for it.
    pub fn names_its_path(&self) -> bool {
        self.flag.ends_with("set")
    }
}

impl Plan {
    /// When the last load ends, where that is known beforehand.
    pub fn duration(&self) -> Option<Nanos> {
        let ends: Option<Vec<_>> = self.loads.iter().map(Load::end).collect();
        ends.map(|ends| ends.into_iter().max().unwrap_or_default())
    }

    /// When the last of those loads ends whose end is known beforehand.
    pub fn last_known_end(&self) -> Nanos {
        self.loads
            .iter()
            .filter_map(Load::end)
            .max()
            .unwrap_or_default()
    }

    /// The loads of an open model, each with its number among all.
    pub fn open_loads(&self) -> impl Iterator<Item = (usize, &Load, &RateLoad)> {
        let loads = self.loads.iter().enumerate();
        loads.filter_map(|(number, load)| match &load.model {
            LoadModel::Rate(rate) => Some((number, load, rate)),
            LoadModel::Users(_) | LoadModel::Salesforce(_) => None,
        })
    }

    /// The loads of a closed model, each with its number among all.
    pub fn closed_loads(&self) -> impl Iterator<Item = (usize, &Load, &UsersLoad)> {
        let loads = self.loads.iter().enumerate();
        loads.filter_map(|(number, load)| match &load.model {
            LoadModel::Users(users) => Some((number, load, users)),
            LoadModel::Rate(_) | LoadModel::Salesforce(_) => None,
        })
    }

    /// The loads of whole orgs, each with its number among all.
    pub fn orgs(&self) -> impl Iterator<Item = (usize, &Load, &SalesforceLoad)> {
        let loads = self.loads.iter().enumerate();
        loads.filter_map(|(number, load)| match &load.model {
            LoadModel::Salesforce(org) => Some((number, load, org)),
            LoadModel::Rate(_) | LoadModel::Users(_) => None,
        })
    }

    /// Transactions that all orgs together may have open at once.
    pub fn transactions(&self) -> usize {
        self.orgs().map(|(_, _, org)| org.workers).sum()
    }

    /// How the tokens of a load are made; `None` where it sends none.
    pub fn auth_of(&self, load: usize) -> Option<&Auth> {
        let auth = self.loads.get(load)?.auth.as_ref().or(self.auth.as_ref());
        auth.filter(|auth| auth.signing != SigningMode::None)
    }

    /// The highest rate that all open loads together can ask for, in arrivals a second.
    pub fn peak_per_s(&self) -> f64 {
        self.peak_per_s_of(|_| true)
    }

    /// The same of those open loads whose number is wanted.
    pub fn peak_per_s_of(&self, is_wanted: impl Fn(usize) -> bool) -> f64 {
        let wanted = || {
            let loads = self.open_loads();
            loads.filter(|(number, _, _)| is_wanted(*number))
        };
        if self.matrix.is_some() {
            let peaks = wanted().map(|(_, _, rate)| rate.peak_per_s());
            return peaks.fold(0.0, f64::max);
        }
        let active_at = |instant: Nanos| {
            let active = wanted().filter(move |(_, load, _)| {
                load.start <= instant && load.end().is_none_or(|end| end > instant)
            });
            active.map(|(_, _, rate)| rate.peak_per_s()).sum::<f64>()
        };
        let starts = wanted().map(|(_, load, _)| load.start);
        starts.map(active_at).fold(0.0, f64::max)
    }

    /// Virtual users of all closed loads.
    pub fn users(&self) -> usize {
        self.closed_loads().map(|(_, _, load)| load.users()).sum()
    }

    /// Whether the kernel is asked when answers arrived: if nothing else is said, unless virtual
    /// users call as fast as they can, for then it costs what they could do more.
    pub fn wants_kernel_stamps(&self) -> bool {
        let mut users = self.closed_loads();
        let stated = self.target.connections.kernel_stamps;
        stated.unwrap_or_else(|| users.all(|(_, _, load)| load.pause.mean() > Nanos::ZERO))
    }
}
