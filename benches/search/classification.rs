//! Classifies loads as a search does: reads cases (see `cases.rs`) from stdin, one a line.
//!
//! Prints our class of each case that has none, and each case that `MLRsearch` classifies otherwise;
//! then how often each class of ours meets each of theirs. Fails if they differ.
//!
//! `benches/search/classification.py | cargo run --example classification`, or `just classification`.

#![expect(clippy::print_stdout, reason = "an example that prints")]

use std::collections::BTreeMap;
use std::io;
use std::process::ExitCode;

#[path = "cases.rs"]
mod cases;

fn main() -> io::Result<ExitCode> {
    let mut met: BTreeMap<(String, &str), u64> = BTreeMap::new();
    for line in io::stdin().lines() {
        let line = line?;
        let Some((ours, theirs)) = cases::classes(&line) else {
            println!("not a case: {line}");
            return Ok(ExitCode::FAILURE);
        };
        if ours != theirs {
            println!("{line}  ours: {ours}");
        }
        if !theirs.is_empty() {
            *met.entry((theirs.to_owned(), ours)).or_default() += 1;
        }
    }
    println!("{:<12} {:<12} {:>9}", "MLRsearch", "leadbench", "cases");
    for ((theirs, ours), cases) in &met {
        println!("{theirs:<12} {ours:<12} {cases:>9}");
    }
    let agree = met.keys().all(|(theirs, ours)| theirs == ours);
    Ok(if agree {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
