//! One share of a run that several processes make together.

use std::fmt;
use std::str::FromStr;

/// The most shards of a run.
pub const SHARDS_MAX: u32 = 1_000;

/// One share of a run that several processes make together: which one, and of how many.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Shard {
    number: u32,
    of: u32,
}

impl Shard {
    /// The shard with this number, from 1 to `of`; `of` is at most [`SHARDS_MAX`].
    pub fn new(number: u32, of: u32) -> Option<Self> {
        let is_one = (1..=of).contains(&number) && of <= SHARDS_MAX;
        is_one.then_some(Self { number, of })
    }

    /// Its number, from 1.
    pub const fn number(self) -> u32 {
        self.number
    }

    /// How many shards there are.
    pub const fn of(self) -> u32 {
        self.of
    }

    /// Its place, from 0.
    pub const fn place(self) -> usize {
        (self.number - 1) as usize
    }

    /// How many there are.
    pub const fn count(self) -> usize {
        self.of as usize
    }

    /// Its share of a number; the first shards take the remainder.
    pub const fn share(self, whole: usize) -> usize {
        let more = self.place() < whole % self.count();
        whole / self.count() + more as usize
    }

    /// Its share of a large number.
    pub fn share_of(self, whole: u64) -> u64 {
        let of = u64::from(self.of);
        whole / of + u64::from(u64::from(self.number - 1) < whole % of)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        let Some((number, of)) = numbers else {
            return Err("write its number and how many there are: 2/8".to_owned());
        };
        if of > SHARDS_MAX {
            return Err(format!(
                "{of} are too many: a run has at most {SHARDS_MAX} shards"
            ));
        }
        Self::new(number, of).ok_or_else(|| {
            format!(
                "shards are numbered from 1 to their number: write 1/{of} to {of}/{of}; with an index \
                 that begins at 0, add 1"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_written_as_it_is_read() {
        for text in ["1/1", "2/8", "8/8", "1000/1000"] {
            assert_eq!(text.parse::<Shard>().unwrap().to_string(), text);
        }
        for text in [
            "", "2", "0/8", "9/8", "0/0", "1/1001", "-1/2", "a/b", "1/2/3",
        ] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn shares_add_up_to_the_whole() {
        for whole in [0, 1, 7, 8, 1_001] {
            let all = (1..=8).map(|number| Shard::new(number, 8).unwrap());
            assert_eq!(
                all.clone().map(|shard| shard.share(whole)).sum::<usize>(),
                whole
            );
            let whole = whole as u64;
            assert_eq!(all.map(|shard| shard.share_of(whole)).sum::<u64>(), whole);
        }
    }
}
