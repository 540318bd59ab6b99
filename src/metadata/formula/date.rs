//! Points in time that a formula names, as days since 1970-01-01 00:00:00 in GMT.

use super::ratio::Ratio;

/// Seconds of a day.
pub(super) const DAY_S: i128 = 86_400;

/// What `DATETIMEVALUE` reads: `YYYY-MM-DD HH:MM:SS`, in GMT; a `T` between and a `Z` behind are
/// taken too. A day alone is its midnight.
pub(super) fn parse(text: &str) -> Option<Ratio> {
    let text = text.trim().trim_end_matches(['Z', 'z']).trim_end();
    let (day, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, ""));
    let [year, month, day] = numbers(day, '-')?;
    let seconds = match time.trim() {
        "" => 0,
        time => {
            let [hours, minutes, seconds] = numbers(time, ':')?;
            if hours > 23 || minutes > 59 || seconds > 59 {
                return None;
            }
            hours * 3_600 + minutes * 60 + seconds
        }
    };
    days(year, month, day)?.plus(Ratio::new(seconds, DAY_S)?)
}

/// A day of the calendar.
pub(super) fn days(year: i128, month: i128, day: i128) -> Option<Ratio> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=9999).contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    // Years begin in March here, so that the day that leap years add is their last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let before = year * 365 + year / 4 - year / 100 + year / 400;
    let within = (month * 153 + 2) / 5 + day - 1;
    // Day 719,468 of that count is 1970-01-01.
    Some(Ratio::whole(before + within - 719_468))
}

/// Three numbers with a mark between them, of four digits at most.
fn numbers(text: &str, mark: char) -> Option<[i128; 3]> {
    let number = |part: &str| {
        let is_number = (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| part.parse().ok())?
    };
    let parts: Option<Vec<i128>> = text.split(mark).map(number).collect();
    parts?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        for (text, seconds) in [
            ("1970-01-01 00:00:00", 0),
            ("1970-01-02 00:00:01Z", 86_401),
            ("1900-01-01 00:00:00", -2_208_988_800),
            ("2000-02-29T12:00:00", 951_825_600),
            ("2026-11-28", 1_795_824_000),
        ] {
            let days = parse(text).unwrap();
            assert_eq!(
                days.times(Ratio::whole(DAY_S)),
                Some(Ratio::whole(seconds)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_day_is_none() {
        for text in [
            "",
            "1970",
            "1970-13-01",
            "1900-02-29",
            "1970-01-01 24:00:00",
            "1970-01-01 00:00",
            "01/01/1970",
            "99999-01-01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
