//! Simulated targets, and searches over them: tests only.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::{
    Conclusion, Controller, Observation, OfferedLoad, SearchResult, Settings, Step, Trial,
    TrialKind, TrialVerdict,
};
use crate::units::{Nanos, Seed, float, unit_fraction, whole};

/// How many searches show a law.
pub(super) const SEARCHES: u64 = 10_000;

/// More steps than any search needs.
pub(super) const STEPS_MAX: usize = 500;

/// What a simulated target does.
pub(super) trait SimulatedTarget {
    /// Whether a load holds for a span that begins at `now_s`, and how long it takes to find that out.
    fn trial(&mut self, load: f64, span_s: f64, now_s: f64) -> (TrialVerdict, f64);

    /// How long the target takes to recover after the last trial; `None` if it does not.
    fn recovery_s(&mut self) -> Option<f64> {
        Some(2.0)
    }
}

/// A search that has ended.
#[derive(Debug)]
pub(super) struct Searched {
    pub(super) answer: SearchResult,
    pub(super) trials: Vec<Trial>,
    pub(super) elapsed_s: f64,
}

impl Searched {
    /// The lower end of the bracket, which must be there.
    #[track_caller]
    pub(super) fn lower(&self) -> f64 {
        self.answer.bracket.lower.expect("a lower end").load.value()
    }

    /// The upper end of the bracket, which must be there.
    #[track_caller]
    pub(super) fn upper(&self) -> f64 {
        self.answer
            .bracket
            .upper
            .expect("an upper end")
            .load
            .value()
    }

    /// Whether what held when it was judged failed its confirmation twice.
    pub(super) fn is_not_reproducible(&self) -> bool {
        matches!(self.answer.conclusion, Conclusion::NotReproducible { .. })
    }

    /// How many trials that judge a load were made at it, and how many of them failed.
    pub(super) fn trials_at(&self, load: f64) -> (usize, usize) {
        let at = self.trials.iter().filter(|trial| {
            trial.kind != TrialKind::WarmUp && trial.load == OfferedLoad::Rate(load)
        });
        let failed = at
            .clone()
            .filter(|trial| trial.verdict == TrialVerdict::Fail);
        (at.count(), failed.count())
    }
}

/// Settings of a search over rates, with the default spans.
pub(super) fn rates(from: f64, max: f64) -> Settings {
    Settings::new(OfferedLoad::Rate(from), OfferedLoad::Rate(max))
}

/// Searches to the end, and looks at each state on the way.
#[track_caller]
pub(super) fn search(settings: Settings, target: &mut impl SimulatedTarget) -> Searched {
    search_observed(settings, target, |_, _| {})
}

/// The same, with someone who sees each state and the time that has passed.
#[track_caller]
pub(super) fn search_observed(
    settings: Settings,
    target: &mut impl SimulatedTarget,
    mut observe: impl FnMut(&Controller, f64),
) -> Searched {
    let mut controller = Controller::new(settings).expect("settings that can work");
    let mut elapsed_s = 0.0;
    for _ in 0..STEPS_MAX {
        observe(&controller, elapsed_s);
        let step = controller.next();
        let observation = match &step {
            Step::Done(answer) => {
                return Searched {
                    answer: answer.clone(),
                    trials: controller.trials().to_vec(),
                    elapsed_s,
                };
            }
            Step::Recover { within, .. } => recovered(target, *within),
            Step::Confirm { load, span }
            | Step::Trial { load, span }
            | Step::WarmUp { load, span } => {
                let (verdict, took_s) = target.trial(load.value(), span.as_secs_f64(), elapsed_s);
                Observation::Ended {
                    took: seconds(took_s),
                    verdict,
                    why: String::new(),
                }
            }
        };
        elapsed_s += match &observation {
            Observation::Ended { took, .. }
            | Observation::NotRecovered { took }
            | Observation::Recovered { took } => took.as_secs_f64(),
            Observation::Interrupted => 0.0,
        };
        controller.observe(observation);
    }
    panic!(
        "no answer after {STEPS_MAX} steps: {:?}",
        controller.trials()
    );
}

fn recovered(target: &mut impl SimulatedTarget, within: Nanos) -> Observation {
    match target.recovery_s().map(seconds) {
        Some(took) if took <= within => Observation::Recovered { took },
        _ => Observation::NotRecovered { took: within },
    }
}

fn seconds(seconds: f64) -> Nanos {
    Nanos(whole(seconds * 1e9))
}

fn verdict(passes: bool, span_s: f64) -> (TrialVerdict, f64) {
    if passes {
        (TrialVerdict::Pass, span_s)
    } else {
        (TrialVerdict::Fail, span_s)
    }
}

/// Holds each load up to a limit, and needs the whole span to show it.
pub(super) struct SharpLimit(pub(super) f64);

impl SimulatedTarget for SharpLimit {
    fn trial(&mut self, load: f64, span_s: f64, _: f64) -> (TrialVerdict, f64) {
        verdict(load <= self.0, span_s)
    }
}

/// Wavers about its limit: in a trial of 20 s, the logarithm of the odds of a pass falls by one for
/// each `scale` by which the logarithm of the load rises. In a longer one, the scale is smaller by the
/// root of the time, as that of a percentile of more callouts is.
pub(super) struct NoisyLimit {
    pub(super) limit: f64,
    pub(super) scale: f64,
    pub(super) rng: ChaCha8Rng,
}

impl NoisyLimit {
    pub(super) fn new(limit: f64, scale: f64, seed: u64) -> Self {
        let rng = Seed(seed).rng(0);
        Self { limit, scale, rng }
    }

    pub(super) fn pass_probability(&self, load: f64, span_s: f64) -> f64 {
        let scale = self.scale / (span_s / 20.0).sqrt();
        1.0 / (1.0 + ((load / self.limit).ln() / scale).exp())
    }
}

impl SimulatedTarget for NoisyLimit {
    fn trial(&mut self, load: f64, span_s: f64, _: f64) -> (TrialVerdict, f64) {
        let passes = unit_fraction(self.rng.next_u64()) < self.pass_probability(load, span_s);
        verdict(passes, span_s)
    }
}

/// A limit that moves with time.
pub(super) struct MovingLimit<F>(pub(super) F);

impl<F: FnMut(f64) -> f64> SimulatedTarget for MovingLimit<F> {
    fn trial(&mut self, load: f64, span_s: f64, now_s: f64) -> (TrialVerdict, f64) {
        verdict(load <= (self.0)(now_s), span_s)
    }
}

/// Breaks down above its limit, and comes back after some time or does not.
pub(super) struct Collapsing {
    pub(super) limit: f64,
    pub(super) recovery_s: Option<f64>,
}

impl SimulatedTarget for Collapsing {
    fn trial(&mut self, load: f64, span_s: f64, _: f64) -> (TrialVerdict, f64) {
        verdict(load <= self.limit, span_s.min(3.0))
    }

    fn recovery_s(&mut self) -> Option<f64> {
        self.recovery_s
    }
}

/// A generator that cannot offer more than its ceiling.
pub(super) struct Ceiling<T> {
    pub(super) ceiling: f64,
    pub(super) target: T,
}

impl<T: SimulatedTarget> SimulatedTarget for Ceiling<T> {
    fn trial(&mut self, load: f64, span_s: f64, now_s: f64) -> (TrialVerdict, f64) {
        if load > self.ceiling {
            return (TrialVerdict::Invalid, span_s);
        }
        self.target.trial(load, span_s, now_s)
    }
}

/// One server with random arrivals: each callout of each trial is computed, by Lindley's recursion.
pub(super) struct Queue {
    /// Callouts a second that the server can serve.
    pub(super) service_rate: f64,
    /// Whether the time of service is exponential (M/M/1) or always the same (M/D/1).
    pub(super) is_exponential: bool,
    /// The limit of the 99th percentile of the response time.
    pub(super) p99_limit_s: f64,
    pub(super) rng: ChaCha8Rng,
}

impl Queue {
    fn exponential(&mut self, rate: f64) -> f64 {
        -(1.0 - unit_fraction(self.rng.next_u64())).ln() / rate
    }
}

impl SimulatedTarget for Queue {
    fn trial(&mut self, load: f64, span_s: f64, _: f64) -> (TrialVerdict, f64) {
        let tolerated = load * span_s / 100.0;
        let (mut now_s, mut wait_s, mut slow) = (0.0, 0.0_f64, 0_u64);
        while now_s < span_s {
            let service_s = if self.is_exponential {
                self.exponential(self.service_rate)
            } else {
                1.0 / self.service_rate
            };
            let response_s = wait_s + service_s;
            slow += u64::from(response_s > self.p99_limit_s);
            if float(slow) > tolerated {
                return (TrialVerdict::Fail, now_s);
            }
            let gap_s = self.exponential(load);
            now_s += gap_s;
            wait_s = (response_s - gap_s).max(0.0);
        }
        (TrialVerdict::Pass, span_s)
    }
}
