//! What people and CI servers read, to the letter.

use crate::fixtures::{NAMES, load, render, rendered};
use leadbench::phase::Phase;
use leadbench::report::{Detail, annotations, console, outcome_in_words};
use leadbench::sample::Outcome;
use leadbench::summary::{AnyReasonCode, Reason, ReasonCode, RunState, Summary, Validity, Warning};

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
        assert!(brief.lines().count() <= 41, "{name}:\n{brief}");
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

fn verbose(summary: &Summary) -> String {
    let text = console(summary, Detail::Verbose);
    // As one line, however it was wrapped.
    let text = anstream::adapter::strip_str(&text).to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

// The best rate may be that of any three seconds, later ones too.
#[test]
fn a_target_that_broke_down_is_told_with_its_best_rate() {
    let mut summary = load("saturated");
    let saturation = summary.saturation.as_mut().unwrap();
    (saturation.since_s, saturation.answered_per_s) = (0, 1.0);
    let text = verbose(&summary);
    assert!(text.contains("at best it answered 149/s"), "{text}");
    assert!(!text.contains("before that"), "{text}");
}

// A summary does not tell whether the kernel was asked.
#[test]
fn a_run_without_kernel_timestamps_blames_nobody() {
    let mut summary = load("closed");
    summary.measurement.kernel_stamps = Some(0.0);
    let text = verbose(&summary);
    assert!(text.contains("were off or not available"), "{text}");
}

#[test]
fn what_an_interval_log_does_not_count_is_left_out() {
    let mut summary = load("typical");
    let text = verbose(&summary);
    for known in ["starved callouts", "minted", "dropped"] {
        assert!(text.contains(known), "{known}: {text}");
    }
    summary.warn([Warning::new(ReasonCode::RecoveredFromLog, "rebuilt")]);
    for mode in ["pipeline", "reuse"] {
        summary.signing.mode = mode.to_owned();
        let (text, junit) = (verbose(&summary), rendered(&summary, "junit.xml"));
        for unknown in ["starved callouts", "minted", "1 token", "dropped"] {
            assert!(!text.contains(unknown), "{unknown}: {text}");
            assert!(!junit.contains(unknown), "{unknown}: {junit}");
        }
    }
}

#[test]
fn what_is_not_held_against_a_run_is_a_note_and_no_reason() {
    let mut summary = load("typical");
    let (late, waited) = ("woke late, too little to matter", "arrivals waited");
    let told = [(Validity::Valid, late), (Validity::Degraded, waited)];
    for (verdict, text) in told {
        summary.measurement.add(Reason {
            code: AnyReasonCode::Known(ReasonCode::GeneratorLag),
            verdict,
            text: text.to_owned(),
        });
        let page = verbose(&summary);
        assert!(page.contains(&format!("Note {late}")), "{page}");
        assert!(!annotations(&summary).concat().contains(late));
    }
    let page = verbose(&summary);
    assert!(
        page.contains(&format!("see the reasons {waited}")),
        "{page}"
    );
    let junit = rendered(&summary, "junit.xml");
    assert!(
        junit.contains(&format!("degraded: {waited}\nnote: {late}")),
        "{junit}"
    );
}

// Slots that bind after the target is saturated make it no fault of the generator.
#[test]
fn a_saturated_target_and_full_slots_do_not_contradict_each_other() {
    let mut summary = load("saturated");
    let dropped = |summary: &mut Summary| {
        summary.measurement.add(Reason {
            code: AnyReasonCode::Known(ReasonCode::ArrivalsDropped),
            verdict: Validity::Invalid,
            text: "dropped".to_owned(),
        });
    };
    dropped(&mut summary);
    let text = verbose(&summary);
    assert!(
        text.contains("not all of the load reached the target"),
        "{text}"
    );
    summary.saturation = None;
    assert!(verbose(&summary).contains("not all of the load reached the target"));
    summary.measurement.add(Reason {
        code: AnyReasonCode::Known(ReasonCode::GeneratorLag),
        verdict: Validity::Invalid,
        text: "late".to_owned(),
    });
    assert!(verbose(&summary).contains("the generator, not the target, was the limit"));
}

#[test]
fn the_shares_of_the_table_are_those_of_the_headline() {
    let mut summary = load("typical");
    for (successes, place) in [(50, "p50"), (5_000, "p99")] {
        let latency = summary.phases.get_mut(&Phase::Latency).unwrap();
        latency.count = successes;
        let text = verbose(&summary);
        let told = format!("here and in the headline, are those of the column near {place}");
        assert!(text.contains(&told), "{text}");
        let (_, table) = text.split_once("server (its own account) ").unwrap();
        let share = text.split_once(" % server (its own account)").unwrap().0;
        let share = share.rsplit(' ').next().unwrap();
        assert!(table.contains(&format!(" {share} % ")), "{share}: {text}");
    }
}

#[test]
fn an_outcome_stands_in_words_beside_its_code() {
    let text = verbose(&load("typical"));
    assert!(text.contains("succeeded ok 5,004"), "{text}");
}
