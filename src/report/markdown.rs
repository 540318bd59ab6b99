//! `summary.md`: GitHub-flavoured Markdown for a job summary or a pull request.
//!
//! Kept under 30 KB, so that it also fits a comment: every list has a limit.

mod comparison;

pub(super) use comparison::comparison;

use super::answer::answer;
use super::figures::{amplified, grouped, millis, rate, ratio, ratio_of, share, whole_share};
use super::hostile::tamed;
use super::loads::{COLUMNS, cells, several};
use super::phase_rows::{self, PhaseRow};
use super::verdict::{self, Kept, Verdict};
use super::{ReportError, matrix, negative, phrases, reasons, remarks};
use crate::summary::Summary;
use crate::units::float;

/// Rows of a list whose length the run decides.
const ROWS_MAX: usize = 30;

/// Writes verdict and thresholds first, then where the time went, then the rest.
#[expect(
    clippy::unnecessary_wraps,
    reason = "every report has this signature; Markdown happens not to fail"
)]
pub(super) fn render(summary: &Summary) -> Result<Vec<u8>, ReportError> {
    let summary = tamed(summary);
    let blocks = [
        heading(&summary),
        matrix(&summary),
        thresholds(&summary),
        split(&summary),
        counts(&summary),
        orgs(&summary),
        bad_tokens(&summary),
        loads(&summary),
        phases(&summary),
        outcomes(&summary),
        failures(&summary),
        footer(&summary),
    ];
    let blocks: Vec<String> = blocks.into_iter().filter(|b| !b.is_empty()).collect();
    Ok(format!("{}\n", blocks.join("\n\n")).into_bytes())
}

fn heading(summary: &Summary) -> String {
    let judged = verdict::thresholds(summary);
    let measured = verdict::measurement(summary);
    let answer = answer(summary);
    let mut lines = vec![format!(
        "## {}: {}, measurement {}",
        text(&summary.run.scenario),
        judged.word,
        measured.word
    )];
    if let Some(Verdict { word, detail, .. }) = verdict::ending(summary) {
        lines.push(format!("**{word}**: {detail}."));
    }
    if let Some(lead) = &answer.lead {
        lines.push(format!("**{}**", text(lead)));
    }
    lines.push(format!(
        "**{}** {}",
        text(&answer.time),
        text(&answer.signing)
    ));
    lines.extend(answer.losses.as_deref().map(text));
    lines.extend(
        verdict::trend(summary)
            .map(|trend| format!("**{}**: {}.", trend.word, text(&trend.detail))),
    );
    let reasons = &summary.measurement.reasons;
    if !reasons.is_empty() {
        let items = reasons
            .iter()
            .take(ROWS_MAX)
            .map(|r| format!("- {}", text(r)));
        let items: Vec<String> = items.collect();
        lines.push(format!(
            "The measurement is {}:\n\n{}",
            measured.word,
            items.join("\n")
        ));
    }
    lines.join("\n\n")
}

/// What orgs did and lost, and what is to be known of the load.
fn orgs(summary: &Summary) -> String {
    let lines = remarks::lines(summary);
    let items = lines
        .iter()
        .take(ROWS_MAX)
        .map(|line| format!("- {}", text(line)));
    items.collect::<Vec<_>>().join("\n")
}

fn thresholds(summary: &Summary) -> String {
    if summary.thresholds.is_empty() {
        return "No thresholds were set.".to_owned();
    }
    let rows = summary.thresholds.iter().take(ROWS_MAX).map(|threshold| {
        vec![
            match verdict::kept(summary, threshold) {
                Kept::Yes => "pass",
                Kept::No => "**FAIL**",
                Kept::NotJudged => "not judged",
            }
            .to_owned(),
            text(&format!(
                "{} {} {}",
                threshold.metric, threshold.comparison, threshold.limit_text
            )),
            text(&format!(
                "{}{}",
                threshold.actual_text,
                phrases::implied(threshold)
            )),
        ]
    });
    table(&["", "threshold", "was"], 2, rows.collect())
}

fn split(summary: &Summary) -> String {
    let rows = summary.split.rows();
    if rows.is_empty() {
        return String::new();
    }
    let mut body: Vec<Vec<String>> = Vec::new();
    for part in summary.split.parts() {
        let mut row = vec![part.name().to_owned()];
        row.extend(rows.iter().map(|(_, of)| {
            let ns = of.part(part);
            let share = whole_share(ratio(ns, of.latency_ns));
            format!("{} ({share})", millis(ns))
        }));
        body.push(row);
    }
    let mut total = vec!["**latency**".to_owned()];
    total.extend(
        rows.iter()
            .map(|(_, row)| format!("**{}**", millis(row.latency_ns))),
    );
    body.push(total);
    let mut samples = vec!["mean of".to_owned()];
    samples.extend(rows.iter().map(|(_, row)| grouped(row.samples)));
    body.push(samples);
    let mut head = vec!["ms"];
    head.extend(rows.iter().map(|(name, _)| *name));
    format!(
        "### Where the time went\n\n{}\n\n{}",
        table(&head, 1, body),
        text(&phrases::parts(summary))
    )
}

fn counts(summary: &Summary) -> String {
    let c = &summary.counts;
    let r = &summary.rates;
    let asked = r.asked_per_s.map_or_else(
        || "no rate asked".to_owned(),
        |asked| format!("{} asked", rate(asked)),
    );
    let planned = r.planned_per_s.filter(|_| r.asked_per_s.is_some());
    let planned = planned.map_or_else(String::new, |planned| format!(", {} due", rate(planned)));
    let wire = summary.wire.as_ref().map_or_else(String::new, |wire| {
        format!("\n\nWire: {}.", text(&phrases::wire(wire)))
    });
    format!(
        "{} planned, {} started, {} ok, {} failed, {} dropped, {} late, {} retried, {} interrupted. \
         {asked}{planned}, {} achieved over {:.1} s measured{}.{wire}",
        grouped(c.planned),
        grouped(c.started),
        grouped(c.ok),
        grouped(c.failed),
        grouped(c.dropped),
        grouped(c.late),
        grouped(c.retried + c.resent),
        grouped(c.interrupted),
        rate(r.achieved_per_s),
        r.measured_s,
        amplified(r),
    )
}

/// Each load on its own, where there are several.
fn loads(summary: &Summary) -> String {
    let rows = several(summary).iter().take(ROWS_MAX).map(|load| {
        let mut row = vec![text(&load.name)];
        row.extend(cells(load));
        row
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return String::new();
    }
    let mut head = vec!["load (ms)"];
    head.extend(COLUMNS);
    format!("### Loads\n\n{}", table(&head, 1, rows))
}

/// What the variants of a matrix cost.
fn matrix(summary: &Summary) -> String {
    let Some(result) = matrix::of(summary) else {
        return String::new();
    };
    let costs = matrix::costs(result);
    if costs.is_empty() {
        let why = text(&matrix::why_none(result));
        return format!("### What signing costs\n\n{why}");
    }
    let rows = costs.into_iter().take(ROWS_MAX).map(|cost| {
        let mut row = vec![format!("{} {}", text(cost.metric), text(cost.variant))];
        row.extend(cost.cells);
        row
    });
    let reference = text(&result.reference);
    let mut head = vec!["ms", &reference];
    head.extend(matrix::COLUMNS);
    let body = format!(
        "{}\n\n{}",
        table(&head, 1, rows.collect()),
        text(&matrix::lead(result))
    );
    format!("### What signing costs\n\n{body}")
}

/// What became of bad tokens.
fn bad_tokens(summary: &Summary) -> String {
    let Some(result) = &summary.negative else {
        return String::new();
    };
    let rows = result.faults.iter().map(|fault| {
        let cells = negative::cells(fault);
        cells.iter().map(|cell| text(cell)).collect()
    });
    let lines = negative::lines(result);
    let lines: Vec<_> = lines.iter().map(|line| text(line)).collect();
    format!(
        "### Bad tokens\n\n{}\n\n{}",
        table(&negative::COLUMNS, 2, rows.collect()),
        lines.join(". ")
    )
}

fn phases(summary: &Summary) -> String {
    let mut rows = Vec::new();
    for (suffix, phases) in [
        ("", phase_rows::of_successes(summary)),
        (" (failed)", phase_rows::of_failures(summary)),
    ] {
        for PhaseRow { name, stats, .. } in phases {
            rows.push(vec![
                format!("{}{suffix}", text(&name)),
                grouped(stats.count),
                millis(stats.mean_ns),
                millis(float(stats.p50_ns)),
                millis(float(stats.p90_ns)),
                millis(float(stats.p99_ns)),
                millis(float(stats.p99_9_ns)),
                millis(float(stats.max_ns)),
            ]);
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let head = ["ms", "count", "mean", "p50", "p90", "p99", "p99.9", "max"];
    folded("Phases", &table(&head, 1, rows))
}

fn outcomes(summary: &Summary) -> String {
    let total: u64 = summary.outcomes.values().sum();
    let mut rows: Vec<Vec<String>> = summary
        .outcomes
        .iter()
        .take(ROWS_MAX)
        .map(|(name, count)| {
            vec![
                text(&phrases::outcome(name)),
                grouped(*count),
                share(ratio_of(*count, total)),
            ]
        })
        .collect();
    rows.extend(
        summary
            .statuses
            .iter()
            .take(ROWS_MAX)
            .map(|(status, count)| {
                let part = share(ratio_of(*count, total));
                vec![format!("HTTP {status}"), grouped(*count), part]
            }),
    );
    if rows.is_empty() {
        return String::new();
    }
    folded("Outcomes", &table(&["outcome", "count", "share"], 1, rows))
}

fn failures(summary: &Summary) -> String {
    if summary.failures.is_empty() {
        return String::new();
    }
    let rows = summary.failures.iter().take(ROWS_MAX).map(|failure| {
        vec![
            text(&phrases::outcome(&failure.outcome)),
            text(&failure.message),
            grouped(failure.count),
        ]
    });
    let head = ["failure", "what was said", "count"];
    let remedies = reasons::remedies(summary);
    let remedies: Vec<_> = remedies.into_iter().map(text).collect();
    folded(
        "Failures",
        &[vec![table(&head, 2, rows.collect())], remedies]
            .concat()
            .join("\n\n"),
    )
}

fn footer(summary: &Summary) -> String {
    let run = &summary.run;
    let commit = run
        .commit
        .as_deref()
        .map_or_else(String::new, |commit| format!(", commit {}", text(commit)));
    format!(
        "{} against {}{commit}, {}, seed {}, leadbench {}.\n{}",
        text(&run.load.description),
        text(&run.target),
        text(&run.started_at),
        run.seed,
        text(&run.version),
        phrases::model(summary),
    )
}

fn folded(title: &str, body: &str) -> String {
    format!("<details><summary>{title}</summary>\n\n{body}\n\n</details>")
}

/// A table whose first `texts` columns are words and the others numbers.
fn table(head: &[&str], texts: usize, rows: Vec<Vec<String>>) -> String {
    let rule: Vec<&str> = (0..head.len())
        .map(|column| if column < texts { "---" } else { "---:" })
        .collect();
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let mut lines = vec![
        line(head.iter().map(|name| (*name).to_owned()).collect()),
        line(rule.into_iter().map(str::to_owned).collect()),
    ];
    lines.extend(rows.into_iter().map(line));
    lines.join("\n")
}

/// Text that was chosen elsewhere, with all that Markdown or HTML would act on escaped.
fn text(raw: &str) -> String {
    let mut escaped = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '`' => escaped.push_str("&#96;"),
            '|' => escaped.push_str("&#124;"),
            '$' => escaped.push_str("&#36;"),
            // Within its own element it names no account that would be called upon.
            '@' => escaped.push_str("<span>@</span>"),
            '\\' | '*' | '_' | '[' | ']' | '~' | '#' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    // A bare address would become a link to wherever the target likes.
    escaped
        .replace("://", ":&#47;/")
        .replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_target_is_taken_for_markup() {
        assert_eq!(
            text("@you pay $5 a|b `x` <script> [l](https://e) **b**"),
            r"<span>@</span>you pay &#36;5 a&#124;b &#96;x&#96; &lt;script&gt; \[l\](https:&#47;/e) \*\*b\*\*"
        );
    }
}
