//! A span of time on the command line.

use crate::units::Nanos;

/// The longest wait; a longer one is a mistake.
const LONGEST: Nanos = Nanos::from_secs(3_600);

/// Reads a span of an hour at most: `30s`, `5min`.
pub(super) fn span(text: &str) -> Result<Nanos, String> {
    let span: Nanos = text.parse().map_err(|error| format!("{error}"))?;
    if span > LONGEST {
        return Err(format!("{span} is too long; write 1h or less"));
    }
    Ok(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_the_longest_wait() {
        assert_eq!(span("90s"), Ok(Nanos::from_secs(90)));
        assert!(span("61min").is_err());
        assert!(span("soon").is_err());
    }
}
