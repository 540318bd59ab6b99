//! The structure of the code in figures, to read and to compare with those of another commit:
//! `cargo test --test tidy structure -- --nocapture`.

use std::collections::{BTreeMap, BTreeSet};

use crate::circles::{circles, needs, shown};
use crate::paths::Code;
use crate::rooms::ROOMS;
use crate::source::{Module, Source};

/// A function longer than this does not fit on a screen.
const SCREEN_LINES: usize = 60;

#[test]
fn structure() {
    let code = Code::of_this_crate();
    println!("\n# Rooms: files, lines of code without tests, rooms named");
    for (room, _) in ROOMS {
        let sources = || code.sources.iter().filter(|source| source.room() == *room);
        let lines: usize = sources().map(Source::code_lines).sum();
        let named: BTreeSet<String> = sources()
            .flat_map(|source| source.named.iter())
            .flat_map(|named| code.rooms(named))
            .filter(|other| other != room && ROOMS.iter().any(|(name, _)| name == other))
            .collect();
        let named: Vec<String> = named.into_iter().collect();
        println!(
            "{room:<11} {:>4} {lines:>6}  {}",
            sources().count(),
            named.join(" ")
        );
    }
    let total: usize = code.sources.iter().map(Source::code_lines).sum();
    println!("{:<11} {:>4} {total:>6}", "all", code.sources.len());
    functions(&code);
    let needs = needs(&code);
    println!("\n# Circles within rooms: {}", circles(&needs).len());
    for circle in circles(&needs) {
        print!("{}", shown(&circle, &needs));
    }
    println!("\n# Types of the same name");
    let types = code.sources.iter().flat_map(Source::types);
    shared(types.map(|(module, name)| (name, module)));
    println!("\n# Modules of the same name");
    let modules = code.sources.iter().flat_map(|source| source.names.keys());
    shared(modules.filter_map(|module| Some((module.last()?, module))));
}

fn functions(code: &Code) {
    let mut functions: Vec<(usize, String)> = Vec::new();
    for source in &code.sources {
        let of = source.functions.iter();
        functions.extend(of.map(|f| (f.lines, format!("{} ({})", f.name, source.path))));
    }
    functions.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let long = functions.iter().filter(|(lines, _)| *lines > SCREEN_LINES);
    println!(
        "\n# Functions: {}, median {} lines, {} above {SCREEN_LINES}",
        functions.len(),
        functions[functions.len() / 2].0,
        long.clone().count()
    );
    for (lines, name) in long {
        println!("{lines:>4}  {name}");
    }
}

/// Prints the names that stand for things of several modules.
fn shared<'c>(named: impl Iterator<Item = (&'c String, &'c Module)>) {
    let mut places: BTreeMap<&String, BTreeSet<String>> = BTreeMap::new();
    for (name, module) in named {
        places.entry(name).or_default().insert(module.join("/"));
    }
    for (name, places) in places.into_iter().filter(|(_, places)| places.len() > 1) {
        let listed: Vec<String> = places.into_iter().collect();
        println!("{name} ({}): {}", listed.len(), listed.join(", "));
    }
}
