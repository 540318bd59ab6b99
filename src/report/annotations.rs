//! Workflow commands of GitHub Actions: what went wrong, beside the change that did it.

use super::content::headline::Headline;
use super::content::joined::joined;
use super::content::thresholds::{self, ThresholdStatus};
use super::content::{comparison, outcomes, status_lines};
use super::sanitize::sanitized;
use crate::summary::{Comparison, Finding, Summary, ThresholdResult, Validity};

/// GitHub shows ten of a kind for a step.
const LINES_MAX: usize = 10;

/// The lines of a run; none of one that went well.
pub fn annotations(summary: &Summary) -> Vec<String> {
    let summary = sanitized(summary);
    let title = format!("leadbench {}", summary.run.scenario);
    let mut lines = Vec::new();
    let mut say = |level: &str, text: &str| lines.push(command(level, &title, text));
    let measured = status_lines::measurement(&summary);
    match summary.measurement.verdict {
        Validity::Valid => {}
        Validity::Degraded => say("warning", &measurement(&summary, &measured.detail)),
        Validity::Invalid => say("error", &measurement(&summary, &measured.detail)),
    }
    if let Some(ending) = status_lines::ending(&summary) {
        say("error", &ending.detail);
    }
    let is_broken =
        |one: &&ThresholdResult| thresholds::status(&summary, one) == ThresholdStatus::Failed;
    for broken in summary.thresholds.iter().filter(is_broken) {
        let (rule, was) = (thresholds::rule(broken), thresholds::was(broken));
        say("error", &format!("{rule}: {was}"));
    }
    let level = if summary.passes() { "warning" } else { "error" };
    for failure in outcomes::failures(&summary) {
        say(level, &failure);
    }
    for hint in outcomes::hints(&summary) {
        say("warning", hint);
    }
    let alert = Headline::of(&summary).alert;
    for warning in alert.iter().chain(&summary.warnings) {
        say("warning", warning);
    }
    lines.truncate(LINES_MAX);
    lines
}

/// The line of a command that could not do its work, such as a run whose preflight was refused.
pub fn failure_annotation(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = joined(lines, "; ").unwrap_or_default();
    command("error", "leadbench", &line)
}

/// The line of a comparison; none where nothing got worse.
pub fn comparison_annotations(comparison: &Comparison) -> Vec<String> {
    let comparison = sanitized(comparison);
    let level = match (comparison.finding, comparison.advisory) {
        (Finding::Regression, false) => "error",
        (Finding::Regression, true) | (Finding::TooNoisy, false) => "warning",
        (Finding::TooNoisy, true) | (Finding::NoChange | Finding::Improvement, _) => {
            return Vec::new();
        }
    };
    let line = comparison::status_line(&comparison);
    let cause = comparison.cause.iter().map(|cause| format!("; {cause}"));
    let text: String = [line.detail].into_iter().chain(cause).collect();
    let title = format!(
        "leadbench {}: {}",
        comparison.scenario,
        line.word.to_lowercase()
    );
    vec![command(level, &title, &text)]
}

fn measurement(summary: &Summary, detail: &str) -> String {
    let first = summary.measurement.objections().next();
    format!(
        "the measurement is {}: {}",
        summary.measurement.verdict,
        first.unwrap_or(detail)
    )
}

/// A command to the CI server.
fn command(level: &str, title: &str, text: &str) -> String {
    format!("::{level} title={}::{}", property(title), data(text))
}

/// The text of a command, escaped as its toolkit does.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property of a command: a comma or a colon would end it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_ends_no_command() {
        assert_eq!(data("100 %\nx"), "100 %25%0Ax");
        assert_eq!(property("a:b,c"), "a%3Ab%2Cc");
    }
}
