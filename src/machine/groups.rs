//! The limits that control groups set for this process (cgroup versions 1 and 2).

use std::path::{Path, PathBuf};

use super::text;
use crate::units::float;

/// A number that no limit reaches; version 1 writes one beyond it for "no limit".
const NO_LIMIT: u64 = 1 << 60;

/// The version of a hierarchy of control groups, which decides the names of its files.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Version {
    One,
    Two,
}

/// The memory that the limits leave, in bytes; `None` without a limit. Memory that can be reclaimed counts
/// as free, as in `MemAvailable`.
pub fn group_memory() -> Option<u64> {
    let left = |(version, folder): (Version, PathBuf)| {
        let (limit, used, idle) = match version {
            Version::Two => ("memory.max", "memory.current", "inactive_file "),
            Version::One => (
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
                "total_inactive_file ",
            ),
        };
        let (limit, used) = (number(&folder, limit)?, number(&folder, used)?);
        let stat = file(&folder, "memory.stat").unwrap_or_default();
        let idle = stat.lines().find_map(|line| line.strip_prefix(idle));
        let idle = idle.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        Some((limit + idle).saturating_sub(used))
    };
    folders("memory").filter_map(left).min()
}

/// The processors that the quotas leave, such as 1.5; `None` without a quota.
pub fn group_processors() -> Option<f64> {
    let quota = |(version, folder): (Version, PathBuf)| {
        let (quota, period) = match version {
            Version::Two => {
                let both = file(&folder, "cpu.max")?;
                let (quota, period) = both.split_once(' ')?;
                (quota.parse::<u64>().ok()?, period.parse::<u64>().ok()?)
            }
            Version::One => (
                number(&folder, "cpu.cfs_quota_us")?,
                number(&folder, "cpu.cfs_period_us")?,
            ),
        };
        (period > 0).then(|| float(quota) / float(period))
    };
    folders("cpu").filter_map(quota).reduce(f64::min)
}

/// The folders of this process's groups that have this controller, each with those above it.
fn folders(controller: &str) -> impl Iterator<Item = (Version, PathBuf)> {
    let groups = text("/proc/self/cgroup").unwrap_or_default();
    let mut found = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
            continue;
        };
        let (version, root) = if controllers.is_empty() {
            (Version::Two, PathBuf::from("/sys/fs/cgroup"))
        } else if controllers.split(',').any(|one| one == controller) {
            (Version::One, Path::new("/sys/fs/cgroup").join(controller))
        } else {
            continue;
        };
        // In a container, the path may be the one outside of it.
        let above = Path::new(path).ancestors();
        let above = above.filter_map(|above| above.strip_prefix("/").ok());
        found.extend(above.map(|above| (version, root.join(above))));
    }
    found.into_iter()
}

fn file(folder: &Path, name: &str) -> Option<String> {
    text(folder.join(name).to_str()?)
}

/// A file with one number; `None` for "max", -1 and version 1's huge number, which mean no limit.
fn number(folder: &Path, name: &str) -> Option<u64> {
    let number: u64 = file(folder, name)?.parse().ok()?;
    (number < NO_LIMIT).then_some(number)
}
