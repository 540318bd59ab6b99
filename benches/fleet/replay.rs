//! Agents that send a recording again, to see what many of them cost a coordinator.
//!
//! `fleet_replay URL AGENTS RECORDING`: so many agents of one broker take part in one run. Each says that it is
//! ready, and from the start of the load on sends a frame of the recording each second. `benches/fleet/run.py` uses
//! it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use leadbench::fleet::{AgentBus, AgentInfo, Broker, Ready, RunFrames};
use leadbench::units::Nanos;

/// A frame begins with one byte of kind, four of length and four of check.
const HEADER: usize = 9;

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let (Some(url), Some(agents), Some(recording)) = (words.next(), words.next(), words.next())
    else {
        // `cargo bench` without arguments has nothing to replay.
        return Ok(());
    };
    let agents: u32 = agents.parse()?;
    let mut bytes = Vec::new();
    File::open(recording)?.read_to_end(&mut bytes)?;
    let frames = frames(&bytes)?;
    thread::scope(|scope| {
        let start = |number| {
            let (url, frames) = (&url, &frames);
            scope.spawn(move || agent(url, number, frames))
        };
        let started: Vec<_> = (1..=agents).map(start).collect();
        started
            .into_iter()
            .try_for_each(|agent| match agent.join() {
                Ok(ended) => ended,
                Err(panic) => std::panic::resume_unwind(panic),
            })
    })
}

/// The frames of a recording; the first has the name of the format in front of it.
fn frames(bytes: &[u8]) -> Result<Vec<&[u8]>> {
    let line = bytes.iter().position(|byte| *byte == b'\n');
    let (mut frames, mut begin) = (Vec::new(), 0);
    let mut at = line.context("it is not a recording")? + 1;
    while let Some(header) = bytes.get(at..at + HEADER) {
        let length = u32::from_le_bytes([header[1], header[2], header[3], header[4]]);
        at += HEADER + usize::try_from(length)?;
        frames.push(bytes.get(begin..at).context("it is cut off")?);
        begin = at;
    }
    Ok(frames)
}

fn agent(url: &str, number: u32, frames: &[&[u8]]) -> Result<()> {
    let broker = Broker {
        url: url.to_owned(),
        ..Broker::default()
    };
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let name = format!("replayed-{number}");
    let info = AgentInfo {
        id: number.to_string(),
        name: name.clone(),
        version: version.clone(),
        cores: 1,
        signs_per_s: None,
        wall: Nanos::ZERO,
        run: None,
    };
    let bus = AgentBus::open(&broker, info, now, &|| {}, &|| false)?;
    let found = bus.next_place(&[], None, || false)?;
    let (spec, shard) = found.context("no run came")?;
    let (out, _) = bus.join(&spec.run, shard)?;
    let ready = Ready {
        name,
        version,
        plan_sha256: spec.plan_sha256,
        keys_sha256: String::new(),
        run_up: Nanos::from_millis(200),
        ahead_ns: 0,
        offset_error: Nanos::from_millis(1),
        refused: None,
        is_of_target: false,
    };
    let start = loop {
        bus.ready(&spec.run, shard, &ready);
        if let Some(arm) = bus.arm(&spec.run) {
            break arm.start.as_duration();
        }
        thread::park_timeout(Duration::from_millis(500));
    };
    send(out, frames, start)?;
    bus.close();
    Ok(())
}

fn send(mut out: RunFrames, frames: &[&[u8]], start: Duration) -> Result<()> {
    for (second, frame) in (0..).zip(frames) {
        let due = start + Duration::from_secs(second);
        thread::park_timeout(due.saturating_sub(now()));
        out.write_all(frame)?;
    }
    out.end(None, Nanos::from_millis(1));
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a program of its own")]
fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
