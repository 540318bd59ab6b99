//! Text that targets and users chose, made harmless before anyone reads it.
//!
//! An error text may hold terminal escapes, line breaks that forge a report's structure,
//! or a megabyte of anything. Every report but the JSON ones is made from a sanitized copy;
//! escaping for HTML, Markdown or CSV is each format's own task and comes on top of this.

use std::collections::BTreeMap;

use crate::summary::{
    AnyReasonCode, BrokenThreshold, Buckets, CapacitySeries, Change, Comparison, ConnectionResult,
    FailureExample, FaultResult, Headroom, History, LoadResult, LoadSummary, Machine, MarginalCost,
    MatrixResult, Measurement, MetricResult, NegativeResult, OneSearch, OrgResult, Overlay,
    PastRun, PastSearch, PhaseStats, RampBreak, Reason, Run, RunOfSide, Saturation,
    SearchComparison, SearchGoal, SearchLimit, SearchSide, SearchSummary, Series,
    ServerTimingResult, ShardResult, Side, Signing, SlowIteration, Stopped, Summary,
    ThresholdResult, TrialResult, VariantResult, Warning, WireResult,
};

/// Characters kept of a text: more than a line of a table has room for.
const LENGTH_MAX: usize = 200;

/// Replaces control and direction characters by spaces, trims the end and cuts to 200
/// characters.
pub(super) fn sanitized_text(text: &str) -> String {
    let mut kept: String = text.chars().take(LENGTH_MAX).map(visible).collect();
    if text.chars().nth(LENGTH_MAX).is_some() {
        kept.pop();
        kept.push('…');
    }
    kept.truncate(kept.trim_end().len());
    kept
}

/// The same without a cut: only replaces characters that are not seen by spaces.
pub fn harmless(text: &str) -> String {
    text.chars().map(visible).collect()
}

fn visible(c: char) -> char {
    if is_unseen(c) { ' ' } else { c }
}

/// Whether a character is not seen, but changes how its neighbours are: bidirectional overrides
/// can make a text read as another one, and noncharacters (Unicode, section 23.7) are not legal in
/// XML.
pub fn is_unseen(c: char) -> bool {
    let misleading = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let is_none = u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}');
    c.is_control() || misleading || is_none
}

/// A copy whose every text is harmless.
pub(super) fn sanitized<T: Clone + Sanitize>(value: &T) -> T {
    let mut copy = value.clone();
    copy.sanitize();
    copy
}

/// What holds texts of others.
pub(super) trait Sanitize {
    /// Makes every text harmless.
    fn sanitize(&mut self);
}

impl Sanitize for String {
    fn sanitize(&mut self) {
        *self = sanitized_text(self);
    }
}

impl<T: Sanitize> Sanitize for Option<T> {
    fn sanitize(&mut self) {
        self.iter_mut().for_each(Sanitize::sanitize);
    }
}

impl<T: Sanitize> Sanitize for Vec<T> {
    fn sanitize(&mut self) {
        self.iter_mut().for_each(Sanitize::sanitize);
    }
}

impl<T: Sanitize> Sanitize for BTreeMap<String, T> {
    fn sanitize(&mut self) {
        let entries = std::mem::take(self).into_iter();
        *self = entries
            .map(|(key, mut value)| {
                value.sanitize();
                (sanitized_text(&key), value)
            })
            .collect();
    }
}

/// Numbers, as values of maps.
macro_rules! without_text {
    ($($number:ty),*) => {
        $(impl Sanitize for $number {
            fn sanitize(&mut self) {}
        })*
    };
}

impl Sanitize for AnyReasonCode {
    fn sanitize(&mut self) {
        if let Self::Other(code) = self {
            code.sanitize();
        }
    }
}

/// The fields of a struct that hold text, and after the bar those that hold none. All are named,
/// so that a new field does not compile until it is in one of the lists. A second bar may name a
/// list whose type this room may not name, with its texts.
macro_rules! sanitize {
    ($($name:ident {
        $($text:ident),* | $($other:ident),* $(| $list:ident of { $($part:ident),* })?
    })*) => {
        $(impl Sanitize for $name {
            fn sanitize(&mut self) {
                let Self { $($text,)* $($other: _,)* $($list,)? } = self;
                $($text.sanitize();)*
                $(for one in $list {
                    $(one.$part.sanitize();)*
                })?
            }
        })*
    };
}

without_text!(u64, PhaseStats);

sanitize! {
    Summary {
        schema, run, signing, outcomes, failures, thresholds, measurement, slowest, loads, warnings, coded_warnings,
        matrix, negative, wire, server_timing, saturation, ramp, stopped, buckets, shards |
        counts, rates, phases, failed_phases, token_endpoint, split, statuses, spectrum, windows,
        heatmap, preflight, stationarity
    }
    Run {
        id, scenario, scenario_file, scenario_sha256, overlays, started_at, command, commit, labels,
        version, engine, target, connections, trace_link, load, machine, shard, agent |
        state, duration_ns, seed, model |
        overrides of { path, value }
    }
    Overlay { file, sha256 | }
    LoadSummary { name, description | warmup_ns, tick_ns, io_workers }
    Machine { os, arch, cpu, clock_source, build | cores, memory_bytes }
    Signing {
        mode, source, algorithm |
        key_bits, threads, calibrated_per_s, utilisation, predicted_utilisation, tokens_minted,
        starved, expired
    }
    FailureExample { outcome, message | status, first_at_ns, count }
    ThresholdResult {
        metric, comparison, limit_text, actual_text | limit, actual, passed, implied
    }
    Measurement {
        reasons, coded_reasons |
        verdict, own_cpu, own_cpu_ns, steal, wakeup_p99_ns, wakeup_max_ns, kernel_stamps,
        peak_rss_bytes
    }
    Reason { code, text | verdict }
    ShardResult {
        name, agent, reasons, coded_reasons |
        state, ended, until_ns, planned, started, ok, failed, dropped, achieved_per_s, latency_p50_ns,
        latency_p99_ns, lag_p99_ns, tokens_minted, signer_utilisation, own_cpu, verdict
    }
    Warning { code, text | }
    SlowIteration { load, trace_id | seq, due_ns, status, trace_sampled, retransmits, phases_ns }
    LoadResult {
        name, description, schedule_sha256, outcomes, salesforce |
        model, start_ns, duration_ns, warmup_ns, counts, rates, starved, expired,
        planned_duration_ns, phases, failed_phases, split
    }
    OrgResult { preset, lost | transactions, re_enqueued, left_over, amplification }
    MatrixResult { compares, reference, variants | block_ns, settle_ns, rounds, confidence }
    VariantResult { name, costs | rounds }
    MarginalCost { metric | rounds, reference_ns, more_ns, low_ns, high_ns }
    NegativeResult { faults | false_accepts, false_rejects, server_errors, p99_shift }
    FaultResult {
        fault, meaning, expected |
        sent, as_expected, false_accepts, server_errors, unanswered, without_challenge, statuses
    }
    WireResult {
        worst, unavailable |
        connections, looks, min_rtt_ns, min_rtt_p50_ns, min_rtt_max_ns, smoothed_rtt_p50_ns,
        smoothed_rtt_max_ns, retransmits, peer_limited_ns
    }
    ConnectionResult { local | first_s, last_s, min_rtt_ns, smoothed_rtt_ns, retransmits }
    ServerTimingResult {
        total_metrics, metrics |
        successes, with_total, no_total, no_duration, not_a_duration, too_much, too_long
    }
    Saturation {
        code |
        since_s, until_s, due_per_s, answered_per_s, best_per_s, unanswered, is_wire_at_floor
    }
    RampBreak { metric, comparison, limit_text | since_s, due_per_s }
    Stopped { code, outcome, reason, threshold | count, status }
    BrokenThreshold { metric, comparison, limit_text | count, allowed, at_most }
    Buckets { phases | le_ns }
    Comparison {
        schema, version, scenario, baseline, candidate, advisory_reasons, cause, notes, metrics |
        design, finding, advisory, confidence, shift, spectra
    }
    Side { commits, targets, runs | completed }
    RunOfSide { id, started_at, commit | }
    MetricResult {
        name, unit, method, why |
        gates, higher_is_worse, baseline, candidate, change, low, high, low_90, high_90, margin,
        finding, p, p_adjusted, detectable, runs_needed, pairs
    }
    History { series, capacities, unread | }
    CapacitySeries { scenario, target, goals, load, searches | unit }
    PastSearch { started_at, commit | page, holds, fails, change, is_apart, verdict }
    SearchComparison {
        schema, scenario, baseline, candidate, method, advisory_reasons, notes, text |
        unit, change, low, high, margin, finding, advisory
    }
    SearchSide { commits | holds, fails, mean }
    Series {
        scenario, scenario_sha256, work, target, machine, runs, changes | noise, runs_lacking
    }
    // The page is an address, which a cut would break; as text it is never shown.
    PastRun {
        id, started_at, commit |
        page, state, measurement, thresholds_hold, completed, failed, achieved_per_s, figures
    }
    Change { before, after | figure, first, change }
    SearchSummary {
        schema, run, load, goals, searches, verdict_text |
        unit, settings, holds, interval, at_least, verdict
    }
    SearchGoal { metric, comparison, limit_text | limit }
    OneSearch {
        conclusion_text, trials, limit, headroom |
        holds, fails, is_judged, confirmation, conclusion, loads, p99_doubles_at, took_ns
    }
    TrialResult {
        why, thresholds |
        number, kind, load, began_ns, planned_ns, took_ns, verdict, recovery_ns, ok, failed, dropped,
        achieved_per_s, p50_ns, p99_ns, phases_p99_ns, own_cpu, signers_busy
    }
    SearchLimit { text | who, phase, lowest_p99_ns, failing_p99_ns }
    Headroom { text | at, own_cpu, signers_busy, lag_p99_ns }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_direction_marks_become_spaces() {
        assert_eq!(
            sanitized_text("\u{1b}[31mred\r\n\u{202e}abc"),
            " [31mred   abc"
        );
    }

    #[test]
    fn what_is_no_character_becomes_a_space() {
        assert_eq!(
            sanitized_text("a\u{fffe}b\u{ffff}c\u{1ffff}d\u{fdd0}e\u{fffd}"),
            "a b c d e\u{fffd}"
        );
    }

    #[test]
    fn long_texts_are_cut_at_200_characters_and_say_so() {
        let cut = sanitized_text(&"ä".repeat(500));
        assert_eq!(cut.chars().count(), 200);
        assert!(cut.ends_with('…'));
        assert_eq!(sanitized_text(&"ä".repeat(200)), "ä".repeat(200));
    }
}
