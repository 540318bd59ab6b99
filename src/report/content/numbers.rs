//! Numbers as people read them.

use crate::units::{Nanos, float, whole};

/// A span in the unit that suits: `7.10 ms`.
pub(crate) fn span(ns: f64) -> String {
    Nanos(whole(ns)).to_string()
}

/// The same of whole nanoseconds.
pub(crate) fn span_of(ns: u64) -> String {
    Nanos(ns).to_string()
}

/// Milliseconds with three decimals and thousands apart, so that columns line up; from ten
/// seconds on without decimals, which a reader does not need there.
pub(crate) fn millis(ns: f64) -> String {
    if ns >= 1e10 {
        return grouped(whole(ns / 1e6));
    }
    let micros = whole(ns / 1e3);
    format!("{}.{:03}", grouped(micros / 1000), micros % 1000)
}

/// The same of whole nanoseconds.
pub(crate) fn millis_of(ns: u64) -> String {
    millis(float(ns))
}

/// A number with this many decimals, without the zeros at its end.
pub(crate) fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What stands in a cell: a dash where there is nothing.
pub(crate) fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".to_owned())
}

/// A whole number with its thousands apart: `1,234,567`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A rate a second: `199.4/s`.
pub(crate) fn rate(per_second: f64) -> String {
    if per_second >= 1000.0 {
        return format!("{}/s", grouped(whole(per_second)));
    }
    format!("{}/s", trimmed(per_second, 1))
}

/// A share of 1 in two figures: `84 %`, `1.3 %`, `0.05 %`.
pub(crate) fn share(fraction: f64) -> String {
    let percent = fraction * 100.0;
    if percent <= 0.0 {
        "0 %".to_owned()
    } else if (99.5..100.0).contains(&percent) {
        // Rounded to 100 it would deny what is missing.
        format!("{:.1} %", percent.min(99.9))
    } else if percent >= 9.95 {
        format!("{percent:.0} %")
    } else if percent >= 0.95 {
        format!("{percent:.1} %")
    } else if percent >= 0.01 {
        format!("{percent:.2} %")
    } else {
        "<0.01 %".to_owned()
    }
}

/// A share in whole percent, but never rounded up to all of it.
pub(crate) fn whole_share(fraction: f64) -> String {
    if fraction < 0.995 {
        format!("{:.0} %", fraction * 100.0)
    } else {
        share(fraction)
    }
}

/// `part` of `total` as a share of 1; 0 if the total is 0.
pub(crate) fn ratio(part: f64, total: f64) -> f64 {
    if total > 0.0 { part / total } else { 0.0 }
}

/// `part` of `total` as a share of 1; 0 if the total is 0.
pub(crate) fn ratio_of(part: u64, total: u64) -> f64 {
    ratio(float(part), float(total))
}

/// Bytes in the binary unit that suits: `48.2 MiB`.
pub(crate) fn bytes(count: u64) -> String {
    let mut value = float(count);
    let mut unit = "B";
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    format!("{value:.1} {unit}")
}

/// `1 callout`, `2 callouts`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(12_345_678), "12,345,678");
    }

    #[test]
    fn milliseconds_keep_three_decimals() {
        assert_eq!(millis(7_103_499.0), "7.103");
        assert_eq!(millis(1_234_567_000.0), "1,234.567");
        assert_eq!(millis(60.0), "0.000");
        assert_eq!(millis(299_492_498_000.0), "299,492");
    }

    #[test]
    fn shares_keep_two_figures() {
        assert_eq!(share(0.84), "84 %");
        assert_eq!(share(0.0132), "1.3 %");
        assert_eq!(share(0.9978), "99.8 %");
        assert_eq!(share(0.999_999), "99.9 %");
        assert_eq!(share(1.0), "100 %");
        assert_eq!(share(0.0005), "0.05 %");
        assert_eq!(share(0.0), "0 %");
        assert_eq!(share(0.000_001), "<0.01 %");
    }

    #[test]
    fn rates_drop_an_empty_decimal() {
        assert_eq!(rate(200.0), "200/s");
        assert_eq!(rate(199.44), "199.4/s");
        assert_eq!(rate(12_000.0), "12,000/s");
    }
}
