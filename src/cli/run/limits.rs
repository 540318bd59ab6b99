//! What the system must have for the load, asked before the first callout.
//!
//! Each estimate is a sum of what the plan says and of what was measured once; a load is refused
//! only where it cannot work, and what may go wrong is a note.

mod callouts;
mod clock_source;
mod descriptors;
mod disk;
mod finding;
mod memory;
mod ports;
#[cfg(test)]
mod testing;

use crate::cli::exit::Failure;
use crate::machine;
use crate::plan::Plan;
pub(super) use disk::Asked;

/// Raises the limit of open files, and asks for descriptors, ports, memory, disk and clock.
/// `kept` descriptors are for who watches the run.
pub(super) fn check(plan: &Plan, asked: Asked<'_>, kept: u64) -> Result<(), Failure> {
    let source = machine::clock_source();
    let findings = [
        descriptors::judge(plan, kept, machine::raise_file_limit()),
        ports::judge(plan, ports::read()),
        memory::judge(plan, memory::available()),
        disk::judge(plan, asked, disk::room_at),
        clock_source::judge(source.as_deref()),
    ];
    findings.into_iter().try_for_each(finding::Finding::tell)
}
