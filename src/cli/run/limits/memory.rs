//! Memory: for the buffers of connections, and for tokens that are signed before the load.

use super::shortage::{Shortage, bytes};
use crate::machine;
use crate::plan::{Address, Plan, SigningMode};
use crate::units::{count, whole};

/// The program with its threads and the histograms of one load. Measured: 60 MB of a run of fifty
/// users in a debug build, embedded target and all.
const BASE: u64 = 64 * 1024 * 1024;

/// Histograms of each load past the first.
const LOAD: u64 = 8 * 1024 * 1024;

/// One end of a connection with its user or slot. Measured: 50 KB for both ends.
const CONNECTION: u64 = 25 * 1024;

/// What TLS keeps for one connection: two records of 16 KiB at most (RFC 8446, section 5.1).
const TLS: u64 = 32 * 1024;

/// A token that is signed beforehand. Measured: 4.8 KB with its place in two queues.
const TOKEN: u64 = 5 * 1024;

/// From this share of the available memory on, a note is printed.
const CLOSE_PERCENT: u64 = 70;

/// The available memory in bytes: the smaller of the system's and the control group's; `None` if
/// neither is known.
pub(in crate::cli) fn available() -> Option<u64> {
    let system = machine::available_memory();
    match (system, machine::group_memory()) {
        (Some(system), Some(group)) => Some(system.min(group)),
        (system, group) => system.or(group),
    }
}

/// Refuses a run whose certain need exceeds the memory, and notes it if its possible need does.
pub(super) fn judge(plan: &Plan, available: Option<u64>) -> Option<Shortage> {
    let available = available?;
    let each = match &plan.target.address {
        Address::Embedded(_) => 2 * CONNECTION,
        Address::Url { scheme, .. } if *scheme == crate::plan::Scheme::Https => CONNECTION + TLS,
        Address::Url { .. } => CONNECTION,
    };
    let users = count(plan.users());
    let tokens = presigned(plan);
    let loads = count(plan.loads.len().saturating_sub(1));
    let sure = BASE + loads * LOAD + users * each + tokens * TOKEN;
    // The program alone may need less than was measured, so it is never refused.
    if sure > available && users + tokens > 0 {
        let of_what = match (users * each, tokens * TOKEN) {
            (users_bytes, tokens_bytes) if tokens_bytes > users_bytes => {
                format!("{tokens} tokens signed beforehand")
            }
            _ => format!("{users} virtual users"),
        };
        return Some(Shortage::TooLittle {
            what: format!(
                "{of_what} need about {} of memory, but only {} are available",
                bytes(sure),
                bytes(available)
            ),
            way_out: "use fewer users or a shorter run, sign in another mode ([auth] signing = \
                      \"pipeline\"), or give the process more memory"
                .to_owned(),
        });
    }
    let slots = plan.open_loads().map(|(.., rate)| rate.max_in_flight);
    let most = sure + count(slots.sum::<usize>() + plan.transactions()) * each;
    if most > available || sure > available / 100 * CLOSE_PERCENT {
        let (at, way_out) = match plan.open_loads().next() {
            Some(_) => (
                " if max_in_flight callouts are in flight",
                "lower max_in_flight",
            ),
            None => (
                "",
                "use fewer users or workers, or give the process more memory",
            ),
        };
        return Some(Shortage::Close(format!(
            "this run needs up to {} of memory{at}, but only {} are available; {way_out}",
            bytes(most),
            bytes(available)
        )));
    }
    None
}

/// Tokens that are signed before the load begins.
fn presigned(plan: &Plan) -> u64 {
    let is_presigned = |load: usize| {
        let auth = plan.auth_of(load);
        auth.is_some_and(|auth| auth.signing == SigningMode::Presign)
    };
    let loads = plan.open_loads().filter(|(load, ..)| is_presigned(*load));
    loads.map(|(.., rate)| whole(rate.expected())).sum()
}

#[cfg(test)]
mod tests {
    use super::super::testing::plan;
    use super::*;

    const MIB: u64 = 1024 * 1024;

    #[test]
    fn users_beyond_the_memory_cannot_work() {
        let many = plan("kind = \"users\"\nusers = 20000\nfor = \"1s\"", "");
        let found = judge(&many, Some(512 * MIB));
        let Some(Shortage::TooLittle { what, way_out }) = found else {
            panic!("{found:?}")
        };
        assert!(
            what.contains("20000 virtual users") && what.contains("512 MiB"),
            "{what}"
        );
        assert!(way_out.contains("fewer users"), "{way_out}");
        assert_eq!(judge(&many, Some(8_192 * MIB)), None);
        assert_eq!(judge(&many, None), None);
    }

    #[test]
    fn tokens_signed_beforehand_have_to_fit() {
        let rate = "kind = \"rate\"\nrate = \"5000/s\"\nfor = \"100s\"\nkey = \"k\"\n";
        let mut beforehand = plan(&rate.replace("key = \"k\"\n", ""), "");
        if let Some(auth) = &mut beforehand.auth {
            auth.signing = SigningMode::Presign;
        }
        let found = judge(&beforehand, Some(1_024 * MIB));
        let Some(Shortage::TooLittle { what, way_out }) = found else {
            panic!("{found:?}")
        };
        assert!(what.contains("500000 tokens signed beforehand"), "{what}");
        assert!(way_out.contains("pipeline"), "{way_out}");
        let usual = plan(&rate.replace("key = \"k\"\n", ""), "");
        assert_eq!(judge(&usual, Some(1_024 * MIB)), None);
    }

    #[test]
    fn a_small_machine_is_told_and_not_refused() {
        let small = plan("kind = \"rate\"\nrate = \"1/s\"\nfor = \"1s\"", "");
        assert!(matches!(
            judge(&small, Some(32 * MIB)),
            Some(Shortage::Close(_))
        ));
    }

    #[test]
    fn what_may_be_in_flight_is_only_told() {
        let open = "kind = \"rate\"\nrate = \"10/s\"\nfor = \"1s\"\nmax_in_flight = 50000";
        let found = judge(&plan(open, ""), Some(1_024 * MIB));
        let Some(Shortage::Close(note)) = found else {
            panic!("{found:?}")
        };
        assert!(note.contains("max_in_flight"), "{note}");
    }

    #[test]
    fn loads_without_max_in_flight_are_told_what_they_have() {
        let users = "kind = \"users\"\nusers = 7000\nfor = \"1s\"";
        let found = judge(&plan(users, ""), Some(512 * MIB));
        let Some(Shortage::Close(note)) = found else {
            panic!("{found:?}")
        };
        assert!(note.contains("use fewer users or workers"), "{note}");
        assert!(!note.contains("max_in_flight"), "{note}");
    }
}
