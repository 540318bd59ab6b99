//! The machine: its clocks, its processors, and who else is on them.

use super::drift::Drift;
use super::health::Health;
use super::reasons::{Limits, ReasonList};
use crate::summary::{ReasonCode, Validity};
use crate::units::Nanos;

/// How far the clocks may go apart: less is the correction that every machine's clock gets.
const DRIFT_MAX: Nanos = Nanos::SECOND;

/// The generator's own CPU time as a share of all cores.
const OWN_CPU: Limits = Limits {
    degraded: 0.9,
    invalid: f64::INFINITY,
};

/// CPU time that a hypervisor gave to others, as a share of all cores.
const STEAL: Limits = Limits {
    degraded: 0.05,
    invalid: 0.25,
};

impl ReasonList {
    pub(super) fn of_clocks(&mut self, drift: Drift) {
        let slept = (drift.slept > DRIFT_MAX).then_some(Validity::Invalid);
        self.add(slept, ReasonCode::MachineSlept, || {
            format!(
                "the machine was suspended for {} during the run: latencies across it mean nothing",
                drift.slept
            )
        });
        for (step, direction, iat) in [
            (drift.ahead, "forward", "behind"),
            (drift.behind, "back", "ahead"),
        ] {
            let stepped = (step > DRIFT_MAX).then_some(Validity::Degraded);
            self.add(stepped, ReasonCode::ClockStepped, || {
                format!(
                    "the wall clock was set {direction} by {step} during the run: tokens keep the clock \
                     of the start, so their iat was {step} {iat}"
                )
            });
        }
    }

    pub(super) fn of_machine(&mut self, own_cpu: Option<f64>, steal: Option<f64>, health: &Health) {
        let busy = own_cpu.unwrap_or_default();
        self.add(OWN_CPU.judge(busy), ReasonCode::CpuBusy, || {
            format!("this process used {:.0} % of all cores", busy * 100.0)
        });
        let stolen = steal.unwrap_or_default();
        self.add(STEAL.judge(stolen), ReasonCode::CpuStolen, || {
            format!(
                "a hypervisor gave {:.0} % of the CPU time to other machines",
                stolen * 100.0
            )
        });
        self.add(
            health.debug_build.then_some(Validity::Degraded),
            ReasonCode::DebugBuild,
            || "leadbench itself is a debug build, which is several times slower: build it with `cargo build --release`".to_owned(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_judged, health, sound};
    use super::*;
    use crate::validity::judge;

    #[test]
    fn clocks_that_went_apart_are_told() {
        let drifted = |drift| Health { drift, ..health() };
        let step = Nanos::from_secs(3);
        let ahead = drifted(Drift {
            ahead: step,
            ..Drift::default()
        });
        let code = ReasonCode::ClockStepped;
        assert_judged(&sound(), &ahead, Validity::Degraded, code, "forward");
        let behind = drifted(Drift {
            behind: step,
            ..Drift::default()
        });
        assert_judged(&sound(), &behind, Validity::Degraded, code, "back");
        let slept = drifted(Drift {
            slept: step,
            ..Drift::default()
        });
        let code = ReasonCode::MachineSlept;
        assert_judged(&sound(), &slept, Validity::Invalid, code, "3.00 s");
        let corrected = drifted(Drift {
            ahead: Nanos::from_millis(900),
            ..Drift::default()
        });
        assert_eq!(judge(&sound(), &corrected).verdict, Validity::Valid);
    }

    #[test]
    fn a_neighbour_on_the_same_machine_is_told() {
        let busy = Health {
            steal: Some(Nanos::from_secs(6)),
            ..health()
        };
        let code = ReasonCode::CpuStolen;
        assert_judged(&sound(), &busy, Validity::Invalid, code, "30 %");
        // The same in a container that may use 2 of 64 processors.
        let large = Health {
            machine_time: Some(Nanos::from_secs(640)),
            ..busy
        };
        assert_eq!(judge(&sound(), &large).verdict, Validity::Valid);
        let busy = Health {
            own_cpu: Nanos::from_secs(19),
            ..health()
        };
        let code = ReasonCode::CpuBusy;
        assert_judged(&sound(), &busy, Validity::Degraded, code, "95 %");
    }
}
