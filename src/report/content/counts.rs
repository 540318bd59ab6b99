//! What was planned, done and left undone, and how fast.

use super::document::{Facts, Layout, Section};
use super::numbers::{grouped, rate};
use crate::summary::{Model, Summary};

/// How latency is counted under a model.
pub(crate) const fn model(model: Model) -> &'static str {
    match model {
        Model::Closed => {
            "Closed model: a virtual user, or a worker of an org, waits for its answer before its \
             next callout is due, so the latency leaves out the wait of callouts that were never sent."
        }
        Model::Mixed => {
            "Open and closed loads: in open loads latency counts from the planned instant; in \
             closed loads a virtual user, or a worker of an org, waits for its answer before its \
             next callout is due."
        }
        Model::Open => {
            "Open model: latency counts from the planned instant, so a late start is part of it."
        }
    }
}

/// What was planned, done and left undone.
pub(super) fn section(summary: &Summary) -> Section {
    let section = Section::new(
        "counts",
        "What was done",
        [counts(summary).into(), rates(summary).into()],
    );
    let model = model(summary.run.model);
    section.intro(match kept_up(summary) {
        Some(kept_up) => format!("{kept_up} {model}"),
        None => model.to_owned(),
    })
}

fn counts(summary: &Summary) -> Facts {
    let c = &summary.counts;
    let always = [
        ("planned", c.planned),
        ("started", c.started),
        ("ok", c.ok),
        ("failed", c.failed),
    ];
    let dropped = (!summary.is_recovered()).then_some(("dropped", c.dropped));
    let if_any = [
        ("queued for a slot", c.queued),
        ("late", c.late),
        ("sent again with a fresh token", c.retried),
        ("sent again unchanged", c.resent),
        ("with a fault on purpose", c.negative),
        ("cut off by the end", c.interrupted),
        ("more in the warm-up", c.warmup),
        ("more dropped in the warm-up", c.warmup_dropped),
    ];
    let if_any = if_any.into_iter().filter(|(_, n)| *n > 0);
    let all = always.into_iter().chain(dropped).chain(if_any);
    let all = all.map(|(name, n)| (name, Some(grouped(n))));
    Facts::known("Callouts", Layout::ValueFirst, all)
}

fn rates(summary: &Summary) -> Facts {
    let r = &summary.rates;
    let (asked, asked_per_s) = match (r.asked_per_s, summary.run.model) {
        (Some(asked), _) => ("asked", rate(asked)),
        (None, Model::Mixed) => ("asked in all (some loads are closed)", "none".to_owned()),
        (None, Model::Closed | Model::Open) => ("asked (closed model)", "none".to_owned()),
    };
    let due = r.planned_per_s.filter(|_| r.asked_per_s.is_some());
    let amplified = r.amplification.filter(|factor| *factor > 1.0);
    let amplified = amplified.map(|factor| format!("{factor:.3}"));
    let facts = [
        (asked, Some(asked_per_s)),
        ("due by the schedule", due.map(rate)),
        ("achieved", Some(rate(r.achieved_per_s))),
        ("measured", Some(format!("{:.1} s", r.measured_s))),
        ("requests for each lead", amplified),
    ];
    Facts::known("Rate", Layout::ValueFirst, facts)
}

/// Whether as many succeeded as were due; `None` if no rate was asked for.
fn kept_up(summary: &Summary) -> Option<String> {
    let rates = &summary.rates;
    let (asked, planned) = (rates.asked_per_s?, rates.planned_per_s?);
    Some(format!(
        "{} were asked for. The schedule made {} due, and {} succeeded during the load.",
        rate(asked),
        rate(planned),
        rate(rates.achieved_per_s)
    ))
}
