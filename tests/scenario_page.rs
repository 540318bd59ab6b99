//! docs/SCENARIO.md lists every key of a scenario, as the types describe them.
//!
//! The text of the page is written by hand. What stands between `<!-- keys: TABLE -->` and
//! `<!-- end -->` is made here: `UPDATE_EXPECT=1` writes it anew.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the page is a file, and one that cannot be read is a failure"
)]

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use leadbench::scenario;
use serde_json::Value;

const END: &str = "<!-- end -->";

/// Columns of a line.
const WIDTH: usize = 100;

/// Each table, and where its keys stand in the schema.
const TABLES: &[(&str, &str)] = &[
    ("scenario", ""),
    ("target", "/properties/target"),
    ("target.connections", "/$defs/ConnectionsTable"),
    ("target.request", "/$defs/RequestTable"),
    ("target.expect", "/$defs/ExpectTable"),
    ("target.embedded", "/$defs/EmbeddedTable"),
    ("auth", "/$defs/AuthTable"),
    ("auth.exchange", "/$defs/ExchangeTable"),
    ("lead", "/$defs/LeadTable"),
    ("load", "/$defs/LoadTable"),
    ("load.stages", "/$defs/StageTable"),
    ("matrix", "/$defs/MatrixTable"),
    ("engine", "/$defs/EngineTable"),
];

#[test]
fn the_page_lists_every_key_as_this_version_reads_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/SCENARIO.md");
    let page = fs::read_to_string(&path).unwrap();
    let expected = filled_in(&page);
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    assert!(
        env::var_os("UPDATE_EXPECT").is_some() || page == expected,
        "docs/SCENARIO.md is old; run: UPDATE_EXPECT=1 cargo test --test scenario_page"
    );
}

#[test]
fn the_page_has_every_table_once() {
    let page = page();
    for (table, _) in TABLES {
        assert_eq!(page.matches(&opening(table)).count(), 1, "{table}");
    }
    let described: BTreeSet<&str> = TABLES
        .iter()
        .filter_map(|(_, pointer)| pointer.strip_prefix("/$defs/"))
        .collect();
    for name in scenario::schema()["$defs"].as_object().unwrap().keys() {
        let is_listed = described.contains(name.as_str()) || name == "FromOutside";
        assert!(is_listed, "tests/scenario_page.rs does not list {name}");
    }
}

// What a reader copies must work.
#[test]
fn every_example_on_the_page_is_valid() {
    let page = page();
    let mut examples = 0;
    for block in page.split("```toml\n").skip(1) {
        let (example, _) = block.split_once("```").unwrap();
        let text = completed(example);
        scenario::parse("example.toml", &text, &[])
            .unwrap_or_else(|problems| panic!("{problems}\n{text}"));
        examples += 1;
    }
    assert!(examples >= TABLES.len(), "{examples}");
}

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/SCENARIO.md")).unwrap()
}

fn opening(table: &str) -> String {
    format!("<!-- keys: {table} -->\n")
}

/// An example with the tables that every scenario has.
fn completed(example: &str) -> String {
    let mut text = example.to_owned();
    let has = |line: &str| example.lines().any(|own| own.starts_with(line));
    for (table, usual) in [
        (
            "[auth]",
            "[auth]\nsource = \"named-credential\"\nkey = \"lead_signing\"\nissuer = \"i\"\nsubject = \"s\"\naudience = \"a\"\n",
        ),
        ("[target]", "[target]\nurl = \"embedded\"\n"),
        ("schema = 1", "schema = 1\nname = \"example\"\n"),
    ] {
        if !has(table) {
            text.insert_str(0, usual);
        }
    }
    if !has("[[load]]") {
        text.push_str("[[load]]\nkind = \"rate\"\nrate = \"1/s\"\n");
        if !has("[matrix]") {
            text.push_str("for = \"1s\"\n");
        }
    }
    text
}

/// The page with its made parts made anew.
fn filled_in(page: &str) -> String {
    let schema = scenario::schema();
    let tables = TABLES.iter().map(|(table, pointer)| {
        let node = schema.pointer(pointer).unwrap();
        (opening(table), keys(table, node))
    });
    let mut page = page.to_owned();
    for (opening, text) in tables {
        assert!(page.contains(&opening), "the page lacks {opening}");
        let (before, rest) = page.split_once(&opening).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        page = format!("{before}{opening}\n{text}\n{END}{after}");
    }
    page
}

/// A list of the keys of a table, in the order of the types.
fn keys(table: &str, node: &Value) -> String {
    let required = node["required"].as_array().cloned().unwrap_or_default();
    let mut text = String::new();
    for name in names(table) {
        let key = &node["properties"][&name];
        let mut about = kind(table, &name, key);
        if required.contains(&Value::from(name.as_str())) {
            about.push_str(", required");
        }
        if let Some(default) = key.get("default") {
            write!(about, ", default `{default}`").unwrap();
        }
        let meaning = key["description"].as_str().unwrap_or_default();
        let mut paragraphs = meaning.split("\n\n").map(|lines| lines.replace('\n', " "));
        let first = paragraphs.next().unwrap_or_default();
        text.push_str(&wrapped(&format!("- **`{name}`** ({about}). {first}")));
        for paragraph in paragraphs {
            text.push('\n');
            text.push_str(&wrapped(&format!("  {paragraph}")));
        }
    }
    text
}

/// The keys of a table in the order in which the reader lists them beside one that it does not know.
fn names(table: &str) -> Vec<String> {
    let text = match table {
        "scenario" => "0 = 1".to_owned(),
        "load" => "[[load]]\n0 = 1".to_owned(),
        "load.stages" => "[[load]]\nstages = [{ 0 = 1 }]".to_owned(),
        other => format!("[{other}]\n0 = 1"),
    };
    let problems = scenario::parse("x", &text, &[]).unwrap_err().to_string();
    let (_, list) = problems.split_once("has no key `0`").unwrap();
    let (_, list) = list.split_once("hint: write one of ").unwrap();
    list.lines()
        .next()
        .unwrap()
        .split(", ")
        .map(str::to_owned)
        .collect()
}

/// What a key may hold, in words.
fn kind(table: &str, name: &str, node: &Value) -> String {
    let is_table = node["$ref"].is_string() || node["properties"].is_object();
    if let ("scenario" | "target" | "auth", true) = (table, is_table || refers(node)) {
        let whole = match table {
            "scenario" => name.to_owned(),
            table => format!("{table}.{name}"),
        };
        return format!("table, see [below](#{})", whole.replace('.', ""));
    }
    match (table, name) {
        ("scenario", "load") => return "one table or more, see [below](#load)".to_owned(),
        ("load", "stages") => return "list of tables, see [below](#loadstages)".to_owned(),
        ("scenario", "negative" | "thresholds") => return format!("table, see [below](#{name})"),
        _ => {}
    }
    value(node)
}

fn refers(node: &Value) -> bool {
    let only = node["anyOf"].as_array().map(Vec::as_slice);
    matches!(only, Some([only]) if only["$ref"].is_string())
}

fn value(node: &Value) -> String {
    if let Some(choices) = ["anyOf", "oneOf"]
        .iter()
        .find_map(|key| node[*key].as_array())
    {
        let is_outside = |choice: &&Value| choice["$ref"] == "#/$defs/FromOutside";
        let choices = choices.iter().filter(|choice| !is_outside(choice));
        return choices.map(value).collect::<Vec<_>>().join(" or ");
    }
    if let Some(words) = node["enum"].as_array() {
        let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        return match words.as_slice() {
            [only] => format!("always {only}"),
            many => many.join(", "),
        };
    }
    let between = |low: &str, high: &str| match (&node[low], &node[high]) {
        (Value::Null, _) | (_, Value::Null) => String::new(),
        (Value::String(low), Value::String(high)) => format!(", {low} to {high}"),
        (low, high) => format!(", {low} to {high}"),
    };
    match node["type"].as_str() {
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("integer") if node["minimum"] == node["maximum"] => {
            format!("always `{}`", node["minimum"])
        }
        Some("integer") => format!("whole number{}", between("minimum", "maximum")),
        Some("string") if node["longest"].is_string() => {
            format!("duration{}", between("shortest", "longest"))
        }
        Some("string") => match node["examples"].as_array() {
            Some(examples) => format!("text such as `{}`", examples[0]),
            None => match between("minLength", "maxLength") {
                length if length.is_empty() => "text".to_owned(),
                length => format!("text{} characters", length.replace(", 1 to", ", up to")),
            },
        },
        Some("array") => {
            let item = value(&node["items"]);
            let (item, _) = item.split_once(", up to").unwrap_or((&item, ""));
            format!(
                "list of {}",
                item.replacen("whole number", "whole numbers", 1)
            )
        }
        Some("object") => match node["properties"].as_object() {
            Some(properties) => {
                let names: Vec<String> = properties.keys().map(|key| format!("`{key}`")).collect();
                format!("table with {}", names.join(" and "))
            }
            None => "table with keys of your own".to_owned(),
        },
        _ => "any value".to_owned(),
    }
}

/// A paragraph of a list in lines of the page's width.
fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut line = text
        .split_at(text.len() - text.trim_start().len())
        .0
        .to_owned();
    for word in text.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push_str(line.trim_end());
            lines.push('\n');
            " ".clone_into(&mut line);
        }
        if !line.is_empty() && !line.ends_with("  ") {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines + line.trim_end() + "\n"
}
