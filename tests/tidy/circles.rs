//! Files of a room do not need each other in a circle, and neither do rooms.
//!
//! A file needs another file if it names an item that the other defines, outside tests. A `mod`
//! line, and a parent's `pub use` of an item of its children, are not needs: they are the face of
//! the room. Nor are a child's uses of what its parent defines: a parent and its children are one
//! concept in several files. A method that is called on a value names nothing, so it is not seen.

use std::collections::{BTreeMap, BTreeSet};

use crate::paths::Code;
use crate::rooms::ROOMS;
use crate::source::Place;

/// Circles that are allowed, and why. A row whose circle has been opened must be deleted; a row
/// whose circle has become smaller may stay.
const ALLOWED: &[(&str, &str)] = &[(
    "cli/args cli/completions cli/man",
    "clap needs the whole command line to complete it and to describe it",
)];

/// For each file, the files of its room that it needs: the names, with the first line of each.
type Needs = BTreeMap<String, BTreeMap<String, BTreeMap<String, usize>>>;

#[test]
fn no_files_of_a_room_need_each_other() {
    let needs = needs(&Code::of_this_crate());
    let circles = circles(&needs);
    let is_within = |circle: &[String], files: &str| {
        let is_listed = |file: &String| files.split(' ').any(|listed| listed == file);
        circle.iter().all(is_listed)
    };
    let is_allowed =
        |circle: &&Vec<String>| ALLOWED.iter().any(|(files, _)| is_within(circle, files));
    let new = circles.iter().filter(|circle| !is_allowed(circle));
    let faults: String = new.map(|circle| shown(circle, &needs)).collect();
    assert!(faults.is_empty(), "files need each other:\n{faults}");
    for (files, _) in ALLOWED {
        assert!(
            circles.iter().any(|circle| is_within(circle, files)),
            "tests/tidy/circles.rs allows a circle that no longer exists: delete the row {files:?}"
        );
    }
}

#[test]
fn no_rooms_need_each_other() {
    let mut needs = Needs::new();
    for (room, allowed) in ROOMS {
        let allowed = allowed
            .iter()
            .map(|other| ((*other).to_owned(), BTreeMap::new()));
        needs.insert((*room).to_owned(), allowed.collect());
    }
    assert_eq!(circles(&needs), Vec::<Vec<String>>::new());
}

#[test]
fn the_judge_of_circles_sees_each_way_to_need_a_file() {
    let circle_with = |b: &str| {
        let code = Code::of(&[
            ("src/lib.rs", "pub mod room; pub mod other;"),
            (
                "src/other.rs",
                "pub fn go() {} pub use crate::room::a::Alias;",
            ),
            (
                "src/room.rs",
                "mod a; mod b; mod c; pub use a::{A, make}; pub use b::B; fn top() {}",
            ),
            (
                "src/room/a.rs",
                "use super::b::B; pub struct A; pub fn make() -> B { B } pub type Alias = A;",
            ),
            ("src/room/b.rs", b),
            ("src/room/b/tests.rs", "use super::super::A; pub fn go() {}"),
            ("src/room/c.rs", "pub(super) use super::a::A as Renamed;"),
        ]);
        circles(&needs(&code))
    };
    let circular = [
        "use super::A;",
        "use super::{a::{self}, B as _}; fn f() { a::make(); }",
        "use crate::room::a::A as Other;",
        "fn f() { super::make(); }",
        "fn f() { assert_eq!(1, super::make().x); }",
        "fn f() { format!(\"{}\", crate::room::{a::make}()); }",
        "fn f(_: &[Vec<crate::room::A>]) {}",
        "impl From<super::A> for u8 {}",
        "use super::c::Renamed;",
        "use crate::other::Alias;",
        "mod inner { fn f() { super::super::make(); } }",
        "#[derive(super::make)] struct S;",
        "pub use super::a::A;",
        "use super::a::*;",
        "#[cfg(test)] use super::b::{B, C}; use super::A;",
        "#[cfg(not(test))] use super::A;",
        "#[cfg(test)] mod tests { use super::X; } use super::A;",
    ];
    for text in circular {
        assert_eq!(circle_with(text), [["room/a", "room/b"]], "{text}");
    }
    let straight = [
        "use super::a;",
        "// super::make()",
        "fn f() { let _ = \"super::make()\"; }",
        "#[cfg(test)] mod tests { use super::super::A; }",
        "fn f() { tests::go(); } #[cfg(test)] mod tests;",
        "#[cfg(test)] fn f() { super::make(); }",
        "#[cfg(all(test, unix))] use super::{A, make};",
        "use crate::other::go;",
        "pub(super) struct A; fn f() -> A { A }",
    ];
    for text in straight {
        assert!(
            circle_with(text).is_empty(),
            "{text}: {:?}",
            circle_with(text)
        );
    }
}

pub(crate) fn needs(code: &Code) -> Needs {
    let mut needs = Needs::new();
    for source in &code.sources {
        for named in &source.named {
            let Some(target) = code.target(named) else {
                continue;
            };
            let (Some(item), Some(file)) = (target.rest.first(), code.file(&target.module)) else {
                continue;
            };
            let is_face = named.place == Place::Export && file.module.starts_with(&named.module);
            let is_parent = source.module.starts_with(&file.module);
            if file.path != source.path && file.room() == source.room() && !is_face && !is_parent {
                let of = needs.entry(source.name().to_owned()).or_default();
                let names = of.entry(file.name().to_owned()).or_default();
                names.entry(item.clone()).or_insert(named.line);
            }
        }
    }
    needs
}

/// Sets of files in which each file needs every other, directly or through others.
pub(crate) fn circles(needs: &Needs) -> Vec<Vec<String>> {
    let needed: BTreeMap<&String, BTreeSet<&String>> = needs
        .keys()
        .map(|file| (file, needed_by(file, needs)))
        .collect();
    let circle = |file: &String| {
        let others = needed[file].iter();
        let back = others.filter(|other| needed.get(*other).is_some_and(|all| all.contains(file)));
        back.map(|other| (*other).clone()).collect()
    };
    let circles: BTreeSet<Vec<String>> = needs.keys().map(circle).collect();
    circles
        .into_iter()
        .filter(|circle| !circle.is_empty())
        .collect()
}

fn needed_by<'n>(file: &'n String, needs: &'n Needs) -> BTreeSet<&'n String> {
    let mut needed = BTreeSet::new();
    let mut next = vec![file];
    while let Some(file) = next.pop() {
        let direct = needs.get(file).into_iter().flat_map(BTreeMap::keys);
        next.extend(direct.filter(|other| needed.insert(*other)));
    }
    needed
}

/// The circle with the lines that make it.
pub(crate) fn shown(circle: &[String], needs: &Needs) -> String {
    let mut text = format!("circle of {}\n", circle.join(", "));
    for file in circle {
        for (other, names) in needs[file]
            .iter()
            .filter(|(other, _)| circle.contains(other))
        {
            let places = names
                .iter()
                .map(|(name, line)| format!("{name} (line {line})"));
            let places: Vec<String> = places.collect();
            text.push_str(&["  ", file, " -> ", other, ": ", &places.join(", "), "\n"].concat());
        }
    }
    text
}
