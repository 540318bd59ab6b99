//! When each virtual user of a crew is there: pure arithmetic, like a schedule.

use std::ops::Range;

use crate::plan::CrewStage;
use crate::units::{Nanos, count, float, whole};

/// The spans in which one user is there, in order and apart, since the start of the load.
///
/// A crew of 2.5 users has two: user `n`, counted from 0, is there while the line of the
/// stages is at `n + 1` or above. So the first to come is the last to go.
pub(super) fn active_spans(stages: &[CrewStage], user: usize) -> Vec<Range<Nanos>> {
    let mut active_spans: Vec<Range<Nanos>> = Vec::new();
    let mut began = Nanos::ZERO;
    for stage in stages {
        let there = within(*stage, user);
        let (from, to) = (began + there.start, began + there.end);
        began += stage.over;
        match active_spans.last_mut() {
            _ if from >= to => {}
            Some(last) if last.end == from => last.end = to,
            _ => active_spans.push(from..to),
        }
    }
    active_spans
}

/// The part of a stage in which the user is there.
fn within(stage: CrewStage, user: usize) -> Range<Nanos> {
    let needed = user + 1;
    match (stage.from >= needed, stage.to >= needed) {
        (true, true) => Nanos::ZERO..stage.over,
        (false, false) => Nanos::ZERO..Nanos::ZERO,
        (false, true) => crossing(stage, needed)..stage.over,
        (true, false) => Nanos::ZERO..crossing(stage, needed),
    }
}

/// When the line of the stage is at `needed`, which lies between its ends.
fn crossing(stage: CrewStage, needed: usize) -> Nanos {
    let way = count(needed.abs_diff(stage.from));
    let all = count(stage.to.abs_diff(stage.from)).max(1);
    Nanos(whole(float(stage.over.0) * (float(way) / float(all))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stage((from, to, seconds): (usize, usize, u64)) -> CrewStage {
        CrewStage {
            from,
            to,
            over: Nanos::from_secs(seconds),
        }
    }

    fn seconds(active_spans: &[Range<Nanos>]) -> Vec<(f64, f64)> {
        let seconds =
            |active: &Range<Nanos>| (active.start.as_secs_f64(), active.end.as_secs_f64());
        active_spans.iter().map(seconds).collect()
    }

    #[test]
    fn users_come_one_by_one_and_the_last_leaves_first() {
        let stages = [(0, 4, 4), (4, 4, 10), (4, 0, 8), (2, 2, 1)].map(stage);
        assert_eq!(
            seconds(&active_spans(&stages, 0)),
            [(1.0, 20.0), (22.0, 23.0)]
        );
        assert_eq!(seconds(&active_spans(&stages, 3)), [(4.0, 14.0)]);
        assert_eq!(seconds(&active_spans(&stages, 4)), []);
    }

    proptest! {
        // At any instant as many users are there as the line says, rounded down.
        #[test]
        fn the_crew_is_as_large_as_the_line(
            stages in proptest::collection::vec((0_usize..20, 0_usize..20, 1_u64..5), 1..5),
            at in 0.0_f64..1.0,
        ) {
            let stages: Vec<_> = stages.into_iter().map(stage).collect();
            let total: u64 = stages.iter().map(|stage| stage.over.as_secs()).sum();
            let instant = Nanos(whole(at * float(total) * 1e9));
            let there = (0..20)
                .filter(|user| active_spans(&stages, *user).iter().any(|active| active.contains(&instant)))
                .count();
            let mut began = Nanos::ZERO;
            for stage in &stages {
                if instant < began + stage.over {
                    let part = float((instant - began).0) / float(stage.over.0);
                    let line = float(stage.from) * (1.0 - part) + float(stage.to) * part;
                    let distance = (line - float(there)).max(0.0);
                    prop_assert!(distance <= 1.0 + 1e-6, "{line} {there}");
                    prop_assert!(float(there) <= line + 1e-6, "{line} {there}");
                    break;
                }
                began += stage.over;
            }
        }
    }
}
