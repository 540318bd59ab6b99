//! What a report says, once for all formats: a summary becomes a document of plain data.
//!
//! Console, Markdown and the page only set it, so that they cannot disagree. What one format alone
//! has, such as charts, is that format's.

pub(super) mod capital;
pub(super) mod comparison;
pub(super) mod connections;
pub(super) mod counts;
pub(super) mod document;
pub(super) mod headline;
mod hints;
pub(super) mod history;
pub(super) mod importance;
pub(super) mod joined;
pub(super) mod loads;
mod matrix;
pub(super) mod measurement;
mod negative;
mod notes;
pub(super) mod numbers;
pub(super) mod outcomes;
pub(super) mod phases;
mod provenance;
pub(super) mod scope;
pub(super) mod search;
pub(super) mod severity;
mod shards;
mod signing;
mod slowest;
pub(super) mod split;
pub(super) mod status_lines;
pub(super) mod table;
pub(super) mod thresholds;

pub use hints::hint;
pub use outcomes::outcome_in_words;

use self::document::{Document, Section};
use self::headline::Headline;
use self::scope::Scope;
use crate::summary::Summary;

/// The report of a run.
pub(super) fn of_run(summary: &Summary) -> Document {
    let run = &summary.run;
    Document {
        title: run.scenario.clone(),
        subtitle: vec![run.load.description.clone(), run.target.clone()],
        facts: Vec::new(),
        status_lines: status_lines::all(summary),
        sentences: Headline::of(summary).sentences(),
        reasons: summary
            .measurement
            .objections()
            .map(str::to_owned)
            .collect(),
        notes: notes::all(summary),
        sections: sections(summary),
        origin: provenance::origin(run),
        version: run.version.clone(),
    }
}

/// The sections of a run, in the order in which every format shows them.
fn sections(summary: &Summary) -> Vec<Section> {
    let scope = Scope::of_run(summary);
    let mut sections: Vec<_> = [
        Some(counts::section(summary)),
        matrix::section(summary),
        thresholds::section(summary),
        split::section(summary),
        negative::section(summary),
        loads::section(summary),
        shards::section(summary),
        phases::section(&scope),
        Some(Section::chart("latency", "Latency over time")),
        Some(Section::chart("heatmap", "Latency heatmap")),
        Some(Section::chart("load", "Load over time")),
        Some(Section::chart("spectrum", "Percentile spectrum")),
        outcomes::section(summary),
        slowest::section(summary),
        connections::section(summary),
        Some(signing::section(summary)),
        Some(measurement::section(summary)),
        Some(provenance::section(&summary.run)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if scope.latency().is_none() {
        // Where nothing succeeded, why is the first thing to know.
        sections.sort_by_key(|section| section.id != outcomes::ID);
    }
    sections
}
