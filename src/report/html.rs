//! `report.html`: one page, one file, no network and no script.
//!
//! The page's policy lets nothing run and nothing load. Text goes through the template
//! engine's escaping; only what this room drew itself, pictures and tables, is taken as
//! markup. The summary rides along as data that no browser executes.

mod block;
mod comparison;
mod connections;
mod cost;
mod course;
mod data;
mod health;
mod heat;
mod index;
mod load;
mod loads;
mod matrix;
mod negative;
mod outcomes;
mod overview;
mod pages;
mod provenance;
mod slowest;
mod spectrum;
mod timeline;

use serde::Serialize;

pub(super) use self::comparison::comparison;
pub use self::data::{is_page, read};
pub(super) use self::index::index;

use self::block::{Fact, Figure, LegendLine, LegendPart, Section, Table};
use self::pages::{Pages, Watermark};
use super::ReportError;
use super::answer::answer;
use super::hostile::tamed;
use super::remarks;
use super::verdict::{self, Mood, Verdict};
use crate::phase::Phase;
use crate::summary::{Summary, Validity};

/// Reasons shown under the verdicts.
const REASONS_MAX: usize = 20;

#[derive(Serialize)]
struct Page {
    version: String,
    scenario: String,
    title: String,
    description: String,
    target: String,
    when: String,
    style: &'static str,
    verdicts: Vec<VerdictLine>,
    reasons: Vec<String>,
    lead: Option<String>,
    answer: String,
    signing: String,
    losses: Option<String>,
    orgs: Vec<String>,
    cost: String,
    sections: Vec<Section>,
    footer: &'static str,
    data: String,
}

/// What a run's page is good for besides being read; markup.
const FOOTER: &str = "It holds its summary as data: <code>leadbench report</code> takes it as it takes the folder of a run.";

#[derive(Serialize)]
struct VerdictLine {
    mood: &'static str,
    word: String,
    detail: String,
}

/// Renders the page.
///
/// # Errors
///
/// None that a summary could cause: a template of ours that is wrong.
pub fn render(summary: &Summary) -> Result<Vec<u8>, ReportError> {
    // What is read is made harmless; what rides along as data is the summary itself.
    let data = data::elements(summary)?;
    let summary = tamed(summary);
    let pages = Pages::new(watermark(&summary))?;
    let run = &summary.run;
    let answer = answer(&summary);
    let page = Page {
        version: run.version.clone(),
        scenario: run.scenario.clone(),
        title: answer.lead.clone().unwrap_or_else(|| answer.time.clone()),
        description: run.load.description.clone(),
        target: run.target.clone(),
        when: when(&summary),
        style: include_str!("html/style.css"),
        verdicts: verdicts(&summary),
        reasons: reasons(&summary),
        lead: answer.lead,
        answer: answer.time,
        signing: answer.signing,
        losses: answer.losses,
        orgs: remarks::lines(&summary),
        cost: cost::figure(&pages, &summary)?,
        sections: sections(&pages, &summary)?,
        footer: FOOTER,
        data,
    };
    Ok(pages.page(&page)?.into_bytes())
}

fn sections(pages: &Pages<'_>, summary: &Summary) -> Result<Vec<Section>, ReportError> {
    let mut sections = vec![
        matrix::section(pages, summary)?,
        Some(overview::counts(pages, summary)?),
        overview::thresholds(pages, summary)?,
        negative::section(pages, summary)?,
        loads::section(pages, summary)?,
        overview::phases(pages, summary)?,
        timeline::section(pages, summary)?,
        heat::section(pages, summary)?,
        load::section(pages, summary)?,
        spectrum::section(pages, summary)?,
        outcomes::section(pages, summary)?,
        slowest::section(pages, summary)?,
        connections::section(pages, summary)?,
        Some(provenance::signing(pages, summary)?),
        Some(provenance::measurement(pages, summary)?),
        Some(provenance::run(pages, summary)?),
    ];
    if summary
        .phase(Phase::Latency)
        .is_none_or(|stats| stats.count == 0)
    {
        // Where nothing succeeded, why is the first thing to know.
        sections.sort_by_key(|section| {
            section
                .as_ref()
                .is_none_or(|section| section.id != outcomes::ID)
        });
    }
    Ok(sections.into_iter().flatten().collect())
}

fn verdicts(summary: &Summary) -> Vec<VerdictLine> {
    let measured = verdict::measurement(summary);
    let ending = verdict::ending(summary).map(|verdict| line("", verdict));
    ending
        .into_iter()
        .chain([
            line("", verdict::thresholds(summary)),
            line("measurement ", measured),
        ])
        .chain(verdict::trend(summary).map(|trend| line("", trend)))
        .collect()
}

/// What every figure of a measurement says that is not valid.
const fn watermark(summary: &Summary) -> Option<Watermark> {
    match summary.measurement.verdict {
        Validity::Valid => None,
        Validity::Degraded => Some(Watermark {
            words: "measurement degraded",
            mood: class_of(Mood::Mixed),
        }),
        Validity::Invalid => Some(Watermark {
            words: "measurement INVALID",
            mood: class_of(Mood::Bad),
        }),
    }
}

/// The name that the style has for a mood.
const fn class_of(mood: Mood) -> &'static str {
    match mood {
        Mood::Bad => "bad",
        Mood::Good => "good",
        Mood::Mixed => "mixed",
        Mood::Plain => "plain",
    }
}

fn line(subject: &str, verdict: Verdict) -> VerdictLine {
    let sign = match verdict.mood {
        Mood::Bad => "✕ ",
        Mood::Good => "✓ ",
        Mood::Mixed => "! ",
        Mood::Plain => "",
    };
    let word = format!("{subject}{}", verdict.word);
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let word: String = first.chain(letters.flat_map(char::to_lowercase)).collect();
    VerdictLine {
        mood: class_of(verdict.mood),
        word: format!("{sign}{word}"),
        detail: verdict.detail,
    }
}

fn reasons(summary: &Summary) -> Vec<String> {
    let reasons = summary.measurement.reasons.iter();
    reasons.take(REASONS_MAX).cloned().collect()
}

/// `2026-10-18 09:12:03 UTC · commit a1b2c3d · branch=main`.
fn when(summary: &Summary) -> String {
    let run = &summary.run;
    let mut parts = vec![match run.started_at.strip_suffix('Z') {
        None => run.started_at.clone(),
        Some(in_utc) => {
            let (to_the_second, _) = in_utc.split_once('.').unwrap_or((in_utc, ""));
            format!("{} UTC", to_the_second.replacen('T', " ", 1))
        }
    }];
    parts.extend(run.commit.as_ref().map(|commit| format!("commit {commit}")));
    let labels = run.labels.iter().take(10);
    parts.extend(labels.map(|(key, value)| format!("{key}={value}")));
    parts.join(" · ")
}
