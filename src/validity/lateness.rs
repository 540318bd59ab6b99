//! The generator that woke late, or stood still.

use super::health::Health;
use super::reasons::{Limits, ReasonList};
use crate::phase::Phase;
use crate::summary::{Model, ReasonCode, Summary, Validity};
use crate::units::{Nanos, float};

/// The generator's lateness at p99 as a share of the median of the network phase.
///
/// The network phase contains only the target and the wire; the latency contains the generator's own
/// backlog too. Repeated runs differ by a twentieth anyway. A reader would blame a quarter on the target.
const LAG_SHARE: Limits = Limits {
    degraded: 0.05,
    invalid: 0.25,
};

/// Lateness below these limits does not count against a run, however fast its target is.
const LAG_NS: Limits = Limits {
    degraded: 1e6,
    invalid: 5e6,
};

/// The generator's lateness as a share of the latency of the iterations near p99: the p99
/// of a short run may consist of a few late wake-ups that the p99 of the lag does not show.
const TAIL_LAG: Limits = Limits {
    degraded: 0.25,
    invalid: 0.75,
};

/// The longest pause of the generator, in nanoseconds. A longer one takes more than two hundredths of a
/// run of ten seconds.
const STALL_NS: Limits = Limits {
    degraded: 250e6,
    invalid: f64::INFINITY,
};

/// The longest pause of the generator as a share of the run. The arrivals that are due in a longer one
/// decide the p99.
const STALL_SHARE: f64 = 0.01;

/// No pause below this makes a run invalid, however short the run: a busy machine has them.
const STALL_INVALID: Nanos = Nanos::SECOND;

impl ReasonList {
    pub(super) fn of_lag(&mut self, summary: &Summary) {
        let (Some(lag), Some(network)) = (summary.phase(Phase::Lag), summary.phase(Phase::Network))
        else {
            return;
        };
        let late = Nanos(lag.p99_ns) - tick(summary);
        let late_ns = float(late.0);
        let share = late_ns / float(network.p50_ns).max(1.0);
        let validity = LAG_SHARE.judge(share).min(LAG_NS.judge(late_ns));
        let is_late = LAG_NS.judge(late_ns).is_some();
        let beyond = match tick(summary) {
            Nanos::ZERO => String::new(),
            tick => format!(" beyond its tick of {tick}"),
        };
        // The report mentions the lateness even if it does not count against the run.
        let told = validity.or(is_late.then_some(Validity::Valid));
        self.add(told, ReasonCode::GeneratorLag, || {
            format!(
                "the generator woke {} late at p99{beyond}, {:.0} % of the median network time: {}",
                late,
                share * 100.0,
                if validity.is_some() {
                    "the machine was too busy"
                } else {
                    "too little to matter at this target"
                }
            )
        });
    }

    pub(super) fn of_tail(&mut self, summary: &Summary) {
        let near = &summary.split.p99;
        let late_ns = (near.lag_ns - float(tick(summary).0)).max(0.0);
        let share = late_ns / near.latency_ns.max(1.0);
        let validity = TAIL_LAG.judge(share).min(LAG_NS.judge(late_ns));
        self.add(validity, ReasonCode::GeneratorLagInTail, || {
            format!(
                "{:.0} % of the latency near p99 is the generator's own lateness",
                share * 100.0
            )
        });
    }

    pub(super) fn of_wakeups(&mut self, summary: &Summary, health: &Health) {
        let (Some((p99, most)), Some(latency)) = (health.wakeup, summary.phase(Phase::Latency))
        else {
            return;
        };
        let share = float(most.0) / float(health.over.0.max(1));
        let stalled = STALL_NS.judge(float(most.0)).map(|stalled| {
            if most > STALL_INVALID && share > STALL_SHARE {
                Validity::Invalid
            } else {
                stalled
            }
        });
        self.add(stalled, ReasonCode::GeneratorStalled, || {
            format!("the generator stood still for {most}")
        });
        // In an open model the lag of each arrival shows more.
        if summary.run.model == Model::Open {
            return;
        }
        let late_ns = float(p99.0);
        let share = late_ns / float(latency.p50_ns).max(1.0);
        let validity = LAG_SHARE.judge(share).min(LAG_NS.judge(late_ns));
        self.add(validity, ReasonCode::LateWakeups, || {
            format!("a thread that only waits woke {p99} late at p99: the machine was too busy")
        });
    }
}

/// How late the scenario itself makes callouts: the longest tick of its loads, which does not count
/// against the generator.
fn tick(summary: &Summary) -> Nanos {
    Nanos(summary.run.load.tick_ns.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_judged, health, sound};
    use super::*;
    use crate::validity::judge;

    // At a slow target a late wake-up does not matter, but the report mentions it.
    #[test]
    fn lateness_that_is_not_held_against_a_run_is_told() {
        let code = ReasonCode::GeneratorLag;
        let mut summary = sound();
        let lag = summary.phases.entry(Phase::Lag).or_default();
        lag.p99_ns = 1_400_000;
        let network = summary.phases.entry(Phase::Network).or_default();
        network.p50_ns = 40_000_000;
        for told in ["1.40 ms", "4 %"] {
            assert_judged(&summary, &health(), Validity::Valid, code, told);
        }
    }

    // The user asked for the lateness of a tick, and not for more.
    #[test]
    fn a_tick_does_not_count_against_the_generator() {
        let mut summary = sound();
        let late = |summary: &mut Summary, p99_ns| {
            let lag = summary.phases.entry(Phase::Lag).or_default();
            lag.p99_ns = p99_ns;
        };
        summary.run.load.tick_ns = Some(1_000_000);
        late(&mut summary, 1_900_000);
        assert_eq!(judge(&summary, &health()).verdict, Validity::Valid);
        late(&mut summary, 2_900_000);
        let code = ReasonCode::GeneratorLag;
        let told = "1.90 ms late at p99 beyond its tick of 1.00 ms";
        assert_judged(&summary, &health(), Validity::Degraded, code, told);
    }

    // If the generator is far behind, the latency consists of its own lateness.
    #[test]
    fn a_backlog_of_the_generators_own_is_no_yardstick() {
        let mut summary = sound();
        let lag = summary.phases.entry(Phase::Lag).or_default();
        lag.p99_ns = 1_560_000_000;
        let latency = summary.phases.entry(Phase::Latency).or_default();
        latency.p50_ns = 7_900_000_000;
        let code = ReasonCode::GeneratorLag;
        assert_judged(&summary, &health(), Validity::Invalid, code, "1.56 s");
    }

    #[test]
    fn a_p99_that_is_made_of_our_own_lateness_is_told() {
        let mut summary = sound();
        summary.split.p99.lag_ns = 6e6;
        summary.split.p99.latency_ns = 12e6;
        let code = ReasonCode::GeneratorLagInTail;
        assert_judged(&summary, &health(), Validity::Degraded, code, "50 %");
        // However large its share, a millisecond does not count against a run.
        summary.split.p99.lag_ns = 0.6e6;
        summary.split.p99.latency_ns = 1.2e6;
        assert_eq!(judge(&summary, &health()).verdict, Validity::Valid);
    }

    #[test]
    fn a_stall_is_told_even_if_no_percentile_shows_it() {
        let stalled = Health {
            wakeup: Some((Nanos::from_millis(1), Nanos::from_millis(1_000))),
            ..health()
        };
        let code = ReasonCode::GeneratorStalled;
        assert_judged(&sound(), &stalled, Validity::Degraded, code, "1.00 s");
    }

    // Two seconds are a fifth of the run, but a thousandth of half an hour.
    #[test]
    fn a_stall_that_is_much_of_the_run_makes_it_invalid() {
        let stalled = Health {
            wakeup: Some((Nanos::from_millis(1), Nanos::from_secs(2))),
            ..health()
        };
        let code = ReasonCode::GeneratorStalled;
        assert_judged(&sound(), &stalled, Validity::Invalid, code, "2.00 s");
        let long = Health {
            over: Nanos::from_secs(1_800),
            ..stalled
        };
        assert_judged(&sound(), &long, Validity::Degraded, code, "2.00 s");
    }

    #[test]
    fn users_have_no_lag_so_late_wake_ups_tell_of_a_busy_machine() {
        let late = Health {
            wakeup: Some((Nanos::from_millis(60), Nanos::from_millis(90))),
            ..health()
        };
        let mut summary = sound();
        assert_eq!(judge(&summary, &late).verdict, Validity::Valid);
        summary.run.model = Model::Closed;
        let code = ReasonCode::LateWakeups;
        assert_judged(&summary, &late, Validity::Invalid, code, "60.0 ms");
    }
}
