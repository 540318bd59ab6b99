//! What the agents of a run record, as it comes in, added up second by second.

use std::collections::BTreeMap;

use anyhow::anyhow;

use crate::cli::exit::Failure;
use crate::cli::stdio;
use crate::fleet::FrameQueue;
use crate::recording::{RecordingEnd, RecordingHead, RecordingReader, Second};
use crate::summarize::{Lockstep, Progress};
use crate::units::{count, index};

/// The recordings of all agents of a run, by their shards.
pub(super) struct Recordings {
    agents: u32,
    sources: BTreeMap<u32, Source>,
    /// The whole, once the heads of all agents are there.
    lockstep: Option<Lockstep>,
    /// Agents that sent what cannot be read, and why.
    damaged: BTreeMap<u32, String>,
}

/// The frames of one agent.
struct Source {
    queue: FrameQueue,
    head: RecordingHead,
    reader: RecordingReader<FrameQueue>,
    /// Seconds that came before the heads of others.
    early: Vec<Second>,
    end: Option<RecordingEnd>,
}

impl Recordings {
    /// Nothing yet, of so many agents.
    pub(super) const fn of(agents: u32) -> Self {
        Self {
            agents,
            sources: BTreeMap::new(),
            lockstep: None,
            damaged: BTreeMap::new(),
        }
    }

    /// What is added up so far, once the heads of all agents are there.
    pub(super) const fn so_far(&self) -> Option<&Lockstep> {
        self.lockstep.as_ref()
    }

    /// Agents that sent what cannot be read, and why.
    pub(super) const fn damaged(&self) -> &BTreeMap<u32, String> {
        &self.damaged
    }

    /// Reads the next frame of an agent; returns how far the run is, if that is farther now.
    pub(super) fn deliver(&mut self, shard: u32, frame: &[u8]) -> Option<Progress> {
        if self.damaged.contains_key(&shard) {
            return None;
        }
        let read = match self.sources.get_mut(&shard) {
            None => self.begin_source(shard, frame),
            Some(source) => source
                .read(frame)
                .map(|second| match (&mut self.lockstep, second) {
                    (Some(lockstep), Some(second)) => lockstep.add(place(shard), second),
                    (None, Some(second)) => source.early.push(second),
                    (Some(lockstep), None) => lockstep.end(place(shard), source.end.as_ref()),
                    (None, None) => {}
                }),
        };
        match read.and_then(|()| self.add_up()) {
            Ok(progress) => progress,
            Err(why) => {
                stdio::note(&format!(
                    "warning: agent {shard} sent what cannot be read: {why}"
                ));
                self.damaged.insert(shard, why);
                None
            }
        }
    }

    /// Goes on with what the others record; returns how far the run is, if that is farther now.
    pub(super) fn lose(&mut self, shard: u32) -> Option<Progress> {
        if let Some(lockstep) = &mut self.lockstep {
            lockstep.end(place(shard), None);
        }
        // What cannot be read was told when it came.
        self.add_up().ok().flatten()
    }

    /// All that came, added up; nothing more will come.
    ///
    /// # Errors
    ///
    /// No agent recorded anything.
    pub(super) fn finish(&mut self) -> Result<Lockstep, Failure> {
        if self.lockstep.is_none() && !self.sources.is_empty() {
            // Of an agent that was lost before its first second nothing is known.
            self.begin_lockstep()
                .map_err(|why| Failure::internal(anyhow!(why)))?;
        }
        let Some(mut lockstep) = self.lockstep.take() else {
            return Err(Failure::environment(anyhow!("no agent recorded anything")));
        };
        for number in 0..self.sources.len() {
            lockstep.end(number, None);
        }
        while lockstep
            .next_second()
            .map_err(|error| Failure::internal(anyhow!(error)))?
            .is_some()
        {}
        Ok(lockstep)
    }

    fn begin_source(&mut self, shard: u32, frame: &[u8]) -> Result<(), String> {
        let queue = FrameQueue::default();
        queue.push(frame);
        let (head, reader) =
            RecordingReader::begin(queue.clone()).map_err(|error| error.to_string())?;
        let source = Source {
            queue,
            head,
            reader,
            early: Vec::new(),
            end: None,
        };
        self.sources.insert(shard, source);
        if count(self.sources.len()) == u64::from(self.agents) {
            self.begin_lockstep()?;
        }
        Ok(())
    }

    fn begin_lockstep(&mut self) -> Result<(), String> {
        let heads = self.sources.values().map(|source| source.head.clone());
        let mut lockstep = Lockstep::of(heads.collect()).map_err(|error| error.to_string())?;
        for (number, source) in self.sources.values_mut().enumerate() {
            for second in source.early.drain(..) {
                lockstep.add(number, second);
            }
            if source.end.is_some() {
                lockstep.end(number, source.end.as_ref());
            }
        }
        self.lockstep = Some(lockstep);
        Ok(())
    }

    /// Adds up each second that all agents have recorded.
    fn add_up(&mut self) -> Result<Option<Progress>, String> {
        let Some(lockstep) = &mut self.lockstep else {
            return Ok(None);
        };
        let mut last = None;
        while let Some(progress) = lockstep.next_second().map_err(|error| error.to_string())? {
            last = Some(progress);
        }
        Ok(last)
    }
}

impl Source {
    /// Reads a frame: a second, or the end.
    fn read(&mut self, frame: &[u8]) -> Result<Option<Second>, String> {
        self.queue.push(frame);
        let second = self
            .reader
            .next_second()
            .map_err(|error| error.to_string())?;
        if second.is_none() {
            self.end = self.reader.end().cloned();
        }
        Ok(second)
    }
}

/// The place of a shard among all.
fn place(shard: u32) -> usize {
    index(u64::from(shard.saturating_sub(1)))
}
