//! The server's own account of its time (W3C Server Timing, section 3), as a list header of
//! several fields has it: quoted strings, metrics without a duration, entries of proxies.
//!
//! Which metric is the whole of the server's time: those that the scenario names; else `total`;
//! else, of several, the largest. They are never added up unasked, for metrics nest
//! (`process_action` holds `sql` and `render`) and a proxy's holds the API's.

mod field;

use std::sync::Arc;

use self::field::{Duration, Metrics};
use super::fields::Fields;
use crate::sample::{MetricNames, ServerTiming};
use crate::units::Nanos;

const SERVER_TIMING: &str = "server-timing";

/// The metric that is the whole where the scenario names none.
const TOTAL: &str = "total";

/// Bytes that are read of all fields of an answer: an API's has some hundred.
const BYTES_MAX: usize = 8 * 1024;

/// Metrics that are read of an answer.
const METRICS_MAX: usize = 64;

/// The longest name that is recorded separately.
const NAME_MAX: usize = 64;

/// Reads the `Server-Timing` of one caller's answers.
#[derive(Clone, Debug, Default)]
pub(super) struct TimingReader {
    /// The metrics that are the whole together, where the scenario names them.
    wholes: Arc<[String]>,
    names: MetricNames,
    /// Places that this caller has asked for already, so that no lock is taken again.
    known: Vec<(Box<str>, Option<usize>)>,
}

impl TimingReader {
    /// A reader that finds the places of names among `names`; `wholes` are the metrics that make
    /// up the server's time.
    pub(super) fn new(wholes: Arc<[String]>, names: MetricNames) -> Self {
        Self {
            wholes,
            names,
            known: Vec::new(),
        }
    }

    /// What an answer's fields say.
    pub(super) fn read(&mut self, fields: Fields<'_>) -> ServerTiming {
        let mut timing = ServerTiming::default();
        let mut fields = fields.all(SERVER_TIMING).peekable();
        if fields.peek().is_none() {
            return timing;
        }
        let mut account = Account::default();
        let (mut bytes, mut metrics) = (0, 0);
        for field in fields {
            let room = BYTES_MAX.saturating_sub(bytes);
            bytes += field.len();
            // A field that is cut could end in the middle of a number.
            if field.len() > room {
                timing.left_out.too_much = true;
                break;
            }
            for metric in Metrics(field) {
                metrics += 1;
                if metrics > METRICS_MAX {
                    timing.left_out.too_much = true;
                    break;
                }
                match metric.duration {
                    Duration::None => timing.left_out.no_duration = true,
                    Duration::Wrong => timing.left_out.not_a_duration = true,
                    Duration::Is(span) => self.add(metric.name, span, &mut account, &mut timing),
                }
            }
        }
        timing.total = account.total(&mut timing, &self.names);
        timing
    }

    fn add(&mut self, name: &str, span: Nanos, account: &mut Account, timing: &mut ServerTiming) {
        account.largest = account.largest.max(Some(span));
        if self.wholes.is_empty() && name.eq_ignore_ascii_case(TOTAL) {
            account.total = account.total.max(Some(span));
            return;
        }
        if let Some(part) = self.wholes.iter().position(|whole| whole == name) {
            account.named.resize(self.wholes.len(), None);
            account.named[part] = account.named[part].max(Some(span));
        }
        account.is_named = !self.wholes.is_empty();
        match self.place(name) {
            Some(place) => timing.set(place, span),
            None => timing.left_out.too_much = true,
        }
    }

    fn place(&mut self, name: &str) -> Option<usize> {
        if let Some((_, place)) = self.known.iter().find(|(known, _)| **known == *name) {
            return *place;
        }
        if name.len() > NAME_MAX {
            return None;
        }
        let place = self.names.place(name);
        // A name that got none never will; it is remembered as long as there is room for it.
        if self.known.len() < METRICS_MAX {
            self.known.push((name.into(), place));
        }
        place
    }
}

/// What the metrics of one answer come to.
#[derive(Default)]
struct Account {
    largest: Option<Nanos>,
    total: Option<Nanos>,
    is_named: bool,
    /// Those that the scenario names, each once.
    named: Vec<Option<Nanos>>,
}

impl Account {
    fn total(&self, timing: &mut ServerTiming, names: &MetricNames) -> Option<Nanos> {
        if self.is_named {
            let named = self.named.iter().flatten();
            return (!self.named.is_empty()).then(|| named.copied().sum());
        }
        if self.total.is_some() {
            names.note_total();
            return self.total;
        }
        // What others call the total is not what a proxy adds to an answer that has none.
        if names.has_total() {
            return None;
        }
        timing.left_out.no_total = self.largest.is_some();
        self.largest
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use super::*;
    use crate::sample::LeftOut;

    fn answer(fields: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(SERVER_TIMING, HeaderValue::from_bytes(field).unwrap());
        }
        headers
    }

    /// The total in microseconds, the metrics by name, and what was left out.
    fn read(fields: &[&str], wholes: &[&str]) -> (Option<u64>, Vec<(String, u64)>, LeftOut) {
        let names = MetricNames::default();
        let wholes: Vec<_> = wholes.iter().map(ToString::to_string).collect();
        let mut reader = TimingReader::new(wholes.into(), names.clone());
        let fields: Vec<_> = fields.iter().map(|field| field.as_bytes()).collect();
        let timing = reader.read(Fields::Map(&answer(&fields)));
        let all = names.all();
        let metrics = timing
            .metrics()
            .map(|(place, span)| (all[place].to_string(), span.0 / 1_000));
        (
            timing.total.map(|total| total.0 / 1_000),
            metrics.collect(),
            timing.left_out,
        )
    }

    #[track_caller]
    fn assert_total(fields: &[&str], expected: Option<u64>) {
        assert_eq!(read(fields, &[]).0, expected, "{fields:?}");
    }

    #[test]
    fn the_total_is_found_wherever_it_stands() {
        assert_total(&["total;dur=5.5"], Some(5_500));
        assert_total(&["db;dur=2, total;dur=9;desc=\"all\""], Some(9_000));
        assert_total(&["cdn;dur=1", "total;dur=18"], Some(18_000));
        assert_total(
            &["cfL4;desc=\"?proto=TCP&rtt=7\"", "total;dur=7.5"],
            Some(7_500),
        );
        assert_total(&["total;dur=3", "Total;dur=19"], Some(19_000));
        assert_total(&["total;desc=\"a, b;dur=99\";dur=7"], Some(7_000));
        assert_total(&["total ; dur = 7 , x"], Some(7_000));
        assert_total(&["total;dur=\"7\""], Some(7_000));
        assert_total(&["total;dur=7;dur=9"], Some(7_000));
        assert_total(&["total;desc=\"\\\"quoted\\\", dur=4\";dur=8"], Some(8_000));
    }

    // Rails nests its metrics; a proxy's metric lies outside the API's time or around it.
    #[test]
    fn several_metrics_without_a_total_are_never_added_up() {
        let nested = "process_action;dur=8, sql;dur=5, render;dur=2";
        let (total, metrics, left_out) = read(&[nested], &[]);
        assert_eq!(total, Some(8_000));
        assert!(left_out.no_total);
        let metrics: Vec<_> = metrics
            .iter()
            .map(|(name, us)| (name.as_str(), *us))
            .collect();
        assert_eq!(
            metrics,
            [("process_action", 8_000), ("sql", 5_000), ("render", 2_000)]
        );
        assert_total(&["edge;dur=1", "app;dur=6"], Some(6_000));
        let (total, _, left_out) = read(&["app;dur=6"], &[]);
        assert_eq!(total, Some(6_000));
        assert!(left_out.no_total, "it is said which is taken");
    }

    // A proxy's metric does not replace the total that the API has sent before.
    #[test]
    fn an_answer_without_the_total_that_others_have_does_not_tell_it() {
        let mut reader = TimingReader::default();
        let mut total = |field: &str| {
            let answer = answer(&[field.as_bytes()]);
            reader.read(Fields::Map(&answer)).total
        };
        assert!(total("edge;dur=3, total;dur=1").is_some());
        assert_eq!(total("edge;dur=3"), None);
    }

    #[test]
    fn the_scenario_says_which_metric_is_the_whole() {
        let fields = ["app;dur=6, jwt;dur=1", "edge;dur=9, total;dur=30"];
        assert_eq!(read(&fields, &["app"]).0, Some(6_000));
        assert_eq!(read(&fields, &["app", "jwt"]).0, Some(7_000));
        assert_eq!(read(&fields, &["none"]).0, None);
        assert_eq!(read(&["app;dur=6, app;dur=5"], &["app"]).0, Some(6_000));
    }

    #[test]
    fn what_says_no_duration_is_left_out_and_told() {
        for (field, expected) in [
            ("cache;desc=hit", (true, false)),
            ("miss, hit", (true, false)),
            ("total;dur=-1", (false, true)),
            ("total;dur=NaN", (false, true)),
            ("total;dur=inf", (false, true)),
            ("total;dur=1e99", (false, true)),
            ("total;dur=", (false, true)),
            ("total;dur=\"\"", (false, true)),
            ("", (false, false)),
            (",,", (false, false)),
            (",,;dur=4,", (false, true)),
            ("<script>;dur=4, =cmd;dur=1", (false, true)),
        ] {
            let (total, metrics, left_out) = read(&[field], &[]);
            assert_eq!(total, None, "{field:?}");
            assert!(metrics.is_empty(), "{field:?}");
            let told = (left_out.no_duration, left_out.not_a_duration);
            assert_eq!(told, expected, "{field:?}");
        }
    }

    #[test]
    fn thousands_of_metrics_are_bounded_and_told() {
        let many: Vec<_> = (0..3_000).map(|n| format!("m{n};dur=1")).collect();
        for field in [
            many.join(","),
            format!("total;dur=5, x;desc=\"{}\"", "y".repeat(9_000)),
        ] {
            let (_, metrics, left_out) = read(&[&field], &[]);
            assert!(left_out.too_much);
            assert!(metrics.len() <= crate::sample::SERVER_METRICS_MAX);
        }
        // What is small and stands before is read all the same.
        let long = "z".repeat(9_000);
        assert_eq!(read(&["total;dur=5", &long], &[]).0, Some(5_000));
    }

    proptest! {
        #[test]
        fn any_field_is_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                let mut headers = HeaderMap::new();
                headers.append(SERVER_TIMING, value);
                let timing = TimingReader::default().read(Fields::Map(&headers));
                prop_assert!(timing.total.is_none_or(|total| total <= Nanos::from_secs(3_600)));
            }
        }

        // A description does not change the duration, however it is written.
        #[test]
        fn a_description_changes_nothing(text in "[ -~]{0,40}", dur in 0_u32..100_000) {
            let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
            let field = format!("total;desc=\"{quoted}\";dur={dur}");
            prop_assert_eq!(read(&[&field], &[]).0, Some(u64::from(dur) * 1_000));
        }
    }
}
