//! `latency.hgrm`: the percentile distribution as `HdrHistogram`'s own tools write and plot it.

use std::fmt::Write as _;

use crate::phase::Phase;
use crate::summary::Summary;
use crate::units::float;

/// Values are in milliseconds, as its plotters expect.
const UNIT_NS: f64 = 1e6;

/// The histogram's own layout: 1 ns to 1 h at three significant figures.
const LAYOUT: &str = "#[Buckets =           32, SubBuckets     =         2048]\n";

/// Writes the spectrum of the latency; of a run without successes the head and an empty foot.
pub(super) fn render(summary: &Summary) -> Vec<u8> {
    let mut text = format!(
        "{:>12} {:>14} {:>10} {:>14}\n\n",
        "Value", "Percentile", "TotalCount", "1/(1-Percentile)"
    );
    let stats = summary.phase(Phase::Latency);
    let samples = stats.map_or(0, |stats| stats.count);
    let points = summary.spectrum.get(&Phase::Latency);
    for point in points.into_iter().flatten() {
        let quantile = point.quantile.clamp(0.0, 1.0);
        let value = float(point.value_ns) / UNIT_NS;
        let count = (quantile * float(samples)).ceil();
        let line = if quantile < 1.0 {
            let inverse = 1.0 / (1.0 - quantile);
            writeln!(
                text,
                "{value:>12.3} {quantile:>2.12} {count:>10} {inverse:>14.2}"
            )
        } else {
            writeln!(text, "{value:>12.3} {quantile:>2.12} {count:>10}")
        };
        // Writing to a string cannot fail.
        line.unwrap_or_default();
    }
    let of = |value: fn(&crate::summary::PhaseStats) -> f64| stats.map_or(0.0, value) / UNIT_NS;
    write!(
        text,
        "#[Mean    = {:>12.3}, StdDeviation   = {:>12.3}]\n\
         #[Max     = {:>12.3}, Total count    = {samples:>12}]\n{LAYOUT}",
        of(|stats| stats.mean_ns),
        of(|stats| stats.stdev_ns),
        of(|stats| float(stats.max_ns)),
    )
    .unwrap_or_default();
    text.into_bytes()
}
