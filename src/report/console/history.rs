//! A history on a terminal.

use super::paint::{BOLD, FAINT, paint};
use super::wrapped;
use crate::report::figures::{counted, share};
use crate::report::hostile::tame;
use crate::summary::{Change, History, Series};
use crate::units::count;

/// Renders a history for a terminal, styled; the caller strips where unwanted.
pub fn history(history: &History) -> String {
    let mut blocks: Vec<String> = history.series.iter().map(series).collect();
    if blocks.is_empty() {
        blocks.push("no run could be read".to_owned());
    }
    format!("{}\n", blocks.join("\n\n"))
}

fn series(series: &Series) -> String {
    let counting = series.runs.iter().filter(|run| run.counts()).count();
    let runs = counted(count(series.runs.len()), "run", "runs");
    let mut lines = vec![
        format!(
            "{}  {runs}, {counting} of them valid, at {}",
            paint(BOLD, &tame(&series.scenario)),
            tame(&series.target)
        ),
        paint(FAINT, &wrapped(&tame(&series.work))),
        paint(FAINT, &wrapped(&format!("from {}", tame(&series.machine)))),
    ];
    for Change {
        figure,
        before,
        after,
        change,
        ..
    } in &series.changes
    {
        let change = change * 100.0;
        lines.push(format!(
            "  {figure} {change:+.1} % between {} and {}",
            tame(before),
            tame(after)
        ));
    }
    if series.changes.is_empty() {
        lines.push(match series.runs_lacking {
            0 => "  no new level".to_owned(),
            more => {
                let more = counted(more, "valid run", "valid runs");
                format!("  {more} more, and new levels are looked for")
            }
        });
    }
    let noise = series
        .noise
        .iter()
        .map(|noise| format!("{} {}", noise.figure, share(noise.floor)));
    let noise: Vec<_> = noise.collect();
    if !noise.is_empty() {
        let told = format!("from run to run they differ by up to: {}", noise.join(", "));
        lines.push(format!("  {}", wrapped(&told).replace('\n', "\n  ")));
    }
    lines.join("\n")
}
