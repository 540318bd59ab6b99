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
pub(super) use disk::Asked;

/// Raises the limit of open files, and checks descriptors, ports, memory, disk and clock.
/// `kept` descriptors are for `--serve` and `--metrics`.
pub(super) fn check(plan: &Plan, asked: Asked<'_>, kept: u64) -> Result<(), Failure> {
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
