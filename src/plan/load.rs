//! What drives the load.

use std::fmt;

use crate::units::{Nanos, Rate};

/// One arrival shape.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Load {
    /// Its name in reports.
    pub name: String,
    /// When iterations start.
    pub shape: Shape,
    /// How long the start of the load is left out of every figure but `counts.warmup`.
    pub warmup: Nanos,
}

/// When iterations start.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shape {
    /// An open model: arrivals do not wait for answers.
    Rate(RateLoad),
    /// A closed model: each virtual user waits for its answer.
    Users(UsersLoad),
}

/// An open model.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RateLoad {
    /// How often an iteration is due.
    pub rate: Rate,
    /// How the gaps between arrivals are spread.
    pub arrivals: Arrivals,
    /// How long arrivals go on, warm-up included.
    pub duration: Nanos,
    /// The most callouts that may be open at once, 1 to 100,000.
    pub max_in_flight: usize,
    /// What becomes of an arrival that finds no free slot.
    pub overflow: Overflow,
}

/// How the gaps between arrivals are spread.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Arrivals {
    /// Exponential gaps: independent callers.
    Poisson,
    /// Even gaps.
    Uniform,
}

/// What becomes of an arrival that finds every slot taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Overflow {
    /// It is counted as dropped and never sent.
    Drop,
    /// It waits and keeps its planned instant, so its wait is part of its latency.
    Queue,
}

/// A closed model.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UsersLoad {
    /// Concurrent virtual users, 1 to 100,000.
    pub users: usize,
    /// The pause of a user between its answer and its next callout.
    pub think: Nanos,
    /// When it ends.
    pub until: UntilUsers,
}

/// When a closed load ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UntilUsers {
    /// After a span of time, warm-up included.
    Duration(Nanos),
    /// When every virtual user has done so many iterations.
    Iterations(u64),
}

impl Load {
    /// How long the load lasts, where that is known beforehand.
    pub fn duration(&self) -> Option<Nanos> {
        match self.shape {
            Shape::Rate(rate) => Some(rate.duration),
            Shape::Users(users) => match users.until {
                UntilUsers::Duration(span) => Some(span),
                UntilUsers::Iterations(_) => None,
            },
        }
    }
}

impl fmt::Display for Load {
    /// Writes the load in words: `200/s poisson for 30.0 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shape {
            Shape::Rate(load) => {
                let arrivals = match load.arrivals {
                    Arrivals::Poisson => "poisson",
                    Arrivals::Uniform => "uniform",
                };
                write!(f, "{} {arrivals} for {}", load.rate, load.duration)
            }
            Shape::Users(load) => {
                let plural = if load.users == 1 { "" } else { "s" };
                write!(f, "{} virtual user{plural}", load.users)?;
                if load.think > Nanos::ZERO {
                    write!(f, " thinking {}", load.think)?;
                }
                match load.until {
                    UntilUsers::Duration(span) => write!(f, " for {span}"),
                    UntilUsers::Iterations(each) => write!(f, ", {each} iterations each"),
                }
            }
        }
    }
}
