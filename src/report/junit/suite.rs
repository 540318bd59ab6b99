//! What the suites of runs, comparisons and searches share.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCaseStatus, TestSuite};

use crate::report::error::ReportError;

/// The report of a suite as Jenkins' own schema has it, which knows no number of skipped cases over
/// all suites.
pub(super) fn written(
    mut suite: TestSuite,
    lasted: Option<Duration>,
) -> Result<Vec<u8>, ReportError> {
    for case in &mut suite.test_cases {
        // Ant's schema wants a time of each; to judge a figure takes none.
        case.time.get_or_insert(Duration::ZERO);
        case.set_classname(suite.name.clone());
    }
    suite.time = lasted;
    let mut report = Report::new("leadbench");
    report.time = lasted;
    report.add_test_suite(suite);
    // The last guard, over every text of the document.
    let text: String = report.to_string()?.chars().map(legal).collect();
    let Some((head, rest)) = text.split_once("<testsuites") else {
        return Ok(text.into_bytes());
    };
    let (root, rest) = rest.split_once('>').unwrap_or((rest, ""));
    let kept = root
        .split(" skipped=\"")
        .enumerate()
        .map(|(place, part)| match place {
            0 => part,
            _ => part.split_once('"').map_or("", |(_, after)| after),
        });
    let root: String = kept.collect();
    Ok(format!("{head}<testsuites{root}>{rest}").into_bytes())
}

/// A character that XML may hold (XML 1.0, section 2.2), or the sign for one that is lost.
pub(super) const fn legal(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => c,
        _ => char::REPLACEMENT_CHARACTER,
    }
}

pub(super) fn non_success(kind: NonSuccessKind, class: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(class).set_message(message);
    status
}

/// A case that was not judged.
pub(super) fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(why);
    status
}
