//! The due instants of an open load: of a rate that goes through stages, or of a trace.

use std::sync::Arc;
use std::vec::IntoIter;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::STREAMS_OF_A_LOAD;
use crate::plan::{ArrivalShape, Arrivals, RateLoad, Stage};
use crate::units::{Nanos, Rate, Seed, float, unit_fraction, whole};

/// The stream of the seed that gaps are drawn from.
const GAPS_STREAM: u64 = 1;

/// The due instants since the start of the load, in order.
pub(super) enum DueInstants {
    /// Even gaps of one rate: exact in integers.
    Even { rate: Rate, next: u64 },
    /// Even gaps of a rate that changes: the `n`-th arrival is due when `n` arrivals are expected.
    EvenStages {
        course: Course,
        next: u64,
        before: f64,
    },
    /// Exponential gaps.
    Poisson {
        // Boxed, because its state is half a kilobyte.
        rng: Box<ChaCha8Rng>,
        course: Course,
    },
    /// The instants of a recorded trace.
    Trace { dues: Arc<[Nanos]>, next: usize },
}

/// The current place in the stages.
pub(super) struct Course {
    stage: Stage,
    later: IntoIter<Stage>,
    /// When the stage began.
    began: Nanos,
    /// The current place within the stage.
    within: Nanos,
}

impl DueInstants {
    pub(super) fn new(load: &RateLoad, seed: Seed, number: u64) -> Self {
        let (stages, arrivals) = match &load.shape {
            ArrivalShape::Stages { stages, arrivals } => (stages, *arrivals),
            ArrivalShape::Trace { dues, .. } => {
                return Self::Trace {
                    dues: Arc::clone(dues),
                    next: 0,
                };
            }
        };
        let course = || {
            let mut later = stages.clone().into_iter();
            Course {
                stage: later.next().unwrap_or(Stage::hold(None, Nanos::ZERO)),
                later,
                began: Nanos::ZERO,
                within: Nanos::ZERO,
            }
        };
        match (arrivals, stages.as_slice()) {
            (Arrivals::Poisson, _) => Self::Poisson {
                rng: Box::new(seed.rng(GAPS_STREAM + (number << STREAMS_OF_A_LOAD))),
                course: course(),
            },
            (
                Arrivals::Uniform,
                &[
                    Stage {
                        from: Some(rate),
                        to,
                        ..
                    },
                ],
            ) if to == Some(rate) => Self::Even { rate, next: 0 },
            (Arrivals::Uniform, _) => Self::EvenStages {
                course: course(),
                next: 0,
                before: 0.0,
            },
        }
    }
}

impl Iterator for DueInstants {
    type Item = Nanos;

    fn next(&mut self) -> Option<Nanos> {
        match self {
            Self::Trace { dues, next } => {
                *next += 1;
                dues.get(*next - 1).copied()
            }
            Self::Even { rate, next } => {
                *next += 1;
                Some(rate.due(*next - 1))
            }
            Self::EvenStages {
                course,
                next,
                before,
            } => {
                // Counted from the start of the stage each time, so that rounding errors do not add up.
                course.within = Nanos::ZERO;
                let wanted = float(*next);
                *next += 1;
                while let Some(whole_stage) = course.expected_before(wanted - *before) {
                    *before += whole_stage;
                    course.next_stage()?;
                }
                course.advance(wanted - *before)
            }
            Self::Poisson { rng, course } => {
                // Gaps of a Poisson process are exponential: -ln(1 - U) / rate, with U of
                // 53 random bits; where the rate changes, the arrivals to expect take the
                // place of time. Rounding to nanoseconds is unbiased, so sums do not drift.
                let uniform = unit_fraction(rng.next_u64());
                course.advance(-libm::log1p(-uniform))
            }
        }
    }
}

impl Course {
    /// Advances by this many expected arrivals; returns when that is, or `None` if the stages end
    /// before.
    fn advance(&mut self, mut expected: f64) -> Option<Nanos> {
        while let Some(rest) = self.expected_before(expected) {
            expected -= rest;
            self.next_stage()?;
        }
        self.within += Nanos(whole(self.span_of(expected)));
        Some(self.began + self.within)
    }

    /// The arrivals to expect in the rest of this stage, if they are not more than `wanted`.
    fn expected_before(&self, wanted: f64) -> Option<f64> {
        if self.stage.from == self.stage.to {
            // The same arithmetic as for the gap, so that rounding cannot move a gap past the end of the
            // stage.
            let rest = self.stage.over - self.within;
            let fits = self.stage.from.is_some() && self.span_of(wanted) < float(rest.0);
            return (!fits).then(|| self.rate() * rest.as_secs_f64());
        }
        let rest = f64::midpoint(self.rate(), self.stage.to_per_s())
            * (self.stage.over - self.within).as_secs_f64();
        (wanted >= rest).then_some(rest)
    }

    /// The nanoseconds in which this many arrivals are expected, if the rate goes on as in this
    /// stage.
    fn span_of(&self, expected: f64) -> f64 {
        if self.stage.from == self.stage.to {
            return expected * (1e9 / self.rate());
        }
        // The area under a straight line is `expected`; in the form of the solution that
        // does not subtract what is nearly equal.
        let slope =
            (self.stage.to_per_s() - self.stage.from_per_s()) / self.stage.over.as_secs_f64();
        let rate = self.rate();
        let root = libm::sqrt((rate * rate + 2.0 * slope * expected).max(0.0));
        2e9 * expected / (rate + root).max(f64::MIN_POSITIVE)
    }

    /// The rate here, in arrivals a second.
    fn rate(&self) -> f64 {
        let (from, to) = (self.stage.from_per_s(), self.stage.to_per_s());
        from + (to - from) * (float(self.within.0) / float(self.stage.over.0.max(1)))
    }

    fn next_stage(&mut self) -> Option<()> {
        let next = self.later.next()?;
        self.began += self.stage.over;
        self.within = Nanos::ZERO;
        self.stage = next;
        Some(())
    }
}
