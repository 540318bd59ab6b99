//! Text that targets and users chose, made harmless before anyone reads it.
//!
//! An error text may hold terminal escapes, line breaks that forge a report's structure,
//! or a megabyte of anything. Escaping for HTML, Markdown or CSV is each format's own
//! task and comes on top of this.

use std::collections::BTreeMap;

use crate::summary::{
    Comparison, FailureExample, LoadResult, LoadSummary, Machine, MarginalCost, MatrixResult,
    OrgResult, Overlay, Run, ServerTimingResult, Summary, ThresholdResult, VariantResult,
};

/// Characters kept of a text; past this nobody reads a line of a table.
const LENGTH_MAX: usize = 200;

/// Replaces control and direction characters by spaces, trims the end and cuts to 200
/// characters.
pub fn tame(text: &str) -> String {
    let mut kept: String = text.chars().take(LENGTH_MAX).map(visible).collect();
    if text.chars().nth(LENGTH_MAX).is_some() {
        kept.pop();
        kept.push('…');
    }
    kept.truncate(kept.trim_end().len());
    kept
}

/// The same without a cut: nothing but spaces in place of what is not seen.
pub fn harmless(text: &str) -> String {
    text.chars().map(visible).collect()
}

fn visible(c: char) -> char {
    if is_unseen(c) { ' ' } else { c }
}

/// Whether a character is not seen, but changes how its neighbours are: bidirectional overrides
/// can make a text read as another one, and what is no character at all (Unicode, section 23.7)
/// is not legal in XML.
pub fn is_unseen(c: char) -> bool {
    let misleading = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let is_none = u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}');
    c.is_control() || misleading || is_none
}

/// The summary with every free text tamed, for all formats but `summary.json`.
///
/// The structs are taken apart without `..` on purpose: a new text field does not
/// compile until it is thought about here.
pub(super) fn tamed(summary: &Summary) -> Summary {
    let mut summary = summary.clone();
    summary.run = tamed_run(&summary.run);
    summary.failures = summary.failures.iter().map(tamed_failure).collect();
    summary.thresholds = summary.thresholds.iter().map(tamed_threshold).collect();
    summary.outcomes = tamed_outcomes(&summary.outcomes);
    let signing = &mut summary.signing;
    signing.mode = tame(&signing.mode);
    signing.source = tame(&signing.source);
    signing.algorithm = signing.algorithm.as_deref().map(tame);
    for reason in &mut summary.measurement.reasons {
        *reason = tame(reason);
    }
    for warning in &mut summary.warnings {
        *warning = tame(warning);
    }
    if let Some(stopped) = &mut summary.stopped {
        stopped.code = tame(&stopped.code);
        stopped.outcome = tame(&stopped.outcome);
        stopped.reason = stopped.reason.as_deref().map(tame);
    }
    for load in &mut summary.loads {
        *load = tamed_result(load);
    }
    summary.matrix = summary.matrix.as_ref().map(tamed_matrix);
    summary.server_timing = summary.server_timing.as_ref().map(tamed_server_timing);
    if let Some(wire) = &mut summary.wire {
        wire.unavailable = wire.unavailable.as_deref().map(tame);
        for connection in &mut wire.worst {
            connection.local = tame(&connection.local);
        }
    }
    for slow in &mut summary.slowest {
        slow.trace_id = slow.trace_id.as_deref().map(tame);
    }
    if let Some(negative) = &mut summary.negative {
        for fault in &mut negative.faults {
            for text in [&mut fault.fault, &mut fault.meaning, &mut fault.expected] {
                *text = tame(text);
            }
        }
    }
    summary
}

/// A comparison with every free text tamed, for all formats but `comparison.json`.
pub(super) fn tamed_comparison(comparison: &Comparison) -> Comparison {
    let mut comparison = comparison.clone();
    comparison.scenario = tame(&comparison.scenario);
    comparison.version = tame(&comparison.version);
    let texts = comparison.advisory_reasons.iter_mut();
    let texts = texts.chain(&mut comparison.notes);
    for text in texts.chain(&mut comparison.cause) {
        *text = tame(text);
    }
    for side in [&mut comparison.baseline, &mut comparison.candidate] {
        for text in side.commits.iter_mut().chain(&mut side.targets) {
            *text = tame(text);
        }
        for run in &mut side.runs {
            run.id = tame(&run.id);
            run.started_at = tame(&run.started_at);
            run.commit = run.commit.as_deref().map(tame);
        }
    }
    comparison
}

fn tamed_outcomes(outcomes: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let outcomes = outcomes.iter();
    outcomes.map(|(name, count)| (tame(name), *count)).collect()
}

fn tamed_result(load: &LoadResult) -> LoadResult {
    let LoadResult {
        name,
        description,
        model,
        start_ns,
        duration_ns,
        warmup_ns,
        schedule_sha256,
        counts,
        rates,
        starved,
        expired,
        planned_duration_ns,
        phases,
        failed_phases,
        split,
        outcomes,
        salesforce,
    } = load;
    LoadResult {
        name: tame(name),
        description: tame(description),
        model: *model,
        start_ns: *start_ns,
        duration_ns: *duration_ns,
        warmup_ns: *warmup_ns,
        schedule_sha256: schedule_sha256.as_deref().map(tame),
        counts: *counts,
        rates: *rates,
        starved: *starved,
        expired: *expired,
        planned_duration_ns: *planned_duration_ns,
        phases: phases.clone(),
        failed_phases: failed_phases.clone(),
        split: *split,
        outcomes: tamed_outcomes(outcomes),
        salesforce: salesforce.as_ref().map(tamed_org),
    }
}

fn tamed_matrix(matrix: &MatrixResult) -> MatrixResult {
    let MatrixResult {
        compares,
        block_ns,
        settle_ns,
        rounds,
        reference,
        confidence,
        variants,
    } = matrix;
    let cost = |cost: &MarginalCost| MarginalCost {
        metric: tame(&cost.metric),
        ..cost.clone()
    };
    let variant = |variant: &VariantResult| VariantResult {
        name: tame(&variant.name),
        costs: variant.costs.iter().map(cost).collect(),
        rounds: variant.rounds.clone(),
    };
    MatrixResult {
        compares: tame(compares),
        block_ns: *block_ns,
        settle_ns: *settle_ns,
        rounds: *rounds,
        reference: tame(reference),
        confidence: *confidence,
        variants: variants.iter().map(variant).collect(),
    }
}

fn tamed_server_timing(told: &ServerTimingResult) -> ServerTimingResult {
    let metrics = told.metrics.iter();
    ServerTimingResult {
        total_metrics: told.total_metrics.iter().map(|name| tame(name)).collect(),
        metrics: metrics.map(|(name, stats)| (tame(name), *stats)).collect(),
        ..told.clone()
    }
}

fn tamed_org(org: &OrgResult) -> OrgResult {
    let OrgResult {
        preset,
        transactions,
        re_enqueued,
        lost,
        left_over,
        amplification,
    } = org;
    OrgResult {
        preset: tame(preset),
        transactions: *transactions,
        re_enqueued: *re_enqueued,
        lost: tamed_outcomes(lost),
        left_over: *left_over,
        amplification: *amplification,
    }
}

fn tamed_run(run: &Run) -> Run {
    let Run {
        id,
        scenario,
        scenario_file,
        scenario_sha256,
        overlays,
        state,
        started_at,
        duration_ns,
        command,
        commit,
        labels,
        overrides,
        seed,
        version,
        engine,
        model,
        target,
        connections,
        trace_link,
        load,
        machine,
    } = run;
    let mut overrides = overrides.clone();
    for change in &mut overrides {
        change.path = tame(&change.path);
        change.value = tame(&change.value);
    }
    Run {
        id: tame(id),
        scenario: tame(scenario),
        scenario_file: tame(scenario_file),
        scenario_sha256: tame(scenario_sha256),
        overlays: overlays.iter().map(tamed_overlay).collect(),
        state: *state,
        started_at: tame(started_at),
        duration_ns: *duration_ns,
        command: command.iter().map(|word| tame(word)).collect(),
        commit: commit.as_deref().map(tame),
        labels: labels
            .iter()
            .map(|(key, value)| (tame(key), tame(value)))
            .collect(),
        overrides,
        seed: *seed,
        version: tame(version),
        engine: tame(engine),
        model: *model,
        target: tame(target),
        connections: connections.as_deref().map(tame),
        trace_link: trace_link.as_deref().map(tame),
        load: tamed_load(load),
        machine: tamed_machine(machine),
    }
}

fn tamed_overlay(overlay: &Overlay) -> Overlay {
    let Overlay { file, sha256 } = overlay;
    Overlay {
        file: tame(file),
        sha256: tame(sha256),
    }
}

fn tamed_load(load: &LoadSummary) -> LoadSummary {
    let LoadSummary {
        name,
        description,
        warmup_ns,
        io_workers,
    } = load;
    LoadSummary {
        name: tame(name),
        description: tame(description),
        warmup_ns: *warmup_ns,
        io_workers: *io_workers,
    }
}

fn tamed_machine(machine: &Machine) -> Machine {
    let Machine {
        os,
        arch,
        cpu,
        cores,
        memory_bytes,
        clock_source,
        build,
    } = machine;
    Machine {
        os: tame(os),
        arch: tame(arch),
        cpu: cpu.as_deref().map(tame),
        cores: *cores,
        memory_bytes: *memory_bytes,
        clock_source: clock_source.as_deref().map(tame),
        build: tame(build),
    }
}

fn tamed_failure(failure: &FailureExample) -> FailureExample {
    let FailureExample {
        outcome,
        status,
        message,
        first_at_ns,
        count,
    } = failure;
    FailureExample {
        outcome: tame(outcome),
        status: *status,
        message: tame(message),
        first_at_ns: *first_at_ns,
        count: *count,
    }
}

fn tamed_threshold(threshold: &ThresholdResult) -> ThresholdResult {
    let ThresholdResult {
        metric,
        comparison,
        limit,
        limit_text,
        actual,
        actual_text,
        passed,
        implied,
    } = threshold;
    ThresholdResult {
        metric: tame(metric),
        comparison: tame(comparison),
        limit: *limit,
        limit_text: tame(limit_text),
        actual: *actual,
        actual_text: tame(actual_text),
        passed: *passed,
        implied: *implied,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_direction_marks_become_spaces() {
        assert_eq!(tame("\u{1b}[31mred\r\n\u{202e}abc"), " [31mred   abc");
    }

    #[test]
    fn what_is_no_character_becomes_a_space() {
        assert_eq!(
            tame("a\u{fffe}b\u{ffff}c\u{1ffff}d\u{fdd0}e\u{fffd}"),
            "a b c d e\u{fffd}"
        );
    }

    #[test]
    fn long_texts_are_cut_at_200_characters_and_say_so() {
        let cut = tame(&"ä".repeat(500));
        assert_eq!(cut.chars().count(), 200);
        assert!(cut.ends_with('…'));
        assert_eq!(tame(&"ä".repeat(200)), "ä".repeat(200));
    }
}
