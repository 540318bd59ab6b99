//! What must hold for a run to pass.

use std::fmt;

use crate::phase::Phase;
use crate::units::{Nanos, Percent, Quantile, Rate};

/// A condition on one metric; a run that breaks any ends with exit code 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// What is looked at.
    pub metric: Metric,
    /// How it must stand to the limit.
    pub comparison: Comparison,
    /// The limit, of the metric's own kind.
    pub limit: Limit,
}

/// A figure of the summary that a threshold may name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Metric {
    /// The share of completed iterations that failed: `failed`.
    FailedShare,
    /// The share of planned iterations that were dropped: `dropped`.
    DroppedShare,
    /// Successful callouts a second: `achieved`.
    AchievedRate,
    /// Bad tokens that were taken for good: `false_accepts`.
    FalseAccepts,
    /// Good tokens that were refused while bad ones were sent: `false_rejects`.
    FalseRejects,
    /// Bad tokens that were answered with 5xx: `bad_token_errors`.
    BadTokenErrors,
    /// A percentile of a phase: `latency.p99`.
    PhaseQuantile(Phase, Quantile),
    /// The mean of a phase: `sign.mean`.
    PhaseMean(Phase),
    /// The longest of a phase: `latency.max`.
    PhaseMax(Phase),
}

/// How a metric must stand to its limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Comparison {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
}

/// The limit of a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// Of a phase.
    Span(Nanos),
    /// Of a share.
    Share(Percent),
    /// Of a rate.
    Rate(Rate),
    /// Of a number.
    Count(u64),
}

impl Metric {
    /// Reads `latency.p99`, `sign.mean`, `network.max`, `failed`, `dropped` or `achieved`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "failed" => return Some(Self::FailedShare),
            "dropped" => return Some(Self::DroppedShare),
            "achieved" => return Some(Self::AchievedRate),
            "false_accepts" => return Some(Self::FalseAccepts),
            "false_rejects" => return Some(Self::FalseRejects),
            "bad_token_errors" => return Some(Self::BadTokenErrors),
            _ => {}
        }
        let (phase, statistic) = text.split_once('.')?;
        let phase = Phase::parse(phase)?;
        match statistic {
            "mean" => Some(Self::PhaseMean(phase)),
            "max" => Some(Self::PhaseMax(phase)),
            quantile => Some(Self::PhaseQuantile(phase, quantile.parse().ok()?)),
        }
    }
}

impl Comparison {
    /// Reads `<`, `<=`, `>` or `>=`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Below, Self::AtMost, Self::Above, Self::AtLeast]
            .into_iter()
            .find(|comparison| comparison.to_string() == text)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FailedShare => f.write_str("failed"),
            Self::DroppedShare => f.write_str("dropped"),
            Self::AchievedRate => f.write_str("achieved"),
            Self::FalseAccepts => f.write_str("false_accepts"),
            Self::FalseRejects => f.write_str("false_rejects"),
            Self::BadTokenErrors => f.write_str("bad_token_errors"),
            Self::PhaseQuantile(phase, quantile) => write!(f, "{phase}.{quantile}"),
            Self::PhaseMean(phase) => write!(f, "{phase}.mean"),
            Self::PhaseMax(phase) => write!(f, "{phase}.max"),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::AtLeast => ">=",
        })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Span(span) => span.fmt(f),
            Self::Share(share) => share.fmt(f),
            Self::Rate(rate) => rate.fmt(f),
            Self::Count(count) => count.fmt(f),
        }
    }
}
