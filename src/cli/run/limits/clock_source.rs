//! The clock source: each timestamp reads it, and some sources need a system call.

use super::shortage::Shortage;

/// Sources that the kernel lets a process read without a call (vDSO), on x86, Hyper-V, KVM, Arm,
/// POWER, z and RISC-V.
const FAST: [&str; 8] = [
    "tsc",
    "tsc-early",
    "kvm-clock",
    "hyperv_clocksource_tsc_page",
    "arch_sys_counter",
    "timebase",
    "tod",
    "riscv_clocksource",
];

/// Checks the clock source by its name, if it is known.
pub(in crate::cli) fn judge(source: Option<&str>) -> Option<Shortage> {
    let slow = source.filter(|source| !source.is_empty() && !FAST.contains(source))?;
    Some(Shortage::Close(format!(
        "this machine's clock source is {slow:?}, which needs a system call for each timestamp, \
         and a callout takes a dozen; if the hardware allows it, `tsc` is faster (kernel \
         parameter clocksource=tsc)"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_behind_a_system_call_is_told() {
        for fast in ["tsc", "kvm-clock", "arch_sys_counter"] {
            assert_eq!(judge(Some(fast)), None);
        }
        assert_eq!(judge(None), None);
        for slow in ["hpet", "acpi_pm", "xen", "jiffies"] {
            assert!(
                matches!(judge(Some(slow)), Some(Shortage::Close(note)) if note.contains(slow))
            );
        }
    }
}
