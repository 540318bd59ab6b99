//! After a trial that failed: waiting until the target is as it was.

use tokio::time::Instant;

use super::measurer::{Measured, Measurer};
use crate::cli::exit::Failure;
use crate::phase::Phase;
use crate::search::Observation;
use crate::summary::Summary;
use crate::units::Nanos;

/// How long the target is probed at a time.
const PROBED: Nanos = Nanos::from_secs(2);

/// How far the median of a few probes may be above that of the lowest load.
const ABOVE: u64 = 2;

/// A median that is above it by this much or less is always good enough.
const ABOVE_ANYWAY: Nanos = Nanos::from_millis(1);

/// Probes the target until all probes succeed and their median is that of the lowest load, but not longer
/// than `within`.
pub(super) fn wait(
    measurer: &mut Measurer<'_>,
    lowest: Option<&Summary>,
    within: Nanos,
) -> Result<Observation, Failure> {
    let began = Instant::now();
    loop {
        let measured = measurer.probe(PROBED)?;
        let took = Nanos::from(began.elapsed());
        match measured {
            Measured::Interrupted => return Ok(Observation::Interrupted),
            Measured::Ended(probes) if is_back(&probes, lowest) => {
                return Ok(Observation::Recovered { took });
            }
            Measured::Ended(_) => {}
            Measured::Unreachable(_) => measurer.stops.wait(PROBED.as_duration()),
        }
        if took >= within {
            return Ok(Observation::NotRecovered { took });
        }
    }
}

/// Whether probes show the target as it was at the lowest load.
fn is_back(probes: &Summary, lowest: Option<&Summary>) -> bool {
    let median = |summary: &Summary| summary.phase(Phase::Latency).map(|stats| stats.p50_ns);
    let counts = &probes.counts;
    if counts.ok == 0 || counts.ok < counts.planned {
        return false;
    }
    let usual = lowest.and_then(median);
    let most = usual.map(|usual| (usual * ABOVE).max(usual + ABOVE_ANYWAY.0));
    most.zip(median(probes))
        .is_none_or(|(most, now)| now <= most)
}
