//! What the system must allow for the load, asked before the first callout.

use anyhow::anyhow;

use crate::cli::exit::Failure;
use crate::cli::stdio;
use crate::plan::{Address, Plan, Sharing};
use crate::units::count;

/// Descriptors beside the connections: runtimes, timers, files, standard streams.
const OTHERS: u64 = 128;

/// Checks that each virtual user can have its connection, and says when an open load could
/// need more of them than the system allows.
pub(super) fn check_files(plan: &Plan, allowed: Option<u64>) -> Result<(), Failure> {
    let Some(allowed) = allowed else {
        return Ok(());
    };
    // The embedded target holds the other end of each connection.
    let ends = match plan.target.address {
        Address::Embedded(_) => 2,
        Address::Url { .. } => 1,
    };
    let room = allowed.saturating_sub(OTHERS) / ends;
    let users = match plan.target.connections.pool {
        Sharing::User => count(plan.users()),
        Sharing::Shared => 0,
    };
    if users > room {
        let needed = users * ends + OTHERS;
        return Err(Failure::environment(anyhow!(
            "{users} virtual users need {needed} open files, and this process may have {allowed}"
        ))
        .hint(format!(
            "raise the limit with `ulimit -n {needed}`, use fewer users, or share connections \
             with [target.connections] pool = \"shared\""
        )));
    }
    let slots = plan.open_loads().map(|(_, _, rate)| rate.max_in_flight);
    let arrivals = slots.sum::<usize>() + plan.transactions();
    if users + count(arrivals) > room {
        stdio::note(&format!(
            "note: of at most {arrivals} callouts in flight (max_in_flight) the limit of {allowed} \
             open files lets {} have a connection; `ulimit -n {}` makes room",
            match room - users {
                0 => "hardly one".to_owned(),
                some => some.to_string(),
            },
            (users + count(arrivals)) * ends + OTHERS
        ));
    }
    Ok(())
}
