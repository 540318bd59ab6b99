//! Arrivals that do not wait for answers: an open model.

use std::fmt;
use std::sync::Arc;

use strum::{Display, EnumString, VariantNames};

use super::super::Shard;
use super::DuelShare;
use crate::units::{Nanos, Rate, float};

/// An open model.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RateLoad {
    /// When arrivals are due.
    pub shape: ArrivalShape,
    /// The most callouts that may be open at once, 1 to 100,000.
    pub max_in_flight: usize,
    /// What becomes of an arrival that finds no free slot.
    pub overflow: Overflow,
    /// How far apart the instants are at which due arrivals are sent, at most a millisecond; zero
    /// sends each at its own instant.
    pub tick: Nanos,
    /// What is sent of it, where another side of a duel sends the rest.
    pub share: Option<DuelShare>,
    /// What is sent of it, if other processes send the rest.
    pub shard: Option<Shard>,
}

/// When arrivals are due.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ArrivalShape {
    /// As often as a rate says that changes over time.
    Stages {
        /// One after the other; at least one, and at least one that asks for anything.
        stages: Vec<Stage>,
        /// How the gaps between arrivals are spread.
        arrivals: Arrivals,
    },
    /// When they were due once before.
    Trace {
        /// Since the start of the load, in order; at least one. Shared, for there may be
        /// millions.
        dues: Arc<[Nanos]>,
        /// How long arrivals go on; all are due before.
        over: Nanos,
    },
}

/// A span in which the rate stays, or goes from one value to another in a straight line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stage {
    /// The rate at its start; `None` is no arrivals.
    pub from: Option<Rate>,
    /// The rate at its end; `None` is no arrivals.
    pub to: Option<Rate>,
    /// How long it lasts, warm-up included.
    pub over: Nanos,
}

/// How the gaps between arrivals are spread.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Display, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Arrivals {
    /// Exponential gaps: independent callers.
    Poisson,
    /// Even gaps.
    Uniform,
}

/// What becomes of an arrival that finds every slot taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Overflow {
    /// It waits and keeps its planned instant, so its wait is part of its latency.
    Queue,
    /// It is counted as dropped and never sent.
    Drop,
}

impl Stage {
    /// A stage in which the rate stays.
    pub const fn hold(rate: Option<Rate>, over: Nanos) -> Self {
        Self {
            from: rate,
            to: rate,
            over,
        }
    }

    /// The rate at its start in arrivals a second.
    pub fn from_per_s(&self) -> f64 {
        self.from.map_or(0.0, Rate::as_per_second)
    }

    /// The rate at its end in arrivals a second.
    pub fn to_per_s(&self) -> f64 {
        self.to.map_or(0.0, Rate::as_per_second)
    }

    /// The arrivals to expect in the part of it that comes after `skipped`.
    fn expected_after(&self, skipped: Nanos) -> f64 {
        let (over, skipped) = (self.over.as_secs_f64(), skipped.as_secs_f64());
        let rise = self.to_per_s() - self.from_per_s();
        let there = self.from_per_s() + rise * (skipped / over).min(1.0);
        f64::midpoint(there, self.to_per_s()) * (over - skipped).max(0.0)
    }
}

impl RateLoad {
    /// One rate for all of the load.
    pub fn constant(rate: Rate, duration: Nanos, arrivals: Arrivals) -> Self {
        Self {
            shape: ArrivalShape::Stages {
                stages: vec![Stage::hold(Some(rate), duration)],
                arrivals,
            },
            max_in_flight: 1_000,
            overflow: Overflow::Queue,
            tick: Nanos::ZERO,
            share: None,
            shard: None,
        }
    }

    /// How long arrivals go on, warm-up included.
    pub fn duration(&self) -> Nanos {
        match &self.shape {
            ArrivalShape::Stages { stages, .. } => stages.iter().map(|stage| stage.over).sum(),
            ArrivalShape::Trace { over, .. } => *over,
        }
    }

    /// The highest rate of all stages, or of all seconds of a trace, in arrivals a second.
    pub fn peak_per_s(&self) -> f64 {
        let peak = match &self.shape {
            ArrivalShape::Stages { stages, .. } => stages
                .iter()
                .map(|stage| stage.from_per_s().max(stage.to_per_s()))
                .fold(0.0, f64::max),
            ArrivalShape::Trace { dues, .. } => {
                let seconds = dues.chunk_by(|left, right| left.as_secs() == right.as_secs());
                float(seconds.map(<[_]>::len).max().unwrap_or_default())
            }
        };
        let peak = peak * self.of_shard();
        self.share.map_or(peak, |share| peak * share.of_peak())
    }

    /// The part of the load that is sent by this process.
    fn of_shard(&self) -> f64 {
        self.shard.map_or(1.0, |shard| 1.0 / f64::from(shard.of()))
    }

    /// Whether the rate that it asks for changes.
    pub fn changes(&self) -> bool {
        match &self.shape {
            ArrivalShape::Stages { stages, .. } => {
                let rates = stages.iter().flat_map(|stage| [stage.from, stage.to]);
                rates.clone().any(|rate| Some(rate) != rates.clone().next())
            }
            ArrivalShape::Trace { .. } => false,
        }
    }

    /// The arrivals to expect.
    pub fn expected(&self) -> f64 {
        self.expected_after(Nanos::ZERO)
    }

    /// The arrivals to expect past the warm-up.
    fn expected_after(&self, warmup: Nanos) -> f64 {
        let share = self
            .share
            .map_or(1.0, |share| share.of_mean(self.duration()));
        let expected = match &self.shape {
            ArrivalShape::Stages { stages, .. } => {
                let mut begin = Nanos::ZERO;
                let mut expected = 0.0;
                for stage in stages {
                    expected += stage.expected_after(warmup - begin);
                    begin += stage.over;
                }
                expected
            }
            ArrivalShape::Trace { dues, .. } => {
                let warm = dues.partition_point(|due| *due < warmup);
                float(dues.len() - warm)
            }
        };
        expected * share * self.of_shard()
    }

    /// The mean rate past the warm-up, in arrivals a second.
    pub fn mean_per_s(&self, warmup: Nanos) -> f64 {
        if let ArrivalShape::Stages { stages, .. } = &self.shape
            && let [only] = stages.as_slice()
            && only.from == only.to
            && self.share.is_none()
        {
            return only.to_per_s() * self.of_shard();
        }
        self.expected_after(warmup) / (self.duration() - warmup).as_secs_f64()
    }
}

impl RateLoad {
    /// Writes the one rate of a load that goes on and off: `200/s poisson`.
    pub(super) fn fmt_steady(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shape {
            ArrivalShape::Stages { stages, arrivals } => {
                if let Some(rate) = stages.iter().find_map(|stage| stage.from) {
                    write!(f, "{rate} ")?;
                }
                write!(f, "{arrivals}")
            }
            ArrivalShape::Trace { .. } => write!(f, "{self}"),
        }
    }
}

impl fmt::Display for RateLoad {
    /// Writes the load in words: `200/s poisson for 30.0 s`, with stages
    /// `0/s to 200/s in 10.0 s, 200/s for 30.0 s, poisson`, or
    /// `a trace of 5000 arrivals over 60.0 s`; the tick, if there is one; of a share, how the
    /// arrivals are parted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shape.fmt(f)?;
        if self.tick != Nanos::ZERO {
            write!(f, ", sent every {}", self.tick)?;
        }
        self.share.map_or(Ok(()), |share| write!(f, ", {share}"))
    }
}

impl fmt::Display for ArrivalShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (stages, arrivals) = match self {
            Self::Stages { stages, arrivals } => (stages, arrivals),
            Self::Trace { dues, over } => {
                let plural = if dues.len() == 1 { "" } else { "s" };
                return write!(f, "a trace of {} arrival{plural} over {over}", dues.len());
            }
        };
        if let [only] = stages.as_slice()
            && let (Some(rate), true) = (only.from, only.from == only.to)
        {
            return write!(f, "{rate} {arrivals} for {}", only.over);
        }
        for stage in stages {
            write!(f, "{stage}, ")?;
        }
        arrivals.fmt(f)
    }
}

impl fmt::Display for Stage {
    /// Writes the stage in words: `0/s to 200/s in 10.0 s`, or `200/s for 30.0 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = |rate: Option<Rate>| rate.map_or_else(|| "0/s".to_owned(), |r| r.to_string());
        let to = rate(self.to);
        if self.from == self.to {
            write!(f, "{to} for {}", self.over)
        } else {
            write!(f, "{} to {to} in {}", rate(self.from), self.over)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(text: &str) -> Rate {
        text.parse().unwrap()
    }

    fn staged() -> RateLoad {
        let seconds = Nanos::from_secs;
        RateLoad {
            shape: ArrivalShape::Stages {
                stages: vec![
                    Stage {
                        from: None,
                        to: Some(rate("200/s")),
                        over: seconds(10),
                    },
                    Stage::hold(Some(rate("200/s")), seconds(30)),
                ],
                arrivals: Arrivals::Poisson,
            },
            ..RateLoad::constant(rate("1/s"), seconds(1), Arrivals::Poisson)
        }
    }

    #[test]
    fn a_trace_counts_its_arrivals() {
        let dues = [100, 200, 900, 1_500, 2_000, 2_999].map(Nanos::from_millis);
        let trace = RateLoad {
            shape: ArrivalShape::Trace {
                dues: dues.into(),
                over: Nanos::from_secs(3),
            },
            ..staged()
        };
        assert_eq!(trace.to_string(), "a trace of 6 arrivals over 3.00 s");
        let close = |left: f64, right: f64| (left - right).abs() < 1e-9;
        assert!(close(trace.peak_per_s(), 3.0));
        assert!(close(trace.expected(), 6.0));
        assert!(close(trace.mean_per_s(Nanos::from_secs(1)), 1.5));
    }

    #[test]
    fn a_tick_is_part_of_the_sentence() {
        let ticked = RateLoad {
            tick: Nanos(500_000),
            ..RateLoad::constant(rate("200/s"), Nanos::from_secs(30), Arrivals::Poisson)
        };
        assert_eq!(
            ticked.to_string(),
            "200/s poisson for 30.0 s, sent every 500 µs"
        );
    }

    #[test]
    fn stages_read_as_a_sentence() {
        assert_eq!(
            staged().to_string(),
            "0/s to 200/s in 10.0 s, 200/s for 30.0 s, poisson"
        );
    }

    #[test]
    fn the_mean_rate_is_the_area_of_the_stages_past_the_warm_up() {
        let close = |left: f64, right: f64| (left - right).abs() < 1e-9;
        assert!(close(staged().mean_per_s(Nanos::ZERO), 7_000.0 / 40.0));
        // What is left of the ramp at 5 s goes from 100/s to 200/s.
        assert!(close(
            staged().mean_per_s(Nanos::from_secs(5)),
            6_750.0 / 35.0
        ));
        assert!(close(staged().mean_per_s(Nanos::from_secs(20)), 200.0));
        assert!(close(staged().peak_per_s(), 200.0));
    }
}
