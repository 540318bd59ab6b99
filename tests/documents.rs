//! The documents against the code: the one table of phases, the table of outcomes, the list of bad
//! tokens, the types that the terms name, the size of README, and the outputs that README and
//! QUICKSTART quote.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test of the documents reads them, and a file it cannot read is a failure"
)]

#[cfg(test)]
#[path = "documents/quickstart.rs"]
mod quickstart;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use leadbench::phase::Phase;
use leadbench::plan::Fault;
use leadbench::sample::Outcome;

/// The page that has the table of phases; all others link to it.
const PAGE_OF_PHASES: &str = "docs/MEASURING.md";

/// What a newcomer reads before a first run.
const README_BYTES_MAX: usize = 9 * 1024;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// Every file with this ending in a folder and its folders, relative to the repository.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let name = entry.unwrap().file_name();
            let path = folder.join(&name);
            // A hidden folder has what tools have made, such as the packages of the example.
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|its| its == ending) {
                found.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    found
}

/// README and every page of `docs` and of its folders, relative to the repository.
fn pages() -> Vec<String> {
    let mut found = files("docs", "md");
    found.push("README.md".to_owned());
    found
}

/// The part of a page under a heading, up to the next heading.
fn section(page: &str, heading: &str) -> String {
    let text = read(page);
    let (_, after) = text.split_once(&format!("\n{heading}\n")).unwrap();
    after.split("\n#").next().unwrap().to_owned()
}

/// What the rows of tables begin with, where that is code and nothing else.
fn first_cells(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn the_table_of_phases_has_every_phase_in_the_order_of_the_timeline() {
    let table = section(PAGE_OF_PHASES, "## Phases");
    // Metrics of Server-Timing are named by the target, so one row stands for them all.
    let listed: Vec<&str> = first_cells(&table)
        .into_iter()
        .filter(|name| *name != "server.<name>")
        .collect();
    assert_eq!(listed, Phase::ALL.map(Phase::as_str), "{PAGE_OF_PHASES}");
}

#[test]
fn no_other_page_describes_the_phases_again() {
    // These three names mean nothing but phases, so a row of one is a row of a second table.
    let telling = [Phase::SignWait, Phase::TokenAge, Phase::Residual].map(Phase::as_str);
    for page in pages() {
        let text = read(&page);
        let is_second = first_cells(&text).iter().any(|name| telling.contains(name));
        assert!(
            !is_second || page == PAGE_OF_PHASES,
            "{page}: link to {PAGE_OF_PHASES} in place of a second table of phases"
        );
    }
}

#[test]
fn the_table_of_outcomes_has_every_outcome_in_the_order_of_the_reports() {
    let table = section("docs/FORMATS.md", "### Outcomes");
    let listed = first_cells(&table);
    let known: Vec<&str> = Outcome::ALL.iter().copied().map(Outcome::as_str).collect();
    assert_eq!(listed, known, "docs/FORMATS.md");
}

#[test]
fn the_table_of_bad_tokens_has_every_fault() {
    let text = section("docs/TOKENS.md", "## Bad tokens");
    let listed: Vec<&str> = first_cells(&text)
        .into_iter()
        .filter(|name| name.parse::<Fault>().is_ok())
        .collect();
    let known: Vec<String> = Fault::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(listed, known, "docs/TOKENS.md");
}

#[test]
fn every_type_that_the_terms_name_is_in_the_code() {
    let code: String = files("src", "rs").iter().map(|path| read(path)).collect();
    let words = |line: &str| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let defined: BTreeSet<String> = code
        .lines()
        .map(words)
        .filter_map(|words| {
            let at = words
                .iter()
                .position(|word| ["struct", "enum", "trait"].contains(&word.as_str()))?;
            let name = words.get(at + 1)?;
            let end = name.find(|sign: char| !sign.is_alphanumeric());
            Some(name[..end.unwrap_or(name.len())].to_owned())
        })
        .collect();
    let terms = read("docs/TERMS.md");
    let named: Vec<&str> = terms
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split('|').nth(2))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    assert!(named.len() > 50, "docs/TERMS.md names too few: {named:?}");
    for name in named {
        assert!(
            defined.contains(name),
            "docs/TERMS.md: there is no type {name} in src; has it been renamed?"
        );
    }
}

#[test]
fn the_readme_is_short() {
    let bytes = read("README.md").len();
    assert!(bytes <= README_BYTES_MAX, "README.md has {bytes} bytes");
}

// README shows a part of the report of reports/example. When the words of reports change, copy the
// lines again from `leadbench report reports/example --out target/example`.
#[test]
fn the_readme_quotes_the_example_run_as_it_is_reported() {
    let out = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_leadbench"))
        .args(["report", "reports/example", "--out"])
        .arg(out.path())
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let readme = read("README.md");
    let quoted = readme
        .split("```text\n")
        .find(|block| block.starts_with("converted-lead  "))
        .unwrap();
    let quoted = quoted.split("```").next().unwrap();
    let lines: Vec<&str> = quoted.lines().filter(|line| *line != "...").collect();
    assert!(lines.len() > 5, "README.md quotes too little: {lines:?}");
    for line in lines {
        assert!(
            said.lines().any(|true_line| true_line == line),
            "README.md: the example's report has no line {line:?}"
        );
    }
}
