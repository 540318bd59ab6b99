//! Whether the system can carry the load, checked before the first callout.
//!
//! Each estimate combines the plan with values that were measured once. A load that cannot work is
//! refused; one that may fail gets a note.

mod callouts;
mod clock_source;
mod descriptors;
mod disk;
mod memory;
mod ports;
mod shortage;
#[cfg(test)]
mod testing;

use crate::cli::exit::Failure;
use crate::machine;
use crate::plan::Plan;
pub(in crate::cli) use clock_source::judge as slow_clock;
pub(in crate::cli) use disk::Asked;
pub(in crate::cli) use memory::available as available_memory;
pub(in crate::cli) use shortage::{Shortage, bytes};

/// The same of a run that writes nothing and serves nothing.
pub(in crate::cli) fn check_load(plan: &Plan) -> Result<(), Failure> {
    let nothing = Asked {
        out: None,
        log: None,
        rows: 0.0,
    };
    check(plan, nothing, 0)
}

/// Raises the limit of open files, and checks descriptors, ports, memory, disk and clock.
/// `kept` descriptors are for `--serve` and `--metrics`.
pub(in crate::cli) fn check(plan: &Plan, asked: Asked<'_>, kept: u64) -> Result<(), Failure> {
    let shortages = shortages(plan, asked, kept);
    let mut shortages = shortages.into_iter().filter_map(|(_, found)| found);
    shortages.try_for_each(Shortage::tell)
}

/// What a shortage of the clock source is called.
pub(in crate::cli) const CLOCK_SOURCE: &str = "clock source";

/// How many connections to one address are possible at a time, as far as ports go; `None` if the system does
/// not say.
pub(in crate::cli) fn local_ports() -> Option<u64> {
    ports::read().map(|ports| ports.many)
}

/// Each of them by its name, with what there may not be enough of. Raises the limit of open files.
pub(in crate::cli) fn shortages(
    plan: &Plan,
    asked: Asked<'_>,
    kept: u64,
) -> [(&'static str, Option<Shortage>); 5] {
    let files = machine::raise_file_limit();
    let source = machine::clock_source();
    [
        ("open files", descriptors::judge(plan, kept, files)),
        ("local ports", ports::judge(plan, ports::read())),
        ("memory", memory::judge(plan, memory::available())),
        ("disk", disk::judge(plan, asked, disk::room_at)),
        (CLOCK_SOURCE, slow_clock(source.as_deref())),
    ]
}
