//! The wall clock by which runs and keys are dated, read in this one place.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::clock::date;
use crate::units::Nanos;

/// The time since the Unix epoch; zero on a machine whose clock is before it.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the wall clock is read"
)]
pub(super) fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// The date that files of a build carry: that of `SOURCE_DATE_EPOCH` if it is set (reproducible-builds.org),
/// otherwise the present.
pub(super) fn build_date() -> Duration {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads this variable"
    )]
    let given = std::env::var("SOURCE_DATE_EPOCH");
    let given = given.ok().and_then(|text| text.parse().ok());
    given.map_or_else(since_epoch, Duration::from_secs)
}

/// A time since the Unix epoch as RFC 3339 writes it, in milliseconds.
pub(super) fn stamp(since_epoch: Nanos) -> String {
    const FORM: &[BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    let date = date(since_epoch.as_duration());
    date.format(FORM).unwrap_or_default()
}

/// A time since the Unix epoch in the name of a folder: `20260804T141500Z`.
pub(super) fn folder_stamp(since_epoch: Duration) -> String {
    const FORM: &[BorrowedFormatItem<'_>] =
        format_description!("[year][month][day]T[hour][minute][second]Z");
    date(since_epoch).format(FORM).unwrap_or_default()
}

/// The time of day in UTC: `14:15:00.250`.
pub(super) fn time_of_day(since_epoch: Nanos) -> String {
    const FORM: &[BorrowedFormatItem<'_>] =
        format_description!("[hour]:[minute]:[second].[subsecond digits:3]");
    let date = date(since_epoch.as_duration());
    date.format(FORM).unwrap_or_default()
}
