//! What follows the headline, a block each.

use super::paint::{BOLD, FAINT, mood, paint};
use super::table::Table;
use super::wrapped;
use crate::phase::Phase;
use crate::report::answer::signer;
use crate::report::figures::{
    amplified, bytes, counted, grouped, millis, rate, ratio, ratio_of, share,
};
use crate::report::loads::{COLUMNS, cells, several};
use crate::report::phase_rows::{self, PhaseRow};
use crate::report::phrases;
use crate::report::verdict::{self, Kept, Mood};
use crate::report::{matrix, negative, reasons, remarks};
use crate::summary::{FaultResult, LoadResult, Model, SplitRow, Summary, Trend, Validity};
use crate::units::{count, float, index, whole};

/// Cells of the bar that draws a share of the 99th percentile.
const BAR_CELLS: f64 = 10.0;

/// Rows of a list whose length the run decides.
const ROWS_MAX: usize = 16;

/// Columns that a table may have without a line break in a usual terminal.
const COLUMNS_MAX: usize = 100;

/// What was done and left undone, and how fast.
pub(super) fn counts(summary: &Summary) -> String {
    let c = &summary.counts;
    let always = [
        (c.planned, "planned"),
        (c.started, "started"),
        (c.ok, "ok"),
        (c.failed, "failed"),
        (c.dropped, "dropped"),
    ];
    let if_any = [
        (c.queued, "queued"),
        (c.late, "late"),
        (c.retried, "retried"),
        (c.resent, "resent"),
        (c.negative, "with a fault on purpose"),
        (c.interrupted, "interrupted"),
    ];
    let words: Vec<String> = always
        .into_iter()
        .chain(if_any.into_iter().filter(|(n, _)| *n > 0))
        .map(|(n, name)| format!("{} {name}", grouped(n)))
        .collect();
    let warmup = match (c.warmup, c.warmup_dropped) {
        (0, 0) => String::new(),
        (n, 0) => format!("; {} warm-up callouts left out", grouped(n)),
        (n, dropped) => format!(
            "; {} warm-up callouts left out, {} dropped in it",
            grouped(n),
            grouped(dropped)
        ),
    };
    let rates = &summary.rates;
    let planned = rates.planned_per_s.filter(|_| rates.asked_per_s.is_some());
    let planned = planned.map_or_else(String::new, |planned| format!(", {} due", rate(planned)));
    let asked = rates.asked_per_s.map_or_else(
        || {
            match summary.run.model {
                Model::Mixed => "no rate in all, for closed loads ask for none",
                Model::Closed | Model::Open => "none asked (closed model)",
            }
            .to_owned()
        },
        |asked| format!("{} asked", rate(asked)),
    );
    let rates = format!(
        "{asked}{planned}, {} achieved over {:.1} s{}{warmup}",
        rate(rates.achieved_per_s),
        rates.measured_s,
        amplified(rates),
    );
    let counts = labelled("Callouts", &words.join(", "));
    format!("{counts}\n{}", labelled("Rate", &rates))
}

/// What orgs did and lost, and what is to be known of the load.
pub(super) fn orgs(summary: &Summary) -> String {
    let orgs = remarks::orgs(summary);
    let notes = remarks::notes(summary);
    let orgs = orgs.iter().map(|line| labelled("Org", line));
    let notes = notes.iter().map(|line| labelled("Note", line));
    orgs.chain(notes).collect::<Vec<_>>().join("\n")
}

/// Each load on its own, where there are several.
pub(super) fn loads(summary: &Summary) -> String {
    let loads = several(summary);
    if loads.is_empty() {
        return String::new();
    }
    let row = |load: &LoadResult| {
        let mut row = vec![load.name.clone()];
        row.extend(cells(load));
        row
    };
    Table {
        title: "Loads (ms)",
        head: COLUMNS.to_vec(),
        rows: loads.iter().map(row).collect(),
    }
    .text()
}

/// What the variants of a matrix cost.
pub(super) fn matrix(summary: &Summary) -> String {
    let Some(result) = matrix::of(summary) else {
        return String::new();
    };
    let costs = matrix::costs(result);
    if costs.is_empty() {
        return labelled("Cost", &matrix::why_none(result));
    }
    let mut last = String::new();
    let row = |cost: matrix::Cost<'_>| {
        let metric = if last == cost.metric { "" } else { cost.metric };
        cost.metric.clone_into(&mut last);
        let mut row = vec![format!("  {metric:<14}{}", cost.variant)];
        row.extend(cost.cells);
        row
    };
    let rows = costs.into_iter().map(row).collect();
    let mut head = vec![result.reference.as_str()];
    head.extend(matrix::COLUMNS);
    let table = Table {
        title: "What signing costs (ms)",
        head,
        rows,
    };
    format!("{}\n{}", table.text(), wrapped(&matrix::lead(result)))
}

/// What became of bad tokens.
pub(super) fn negative(summary: &Summary) -> String {
    let Some(result) = &summary.negative else {
        return String::new();
    };
    let row = |fault: &FaultResult| {
        let [name, cells @ ..] = negative::cells(fault);
        let mut row = vec![format!("  {name}")];
        row.extend(cells);
        row
    };
    let [_, head @ ..] = negative::COLUMNS;
    let table = Table {
        title: "Bad tokens",
        head: head.to_vec(),
        rows: result.faults.iter().map(row).collect(),
    };
    let lines = negative::lines(result);
    let lines: Vec<_> = lines.iter().map(|line| wrapped(line)).collect();
    format!("{}\n{}", table.text(), lines.join("\n"))
}

/// A bold name and running text beside it, the further lines set in.
fn labelled(name: &str, text: &str) -> String {
    let line = wrapped(&format!("{name:<10}{text}"));
    let line = line.replace('\n', &format!("\n{:10}", ""));
    line.replacen(name, &paint(BOLD, name), 1)
}

/// Where the time of a callout went; the shares are those of the headline, and are drawn where
/// there is room.
pub(super) fn split(summary: &Summary) -> String {
    let rows = summary.split.rows();
    let Some((name, _)) = headlined(&rows) else {
        return String::new();
    };
    let with_bars = split_table(&rows, summary, true);
    let is_wide = |line: &str| line.chars().count() > COLUMNS_MAX;
    // The head is styled, and as wide as what stands under it.
    let table = if with_bars.lines().skip(1).any(is_wide) {
        split_table(&rows, summary, false)
    } else {
        with_bars
    };
    let said = format!("Shares are of {name}. {}", phrases::parts(summary));
    let told = phrases::server_metrics(summary).map(|told| labelled("Server", &told));
    let lines = [Some(table), Some(wrapped(&said)), told];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// The row that the headline speaks of.
fn headlined<'r, 's>(rows: &'r [(&'s str, &'s SplitRow)]) -> Option<&'r (&'s str, &'s SplitRow)> {
    let near_p99 = rows.iter().find(|(name, _)| *name == "near p99");
    near_p99.or(rows.last())
}

fn split_table(rows: &[(&str, &SplitRow)], summary: &Summary, with_bars: bool) -> String {
    let mut body = Vec::new();
    for part in summary.split.parts() {
        let mut row = vec![format!("  {}", part.name())];
        row.extend(rows.iter().map(|(_, of)| millis(of.part(part))));
        if let Some((_, headlined)) = headlined(rows) {
            let [share, bar] = bar(headlined, headlined.part(part));
            row.push(share);
            row.extend(with_bars.then_some(bar));
        }
        body.push(row);
    }
    let mut total = vec!["  latency".to_owned()];
    total.extend(rows.iter().map(|(_, row)| millis(row.latency_ns)));
    body.push(total);
    let mut samples = vec!["  mean of callouts".to_owned()];
    samples.extend(rows.iter().map(|(_, row)| grouped(row.samples)));
    body.push(samples);
    let mut head: Vec<_> = rows.iter().map(|(name, _)| *name).collect();
    head.push("share");
    head.extend(with_bars.then_some(""));
    let table = Table {
        title: "Where the time went (ms)",
        head,
        rows: body,
    };
    table.text()
}

/// The share of the slow callouts, as a number and a bar.
fn bar(row: &SplitRow, ns: f64) -> [String; 2] {
    let fraction = ratio(ns, row.latency_ns);
    let cells = index(whole(fraction.clamp(0.0, 1.0) * BAR_CELLS));
    [share(fraction), format!("{:<10}", "█".repeat(cells))]
}

/// The distribution of every phase that occurred.
pub(super) fn phases(summary: &Summary) -> String {
    let tables = [
        ("Phases (ms)", phase_rows::of_successes(summary)),
        ("Phases of failures (ms)", phase_rows::of_failures(summary)),
    ];
    let blocks: Vec<String> = tables
        .into_iter()
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(title, rows)| {
            let table = Table {
                title,
                head: vec!["count", "mean", "p50", "p90", "p99", "p99.9", "max"],
                rows: rows.iter().map(phase_row).collect(),
            };
            table.text()
        })
        .collect();
    blocks.join("\n\n")
}

fn phase_row(row: &PhaseRow<'_>) -> Vec<String> {
    let ms = |ns: u64| millis(float(ns));
    let PhaseRow { name, stats, .. } = row;
    vec![
        format!("  {name}"),
        grouped(stats.count),
        millis(stats.mean_ns),
        ms(stats.p50_ns),
        ms(stats.p90_ns),
        ms(stats.p99_ns),
        ms(stats.p99_9_ns),
        ms(stats.max_ns),
    ]
}

/// What the kernel knew of the connections.
pub(super) fn wire(summary: &Summary) -> String {
    summary
        .wire
        .as_ref()
        .map_or_else(String::new, |wire| labelled("Wire", &phrases::wire(wire)))
}

/// How iterations ended, and what the failures said.
pub(super) fn outcomes(summary: &Summary) -> String {
    let failed = summary.outcomes.keys().any(|name| name != "ok");
    if !failed && summary.failures.is_empty() {
        return String::new();
    }
    let total: u64 = summary.outcomes.values().sum();
    let rows = summary.outcomes.iter().take(ROWS_MAX).map(|(name, n)| {
        let name = format!("  {}", phrases::outcome(name));
        vec![name, grouped(*n), share(ratio_of(*n, total))]
    });
    let table = Table {
        title: "Outcomes",
        head: vec!["count", "share"],
        rows: rows.collect(),
    };
    let statuses: Vec<String> = summary
        .statuses
        .iter()
        .take(ROWS_MAX)
        .map(|(status, n)| format!("{status} x {}", grouped(*n)))
        .collect();
    let mut lines = vec![table.text()];
    if !statuses.is_empty() {
        lines.push(wrapped(&format!("  statuses: {}", statuses.join(", "))));
    }
    for failure in summary.failures.iter().take(ROWS_MAX) {
        let said = format!("  {} x {}", grouped(failure.count), failure.message);
        lines.push(paint(FAINT, &wrapped(&said)));
    }
    let remedies = reasons::remedies(summary);
    lines.extend(remedies.into_iter().map(|told| labelled("Hint", told)));
    lines.join("\n")
}

/// What had to hold.
pub(super) fn thresholds(summary: &Summary) -> String {
    if summary.thresholds.is_empty() {
        return String::new();
    }
    let rules: Vec<String> = summary
        .thresholds
        .iter()
        .map(|t| format!("{} {} {}", t.metric, t.comparison, t.limit_text))
        .collect();
    let width = rules.iter().map(|rule| rule.chars().count()).max();
    let width = width.unwrap_or_default();
    let mut lines = vec![paint(BOLD, "Thresholds")];
    for (rule, threshold) in rules.iter().zip(&summary.thresholds) {
        let word = match verdict::kept(summary, threshold) {
            Kept::Yes => mood(Mood::Good, "pass"),
            Kept::No => mood(Mood::Bad, "FAIL"),
            Kept::NotJudged => "not judged".to_owned(),
        };
        let was = phrases::was(threshold);
        let implied = phrases::implied(threshold);
        lines.push(format!("  {word}  {rule:<width$}  {was}{implied}"));
    }
    lines.join("\n")
}

/// Why the figures can or cannot be trusted.
pub(super) fn measurement(summary: &Summary) -> String {
    let m = &summary.measurement;
    let verdict = verdict::measurement(summary);
    let mut facts = Vec::new();
    facts.extend(m.own_cpu.map(|cpu| format!("own CPU {}", share(cpu))));
    facts.extend(m.steal.map(|steal| format!("steal {}", share(steal))));
    facts.extend(m.peak_rss_bytes.map(|rss| format!("memory {}", bytes(rss))));
    if let Some(lag) = summary.phase(Phase::Lag) {
        facts.push(format!("lag p99 {} ms", millis(float(lag.p99_ns))));
    }
    if let Some(pickup) = summary.phase(Phase::Pickup) {
        facts.push(format!("pickup p99 {} ms", millis(float(pickup.p99_ns))));
    }
    if let Some(late) = m.wakeup_p99_ns {
        facts.push(format!("wake-up p99 {} ms", millis(float(late))));
    }
    facts.extend(m.kernel_stamps.map(phrases::kernel_stamps));
    let steady = summary.stationarity.as_ref();
    let steady = steady.filter(|steady| steady.trend == Trend::Steady);
    facts.extend(steady.map(|_| "latency steady over the run".to_owned()));
    let name = "Measurement";
    let line = wrapped(&format!("{name}  {}  {}", verdict.word, facts.join(", ")));
    let line = line
        .replace('\n', "\n  ")
        .replacen(verdict.word, &mood(verdict.mood, verdict.word), 1)
        .replacen(name, &paint(BOLD, name), 1);
    let mut lines = vec![line];
    lines.extend(reasons(summary));
    lines.join("\n")
}

/// What speaks against the measurement, where anything does.
pub(super) fn doubts(summary: &Summary) -> String {
    let verdict = verdict::measurement(summary);
    let reasons = reasons(summary);
    if reasons.is_empty() {
        return String::new();
    }
    let head = labelled("Measured", verdict.word);
    let head = head.replacen(verdict.word, &mood(verdict.mood, verdict.word), 1);
    let head = vec![head];
    head.into_iter()
        .chain(reasons)
        .collect::<Vec<_>>()
        .join("\n")
}

fn reasons(summary: &Summary) -> Vec<String> {
    let m = &summary.measurement;
    let mut lines = Vec::new();
    for reason in m.reasons.iter().take(ROWS_MAX) {
        lines.push(format!("  {}", wrapped(reason).replace('\n', "\n  ")));
    }
    let left = count(m.reasons.len().saturating_sub(ROWS_MAX));
    if left > 0 {
        lines.push(format!("  and {left} more in the report"));
    }
    if m.verdict == Validity::Invalid {
        lines.push("  Do not compare these figures with other runs.".to_owned());
    }
    lines
}

/// How tokens were made.
pub(super) fn signing(summary: &Summary) -> String {
    let s = &summary.signing;
    let Some(signer) = signer(s) else {
        return String::new();
    };
    let mut facts = vec![
        signer,
        format!("{} minted", grouped(s.tokens_minted)),
        match s.expired {
            0 => format!("{} starved", grouped(s.starved)),
            some => format!("{} starved ({} expired)", grouped(s.starved), grouped(some)),
        },
        counted(u64::from(s.threads), "signer thread", "signer threads"),
    ];
    facts.extend(
        s.calibrated_per_s
            .map(|per_s| format!("calibrated {} a thread", rate(per_s))),
    );
    facts.extend(s.utilisation.map(|used| {
        let predicted = s.predicted_utilisation;
        let predicted = predicted.map(|used| format!(" of {} predicted", share(used)));
        format!("{} used{}", share(used), predicted.unwrap_or_default())
    }));
    labelled("Signing", &facts.join(", "))
}
