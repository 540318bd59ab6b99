//! What came of a trial, from the summary of its run.

use super::growth::Growth;
use crate::plan::ThresholdMetric;
use crate::search::TrialVerdict;
use crate::summary::{
    AnyReasonCode, BrokenThreshold, ReasonCode, Stopped, Summary, ThresholdResult, Validity,
};
use crate::units::{Nanos, float, whole};

/// The share of the callouts due that must succeed.
const ACHIEVED_MIN: f64 = 0.99;

/// What came of a trial, and why.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Judged {
    pub(super) verdict: TrialVerdict,
    pub(super) why: String,
    /// Whether a limit of time was exceeded.
    pub(super) is_of_time: bool,
}

impl Judged {
    const fn of_verdict(verdict: TrialVerdict, why: String) -> Self {
        Self {
            verdict,
            why,
            is_of_time: false,
        }
    }

    /// A failure without a broken limit of time.
    pub(super) const fn fail(why: String) -> Self {
        Self::of_verdict(TrialVerdict::Fail, why)
    }

    const fn invalid(why: String) -> Self {
        Self::of_verdict(TrialVerdict::Invalid, why)
    }

    /// Judges a trial. `needed` is how many callouts its strictest threshold needs, and `lowest` the first
    /// trial at the lowest load, if there was one.
    pub(super) fn of(summary: &Summary, needed: u64, lowest: Option<&Summary>) -> Self {
        if let Some(why) = spoiled(summary) {
            return Self::invalid(why);
        }
        let Some(failure) = failure(summary) else {
            return Self::of_success(summary, needed);
        };
        let of_generator = lowest.filter(|_| failure.is_of_time).and_then(|lowest| {
            let growth = Growth::between(lowest, summary)?;
            growth.is_of_generator(lowest, summary).then_some(growth)
        });
        let why = failure.why;
        match of_generator {
            Some(growth) => Self::invalid(format!("{why}, but the generator was late: {growth}")),
            None => Self {
                is_of_time: failure.is_of_time,
                ..Self::fail(why)
            },
        }
    }

    /// All goals were reached; the only question is whether there were enough callouts.
    fn of_success(summary: &Summary, needed: u64) -> Self {
        let ok = summary.counts.ok;
        if ok >= needed {
            return Self::of_verdict(TrialVerdict::Pass, String::new());
        }
        let longer = float(needed) / float(ok.max(1));
        let span = summary.rates.measured_s * 1e9 * longer;
        let verdict = TrialVerdict::Undecided {
            needed: Some(Nanos(whole(span))),
        };
        let why = format!("{ok} callouts are too few; {needed} are needed");
        Self::of_verdict(verdict, why)
    }
}

/// The thresholds of which a trial with successes has no figure.
pub(super) fn unmeasured(summary: &Summary) -> impl Iterator<Item = &ThresholdResult> {
    let is_over = summary.stopped.is_none() && summary.counts.ok > 0;
    let thresholds = summary.thresholds.iter();
    thresholds.filter(move |one| is_over && one.actual.is_none())
}

/// Why the measurement does not count, if the generator spoiled it. A target that limits the rate, or
/// that leaves all slots waiting, is not the generator's fault.
fn spoiled(summary: &Summary) -> Option<String> {
    const OF_TARGET: [ReasonCode; 3] = [
        ReasonCode::ArrivalsDropped,
        ReasonCode::ArrivalsQueued,
        ReasonCode::RateLimited,
    ];
    let mut reasons = summary.measurement.coded_reasons.iter();
    let spoils = reasons.find(|reason| {
        let of_target = OF_TARGET.map(AnyReasonCode::Known);
        reason.verdict == Validity::Invalid && !of_target.contains(&reason.code)
    });
    spoils.map(|reason| reason.text.clone())
}

/// The goal that a trial missed.
struct Missed {
    why: String,
    /// Whether a limit of time was exceeded.
    is_of_time: bool,
}

/// The goal that a trial missed, if it missed one.
fn failure(summary: &Summary) -> Option<Missed> {
    if let Some(stopped) = &summary.stopped {
        let metric = stopped.threshold.as_ref().map(|one| one.metric.as_str());
        return Some(Missed {
            why: why_stopped(stopped),
            is_of_time: metric.is_some_and(is_of_time),
        });
    }
    let counts = &summary.counts;
    let mut broken = summary.thresholds.iter();
    let broken = broken.find(|one| !one.passed && one.actual.is_some());
    if let Some(one) = broken.filter(|_| counts.ok > 0) {
        let why = format!(
            "{} was {}; the limit is {} {}",
            one.metric, one.actual_text, one.comparison, one.limit_text
        );
        return Some(Missed {
            why,
            is_of_time: is_of_time(&one.metric),
        });
    }
    untold(summary).map(|why| Missed {
        why,
        is_of_time: false,
    })
}

/// Whether a threshold on this metric limits a time.
fn is_of_time(metric: &str) -> bool {
    matches!(
        ThresholdMetric::parse(metric),
        Some(
            ThresholdMetric::PhaseMax(_)
                | ThresholdMetric::PhaseMean(_)
                | ThresholdMetric::PhaseQuantile(..)
        )
    )
}

/// What a trial lacks although its thresholds hold.
fn untold(summary: &Summary) -> Option<String> {
    let counts = &summary.counts;
    if counts.ok == 0 && counts.planned > 0 {
        return Some("no callout succeeded".to_owned());
    }
    if counts.dropped > 0 {
        return Some(format!(
            "{} callouts were not sent: all slots waited for the target",
            counts.dropped
        ));
    }
    if let Some(saturation) = &summary.saturation {
        return Some(format!(
            "callouts piled up: {:.0}/s were due and {:.0}/s were answered",
            saturation.due_per_s, saturation.answered_per_s
        ));
    }
    let achieved = float(counts.ok) / float(counts.planned.max(1));
    (achieved < ACHIEVED_MIN).then(|| {
        let share = achieved * 100.0;
        format!("only {share:.1} % of the callouts succeeded")
    })
}

/// Why a trial ended early.
fn why_stopped(stopped: &Stopped) -> String {
    let Some(threshold) = &stopped.threshold else {
        let reason = stopped.reason.as_deref().unwrap_or(&stopped.outcome);
        return format!("the first {} callouts all failed: {reason}", stopped.count);
    };
    let BrokenThreshold {
        metric,
        comparison,
        limit_text,
        count,
        allowed,
        ..
    } = threshold;
    match allowed {
        Some(allowed) => format!(
            "{metric} {comparison} {limit_text} is certain to break: {count} callouts missed it, and \
             {allowed} may"
        ),
        None => format!("{metric} {comparison} {limit_text} is certain to break"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::Phase;
    use crate::summary::{BrokenThreshold, Reason, Saturation};

    /// A run whose thresholds hold.
    fn good() -> Summary {
        let text = include_str!("../../../reports/example/summary.json");
        serde_json::from_str(text).unwrap()
    }

    fn judged(change: impl FnOnce(&mut Summary)) -> Judged {
        let mut summary = good();
        change(&mut summary);
        Judged::of(&summary, 368, Some(&good()))
    }

    #[track_caller]
    fn fails(change: impl FnOnce(&mut Summary), why: &str) {
        let judged = judged(change);
        assert_eq!(judged.verdict, TrialVerdict::Fail, "{}", judged.why);
        assert!(judged.why.contains(why), "{}", judged.why);
    }

    #[track_caller]
    fn spoils(change: impl FnOnce(&mut Summary), why: &str) {
        let judged = judged(change);
        assert_eq!(judged.verdict, TrialVerdict::Invalid, "{}", judged.why);
        assert!(judged.why.contains(why), "{}", judged.why);
    }

    fn invalid(summary: &mut Summary, code: ReasonCode) {
        summary.measurement.add(Reason {
            code: AnyReasonCode::Known(code),
            verdict: Validity::Invalid,
            text: "why it is invalid".to_owned(),
        });
    }

    /// Breaks the threshold on p99, with this much more in a phase.
    fn slower(summary: &mut Summary, phase: Phase) {
        let more = 500_000_000;
        for phase in [phase, Phase::Latency] {
            summary.phases.entry(phase).or_default().p99_ns += more;
        }
        let broken = summary.thresholds.iter_mut();
        for one in broken.filter(|one| one.metric == "latency.p99") {
            one.passed = false;
        }
    }

    #[test]
    fn a_run_whose_thresholds_hold_passes() {
        assert_eq!(judged(|_| {}).verdict, TrialVerdict::Pass);
    }

    #[test]
    fn each_way_to_miss_a_goal_fails() {
        fails(|all| slower(all, Phase::Wait), "latency.p99 was");
        fails(|all| all.counts.ok = 0, "no callout succeeded");
        fails(|all| all.counts.dropped = 3, "3 callouts were not sent");
        fails(
            |all| all.counts.ok -= all.counts.planned / 50,
            "of the callouts succeeded",
        );
        let saturation = Saturation {
            code: AnyReasonCode::Known(ReasonCode::TargetSaturated),
            since_s: 1,
            until_s: 9,
            due_per_s: 200.0,
            answered_per_s: 150.0,
            best_per_s: 152.0,
            unanswered: 400,
            is_wire_at_floor: None,
        };
        fails(
            |all| all.saturation = Some(saturation),
            "200/s were due and 150/s were answered",
        );
        let stopped = Stopped {
            code: AnyReasonCode::Known(ReasonCode::ThresholdCertainToBreak),
            count: 11,
            outcome: String::new(),
            status: None,
            reason: None,
            threshold: Some(BrokenThreshold {
                metric: "latency.p99".to_owned(),
                comparison: "<".to_owned(),
                limit_text: "250 ms".to_owned(),
                count: 11,
                allowed: Some(10),
                at_most: Some(1_000),
            }),
        };
        fails(
            |all| all.stopped = Some(stopped),
            "latency.p99 < 250 ms is certain to break: 11 callouts missed it, and 10 may",
        );
    }

    #[test]
    fn what_the_generator_spoiled_is_no_failure() {
        spoils(
            |all| invalid(all, ReasonCode::SignersBusy),
            "why it is invalid",
        );
        // The added time is its own.
        for phase in [Phase::Lag, Phase::SignWait] {
            spoils(|all| slower(all, phase), "but the generator was late");
        }
        // A target that refuses, or that leaves every slot waiting, fails.
        fails(
            |all| {
                invalid(all, ReasonCode::ArrivalsDropped);
                all.counts.dropped = 1;
            },
            "1 callouts were not sent",
        );
        // Its own lateness is a small part, and no reason for failures.
        fails(
            |all| {
                all.phases.entry(Phase::Lag).or_default().p99_ns += 1_000_000;
                all.counts.ok /= 2;
            },
            "of the callouts succeeded",
        );
    }

    #[test]
    fn a_trial_with_few_callouts_says_how_long_it_must_be() {
        let judged = judged(|all| {
            all.counts.ok = 184;
            all.counts.planned = 184;
            all.rates.measured_s = 10.0;
        });
        let needed = Some(Nanos::from_secs(20));
        assert_eq!(judged.verdict, TrialVerdict::Undecided { needed });
        assert_eq!(judged.why, "184 callouts are too few; 368 are needed");
    }
}
