//! The product's one question, answered in two or three sentences.

use super::document::Sentence;
use super::joined::joined;
use super::numbers::{counted, grouped, rate, ratio, share, span, span_of, whole_share};
use super::scope::Scope;
use super::severity::Severity;
use super::split::{P99_SAMPLES_MIN, headlined};
use super::{hints, matrix, outcomes, signing};
use crate::summary::{
    BrokenThreshold, Counts, MarginalCost, ReasonCode, RunState, Saturation, SplitRow, Stopped,
    Summary,
};
use crate::units::whole;

/// Fewer callouts than this behind a row say little about the others.
const SPLIT_SAMPLES_MIN: u64 = 30;

/// Kinds of failure that a sentence can name before it becomes a list.
const FAILURES_NAMED: usize = 4;

/// What a reader should know if they read nothing else.
#[derive(Clone, Debug)]
pub(crate) struct Headline {
    /// What comes before all else: that the run was stopped, or that the target did not keep up.
    pub(crate) alert: Option<String>,
    /// Where the time of a callout went or, where variants took turns, what signing costs.
    pub(crate) time: String,
    /// What signing cost, and what it would add in an org.
    pub(crate) signing: String,
    /// What did not succeed; absent when all did, or when `time` says it already.
    pub(crate) losses: Option<String>,
}

impl Headline {
    /// The headline of a run.
    pub(crate) fn of(summary: &Summary) -> Self {
        let scope = Scope::of_run(summary);
        let broke = ramp(summary).into_iter();
        let fell_behind = broke.chain(summary.saturation.as_ref().map(saturated));
        let fell_behind = joined(fell_behind, " ");
        let has_success = scope.latency().is_some();
        Self {
            alert: summary.stopped.as_ref().map(stopped).or(fell_behind),
            time: cost(summary)
                .filter(|_| has_success)
                .unwrap_or_else(|| time(&scope)),
            signing: signing::sentence(summary),
            losses: losses(&summary.counts).filter(|_| has_success),
        }
    }

    /// Its sentences, in order.
    pub(super) fn sentences(self) -> Vec<Sentence> {
        let sentences = [
            (Severity::Bad, true, self.alert),
            (Severity::Neutral, true, Some(self.time)),
            (Severity::Neutral, false, Some(self.signing)),
            (Severity::Warning, false, self.losses),
        ];
        let known = sentences
            .into_iter()
            .filter_map(|(severity, is_main, text)| Some(Sentence::new(severity, is_main, text?)));
        known.collect()
    }
}

/// Where the time of a callout went: `p99 7.3 ms: 93 % server (its own account), ...`.
pub(crate) fn time(scope: &Scope<'_>) -> String {
    let Some(stats) = scope.latency() else {
        return nothing_succeeded(scope);
    };
    let split = scope.split;
    let (median, p99) = (span_of(stats.p50_ns), span_of(stats.p99_ns));
    let place = match stats.count {
        1 => format!("The one callout that succeeded took {median}"),
        few @ ..SPLIT_SAMPLES_MIN => {
            format!("median {median} ({few} callouts are too few to rely on)")
        }
        few @ ..P99_SAMPLES_MIN => {
            format!("median {median} (the p99 of only {few} callouts is close to their maximum)")
        }
        _ => of_p99(&p99, &split.p99),
    };
    let (place, row) = match headlined(split, stats.count) {
        ("mean", row) if row.samples > 0 => (format!("{place}, and on average"), row),
        (_, row) => (place, row),
    };
    match parts(row) {
        Some(parts) => format!("{place}: {parts}."),
        None => format!("{place}."),
    }
}

/// The 99th percentile, and how far the callouts near it can be relied on.
fn of_p99(p99: &str, row: &SplitRow) -> String {
    match row.samples {
        0 => format!("p99 {p99}"),
        few @ ..SPLIT_SAMPLES_MIN => {
            let few = counted(few, "callout is", "callouts are");
            format!("p99 {p99} (only {few} near it, too few to rely on)")
        }
        near if row.widened => format!(
            "p99 {p99}, with few callouts near it (the nearest {} took {} on average)",
            grouped(near),
            span(row.latency_ns)
        ),
        _ => format!("p99 {p99}"),
    }
}

/// `84 % server (its own account), 3 % generator lag`: the largest first, none under 1 %.
fn parts(row: &SplitRow) -> Option<String> {
    let mut parts: Vec<(&str, f64)> = row
        .parts()
        .into_iter()
        .map(|(part, ns)| (part.name(), ratio(ns, row.latency_ns)))
        .filter(|(_, fraction)| *fraction >= 0.005)
        .collect();
    parts.sort_by(|left, right| right.1.total_cmp(&left.1));
    let words = parts.into_iter();
    let words = words.map(|(name, fraction)| format!("{} {name}", whole_share(fraction)));
    joined(words, ", ")
}

/// `The first 20 callouts all failed in the same way, so the run was stopped: unauthorized ...`
fn stopped(stopped: &Stopped) -> String {
    if let Some(threshold) = &stopped.threshold {
        return certain_to_break(threshold);
    }
    let kind = outcomes::name(&stopped.outcome);
    let reason = stopped.reason.as_deref().unwrap_or_default();
    // Many libraries end their sentences; one full stop is enough.
    let said = match reason.trim_end().trim_end_matches('.') {
        "" => String::new(),
        said => format!(": {said}"),
    };
    let hint = hints::hint(&stopped.outcome, stopped.status, reason);
    let hint = hint.map_or_else(String::new, |hint| format!(" {hint}"));
    let how = if stopped.code == ReasonCode::FirstCalloutsFailedAlike {
        "all failed in the same way, so the run was stopped:"
    } else {
        "all failed, so the run was stopped. One of the failures:"
    };
    let count = grouped(stopped.count);
    format!("The first {count} callouts {how} {kind}{said}.{hint}")
}

/// A target that answers less than this share of its own best rate has broken down, and does not
/// merely keep to a limit.
const BROKEN_DOWN: f64 = 0.5;

/// `The target is saturated at about 151/s: from second 3 on 160/s were due, ...`
fn saturated(found: &Saturation) -> String {
    let Saturation {
        code: _,
        since_s,
        until_s,
        due_per_s,
        answered_per_s,
        best_per_s,
        unanswered,
        is_wire_at_floor,
    } = found;
    let (due, answered) = (rate(*due_per_s), rate(*answered_per_s));
    if *answered_per_s < BROKEN_DOWN * best_per_s {
        return format!(
            "The target broke down: from {since_s} s to {until_s} s {due} came due and about \
             {answered} were answered; at best it answered {}.",
            rate(*best_per_s),
        );
    }
    let (who, wire) = match is_wire_at_floor {
        Some(true) => (
            "The target is",
            "; its round trips stayed as short as before",
        ),
        Some(false) | None => ("The target, or the network to it, is", ""),
    };
    format!(
        "{who} saturated at about {answered}: from {since_s} s to {until_s} s {due} came due, and \
         {} had no answer by then{wire}.",
        counted(*unanswered, "callout", "callouts"),
    )
}

/// What each variant of signing costs, the dearest first; `None` if no variants took turns, or
/// where none could be compared.
fn cost(summary: &Summary) -> Option<String> {
    let result = matrix::of(summary)?;
    let mut costs: Vec<(&str, &MarginalCost)> = Vec::new();
    for variant in &result.variants {
        let mut of_mean = variant.costs.iter();
        let of_mean = of_mean.find(|cost| cost.metric == "latency.mean");
        costs.extend(of_mean.map(|cost| (variant.name.as_str(), cost)));
    }
    costs.sort_by(|left, right| right.1.more_ns.total_cmp(&left.1.more_ns));
    let words = costs.into_iter().map(|(name, cost)| {
        let [more, low, high] = [cost.more_ns, cost.low_ns, cost.high_ns].map(matrix::signed);
        if cost.low_ns > 0.0 || cost.high_ns < 0.0 {
            format!("{name} {more} ms ({low} to {high})")
        } else {
            format!("{name} no difference shown ({low} to {high} ms)")
        }
    });
    let (words, reference) = (joined(words, ", ")?, &result.reference);
    Some(format!(
        "Added to the mean latency, compared with {reference}: {words}."
    ))
}

/// `From second 42 on, at about 312 callouts a second, latency.p99 < 250 ms no longer held.`
fn ramp(summary: &Summary) -> Option<String> {
    let broken = summary.ramp.as_ref()?;
    let first = broken.iter().min_by_key(|one| one.since_s)?;
    let rate = first.due_per_s.map_or_else(String::new, |per_s| {
        format!(" at about {} callouts a second,", grouped(whole(per_s)))
    });
    Some(format!(
        "From second {} on,{rate} {} {} {} no longer held.",
        first.since_s, first.metric, first.comparison, first.limit_text
    ))
}

/// `The run was stopped because it was certain to break latency.p99 < 250 ms: 213 of at most ...`
fn certain_to_break(threshold: &BrokenThreshold) -> String {
    let BrokenThreshold {
        metric,
        comparison,
        limit_text,
        count,
        allowed,
        at_most,
    } = threshold;
    let broke = match metric.as_str() {
        "failed" => "failed",
        "dropped" => "were dropped",
        "false_accepts" => "bad tokens were accepted",
        "false_rejects" => "good tokens were refused",
        "bad_token_errors" => "bad tokens were answered with 5xx",
        _ => "exceeded the limit",
    };
    let counted_calls = |number: u64| counted(number, "callout", "callouts");
    let why = match (allowed, at_most) {
        (Some(allowed), Some(at_most)) => format!(
            "{} of at most {} {broke}, and only {} may",
            grouped(*count),
            counted_calls(*at_most),
            grouped(*allowed)
        ),
        (_, Some(at_most)) => format!(
            "{} so far took more time than {} may take in all",
            counted_calls(*count),
            grouped(*at_most)
        ),
        (_, None) => format!("{} {broke}", grouped(*count)),
    };
    format!(
        "The run was stopped, because it was certain to break {metric} {comparison} {limit_text}: {why}."
    )
}

fn nothing_succeeded(scope: &Scope<'_>) -> String {
    let counts = scope.counts;
    let mut kinds: Vec<(&String, u64)> = scope
        .outcomes
        .iter()
        .filter(|(name, count)| name.as_str() != "ok" && **count > 0)
        .map(|(name, count)| (name, *count))
        .collect();
    if kinds.is_empty() && counts.planned == 0 {
        return match scope.state {
            RunState::Finished if counts.warmup + counts.warmup_dropped > 0 => {
                "Nothing was measured: all callouts fell into the warm-up."
            }
            RunState::Finished if counts.lost > 0 => {
                "Nothing was sent: every lead was lost to Salesforce limits."
            }
            RunState::Finished => "No callout came due during the load.",
            RunState::Interrupted | RunState::Stopped | RunState::Running => {
                "The run ended before anything was measured."
            }
        }
        .to_owned();
    }
    if kinds.is_empty() {
        let planned = counted(counts.planned, "callout was", "callouts were");
        return format!(
            "Nothing succeeded: {planned} due, {} started, none answered.",
            grouped(counts.started)
        );
    }
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let others: u64 = kinds.iter().skip(FAILURES_NAMED).map(|(_, n)| n).sum();
    let mut words: Vec<String> = kinds
        .into_iter()
        .take(FAILURES_NAMED)
        .map(|(name, count)| format!("{} {}", grouped(count), outcomes::name(name)))
        .collect();
    if others > 0 {
        words.push(format!("{} others", grouped(others)));
    }
    format!("Nothing succeeded: {}.", words.join(", "))
}

fn losses(counts: &Counts) -> Option<String> {
    let failed = || {
        let judged = match counts.negative {
            0 => counted(counts.judged(), "callout", "callouts"),
            _ => counted(
                counts.judged(),
                "callout with a good token",
                "callouts with good tokens",
            ),
        };
        let part = share(counts.failed_share().unwrap_or_default());
        format!("{} of {judged} failed ({part})", grouped(counts.failed))
    };
    let others = [
        (
            counts.dropped,
            "arrival was",
            "arrivals were",
            "dropped unsent",
        ),
        (
            counts.lost,
            "lead was",
            "leads were",
            "lost to Salesforce limits",
        ),
        (
            counts.late,
            "answer",
            "answers",
            "came after the caller gave up",
        ),
    ];
    let others = others.into_iter().filter(|(n, ..)| *n > 0);
    let others = others.map(|(n, one, many, what)| format!("{} {what}", counted(n, one, many)));
    let failed = (counts.failed > 0).then(failed);
    let words = joined(failed.into_iter().chain(others), "; ")?;
    Some(format!("{words}."))
}
