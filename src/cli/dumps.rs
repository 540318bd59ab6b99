//! Keeps the memory that holds keys and tokens off the disk.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Prevents core dumps of this process, and, on Linux, access to its memory by other processes of this
/// user.
///
/// Errors are ignored: a limit can always be lowered, and a sandbox may forbid the other call.
pub(super) fn turn_off() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none).unwrap_or_default();
    // The limit has no effect on dumps that are piped into a program (core(5)); this does.
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
