//! Whether the figures describe the target or the generator.

use super::Drift;
use crate::phase::Phase;
use crate::sample::Outcome;
use crate::summary::{Measurement, Model, Summary, Validity};
use crate::units::{Nanos, float};

/// How the generator itself fared: readings of the machine, handed in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Health {
    /// How long these readings span: from the first arrival on, also past the last one.
    pub over: Nanos,
    /// CPU time that this process has used in that time.
    pub own_cpu: Nanos,
    /// CPU time that a hypervisor gave to others in that time, over all cores.
    pub steal: Option<Nanos>,
    /// The largest resident memory in bytes.
    pub peak_rss_bytes: Option<u64>,
    /// How late a thread was that only wakes up: at the 99th percentile, and at most.
    pub wakeup: Option<(Nanos, Nanos)>,
    /// How far the clocks of the machine went apart.
    pub drift: Drift,
    /// Logical processors.
    pub cores: u32,
    /// Whether this is a debug build, whose figures are several times too high.
    pub debug_build: bool,
}

impl Health {
    /// CPU time as a share of all cores over a span.
    pub(super) fn cpu_share(&self, spent: Nanos, span: Nanos) -> Option<f64> {
        let available = span.as_secs_f64() * f64::from(self.cores);
        (available > 0.0).then(|| spent.as_secs_f64() / available)
    }
}

/// Two limits of one symptom: past the first the figures are degraded, past the second
/// they are invalid.
struct Limits {
    degraded: f64,
    invalid: f64,
}

impl Limits {
    const fn judge(&self, value: f64) -> Option<Validity> {
        if value > self.invalid {
            Some(Validity::Invalid)
        } else if value > self.degraded {
            Some(Validity::Degraded)
        } else {
            None
        }
    }
}

/// The mean wait for a signer, in signatures. By the queue M/D/1 it is 3 where signers are 86 %
/// busy and 10 where they are 95 %; beyond, they and not the target set the pace. Unlike their
/// own reckoning of time it also shows signers that others keep off the processor.
const SIGNER_QUEUE: Limits = Limits {
    degraded: 3.0,
    invalid: 10.0,
};

/// From this share of the arrivals on, those that waited for a slot are told: the p99 is
/// then made of their wait.
const QUEUED_DEGRADED: f64 = 0.01;

/// The generator's lateness at p99 as a share of the median latency. A twentieth is
/// within what repeated runs differ by; a quarter would be read as the target's doing.
const LAG_SHARE: Limits = Limits {
    degraded: 0.05,
    invalid: 0.25,
};
/// Lateness below these is not held against any run, however fast its target.
const LAG_NS: Limits = Limits {
    degraded: 1e6,
    invalid: 5e6,
};
/// The generator's lateness as a share of the latency of the iterations near p99: the p99
/// of a short run may be made of a few late wake-ups that its lag's own p99 does not show.
const TAIL_LAG: Limits = Limits {
    degraded: 0.25,
    invalid: f64::INFINITY,
};
/// The longest that the generator may stand still, in nanoseconds. A run of ten seconds
/// loses more than two hundredths of its instants to a longer one.
const STALL_NS: Limits = Limits {
    degraded: 250e6,
    invalid: f64::INFINITY,
};
/// The longest that it may stand still as a share of the run. What lies within it is the p99 of
/// what was due.
const STALL_SHARE: f64 = 0.01;
/// No pause below this makes a run invalid, however short the run: a busy machine has them.
const STALL_INVALID: Nanos = Nanos::SECOND;
/// How far the clocks may go apart: less is the correction that every machine's clock gets.
const DRIFT_MAX: Nanos = Nanos::SECOND;
/// The share of iterations that waited for a token which should have been ready. Past a
/// hundredth the p99 itself is made of them.
const STARVED: Limits = Limits {
    degraded: 0.001,
    invalid: 0.01,
};
/// The share of the latency that no phase accounts for.
const RESIDUAL: Limits = Limits {
    degraded: 0.01,
    invalid: 0.05,
};
/// Unaccounted time below these is not held against any run: at a target that answers in
/// a tenth of a millisecond, writing the request is a tenth of the latency.
const RESIDUAL_NS: Limits = Limits {
    degraded: 1e5,
    invalid: 1e6,
};
/// How busy the signers may be. A queue in front of a server that is 95 % busy is, on
/// average, ten times its service time long (M/D/1).
const SIGNERS: Limits = Limits {
    degraded: 0.8,
    invalid: 0.95,
};
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
/// The share of answers that say 429: what is measured is then the limiter.
const LIMITED: Limits = Limits {
    degraded: 0.01,
    invalid: f64::INFINITY,
};

/// Judges a measurement from its own summary and the generator's health.
pub fn judge(summary: &Summary, health: &Health) -> Measurement {
    let own_cpu = health.cpu_share(health.own_cpu, health.over);
    let steal = health
        .steal
        .and_then(|steal| health.cpu_share(steal, health.over));
    let mut findings = Findings::default();
    findings.of_arrivals(summary);
    findings.of_queue(summary);
    findings.of_lag(summary);
    findings.of_tail(summary);
    findings.of_wakeups(summary, health);
    findings.of_clocks(health.drift);
    findings.of_signing(summary);
    findings.of_residual(summary);
    findings.of_outcomes(summary);
    findings.of_machine(own_cpu, steal, health);
    Measurement {
        verdict: findings.worst.unwrap_or(Validity::Valid),
        reasons: findings.reasons,
        own_cpu,
        own_cpu_ns: Some(health.own_cpu.0),
        steal,
        wakeup_p99_ns: health.wakeup.map(|(p99, _)| p99.0),
        wakeup_max_ns: health.wakeup.map(|(_, most)| most.0),
        peak_rss_bytes: health.peak_rss_bytes,
    }
}

#[derive(Default)]
struct Findings {
    worst: Option<Validity>,
    reasons: Vec<String>,
}

impl Findings {
    fn add(&mut self, validity: Option<Validity>, reason: impl FnOnce() -> String) {
        if let Some(validity) = validity {
            self.worst = self.worst.max(Some(validity));
            self.reasons.push(reason());
        }
    }

    fn of_arrivals(&mut self, summary: &Summary) {
        let counts = &summary.counts;
        let dropped = (counts.dropped > 0).then_some(Validity::Invalid);
        self.add(dropped, || {
            format!(
                "{} of {} arrivals were dropped because every slot was taken{}",
                counts.dropped,
                counts.planned,
                if counts.queued > 0 {
                    ", and the queue of an I/O worker was full: lower the rate, or raise max_in_flight"
                } else {
                    ": raise max_in_flight, or let them queue"
                }
            )
        });
    }

    fn of_queue(&mut self, summary: &Summary) {
        let counts = &summary.counts;
        let share = float(counts.queued) / float(counts.planned.max(1));
        let queued = (share >= QUEUED_DEGRADED).then_some(Validity::Degraded);
        self.add(queued, || {
            format!(
                "{} of {} arrivals waited for a slot: max_in_flight kept load from the target",
                counts.queued, counts.planned
            )
        });
    }

    fn of_lag(&mut self, summary: &Summary) {
        let (Some(lag), Some(latency)) = (summary.phase(Phase::Lag), summary.phase(Phase::Latency))
        else {
            return;
        };
        let late_ns = float(lag.p99_ns);
        let share = late_ns / float(latency.p50_ns).max(1.0);
        let validity = LAG_SHARE.judge(share).min(LAG_NS.judge(late_ns));
        let is_late = LAG_NS.judge(late_ns).is_some();
        // What is not held against the run is told all the same.
        let told = validity.or(is_late.then_some(Validity::Valid));
        self.add(told, || {
            format!(
                "the generator woke {} late at p99, {:.0} % of the median latency: {}",
                Nanos(lag.p99_ns),
                share * 100.0,
                if validity.is_some() {
                    "the machine was too busy"
                } else {
                    "too little to matter at this target"
                }
            )
        });
    }

    fn of_tail(&mut self, summary: &Summary) {
        let near = &summary.split.p99;
        let share = near.lag_ns / near.latency_ns.max(1.0);
        let validity = TAIL_LAG.judge(share).min(LAG_NS.judge(near.lag_ns));
        self.add(validity, || {
            format!(
                "{:.0} % of the latency near p99 is the generator's own lateness",
                share * 100.0
            )
        });
    }

    fn of_wakeups(&mut self, summary: &Summary, health: &Health) {
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
        self.add(stalled, || format!("the generator stood still for {most}"));
        // In an open model each arrival's own lag tells more.
        if summary.run.model == Model::Open {
            return;
        }
        let late_ns = float(p99.0);
        let share = late_ns / float(latency.p50_ns).max(1.0);
        let validity = LAG_SHARE.judge(share).min(LAG_NS.judge(late_ns));
        self.add(validity, || {
            format!("a thread that only waits woke {p99} late at p99: the machine was too busy")
        });
    }

    fn of_clocks(&mut self, drift: Drift) {
        let slept = (drift.slept > DRIFT_MAX).then_some(Validity::Invalid);
        self.add(slept, || {
            format!(
                "the machine slept for {} while the run went on: no latency across it means anything",
                drift.slept
            )
        });
        for (step, direction, iat) in [
            (drift.ahead, "forward", "behind"),
            (drift.behind, "back", "ahead"),
        ] {
            let stepped = (step > DRIFT_MAX).then_some(Validity::Degraded);
            self.add(stepped, || {
                format!(
                    "the wall clock was set {direction} by {step} while the run went on: tokens keep \
                     the clock of the start, so their iat was that much {iat}"
                )
            });
        }
    }

    fn of_signing(&mut self, summary: &Summary) {
        let signing = &summary.signing;
        let starved = float(signing.starved) / float(summary.counts.completed.max(1));
        self.add(STARVED.judge(starved), || {
            format!(
                "{:.2} % of iterations waited for a token that should have been ready: add signers or lower the rate",
                starved * 100.0
            )
        });
        let busy = signing.utilisation.unwrap_or_default();
        self.add(SIGNERS.judge(busy), || {
            format!(
                "the signers were {:.0} % busy: they, not the target, set the pace",
                busy * 100.0
            )
        });
        let (Some(wait), Some(sign)) = (summary.phase(Phase::SignWait), summary.phase(Phase::Sign))
        else {
            return;
        };
        let signatures = wait.mean_ns / sign.mean_ns.max(1.0);
        self.add(SIGNER_QUEUE.judge(signatures), || {
            format!(
                "a callout waited for a signer {signatures:.0} times as long as a signature takes: \
                 the signers had too much to do, or too little CPU time"
            )
        });
    }

    fn of_residual(&mut self, summary: &Summary) {
        let (Some(residual), Some(latency)) = (
            summary.phase(Phase::Residual),
            summary.phase(Phase::Latency),
        ) else {
            return;
        };
        let share = residual.mean_ns / latency.mean_ns.max(1.0);
        let validity = RESIDUAL
            .judge(share)
            .min(RESIDUAL_NS.judge(residual.mean_ns));
        self.add(validity, || {
            format!(
                "{:.1} % of the latency is in no phase: the generator's own work shows",
                share * 100.0
            )
        });
    }

    fn of_outcomes(&mut self, summary: &Summary) {
        let count = |outcome: Outcome| {
            summary
                .outcomes
                .get(outcome.as_str())
                .copied()
                .unwrap_or_default()
        };
        for (outcome, way_out) in [
            (
                Outcome::LocalPorts,
                "this machine had no local port left: keep connections alive, or widen the range \
                 (net.ipv4.ip_local_port_range)",
            ),
            (
                Outcome::LocalFiles,
                "this process had no file descriptor left: raise the limit (ulimit -n)",
            ),
            (Outcome::Signing, "tokens could not be signed"),
        ] {
            let met = count(outcome);
            self.add((met > 0).then_some(Validity::Invalid), || {
                format!("{met} iterations failed here, not at the target: {way_out}")
            });
        }
        let limited =
            float(count(Outcome::TooManyRequests)) / float(summary.counts.completed.max(1));
        self.add(LIMITED.judge(limited), || {
            format!(
                "{:.1} % of answers were 429: the target limits the rate",
                limited * 100.0
            )
        });
    }

    fn of_machine(&mut self, own_cpu: Option<f64>, steal: Option<f64>, health: &Health) {
        let busy = own_cpu.unwrap_or_default();
        self.add(OWN_CPU.judge(busy), || {
            format!("this process used {:.0} % of all cores", busy * 100.0)
        });
        let stolen = steal.unwrap_or_default();
        self.add(STEAL.judge(stolen), || {
            format!(
                "a hypervisor gave {:.0} % of the CPU time to others",
                stolen * 100.0
            )
        });
        self.add(health.debug_build.then_some(Validity::Degraded), || {
            "this is a debug build: run with --release".to_owned()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run with nothing against it.
    fn sound() -> Summary {
        let text = include_str!("../../tests/fixtures/summaries/typical.json");
        let summary: Summary = serde_json::from_str(text).unwrap();
        assert_eq!(judge(&summary, &health()).verdict, Validity::Valid);
        summary
    }

    fn health() -> Health {
        Health {
            over: Nanos::from_secs(10),
            cores: 2,
            wakeup: Some((Nanos::from_millis(1), Nanos::from_millis(9))),
            ..Health::default()
        }
    }

    #[track_caller]
    fn assert_judged(summary: &Summary, health: &Health, verdict: Validity, reason: &str) {
        let judged = judge(summary, health);
        assert_eq!(judged.verdict, verdict, "{:?}", judged.reasons);
        assert!(
            judged.reasons.iter().any(|told| told.contains(reason)),
            "{:?}",
            judged.reasons
        );
    }

    // At a slow target a late wake-up does not matter, but nobody need wonder.
    #[test]
    fn lateness_that_is_not_held_against_a_run_is_told() {
        let mut summary = sound();
        let lag = summary.phases.entry(Phase::Lag).or_default();
        lag.p99_ns = 1_400_000;
        let latency = summary.phases.entry(Phase::Latency).or_default();
        latency.p50_ns = 40_000_000;
        let told = "1.40 ms late at p99, 4 % of the median latency: too little to matter";
        assert_judged(&summary, &health(), Validity::Valid, told);
    }

    #[test]
    fn a_p99_that_is_made_of_our_own_lateness_is_told() {
        let mut summary = sound();
        summary.split.p99.lag_ns = 6e6;
        summary.split.p99.latency_ns = 12e6;
        let told = "50 % of the latency near p99";
        assert_judged(&summary, &health(), Validity::Degraded, told);
        // However large its share, a millisecond is held against nobody.
        summary.split.p99.lag_ns = 0.6e6;
        summary.split.p99.latency_ns = 1.2e6;
        assert_eq!(judge(&summary, &health()).verdict, Validity::Valid);
    }

    // Signers that count themselves idle, because others have the processor.
    #[test]
    fn a_long_wait_for_a_signer_is_ours_and_not_the_targets() {
        let mut summary = sound();
        let sign = summary.phase(Phase::Sign).unwrap().mean_ns;
        for (signatures, verdict) in [
            (2.0, Validity::Valid),
            (5.0, Validity::Degraded),
            (12.0, Validity::Invalid),
        ] {
            let wait = summary.phases.entry(Phase::SignWait).or_default();
            wait.mean_ns = sign * signatures;
            let judged = judge(&summary, &health());
            assert_eq!(judged.verdict, verdict, "{:?}", judged.reasons);
            let told = format!("{signatures:.0} times as long as a signature");
            let is_told = judged.reasons.iter().any(|reason| reason.contains(&told));
            assert_eq!(is_told, verdict != Validity::Valid);
        }
    }

    #[test]
    fn a_stall_is_told_even_if_no_percentile_shows_it() {
        let stalled = Health {
            wakeup: Some((Nanos::from_millis(1), Nanos::from_millis(1_000))),
            ..health()
        };
        let told = "stood still for 1.00 s";
        assert_judged(&sound(), &stalled, Validity::Degraded, told);
    }

    // Two seconds are a fifth of the run, but a thousandth of half an hour.
    #[test]
    fn a_stall_that_is_much_of_the_run_makes_it_invalid() {
        let stalled = Health {
            wakeup: Some((Nanos::from_millis(1), Nanos::from_secs(2))),
            ..health()
        };
        let told = "stood still for 2.00 s";
        assert_judged(&sound(), &stalled, Validity::Invalid, told);
        let long = Health {
            over: Nanos::from_secs(1_800),
            ..stalled
        };
        assert_judged(&sound(), &long, Validity::Degraded, told);
    }

    #[test]
    fn clocks_that_went_apart_are_told() {
        let drifted = |drift| Health { drift, ..health() };
        let step = Nanos::from_secs(3);
        let ahead = drifted(Drift {
            ahead: step,
            ..Drift::default()
        });
        let told = "set forward by 3.00 s";
        assert_judged(&sound(), &ahead, Validity::Degraded, told);
        let behind = drifted(Drift {
            behind: step,
            ..Drift::default()
        });
        let told = "set back by 3.00 s";
        assert_judged(&sound(), &behind, Validity::Degraded, told);
        let slept = drifted(Drift {
            slept: step,
            ..Drift::default()
        });
        let told = "the machine slept for 3.00 s";
        assert_judged(&sound(), &slept, Validity::Invalid, told);
        let corrected = drifted(Drift {
            ahead: Nanos::from_millis(900),
            ..Drift::default()
        });
        assert_eq!(judge(&sound(), &corrected).verdict, Validity::Valid);
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
        let told = "woke 60.0 ms late at p99";
        assert_judged(&summary, &late, Validity::Invalid, told);
    }

    #[test]
    fn dropped_arrivals_starved_callouts_and_busy_signers_are_told() {
        let mut summary = sound();
        summary.counts.dropped = 3;
        assert_judged(&summary, &health(), Validity::Invalid, "3 of ");
        let mut summary = sound();
        summary.signing.starved = summary.counts.completed / 200;
        assert_judged(
            &summary,
            &health(),
            Validity::Degraded,
            "waited for a token",
        );
        let mut summary = sound();
        summary.signing.utilisation = Some(0.97);
        assert_judged(&summary, &health(), Validity::Invalid, "97 % busy");
    }

    #[test]
    fn a_neighbour_on_the_same_machine_is_told() {
        let busy = Health {
            steal: Some(Nanos::from_secs(6)),
            ..health()
        };
        assert_judged(&sound(), &busy, Validity::Invalid, "30 % of the CPU time");
        let busy = Health {
            own_cpu: Nanos::from_secs(19),
            ..health()
        };
        assert_judged(&sound(), &busy, Validity::Degraded, "95 % of all cores");
    }
}
