//! A comparison as a suite: a case for each gating metric.
//!
//! A regression is a failure; what is too noisy, or only advice, is skipped with its reason.

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use super::suite::{non_success, skipped, written};
use crate::report::content::comparison as words;
use crate::report::error::ReportError;
use crate::report::sanitize::sanitized;
use crate::summary::{Comparison, Finding, MetricResult};

/// Writes one suite named after the scenario.
pub(in crate::report) fn comparison(comparison: &Comparison) -> Result<Vec<u8>, ReportError> {
    let comparison = sanitized(comparison);
    let name = format!("{}: baseline and candidate", comparison.scenario);
    let mut suite = TestSuite::new(name);
    suite.add_properties([
        Property::new("baseline", words::side(&comparison.baseline)),
        Property::new("candidate", words::side(&comparison.candidate)),
        Property::new("design", words::design(&comparison)),
        Property::new("leadbench", comparison.version.as_str()),
    ]);
    let gating = words::gating(&comparison);
    suite.add_test_cases(gating.map(|metric| case(metric, comparison.advisory)));
    let verdict = words::status_line(&comparison);
    let mut lines = vec![format!("{}: {}", verdict.word, verdict.detail)];
    lines.extend(comparison.cause.clone());
    lines.extend(
        comparison
            .advisory_reasons
            .iter()
            .map(|why| format!("advisory: {why}")),
    );
    suite.set_system_out(lines.join("\n"));
    suite.set_system_err(comparison.notes.join("\n"));
    written(suite, None)
}

fn case(metric: &MetricResult, is_advisory: bool) -> TestCase {
    let told = format!(
        "{}: {} ({}), margin {}",
        metric.finding,
        words::changed(metric),
        words::interval(metric),
        words::margin(metric)
    );
    let status = match metric.finding {
        Finding::Regression if is_advisory => skipped(&format!("advisory: {told}")),
        Finding::Regression => non_success(NonSuccessKind::Failure, "regression", &told),
        Finding::TooNoisy => {
            let needed = words::needed(metric).unwrap_or_default();
            skipped(&format!("too noisy: {needed}"))
        }
        Finding::NoChange | Finding::Improvement => TestCaseStatus::success(),
    };
    let mut case = TestCase::new(metric.name.as_str(), status);
    case.set_system_out(told);
    case
}
