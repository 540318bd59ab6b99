//! A number on the command line, within limits.

use std::fmt::Display;
use std::str::FromStr;

/// Reads a whole number from `min` to `max`.
pub(super) fn from_to<N: Copy + Display + FromStr + PartialOrd>(
    min: N,
    max: N,
) -> impl Fn(&str) -> Result<N, String> + Clone {
    move |text| match text.parse::<N>() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(format!("must be from {min} to {max}, not {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told() {
        let rounds = from_to(2_u32, 100);
        assert_eq!((rounds("2"), rounds("100")), (Ok(2), Ok(100)));
        for text in ["1", "101", "-1", "many"] {
            let told = format!("must be from 2 to 100, not {text}");
            assert_eq!(rounds(text), Err(told));
        }
    }
}
