//! What the machine tells of itself.

use std::path::Path;

use rustix::time::{ClockId, clock_gettime};

use super::files;
use crate::record::Health;
use crate::summary::Machine;
use crate::units::Nanos;

/// More than any of the kernel's files here has.
const PROC_BYTES_MAX: u64 = 1024 * 1024;

/// Kernel ticks a second in `/proc/stat`; 100 on every Linux in use (`USER_HZ`).
const TICK: Nanos = Nanos::from_millis(10);

/// The machine, for the summary.
pub(super) fn describe() -> Machine {
    Machine {
        os: text("/proc/sys/kernel/osrelease").map_or_else(
            || std::env::consts::OS.to_owned(),
            |release| format!("{} {release}", std::env::consts::OS),
        ),
        arch: std::env::consts::ARCH.to_owned(),
        cpu: text("/proc/cpuinfo").and_then(|info| field(&info, "model name")),
        cores: cores(),
        memory_bytes: text("/proc/meminfo").and_then(|info| kibibytes(&info, "MemTotal")),
        clock_source: text("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        build: if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        }
        .to_owned(),
    }
}

/// Logical processors that this process may use.
pub(super) fn cores() -> u32 {
    std::thread::available_parallelism()
        .map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX))
}

/// Readings of the machine relative to the start of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gauges {
    since: Nanos,
    own_cpu: Nanos,
    steal: Option<Nanos>,
    cores: u32,
}

impl Gauges {
    /// Sets the zero of all readings.
    pub(super) fn start() -> Self {
        Self {
            since: read(ClockId::Monotonic),
            own_cpu: read(ClockId::ProcessCPUTime),
            steal: steal(),
            cores: cores(),
        }
    }

    /// Reads them.
    pub(super) fn read(&self) -> Health {
        Health {
            own_cpu: read(ClockId::ProcessCPUTime) - self.own_cpu,
            // Read last, so that no CPU time lies outside the span.
            over: read(ClockId::Monotonic) - self.since,
            steal: steal().zip(self.steal).map(|(now, then)| now - then),
            peak_rss_bytes: text("/proc/self/status")
                .and_then(|status| kibibytes(&status, "VmHWM")),
            cores: self.cores,
            wakeup: None,
            debug_build: cfg!(debug_assertions),
        }
    }
}

/// Raises the limit of open files to what this user may have, and tells what that is;
/// `None` is no limit.
pub(super) fn raise_file_limit() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    }
}

fn read(clock: ClockId) -> Nanos {
    let time = clock_gettime(clock);
    Nanos::from_secs(u64::try_from(time.tv_sec).unwrap_or_default())
        + Nanos(u64::try_from(time.tv_nsec).unwrap_or_default())
}

/// The eighth number of `/proc/stat`: time that a hypervisor gave to others.
fn steal() -> Option<Nanos> {
    let ticks: u64 = text("/proc/stat")?
        .lines()
        .next()?
        .split_whitespace()
        .nth(8)?
        .parse()
        .ok()?;
    Some(Nanos(ticks.saturating_mul(TICK.0)))
}

fn text(path: &str) -> Option<String> {
    let bytes = files::read(Path::new(path), PROC_BYTES_MAX).ok()?;
    Some(String::from_utf8(bytes).ok()?.trim().to_owned())
}

fn field(info: &str, name: &str) -> Option<String> {
    info.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

fn kibibytes(info: &str, name: &str) -> Option<u64> {
    let value = field(info, name)?;
    let number: u64 = value.split_whitespace().next()?.parse().ok()?;
    Some(number * 1024)
}
