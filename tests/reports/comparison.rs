//! A comparison as people and machines read it.

use leadbench::report::comparison_console;

use crate::fixtures::{compared, rendered_comparison};

#[test]
fn a_regression_as_text() {
    let text = anstream::adapter::strip_str(&comparison_console(&compared(40))).to_string();
    assert!(
        text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
    insta::assert_snapshot!(text);
}

#[test]
fn a_regression_as_markdown() {
    insta::assert_snapshot!(rendered_comparison(&compared(40), "comparison.md"));
}

#[test]
fn a_regression_as_junit() {
    insta::assert_snapshot!(rendered_comparison(&compared(40), "comparison.junit.xml"));
}

#[test]
fn no_change_as_text() {
    let text = anstream::adapter::strip_str(&comparison_console(&compared(0))).to_string();
    insta::assert_snapshot!(text);
}

// GitHub refuses a comment of more than 65,536 characters, and then there is none.
#[test]
fn a_side_of_many_builds_still_fits_a_comment() {
    let mut comparison = compared(40);
    for side in [&mut comparison.baseline, &mut comparison.candidate] {
        let long = |number| format!("{number}-{}", "c".repeat(200));
        side.commits = (0..200).map(long).collect();
        side.targets = (0..200).map(long).collect();
    }
    comparison.notes = vec!["n".repeat(500); 200];
    comparison.advisory_reasons = vec!["a".repeat(500); 200];
    let markdown = rendered_comparison(&comparison, "comparison.md");
    assert!(markdown.len() < 30_000, "{} bytes", markdown.len());
    assert!(markdown.contains("and 197 more"), "{markdown}");
}
