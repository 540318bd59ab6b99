//! What a search was allowed to try, and for how long.

use super::words::seconds;
use crate::report::content::document::{Facts, Layout, Section};
use crate::report::content::importance::Importance;
use crate::report::content::numbers::{grouped, trimmed};
use crate::summary::SearchSummary;

pub(super) fn section(summary: &SearchSummary) -> Section {
    let unit = summary.unit;
    let settings = &summary.settings;
    let judged = format!(
        "{}, of which {} may fail",
        seconds(settings.judged_ns),
        seconds(settings.may_fail_ns)
    );
    let callouts = format!("at least {}", grouped(settings.callouts));
    let facts = [
        ("lowest load", Some(unit.load(settings.from))),
        ("highest load", Some(unit.load(settings.max))),
        (
            "must hold at least",
            summary.at_least.map(|load| unit.load(load)),
        ),
        (
            "width of the bracket",
            Some(format!("{} %", trimmed(settings.width * 100.0, 2))),
        ),
        ("warm-up", Some(seconds(settings.warm_up_ns))),
        ("trial", Some(seconds(settings.trial_ns))),
        ("trials of a load", Some(judged)),
        ("callouts of a trial", Some(callouts)),
        ("confirmation", Some(seconds(settings.confirm_ns))),
        ("recovery, at most", Some(seconds(settings.recovery_ns))),
        ("took", Some(seconds(summary.run.duration_ns))),
    ];
    let facts = Facts::known("Settings", Layout::Lines, facts);
    Section::new("settings", "Settings", [facts.into()]).of(Importance::Detail)
}
