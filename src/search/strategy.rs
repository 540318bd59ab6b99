//! Which load comes next, by what is known of the loads so far.
//!
//! Loads double until one blocks the search; then the gap between the highest open load and the
//! lowest blocking one is halved. Only what is known of the loads decides, not how it became known:
//! if a load turns out to have another class, the bracket moves, and the search goes on from there.

use super::judged_loads::{JudgedLoad, JudgedLoads, Standing};
use super::load::OfferedLoad;
use super::search_result::Conclusion;
use super::settings::Settings;
use super::trial::{Trial, TrialKind, TrialVerdict};
use crate::units::Nanos;

/// What is to be done next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Move {
    /// The highest load that holds is to be tried for longer.
    Confirm(OfferedLoad),
    /// The search has its answer.
    Finish(Conclusion),
    /// A load is to be tried.
    Judge(OfferedLoad),
}

/// While the bracket is wider than this many widths, one trial that passed is enough to go on to a
/// higher load. If it passed by chance, the loads above it fail, and it is judged after all.
const COARSE_WIDTHS: f64 = 8.0;

/// After this many loads in a row that held below an upper bound, the upper bound is judged again. If
/// the target does not change, three in a row happen in one search of eight.
const HELD_SINCE: usize = 3;

/// After this many confirmations that failed, the limit is not reproducible.
const REFUTED_MAX: usize = 2;

/// Chooses what is to be done next.
pub(super) fn choose(settings: &Settings, loads: &JudgedLoads) -> Move {
    let is_again = |load: &&JudgedLoad| load.reopened && load.standing() == Standing::Undecided;
    if let Some(again) = loads.all().iter().find(is_again) {
        return Move::Judge(again.load);
    }
    if loads.refuted().len() >= REFUTED_MAX {
        return Move::Finish(not_reproducible(loads));
    }
    match (loads.open().last(), loads.lowest_blocking()) {
        (None, None) => Move::Judge(settings.from),
        (None, Some(lowest)) => Move::Finish(of_lowest(loads, lowest)),
        (Some(top), None) => upwards(settings, top),
        (Some(top), Some(blocking)) => inwards(settings, top, blocking),
    }
}

/// An upper bound that may have been one only earlier: since its last trial, one load after the other
/// just below it has held.
pub(super) fn outlived(
    settings: &Settings,
    loads: &JudgedLoads,
    trials: &[Trial],
) -> Option<OfferedLoad> {
    let (top, upper) = (loads.open().last()?, loads.lowest_blocking()?);
    let is_settled = top.standing() == Standing::Lower && top.is_unconfirmed();
    let is_failure = upper.time.bad > Nanos::ZERO && upper.is_unconfirmed();
    if !is_settled
        || !is_failure
        || upper.reopened
        || !top.load.is_next_to(upper.load, settings.width)
    {
        return None;
    }
    let since = trials
        .iter()
        .rev()
        .take_while(|trial| trial.load != upper.load);
    let judging =
        since.filter(|trial| trial.kind == TrialKind::Judge && trial.verdict == TrialVerdict::Pass);
    let mut held: Vec<OfferedLoad> = judging.map(|trial| trial.load).collect();
    held.sort();
    held.dedup();
    (held.len() >= HELD_SINCE).then_some(upper.load)
}

/// No load blocks the search yet.
fn upwards(settings: &Settings, top: &JudgedLoad) -> Move {
    if !top.has_only_passed() {
        Move::Judge(top.load)
    } else if top.load < settings.max {
        Move::Judge(top.load.doubled(settings.max))
    } else {
        secure(settings, top, Conclusion::AtMax)
    }
}

/// The limit lies above `top` or at it, and below `blocking`.
fn inwards(settings: &Settings, top: &JudgedLoad, blocking: &JudgedLoad) -> Move {
    let is_narrow = top.load.is_next_to(blocking.load, settings.width);
    let is_coarse = !is_narrow && top.load.widths_to(blocking.load, settings.width) > COARSE_WIDTHS;
    let is_enough = top.standing() == Standing::Lower || (is_coarse && top.has_only_passed());
    if !is_enough {
        Move::Judge(top.load)
    } else if !is_narrow {
        Move::Judge(top.load.halfway_to(blocking.load, settings.width))
    } else if blocking.standing() == Standing::Spoiled {
        secure(settings, top, generator_limit(blocking))
    } else {
        secure(settings, top, Conclusion::Found)
    }
}

/// Judges the load fully and confirms it before the search ends with it.
fn secure(settings: &Settings, top: &JudgedLoad, conclusion: Conclusion) -> Move {
    if top.standing() != Standing::Lower {
        Move::Judge(top.load)
    } else if settings.confirm > Nanos::ZERO && top.is_unconfirmed() {
        Move::Confirm(top.load)
    } else {
        Move::Finish(conclusion)
    }
}

/// Why the search ends when the lowest load blocks it.
fn of_lowest(loads: &JudgedLoads, lowest: &JudgedLoad) -> Conclusion {
    if lowest.standing() == Standing::Spoiled {
        generator_limit(lowest)
    } else if lowest.is_unconfirmed() {
        Conclusion::LowestFails
    } else {
        not_reproducible(loads)
    }
}

fn generator_limit(spoiled: &JudgedLoad) -> Conclusion {
    Conclusion::GeneratorLimit {
        ceiling: spoiled.load,
        why: spoiled.why_invalid.clone(),
    }
}

fn not_reproducible(loads: &JudgedLoads) -> Conclusion {
    Conclusion::NotReproducible {
        refuted: loads.refuted().to_vec(),
    }
}
