//! A search as people and machines read it.

use leadbench::report::search_console;
use leadbench::summary::{LoadUnit, SearchConclusion, SearchSummary, SearchVerdict, TrialOutcome};
use proptest::prelude::*;

use crate::searches::{FILES, found, rendered_search, searched, thrice};

fn text(search: &SearchSummary) -> String {
    anstream::adapter::strip_str(&search_console(search)).to_string()
}

/// Every form of a search: its text, and its files by name.
fn all(search: &SearchSummary) -> Vec<(&'static str, String)> {
    let files = FILES.map(|file| (file, rendered_search(search, file)));
    let console = [("the console", text(search))];
    console.into_iter().chain(files).collect()
}

#[test]
fn a_search_as_text() {
    for (name, search) in [("one", found()), ("three", thrice())] {
        let text = text(&search);
        let fits = |line: &str| line.chars().count() <= 100;
        assert!(text.lines().all(fits), "{text}");
        insta::assert_snapshot!(format!("search-console-{name}"), text);
    }
}

#[test]
fn a_search_as_markdown() {
    insta::assert_snapshot!("search-md", rendered_search(&found(), "search.md"));
    let short = rendered_search(&thrice(), "search.md");
    assert!(short.len() < 30_000, "{} bytes", short.len());
    // Trials are folded, so that a comment stays short.
    let (before, trials) = short.split_once("<details><summary>Trials").unwrap();
    assert!(before.lines().count() < 50, "{before}");
    assert!(trials.contains("</details>"));
}

#[test]
fn a_search_as_csv() {
    insta::assert_snapshot!("search-csv", rendered_search(&found(), "search.csv"));
}

#[test]
fn a_search_as_junit() {
    insta::assert_snapshot!(
        "search-junit",
        rendered_search(&found(), "search.junit.xml")
    );
    let failed = rendered_search(&thrice(), "search.junit.xml");
    insta::assert_snapshot!("search-junit-failed", failed);
}

#[test]
fn a_search_without_an_answer_is_an_error_and_no_failure() {
    for verdict in [
        SearchVerdict::GeneratorLimit,
        SearchVerdict::Interrupted,
        SearchVerdict::Undecided,
    ] {
        let mut search = found();
        search.verdict = verdict;
        let junit = rendered_search(&search, "search.junit.xml");
        assert!(junit.contains("<error "), "{junit}");
        assert!(!junit.contains("<failure "), "{junit}");
        assert!(junit.contains("came to no answer"), "{junit}");
    }
}

// The words of the CSV file are those of the JSON file.
#[test]
fn csv_and_json_have_the_same_words() {
    let search = thrice();
    let csv = rendered_search(&search, "search.csv");
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let head = rows.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let trials: Vec<_> = search.searches.iter().flat_map(|one| &one.trials).collect();
    assert_eq!(rows.len(), trials.len());
    for (row, trial) in rows.iter().zip(trials) {
        let trial = serde_json::to_value(trial).unwrap();
        for (name, cell) in head.iter().zip(row) {
            if let Some(word) = trial[name].as_str() {
                assert_eq!(word, cell, "{name}");
            } else if let Some(value) = trial[name].as_f64() {
                assert_eq!(cell.parse::<f64>(), Ok(value), "{name}");
            }
        }
    }
}

#[test]
fn what_was_read_back_makes_the_same_reports() {
    let search = thrice();
    let json = rendered_search(&search, "search.json");
    let back: SearchSummary = serde_json::from_str(&json).unwrap();
    assert_eq!(back, search);
    assert_eq!(all(&back), all(&search));
}

#[test]
fn why_a_search_ended_is_said_once() {
    let mut search = found();
    search.searches[0].conclusion = SearchConclusion::AtMax;
    search.searches[0].conclusion_text = "even the highest load holds".to_owned();
    search.verdict_text = "even the highest load holds; 100/s was asked for".to_owned();
    for (name, text) in [
        ("the console", text(&search)),
        ("search.md", rendered_search(&search, "search.md")),
    ] {
        assert_eq!(
            text.matches("highest load holds").count(),
            1,
            "{name}: {text}"
        );
    }
}

// Nothing was found yet, or nothing was measured: every form still says so.
#[test]
fn a_search_with_half_a_bracket_or_none_is_shown() {
    let mut at_max = found();
    at_max.searches[0].fails = None;
    at_max.searches[0].conclusion = SearchConclusion::AtMax;
    at_max.searches[0].conclusion_text = "even the highest load holds".to_owned();
    let mut lowest = found();
    lowest.searches[0].holds = None;
    lowest.holds = None;
    let mut early = found();
    early.searches[0].is_judged = false;
    let mut nothing = found();
    nothing.searches.clear();
    let mut silent = found();
    for trial in &mut silent.searches[0].trials {
        (trial.p50_ns, trial.p99_ns) = (None, None);
        trial.verdict = TrialOutcome::Fail;
    }
    for (search, said) in [
        (&at_max, "holds 150/s; no load failed"),
        (&at_max, "Even the highest load holds."),
        (&lowest, "fails at 157.5/s; no load holds"),
        (&early, "not all trials of these loads were made"),
        (&nothing, "no search was made"),
        (&silent, "holds 150/s"),
    ] {
        let joined = text(search)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(joined.contains(said), "{said}: {joined}");
        for (name, text) in all(search) {
            assert!(!text.contains("NaN"), "{name}");
        }
    }
    let page = rendered_search(&silent, "search.html");
    assert!(!page.contains("<figure>"), "nothing to draw");
}

#[test]
fn the_page_draws_every_trial_the_limit_and_the_bracket() {
    let page = rendered_search(&found(), "search.html");
    let (_, figure) = page.split_once("<figure>").unwrap();
    let (figure, _) = figure.split_once("</figure>").unwrap();
    let (legend, chart) = figure.split_once("<svg class=\"chart\"").unwrap();
    for name in ["p50", "p99", "trial that passed", "trial that failed"] {
        assert!(legend.contains(&format!("</svg>{name}</li>")), "{name}");
    }
    // Two for each of eleven trials; the warm-up is not drawn.
    assert_eq!(chart.matches("class=\"marker ").count(), 22);
    assert!(chart.contains("latency.p99 &lt; 100 ms"));
    assert!(chart.contains("150/s to 157.5/s"));
    assert!(chart.contains("2 passed, 1 invalid") || chart.contains("3 passed, 1 invalid"));
    for picture in figure.split("<svg").skip(1) {
        let (tag, rest) = picture.split_once('>').unwrap();
        let hidden = tag.contains("aria-hidden=\"true\"");
        let named = tag.contains("role=\"img\"") && rest.starts_with("<title>");
        assert!(hidden || named, "<svg{tag}>");
    }
    assert!(figure.contains("<details>") && figure.contains("<table>"));
}

/// Texts that a target or a user may choose.
const HOSTILE: [&str; 4] = [
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "=cmd()|' /C calc'!A0",
    "\u{1b}[31mred\u{202e}\r\n## forged\u{0}\u{7f}",
    "]]> {{ 7*7 }} @you `x` | **b** https://evil.example",
];

#[test]
fn hostile_texts_come_out_harmless() {
    for hostile in HOSTILE {
        let mut search = thrice();
        hostile.clone_into(&mut search.run.scenario);
        hostile.clone_into(&mut search.load);
        hostile.clone_into(&mut search.verdict_text);
        hostile.clone_into(&mut search.goals[0].limit_text);
        for one in &mut search.searches {
            hostile.clone_into(&mut one.conclusion_text);
            hostile.clone_into(&mut one.limit.as_mut().unwrap().text);
            hostile.clone_into(&mut one.headroom.as_mut().unwrap().text);
            for trial in &mut one.trials {
                hostile.clone_into(&mut trial.why);
                hostile.clone_into(&mut trial.thresholds[0].actual_text);
            }
        }
        let back: SearchSummary =
            serde_json::from_str(&rendered_search(&search, "search.json")).unwrap();
        assert_eq!(back, search, "the source keeps what was said");
        for (name, text) in all(&search) {
            if name == "search.json" {
                continue;
            }
            let control = |c: char| c.is_control() && c != '\n' && c != '\r';
            assert!(!text.contains(control), "{name}: {text:?}");
            let is_marked_up =
                name.ends_with("html") || name.ends_with("xml") || name.ends_with("md");
            for markup in ["<script>alert", "<img", "]]>"] {
                assert!(!is_marked_up || !text.contains(markup), "{name}: {markup}");
            }
            assert!(!text.contains('\u{202e}'), "{name}");
            assert!(!text.contains("\n## forged"), "{name}");
            assert!(
                !name.ends_with("md") || !text.contains("https://"),
                "{name}"
            );
        }
        let csv = rendered_search(&search, "search.csv");
        for row in csv::Reader::from_reader(csv.as_bytes()).records() {
            assert!(
                row.unwrap().iter().all(|cell| !cell.starts_with('=')),
                "{csv}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    // A figure of the answer that one format lacks would make two readers disagree.
    #[test]
    fn every_form_has_both_ends_of_the_bracket(
        hundredths in 100_u32..2_000_000,
        width in 1.01..1.5_f64,
        is_users: bool,
    ) {
        let unit = if is_users { LoadUnit::Users } else { LoadUnit::PerSecond };
        let whole = |load: f64| if is_users { load.ceil() } else { (load * 100.0).round() / 100.0 };
        let holds = whole(f64::from(hundredths) / 100.0);
        let fails = whole(holds * width).max(holds + 1.0);
        let mut search = searched(holds, fails, unit);
        search.verdict_text = "The target holds a load.".to_owned();
        for (name, text) in all(&search) {
            // A line may end between a number and its unit.
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let is_data = name.ends_with("json") || name.ends_with("csv");
            for load in [holds, fails] {
                let shown = if is_data { load.to_string() } else { unit.load(load) };
                let escaped = shown.replace('/', "&#x2f;");
                prop_assert!(text.contains(&shown) || text.contains(&escaped), "{name}: {shown}");
            }
        }
    }
}
