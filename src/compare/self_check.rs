//! Runs of one build compared among themselves: whatever is found is noise.

use super::{CompareError, Options, compare, distinct};
use crate::summary::{Comparison, NOISE_SCHEMA, NoiseFloor, Summary};
use crate::units::count;

/// Parts runs of one build into two sides that were taken in turn, in the order of their start:
/// A B, B A, A B. One that is left over is left out.
fn sides(runs: &[Summary]) -> (Vec<Summary>, Vec<Summary>) {
    let mut runs = runs.to_vec();
    runs.sort_by(|left, right| left.run.started_at.cmp(&right.run.started_at));
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (pair, two) in runs.chunks_exact(2).enumerate() {
        let [first, second] = two else { continue };
        let is_turned = pair % 2 == 1;
        left.push(if is_turned { second } else { first }.clone());
        right.push(if is_turned { first } else { second }.clone());
    }
    (left, right)
}

/// Compares runs of one build among themselves, and tells the noise floor.
///
/// # Errors
///
/// Those of a comparison.
pub fn self_check(
    runs: &[Summary],
    options: &Options,
) -> Result<(Comparison, NoiseFloor), CompareError> {
    let builds = distinct(runs.iter().map(|run| run.run.commit.as_deref())).len();
    if builds > 1 {
        return Err(CompareError::SeveralBuilds(builds));
    }
    if runs.len() < 2 {
        return Err(CompareError::Alone);
    }
    let (left, right) = sides(runs);
    let comparison = compare(&left, &right, options)?;
    let metrics = || comparison.metrics.iter();
    let alarms = metrics().filter(|metric| metric.gates && metric.finding.is_change());
    let floor = NoiseFloor {
        schema: NOISE_SCHEMA.to_owned(),
        scenario: comparison.scenario.clone(),
        pairs: count(comparison.baseline.runs.len()),
        detectable: metrics()
            .filter_map(|metric| Some((metric.name.clone(), metric.detectable?)))
            .collect(),
        alarms: alarms.map(|metric| metric.name.clone()).collect(),
    };
    Ok((comparison, floor))
}

/// What the noise of the baseline says of a comparison with it: of which gating metrics a change
/// as large as the margin is below its floor.
pub fn warn_of_noise(comparison: &mut Comparison, floor: &NoiseFloor) {
    if floor.scenario != comparison.scenario {
        comparison.notes.push(format!(
            "the noise floor beside the baseline is of the scenario {:?}, so it does not apply here",
            floor.scenario
        ));
        return;
    }
    for metric in comparison.metrics.iter().filter(|metric| metric.gates) {
        let least = floor.detectable.get(&metric.name).copied();
        if let Some(least) = least.filter(|least| *least > metric.margin) {
            let percent = least * 100.0;
            let least = match metric.unit.as_str() {
                "share" => format!("{percent:.2} pp"),
                _ => format!("{percent:.1} %"),
            };
            comparison.notes.push(format!(
                "{}: runs of the baseline alone differ so much that {} pairs cannot show a change below {least}",
                metric.name, floor.pairs
            ));
        }
    }
}
