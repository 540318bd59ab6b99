//! How the runs of two sides stand to one another, which decides what may be concluded.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::summary::{Design as Kind, Summary};
use crate::units::Nanos;

/// The label by which runs of both sides are paired that went on at once.
pub const ROUND: &str = "duel.round";

/// Pairs below which no test of ranks refuses anything at 1 %: 2 of 2^8 choices of signs are
/// fewer.
pub(super) const PAIRS_MIN: usize = 8;

/// How long a run must be measured to be more than its own start.
const MEASURED_MIN: Nanos = Nanos::from_secs(2);

/// How far runs in turn may seem to overlap: the instant of a start is a little late.
const OVERLAP_MAX: time::Duration = time::Duration::SECOND;

/// The runs of both sides, sorted and, where that can be, in pairs.
pub(super) struct Design<'s> {
    pub(super) kind: Kind,
    pub(super) before: Vec<&'s Summary>,
    pub(super) after: Vec<&'s Summary>,
    /// Whether the first of either side is a pair, and so on.
    pub(super) is_paired: bool,
}

/// Finds out how runs stand to one another.
pub(super) fn of<'s>(before: &[&'s Summary], after: &[&'s Summary]) -> Design<'s> {
    let (before, after) = (in_order(before), in_order(after));
    let kind = match (before.len(), after.len()) {
        (1, 1) => Kind::Single,
        _ if are_rounds(&before, &after) => Kind::SideBySide,
        _ if are_in_turn(&before, &after) => Kind::InTurn,
        _ => Kind::Apart,
    };
    Design {
        kind,
        before,
        after,
        is_paired: matches!(kind, Kind::InTurn | Kind::SideBySide),
    }
}

impl Design<'_> {
    /// The pairs of runs, of the baseline first.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&Summary, &Summary)> {
        let pairs = self.before.iter().zip(&self.after);
        pairs
            .map(|(before, after)| (*before, *after))
            .take(if self.is_paired { usize::MAX } else { 0 })
    }

    /// Why the design keeps a verdict from being more than advice.
    pub(super) fn advisory_reasons(&self) -> Vec<String> {
        let pairs = self.before.len();
        let of_kind = match self.kind {
            Kind::Single => Some(
                "there is one run of each side: the variance between runs is unknown".to_owned(),
            ),
            Kind::Apart => Some(
                "the runs of the two sides were not taken in turn: changes of the machine over \
                 time are part of the difference"
                    .to_owned(),
            ),
            Kind::InTurn | Kind::SideBySide => (pairs < PAIRS_MIN)
                .then(|| format!("there are {pairs} pairs of runs; a verdict needs {PAIRS_MIN}")),
        };
        let shortest = self.shortest();
        let of_length = (shortest < MEASURED_MIN).then(|| {
            format!("a run is measured for only {shortest}; a verdict needs {MEASURED_MIN}")
        });
        of_kind.into_iter().chain(of_length).collect()
    }

    /// How long the shortest run is measured.
    fn shortest(&self) -> Nanos {
        let measured =
            |run: &&Summary| Nanos(run.run.duration_ns.saturating_sub(run.run.load.warmup_ns));
        let all = self.before.iter().chain(&self.after);
        all.map(measured).min().unwrap_or_default()
    }
}

fn started(summary: &Summary) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(&summary.run.started_at, &Rfc3339).ok()
}

fn in_order<'s>(runs: &[&'s Summary]) -> Vec<&'s Summary> {
    let mut runs = runs.to_vec();
    runs.sort_by_cached_key(|run| (round(run), started(run)));
    runs
}

fn round(summary: &Summary) -> Option<u64> {
    summary.run.labels.get(ROUND)?.parse().ok()
}

/// Whether the runs say themselves which belong together, and went on at once.
fn are_rounds(before: &[&Summary], after: &[&Summary]) -> bool {
    before.len() == after.len()
        && before.iter().zip(after).all(|(before, after)| {
            round(before).is_some() && round(before) == round(after) && overlap(before, after)
        })
        && before.windows(2).all(|two| round(two[0]) < round(two[1]))
}

/// Whether each began before the other had ended: rounds of two duels have the same numbers.
fn overlap(one: &Summary, other: &Summary) -> bool {
    let (Some(first), Some(second)) = (started(one), started(other)) else {
        return false;
    };
    first < second + lasts(other) && second < first + lasts(one)
}

fn lasts(run: &Summary) -> time::Duration {
    let nanos = i64::try_from(run.run.duration_ns).unwrap_or(i64::MAX);
    time::Duration::nanoseconds(nanos)
}

/// Whether, in the order of time, each two runs are one of either side and none begins before
/// the one before it has ended.
fn are_in_turn(before: &[&Summary], after: &[&Summary]) -> bool {
    let of_side = |runs: &[&Summary], is_after| {
        let one = |run: &&Summary| started(run).map(|at| (at, is_after, lasts(run)));
        runs.iter().map(one).collect::<Option<Vec<_>>>()
    };
    let (Some(mut all), Some(others)) = (of_side(before, false), of_side(after, true)) else {
        return false;
    };
    all.extend(others);
    all.sort_unstable();
    let mut pairs = all.chunks_exact(2);
    let is_over = |two: &[(OffsetDateTime, bool, time::Duration)]| {
        two[1].0 - two[0].0 + OVERLAP_MAX >= two[0].2
    };
    before.len() == after.len()
        && pairs.all(|two| two[0].1 != two[1].1)
        && all.windows(2).all(is_over)
}
