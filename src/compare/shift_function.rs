//! Which parts of the distribution moved, and by how much.

use super::design::Design;
use crate::phase::Phase;
use crate::statistics::{CONFIDENCE, Evidence, median};
use crate::summary::{ShiftPoint, Spectra, SpectrumPoint, Summary};
use crate::units::{float, whole};

/// The places that are looked at.
const PLACES: [f64; 12] = [
    0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999,
];

/// By how much each place of the latency moved; nothing where runs are too few to say.
pub(super) fn shift(design: &Design<'_>) -> Vec<ShiftPoint> {
    let point = |quantile: f64| {
        let of = |summary: &&Summary| at(spectrum(summary)?, quantile).map(f64::ln);
        let values = |runs: &[&Summary]| runs.iter().map(of).collect::<Option<Vec<_>>>();
        let (before, after) = (values(&design.before)?, values(&design.after)?);
        let evidence = if design.is_paired {
            let pairs = before.iter().zip(&after);
            let differences: Vec<f64> = pairs.map(|(before, after)| after - before).collect();
            Evidence::of_pairs_by_mean(&differences)
        } else {
            Evidence::of_groups_by_mean(&before, &after)
        };
        let shift = evidence?.at(CONFIDENCE)?;
        Some(ShiftPoint {
            quantile,
            change: shift.estimate.exp_m1(),
            low: shift.low.exp_m1(),
            high: shift.high.exp_m1(),
        })
    };
    PLACES.into_iter().filter_map(point).collect()
}

/// The spectra of both sides: at each place the median of the side's runs.
pub(super) fn spectra(design: &Design<'_>) -> Spectra {
    Spectra {
        baseline: together(&design.before),
        candidate: together(&design.after),
    }
}

fn together(runs: &[&Summary]) -> Vec<SpectrumPoint> {
    let spectra: Vec<_> = runs.iter().filter_map(|run| spectrum(run)).collect();
    // As far as the run that goes least far, so that each point is of all runs.
    let Some(shortest) = spectra.iter().min_by_key(|points| points.len()) else {
        return Vec::new();
    };
    let point = |place: &SpectrumPoint| {
        let values: Option<Vec<f64>> = spectra
            .iter()
            .map(|points| at(points, place.quantile))
            .collect();
        Some(SpectrumPoint {
            quantile: place.quantile,
            value_ns: whole(median(&values?)?),
        })
    };
    shortest.iter().filter_map(point).collect()
}

fn spectrum(summary: &Summary) -> Option<&[SpectrumPoint]> {
    let points = summary.spectrum.get(&Phase::Latency)?;
    (points.len() > 1).then_some(points.as_slice())
}

/// The value at a place, between its two neighbours; none beyond what was seen.
fn at(points: &[SpectrumPoint], quantile: f64) -> Option<f64> {
    let above = points.iter().position(|point| point.quantile >= quantile)?;
    let right = &points[above];
    let Some(left) = above.checked_sub(1).map(|place| &points[place]) else {
        return Some(float(right.value_ns));
    };
    let width = right.quantile - left.quantile;
    let share = if width > 0.0 {
        (quantile - left.quantile) / width
    } else {
        1.0
    };
    let (low, high) = (float(left.value_ns), float(right.value_ns));
    Some(low + (high - low) * share).filter(|value| *value > 0.0)
}
