//! Random choices of a target: the same for the same seed and request on every thread.

use crate::units::{Latency, Nanos, float, scrambled, unit_fraction, whole};

/// The purpose of a draw, so that two draws for one request differ.
#[derive(Clone, Copy, Debug)]
pub(super) enum DrawPurpose {
    Latency = 1,
    Trouble = 2,
}

/// The 99th percentile of the normal distribution.
const NORMAL_P99: f64 = 2.326_347_874;

/// A number from 0 to 1, as if drawn.
pub(super) fn uniform(seed: u64, number: u64, what: DrawPurpose) -> f64 {
    let mixed = scrambled(
        seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ (what as u64).wrapping_mul(0xD1B5_4A32_D192_ED03),
    );
    unit_fraction(mixed)
}

/// How long the request with this number takes, without its wait for others.
pub(super) fn service_time(latency: Latency, seed: u64, number: u64) -> Nanos {
    let first = || uniform(seed, number, DrawPurpose::Latency);
    match latency {
        Latency::Constant(span) | Latency::OneSteadyServer(span) => span,
        Latency::Exponential(mean) | Latency::OneServer(mean) => {
            Nanos(whole(-(1.0 - first()).ln() * float(mean.0)))
        }
        Latency::LogNormal { p50, p99 } => {
            let second = uniform(seed ^ u64::MAX, number, DrawPurpose::Latency);
            // Box and Muller, 1958.
            let radius = (-2.0 * (1.0 - first()).ln()).sqrt();
            let normal = radius * (std::f64::consts::TAU * second).cos();
            let sigma = (float(p99.0) / float(p50.0)).ln() / NORMAL_P99;
            Nanos(whole(float(p50.0) * (sigma * normal).exp()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(latency: Latency) -> Vec<f64> {
        let spans = (0..20_000).map(|number| service_time(latency, 7, number).as_secs_f64() * 1e3);
        let mut spans: Vec<_> = spans.collect();
        spans.sort_by(f64::total_cmp);
        spans
    }

    // Of 20,000 draws, to four standard errors or more.
    #[test]
    fn draws_have_the_percentiles_and_the_mean_that_were_asked_for() {
        let ms = Nanos::from_millis;
        let normal = sorted(Latency::LogNormal {
            p50: ms(5),
            p99: ms(40),
        });
        assert!((4.8..5.2).contains(&normal[10_000]), "{}", normal[10_000]);
        assert!((36.0..45.0).contains(&normal[19_800]), "{}", normal[19_800]);
        let exponential = sorted(Latency::Exponential(ms(5)));
        let mean = exponential.iter().sum::<f64>() / 20_000.0;
        assert!((4.85..5.15).contains(&mean), "{mean}");
    }
}
