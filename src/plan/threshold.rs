//! What must hold for a run to pass.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use crate::phase::Phase;
use crate::units::{Nanos, Percent, Quantile, Rate};

/// A condition on one metric; a run that breaks any ends with exit code 1.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Threshold {
    /// What is looked at.
    pub metric: ThresholdMetric,
    /// How it must stand to the limit.
    pub comparison: Comparator,
    /// The limit, of the metric's own kind.
    pub limit: Limit,
    /// Whether the scenario does not set it.
    pub implied: bool,
    /// Whether the run ends as soon as it is certain that it breaks this: from this instant of the run on.
    pub abort_after: Option<Nanos>,
}

impl Threshold {
    /// What must hold of failures where a scenario sets nothing on them: `failed < 1 %`.
    pub fn implied() -> Self {
        Self {
            metric: ThresholdMetric::FailedShare,
            comparison: Comparator::Below,
            limit: Limit::Share(Percent::ONE_PERCENT),
            implied: true,
            abort_after: None,
        }
    }
}

/// A figure of the summary that a threshold may name.
#[derive(Clone, Debug, Deserialize, Display, Eq, PartialEq, Serialize)]
#[serde(into = "String", try_from = "String")]
pub enum ThresholdMetric {
    /// The share of completed iterations with good tokens that failed: `failed`.
    #[strum(serialize = "failed")]
    FailedShare,
    /// The share of planned iterations that were dropped: `dropped`.
    #[strum(serialize = "dropped")]
    DroppedShare,
    /// Successful callouts a second: `achieved`.
    #[strum(serialize = "achieved")]
    AchievedRate,
    /// Bad tokens that were taken for good: `false_accepts`.
    #[strum(serialize = "false_accepts")]
    FalseAccepts,
    /// Good tokens that were refused while bad ones were sent: `false_rejects`.
    #[strum(serialize = "false_rejects")]
    FalseRejects,
    /// Bad tokens that were answered with 5xx: `bad_token_errors`.
    #[strum(serialize = "bad_token_errors")]
    BadTokenErrors,
    /// A percentile of a phase: `latency.p99`, `server.jwt.p99`.
    #[strum(to_string = "{0}.{1}")]
    PhaseQuantile(Spans, Quantile),
    /// The mean of a phase: `sign.mean`.
    #[strum(to_string = "{0}.mean")]
    PhaseMean(Spans),
    /// The longest of a phase: `latency.max`.
    #[strum(to_string = "{0}.max")]
    PhaseMax(Spans),
}

/// What is measured as spans.
#[derive(Clone, Debug, Display, Eq, PartialEq)]
pub enum Spans {
    /// A phase of the timeline.
    #[strum(to_string = "{0}")]
    Phase(Phase),
    /// A metric of the API's `Server-Timing`: `server.jwt`.
    #[strum(to_string = "server.{0}")]
    ServerMetric(Arc<str>),
}

/// How a metric must stand to its limit.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Display, EnumString, Serialize)]
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
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Display, Serialize)]
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
    /// The metrics that are one figure each.
    const OF_NO_SPANS: [Self; 6] = [
        Self::FailedShare,
        Self::DroppedShare,
        Self::AchievedRate,
        Self::FalseAccepts,
        Self::FalseRejects,
        Self::BadTokenErrors,
    ];

    /// Reads `latency.p99`, `sign.mean`, `server.jwt.p99`, `failed`, `dropped` or `achieved`.
    pub fn parse(text: &str) -> Option<Self> {
        let is_called = |metric: &Self| metric.to_string() == text;
        if let Some(metric) = Self::OF_NO_SPANS.into_iter().find(is_called) {
            return Some(metric);
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

impl From<ThresholdMetric> for String {
    fn from(metric: ThresholdMetric) -> Self {
        metric.to_string()
    }
}

impl TryFrom<String> for ThresholdMetric {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is not a metric"))
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
