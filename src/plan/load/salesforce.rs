//! What one Salesforce org does to an API: transactions of callouts, and the org's limits.
//!
//! Limits are those of the Apex Developer Guide, "Execution Governors and Limits".

use std::fmt;
use std::ops::Range;

use strum::{Display, EnumString, VariantArray, VariantNames};

use super::super::Shard;
use super::RateLoad;
use crate::units::Nanos;

/// Callouts that one transaction may make.
pub const CALLOUTS_MAX: u64 = 100;

/// Time that all callouts of one transaction may take together.
pub const CALLOUT_TIME_MAX: Nanos = Nanos::from_secs(120);

/// `@future` methods that one transaction may call.
pub const FUTURE_CALLS_MAX: u64 = 50;

/// Asynchronous Apex executions of one org in 24 hours; 200 for each user licence where that
/// is more.
pub const ASYNC_PER_DAY: u64 = 250_000;

/// Transactions of a whole org, released by its users, its data loads or its batch jobs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SalesforceLoad {
    /// Which of the published shapes it is.
    pub preset: Preset,
    /// What makes transactions.
    pub release: Release,
    /// Transactions at once, 1 to 1,000; 0 if another process makes all of them.
    pub workers: usize,
    /// Callouts that one transaction sets out to make, one after the other; what is more than
    /// the limit is lost.
    pub callouts: u64,
    /// How often a failed callout is enqueued again by its Finalizer, 0 to 5.
    pub re_enqueue: u32,
    /// How long the load goes on, warm-up included.
    pub over: Nanos,
    /// Which of its transactions this process makes, if others make the rest; only of an open model.
    pub shard: Option<Shard>,
}

/// The shapes in which converted leads reach an API.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Display, EnumString, VariantArray, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Preset {
    /// Representatives convert one lead at a time.
    UiConvert,
    /// One asynchronous job for each chunk of converted leads.
    FuturePerChunk,
    /// One `@future` call for each lead.
    FuturePerLead,
    /// A data loader converts a hundred leads a call, call after call.
    BulkConvert,
    /// Queueables fanned out from a batch, for as long as there is work.
    QueueableFanout,
    /// Batch Apex: five jobs at once.
    BatchApex,
    /// A queue that stood still for long, and then drains.
    BacklogRelease,
    /// Finalizers that enqueue again what failed.
    RetryStorm,
}

/// What makes transactions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Release {
    /// Leads that lie in wait, worked off from an instant on.
    Backlog {
        /// How long nothing happens first.
        quiet: Nanos,
        /// How many there are; `None` is more than can be done.
        leads: Option<u64>,
    },
    /// So many leads converted at once, once or again and again.
    Conversions {
        /// Leads of one conversion.
        leads: u64,
        /// The time from one to the next.
        every: Option<Nanos>,
    },
    /// Leads converted one by one, at random.
    Stream {
        /// When.
        rate: RateLoad,
        /// The median of the time until the asynchronous job runs; it has a long tail.
        delay: Nanos,
    },
}

/// A limit of Salesforce to which callouts are lost.
///
/// It is written by the exception that Apex throws, or by its name in the Apex Developer Guide where
/// the exception's words are not known.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Display, VariantArray)]
pub enum SalesforceLimit {
    /// The time of all callouts of a transaction.
    #[strum(
        serialize = "System.CalloutException: maximum cumulative timeout for callouts (120 seconds)"
    )]
    CalloutTime,
    /// The number of callouts of a transaction.
    #[strum(serialize = "System.LimitException: Too many callouts: 101")]
    Callouts,
    /// The number of `@future` calls of a transaction; all of it is rolled back.
    #[strum(serialize = "System.LimitException: Too many future calls: 51")]
    FutureCalls,
    /// The number of times that a Finalizer enqueues again.
    #[strum(serialize = "Transaction Finalizer: consecutive failures")]
    Finalizer,
}

impl SalesforceLoad {
    /// The leads of one transaction, by their numbers.
    pub fn leads_of(&self, transaction: u64) -> Range<u64> {
        let (whole, parts) = match self.release {
            Release::Backlog { leads, .. } => (leads.unwrap_or(u64::MAX), u64::MAX),
            Release::Conversions { leads, .. } => (leads, self.per_conversion()),
            Release::Stream { .. } => (1, 1),
        };
        let (conversion, part) = (transaction / parts, transaction % parts);
        let first = part.saturating_mul(self.callouts).min(whole);
        let last = first.saturating_add(self.callouts).min(whole);
        let before = conversion.saturating_mul(whole);
        before.saturating_add(first)..before.saturating_add(last)
    }

    /// Transactions that one conversion makes.
    pub const fn per_conversion(&self) -> u64 {
        match &self.release {
            Release::Conversions { leads, .. } => leads.div_ceil(self.callouts),
            Release::Backlog { .. } | Release::Stream { .. } => 1,
        }
    }

    /// Whether a conversion calls `@future` too often, and so is rolled back.
    pub fn is_rolled_back(&self) -> bool {
        self.preset == Preset::FuturePerLead && self.per_conversion() > FUTURE_CALLS_MAX
    }

    /// Transactions a day that this load stands for, where it would go on for a day and any of
    /// them is carried out.
    pub fn per_day(&self) -> Option<f64> {
        const DAY: f64 = 86_400.0;
        match &self.release {
            _ if self.is_rolled_back() => None,
            Release::Backlog { .. } | Release::Conversions { every: None, .. } => None,
            Release::Conversions {
                every: Some(every), ..
            } => {
                let transactions = crate::units::float(self.per_conversion());
                Some(transactions * DAY / every.as_secs_f64())
            }
            Release::Stream { rate, .. } => Some(rate.mean_per_s(Nanos::ZERO) * DAY),
        }
    }

    /// Whether arrivals do not wait for answers.
    pub const fn is_open(&self) -> bool {
        matches!(self.preset, Preset::UiConvert)
    }
}

impl SalesforceLimit {
    /// Every limit.
    pub const ALL: &[Self] = <Self as VariantArray>::VARIANTS;
}

impl fmt::Display for SalesforceLoad {
    /// Writes the load in words: `queueable-fanout, 50 transactions at once of up to 100
    /// callouts, for 30.0 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            preset,
            release,
            workers,
            callouts,
            re_enqueue,
            over,
            shard: _,
        } = self;
        write!(f, "{preset}, ")?;
        match release {
            Release::Backlog { quiet, leads } => {
                if *quiet > Nanos::ZERO {
                    write!(f, "{quiet} of silence, then ")?;
                }
                if let Some(leads) = leads {
                    write!(f, "{leads} leads, ")?;
                }
            }
            Release::Conversions { leads, every } => {
                write!(f, "{leads} leads")?;
                match every {
                    Some(every) => write!(f, " every {every}, ")?,
                    None => f.write_str(" at once, ")?,
                }
            }
            Release::Stream { rate, delay } => {
                write!(f, "{:.1} leads a second", rate.mean_per_s(Nanos::ZERO))?;
                if *delay > Nanos::ZERO {
                    write!(f, " after a median of {delay}")?;
                }
                f.write_str(", ")?;
            }
        }
        write!(f, "{workers} transactions at once of ")?;
        match callouts {
            1 => f.write_str("1 callout")?,
            more => write!(f, "up to {more} callouts")?,
        }
        if *re_enqueue > 0 {
            write!(f, ", enqueued again up to {re_enqueue} times")?;
        }
        write!(f, ", for {over}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(release: Release, callouts: u64) -> SalesforceLoad {
        SalesforceLoad {
            preset: Preset::FuturePerChunk,
            release,
            workers: 50,
            callouts,
            re_enqueue: 0,
            shard: None,
            over: Nanos::from_secs(30),
        }
    }

    #[test]
    fn every_lead_belongs_to_one_transaction() {
        let conversions = Release::Conversions {
            leads: 250,
            every: Some(Nanos::from_secs(3)),
        };
        let load = load(conversions, 100);
        assert_eq!(load.per_conversion(), 3);
        let leads: Vec<u64> = (0..6).flat_map(|n| load.leads_of(n)).collect();
        assert_eq!(leads, (0..500).collect::<Vec<_>>());
        assert_eq!(load.leads_of(2), 200..250);
        assert_eq!(load.leads_of(3), 250..350);
    }

    #[test]
    fn a_backlog_ends_with_its_last_lead() {
        let backlog = |leads| Release::Backlog {
            quiet: Nanos::ZERO,
            leads,
        };
        let some = load(backlog(Some(150)), 100);
        assert_eq!(some.leads_of(1), 100..150);
        assert!(some.leads_of(2).is_empty());
        assert_eq!(load(backlog(None), 100).leads_of(7), 700..800);
    }

    #[test]
    fn loads_read_as_phrases() {
        let conversions = Release::Conversions {
            leads: 200,
            every: None,
        };
        assert_eq!(
            load(conversions, 100).to_string(),
            "future-per-chunk, 200 leads at once, 50 transactions at once of up to 100 callouts, \
             for 30.0 s"
        );
    }
}
