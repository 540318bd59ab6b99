//! Memory that holds keys and tokens is kept off the disk.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Sees to it that a crash leaves no image of this process's memory, and, on Linux, that no
/// other process of this user may look into it.
///
/// A system that does not allow it is as it was before, so failing is no failure: a limit can
/// always be lowered, and a sandbox may forbid the other call.
pub(super) fn turn_off() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none).unwrap_or_default();
    // The limit does not hold where dumps are piped into a program (core(5)); this does.
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        set_dumpable_behavior(DumpableBehavior::NotDumpable).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use rustix::process::getrlimit;

    use super::*;

    // Each test has a process of its own under nextest; elsewhere its neighbours lose nothing
    // by it.
    #[test]
    fn a_crash_leaves_no_image() {
        turn_off();
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        #[cfg(target_os = "linux")]
        assert_eq!(
            rustix::process::dumpable_behavior().unwrap(),
            rustix::process::DumpableBehavior::NotDumpable
        );
    }
}
