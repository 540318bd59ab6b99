//! Virtual users: a closed model.

use std::fmt;

use crate::units::Nanos;

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

impl fmt::Display for UsersLoad {
    /// Writes the load in words: `20 virtual users thinking 1.00 s for 30.0 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.users == 1 { "" } else { "s" };
        write!(f, "{} virtual user{plural}", self.users)?;
        if self.think > Nanos::ZERO {
            write!(f, " thinking {}", self.think)?;
        }
        match self.until {
            UntilUsers::Duration(span) => write!(f, " for {span}"),
            UntilUsers::Iterations(each) => write!(f, ", {each} iterations each"),
        }
    }
}
