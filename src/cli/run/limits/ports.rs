//! Local ports: each connection to one address has its own, and keeps it for a while after it is
//! closed.

use super::callouts;
use super::shortage::Shortage;
use crate::machine;
use crate::plan::{Address, HttpVersion, Lifetime, LoadModel, Plan, RateLoad, Sharing};
use crate::units::{Nanos, count, float, index, whole};

/// How long Linux keeps the port of a connection that this side has closed, in seconds
/// (`TCP_TIMEWAIT_LEN`).
const TIME_WAIT_S: f64 = 60.0;

/// The same if the system may reuse the port (`tcp_tw_reuse`), in seconds.
const REUSED_AFTER_S: f64 = 1.0;

/// From this share of all ports on, a note is printed: other programs need ports too.
const CLOSE: f64 = 0.8;

/// What the system has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Ports {
    /// The number of ports for connections.
    pub(super) many: u64,
    /// Whether a waiting port may be reused: 0 never, 1 always, 2 on loopback.
    pub(super) reuse: u64,
}

/// Reads the system's ports; `None` if the system does not say.
pub(super) fn read() -> Option<Ports> {
    let range = machine::text("/proc/sys/net/ipv4/ip_local_port_range")?;
    let mut ends = range.split_whitespace().map(str::parse::<u64>);
    let (Some(Ok(first)), Some(Ok(last))) = (ends.next(), ends.next()) else {
        return None;
    };
    let reuse = machine::text("/proc/sys/net/ipv4/tcp_tw_reuse");
    Some(Ports {
        many: (last + 1).checked_sub(first)?,
        reuse: reuse.and_then(|text| text.parse().ok()).unwrap_or(0),
    })
}

/// Checks whether there are enough ports, for connections at the same time and in turn.
pub(super) fn judge(plan: &Plan, ports: Option<Ports>) -> Option<Shortage> {
    let ports = ports?;
    let connections = &plan.target.connections;
    let users = match connections.pool {
        Sharing::User => count(plan.users()),
        Sharing::Shared => 0,
    };
    if users > ports.many {
        return Some(Shortage::TooLittle {
            what: format!(
                "{users} virtual users need a local port each, but this system has only {}",
                ports.many
            ),
            way_out: "widen the range: sysctl net.ipv4.ip_local_port_range=\"1024 65535\"; or \
                      share connections with [target.connections] pool = \"shared\", or use fewer \
                      users"
                .to_owned(),
        });
    }
    if connections.lifetime == Lifetime::KeepAlive || connections.http == HttpVersion::Http2 {
        return None;
    }
    let is_loopback = match &plan.target.address {
        Address::Embedded(_) => true,
        Address::Url { host, .. } => host.is_loopback(),
    };
    let kept_s = match (ports.reuse, is_loopback) {
        (1, _) | (2, true) => REUSED_AFTER_S,
        _ => TIME_WAIT_S,
    };
    let kept = opened_within(plan, kept_s);
    if kept < CLOSE * float(ports.many) {
        return None;
    }
    let kept = index(whole(kept));
    Some(Shortage::Close(format!(
        "a new connection for each callout uses up to {kept} local ports within {kept_s} s, \
         because a port stays in use for that long after this side closes its connection, but \
         there are only {} local ports; keep connections alive ([target.connections] lifetime), \
         or widen the range: sysctl net.ipv4.ip_local_port_range=\"1024 65535\"",
        ports.many
    )))
}

/// The most connections that are opened within a span, as far as it is known.
fn opened_within(plan: &Plan, span_s: f64) -> f64 {
    let of_rate = |rate: &RateLoad| (rate.peak_per_s() * span_s).min(rate.expected());
    let is_each = plan.target.connections.lifetime == Lifetime::PerCallout;
    let of_load = |shape: &LoadModel| match shape {
        LoadModel::Rate(rate) => of_rate(rate),
        LoadModel::Users(users) => {
            let span = users.duration().map_or(span_s, Nanos::as_secs_f64);
            callouts::per_s(users).unwrap_or_default() * span.min(span_s)
        }
        LoadModel::Salesforce(org) => match &org.release {
            crate::plan::Release::Stream { rate, .. } if is_each => of_rate(rate),
            _ => 0.0,
        },
    };
    if plan.matrix.is_some() {
        // Variants take turns: a span may hold blocks of several, but only one rate at a time.
        let all = plan.open_loads().map(|(_, _, rate)| rate.expected());
        return (plan.peak_per_s() * span_s).min(all.sum());
    }
    plan.loads.iter().map(|load| of_load(&load.model)).sum()
}

#[cfg(test)]
mod tests {
    use super::super::testing::plan;
    use super::*;

    const USUAL: Option<Ports> = Some(Ports {
        many: 28_232,
        reuse: 2,
    });
    const FRESH: &str = "connections = { lifetime = \"per-callout\" }";
    const FAR: &str = "url = \"http://staging.example.com/leads\"\n\
                       connections = { lifetime = \"per-callout\" }";
    const RATE: &str = "kind = \"rate\"\nrate = \"1000/s\"\nfor = \"5m\"";

    fn note(shortage: Option<Shortage>) -> String {
        match shortage {
            Some(Shortage::Close(note)) => note,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn kept_connections_and_loopback_get_no_note() {
        assert_eq!(judge(&plan(RATE, ""), USUAL), None);
        assert_eq!(judge(&plan(RATE, FRESH), USUAL), None);
        let far = "url = \"http://staging.example.com/leads\"";
        assert_eq!(judge(&plan(RATE, far), USUAL), None);
        assert_eq!(judge(&plan(RATE, FAR), None), None);
    }

    // 1000 a second for a minute are more than there are.
    #[test]
    fn fresh_connections_to_another_machine_use_up_the_ports() {
        let told = note(judge(&plan(RATE, FAR), USUAL));
        assert!(told.contains("60000 local ports within 60 s"), "{told}");
        assert!(told.contains("28232 local ports"), "{told}");
        assert!(told.contains("lifetime"), "{told}");
        let short = RATE.replace("5m", "10s");
        assert_eq!(judge(&plan(&short, FAR), USUAL), None);
        let slow = RATE.replace("1000", "100");
        assert_eq!(judge(&plan(&slow, FAR), USUAL), None);
        let always = USUAL.map(|ports| Ports { reuse: 1, ..ports });
        assert_eq!(judge(&plan(RATE, FAR), always), None);
        let never = USUAL.map(|ports| Ports { reuse: 0, ..ports });
        note(judge(&plan(RATE, FRESH), never));
    }

    #[test]
    fn users_that_pause_open_no_more_than_they_can() {
        let users = "kind = \"users\"\nusers = 1000\nthink = \"1s\"\nfor = \"5m\"";
        let told = note(judge(&plan(users, FAR), USUAL));
        assert!(told.contains("60000 local ports within 60 s"), "{told}");
        let calm = users.replace("1s", "10s");
        assert_eq!(judge(&plan(&calm, FAR), USUAL), None);
    }

    // Two variants with six blocks each.
    #[test]
    fn the_variants_of_a_matrix_use_ports_together() {
        let matrix = "kind = \"rate\"\nrate = \"1000/s\"\n[matrix]\nsigning = [\"none\", \"jit\"]\n\
                      rounds = 6\nblock = ";
        let told = note(judge(&plan(&format!("{matrix}\"4s\""), FAR), USUAL));
        assert!(told.contains("48000 local ports within 60 s"), "{told}");
        let told = note(judge(&plan(&format!("{matrix}\"10s\""), FAR), USUAL));
        assert!(told.contains("60000 local ports within 60 s"), "{told}");
        assert_eq!(judge(&plan(&format!("{matrix}\"1s\""), FAR), USUAL), None);
    }

    #[test]
    fn more_users_than_ports_cannot_work() {
        let many = plan("kind = \"users\"\nusers = 30000\nfor = \"1s\"", "");
        let found = judge(&many, USUAL);
        let Some(Shortage::TooLittle { what, way_out }) = found else {
            panic!("{found:?}")
        };
        assert!(what.contains("30000 virtual users") && what.contains("28232"));
        assert!(way_out.contains("ip_local_port_range"));
        let shared = plan(
            "kind = \"users\"\nusers = 30000\nfor = \"1s\"",
            "connections = { pool = \"shared\" }",
        );
        assert_eq!(judge(&shared, USUAL), None);
    }
}
