//! Reads the machine: its clocks, and the kernel's files under `/proc` and `/sys`.
//!
//! Besides `cli`, the only room that reads files, and only those of the kernel.

mod groups;

use std::fs::File;
use std::io::Read as _;

pub use groups::{group_memory, group_processors};
use rustix::time::{ClockId, clock_gettime};

use crate::summary::Machine;
use crate::units::Nanos;
use crate::validity::{Clocks, Drift, Health};

/// The largest file of the kernel that is read.
const PROC_BYTES_MAX: u64 = 1024 * 1024;

/// How long reading all clocks may take; a smaller difference is not a jump of a clock.
const TOGETHER: Nanos = Nanos::from_millis(100);

/// Kernel ticks a second in `/proc/stat`; 100 on every Linux in use (`USER_HZ`).
const TICK: Nanos = Nanos::from_millis(10);

/// The machine, for the summary.
pub fn describe() -> Machine {
    Machine {
        os: text("/proc/sys/kernel/osrelease").map_or_else(
            || std::env::consts::OS.to_owned(),
            |release| format!("{} {release}", std::env::consts::OS),
        ),
        arch: std::env::consts::ARCH.to_owned(),
        cpu: text("/proc/cpuinfo").and_then(|info| field(&info, "model name")),
        cores: cores(),
        memory_bytes: text("/proc/meminfo").and_then(|info| kibibytes(&info, "MemTotal")),
        clock_source: clock_source(),
        build: if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        }
        .to_owned(),
    }
}

/// The name of the host.
pub fn host_name() -> String {
    text("/proc/sys/kernel/hostname").unwrap_or_else(|| "unnamed".to_owned())
}

/// What the kernel's clock counts.
pub fn clock_source() -> Option<String> {
    text("/sys/devices/system/clocksource/clocksource0/current_clocksource")
}

/// Memory that is available without swapping, in bytes.
pub fn available_memory() -> Option<u64> {
    text("/proc/meminfo").and_then(|info| kibibytes(&info, "MemAvailable"))
}

/// Logical processors on which this process may run, whatever its quota of CPU time.
pub fn allowed_processors() -> u32 {
    let set = rustix::thread::sched_getaffinity(None);
    set.map_or_else(|_| cores(), |set| set.count())
}

/// Logical processors that this process may keep busy.
pub fn cores() -> u32 {
    std::thread::available_parallelism()
        .map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX))
}

/// Whether the processor has this feature, by its name in `/proc/cpuinfo`; `None` if that is not known.
pub fn has_feature(name: &str) -> Option<bool> {
    let features = text("/proc/cpuinfo").and_then(|info| field(&info, "flags"))?;
    Some(features.split_whitespace().any(|one| one == name))
}

/// The time of all processors of the machine, of all processes.
#[derive(Clone, Copy, Debug)]
pub struct ProcessorTime {
    /// Nothing was done.
    pub idle: Nanos,
    /// The hypervisor gave it to other machines.
    pub stolen: Nanos,
    /// All of it.
    pub all: Nanos,
}

impl ProcessorTime {
    /// What has passed since an earlier reading.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            idle: self.idle - earlier.idle,
            stolen: self.stolen - earlier.stolen,
            all: self.all - earlier.all,
        }
    }
}

/// The time of all processors since the system started.
pub fn processor_time() -> Option<ProcessorTime> {
    let stat = text("/proc/stat")?;
    let ticks = stat.lines().next()?.split_whitespace().skip(1);
    // User, nice, system, idle, waiting for I/O, interrupts, soft interrupts, stolen. Guests count as user.
    let ticks: Vec<u64> = ticks.take(8).map_while(|text| text.parse().ok()).collect();
    let spent = |ticks: u64| Nanos(ticks.saturating_mul(TICK.0));
    Some(ProcessorTime {
        idle: spent(ticks.get(3)? + ticks.get(4)?),
        stolen: spent(*ticks.get(7)?),
        all: spent(ticks.iter().sum()),
    })
}

/// Readings of the machine relative to the start of a run.
#[derive(Clone, Copy, Debug)]
pub struct Gauges {
    since: Nanos,
    own_cpu: Nanos,
    processors: Option<ProcessorTime>,
    cores: u32,
}

impl Gauges {
    /// Sets the start of all readings.
    pub fn start() -> Self {
        Self {
            since: read(ClockId::Monotonic),
            own_cpu: read(ClockId::ProcessCPUTime),
            processors: processor_time(),
            cores: cores(),
        }
    }

    /// Reads them.
    pub fn read(&self) -> Health {
        let processors = processor_time().zip(self.processors);
        let processors = processors.map(|(now, then)| now.since(then));
        Health {
            own_cpu: read(ClockId::ProcessCPUTime) - self.own_cpu,
            // Read last, so that no CPU time lies outside the span.
            over: read(ClockId::Monotonic) - self.since,
            steal: processors.map(|spent| spent.stolen),
            machine_time: processors.map(|spent| spent.all),
            peak_rss_bytes: text("/proc/self/status")
                .and_then(|status| kibibytes(&status, "VmHWM")),
            cores: self.cores,
            wakeup: None,
            drift: Drift::default(),
            debug_build: cfg!(debug_assertions),
        }
    }
}

/// All clocks of the machine; `None` if this thread could not read them together.
pub fn clocks() -> Option<Clocks> {
    let before = read(ClockId::Monotonic);
    let clocks = Clocks {
        wall: read(ClockId::Realtime),
        monotonic: before,
        boot: read(ClockId::Boottime),
    };
    (read(ClockId::Monotonic) - before <= TOGETHER).then_some(clocks)
}

/// Raises the limit of open files as far as this user may, and returns it; `None` means unlimited.
pub fn raise_file_limit() -> Option<u64> {
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

/// One of the kernel's files, without blanks around it.
pub fn text(path: &str) -> Option<String> {
    let mut text = String::new();
    let file = File::open(path).ok()?;
    file.take(PROC_BYTES_MAX).read_to_string(&mut text).ok()?;
    Some(text.trim().to_owned())
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
