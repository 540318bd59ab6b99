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
pub(in crate::cli) use disk::Asked;

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
    let source = machine::clock_source();
    let shortages = [
        descriptors::judge(plan, kept, machine::raise_file_limit()),
        ports::judge(plan, ports::read()),
        memory::judge(plan, memory::available()),
        disk::judge(plan, asked, disk::room_at),
        clock_source::judge(source.as_deref()),
    ];
    let mut shortages = shortages.into_iter().flatten();
    shortages.try_for_each(shortage::Shortage::tell)
}
