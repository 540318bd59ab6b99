//! The result of comparing what a load needs with what the system has.

use anyhow::anyhow;

use crate::cli::exit::Failure;
use crate::cli::stdio;

/// What there may not be enough of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::cli) enum Shortage {
    /// It may not be enough: the need, the supply, and the way out.
    Close(String),
    /// The load cannot work.
    TooLittle {
        /// The need and the supply.
        what: String,
        /// What makes it work.
        way_out: String,
    },
}

impl Shortage {
    /// Prints a note, or refuses what cannot work.
    pub(super) fn tell(self) -> Result<(), Failure> {
        match self {
            Self::Close(note) => {
                stdio::note(&format!("note: {note}"));
                Ok(())
            }
            Self::TooLittle { what, way_out } => {
                Err(Failure::environment(anyhow!(what)).hint(way_out))
            }
        }
    }
}

/// Bytes as people write them: `512 KiB`, `1.5 GiB`.
pub(in crate::cli) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut value = crate::units::float(bytes) / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if value < 10.0 {
        format!("{value:.1} {}", UNITS[unit])
    } else {
        format!("{value:.0} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_well() {
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(300 * 1024 * 1024), "300 MiB");
        assert_eq!(bytes(u64::MAX), "16777216 TiB");
    }
}
