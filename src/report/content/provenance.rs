//! What was run, on what, and how to run it again.

use super::document::{Facts, Layout, Section};
use super::importance::Importance;
use super::joined::joined;
use super::numbers::bytes;
use crate::summary::{Model, Run};

/// Labels and overrides shown.
const PAIRS_MAX: usize = 20;

/// Labels that a line has room for.
const LABELS_IN_A_LINE: usize = 10;

/// `2026-10-18 09:12:03 UTC`, `commit a1b2c3d`, `branch=main`, `seed 42`.
pub(super) fn origin(run: &Run) -> Vec<String> {
    let began = match run.started_at.strip_suffix('Z') {
        None => run.started_at.clone(),
        Some(in_utc) => {
            let (to_the_second, _) = in_utc.split_once('.').unwrap_or((in_utc, ""));
            format!("{} UTC", to_the_second.replacen('T', " ", 1))
        }
    };
    let commit = run.commit.iter().map(|commit| format!("commit {commit}"));
    let labels = labels(run).take(LABELS_IN_A_LINE);
    let seed = format!("seed {}", run.seed);
    [began]
        .into_iter()
        .chain(commit)
        .chain(labels)
        .chain([seed])
        .collect()
}

fn labels(run: &Run) -> impl Iterator<Item = String> {
    run.labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
}

/// What was run, on what, and how to run it again.
pub(super) fn section(run: &Run) -> Section {
    let machine = &run.machine;
    let model = match run.model {
        Model::Closed => "closed",
        Model::Mixed => "open and closed",
        Model::Open => "open",
    };
    let connections = run.connections.as_deref().unwrap_or("not recorded");
    let labels = joined(labels(run).take(PAIRS_MAX), ", ");
    let overrides = run.overrides.iter().take(PAIRS_MAX);
    let overrides = overrides.map(|change| format!("{} = {}", change.path, change.value));
    let overrides = joined(overrides, ", ");
    let load = format!("{}: {}", run.load.name, run.load.description);
    let system = format!("{} {}, {} cores", machine.os, machine.arch, machine.cores);
    let program = format!("{}, {} build", run.version, machine.build);
    let facts = [
        ("run", Some(run.id.clone())),
        ("scenario", Some(run.scenario_file.clone())),
        ("SHA-256", Some(run.scenario_sha256.clone())),
        ("load", Some(load)),
        ("model, engine", Some(format!("{model}, {}", run.engine))),
        ("target", Some(run.target.clone())),
        ("connections", Some(connections.to_owned())),
        ("seed", Some(run.seed.to_string())),
        ("machine", Some(system)),
        ("processor", machine.cpu.clone()),
        ("memory", machine.memory_bytes.map(bytes)),
        ("clock source", machine.clock_source.clone()),
        ("I/O workers", Some(run.load.io_workers.to_string())),
        ("leadbench", Some(program)),
        ("commit", run.commit.clone()),
        ("labels", labels),
        ("set on the command line", overrides),
        ("run it again", Some(shell(&run.command))),
    ];
    let facts = Facts::known("Run", Layout::Lines, facts);
    Section::new("run", "The run", [facts.into()]).of(Importance::Reference)
}

/// The words of a command line, quoted for a POSIX shell where they need it.
fn shell(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| shell_word(word)).collect();
    quoted.join(" ")
}

fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_survives_the_shell() {
        let words = ["leadbench", "run", "a b.toml", "it's", ""].map(str::to_owned);
        assert_eq!(shell(&words), r"leadbench run 'a b.toml' 'it'\''s' ''");
    }
}
