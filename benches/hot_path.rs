//! What the harness itself costs for each callout: its lead, its due instant, its record.

#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot set itself up is a failure"
)]

use std::net::{TcpListener, TcpStream};

use criterion::{Criterion, criterion_group, criterion_main};
use leadbench::client::OpenSockets;
use leadbench::engine::Schedule;
use leadbench::lead::Leads;
use leadbench::phase::Phase;
use leadbench::plan::{Arrivals, LeadPlan, RateLoad};
use leadbench::record::Recorder;
use leadbench::recording::WireTally;
use leadbench::sample::{Outcome, Phases, Sample};
use leadbench::units::{Nanos, Seed};

fn hot_path(criterion: &mut Criterion) {
    let plan = LeadPlan {
        seed: Seed(1),
        ..LeadPlan::default()
    };
    let leads = Leads::new(&plan, 1, time::OffsetDateTime::UNIX_EPOCH);
    let mut request = Vec::with_capacity(8 * 1024);
    let mut seq = 0;
    criterion.bench_function("lead", |bencher| {
        bencher.iter(|| {
            seq += 1;
            request.clear();
            leads.write(seq, &mut request);
            request.len()
        });
    });

    let schedule = Schedule::new(
        RateLoad::constant(
            "1000/s".parse().unwrap(),
            Nanos(u64::MAX),
            Arrivals::Poisson,
        ),
        Seed(1),
    );
    let mut arrivals = schedule.arrivals();
    criterion.bench_function("poisson arrival", |bencher| {
        bencher.iter(|| arrivals.next());
    });

    let recorder = Recorder::new(Nanos::ZERO);
    let mut phases = Phases::default();
    for (phase, ns) in Phase::ALL.into_iter().zip((1..).map(|n| n * 100_000)) {
        phases.set(phase, Nanos(ns));
    }
    let sample = Sample {
        finished: Nanos(3),
        outcome: Outcome::Ok,
        status: Some(201),
        body_bytes: 900,
        response_bytes: 60,
        ..Sample::begun(0, Nanos(1), Nanos(2), phases)
    };
    criterion.bench_function("record of 18 phases", |bencher| {
        bencher.iter(|| recorder.record(&sample, None));
    });
}

/// Connections that are asked for at once.
const CONNECTIONS: usize = 1_000;

/// What the collector's thread does once a second, and no other.
fn tcp_info(criterion: &mut Criterion) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = listener.local_addr().unwrap();
    let open = OpenSockets::default();
    let held: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let ours = TcpStream::connect(peer).unwrap();
            let (theirs, _) = listener.accept().unwrap();
            let place = open.enter(ours.local_addr().unwrap(), peer);
            (ours, theirs, place)
        })
        .collect();
    let mut seen = WireTally::default();
    let mut second = 0;
    criterion.bench_function("tcp_info of 1000", |bencher| {
        bencher.iter(|| {
            second += 1;
            let readings = open.look().unwrap();
            assert_eq!(readings.len(), CONNECTIONS);
            seen.look(second, &readings);
        });
    });
    drop(held);
}

criterion_group!(benches, hot_path, tcp_info);
criterion_main!(benches);
