//! What must hold for a run to pass.

use std::fmt;
use std::sync::Arc;

use strum::{Display, EnumString};

use crate::phase::Phase;
use crate::units::{Nanos, Percent, Quantile, Rate};

/// A condition on one metric; a run that breaks any ends with exit code 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// What is looked at.
    pub metric: ThresholdMetric,
    /// How it must stand to the limit.
    pub comparison: Comparator,
    /// The limit, of the metric's own kind.
    pub limit: Limit,
    /// Whether the scenario does not set it.
    pub implied: bool,
}

impl Threshold {
    /// What must hold of failures where a scenario sets nothing on them: `failed < 1 %`.
    pub fn implied() -> Self {
        Self {
            metric: ThresholdMetric::FailedShare,
            comparison: Comparator::Below,
            limit: Limit::Share(Percent::ONE_PERCENT),
            implied: true,
        }
    }
}

/// A figure of the summary that a threshold may name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ThresholdMetric {
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
    /// A percentile of a phase: `latency.p99`, `server.jwt.p99`.
    PhaseQuantile(Spans, Quantile),
    /// The mean of a phase: `sign.mean`.
    PhaseMean(Spans),
    /// The longest of a phase: `latency.max`.
    PhaseMax(Spans),
}

/// What is measured as spans.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Spans {
    /// A phase of the timeline.
    Phase(Phase),
    /// A metric of the API's `Server-Timing`: `server.jwt`.
    ServerMetric(Arc<str>),
}

/// How a metric must stand to its limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Display, EnumString)]
pub enum Comparator {
    /// Less.
    #[strum(serialize = "<")]
    Below,
    /// Less, or the same.
    #[strum(serialize = "<=")]
    AtMost,
    /// More.
    #[strum(serialize = ">")]
    Above,
    /// More, or the same.
    #[strum(serialize = ">=")]
    AtLeast,
}

/// The limit of a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Display)]
pub enum Limit {
    /// Of a phase.
    #[strum(to_string = "{0}")]
    Span(Nanos),
    /// Of a share.
    #[strum(to_string = "{0}")]
    Share(Percent),
    /// Of a rate.
    #[strum(to_string = "{0}")]
    Rate(Rate),
    /// Of a number.
    #[strum(to_string = "{0}")]
    Count(u64),
}

impl ThresholdMetric {
    /// Reads `latency.p99`, `sign.mean`, `server.jwt.p99`, `failed`, `dropped` or `achieved`.
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
        let (phase, rest) = text.split_once('.')?;
        let phase = Phase::parse(phase)?;
        if let Some(metric) = Self::of(Spans::Phase(phase), rest) {
            return Some(metric);
        }
        // A name may have points, and so may a percentile: the shortest name that leaves one.
        let points = rest.match_indices('.').filter(|_| phase == Phase::Server);
        let mut parts = points.map(|(at, _)| (&rest[..at], &rest[at + 1..]));
        parts.find_map(|(name, statistic)| {
            let spans = (!name.is_empty()).then(|| Spans::ServerMetric(name.into()))?;
            Self::of(spans, statistic)
        })
    }

    /// A statistic of spans.
    fn of(spans: Spans, statistic: &str) -> Option<Self> {
        match statistic {
            "mean" => Some(Self::PhaseMean(spans)),
            "max" => Some(Self::PhaseMax(spans)),
            quantile => Some(Self::PhaseQuantile(spans, quantile.parse().ok()?)),
        }
    }
}

impl fmt::Display for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phase(phase) => phase.fmt(f),
            Self::ServerMetric(name) => write!(f, "{}.{name}", Phase::Server),
        }
    }
}

impl Comparator {
    /// Reads `<`, `<=`, `>` or `>=`.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    /// Whether a figure keeps the limit.
    pub fn holds(self, actual: f64, limit: f64) -> bool {
        match self {
            Self::Below => actual < limit,
            Self::AtMost => actual <= limit,
            Self::Above => actual > limit,
            Self::AtLeast => actual >= limit,
        }
    }
}

impl fmt::Display for ThresholdMetric {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_come_back_as_they_were_written() {
        for text in [
            "latency.p99.9",
            "server.p99",
            "server.jwt.p99",
            "server.jwt.p99.9",
            "server.sql.active_record.mean",
            "server.mean.max",
            "achieved",
        ] {
            let metric = ThresholdMetric::parse(text);
            assert_eq!(
                metric.map(|metric| metric.to_string()).as_deref(),
                Some(text)
            );
        }
        for text in [
            "server..p99",
            "server.jwt",
            "latency.jwt.p99",
            "server.jwt.p0x",
        ] {
            assert_eq!(ThresholdMetric::parse(text), None, "{text}");
        }
    }
}
