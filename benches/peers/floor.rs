//! The floor: what callouts cost without a runtime, a timeout, TLS, tokens or a second thread.
//!
//! One epoll loop posts leads of our own writer and counts spans in flat arrays, to compare with.
//!
//! ```text
//! floor PORT users NUMBER SECONDS
//! floor PORT rate PER_SECOND SECONDS
//! ```
//! Prints how many callouts it made, and the median of their lag in microseconds.

#![expect(
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::disallowed_types,
    reason = "a program to compare with"
)]

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use leadbench::lead::Leads;
use leadbench::plan::LeadPlan;
use leadbench::record::Histogram;
use leadbench::units::{Nanos, Seed};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

/// Connections of a rate.
const CONNECTIONS: usize = 64;

/// The event of the timer.
const TIMER: u64 = u64::MAX;

const HEAD: &str = "POST /leads HTTP/1.1\r\nHost: 127.0.0.1\r\nSFDC_STACK_DEPTH: 1\r\n\
    Content-Type: application/json\r\nUser-Agent: SFDC-Callout/65.0\r\n\
    Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2\r\nCache-Control: no-cache\r\n\
    Pragma: no-cache\r\nContent-Length: ";

/// One connection, and the stamps of what is under way on it.
struct Connection {
    stream: TcpStream,
    due: Nanos,
    started: Nanos,
    written: Nanos,
}

struct Floor {
    epoll: OwnedFd,
    began: Instant,
    connections: Vec<Connection>,
    leads: Leads,
    request: Vec<u8>,
    /// Lag, send, wait, network, service, latency: as many as are recorded of a callout.
    spans: [Histogram; 8],
    sent: u64,
    done: u64,
}

impl Floor {
    fn new(port: u16, connections: usize) -> anyhow::Result<Self> {
        let plan = LeadPlan {
            seed: Seed(1),
            ..LeadPlan::default()
        };
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let open = |number: usize| -> anyhow::Result<Connection> {
            let stream = TcpStream::connect(("127.0.0.1", port))?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let data = EventData::new_u64(number as u64);
            epoll::add(&epoll, &stream, data, EventFlags::IN | EventFlags::ET)?;
            Ok(Connection {
                stream,
                due: Nanos::ZERO,
                started: Nanos::ZERO,
                written: Nanos::ZERO,
            })
        };
        let connections = (0..connections).map(open).collect::<anyhow::Result<_>>()?;
        let now = time::OffsetDateTime::UNIX_EPOCH;
        Ok(Self {
            connections,
            epoll,
            began: Instant::now(),
            leads: Leads::new(&plan, 1, now),
            request: Vec::with_capacity(8 * 1024),
            spans: Default::default(),
            sent: 0,
            done: 0,
        })
    }

    fn now(&self) -> Nanos {
        Nanos::from(self.began.elapsed())
    }

    fn send(&mut self, number: usize, due: Nanos) -> anyhow::Result<()> {
        let lead = self.sent;
        self.sent += 1;
        self.request.clear();
        self.request.extend_from_slice(HEAD.as_bytes());
        let mut digits = itoa::Buffer::new();
        self.request
            .extend_from_slice(digits.format(self.leads.size(lead)).as_bytes());
        self.request.extend_from_slice(b"\r\n\r\n");
        self.leads.write(lead, &mut self.request);
        let started = self.now();
        self.connections[number]
            .stream
            .write_all(&self.request)
            .context("a lead fits a socket")?;
        let written = self.now();
        let connection = &mut self.connections[number];
        (connection.due, connection.started, connection.written) = (due, started, written);
        Ok(())
    }

    /// Reads an answer, and returns whether it was there.
    fn receive(&mut self, number: usize) -> anyhow::Result<bool> {
        let mut room = [0; 4096];
        let connection = &mut self.connections[number];
        let bytes = match connection.stream.read(&mut room) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(false),
            read => read?,
        };
        let (due, started, written) = (connection.due, connection.started, connection.written);
        let ended = self.now();
        let mut fields = [httparse::EMPTY_HEADER; 32];
        let mut head = httparse::Response::new(&mut fields);
        let is_whole = head.parse(&room[..bytes])?.is_complete();
        anyhow::ensure!(is_whole && head.code == Some(201), "an answer of one read");
        let [lag, send, wait, network, service, latency, first, second] = &mut self.spans;
        lag.record(started - due);
        send.record(written - started);
        wait.record(ended - written);
        network.record(ended - started);
        service.record(ended - started);
        latency.record(ended - due);
        first.record(Nanos::ZERO);
        second.record(Nanos::ZERO);
        self.done += 1;
        Ok(true)
    }

    /// Waits for events, and returns the numbers of the connections that have some.
    fn wait(&self, events: &mut Vec<epoll::Event>) -> anyhow::Result<()> {
        events.clear();
        let limit = Timespec {
            tv_sec: 1,
            tv_nsec: 0,
        };
        epoll::wait(&self.epoll, spare_capacity(events), Some(&limit))?;
        Ok(())
    }

    /// Users without think time.
    fn users(&mut self, end: Nanos) -> anyhow::Result<()> {
        let mut open = self.connections.len();
        for number in 0..open {
            self.send(number, self.now())?;
        }
        let mut events = Vec::with_capacity(512);
        while open > 0 {
            self.wait(&mut events)?;
            for event in &events {
                let number = event.data.u64() as usize;
                if !self.receive(number)? {
                    continue;
                }
                if self.now() < end {
                    self.send(number, self.now())?;
                } else {
                    open -= 1;
                }
            }
        }
        Ok(())
    }

    /// Evenly spaced arrivals, each woken for by a timer.
    fn rate(&mut self, per_second: f64, seconds: f64) -> anyhow::Result<()> {
        let timer = timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
        )?;
        let data = EventData::new_u64(TIMER);
        epoll::add(&self.epoll, &timer, data, EventFlags::IN | EventFlags::ET)?;
        let due_of = |arrival: u64| Nanos((arrival as f64 * 1e9 / per_second) as u64);
        let all = (per_second * seconds) as u64;
        let mut idle: Vec<usize> = (0..self.connections.len()).rev().collect();
        let (mut waiting, mut arrival) = (VecDeque::new(), 0);
        let mut events = Vec::with_capacity(512);
        while self.done < all {
            while arrival < all && due_of(arrival) <= self.now() {
                match idle.pop() {
                    Some(number) => self.send(number, due_of(arrival))?,
                    None => waiting.push_back(due_of(arrival)),
                }
                arrival += 1;
            }
            if arrival < all {
                let left = due_of(arrival)
                    .as_duration()
                    .saturating_sub(self.now().as_duration())
                    .max(Duration::from_nanos(1));
                let once = Itimerspec {
                    it_interval: Timespec {
                        tv_sec: 0,
                        tv_nsec: 0,
                    },
                    it_value: Timespec {
                        tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                        tv_nsec: left.subsec_nanos().into(),
                    },
                };
                timerfd_settime(&timer, TimerfdTimerFlags::empty(), &once)?;
            }
            self.wait(&mut events)?;
            for event in &events {
                let number = event.data.u64();
                if number == TIMER || !self.receive(number as usize)? {
                    continue;
                }
                match waiting.pop_front() {
                    Some(due) => self.send(number as usize, due)?,
                    None => idle.push(number as usize),
                }
            }
        }
        Ok(())
    }
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, kind, number, seconds] = arguments.as_slice() else {
        anyhow::bail!("floor PORT users|rate NUMBER SECONDS");
    };
    let (port, number, seconds): (u16, f64, f64) =
        (port.parse()?, number.parse()?, seconds.parse()?);
    let is_rate = kind == "rate";
    let connections = if is_rate {
        CONNECTIONS
    } else {
        number as usize
    };
    let mut floor = Floor::new(port, connections)?;
    if is_rate {
        floor.rate(number, seconds)?;
    } else {
        floor.users(Nanos::from(Duration::from_secs_f64(seconds)))?;
    }
    let lag = floor.spans[0].at(0.5).unwrap_or_default();
    println!("{} {}", floor.done, lag.0 as f64 / 1e3);
    Ok(())
}
