//! `junit.xml`: the run as a suite, for CI servers that show test results.
//!
//! A case per threshold and per load, one for the measurement and one for the run's own end. A broken
//! threshold is a failure of the target. An invalid measurement or an early end is an error, and
//! the thresholds that could not be judged count as skipped.

mod comparison;
mod search;
mod suite;

pub(super) use comparison::comparison;
pub(super) use search::search;

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use self::suite::{non_success, skipped, written};
use super::content::headline::Headline;
use super::content::joined::joined;
use super::content::numbers::rate;
use super::content::thresholds::{self, ThresholdStatus};
use super::content::{outcomes, status_lines};
use super::error::ReportError;
use super::sanitize::sanitized;
use crate::summary::{LoadResult, RunState, Summary, ThresholdResult, Validity};

/// What is said of what the run did not get to.
const CUT_OFF: &str = "not judged: the run was cut off before it was measured";

/// Writes one suite named after the scenario.
pub(super) fn render(summary: &Summary) -> Result<Vec<u8>, ReportError> {
    let summary = sanitized(summary);
    let run = &summary.run;
    let mut suite = TestSuite::new(run.scenario.as_str());
    suite.add_properties([
        Property::new("run_id", run.id.as_str()),
        Property::new("started_at", run.started_at.as_str()),
        Property::new("target", run.target.as_str()),
        Property::new("load", run.load.description.as_str()),
        Property::new("seed", run.seed.to_string()),
        Property::new("leadbench", run.version.as_str()),
    ]);
    if let Some(commit) = &run.commit {
        suite.add_property(Property::new("commit", commit.as_str()));
    }
    let thresholds = summary.thresholds.iter();
    suite.add_test_cases(thresholds.map(|one| threshold(one, &summary)));
    suite.add_test_cases(summary.loads.iter().map(|one| load(one, &summary)));
    suite.add_test_case(measurement(&summary));
    suite.add_test_case(ending(&summary));
    let headline = Headline::of(&summary);
    let lines = headline.alert.into_iter();
    let lines = lines.chain([headline.time, headline.signing]);
    suite.set_system_out(lines.collect::<Vec<_>>().join("\n"));
    // Ant's schema requires one, even if it is empty.
    suite.set_system_err(summary.warnings.join("\n"));
    written(suite, Some(Duration::from_nanos(run.duration_ns)))
}

fn threshold(threshold: &ThresholdResult, summary: &Summary) -> TestCase {
    let rule = thresholds::rule(threshold);
    let was = thresholds::was(threshold);
    let status = match thresholds::status(summary, threshold) {
        ThresholdStatus::NotJudged => skipped(match summary.measurement.verdict {
            Validity::Invalid => "not judged: the measurement is invalid",
            _ => CUT_OFF,
        }),
        ThresholdStatus::Passed => TestCaseStatus::success(),
        ThresholdStatus::Failed => non_success(
            NonSuccessKind::Failure,
            "threshold",
            &because(&format!("{rule}: {was}"), threshold, summary),
        ),
    };
    let mut case = TestCase::new(rule, status);
    case.set_system_out(was);
    case
}

/// The message of a broken threshold; one on failures includes what they said.
fn because(broken: &str, threshold: &ThresholdResult, summary: &Summary) -> String {
    if threshold.metric == "failed" {
        with_failures(
            &format!("{broken}{}", thresholds::implied(threshold)),
            summary,
        )
    } else {
        broken.to_owned()
    }
}

fn with_failures(message: &str, summary: &Summary) -> String {
    let failures = outcomes::failures(summary);
    let lines = std::iter::once(message.to_owned()).chain(failures);
    lines.collect::<Vec<_>>().join("; ")
}

/// A load fails if none of its callouts succeeded; thresholds judge how fast it was.
fn load(load: &LoadResult, summary: &Summary) -> TestCase {
    let counts = &load.counts;
    let dropped = if summary.is_recovered() {
        String::new()
    } else {
        format!("{} dropped, ", counts.dropped)
    };
    let told = format!(
        "{}: {} ok, {} failed, {dropped}{} achieved",
        load.description,
        counts.ok,
        counts.failed,
        rate(load.rates.achieved_per_s)
    );
    let is_cut_off = summary.run.state != RunState::Finished;
    let status = if counts.planned == 0 && is_cut_off {
        skipped(CUT_OFF)
    } else if counts.ok + counts.negative == 0 {
        let message = match counts.planned {
            0 => "no callout of this load was measured",
            _ => "no callout of this load succeeded",
        };
        let message = with_failures(message, summary);
        non_success(NonSuccessKind::Failure, "load", &message)
    } else {
        TestCaseStatus::success()
    };
    let mut case = TestCase::new(format!("load {}", load.name), status);
    case.set_time(Duration::from_nanos(load.duration_ns));
    case.set_system_out(told);
    case
}

fn measurement(summary: &Summary) -> TestCase {
    let measured = &summary.measurement;
    let objections = joined(measured.objections(), "\n");
    let objections = objections.map(|all| format!("{}: {all}", measured.verdict));
    let remarks = measured.remarks().map(|remark| format!("note: {remark}"));
    let status = match summary.measurement.verdict {
        Validity::Valid | Validity::Degraded => TestCaseStatus::success(),
        Validity::Invalid => {
            let detail = status_lines::measurement(summary).detail;
            non_success(NonSuccessKind::Error, "measurement", &detail)
        }
    };
    let mut case = TestCase::new("the measurement is valid", status);
    if let Some(told) = joined(objections.into_iter().chain(remarks), "\n") {
        case.set_system_out(told);
    }
    case
}

fn ending(summary: &Summary) -> TestCase {
    let status = match status_lines::ending(summary) {
        None => TestCaseStatus::success(),
        Some(verdict) => {
            // Why leadbench itself ended it is what a CI server shows first.
            let why = summary.stopped.as_ref().and(Headline::of(summary).alert);
            let told = [Some(verdict.detail), why].into_iter().flatten();
            let told = told.collect::<Vec<_>>().join(": ");
            non_success(NonSuccessKind::Error, "partial", &told)
        }
    };
    TestCase::new("the run came to its end", status)
}

#[cfg(test)]
mod tests {
    use super::suite::legal;
    use super::*;

    // A suite that holds one of them is read by no CI server.
    #[test]
    fn no_text_of_a_summary_breaks_the_xml() {
        let text = include_str!("../../tests/fixtures/summaries/several.json");
        let bad = "\u{fffe}\u{ffff}\u{0}\u{b}\u{1b}\u{7f}\u{9f}<&]]>\"";
        let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
        poison(&mut value, bad);
        let summary: Summary = serde_json::from_value(value).unwrap();
        let page = String::from_utf8(render(&summary).unwrap()).unwrap();
        assert!(page.chars().all(|c| legal(c) == c), "{page}");
        assert!(page.contains("&lt;&amp;"), "{page}");
        roxmltree::Document::parse(&page).unwrap();
    }

    /// Adds a text to every text but those that say what is what.
    fn poison(value: &mut serde_json::Value, bad: &str) {
        use serde_json::Value;
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let fixed = ["schema", "state", "model", "verdict", "started_at", "trend"];
                    if !fixed.contains(&name.as_str()) {
                        poison(value, bad);
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| poison(value, bad)),
            Value::String(text) => text.push_str(bad),
            _ => {}
        }
    }

    // Interrupted before its second load was due.
    #[test]
    fn a_load_that_was_never_due_is_not_judged_in_a_run_that_was_cut_off() {
        let text = include_str!("../../tests/fixtures/summaries/several.json");
        let mut summary: Summary = serde_json::from_str(text).unwrap();
        let name = format!("\"load {}\"", summary.loads[1].name);
        summary.loads[1].counts = crate::summary::Counts::default();
        for (state, told) in [
            (RunState::Finished, "no callout of this load was measured"),
            (RunState::Interrupted, "not judged: the run was cut off"),
        ] {
            summary.run.state = state;
            let page = String::from_utf8(render(&summary).unwrap()).unwrap();
            let case = page.split(&name).nth(1).unwrap();
            let case = case.split("</testcase>").next().unwrap();
            assert!(case.contains(told), "{case}");
        }
    }
}
