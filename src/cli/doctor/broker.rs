//! The broker of several machines, and the agents that wait at it.

use super::finding::Finding;
use crate::cli::broker::unusable;
use crate::cli::wall;
use crate::fleet::{Broker, CoordinatorBus, ListedAgent};

/// How far the clock of an agent may be from that of the broker, in seconds, until it is mentioned. A run measures
/// how far agents are from its coordinator, and refuses those that are further than this from it.
const APART_S: f64 = 1.0;

/// Asks the broker who is there.
pub(super) fn findings(broker: &Broker) -> Vec<Finding> {
    let agents = match CoordinatorBus::agents(broker, wall::since_epoch()) {
        Ok(agents) => agents,
        Err(error) => return vec![Finding::failed("connection", &unusable(error))],
    };
    let mut findings = vec![match agents.len() {
        0 => Finding::note(
            "agents",
            "none is there",
            "leadbench agent --nats URL, on each machine",
        ),
        1 => Finding::ok("agents", "1 is there"),
        many => Finding::ok("agents", format!("{many} are there")),
    }];
    findings.extend(agents.iter().filter_map(differing));
    findings
}

/// An agent that a run would refuse.
fn differing(agent: &ListedAgent) -> Option<Finding> {
    let (name, version) = (&agent.info.name, &agent.info.version);
    let ours = env!("CARGO_PKG_VERSION");
    if version != ours {
        return Some(Finding::fault(
            "agent",
            format!("{name} has version {version}, and this is {ours}"),
            "install the same version on all machines",
        ));
    }
    let ahead_s = std::time::Duration::from_nanos(agent.ahead_ns.unsigned_abs()).as_secs_f64();
    (ahead_s > APART_S).then(|| {
        Finding::note(
            "agent",
            format!("the clock of {name} is {ahead_s:.1} s from that of the broker"),
            "synchronize the clocks of all machines (NTP); a run refuses an agent whose clock is 1 s from its own",
        )
    })
}
