//! The summaries of two recordings that never change: whatever is rebuilt within, they stay.
//!
//! The first has two open loads with a warm-up, failures, bad tokens, `Server-Timing`,
//! `TCP_INFO`, traces and thresholds; its recording is read back as that of a run, and of a killed one.
//! The second has variants that take turns.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use leadbench::phase::Phase;
use leadbench::plan::{
    Comparator, Compared, Expect, Fault, Limit, Matrix, Negative, NegativeFault, Threshold,
    ThresholdMetric, Turns,
};
use leadbench::record::{IntervalLog, Recorder};
use leadbench::recording::{LoadFacts, RecordingEnd, RecordingReader, RunFacts, WireTally};
use leadbench::sample::{
    MetricNames, NegativeSample, Outcome, Phases, Sample, ServerTiming, TcpReading, Traces,
};
use leadbench::summarize::{Collector, LoadRecorders, recover};
use leadbench::summary::{Model, ReasonCode, RunState, Signing, Summary, Warning};
use leadbench::units::{Nanos, Seed};
use leadbench::validity::{Drift, Health};
use serde_json::Value;

use crate::fixtures::load;

/// Seconds of the first recording.
pub(crate) const SECONDS: u64 = 12;

/// Numbers without a pattern that are the same for ever (Knuth's MMIX generator).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// The next, below a limit.
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Where a recording is kept.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    /// What was written.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn health() -> Health {
    Health {
        over: Nanos::from_secs(SECONDS),
        own_cpu: Nanos::from_secs(5),
        steal: Some(Nanos::from_millis(300)),
        machine_time: None,
        peak_rss_bytes: Some(30_000_000),
        wakeup: Some((Nanos::from_millis(1), Nanos::from_millis(400))),
        drift: Drift {
            ahead: Nanos::from_secs(3),
            ..Drift::default()
        },
        cores: 2,
        debug_build: false,
    }
}

pub(crate) fn load_facts(name: &str, number: u64) -> LoadFacts {
    LoadFacts {
        name: name.to_owned(),
        description: format!("load {name}"),
        model: Model::Open,
        start: Nanos::from_secs(number),
        warmup: Nanos::from_secs(2),
        planned_end: Some(Nanos::from_secs(SECONDS)),
        end: Some(Nanos::from_secs(SECONDS)),
        measured_at_most: None,
        asked_per_s: Some(100.0),
        schedule_sha256: Some(name.repeat(8)),
        turns: None,
        late: number,
        salesforce: None,
    }
}

pub(crate) fn facts(loads: Vec<LoadFacts>) -> RunFacts {
    let run = load("typical").run;
    RunFacts {
        run,
        loads,
        signing: Signing {
            mode: "pipeline".to_owned(),
            source: "named-credential".to_owned(),
            threads: 1,
            utilisation: Some(0.85),
            ..Signing::default()
        },
        token_endpoint: None,
        thresholds: Vec::new(),
        elapsed: Nanos::from_secs(SECONDS),
        health: health(),
        negative: None,
        matrix: None,
        warnings: Vec::new(),
        wire: None,
        traces: None,
        server_total: Vec::new(),
        preflight: None,
        has_ramp: false,
    }
}

/// One callout with all its phases; the target slows down from the sixth second on.
fn sample(seq: u64, due: Nanos, numbers: &mut Numbers) -> Sample {
    let us = |us: u64| Nanos(us * 1_000);
    let lag = us(numbers.below(1_500));
    let queue = us(if numbers.below(20) == 0 { 3_000 } else { 0 });
    let second = due.as_secs();
    let slow = if second > 6 { (second - 6) * 15_000 } else { 0 };
    let network = us(5_000 + numbers.below(9_000) + slow);
    let started = due + lag + queue;
    let mut phases = Phases::default();
    for (phase, span) in [
        (Phase::Lag, lag),
        (Phase::Sign, us(700 + numbers.below(90))),
        (Phase::SignWait, us(numbers.below(400))),
        (Phase::Network, network),
        (Phase::Pickup, us(numbers.below(50))),
        (Phase::Server, us(2_000 + slow)),
    ] {
        phases.set(phase, span);
    }
    if queue > Nanos::ZERO {
        phases.set(Phase::Queue, queue);
    }
    if seq.is_multiple_of(25) {
        phases.set(Phase::Connect, us(300 + numbers.below(100)));
        phases.set(Phase::Tls, us(2_000));
    }
    let service = us(900) + network;
    let finished = started + service;
    phases.set(Phase::Service, service);
    phases.set(Phase::Latency, finished - due);
    let mut server_timing = ServerTiming::default();
    server_timing.total = Some(us(2_000 + slow));
    server_timing.set(0, us(500 + numbers.below(500)));
    server_timing.left_out.no_duration = seq.is_multiple_of(50);
    let (outcome, status) = match numbers.below(40) {
        0 => (Outcome::Timeout, None),
        1 => (Outcome::ServerError, Some(503)),
        2 => (Outcome::Unauthorized, Some(401)),
        _ => (Outcome::Ok, Some(201)),
    };
    Sample {
        finished,
        server_timing,
        outcome,
        status,
        signed_in_path: seq.is_multiple_of(3),
        retried: seq.is_multiple_of(97),
        resent: seq.is_multiple_of(101),
        starved: seq.is_multiple_of(61),
        expired: seq.is_multiple_of(122),
        ..Sample::begun(seq, due, started, phases)
    }
}

pub(crate) fn record(recorder: &Recorder, seq: u64, due: Nanos, numbers: &mut Numbers) {
    if numbers.below(60) == 0 {
        recorder.dropped(due);
        return;
    }
    let sample = sample(seq, due, numbers);
    let is_negative = numbers.below(30) == 0;
    if sample.phases.get(Phase::Queue).is_some() && !is_negative {
        recorder.queued(due);
        recorder.begun_from_queue(due, sample.started);
    } else {
        recorder.begun(due, sample.started);
    }
    if is_negative {
        recorder.negative(&NegativeSample {
            fault: Fault::Expired,
            due,
            started: sample.started,
            finished: sample.finished,
            status: Some(if seq.is_multiple_of(4) { 200 } else { 401 }),
            is_expected: !seq.is_multiple_of(4),
            is_false_accept: seq.is_multiple_of(4),
            lacks_challenge: false,
        });
        return;
    }
    let failure = format!("status {:?}", sample.status);
    let failure = (!sample.outcome.is_ok()).then_some(failure.as_str());
    recorder.record(&sample, failure);
}

/// What is known of two loads beside what was recorded.
fn facts_of_two() -> RunFacts {
    let mut facts = facts(vec![load_facts("one", 0), load_facts("two", 1)]);
    facts.warnings = vec![Warning::new(
        ReasonCode::OrgLimitExceeded,
        "a warning of the load",
    )];
    facts.traces = Some(Traces::new(1, 2, "10 %".parse().unwrap()));
    facts.server_total = vec!["app".to_owned()];
    facts.negative = Some(Negative {
        faults: vec![NegativeFault {
            fault: Fault::Expired,
            share: 0.03,
            expect: Expect {
                may_accept: false,
                statuses: vec![401],
                challenge: leadbench::plan::Challenge::Any,
            },
        }],
        alternate: Nanos::from_secs(1),
        other_key: None,
    });
    for (metric, comparison, limit) in [
        ("latency.p99", Comparator::Below, Limit::Span(Nanos::SECOND)),
        (
            "server.db.p95",
            Comparator::Below,
            Limit::Span(Nanos::SECOND),
        ),
        (
            "failed",
            Comparator::AtMost,
            Limit::Share("1 %".parse().unwrap()),
        ),
        (
            "achieved",
            Comparator::AtLeast,
            Limit::Rate("150/s".parse().unwrap()),
        ),
    ] {
        facts.thresholds.push(Threshold {
            metric: ThresholdMetric::parse(metric).unwrap(),
            comparison,
            limit,
            implied: false,
            abort_after: None,
        });
    }
    facts
}

/// The first recording's summary, its summary while it ran, and the recording.
fn two_loads() -> (Summary, Summary, Vec<u8>) {
    let mut numbers = Numbers(26);
    let names = MetricNames::default();
    names.place("db").unwrap();
    let recorders: Vec<_> = (0..2)
        .map(|number| {
            let recorder = Recorder::new(Nanos::from_secs(number + 2));
            Arc::new(recorder.ending(Some(Nanos::from_secs(SECONDS))))
        })
        .collect();
    let mut facts = facts_of_two();
    let begun = IntervalLog::begin(io::sink(), "fixed", Duration::ZERO).unwrap();
    let loads = ["one", "two"].into_iter().zip(&recorders);
    let loads = loads.map(|(name, recorder)| LoadRecorders {
        name: name.to_owned(),
        recorders: vec![Arc::clone(recorder)],
        turns: None,
    });
    let mut collector = Collector::new(loads.collect(), begun).naming(&names);
    let mut wire = WireTally::default();
    facts.run.state = RunState::Running;
    facts.elapsed = Nanos::ZERO;
    let recording = Kept::default();
    collector
        .begin_recording(Box::new(recording.clone()), &facts)
        .unwrap();
    for second in 0..SECONDS {
        for (number, recorder) in (0..).zip(&recorders) {
            for seq in second * 100..(second + 1) * 100 {
                let due = Nanos(seq * 10_000_000 + 1_000);
                if second >= number {
                    record(recorder, seq, due, &mut numbers);
                }
            }
        }
        let reading = |port: u16, retransmits| TcpReading {
            local: SocketAddr::from(([127, 0, 0, 1], port)),
            min_rtt: Some(Nanos(90_000)),
            smoothed_rtt: Nanos(110_000 + second * 1_000),
            retransmits,
            peer_limited: Nanos(5),
        };
        wire.look(second, &[reading(1, second), reading(2, 0)]);
        let now = Nanos::from_secs(second + 1) + Nanos::from_millis(2);
        facts.elapsed = now;
        facts.health.own_cpu = Nanos::from_millis(400 * (second + 1));
        facts.wire = Some(Arc::new(wire.clone()));
        let written = collector.collect(now, &facts).1;
        written.log.and(written.recording).unwrap();
    }
    let running = collector.summarize(&facts);
    facts.run.state = RunState::Finished;
    facts.elapsed = Nanos::from_secs(SECONDS);
    facts.health = health();
    let summary = collector.summarize(&facts);
    let end = RecordingEnd {
        latest: facts.latest(Vec::new()),
        measurement: summary.measurement.clone(),
        warnings: summary.coded_warnings.clone(),
        stopped: None,
    };
    collector.take_recording().unwrap().end(&end).unwrap();
    let bytes = recording.bytes();
    (summary, running, bytes)
}

const MATRIX: Matrix = Matrix {
    compares: Compared::Signing,
    variants: 2,
    block: Nanos::from_secs(1),
    settle: Nanos::from_millis(100),
    rounds: 6,
};

/// The second recording's summary.
fn turns() -> Summary {
    let mut numbers = Numbers(7);
    let all: Vec<Turns> = MATRIX.turns(Seed(3), Nanos::ZERO);
    let mut facts = facts(Vec::new());
    facts.matrix = Some(MATRIX);
    let loads = ["none", "jit"].into_iter().zip(all).map(|(name, turns)| {
        let recorder = Arc::new(Recorder::new(Nanos::ZERO).in_turns(turns.clone()));
        for block in turns.blocks() {
            for seq in 0..100 {
                let due = block.start + Nanos::from_millis(10 * seq);
                let sample = sample(seq, due, &mut numbers);
                recorder.begun(due, sample.started);
                recorder.record(&sample, None);
            }
        }
        facts.loads.push(LoadFacts {
            start: Nanos::ZERO,
            warmup: Nanos::ZERO,
            turns: Some(turns.clone()),
            ..load_facts(name, 0)
        });
        LoadRecorders {
            name: name.to_owned(),
            recorders: vec![recorder],
            turns: Some(turns),
        }
    });
    let loads = loads.collect();
    let log = IntervalLog::begin(Vec::new(), "fixed", Duration::ZERO).unwrap();
    let mut collector = Collector::new(loads, log);
    let now = Nanos::from_secs(SECONDS + 1);
    collector.collect(now, &facts).1.log.unwrap();
    collector.summarize(&facts)
}

/// A summary as it is written, with what holds only numbers and texts on a line of its own.
fn lines(json: &Value, indent: usize) -> String {
    let is_flat = |value: &Value| !value.is_array() && !value.is_object();
    let pad = "  ".repeat(indent + 1);
    let close = "  ".repeat(indent);
    let listed = |open: char, parts: Vec<String>, end: char| {
        let parts: Vec<_> = parts.iter().map(|part| format!("{pad}{part}")).collect();
        format!("{open}\n{}\n{close}{end}", parts.join(",\n"))
    };
    match json {
        Value::Array(all) if !all.iter().all(is_flat) => {
            let parts = all.iter().map(|one| lines(one, indent + 1));
            listed('[', parts.collect(), ']')
        }
        Value::Object(all) if !all.values().all(is_flat) => {
            let parts = all
                .iter()
                .map(|(name, one)| format!("{name:?}: {}", lines(one, indent + 1)));
            listed('{', parts.collect(), '}')
        }
        flat => flat.to_string(),
    }
}

#[track_caller]
fn assert_stays(name: &str, summary: &Summary) {
    let json = serde_json::to_value(summary).unwrap();
    insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!(name, lines(&json, 0));
    });
}

#[test]
fn two_loads_come_to_the_same_summary_as_ever() {
    assert_stays("fixed-recording", &two_loads().0);
}

/// The summary that is made of a recording, and how many bytes of it are left out.
fn recovered(bytes: &[u8]) -> (Summary, u64) {
    let opened = RecordingReader::begin(bytes).unwrap();
    let recovered = recover(opened).unwrap();
    (recovered.summary, recovered.cut[0])
}

#[test]
fn a_recording_comes_to_the_summary_of_its_run() {
    let (summary, running, bytes) = two_loads();
    assert_eq!(recovered(&bytes), (summary, 0));
    // Without its end, it is that of a run that still goes on.
    let (killed, cut) = recovered(&bytes[..bytes.len() - 1]);
    assert_eq!(killed, running);
    assert!(cut > 0);
}

#[test]
fn of_a_recording_that_is_cut_anywhere_the_whole_seconds_count() {
    let (_, running, bytes) = two_loads();
    let (_, mut reader) = RecordingReader::begin(bytes.as_slice()).unwrap();
    let mut until = Vec::new();
    while let Some(second) = reader.next_second().unwrap() {
        until.push(second.until.0);
    }
    assert_eq!(until.len(), usize::try_from(SECONDS).unwrap());
    let mut seconds = Vec::new();
    for cut in (0..bytes.len()).step_by(1_009) {
        let Ok(opened) = RecordingReader::begin(&bytes[..cut]) else {
            assert!(seconds.is_empty(), "cut at {cut}");
            continue;
        };
        let summary = recover(opened).unwrap().summary;
        assert_eq!(summary.run.state, RunState::Running);
        let ended = until.iter().filter(|end| **end <= summary.run.duration_ns);
        let ended = ended.count();
        let planned: u64 = summary.windows.iter().map(|window| window.planned).sum();
        let whole = &running.windows[..ended];
        assert_eq!(
            planned,
            whole.iter().map(|window| window.planned).sum::<u64>()
        );
        seconds.push(ended);
    }
    assert!(seconds.is_sorted(), "{seconds:?}");
    assert!(seconds.contains(&0) && seconds.contains(&11), "{seconds:?}");
}

#[test]
fn variants_that_take_turns_come_to_the_same_summary_as_ever() {
    assert_stays("fixed-recording-turns", &turns());
}
