//! Shards add up to the run that one process would have made.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use leadbench::record::{IntervalLog, Recorder};
use leadbench::recording::{
    RecordingEnd, RecordingHead, RecordingReader, ShardFault, ShardSet, shard_set,
};
use leadbench::sample::MetricNames;
use leadbench::summarize::{Collector, LoadRecorders, recover, recover_all};
use leadbench::summary::{Measurement, RunState, Signing, Summary, Validity};
use leadbench::units::{Nanos, float, index};

use crate::fixed_recording::{Kept, Numbers, SECONDS, facts, load_facts, record};

/// The recordings of so many shards of the same callouts, each with its end.
fn recordings(shards: u64) -> Vec<Vec<u8>> {
    let each = (0..shards).map(|shard| recording(shard, shards, ["db", "jwt"]));
    each.collect()
}

/// The recording of one shard, which met the metrics of `Server-Timing` in this order. Each callout is the same,
/// whichever shard makes it.
fn recording(shard: u64, shards: u64, metrics: [&str; 2]) -> Vec<u8> {
    let names = MetricNames::default();
    for name in metrics {
        names.place(name).unwrap();
    }
    let recorder =
        Arc::new(Recorder::new(Nanos::from_secs(2)).ending(Some(Nanos::from_secs(SECONDS))));
    let mut facts = facts(vec![load_facts("one", 0)]);
    facts.loads[0].asked_per_s = facts.loads[0].asked_per_s.map(|rate| rate / float(shards));
    facts.run.state = RunState::Running;
    if shards > 1 {
        facts.run.shard = Some(format!("{}/{shards}", shard + 1));
    }
    facts.elapsed = Nanos::ZERO;
    let kept = Kept::default();
    let log = IntervalLog::begin(io::sink(), "shard", Duration::ZERO).unwrap();
    let load = LoadRecorders {
        name: "one".to_owned(),
        recorders: vec![Arc::clone(&recorder)],
        turns: None,
    };
    let mut collector = Collector::new(vec![load], log).naming(&names);
    collector
        .begin_recording(Box::new(kept.clone()), &facts)
        .unwrap();
    for second in 0..SECONDS {
        for seq in second * 100..(second + 1) * 100 {
            if seq % shards == shard {
                let due = Nanos(seq * 10_000_000 + 1_000);
                record(&recorder, seq, due, &mut Numbers(seq * 7_919 + 1));
            }
        }
        // Each process looks a little after the second has ended.
        let late = Nanos::from_millis(1 + 3 * shard);
        let now = Nanos::from_secs(second + 1) + late;
        facts.elapsed = now;
        collector.collect(now, &facts).1.recording.unwrap();
    }
    facts.run.state = RunState::Finished;
    facts.elapsed = Nanos::from_secs(SECONDS);
    let summary = collector.summarize(&facts);
    let end = RecordingEnd {
        latest: facts.latest(Vec::new()),
        measurement: summary.measurement,
        warnings: Vec::new(),
        stopped: None,
    };
    collector.take_recording().unwrap().end(&end).unwrap();
    drop(collector);
    kept.bytes()
}

fn merged(recordings: &[Vec<u8>]) -> Summary {
    let opened = recordings
        .iter()
        .map(|bytes| RecordingReader::begin(bytes.as_slice()).unwrap());
    let mut opened: Vec<_> = opened.collect();
    if let [_] = opened.as_slice() {
        return recover(opened.remove(0)).unwrap().summary;
    }
    recover_all(opened).unwrap().summary
}

fn heads(recordings: &[Vec<u8>]) -> Vec<RecordingHead> {
    let heads = recordings
        .iter()
        .map(|bytes| RecordingReader::begin(bytes.as_slice()).unwrap().0);
    heads.collect()
}

fn set(recordings: &[Vec<u8>]) -> Result<ShardSet, ShardFault> {
    let heads = heads(recordings);
    let facts: Vec<_> = heads.iter().map(|head| &head.facts).collect();
    shard_set(&facts)
}

/// What does not depend on who made the callouts.
fn of_the_target(mut summary: Summary) -> Summary {
    summary.shards = None;
    summary.measurement = Measurement::default();
    summary.run.load.io_workers = 0;
    summary.signing = Signing::default();
    summary.wire = None;
    for window in &mut summary.windows {
        window.own_cpu = None;
        // Shards look at their gauges at different instants.
        window.in_flight = 0;
    }
    summary
}

#[test]
fn one_two_and_five_shards_come_to_the_same_figures() {
    let alone = of_the_target(merged(&recordings(1)));
    assert!(alone.counts.ok > 500 && alone.counts.failed > 50);
    for shards in [2, 5] {
        let all = merged(&recordings(shards));
        assert_eq!(all.shards.as_ref().map(Vec::len), Some(index(shards)));
        let each = all.shards.iter().flatten();
        assert_eq!(each.map(|shard| shard.ok).sum::<u64>(), all.counts.ok);
        let all = of_the_target(all);
        assert_eq!(all.counts, alone.counts);
        assert_eq!(all.phases, alone.phases);
        assert_eq!(all.windows, alone.windows);
        assert_eq!(all.slowest, alone.slowest);
        let [all, alone] = [&all, &alone].map(|summary| serde_json::to_value(summary).unwrap());
        for (name, value) in all.as_object().unwrap() {
            assert_eq!(*value, alone[name], "{name} of {shards} shards");
        }
    }
}

#[test]
fn the_metrics_of_an_answer_are_found_by_their_names() {
    let shards = [["db", "jwt"], ["jwt", "db"]];
    let shards = (0..)
        .zip(shards)
        .map(|(shard, metrics)| recording(shard, 2, metrics));
    let shards: Vec<_> = shards.collect();
    // Each recorded the first of its names alone.
    let ok = |shard: &[u8]| merged(&[shard.to_vec()]).counts.ok;
    let [db, jwt] = [ok(&shards[0]), ok(&shards[1])];
    let all = merged(&shards).server_timing.unwrap().metrics;
    let counts = ["db", "jwt"].map(|name| all[name].count);
    assert_eq!(counts, [db, jwt]);
    assert_ne!(db, jwt);
}

#[test]
fn the_order_of_the_recordings_is_that_of_their_shards() {
    let mut shards = recordings(3);
    shards.rotate_left(1);
    let found = set(&shards).unwrap();
    assert_eq!(found.order, [2, 0, 1]);
    assert_eq!(found.missing, []);
    shards.pop();
    let missing = set(&shards).unwrap().missing;
    assert_eq!(
        missing.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["1/3"]
    );
}

#[test]
fn what_is_no_shard_of_the_run_is_refused() {
    let mut two = recordings(2);
    two.push(two[0].clone());
    assert_eq!(set(&two), Err(ShardFault::Twice(0, 2)));
    two[2] = recordings(1).remove(0);
    assert_eq!(set(&two), Err(ShardFault::Whole(2)));
    two[2] = recordings(3).remove(2);
    assert_eq!(
        set(&two),
        Err(ShardFault::Differs(2, "the number of shards"))
    );
}

#[test]
fn a_shard_that_was_cut_off_makes_the_whole_invalid_and_is_named() {
    let mut shards = recordings(3);
    let half = shards[1].len() / 2;
    shards[1].truncate(half);
    let all = merged(&shards);
    assert_eq!(all.run.state, RunState::Running);
    assert_eq!(all.measurement.verdict, Validity::Invalid);
    let first = &all.measurement.reasons[0];
    assert!(
        first.starts_with("shard 2/3: it did not come to its end"),
        "{first}"
    );
    let ended = all.shards.iter().flatten().map(|shard| shard.ended);
    assert_eq!(ended.collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn a_recording_is_refused_at_the_byte_where_it_is_damaged() {
    let whole = recording(0, 1, ["db", "jwt"]);
    for at in (0..whole.len()).step_by(97) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x20;
        let refused = match RecordingReader::begin(damaged.as_slice()) {
            Err(error) => error.to_string(),
            Ok(opened) => match recover(opened) {
                Err(error) => error.to_string(),
                Ok(_) => panic!("byte {at} of {} may be anything", whole.len()),
            },
        };
        assert!(!refused.is_empty());
    }
    let mut twice = whole.clone();
    twice.write_all(&whole).unwrap();
    let opened = RecordingReader::begin(twice.as_slice()).unwrap();
    let refused = recover(opened).unwrap_err().to_string();
    assert!(refused.ends_with("something follows its end"), "{refused}");
    // A file system may leave zeros behind what was written last.
    let mut zeros = whole[..whole.len() / 2].to_vec();
    let opened = RecordingReader::begin(zeros.as_slice()).unwrap();
    let cut = recover(opened).unwrap().cut[0];
    zeros.truncate(zeros.len() - usize::try_from(cut).unwrap());
    zeros.extend([0; 5_000]);
    let opened = RecordingReader::begin(zeros.as_slice()).unwrap();
    assert_eq!(recover(opened).unwrap().cut, [5_000]);
}
