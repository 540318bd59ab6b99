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
