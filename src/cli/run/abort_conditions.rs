//! What ends a run early besides a signal, checked once a second.

use crate::cli::guard::{Ceiling, KillSwitch};
use crate::cli::stdio;
use crate::engine::Stop;
use crate::summarize::Progress;

/// Checks for reasons to end the run, and ends it once.
#[derive(Debug)]
pub(in crate::cli) struct AbortConditions {
    pub(in crate::cli) stop: Stop,
    pub(in crate::cli) kill_switch: Option<KillSwitch>,
    pub(in crate::cli) ceiling: Option<Ceiling>,
}

impl AbortConditions {
    /// Raises the stop if there is a reason, and prints it.
    pub(in crate::cli) fn look(&mut self, progress: &Progress) {
        if self.stop.is_raised() {
            return;
        }
        let thrown = self.kill_switch.as_ref().and_then(KillSwitch::thrown);
        let passed = || {
            let ceiling = self.ceiling.as_mut()?;
            ceiling.passed(progress.elapsed, progress.ended)
        };
        if let Some(why) = thrown.or_else(passed) {
            self.stop.raise();
            stdio::note(&format!("\n{why}; ending the run and writing its reports"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::files;
    use crate::cli::guard::Permissions;
    use crate::scenario;
    use crate::units::Nanos;

    fn at(second: u64, ended: u64) -> Progress {
        Progress {
            elapsed: Nanos::from_secs(second),
            ended,
            ..Progress::default()
        }
    }

    #[test]
    fn a_file_that_comes_raises_the_stop() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stop");
        let stop = Stop::default();
        let switch = KillSwitch::ready(&path).unwrap();
        let mut ending = AbortConditions {
            stop: stop.clone(),
            kill_switch: Some(switch),
            ceiling: None,
        };
        ending.look(&at(1, 1));
        assert!(!stop.is_raised());
        files::replace(&path, b"").unwrap();
        ending.look(&at(2, 2));
        assert!(stop.is_raised());
    }

    // A closed load whose users are faster than expected.
    #[test]
    fn a_ceiling_that_is_passed_raises_the_stop() {
        let text = "schema = 1\nname = \"users\"\n[target]\nurl = \"https://api.example.com/\"\n\
                    [[load]]\nkind = \"users\"\nusers = 1000\nfor = \"60s\"\n";
        let plan = scenario::parse("users.toml", text, &[]).unwrap();
        let stop = Stop::default();
        let ceiling = Ceiling::of(&plan, Permissions::default());
        let mut ending = AbortConditions {
            stop: stop.clone(),
            kill_switch: None,
            ceiling,
        };
        ending.look(&at(10, 20_000));
        assert!(!stop.is_raised());
        ending.look(&at(20, 40_001));
        assert!(stop.is_raised());
    }
}
