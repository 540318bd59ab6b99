//! What `TCP_INFO` said of the load's connections, second by second, in bounded memory.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::phase::Phase;
use crate::record::{Histogram, NotRecorded, SerialHistogram};
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
    seconds: BTreeMap<u64, WireSecond>,
    refused: Option<String>,
}

/// One connection, as far as it was seen.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
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
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
struct WireSecond {
    retransmits: u64,
    smoothed_rtt_p50: Option<Nanos>,
}

/// What is known of the connections at the end of a second, as data.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct SerialWire {
    looks: u64,
    refused: Option<String>,
    connections: u64,
    retransmits: u64,
    peer_limited: Nanos,
    min_rtt: SerialHistogram,
    smoothed_rtt: SerialHistogram,
    worst: Vec<Connection>,
    /// The last second that was looked at.
    second: Option<(u64, WireSecond)>,
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

    /// All connections, as if they were closed now.
    fn all(&self) -> Closed {
        let mut all = self.closed.clone();
        for connection in self.open.values() {
            all.add(*connection);
        }
        all
    }

    /// The same as data, with the last second alone.
    pub(super) fn serial(&self) -> SerialWire {
        let all = self.all();
        let serial = |histogram: Option<Histogram>| {
            histogram
                .as_ref()
                .map(SerialHistogram::from)
                .unwrap_or_default()
        };
        SerialWire {
            looks: self.looks,
            refused: self.refused.clone(),
            connections: all.connections,
            retransmits: all.retransmits,
            peer_limited: all.peer_limited,
            min_rtt: serial(all.min_rtt),
            smoothed_rtt: serial(all.smoothed_rtt),
            worst: all.worst,
            second: self
                .seconds
                .last_key_value()
                .map(|(second, seen)| (*second, *seen)),
        }
    }

    /// Replaces what is known of the connections by what is known a second later.
    pub(super) fn update(&mut self, later: &SerialWire) -> Result<(), NotRecorded> {
        let histogram = |serial: &SerialHistogram| {
            let mut histogram = Histogram::default();
            serial.add_to(&mut histogram)?;
            Ok((!histogram.is_empty()).then_some(histogram))
        };
        if later.worst.len() > WORST_KEPT {
            return Err(NotRecorded("it has more connections than are kept"));
        }
        self.looks = later.looks;
        self.refused.clone_from(&later.refused);
        self.open.clear();
        self.closed = Closed {
            connections: later.connections,
            retransmits: later.retransmits,
            peer_limited: later.peer_limited,
            min_rtt: histogram(&later.min_rtt)?,
            smoothed_rtt: histogram(&later.smoothed_rtt)?,
            worst: later.worst.clone(),
        };
        self.seconds.extend(later.second);
        Ok(())
    }

    /// Adds the connections of another shard of the run.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.looks = self.looks.max(other.looks);
        let others = other.all();
        self.closed.merge(&others);
        for (second, seen) in &other.seconds {
            let known = self.seconds.entry(*second).or_default();
            known.retransmits = known.retransmits.saturating_add(seen.retransmits);
            known.smoothed_rtt_p50 = known.smoothed_rtt_p50.max(seen.smoothed_rtt_p50);
        }
        if let Some(why) = &other.refused {
            self.refused.get_or_insert_with(|| why.clone());
        }
    }

    /// What was seen so far.
    pub(crate) fn result(&self) -> WireResult {
        let all = self.all();
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
    pub(crate) fn fill(&self, windows: &mut [Window], slowest: &mut [SlowIteration]) {
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
        self.keep(gone);
    }

    /// Keeps a connection if it is among the worst.
    fn keep(&mut self, gone: Connection) {
        let key = |one: &Connection| (one.reading.retransmits, one.reading.smoothed_rtt);
        let place = self.worst.partition_point(|known| key(known) >= key(&gone));
        if place < WORST_KEPT {
            self.worst.truncate(WORST_KEPT - 1);
            self.worst.insert(place, gone);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.connections = self.connections.saturating_add(other.connections);
        self.retransmits = self.retransmits.saturating_add(other.retransmits);
        self.peer_limited += other.peer_limited;
        for (into, more) in [
            (&mut self.min_rtt, &other.min_rtt),
            (&mut self.smoothed_rtt, &other.smoothed_rtt),
        ] {
            if let Some(more) = more {
                into.get_or_insert_default().merge(more);
            }
        }
        other.worst.iter().for_each(|one| self.keep(*one));
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
