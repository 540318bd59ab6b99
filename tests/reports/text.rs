//! What people and CI servers read, to the letter.

use crate::fixtures::{NAMES, load, render, rendered};
use leadbench::report::{Detail, annotations, console, outcome_in_words};
use leadbench::sample::Outcome;
use leadbench::summary::RunState;

/// All of the console without its styles, as a pipe would see it.
fn plain(name: &str) -> String {
    with_detail(name, Detail::Verbose)
}

fn with_detail(name: &str, detail: Detail) -> String {
    anstream::adapter::strip_str(&console(&load(name), detail)).to_string()
}

#[test]
fn the_console_answers_first() {
    for name in NAMES {
        insta::assert_snapshot!(format!("console-{name}"), plain(name));
    }
}

// What a first run prints: the answer, and what one needs to believe it.
#[test]
fn the_first_screen_is_a_screen() {
    for name in ["typical", "interrupted", "all-failed", "saturated"] {
        let brief = with_detail(name, Detail::Brief);
        assert!(brief.lines().count() <= 40, "{name}:\n{brief}");
        assert!(!brief.contains("Phases"), "{brief}");
        insta::assert_snapshot!(format!("console-brief-{name}"), brief);
    }
}

#[test]
fn the_console_fits_a_hundred_columns() {
    for name in NAMES {
        let brief = with_detail(name, Detail::Brief);
        for line in plain(name).lines().chain(brief.lines()) {
            // A hostile name may be long; what we set ourselves must fit.
            if name != "hostile" {
                let width = line.chars().count();
                assert!(width <= 100, "{name}: {width} columns: {line}");
            }
        }
    }
}

#[test]
fn a_terminal_sees_no_escape_but_ours() {
    let text = plain("hostile");
    let control = |c: char| c.is_control() && c != '\n';
    assert!(!text.contains(control), "{text:?}");
}

#[test]
fn markdown_leads_with_the_verdict() {
    for name in NAMES {
        insta::assert_snapshot!(format!("markdown-{name}"), render(name, "summary.md"));
    }
}

#[test]
fn markdown_fits_a_comment_and_carries_no_markup_of_the_target() {
    for name in NAMES {
        let text = render(name, "summary.md");
        assert!(text.len() < 30_000, "{name}: {} bytes", text.len());
        for forbidden in ["<script", "<img", "<b>", "<svg", "https://"] {
            assert!(!text.contains(forbidden), "{name} lets {forbidden} through");
        }
    }
}

// A run that was killed in its first second broke nothing.
#[test]
fn a_threshold_that_a_run_did_not_get_to_is_not_judged() {
    let mut summary = load("interrupted");
    for threshold in &mut summary.thresholds {
        threshold.actual = None;
        threshold.actual_text = "not measured".to_owned();
        threshold.passed = false;
    }
    let junit = rendered(&summary, "junit.xml");
    assert!(!junit.contains("<failure"), "{junit}");
    assert!(junit.contains("cut off before it was measured"), "{junit}");
    let console = anstream::adapter::strip_str(&console(&summary, Detail::Brief)).to_string();
    assert!(console.contains("NOT JUDGED"), "{console}");
    let said = annotations(&summary);
    assert!(
        !said.iter().any(|line| line.contains("not measured")),
        "{said:?}"
    );
    // One that came to its end without what it promises has broken its promise.
    summary.run.state = RunState::Finished;
    assert!(rendered(&summary, "junit.xml").contains("<failure"));
}

#[test]
fn junit_tells_failures_from_errors() {
    for name in NAMES {
        insta::assert_snapshot!(format!("junit-{name}"), render(name, "junit.xml"));
    }
}

#[test]
fn the_percentile_distribution_is_as_hdrhistogram_writes_it() {
    for name in ["single", "typical", "all-failed"] {
        insta::assert_snapshot!(format!("hgrm-{name}"), render(name, "latency.hgrm"));
    }
}

#[test]
fn github_is_told_what_went_wrong_and_nothing_else() {
    assert_eq!(annotations(&load("single")).len(), 0);
    for name in NAMES {
        let lines = annotations(&load(name));
        assert!(lines.len() <= 10);
        for line in lines {
            assert!(line.starts_with("::error title=") || line.starts_with("::warning title="));
            assert!(!line.contains('\n'), "{line:?}");
        }
    }
    insta::assert_snapshot!(
        "annotations-interrupted",
        annotations(&load("interrupted")).join("\n")
    );
}

// An outcome of a later version is shown by its own name; each one of this version has words.
#[test]
fn every_outcome_reads_as_words() {
    for outcome in Outcome::ALL {
        assert!(
            outcome_in_words(outcome.as_str()).is_some(),
            "src/report/content/outcomes.rs has no words for {outcome}"
        );
    }
    assert_eq!(outcome_in_words("an_outcome_of_a_later_version"), None);
}
