//! Who may name whom: the table that ARCHITECTURE.md explains.
//!
//! Three absences matter more than the rest: `target` never uses `token`, so that a bug in
//! minting cannot hide itself; `engine` never sees `report`; `report` never sees `engine`.

use std::collections::BTreeSet;

use crate::paths::Code;
use crate::source::{files, room};

/// A room, and the rooms that it may name beside itself.
pub(crate) const ROOMS: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("phase", &[]),
    ("statistics", &["units"]),
    ("search", &["units", "statistics"]),
    ("clock", &["units"]),
    ("secret", &[]),
    ("on_panic", &[]),
    ("ids", &["units"]),
    ("plan", &["units", "phase", "secret"]),
    ("sample", &["units", "phase", "plan"]),
    ("summary", &["units", "phase", "plan"]),
    ("scenario", &["units", "phase", "secret", "ids", "plan"]),
    ("metadata", &[]),
    ("keys", &["units", "ids"]),
    (
        "token",
        &["units", "clock", "secret", "on_panic", "plan", "keys"],
    ),
    ("lead", &["units", "ids", "plan"]),
    ("client", &["units", "clock", "secret", "sample"]),
    (
        "engine",
        &[
            "units", "phase", "clock", "secret", "on_panic", "plan", "sample", "token", "lead",
            "client", "record",
        ],
    ),
    ("record", &["units", "phase", "plan", "sample", "summary"]),
    ("validity", &["units", "phase", "plan", "sample", "summary"]),
    (
        "recording",
        &[
            "units",
            "phase",
            "statistics",
            "plan",
            "sample",
            "summary",
            "record",
            "validity",
        ],
    ),
    (
        "summarize",
        &[
            "units",
            "phase",
            "statistics",
            "plan",
            "sample",
            "summary",
            "record",
            "validity",
            "recording",
        ],
    ),
    ("fleet", &["units", "secret", "plan"]),
    ("compare", &["units", "phase", "statistics", "summary"]),
    ("history", &["units", "phase", "statistics", "summary"]),
    ("report", &["units", "phase", "sample", "summary"]),
    ("live", &["summary", "report"]),
    ("target", &["units", "secret", "keys"]),
    ("machine", &["units", "summary", "validity"]),
    (
        "runner",
        &[
            "units",
            "phase",
            "clock",
            "secret",
            "on_panic",
            "plan",
            "sample",
            "summary",
            "keys",
            "token",
            "lead",
            "client",
            "engine",
            "record",
            "validity",
            "recording",
            "summarize",
            "target",
            "machine",
        ],
    ),
    (
        "cli",
        &[
            "units",
            "phase",
            "ids",
            "clock",
            "secret",
            "plan",
            "sample",
            "summary",
            "scenario",
            "metadata",
            "keys",
            "token",
            "lead",
            "client",
            "engine",
            "record",
            "validity",
            "recording",
            "summarize",
            "compare",
            "history",
            "report",
            "live",
            "target",
            "machine",
            "runner",
            "search",
            "fleet",
        ],
    ),
    // The crate's two roots.
    ("lib", &[]),
    ("main", &["cli"]),
];

#[test]
fn a_room_names_only_the_rooms_of_its_row() {
    let faults = faults(&Code::of_this_crate());
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_room_has_a_row_and_every_row_a_room() {
    let files = files();
    let rooms: BTreeSet<&str> = files.iter().map(|path| room(path)).collect();
    let rows: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    assert_eq!(
        rooms, rows,
        "rooms under src, and rows in tests/tidy/rooms.rs"
    );
}

#[test]
fn the_judge_of_rooms_sees_every_way_to_name_one() {
    let judge = |text: &str| {
        faults(&Code::of(&[
            (
                "src/lib.rs",
                "pub mod engine; pub mod plan; pub mod report;",
            ),
            ("src/engine.rs", text),
            (
                "src/plan.rs",
                "pub struct Plan; pub use crate::report::Html as Page;",
            ),
            ("src/report.rs", "pub mod html; pub struct Html;"),
        ]))
        .iter()
        .any(|fault| fault.contains("`engine` names `report`"))
    };
    let faulty = [
        "use crate::report;",
        "use crate::report::*;",
        "use crate::{\n    units::{self, Rate},\n    report::{html, console},\n};",
        "fn f() { crate::report::render(); }",
        "fn f() -> Vec<crate::report::Html> { todo() }",
        "fn f() { use super::report::Html; }",
        "use super::report::Html;",
        "pub(crate) use leadbench::report as other;",
        "#[cfg(test)]\nmod tests { use crate::report; }\nuse crate::report;",
        "const C: char = '\"'; use crate::report; const D: char = '\"';",
        "fn f<'a>(_: &'a str) { crate::report::x() }",
        "fn f() { format!(\"{}\", crate::report::x()) }",
        "macro_rules! m { () => { $crate::report::x() } }",
        "#[derive(crate::report::Shown)] struct S;",
        "impl crate::report::Shown for S {}",
        "use crate::plan::Page;",
        "mod inner { use super::super::report; }",
    ];
    for text in faulty {
        assert!(judge(text), "{text}");
    }
    let clean = [
        "// use crate::report;",
        "/* crate::report /* crate::report */ crate::report */",
        "/// See [`crate::report`].\nstruct S;",
        "const S: &str = \"crate::report\";",
        "const S: &[u8] = br#\"say \"crate::report\" \"#;",
        "#[cfg(test)]\nmod tests { fn f() { crate::report::x() } }",
        "use crate::{plan::Plan, engine::open};",
        "use self::report::Thing;",
        "fn f() -> impl Sized + use<'static> {}",
        "use other::report;",
    ];
    for text in clean {
        assert!(!judge(text), "{text}");
    }
}

fn row(room: &str) -> Option<&'static [&'static str]> {
    let mut rows = ROOMS.iter();
    rows.find(|(name, _)| *name == room)
        .map(|(_, allowed)| *allowed)
}

fn faults(code: &Code) -> Vec<String> {
    let mut faults = Vec::new();
    for source in &code.sources {
        let room = source.room();
        let allowed = row(room).unwrap_or_default();
        for named in &source.named {
            for other in code.rooms(named) {
                if other != room && row(&other).is_some() && !allowed.contains(&other.as_str()) {
                    faults.push(format!(
                        "{}:{}: `{room}` names `{other}`; it may name only [{}]",
                        source.path,
                        named.line,
                        allowed.join(", ")
                    ));
                }
            }
        }
    }
    faults
}
