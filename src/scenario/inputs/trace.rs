//! Arrival instants from a CSV file: one of our own, or an event log of Salesforce.

use std::sync::Arc;

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::units::{Nanos, count};

/// Arrivals in one trace: 40 MB of them.
const ARRIVALS_MAX: usize = 5_000_000;

/// Faults of one file that are told.
const FAULTS_TOLD: usize = 5;

/// How long a trace may go on, as any load.
const SPAN_MAX: Nanos = Nanos::from_secs(24 * 3600);

/// `TIMESTAMP` of an event log: `20261123141500.250`, UTC.
const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day][hour][minute][second].[subsecond digits:3]");

/// A fault, with the line that it is on; lines count from 1.
pub(in crate::scenario) type LineFault = (u64, String);

/// The columns that tell when an arrival was due, most precise first.
const COLUMNS: [(&str, TimeColumn); 5] = [
    ("due_ns", TimeColumn::Since(1)),
    ("due_ms", TimeColumn::Since(1_000_000)),
    ("due_s", TimeColumn::Since(1_000_000_000)),
    ("TIMESTAMP_DERIVED", TimeColumn::Derived),
    ("TIMESTAMP", TimeColumn::Timestamp),
];

/// How a column tells it.
#[derive(Clone, Copy)]
enum TimeColumn {
    /// A number of units, of so many nanoseconds, since the start of the load.
    Since(u64),
    /// RFC 3339, as event logs derive it.
    Derived,
    /// As event logs have it.
    Timestamp,
}

/// Reads the due instants of a trace, in order, since the start of the load.
///
/// Own instants must be in order already. An event log (`EVENT_TYPE` is `ApexCallout`) is
/// sorted, for Salesforce does not promise its order, and begins with its first event.
pub(in crate::scenario) fn read(bytes: &[u8]) -> Result<Arc<[Nanos]>, Vec<LineFault>> {
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let head = reader.headers().map_err(|error| vec![fault_of(&error)])?;
    let mut faults = Faults::default();
    let columns = Columns::find(head, &mut faults)?;
    let (name, is_own) = (columns.name, columns.due.is_own());
    if let Some(line) = open_quote(bytes) {
        faults.add(line, "a quote is opened but never closed".to_owned());
    }
    let mut dues: Vec<i128> = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let (line, fault) = fault_of(&error);
                faults.add(line, fault);
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let kind = columns.event_type.and_then(|at| record.get(at));
        if let Some(other) = kind.filter(|kind| *kind != "ApexCallout") {
            let fault = format!("EVENT_TYPE is {other:?}, not \"ApexCallout\"");
            faults.add(line, fault);
        }
        let cell = record.get(columns.at).unwrap_or_default().trim();
        match columns.due.read(cell) {
            Ok(due) if is_own && dues.last().is_some_and(|last| due < *last) => {
                faults.add(line, format!("`{name}`: {cell} is before the line above"));
            }
            Ok(due) if is_own && due >= i128::from(SPAN_MAX.0) => {
                faults.add(line, format!("`{name}`: {cell} is later than {SPAN_MAX}"));
            }
            Ok(due) => dues.push(due),
            Err(message) => faults.add(line, format!("`{name}`: {cell:?} {message}")),
        }
        if dues.len() > ARRIVALS_MAX {
            faults.add(line, format!("there are more than {ARRIVALS_MAX} arrivals"));
            break;
        }
    }
    if dues.is_empty() && faults.told.is_empty() {
        faults.add(1, "the file has no arrival".to_owned());
    }
    faults.none()?;
    since_start(dues, columns.due)
}

/// The columns of a file that are read.
struct Columns {
    /// The place and the name of that which tells when an arrival was due, and how it tells it.
    at: usize,
    name: &'static str,
    due: TimeColumn,
    /// The place of that which says what an event was, in an event log.
    event_type: Option<usize>,
}

impl Columns {
    fn find(head: &csv::StringRecord, faults: &mut Faults) -> Result<Self, Vec<LineFault>> {
        let place = |name: &str| head.iter().position(|cell| cell.trim() == name);
        let known = COLUMNS.map(|(name, due)| Some((place(name)?, name, due)));
        let mut found = known.into_iter().flatten();
        let Some((at, name, due)) = found.next() else {
            let known = COLUMNS.map(|(name, _)| name).join(", ");
            let fault = format!("the first line has no column of instants; add one of {known}");
            return Err(vec![(1, fault)]);
        };
        let others = found.filter(|(_, _, other)| due.is_own() && other.is_own());
        let others: Vec<&str> = others.map(|(_, name, _)| name).collect();
        if !others.is_empty() {
            let own = [&[name], others.as_slice()].concat().join(" and ");
            let fault = format!("{own} both give the instants; leave out one of them");
            faults.add(1, fault);
        }
        let times = head.iter().filter(|cell| cell.trim() == name).count();
        if times > 1 {
            let fault = format!("the column {name} is there {times} times; keep one");
            faults.add(1, fault);
        }
        Ok(Self {
            at,
            name,
            due,
            event_type: place("EVENT_TYPE"),
        })
    }
}

/// The faults of one file: the first few in words, the others as a number.
#[derive(Default)]
struct Faults {
    told: Vec<LineFault>,
    more: u64,
    last_line: u64,
}

impl Faults {
    fn add(&mut self, line: u64, fault: String) {
        if self.told.len() < FAULTS_TOLD {
            self.told.push((line, fault));
        } else {
            self.more += 1;
            self.last_line = line;
        }
    }

    fn none(mut self) -> Result<(), Vec<LineFault>> {
        if self.told.is_empty() {
            return Ok(());
        }
        if self.more > 0 {
            let fault = format!("the last of {} more faults", self.more);
            self.told.push((self.last_line, fault));
        }
        Err(self.told)
    }
}

/// The line of the quote that nothing closes, past which a reader takes all for one cell.
fn open_quote(bytes: &[u8]) -> Option<u64> {
    let mut line = 1;
    let mut opened = None;
    for byte in bytes {
        match byte {
            b'\n' => line += 1,
            b'"' => opened = opened.is_none().then_some(line),
            _ => {}
        }
    }
    opened
}

fn since_start(mut dues: Vec<i128>, column: TimeColumn) -> Result<Arc<[Nanos]>, Vec<LineFault>> {
    dues.sort_unstable();
    let start = match (column.is_own(), dues.first()) {
        (false, Some(first)) => *first,
        _ => 0,
    };
    let dues: Option<Arc<[Nanos]>> = dues
        .into_iter()
        .map(|due| u64::try_from(due - start).ok().map(Nanos))
        .map(|due| due.filter(|due| *due < SPAN_MAX))
        .collect();
    dues.ok_or_else(|| {
        let fault = format!("the time from its first to its last event is longer than {SPAN_MAX}");
        vec![(1, fault)]
    })
}

impl TimeColumn {
    /// Whether its instants count from the start of the load.
    const fn is_own(self) -> bool {
        matches!(self, Self::Since(_))
    }

    /// An instant in nanoseconds.
    fn read(self, cell: &str) -> Result<i128, &'static str> {
        match self {
            Self::Since(unit) => {
                decimal(cell, unit).ok_or("is not a decimal number of 0 or more, such as 12.5")
            }
            Self::Derived => OffsetDateTime::parse(cell, &Rfc3339)
                .map(OffsetDateTime::unix_timestamp_nanos)
                .map_err(|_| "is not an instant such as 2026-11-23T14:15:00.250Z"),
            Self::Timestamp => PrimitiveDateTime::parse(cell, TIMESTAMP)
                .map(|date| date.assume_utc().unix_timestamp_nanos())
                .map_err(|_| "is not an instant such as 20261123141500.250"),
        }
    }
}

/// A decimal number of units in nanoseconds, without a detour over binary fractions.
fn decimal(cell: &str, unit: u64) -> Option<i128> {
    let (whole, part) = cell.split_once('.').unwrap_or((cell, ""));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || (cell.contains('.') && !digits(part)) {
        return None;
    }
    let mut nanos = i128::from(whole.parse::<u64>().ok()?) * i128::from(unit);
    let mut worth = unit;
    for digit in part.bytes() {
        worth /= 10;
        nanos += i128::from(digit - b'0') * i128::from(worth);
    }
    Some(nanos)
}

fn fault_of(error: &csv::Error) -> LineFault {
    let line = error.position().map_or(1, csv::Position::line);
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("this line has {len} cells, but the first line has {expected_len}"),
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".to_owned(),
        _ => "this is not CSV (RFC 4180)".to_owned(),
    };
    (line, message)
}

/// How long a trace goes on: in whole seconds, past its last arrival.
pub(in crate::scenario) fn span(dues: &[Nanos]) -> Nanos {
    let last = dues.last().copied().unwrap_or_default();
    Nanos::from_secs(last.as_secs() + 1)
}

/// The arrivals before an end.
pub(in crate::scenario) fn cut(dues: &Arc<[Nanos]>, end: Nanos) -> Arc<[Nanos]> {
    let kept = dues.partition_point(|due| *due < end);
    if count(kept) == count(dues.len()) {
        return Arc::clone(dues);
    }
    dues[..kept].into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn millis(text: &str) -> Vec<u64> {
        let dues = read(text.as_bytes()).unwrap();
        dues.iter().map(|due| due.0 / 1_000_000).collect()
    }

    fn faults(text: &str) -> Vec<LineFault> {
        read(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn own_instants_are_read_in_any_unit() {
        assert_eq!(millis("due_s\n0\n0.25\n1.5\n"), [0, 250, 1_500]);
        assert_eq!(millis("lead,due_ms\na,5\nb,5\n"), [5, 5]);
        let exact = read(b"due_s\n0.1\n1.000000001\n").unwrap();
        assert_eq!(*exact, [Nanos(100_000_000), Nanos(1_000_000_001)]);
    }

    #[test]
    fn an_event_log_is_sorted_and_begins_with_its_first_event() {
        let derived = "EVENT_TYPE,TIMESTAMP,TIME,TIMESTAMP_DERIVED\n\
            ApexCallout,20261123141501.000,12,2026-11-23T14:15:01.000Z\n\
            ApexCallout,20261123141500.250,80,2026-11-23T14:15:00.250Z\n";
        assert_eq!(millis(derived), [0, 750]);
        let raw = "\"EVENT_TYPE\",\"TIMESTAMP\"\n\"ApexCallout\",\"20261123141500.250\"\n\
            \"ApexCallout\",\"20261124000000.000\"\n";
        assert_eq!(millis(raw), [0, 35_099_750]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, line, says) in [
            ("", 1, "no column of instants"),
            ("when\n1\n", 1, "no column of instants"),
            ("due_s\n", 1, "no arrival"),
            ("due_s\n1\n0.5\n", 3, "before the line above"),
            ("due_s\n1\n-2\n", 3, "not a decimal number of 0 or more"),
            ("due_s\n1\n2,3\n", 3, "2 cells, but the first line has 1"),
            ("due_s\n1\n99999999999\n", 3, "later than"),
            ("due_s,due_ms\n1,1000\n", 1, "due_ms and due_s both"),
            ("due_s,due_s\n1,2\n", 1, "due_s is there 2 times"),
            ("lead,due_s\na,1\n\"b,2\nc,3\n", 3, "never closed"),
            (
                "TIMESTAMP\n20261123141500.250\n20261125141500.250\n",
                1,
                "longer than",
            ),
            ("TIMESTAMP\nyesterday\n", 2, "is not an instant"),
            (
                "EVENT_TYPE,TIMESTAMP\nLogin,20261123141500.250\n",
                2,
                "not \"ApexCallout\"",
            ),
        ] {
            let faults = faults(text);
            assert_eq!(faults[0].0, line, "{text:?}: {faults:?}");
            assert!(faults[0].1.contains(says), "{text:?}: {faults:?}");
        }
        let many = faults(&format!("due_s\n{}", "x\n".repeat(90)));
        assert_eq!(many.len(), FAULTS_TOLD + 1);
        assert_eq!(
            many[FAULTS_TOLD],
            (91, "the last of 85 more faults".to_owned())
        );
    }

    #[test]
    fn a_trace_can_be_cut() {
        let dues = read(b"due_s\n0\n1\n2.5\n").unwrap();
        assert_eq!(span(&dues), Nanos::from_secs(3));
        assert_eq!(cut(&dues, Nanos::from_secs(1)).len(), 1);
        assert_eq!(cut(&dues, Nanos::from_secs(9)).len(), 3);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _no_panic = read(&bytes).is_ok();
            let headed = [b"due_s\n".as_slice(), &bytes].concat();
            let _no_panic = read(&headed).is_ok();
        }
    }
}
