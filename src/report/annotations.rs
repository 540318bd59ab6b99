//! Workflow commands of GitHub Actions: what went wrong, beside the change that did it.

use super::hostile::tamed;
use super::{phrases, verdict};
use crate::summary::{Summary, Validity};

/// GitHub shows ten of a kind for a step.
const LINES_MAX: usize = 10;

/// The lines of a run; none of one that went well.
pub fn annotations(summary: &Summary) -> Vec<String> {
    let summary = tamed(summary);
    let title = format!("leadbench {}", summary.run.scenario);
    let mut lines = Vec::new();
    let mut say = |level: &str, text: &str| {
        lines.push(format!(
            "::{level} title={}::{}",
            property(&title),
            data(text)
        ));
    };
    let measured = verdict::measurement(&summary);
    match summary.measurement.verdict {
        Validity::Valid => {}
        Validity::Degraded => say("warning", &measurement(&summary, measured.detail)),
        Validity::Invalid => say("error", &measurement(&summary, measured.detail)),
    }
    if let Some(ending) = verdict::ending(&summary) {
        say("error", &ending.detail);
    }
    if summary.measurement.verdict != Validity::Invalid {
        for broken in summary.thresholds.iter().filter(|one| !one.passed) {
            let rule = format!(
                "{} {} {}: {}",
                broken.metric,
                broken.comparison,
                broken.limit_text,
                phrases::was(broken)
            );
            say("error", &rule);
        }
    }
    for warning in &summary.warnings {
        say("warning", warning);
    }
    lines.truncate(LINES_MAX);
    lines
}

fn measurement(summary: &Summary, detail: String) -> String {
    let first = summary.measurement.reasons.first().cloned();
    format!(
        "the measurement is {}: {}",
        summary.measurement.verdict,
        first.unwrap_or(detail)
    )
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
