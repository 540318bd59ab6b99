//! What docs/STABILITY.md promises, against the records of each version.
//!
//! A record has names and not texts. Nothing of it may be missing today; more is welcome.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test from the outside reads files, and one that it cannot read is a failure"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use leadbench::phase::Phase;
use leadbench::report::{SEARCH_REPORTS, openmetrics};
use leadbench::summary::{SearchSummary, Summary};
use serde_json::Value;
use tempfile::TempDir;

/// Names by what they are names of: `run` and its flags, `phases.csv` and its columns.
type Names = BTreeMap<String, BTreeSet<String>>;

/// What a version has, by kind.
type Record = BTreeMap<String, Names>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn records() -> PathBuf {
    root().join("tests/fixtures/stable")
}

fn leadbench(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_leadbench"))
        .current_dir(folder)
        .args(words)
        .output()
        .unwrap()
}

fn printed(words: &[&str]) -> String {
    let output = leadbench(root(), words);
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What the program has today.
fn today() -> Record {
    let mut record = Record::new();
    let mut flags = Names::new();
    flags_of(&[], &mut flags);
    record.insert("flags".to_owned(), flags);
    let readme = read("README.md");
    record.insert(
        "exit codes".to_owned(),
        first_cells(&readme, "## Exit codes"),
    );
    let formats = read("docs/FORMATS.md");
    record.insert("metrics".to_owned(), served_metrics());
    let phases = Phase::ALL.map(|phase| phase.as_str().to_owned()).into();
    let phases = Names::from([("Phases".to_owned(), phases)]);
    record.insert("phases".to_owned(), phases);
    record.insert("files".to_owned(), written_files());
    let codes = first_cells(&formats, "### Codes of reasons and warnings");
    record.insert("codes".to_owned(), codes);
    record.insert("outcomes".to_owned(), first_cells(&formats, "### Outcomes"));
    for what in ["scenario", "summary", "comparison", "search"] {
        let schema: Value = serde_json::from_str(&printed(&["schema", what])).unwrap();
        let mut keys = Names::new();
        keys_of(&schema, what, &mut keys);
        record.insert(format!("keys of {what}"), keys);
    }
    record
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The metrics of a run as a scraper reads them: each with its type and its labels.
fn served_metrics() -> Names {
    let summary = fs::read_to_string(records().join("0.1.0/summary.json")).unwrap();
    let summary: Summary = serde_json::from_str(&summary).unwrap();
    let mut found = Names::new();
    let mut of = String::new();
    for line in openmetrics(Some(&summary)).unwrap().lines() {
        if let Some(declared) = line.strip_prefix("# TYPE ") {
            let (name, kind) = declared.split_once(' ').unwrap();
            name.clone_into(&mut of);
            found.insert(of.clone(), BTreeSet::from([kind.to_owned()]));
        } else if let Some((_, labels)) = line.split_once('{').filter(|_| !line.starts_with('#')) {
            let quoted = labels
                .split("=\"")
                .filter_map(|before| before.rsplit(['{', ',', '"']).next());
            let names = quoted.filter(|name| !name.is_empty() && !name.contains(['}', ' ']));
            let labels = names.map(|name| format!("label {name}"));
            found.get_mut(&of).unwrap().extend(labels);
        }
    }
    found
}

/// The names of what a run writes into its folder, and of what a key pair consists of.
fn written_files() -> Names {
    let (_place, run, keys) = small_run();
    let names = |folder: &Path| {
        fs::read_dir(folder)
            .unwrap()
            .flatten()
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect()
    };
    Names::from([
        ("a run".to_owned(), names(&run)),
        ("a key pair".to_owned(), names(&keys)),
    ])
}

/// Makes a run of a second with all files that a run can write: its place, its folder and the folder of its keys.
fn small_run() -> (TempDir, PathBuf, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let scenario = root().join("scenarios/smoke.toml");
    let made = leadbench(
        place.path(),
        &["keys", "generate", "lead_signing", "--keys", "keys"],
    );
    assert!(made.status.success(), "{made:?}");
    let words = [
        "run",
        scenario.to_str().unwrap(),
        "--keys",
        "keys",
        "--out",
        "out",
        "--ui",
        "none",
        "--requests",
        "100%",
        "--duration",
        "1s",
        "--set",
        "target.request.created_id=id",
    ];
    leadbench(place.path(), &words);
    let folder = fs::read_dir(place.path().join("out/smoke"))
        .unwrap()
        .flatten()
        .next();
    let folder = folder.expect("a run folder").path();
    let keys = place.path().join("keys");
    (place, folder, keys)
}

/// The flags of a command and of those below it.
fn flags_of(command: &[&str], found: &mut Names) {
    let help = printed(&[command, &["--help"]].concat());
    let words = help.split(|c: char| c.is_whitespace() || ",[]<>=".contains(c));
    let flags = words.filter(|word| word.starts_with("--") && word.len() > 3);
    let flags = flags.map(|flag| flag.trim_matches(|c: char| !c.is_ascii_lowercase() && c != '-'));
    let name = ["leadbench", &command.join(" ")].join(" ");
    found.insert(name.trim().to_owned(), flags.map(str::to_owned).collect());
    let below = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    for line in below.take_while(|line| !line.is_empty()) {
        let name = line.split_whitespace().next().unwrap_or_default();
        if line.starts_with("  ") && !line.starts_with("   ") && name != "help" {
            flags_of(&[command, &[name]].concat(), found);
        }
    }
}

/// The first cells of a table below a heading: what stands between backquotes, else the cell.
fn first_cells(page: &str, heading: &str) -> Names {
    let section = page.split(&format!("\n{heading}\n")).nth(1);
    let section = section
        .expect(heading)
        .split("\n#")
        .next()
        .unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| "));
    let rows = rows.filter_map(|row| row.split(" | ").next());
    let quoted = |cell: &str| -> Vec<String> {
        let parts: Vec<_> = cell.split('`').map(str::to_owned).collect();
        match parts.as_slice() {
            [_] => vec![cell.to_owned()],
            parts => parts.iter().skip(1).step_by(2).cloned().collect(),
        }
    };
    // The first row is the head of the table.
    let names = rows.skip(1).flat_map(quoted).collect();
    Names::from([(heading.trim_start_matches(['#', ' ']).to_owned(), names)])
}

/// The keys of a JSON Schema, each definition with its own, as `key: types`.
fn keys_of(schema: &Value, name: &str, found: &mut Names) {
    let definitions = schema["$defs"].as_object().into_iter().flatten();
    let all = definitions.map(|(name, one)| (name.as_str(), one));
    for (name, one) in all.chain([(name, schema)]) {
        let properties = one["properties"].as_object().into_iter().flatten();
        let keys: BTreeSet<_> = properties
            .map(|(key, what)| format!("{key}: {}", types_of(what)))
            .collect();
        let variants = one["enum"].as_array().into_iter().flatten();
        let described = one["oneOf"].as_array().into_iter().flatten();
        let variants = variants.chain(described.map(|one| &one["const"]));
        let variants = variants.filter_map(Value::as_str).map(str::to_owned);
        let keys: BTreeSet<_> = keys.into_iter().chain(variants).collect();
        if !keys.is_empty() {
            found.insert(name.to_owned(), keys);
        }
    }
}

/// The types that a key may have, without null: `string`, `integer`, or the name of a definition.
fn types_of(what: &Value) -> String {
    let mut types = BTreeSet::new();
    let mut add = |one: &Value| {
        let named = one["$ref"]
            .as_str()
            .and_then(|name| name.rsplit('/').next());
        types.extend(named.map(str::to_owned));
        let written = match &one["type"] {
            Value::Array(names) => names.as_slice(),
            name => std::slice::from_ref(name),
        };
        types.extend(
            written
                .iter()
                .filter_map(Value::as_str)
                .map(|name| match name {
                    "array" => format!("array of {}", types_of(&one["items"])),
                    name => name.to_owned(),
                }),
        );
    };
    add(what);
    for choice in ["anyOf", "oneOf"] {
        what[choice]
            .as_array()
            .into_iter()
            .flatten()
            .for_each(&mut add);
    }
    types.remove("null");
    types.into_iter().collect::<Vec<_>>().join(" or ")
}

/// The records of all versions, by the name of the file.
fn recorded() -> Vec<(String, Record)> {
    let folders = fs::read_dir(records()).unwrap().flatten();
    let folders = folders
        .map(|entry| entry.path())
        .filter(|path| path.is_dir());
    let records = folders.map(|folder| {
        let text = fs::read_to_string(folder.join("record.json")).unwrap();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        (name, serde_json::from_str(&text).unwrap())
    });
    records.collect()
}

#[test]
fn nothing_that_a_version_had_is_missing() {
    let today = today();
    if std::env::var_os("LEADBENCH_RECORD_STABLE").is_some() {
        let folder = records().join(env!("CARGO_PKG_VERSION"));
        fs::create_dir_all(&folder).unwrap();
        let text = serde_json::to_string_pretty(&today).unwrap() + "\n";
        fs::write(folder.join("record.json"), text).unwrap();
    }
    let all = recorded();
    assert!(!all.is_empty());
    let mut missing = Vec::new();
    for (version, record) in all {
        for (kind, names) in record {
            for (of, names) in names {
                let now = today.get(&kind).and_then(|found| found.get(&of));
                let gone = names
                    .iter()
                    .filter(|name| now.is_none_or(|now| !now.contains(*name)));
                missing.extend(gone.map(|name| format!("{version}: {kind}, {of}: {name}")));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Those of the run come last in a file that is written while a run goes on.
#[test]
fn columns_stay_in_their_order_and_new_ones_come_last() {
    for (version, _) in recorded() {
        let old = records().join(&version);
        let out = tempfile::tempdir().unwrap();
        let out_name = out.path().to_str().unwrap();
        for words in [["report", "summary.json"], ["history", "."]] {
            let output = leadbench(&old, &[words.as_slice(), &["--out", out_name]].concat());
            assert!(output.status.success(), "{version}: {output:?}");
        }
        let search = fs::read(old.join("search.json")).unwrap();
        let search: SearchSummary = serde_json::from_slice(&search).unwrap();
        let table = SEARCH_REPORTS
            .iter()
            .find(|report| report.file == "search.csv");
        let table = (table.unwrap().render)(&search).unwrap();
        fs::write(out.path().join("search.csv"), table).unwrap();
        for table in [
            "phases.csv",
            "timeline.csv",
            "slowest.csv",
            "history.csv",
            "search.csv",
        ] {
            let (then, now) = (columns(&old, table), columns(out.path(), table));
            assert!(
                now.starts_with(&then),
                "{version}: {table}: {now:?}\nwas {then:?}"
            );
        }
        let (_place, run, _) = small_run();
        for table in ["created.csv", "requests.csv"] {
            let (then, now) = (columns(&old, table), columns(&run, table));
            let (own, of_run) = then.split_at(then.len() - 3);
            let holds = now.starts_with(own) && now.ends_with(of_run);
            assert!(holds, "{version}: {table}: {now:?}\nwas {then:?}");
        }
    }
}

/// The columns of a table.
fn columns(folder: &Path, table: &str) -> Vec<String> {
    let text = fs::read_to_string(folder.join(table)).unwrap();
    let head = text.lines().next().unwrap();
    head.split(',').map(str::to_owned).collect()
}

#[test]
fn every_file_that_a_version_wrote_is_still_read() {
    for (version, _) in recorded() {
        let old = records().join(&version);
        let out = tempfile::tempdir().unwrap();
        for file in ["summary.json", "recording.lbr"] {
            let to = out.path().join(file);
            let output = leadbench(&old, &["report", file, "--out", to.to_str().unwrap()]);
            assert!(output.status.success(), "{version}: {file}: {output:?}");
            let read = fs::read_to_string(to.join("summary.json")).unwrap();
            let read: Value = serde_json::from_str(&read).unwrap();
            let was: Value =
                serde_json::from_str(&fs::read_to_string(old.join("summary.json")).unwrap())
                    .unwrap();
            for part in ["counts", "phases", "outcomes", "thresholds"] {
                assert_eq!(read[part], was[part], "{version}: {file}: {part}");
            }
        }
        let scenarios = fs::read_dir(old.join("scenarios")).unwrap().flatten();
        for scenario in scenarios.map(|entry| entry.path()) {
            if scenario.extension().is_some_and(|ending| ending == "toml") {
                let path = scenario.to_str().unwrap();
                let output = leadbench(&old, &["check", "--no-keys", path]);
                assert!(output.status.success(), "{version}: {output:?}");
            }
        }
    }
}
