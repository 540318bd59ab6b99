//! What files, the manifest and the documents must say.

use std::process::Command;

use crate::source::{files, read};

#[test]
fn no_module_file_is_called_mod() {
    for path in files() {
        assert!(
            !path.ends_with("/mod.rs"),
            "{path}: name it after its folder instead"
        );
    }
}

#[test]
fn every_source_begins_with_its_contract() {
    for path in files() {
        assert!(
            read(&path).starts_with("//!"),
            "{path}: the first line must be a `//!` sentence"
        );
    }
}

#[test]
fn every_dependency_says_why() {
    let manifest = read("Cargo.toml");
    let mut section = "";
    for (index, line) in manifest.lines().enumerate() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
            assert!(
                !section.contains("dependencies."),
                "Cargo.toml:{}: write a dependency as one line",
                index + 1
            );
        } else if section.ends_with("dependencies") && line.contains(" = ") {
            let why = line.rsplit_once("  # ").map_or("", |(_, why)| why.trim());
            assert!(
                !why.is_empty(),
                "Cargo.toml:{}: add `  # why` to {line:?}",
                index + 1
            );
        }
    }
}

#[test]
fn the_changelog_begins_with_what_is_unreleased() {
    let changelog = read("CHANGELOG.md");
    let first = changelog.lines().find(|line| line.starts_with("## "));
    assert_eq!(first, Some("## Unreleased"));
}

#[test]
fn the_readme_lists_every_subcommand() {
    let readme = read("README.md");
    let commands = subcommands();
    assert!(!commands.is_empty(), "`--help` names no commands");
    for command in commands {
        let (alone, with_arguments) = (format!("| `{command}` |"), format!("| `{command} "));
        assert!(
            readme
                .lines()
                .any(|line| line.starts_with(&alone) || line.starts_with(&with_arguments)),
            "README.md: the table of commands has no row for `{command}`"
        );
    }
}

#[test]
fn the_readme_lists_every_exit_code() {
    let readme = read("README.md");
    for code in exit_codes() {
        assert!(
            readme
                .lines()
                .any(|line| line.starts_with(&format!("| {code} |"))),
            "README.md: the table of exit codes has no row for {code}"
        );
    }
}

/// The commands that the binary itself lists, `help` left out.
fn subcommands() -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_leadbench"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    help.lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.trim().is_empty())
        // A wrapped description goes on further to the right.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .map(str::to_owned)
        .collect()
}

/// The numbers of the variants of `Code`.
fn exit_codes() -> Vec<String> {
    let source = read("src/cli/exit.rs");
    let body = source.split("enum Code {").nth(1).unwrap_or_default();
    let body = body.split('}').next().unwrap_or_default();
    let codes: Vec<String> = body
        .lines()
        .filter_map(|line| line.trim().trim_end_matches(',').split_once(" = "))
        .map(|(_, number)| number.to_owned())
        .collect();
    assert!(codes.len() > 1, "src/cli/exit.rs: `Code` has no numbers");
    codes
}
