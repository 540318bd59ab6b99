//! Two sets of runs, judged: did it get slower, and what did?
//!
//! A run, and not a request, is the unit of what is concluded: requests of one run share their
//! machine, their minute and their neighbours, and a test over them finds a difference between
//! any two runs. So runs are compared, in pairs where they were taken in turn.

mod cause;
mod design;
mod evidence;
mod figures;
mod judge;
mod metric;
mod searches;
mod self_check;
mod sequential;
mod shift_function;
mod sides;
mod within_run;
mod workload;

use std::collections::BTreeMap;

pub use design::ROUND;
pub use metric::names;
pub use searches::{SearchesUnlike, compare_searches};
pub use self_check::{self_check, warn_of_noise};
pub use sequential::confidences;
pub use workload::Difference;

use self::evidence::fault;
use crate::summary::{COMPARISON_SCHEMA, Comparison, Finding, RunOfSide, Side, Summary};
use crate::units::{Seed, sum};

/// How sure all intervals of the gating metrics are together.
const FAMILY: f64 = 0.95;

/// How a comparison is made.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Margins that replace those of the metrics, by name.
    pub margins: BTreeMap<String, f64>,
    /// Whether runs of scenarios that differ are compared all the same, for information.
    pub allow_changed_scenario: bool,
    /// Whether the sides differ in settings on purpose: in how tokens are signed, above all.
    pub settings_differ: bool,
    /// How sure each gating interval is, where it is looked at more than once; else as sure as
    /// makes all of them together hold with 95 %.
    pub confidence: Option<f64>,
    /// The seed of what is drawn by chance.
    pub seed: Seed,
}

/// Why two sets of runs cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// They did not do the same.
    #[error("the runs did not do the same work")]
    Unlike(Vec<Difference>),
    /// One side has no run that says anything.
    #[error("no run of the {side} can be compared")]
    Nothing {
        /// `baseline` or `candidate`.
        side: &'static str,
        /// What is wrong with each.
        reasons: Vec<String>,
    },
    /// The runs should be of one build, but are of this many commits.
    #[error("the runs are of {0} commits; noise is measured between runs of one commit")]
    SeveralBuilds(usize),
    /// There is only one run.
    #[error("one run alone cannot be compared with itself")]
    Alone,
}

/// Compares runs.
///
/// # Errors
///
/// Runs that did different work, and sides none of whose runs came to a valid end.
pub fn compare(
    baseline: &[Summary],
    candidate: &[Summary],
    options: &Options,
) -> Result<Comparison, CompareError> {
    let mut notes = Vec::new();
    let (before, after) = usable(baseline, candidate, &mut notes)?;
    let mut differences = workload::differences(&before, &after);
    if options.settings_differ {
        differences.retain(|difference| !difference.is_of_settings());
    }
    let differences = workload::to_be_told(differences);
    let mut reasons = Vec::new();
    if !differences.is_empty() {
        if !options.allow_changed_scenario {
            return Err(CompareError::Unlike(differences));
        }
        reasons.extend(differences.iter().map(Difference::to_string));
    }
    let design = design::of(&before, &after);
    reasons.extend(design.advisory_reasons());
    reasons.extend(sides::reasons(&before, &after));
    reasons.extend(workload::machines(&before, &after));
    notes.extend(sides::doubts("baseline", &before));
    notes.extend(sides::doubts("candidate", &after));
    let judged = judge::all(&design, options);
    notes.extend(judged.notes);
    notes.extend(figures::notes(&judged.metrics));
    let gating = || judged.metrics.iter().filter(|metric| metric.gates);
    Ok(Comparison {
        schema: COMPARISON_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: before[0].run.scenario.clone(),
        baseline: side(&design.before),
        candidate: side(&design.after),
        design: design.kind,
        finding: gating()
            .map(|metric| metric.finding)
            .max()
            .unwrap_or(Finding::TooNoisy),
        advisory: !reasons.is_empty(),
        advisory_reasons: reasons,
        cause: cause::sentence(&judged.metrics),
        notes,
        confidence: judged.confidence,
        shift: shift_function::shift(&design),
        spectra: shift_function::spectra(&design),
        metrics: judged.metrics,
    })
}

/// The runs of both sides that came to a valid end with something in them. Of the others it is
/// said why not; where runs are pairs, a run goes with its partner.
fn usable<'s>(
    baseline: &'s [Summary],
    candidate: &'s [Summary],
    notes: &mut Vec<String>,
) -> Result<(Vec<&'s Summary>, Vec<&'s Summary>), CompareError> {
    let before = each_once("baseline", baseline, notes);
    let after = each_once("candidate", candidate, notes);
    let design = design::of(&before, &after);
    let is_whole = |run: &&Summary| fault(run).is_none();
    let kept: (Vec<_>, Vec<_>) = if design.is_paired {
        let pairs = design.before.iter().zip(&design.after);
        let whole = pairs.filter(|(before, after)| is_whole(before) && is_whole(after));
        whole.map(|(before, after)| (*before, *after)).unzip()
    } else {
        let whole = |runs: &[&'s Summary]| runs.iter().copied().filter(is_whole).collect();
        (whole(&before), whole(&after))
    };
    let faults = [("baseline", &before), ("candidate", &after)].map(|(side, runs)| {
        let told = runs
            .iter()
            .filter_map(|run| Some(told(side, run, fault(run)?)));
        (side, told.collect::<Vec<_>>())
    });
    let is_empty = [kept.0.is_empty(), kept.1.is_empty()];
    if is_empty.contains(&true) {
        // Pairs leave both sides empty; then the side with the most faults is the one to blame.
        let sides = faults.into_iter().zip(is_empty);
        let worst = sides.max_by_key(|((_, reasons), is_empty)| (*is_empty, reasons.len()));
        let (side, reasons) = worst.map(|(side, _)| side).unwrap_or_default();
        return Err(CompareError::Nothing { side, reasons });
    }
    let with = if design.is_paired {
        " with its partner"
    } else {
        ""
    };
    let reasons = faults.into_iter().flat_map(|(_, reasons)| reasons);
    notes.extend(reasons.map(|reason| format!("{reason}, and is left out{with}")));
    Ok(kept)
}

/// The runs of a side without those that are there already; of these it is said.
fn each_once<'s>(side: &str, runs: &'s [Summary], notes: &mut Vec<String>) -> Vec<&'s Summary> {
    let mut kept: Vec<&Summary> = Vec::with_capacity(runs.len());
    for run in runs {
        if kept.iter().any(|known| known.run.id == run.run.id) {
            let what = told(side, run, "is there more than once");
            notes.push(format!("{what}, and is counted once"));
        } else {
            kept.push(run);
        }
    }
    kept
}

fn told(side: &str, summary: &Summary, fault: &str) -> String {
    format!(
        "{side}: the run of {} ({}) {fault}",
        summary.run.started_at, summary.run.id
    )
}

/// Values without those that are there already.
fn distinct<T: PartialEq>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut seen = Vec::new();
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}

fn side(runs: &[&Summary]) -> Side {
    let completed = sum(runs.iter().map(|summary| summary.counts.completed));
    let runs = || runs.iter().map(|summary| &summary.run);
    Side {
        commits: distinct(runs().filter_map(|run| run.commit.clone())),
        targets: distinct(runs().map(|run| run.target.clone())),
        completed,
        runs: runs()
            .map(|run| RunOfSide {
                id: run.id.clone(),
                started_at: run.started_at.clone(),
                commit: run.commit.clone(),
            })
            .collect(),
    }
}
