//! The summary on a terminal, at most 100 columns wide.
//!
//! The first lines answer the question; the rest is there to be looked up. Colour goes
//! with a word, never instead of one, so nothing is lost where it is stripped.

mod comparison;
mod history;
mod paint;
mod sections;
mod table;

pub use comparison::comparison;
pub use history::history;
use paint::{BOLD, mood, paint};

use super::answer::answer;
use super::hostile::tamed;
use super::verdict::{self, Mood};
use crate::summary::Summary;

/// Columns that running text is broken at.
const WIDTH: usize = 88;

/// How much is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Detail {
    /// The answer, and what a reader needs to believe it: a screen.
    Brief,
    /// All of it.
    Verbose,
}

/// Renders the summary for a terminal, styled; the caller strips where unwanted.
pub fn console(summary: &Summary, detail: Detail) -> String {
    let summary = tamed(summary);
    let mut blocks = vec![
        headline(&summary),
        sections::counts(&summary),
        sections::orgs(&summary),
        sections::matrix(&summary),
        sections::negative(&summary),
        sections::loads(&summary),
        sections::split(&summary),
    ];
    match detail {
        Detail::Brief => blocks.extend([
            sections::outcomes(&summary),
            sections::thresholds(&summary),
            sections::doubts(&summary),
        ]),
        Detail::Verbose => blocks.extend([
            sections::phases(&summary),
            sections::outcomes(&summary),
            sections::thresholds(&summary),
            sections::measurement(&summary),
            sections::signing(&summary),
            sections::wire(&summary),
        ]),
    }
    let blocks: Vec<String> = blocks.into_iter().filter(|b| !b.is_empty()).collect();
    format!("{}\n", blocks.join("\n\n"))
}

fn headline(summary: &Summary) -> String {
    let run = &summary.run;
    let judged = verdict::thresholds(summary);
    let measured = verdict::measurement(summary);
    let mut lines = Vec::new();
    if let Some(ending) = verdict::ending(summary) {
        lines.push(format!(
            "{}  {}",
            mood(ending.mood, ending.word),
            ending.detail
        ));
    }
    let name = paint(BOLD, &run.scenario);
    let what = format!("{}  {}", run.load.description, run.target);
    let fits = run.scenario.chars().count() + what.chars().count() < WIDTH;
    let gap = if fits { "  " } else { "\n" };
    lines.push(format!("{name}{gap}{}", wrapped(&what)));
    lines.push(format!(
        "{}  {}   {}",
        mood(judged.mood, judged.word),
        judged.detail,
        mood(measured.mood, &format!("measurement {}", measured.word)),
    ));
    if let Some(trend) = verdict::trend(summary) {
        lines.push(format!(
            "{}  {}",
            mood(trend.mood, trend.word),
            wrapped(&trend.detail)
        ));
    }
    let answer = answer(summary);
    lines.push(String::new());
    if let Some(lead) = &answer.lead {
        lines.push(mood(Mood::Bad, &wrapped(lead)));
    }
    lines.push(paint(BOLD, &wrapped(&answer.time)));
    lines.push(wrapped(&answer.signing));
    if let Some(losses) = &answer.losses {
        lines.push(mood(Mood::Mixed, &wrapped(losses)));
    }
    lines.join("\n")
}

/// Breaks running text at spaces.
fn wrapped(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}
