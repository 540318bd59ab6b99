//! How the generator itself fared.

use serde::{Deserialize, Serialize};

use super::drift::Drift;
use crate::units::Nanos;

/// How the generator itself fared: readings of the machine, handed in.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct Health {
    /// How long these readings span: from the first arrival on, also past the last one.
    pub over: Nanos,
    /// CPU time that this process has used in that time.
    pub own_cpu: Nanos,
    /// CPU time that a hypervisor gave to others in that time, over all processors of the machine.
    pub steal: Option<Nanos>,
    /// The time of all processors of the machine, idle time included; a recording of an earlier build lacks it.
    #[serde(default)]
    pub machine_time: Option<Nanos>,
    /// The largest resident memory in bytes.
    pub peak_rss_bytes: Option<u64>,
    /// How late a thread was that only wakes up: at the 99th percentile, and at most.
    pub wakeup: Option<(Nanos, Nanos)>,
    /// How far the clocks of the machine went apart.
    pub drift: Drift,
    /// Logical processors.
    pub cores: u32,
    /// Whether this is a debug build, whose figures are several times too high.
    pub debug_build: bool,
}

impl Health {
    /// CPU time as a share of all cores over a span.
    pub(crate) fn cpu_share(&self, spent: Nanos, span: Nanos) -> Option<f64> {
        let available = span.as_secs_f64() * f64::from(self.cores);
        (available > 0.0).then(|| spent.as_secs_f64() / available)
    }

    /// The share of the machine's processors that a hypervisor gave to others. A container may use fewer processors
    /// than the machine has.
    pub(crate) fn stolen_share(&self) -> Option<f64> {
        let steal = self.steal?;
        match self.machine_time {
            Some(all) => (all > Nanos::ZERO).then(|| steal.as_secs_f64() / all.as_secs_f64()),
            None => self.cpu_share(steal, self.over),
        }
    }
}
