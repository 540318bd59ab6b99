//! What drives the load.

mod duel_share;
mod rate;
mod salesforce;
mod users;

use std::fmt;

pub use duel_share::{DuelShare, ShareSide, SplitMethod, TimeSlots};
pub use rate::{ArrivalShape, Arrivals, Overflow, RateLoad, Stage};
pub use salesforce::{
    ASYNC_PER_DAY, CALLOUT_TIME_MAX, CALLOUTS_MAX, FUTURE_CALLS_MAX, Preset, Release,
    SalesforceLimit, SalesforceLoad,
};
pub use users::{Crew, CrewStage, Iterations, Pause, USERS_MAX, UsersLoad};

use super::{Auth, Turns};
use crate::units::Nanos;

/// Loads in one scenario.
pub const LOADS_MAX: usize = 64;

/// One arrival shape.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Load {
    /// Its name in reports: letters, digits, `-` and `_`, and no other load's.
    pub name: String,
    /// When it begins, since the start of the run.
    pub start: Nanos,
    /// When iterations start.
    pub model: LoadModel,
    /// How long the start of the load is left out of every figure but `counts.warmup`.
    pub warmup: Nanos,
    /// How its tokens are made, where not as the plan's.
    pub auth: Option<Auth>,
    /// When it has its turn, if it is a variant of an experiment; an open load then.
    pub turns: Option<Turns>,
}

/// When iterations start.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LoadModel {
    /// An open model: arrivals do not wait for answers.
    Rate(RateLoad),
    /// A closed model: each virtual user waits for its answer.
    Users(UsersLoad),
    /// What one Salesforce org does; closed within a transaction.
    Salesforce(SalesforceLoad),
}

impl Load {
    /// How long the load lasts, where that is known beforehand.
    pub fn duration(&self) -> Option<Nanos> {
        match &self.model {
            LoadModel::Rate(rate) => Some(rate.duration()),
            LoadModel::Users(users) => users.duration(),
            LoadModel::Salesforce(org) => Some(org.over),
        }
    }

    /// When it ends, since the start of the run, where that is known beforehand.
    pub fn end(&self) -> Option<Nanos> {
        self.duration().map(|duration| self.start + duration)
    }

    /// When it ends at the latest, since the start of the run, where that is known
    /// beforehand.
    pub fn latest_end(&self) -> Option<Nanos> {
        let at_most = match &self.model {
            LoadModel::Rate(rate) => Some(rate.duration()),
            LoadModel::Users(users) => users.at_most(),
            LoadModel::Salesforce(org) => Some(org.over),
        };
        at_most.map(|span| self.start + span)
    }

    /// Whether it asks for a rate that changes.
    pub fn has_ramp(&self) -> bool {
        matches!(&self.model, LoadModel::Rate(rate) if rate.changes() && self.turns.is_none())
    }

    /// From when on its iterations count, since the start of the run.
    pub fn measured_from(&self) -> Nanos {
        self.start + self.warmup
    }

    /// The rate that is asked for on average, warm-up excluded; `None` in a closed model,
    /// which asks for none.
    pub fn asked_per_s(&self) -> Option<f64> {
        match &self.model {
            // Whatever is measured is measured at one rate.
            LoadModel::Rate(rate) if self.turns.is_some() => Some(rate.peak_per_s()),
            LoadModel::Rate(rate) => Some(rate.mean_per_s(self.warmup)),
            LoadModel::Users(_) => None,
            LoadModel::Salesforce(org) => match &org.release {
                Release::Stream { rate, .. } if org.is_open() => Some(rate.mean_per_s(self.warmup)),
                _ => None,
            },
        }
    }
}

impl fmt::Display for Load {
    /// Writes the load in words: `200/s poisson for 30.0 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.model {
            LoadModel::Rate(rate) => match &self.turns {
                Some(turns) => {
                    rate.fmt_steady(f)?;
                    write!(f, ", {turns}")
                }
                None => rate.fmt(f),
            },
            LoadModel::Users(users) => users.fmt(f),
            LoadModel::Salesforce(org) => org.fmt(f),
        }
    }
}
