//! Virtual users: a closed model.

use std::fmt;

use strum::Display;

use super::super::Shard;
use crate::units::{Nanos, count};

/// The most virtual users of one load.
pub const USERS_MAX: u64 = 100_000;

/// A closed model.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UsersLoad {
    /// How many users there are, and until when.
    pub crew: Crew,
    /// How long a user pauses between its iterations.
    pub pause: Pause,
    /// Which of its users this process has, if others have the rest.
    pub shard: Option<Shard>,
}

/// How many virtual users there are, and until when.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Crew {
    /// For a time, which ends with the last stage; at least one stage has a user.
    Timed(Vec<CrewStage>),
    /// Until the iterations are done.
    Counted {
        /// Concurrent virtual users, 1 to 100,000.
        users: usize,
        /// What they have to do.
        iterations: Iterations,
        /// When it ends although there is more to do.
        at_most: Option<Nanos>,
    },
}

/// A span in which the number of users stays, or goes from one value to another in a
/// straight line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CrewStage {
    /// Users at its start, 0 to 100,000.
    pub from: usize,
    /// Users at its end, 0 to 100,000.
    pub to: usize,
    /// How long it lasts, warm-up included.
    pub over: Nanos,
}

/// How many iterations there are to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Display)]
pub enum Iterations {
    /// So many by each user.
    #[strum(to_string = "{0} iterations each")]
    Each(u64),
    /// So many by all users together: whoever is free takes the next.
    #[strum(to_string = "{0} iterations together")]
    Shared(u64),
}

/// How long a user pauses between its iterations.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pause {
    /// Always so long after an answer.
    Constant(Nanos),
    /// A span between two limits after an answer, each as likely as the other.
    Uniform {
        /// The shortest.
        min: Nanos,
        /// The longest.
        max: Nanos,
    },
    /// A span after an answer as between independent events: mostly short, at times long.
    Exponential {
        /// The mean.
        mean: Nanos,
    },
    /// Until so long after the start of the last iteration; not at all if that has passed.
    Pace(Nanos),
}

impl UsersLoad {
    /// The most users at a time in this process.
    pub fn users(&self) -> usize {
        let all = self.all_users();
        self.shard.map_or(all, |shard| shard.share(all))
    }

    /// The iterations to do in this process, if they are counted.
    pub fn iterations(&self) -> Option<u64> {
        match &self.crew {
            Crew::Timed(_) => None,
            Crew::Counted { iterations, .. } => Some(match iterations {
                Iterations::Each(each) => each.saturating_mul(count(self.users())),
                Iterations::Shared(all) => self.shard.map_or(*all, |shard| shard.share_of(*all)),
            }),
        }
    }

    /// The most users at a time in all processes.
    pub fn all_users(&self) -> usize {
        match &self.crew {
            Crew::Timed(stages) => {
                let peaks = stages.iter().map(|stage| stage.from.max(stage.to));
                peaks.max().unwrap_or_default()
            }
            Crew::Counted { users, .. } => *users,
        }
    }

    /// How long the load lasts, where that is known beforehand.
    pub fn duration(&self) -> Option<Nanos> {
        match &self.crew {
            Crew::Timed(stages) => Some(stages.iter().map(|stage| stage.over).sum()),
            Crew::Counted { .. } => None,
        }
    }

    /// When the load ends at the latest, where it has such a limit.
    pub fn at_most(&self) -> Option<Nanos> {
        match &self.crew {
            Crew::Timed(_) => self.duration(),
            Crew::Counted { at_most, .. } => *at_most,
        }
    }
}

impl Pause {
    /// The mean pause of a target that answers at once.
    pub const fn mean(self) -> Nanos {
        match self {
            Self::Constant(span) | Self::Exponential { mean: span } | Self::Pace(span) => span,
            Self::Uniform { min, max } => Nanos(min.0 / 2 + max.0 / 2),
        }
    }
}

impl fmt::Display for UsersLoad {
    /// Writes the load in words: `20 virtual users thinking 1.00 s for 30.0 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |users| if users == 1 { "" } else { "s" };
        match &self.crew {
            Crew::Timed(stages) => match stages.as_slice() {
                [only] if only.from == only.to => {
                    let (users, over) = (only.to, only.over);
                    let plural = plural(users);
                    write!(f, "{users} virtual user{plural}{} for {over}", self.pause)
                }
                stages => {
                    for (number, stage) in stages.iter().enumerate() {
                        let comma = if number == 0 { "" } else { ", " };
                        write!(f, "{comma}{stage}")?;
                    }
                    write!(f, " virtual users{}", self.pause)
                }
            },
            Crew::Counted {
                users,
                iterations,
                at_most,
            } => {
                let plural = plural(*users);
                write!(
                    f,
                    "{users} virtual user{plural}{}, {iterations}",
                    self.pause
                )?;
                match at_most {
                    Some(span) => write!(f, ", at most {span}"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl fmt::Display for CrewStage {
    /// Writes the stage in words: `0 to 50 in 10.0 s`, or `50 for 30.0 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, over } = self;
        if from == to {
            write!(f, "{to} for {over}")
        } else {
            write!(f, "{from} to {to} in {over}")
        }
    }
}

impl fmt::Display for Pause {
    /// Writes the pause as it goes on after "users", with a space before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(Nanos::ZERO) => Ok(()),
            Self::Constant(span) => write!(f, " thinking {span}"),
            Self::Uniform { min, max } => write!(f, " thinking {min} to {max}"),
            Self::Exponential { mean } => write!(f, " thinking {mean} on average"),
            Self::Pace(span) => write!(f, " calling every {span}"),
        }
    }
}
