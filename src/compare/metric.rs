//! What is compared: one descriptor for each metric serves its value, direction and test.

use strum::Display;

use crate::phase::Phase;
use crate::statistics::samples_for_interval;
use crate::summary::{PhaseStats, Summary, Window};
use crate::units::{float, share};

/// A figure of a run that is compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Metric {
    /// What is taken from a run.
    pub(super) figure: Figure,
    /// Whether it takes part in the verdict.
    pub(super) role: Role,
    /// Whether more of it is worse.
    pub(super) higher_is_worse: bool,
    /// By what it is judged.
    pub(super) test: Test,
    /// The change that matters: relative, of a share absolute.
    pub(super) margin: f64,
    /// Callouts that a run must have for the figure to say anything.
    pub(super) callouts_min: u64,
}

/// What is taken from a run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Figure {
    /// The share of callouts with good tokens that failed.
    Failed,
    /// Callouts that succeeded, a second.
    Achieved,
    /// A percentile of a phase over the successes.
    Phase(Phase, At),
}

/// A place of a distribution.
#[derive(Clone, Copy, Debug, Display, Eq, PartialEq)]
#[strum(serialize_all = "lowercase")]
pub(super) enum At {
    /// The median.
    P50,
    /// The 90th percentile.
    P90,
    /// The 99th percentile.
    P99,
    /// The 99.9th percentile.
    #[strum(serialize = "p99.9")]
    P999,
}

/// What part a metric has in the verdict.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    /// It gates: a regression of it is one of the candidate.
    Gate,
    /// It is shown, and may explain the others.
    Watch,
}

/// By what a metric is judged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Test {
    /// By means, for what varies evenly.
    Mean,
    /// By ranks, for tails, which a single stall moves far.
    Rank,
    /// By drawing again, for what neither holds of.
    Resample,
}

impl At {
    fn of(self, stats: &PhaseStats) -> u64 {
        match self {
            Self::P50 => stats.p50_ns,
            Self::P90 => stats.p90_ns,
            Self::P99 => stats.p99_ns,
            Self::P999 => stats.p99_9_ns,
        }
    }

    const fn quantile(self) -> f64 {
        match self {
            Self::P50 => 0.5,
            Self::P90 => 0.9,
            Self::P99 => 0.99,
            Self::P999 => 0.999,
        }
    }
}

impl Metric {
    /// Its name, as thresholds have it: `latency.p99`.
    pub(super) fn name(&self) -> String {
        match self.figure {
            Figure::Failed => "failed".to_owned(),
            Figure::Achieved => "achieved".to_owned(),
            Figure::Phase(phase, at) => format!("{phase}.{at}"),
        }
    }

    /// The unit of its values.
    pub(super) const fn unit(&self) -> &'static str {
        match self.figure {
            Figure::Failed => "share",
            Figure::Achieved => "per_s",
            Figure::Phase(..) => "ns",
        }
    }

    /// Whether its changes are absolute and not relative.
    pub(super) fn is_share(&self) -> bool {
        self.figure == Figure::Failed
    }

    /// Its value in a run; `None` if the run has too few callouts for it.
    pub(super) fn of(&self, summary: &Summary) -> Option<f64> {
        match self.figure {
            Figure::Failed => summary.counts.failed_share(),
            Figure::Achieved => Some(summary.rates.achieved_per_s).filter(|rate| *rate > 0.0),
            Figure::Phase(phase, at) => {
                let stats = summary.phase(phase)?;
                let value = at.of(stats);
                (stats.count >= self.callouts_min && value > 0).then(|| float(value))
            }
        }
    }

    /// The number of callouts in which it was measured; `None` if the run does not have its phase.
    pub(super) fn callouts(&self, summary: &Summary) -> Option<u64> {
        match self.figure {
            Figure::Failed | Figure::Achieved => None,
            Figure::Phase(phase, _) => summary.phase(phase).map(|stats| stats.count),
        }
    }

    /// Its value in one second of a run, where seconds have it.
    pub(super) fn in_second(&self, window: &Window) -> Option<f64> {
        let ended = window.ok.saturating_add(window.failed);
        match self.figure {
            Figure::Failed => share(window.failed, ended),
            Figure::Achieved => Some(float(window.ok)).filter(|ok| *ok > 0.0),
            Figure::Phase(phase, at) => match (phase, at) {
                (Phase::Latency, At::P50) => window.latency_p50_ns,
                (Phase::Latency, At::P90) => window.latency_p90_ns,
                (Phase::Latency, At::P99) => window.latency_p99_ns,
                (Phase::Network, At::P50) => window.network_p50_ns,
                (Phase::Network, At::P99) => window.network_p99_ns,
                _ => None,
            }
            .filter(|value| *value > 0)
            .map(float),
        }
    }

    /// On the scale on which changes add up: the logarithm, of a share the share itself.
    pub(super) fn on_scale(&self, value: f64) -> f64 {
        if self.is_share() { value } else { value.ln() }
    }

    /// A difference on that scale as a change. A share is never more than all, so that it neither
    /// rises nor falls by more: an interval of few runs may reach further.
    pub(super) fn as_change(&self, difference: f64) -> f64 {
        if self.is_share() {
            difference.clamp(-1.0, 1.0)
        } else {
            difference.exp_m1()
        }
    }
}

/// Every metric, those that gate first.
pub(super) fn metrics() -> Vec<Metric> {
    let of = |figure, role, test, margin| Metric {
        figure,
        role,
        higher_is_worse: figure != Figure::Achieved,
        test,
        margin,
        callouts_min: match figure {
            Figure::Failed | Figure::Achieved => 0,
            Figure::Phase(_, at) => samples_for_interval(at.quantile()),
        },
    };
    let gate = |figure, test, margin| of(figure, Role::Gate, test, margin);
    let watch = |phase, at, test, margin| of(Figure::Phase(phase, at), Role::Watch, test, margin);
    let mut metrics = vec![
        gate(Figure::Failed, Test::Mean, 0.001),
        gate(Figure::Achieved, Test::Mean, 0.03),
        gate(Figure::Phase(Phase::Latency, At::P50), Test::Mean, 0.03),
        gate(Figure::Phase(Phase::Latency, At::P99), Test::Rank, 0.10),
        gate(Figure::Phase(Phase::SignCpu, At::P50), Test::Mean, 0.03),
        watch(Phase::Latency, At::P90, Test::Mean, 0.05),
        watch(Phase::Latency, At::P999, Test::Resample, 0.20),
    ];
    // What explains a change; the parts of the network phase last.
    for name in [
        Phase::Network,
        Phase::Server,
        Phase::Wire,
        Phase::Sign,
        Phase::SignWait,
        Phase::Exchange,
        Phase::Lag,
        Phase::Queue,
        Phase::Dns,
        Phase::Connect,
        Phase::Tls,
        Phase::Send,
        Phase::Wait,
        Phase::Receive,
    ] {
        metrics.push(watch(name, At::P50, Test::Mean, 0.05));
        metrics.push(watch(name, At::P99, Test::Rank, 0.10));
    }
    metrics
}

/// The names of all metrics, those that gate first.
pub fn names() -> Vec<String> {
    metrics().iter().map(Metric::name).collect()
}
