//! Disk: what a run writes, and the free space.

use std::path::Path;

use super::callouts;
use super::shortage::{Shortage, bytes};
use crate::cli::files;
use crate::plan::Plan;
use crate::units::{float, whole};

/// What every run writes: its page, its tables, and its summary twice during its replacement.
const BASE: u64 = 1024 * 1024;

/// Of each load and second: a line for each phase in the interval log, a frame in the recording, and a row in
/// the tables, the page and the summary. Measured: 9 KB, and 6 KB of the recording.
const SECOND: f64 = 16.0 * 1024.0;

/// A row of `requests.csv`; one of `requests.jtl` is shorter. Measured: 228 bytes, with a scenario
/// of a short name.
const ROW: f64 = 245.0;

/// The lines of one callout in the log of Salesforce's words. Measured: 718 bytes.
const LOGGED: f64 = 720.0;

/// A row of `created.csv`. Measured: 93 bytes with an Id of one character.
const CREATED: f64 = 125.0;

/// From this share of the free space on, a note is printed.
const CLOSE_PERCENT: u64 = 70;

/// What a run is asked to write.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::cli) struct Asked<'p> {
    /// The folder in which run folders are created.
    pub(in crate::cli) out: Option<&'p Path>,
    /// Where the log of callouts goes.
    pub(in crate::cli) log: Option<&'p Path>,
    /// The share of the callouts that is written as rows.
    pub(in crate::cli) rows: f64,
}

/// Bytes that go into the run folder, and into the log of callouts.
fn needed(plan: &Plan, asked: Asked<'_>, callouts: f64) -> (u64, u64) {
    let seconds = plan.last_known_end().as_secs_f64().ceil();
    let created_id = plan.target.request.created_id.as_ref();
    let created = created_id.map_or(0.0, |_| CREATED);
    let loads = float(plan.loads.len());
    let folder = seconds * loads * SECOND + callouts * (asked.rows * ROW + created);
    let log = asked.log.map_or(0.0, |_| callouts * LOGGED);
    (BASE + whole(folder), whole(log))
}

/// Compares what a run writes with the free space: refuses the run if the certain part does not fit,
/// and notes it if the possible part does not.
pub(super) fn judge<'p>(
    plan: &Plan,
    asked: Asked<'p>,
    room_at: impl Fn(&Path) -> Option<Room>,
) -> Option<Shortage> {
    let sure = needed(plan, asked, callouts::sure(plan));
    let most = needed(plan, asked, callouts::at_most(plan));
    let place = |path: Option<&'p Path>| path.and_then(|path| Some((path, room_at(path)?)));
    match (place(asked.out), place(asked.log)) {
        // One disk has to hold both.
        (Some(out), Some(log)) if out.1.disk == log.1.disk => of_place(
            out,
            (sure.0 + sure.1, most.0 + most.1),
            of_folder(asked.rows, true),
        ),
        (out, log) => {
            let of_log = || of_place(log?, (sure.1, most.1), OF_LOG.to_owned());
            let of_out = || of_place(out?, (sure.0, most.0), of_folder(asked.rows, false));
            of_out().or_else(of_log)
        }
    }
}

/// What to do if the disk of the log of callouts is short.
const OF_LOG: &str = "free some space there, name a file on another disk with --log-callouts, or \
                      leave it out";

/// What to do if the disk of the run folder is short, which may hold the log of callouts as well.
fn of_folder(rows: f64, holds_log: bool) -> String {
    let fewer = match (rows > 0.0, holds_log) {
        (true, _) => "write a smaller share of the callouts (--requests 1%)",
        (false, true) => "leave --log-callouts out",
        (false, false) => "run for a shorter time",
    };
    format!("free some space, write to another disk with --out DIR, or {fewer}")
}

fn of_place(
    (path, room): (&Path, Room),
    (sure, most): (u64, u64),
    way_out: String,
) -> Option<Shortage> {
    let what = |needed| {
        format!(
            "this run writes about {}, but the disk of {} has room for only {}",
            bytes(needed),
            files::shown(path),
            bytes(room.bytes)
        )
    };
    if sure > room.bytes {
        Some(Shortage::TooLittle {
            what: what(sure),
            way_out,
        })
    } else if most > room.bytes / 100 * CLOSE_PERCENT {
        Some(Shortage::Close(format!("{}; {way_out}", what(most))))
    } else {
        None
    }
}

/// Room on a disk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Which disk it is.
    disk: u64,
    /// What this user may still write.
    bytes: u64,
}

/// The free space where a file or folder is or will be; `None` if the system does not say.
pub(super) fn room_at(path: &Path) -> Option<Room> {
    let here = Path::new(".");
    let there = path
        .ancestors()
        .map(|above| if above == Path::new("") { here } else { above })
        .find(|above| above.exists())?;
    let about = rustix::fs::statvfs(there).ok()?;
    // Some file systems have no size at all.
    (about.f_blocks > 0).then_some(Room {
        disk: about.f_fsid,
        bytes: about.f_bavail.saturating_mul(about.f_frsize),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::plan;
    use super::*;

    const MIB: u64 = 1024 * 1024;
    const HOUR: &str = "kind = \"rate\"\nrate = \"1000/s\"\nfor = \"1h\"";

    fn asked(rows: f64, log: bool) -> Asked<'static> {
        Asked {
            out: Some(Path::new("reports")),
            log: log.then_some(Path::new("callouts.log")),
            rows,
        }
    }

    fn with(rows: f64, log: bool, mebibytes: u64) -> Option<Shortage> {
        let room = move |_: &Path| {
            Some(Room {
                disk: 1,
                bytes: mebibytes * MIB,
            })
        };
        judge(&plan(HOUR, ""), asked(rows, log), room)
    }

    // 3.6 million callouts: 57 MiB of figures, 840 MiB of rows, 2.4 GiB of log.
    #[test]
    fn what_is_written_has_to_fit() {
        assert_eq!(with(0.0, false, 100), None);
        assert_eq!(with(0.1, false, 300), None);
        let found = with(1.0, false, 500);
        let Some(Shortage::TooLittle { what, way_out }) = &found else {
            panic!("{found:?}")
        };
        assert!(what.contains("500 MiB"), "{what}");
        assert!(
            way_out.contains("--requests 1%") && way_out.contains("--out"),
            "{way_out}"
        );
        assert!(matches!(with(1.0, false, 900), Some(Shortage::Close(_))));
        assert_eq!(with(1.0, false, 2_000), None);
        // Both on one disk.
        assert!(matches!(
            with(1.0, true, 2_900),
            Some(Shortage::TooLittle { .. })
        ));
        assert!(matches!(
            with(0.0, false, 1),
            Some(Shortage::TooLittle { .. })
        ));
    }

    // The number of callouts of users depends on the target, so it cannot be too much.
    #[test]
    fn what_may_be_written_is_only_told() {
        let users = "kind = \"users\"\nusers = 1000\nthink = \"1s\"\nfor = \"1h\"";
        let room = |_: &Path| {
            Some(Room {
                disk: 1,
                bytes: 100 * MIB,
            })
        };
        let found = judge(&plan(users, ""), asked(1.0, false), room);
        assert!(matches!(found, Some(Shortage::Close(_))), "{found:?}");
    }

    #[test]
    fn disks_are_judged_one_by_one() {
        let room = |path: &Path| {
            let is_log = path.ends_with("callouts.log");
            Some(Room {
                disk: u64::from(is_log),
                bytes: if is_log { 100 * MIB } else { 10_000 * MIB },
            })
        };
        let found = judge(&plan(HOUR, ""), asked(1.0, true), room);
        let Some(Shortage::TooLittle { what, way_out }) = &found else {
            panic!("{found:?}")
        };
        let short = "the disk of callouts.log has room for only 100 MiB";
        assert!(what.contains(short), "{what}");
        assert!(way_out.contains("with --log-callouts"), "{way_out}");
        assert!(!way_out.contains("--out"), "{way_out}");
        // The log cannot help where it lies on another disk.
        let room = |path: &Path| {
            let is_log = path.ends_with("callouts.log");
            Some(Room {
                disk: u64::from(is_log),
                bytes: if is_log { 10_000 * MIB } else { MIB },
            })
        };
        let found = judge(&plan(HOUR, ""), asked(0.0, true), room);
        let Some(Shortage::TooLittle { what, way_out }) = &found else {
            panic!("{found:?}")
        };
        assert!(what.contains("the disk of reports has room"), "{what}");
        assert!(!way_out.contains("--log-callouts"), "{way_out}");
        let unknown = judge(&plan(HOUR, ""), asked(1.0, true), |_| None);
        assert_eq!(unknown, None);
    }

    #[test]
    fn room_is_looked_for_where_there_is_a_folder_already() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("not/yet/there");
        assert!(room_at(&deep).is_some_and(|room| room.bytes > 0));
        assert!(room_at(Path::new("reports")).is_some());
    }
}
