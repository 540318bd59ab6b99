//! What `TCP_INFO` said of the load's connections, second by second, in bounded memory.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::phase::Phase;
use crate::record::Histogram;
use crate::sample::TcpReading;
use crate::statistics::median;
use crate::summary::{ConnectionResult, SlowIteration, Window, WireResult};
use crate::units::{Nanos, count, float, index, whole};

/// Connections that are kept each for itself for the reports.
const WORST_KEPT: usize = 20;

/// What was seen of the connections so far.
#[derive(Clone, Debug, Default)]
pub struct WireTally {
    looks: u64,
    open: BTreeMap<SocketAddr, Connection>,
    closed: Closed,
    seconds: BTreeMap<u64, Second>,
    refused: Option<String>,
}

/// One connection, as far as it was seen.
#[derive(Clone, Copy, Debug)]
struct Connection {
    first_s: u64,
    last_s: u64,
    reading: TcpReading,
}

/// Connections that are gone.
#[derive(Clone, Debug, Default)]
struct Closed {
    connections: u64,
    retransmits: u64,
    peer_limited: Nanos,
    min_rtt: Option<Histogram>,
    smoothed_rtt: Option<Histogram>,
    worst: Vec<Connection>,
}

/// What one second came to.
#[derive(Clone, Copy, Debug, Default)]
struct Second {
    retransmits: u64,
    smoothed_rtt_p50: Option<Nanos>,
}

impl WireTally {
    /// Adds one look at all connections that are open, at the end of a second.
    pub fn look(&mut self, second: u64, readings: &[TcpReading]) {
        self.looks += 1;
        let mut resent = 0;
        for reading in readings {
            let known = self.open.get_mut(&reading.local);
            match known {
                // A port that is used again starts from nothing.
                Some(known) if known.reading.retransmits <= reading.retransmits => {
                    resent += reading.retransmits - known.reading.retransmits;
                    known.reading = *reading;
                    known.last_s = second;
                }
                _ => {
                    resent += reading.retransmits;
                    let opened = Connection {
                        first_s: second,
                        last_s: second,
                        reading: *reading,
                    };
                    if let Some(gone) = self.open.insert(reading.local, opened) {
                        self.closed.add(gone);
                    }
                }
            }
        }
        let (open, closed) = (&mut self.open, &mut self.closed);
        open.retain(|_, connection| {
            let is_open = connection.last_s == second;
            if !is_open {
                closed.add(*connection);
            }
            is_open
        });
        let smoothed: Vec<_> = readings
            .iter()
            .map(|reading| float(reading.smoothed_rtt.0))
            .collect();
        let entry = self.seconds.entry(second).or_default();
        entry.retransmits += resent;
        entry.smoothed_rtt_p50 = median(&smoothed).map(|ns| Nanos(whole(ns)));
    }

    /// Notes that the kernel did not tell, and why.
    pub fn refused(&mut self, why: String) {
        self.refused.get_or_insert(why);
    }

    /// What was seen so far.
    pub(super) fn result(&self) -> WireResult {
        let mut all = self.closed.clone();
        for connection in self.open.values() {
            all.add(*connection);
        }
        let at = |histogram: &Option<Histogram>, fraction| {
            let histogram = histogram.as_ref()?;
            histogram.at(fraction).map(|span| span.0)
        };
        let local = |connection: &Connection| ConnectionResult {
            local: connection.reading.local.to_string(),
            first_s: connection.first_s,
            last_s: connection.last_s,
            min_rtt_ns: connection.reading.min_rtt.map(|rtt| rtt.0),
            smoothed_rtt_ns: connection.reading.smoothed_rtt.0,
            retransmits: connection.reading.retransmits,
        };
        WireResult {
            connections: all.connections,
            looks: self.looks,
            min_rtt_ns: at(&all.min_rtt, 0.0),
            min_rtt_p50_ns: at(&all.min_rtt, 0.5),
            min_rtt_max_ns: at(&all.min_rtt, 1.0),
            smoothed_rtt_p50_ns: at(&all.smoothed_rtt, 0.5),
            smoothed_rtt_max_ns: at(&all.smoothed_rtt, 1.0),
            retransmits: all.retransmits,
            peer_limited_ns: all.peer_limited.0,
            worst: all.worst.iter().map(local).collect(),
            unavailable: self.refused.clone().filter(|_| self.looks == 0),
        }
    }

    /// Fills in what each second of the run came to, and what the slowest callouts met.
    pub(super) fn fill(&self, windows: &mut [Window], slowest: &mut [SlowIteration]) {
        for (second, seen) in &self.seconds {
            if let Some(window) = windows.get_mut(index(*second)) {
                window.retransmits = Some(seen.retransmits);
                window.smoothed_rtt_p50_ns = seen.smoothed_rtt_p50.map(|rtt| rtt.0);
            }
        }
        for slow in slowest {
            let latency = slow.phases_ns.get(&Phase::Latency).copied();
            let until = Nanos(slow.due_ns + latency.unwrap_or_default());
            slow.retransmits = self.resent_within(Nanos(slow.due_ns), until);
        }
    }

    /// The segments that were sent again in the seconds that a span touches, where all of them
    /// were looked at.
    fn resent_within(&self, from: Nanos, until: Nanos) -> Option<u64> {
        let seconds = from.as_secs()..=until.as_secs();
        let seen: Vec<_> = self.seconds.range(seconds.clone()).collect();
        let wanted = seconds.end() - seconds.start() + 1;
        // The last second of a run ends before it can be looked at once more.
        let is_known = count(seen.len()) + 1 >= wanted && !seen.is_empty();
        is_known.then(|| seen.iter().map(|(_, second)| second.retransmits).sum())
    }
}

impl Closed {
    fn add(&mut self, gone: Connection) {
        let TcpReading {
            min_rtt,
            smoothed_rtt,
            retransmits,
            peer_limited,
            ..
        } = gone.reading;
        self.connections += 1;
        self.retransmits += retransmits;
        self.peer_limited += peer_limited;
        if let Some(rtt) = min_rtt {
            self.min_rtt.get_or_insert_default().record(rtt);
        }
        self.smoothed_rtt
            .get_or_insert_default()
            .record(smoothed_rtt);
        let key = |one: &Connection| (one.reading.retransmits, one.reading.smoothed_rtt);
        let place = self.worst.partition_point(|known| key(known) >= key(&gone));
        if place < WORST_KEPT {
            self.worst.truncate(WORST_KEPT - 1);
            self.worst.insert(place, gone);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(port: u16, min_us: u64, retransmits: u64) -> TcpReading {
        TcpReading {
            local: SocketAddr::from(([127, 0, 0, 1], port)),
            min_rtt: Some(Nanos(min_us * 1_000)),
            smoothed_rtt: Nanos(min_us * 2_000),
            retransmits,
            peer_limited: Nanos::ZERO,
        }
    }

    #[test]
    fn each_retransmission_is_counted_once_and_in_its_second() {
        let mut tally = WireTally::default();
        tally.look(0, &[reading(1, 20_000, 0), reading(2, 20_500, 1)]);
        tally.look(1, &[reading(1, 20_000, 3), reading(2, 20_400, 1)]);
        // The first is closed; its port is used again by another.
        tally.look(2, &[reading(2, 20_400, 1)]);
        tally.look(3, &[reading(1, 21_000, 2), reading(2, 20_400, 1)]);
        let result = tally.result();
        assert_eq!((result.connections, result.looks), (3, 4));
        assert_eq!(result.retransmits, 6);
        assert_eq!(result.min_rtt_ns, Some(20_000_000));
        assert_eq!(result.worst[0].retransmits, 3);
        assert_eq!((result.worst[0].first_s, result.worst[0].last_s), (0, 1));
        let mut windows = vec![Window::default(); 4];
        tally.fill(&mut windows, &mut []);
        let each: Vec<_> = windows.iter().map(|window| window.retransmits).collect();
        assert_eq!(each, [Some(1), Some(3), Some(0), Some(2)]);
        let within = |from, until| tally.resent_within(Nanos(from), Nanos(until));
        assert_eq!(within(900_000_000, 1_200_000_000), Some(4));
        assert_eq!(within(9_000_000_000, 9_100_000_000), None);
    }

    #[test]
    fn a_kernel_that_never_tells_is_said_and_one_that_did_not_once_is_none() {
        let mut tally = WireTally::default();
        tally.refused("not here".to_owned());
        tally.refused("nor now".to_owned());
        assert_eq!(tally.result().unavailable.as_deref(), Some("not here"));
        tally.look(3, &[reading(1, 100, 0)]);
        assert_eq!(tally.result().unavailable, None);
        assert_eq!(tally.resent_within(Nanos(0), Nanos(1)), None);
    }

    #[test]
    fn memory_is_bounded_however_many_come_and_go() {
        let mut tally = WireTally::default();
        for second in 0..200 {
            let port = u16::try_from(second).unwrap() + 1;
            tally.look(second, &[reading(port, 100, second)]);
        }
        assert_eq!(tally.open.len(), 1);
        let result = tally.result();
        assert_eq!(result.connections, 200);
        assert_eq!(result.worst.len(), WORST_KEPT);
        assert_eq!(result.worst[0].retransmits, 199);
    }
}
