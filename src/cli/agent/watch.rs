//! What ends the share of an agent before its time.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use crossbeam_channel::Receiver;

use crate::cli::{stdio, wall};
use crate::engine::Stop;
use crate::fleet::{AgentEvent, Watchdog};
use crate::units::Nanos;

/// How often it is looked whether anything has changed.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Raises the stop if the coordinator asks for it or is gone, or if the agent is to end.
pub(super) fn watch(events: &Receiver<AgentEvent>, stop: &Stop, over: &Stop, is_done: &AtomicBool) {
    let mut dog = Watchdog::new(Nanos::from(wall::since_epoch()));
    while !is_done.load(SeqCst) {
        let event = events.recv_timeout(LOOK_EVERY);
        let now = Nanos::from(wall::since_epoch());
        let why = match event {
            Ok(AgentEvent::Beat) => {
                dog.heard(now);
                None
            }
            Ok(AgentEvent::Stop(why)) => {
                dog.heard(now);
                Some(why)
            }
            Ok(AgentEvent::Broker(is_there)) => {
                dog.broker(is_there, now);
                None
            }
            Err(_) => None,
        };
        let why = why.or_else(|| {
            dog.is_gone(now)
                .then(|| "nothing was heard of the coordinator for 10 s".to_owned())
        });
        let why = why.or_else(|| over.is_raised().then(|| "this agent ends".to_owned()));
        if let Some(why) = why
            && !stop.is_raised()
        {
            stdio::note(&format!("{why}; ending the share of this agent"));
            stop.raise();
        }
    }
}
