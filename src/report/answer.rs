//! The product's one question, answered in two or three sentences.

use super::figures::{counted, grouped, rate, ratio, ratio_of, share, span, whole_share};
use super::{hints, matrix, phrases};
use crate::phase::Phase;
use crate::summary::{MarginalCost, RunState, Saturation, Signing, SplitRow, Stopped, Summary};
use crate::units::Nanos;

/// Fewer samples than this have no 99th percentile worth a headline.
const P99_SAMPLES_MIN: u64 = 100;

/// Fewer callouts than this behind a row are what happened to one of them.
const SPLIT_SAMPLES_MIN: u64 = 30;

/// Kinds of failure that a sentence can name before it becomes a list.
const FAILURES_NAMED: usize = 4;

/// What a reader should know if they read nothing else.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// What comes before all else: that the target did not keep up.
    pub(super) lead: Option<String>,
    /// Where the time of a callout went or, where variants took turns, what signing costs.
    pub(super) time: String,
    /// What signing cost, and what an org would feel of it.
    pub(super) signing: String,
    /// What did not succeed; absent when all did, or when `time` says it already.
    pub(super) losses: Option<String>,
}

/// Answers for the run.
pub(super) fn answer(summary: &Summary) -> Answer {
    let succeeded = summary
        .phase(Phase::Latency)
        .filter(|stats| stats.count > 0);
    Answer {
        lead: stopped(summary).or_else(|| summary.saturation.as_ref().map(saturated)),
        time: succeeded.map_or_else(
            || nothing_succeeded(summary),
            |stats| {
                cost(summary).unwrap_or_else(|| {
                    let (heading, row) = headline(summary, stats.count);
                    let parts = parts(row);
                    if parts.is_empty() {
                        format!("{heading}.")
                    } else {
                        format!("{heading}: {parts}.")
                    }
                })
            },
        ),
        signing: signing(summary),
        losses: succeeded.and_then(|_| losses(summary)),
    }
}

/// `The first 20 callouts all failed alike (401 invalid_token: ...), and the run was stopped.`
fn stopped(summary: &Summary) -> Option<String> {
    let stopped = summary.stopped.as_ref()?;
    let kind = phrases::outcome(&stopped.outcome);
    let reason = stopped.reason.as_ref();
    // Many libraries end their sentences; one full stop is enough.
    let said = reason.map_or_else(String::new, |reason| {
        format!(": {}", reason.trim_end().trim_end_matches('.'))
    });
    let hint = hints::hint(
        &stopped.outcome,
        stopped.status,
        reason.map_or("", |one| one),
    );
    let hint = hint.map_or_else(String::new, |hint| format!(" {hint}"));
    let how = if stopped.code == Stopped::ALIKE {
        format!("all failed alike, and the run was stopped. {kind}{said}.")
    } else {
        format!("all failed, and the run was stopped. For example {kind}{said}.")
    };
    Some(format!(
        "The first {} callouts {how}{hint}",
        grouped(stopped.count)
    ))
}

/// A target that answers less than this share of what it did at best does not just keep to a
/// limit.
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
    let (who, wire) = match is_wire_at_floor {
        Some(true) => (
            "The target is",
            ", while its round trips stayed as short as ever",
        ),
        Some(false) | None => ("The target, or the network to it, is", ""),
    };
    if *answered_per_s < BROKEN_DOWN * best_per_s {
        return format!(
            "The target broke down: from {since_s} s to {until_s} s {} came due, and about {} were \
             answered, where it had answered {} before.",
            rate(*due_per_s),
            rate(*answered_per_s),
            rate(*best_per_s),
        );
    }
    format!(
        "{who} saturated at about {}: from {since_s} s to {until_s} s {} came due, of which {} \
         had no answer by then{wire}.",
        rate(*answered_per_s),
        rate(*due_per_s),
        counted(*unanswered, "callout", "callouts"),
    )
}

/// What each variant of signing costs, the dearest first; nothing where no variants took turns, or
/// none could be told apart.
fn cost(summary: &Summary) -> Option<String> {
    let result = matrix::of(summary)?;
    let mut costs: Vec<(&str, &MarginalCost)> = Vec::new();
    for variant in &result.variants {
        let mut of_mean = variant.costs.iter();
        let of_mean = of_mean.find(|cost| cost.metric == "latency.mean");
        costs.extend(of_mean.map(|cost| (variant.name.as_str(), cost)));
    }
    costs.sort_by(|left, right| right.1.more_ns.total_cmp(&left.1.more_ns));
    let words: Vec<_> = costs
        .into_iter()
        .map(|(name, cost)| {
            let is_told = cost.low_ns > 0.0 || cost.high_ns < 0.0;
            let range = format!(
                "{} to {}",
                matrix::signed(cost.low_ns),
                matrix::signed(cost.high_ns)
            );
            if is_told {
                format!("{name} {} ms ({range})", matrix::signed(cost.more_ns))
            } else {
                format!("{name} no difference shown ({range} ms)")
            }
        })
        .collect();
    (!words.is_empty()).then(|| {
        format!(
            "What a callout's latency costs more than with {}, on average: {}.",
            result.reference,
            words.join(", ")
        )
    })
}

/// Picks the place of the distribution that the sample can bear.
fn headline(summary: &Summary, samples: u64) -> (String, &SplitRow) {
    let split = &summary.split;
    let at = |ns: Option<u64>| Nanos(ns.unwrap_or(0)).to_string();
    let stats = summary.phase(Phase::Latency);
    if samples == 1 {
        let heading = format!(
            "The one callout that succeeded took {}",
            at(stats.map(|s| s.p50_ns))
        );
        return (heading, &split.mean);
    }
    let (heading, row) = if samples < P99_SAMPLES_MIN {
        let median = at(stats.map(|s| s.p50_ns));
        let few = if samples < SPLIT_SAMPLES_MIN {
            "too few to rely on"
        } else {
            "too few for a p99"
        };
        let heading = format!("median {median} ({samples} callouts are {few})");
        (heading, &split.p50)
    } else {
        (format!("p99 {}", at(stats.map(|s| s.p99_ns))), &split.p99)
    };
    if row.samples > 0 && row.samples < SPLIT_SAMPLES_MIN && samples >= P99_SAMPLES_MIN {
        let few = counted(row.samples, "callout is", "callouts are");
        return (format!("{heading} (of {few} too few to rely on)"), row);
    }
    if row.samples > 0 && row.widened && samples >= P99_SAMPLES_MIN {
        let (near, mean) = (grouped(row.samples), span(row.latency_ns));
        let heading =
            format!("{heading}; the {near} callouts nearest to it took {mean} on average");
        return (heading, row);
    }
    if row.samples > 0 || split.mean.samples == 0 {
        (heading, row)
    } else {
        (format!("{heading}, and on average"), &split.mean)
    }
}

/// `84 % server (its own account), 3 % generator lag`: the largest first, none under 1 %.
fn parts(row: &SplitRow) -> String {
    let mut parts: Vec<(&str, f64)> = row
        .parts()
        .into_iter()
        .map(|(part, ns)| (part.name(), ratio(ns, row.latency_ns)))
        .filter(|(_, fraction)| *fraction >= 0.005)
        .collect();
    parts.sort_by(|left, right| right.1.total_cmp(&left.1));
    let words: Vec<String> = parts
        .into_iter()
        .map(|(name, fraction)| format!("{} {name}", whole_share(fraction)))
        .collect();
    words.join(", ")
}

fn nothing_succeeded(summary: &Summary) -> String {
    let counts = &summary.counts;
    let mut kinds: Vec<(&String, u64)> = summary
        .outcomes
        .iter()
        .filter(|(name, count)| name.as_str() != "ok" && **count > 0)
        .map(|(name, count)| (name, *count))
        .collect();
    if kinds.is_empty() && counts.planned == 0 {
        return match summary.run.state {
            RunState::Finished if counts.warmup + counts.warmup_dropped > 0 => {
                "Nothing was measured: all callouts fell into the warm-up."
            }
            RunState::Finished if counts.lost > 0 => {
                "Nothing was sent: limits of Salesforce took every lead."
            }
            RunState::Finished => "Nothing was due while the load lasted.",
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
        .map(|(name, count)| format!("{} {}", grouped(count), phrases::outcome(name)))
        .collect();
    if others > 0 {
        words.push(format!("{} others", grouped(others)));
    }
    format!("Nothing succeeded: {}.", words.join(", "))
}

fn losses(summary: &Summary) -> Option<String> {
    let counts = &summary.counts;
    let mut words = Vec::new();
    if counts.failed > 0 {
        let failed = grouped(counts.failed);
        let completed = counted(counts.completed, "callout", "callouts");
        let part = share(ratio_of(counts.failed, counts.completed));
        words.push(format!("{failed} of {completed} failed ({part})"));
    }
    if counts.dropped > 0 {
        let dropped = counted(counts.dropped, "arrival was", "arrivals were");
        words.push(format!("{dropped} dropped unsent"));
    }
    if counts.lost > 0 {
        let lost = counted(counts.lost, "lead was", "leads were");
        words.push(format!("{lost} lost to limits of Salesforce"));
    }
    if counts.late > 0 {
        let late = counted(counts.late, "answer", "answers");
        words.push(format!("{late} came after the caller gave up"));
    }
    (!words.is_empty()).then(|| format!("{}.", words.join("; ")))
}

fn signing(summary: &Summary) -> String {
    let signing = &summary.signing;
    let Some(name) = signer(signing) else {
        return "No token was signed: this run is the control without signing.".to_owned();
    };
    if let Some(matrix) = &summary.matrix {
        let cost = summary.phase(Phase::Sign).filter(|stats| stats.count > 0);
        let each = cost.map_or_else(String::new, |stats| {
            format!(" A signature takes {}.", span(stats.mean_ns))
        });
        return format!(
            "Signing ({name}): variants of {} took turns.{each}",
            matrix.compares
        );
    }
    if signing.mode == "reuse" {
        let minted = counted(signing.tokens_minted, "token", "tokens");
        return format!("Signing ({name}): {minted} in all, sent again until near expiry.");
    }
    let Some(cost) = summary.phase(Phase::Sign).filter(|stats| stats.count > 0) else {
        let minted = counted(signing.tokens_minted, "token was", "tokens were");
        return if summary.counts.started == 0 {
            format!("Signing ({name}): {minted} made, none within the measured time.")
        } else {
            format!("Signing ({name}): {minted} made, none reached a success.")
        };
    };
    let each = span(cost.mean_ns);
    // A fresh token for another try is waited for in any mode.
    let retried = match summary.counts.retried {
        0 => String::new(),
        n => format!(
            " but for {} of another token after a 401",
            counted(n, "callout in need", "callouts in need")
        ),
    };
    let place = match (signing.mode.as_str(), in_path(summary, cost.mean_ns)) {
        ("jit", _) => on_path(summary),
        (_, share) if share >= ALL => on_path(summary),
        (_, some) if some > 0.0 => format!(
            "on the path of {} of the callouts, off that of the others{retried}",
            share(some)
        ),
        ("presign", _) => format!("before the load began{retried}"),
        _ => format!("off the callout's path{retried}"),
    };
    let starved = match signing.starved {
        0 => String::new(),
        n => format!(
            ", though {} for one",
            counted(n, "callout waited", "callouts waited")
        ),
    };
    let felt = match signing.mode.as_str() {
        "jit" => "",
        _ => {
            " An org signs while its callout waits, and would feel that much more (signing = \"jit\")."
        }
    };
    format!("Signing ({name}): {each} each, {place}{starved}.{felt}")
}

/// From here on all but some that came by their token otherwise.
const ALL: f64 = 0.995;

/// The share of the successes whose token was signed while they waited, from what that cost them
/// on average: of users nobody knows when they will call, nor of a queue how long it keeps a token.
fn in_path(summary: &Summary, each_ns: f64) -> f64 {
    (summary.split.mean.sign_ns / each_ns.max(1.0)).min(1.0)
}

fn on_path(summary: &Summary) -> String {
    let part = ratio(summary.split.mean.sign_ns, summary.split.mean.latency_ns);
    format!(
        "on the callout's path, {} of its time on average",
        share(part)
    )
}

/// `pipeline, RS256 2048`; nothing when the run sends no token.
pub(super) fn signer(signing: &Signing) -> Option<String> {
    if signing.mode == "none" || signing.source == "none" {
        return None;
    }
    let algorithm = signing.algorithm.as_deref().unwrap_or("several algorithms");
    Some(match signing.key_bits {
        Some(bits) => format!("{}, {algorithm} {bits}", signing.mode),
        None => format!("{}, {algorithm}", signing.mode),
    })
}
