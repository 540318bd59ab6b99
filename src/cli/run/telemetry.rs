//! `--otlp`: sends the metrics of a run to a collector of OpenTelemetry, every few seconds and at the end.
//!
//! A scraper misses a short run; a collector that is sent to does not. Whatever the collector does, the run
//! and its exit code stay as they are.

mod collector;

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;

use crate::cli::exit::Failure;
use crate::cli::{stdio, wall};
use crate::engine::Stop;
use crate::live::Board;
use crate::report::{CountedSpan, otlp};
use crate::summary::Summary;
pub(super) use collector::CollectorUrl;
use collector::{Collector, Refused};

/// The time between two requests.
const EVERY: Duration = Duration::from_secs(5);

/// How long a request may take during the run, so that the next one is in time.
const REQUEST_MAX: Duration = Duration::from_secs(4);

/// How long the last metrics are tried for, from the end of the run on.
const LAST_MAX: Duration = Duration::from_secs(10);

/// The time between two tries of the last metrics, if the collector names none.
const AGAIN: Duration = Duration::from_secs(1);

/// How often an interrupt is looked for while the last metrics are sent.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The thread that sends; it ends when this is concluded or dropped.
#[derive(Debug)]
pub(super) struct Telemetry {
    end: Sender<Instant>,
    thread: JoinHandle<()>,
}

impl Telemetry {
    /// Sends what the board shows.
    pub(super) fn start(url: &CollectorUrl, board: &Arc<Board>) -> Result<Self, Failure> {
        let collector = Collector::new(url)?;
        stdio::note(&format!("sending metrics to {url} every 5 s (OTLP)"));
        let (end, ended) = bounded(1);
        let board = Arc::clone(board);
        let thread = thread::Builder::new()
            .name("otlp".to_owned())
            .spawn(move || push(&collector, &board, &ended))
            .map_err(Failure::environment)?;
        Ok(Self { end, thread })
    }

    /// Sends what the board shows last, and waits for it, but not if the user interrupts that.
    pub(super) fn conclude(self, stop: &Stop) {
        let Self { end, thread } = self;
        let was_raised = stop.is_raised();
        // A thread that has panicked is gone, which does not matter for the run.
        if end.send(Instant::now() + LAST_MAX).is_err() {
            return;
        }
        while !thread.is_finished() {
            if stop.is_raised() && !was_raised {
                stdio::note("warning: the last metrics may be missing: interrupted");
                return;
            }
            thread::park_timeout(LOOK_EVERY);
        }
    }
}

fn push(collector: &Collector, board: &Board, ended: &Receiver<Instant>) {
    let mut is_told = false;
    let until = loop {
        match ended.recv_timeout(EVERY) {
            Ok(until) => break until,
            // The run could not begin.
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {}
        }
        let Some(summary) = board.newest() else {
            continue;
        };
        if let Err(refused) = send(collector, &summary, REQUEST_MAX) {
            if !is_told {
                stdio::note(&format!("note: {refused}; the run goes on"));
            }
            is_told = true;
        }
    };
    if let Some(summary) = board.newest() {
        last(collector, &summary, until);
    }
}

/// Sends the last metrics, again if the collector may take them later.
fn last(collector: &Collector, summary: &Summary, until: Instant) {
    loop {
        let left = || until.saturating_duration_since(Instant::now());
        match send(collector, summary, left()) {
            Ok(()) => return,
            Err(Refused {
                again: Some(after), ..
            }) if after.max(AGAIN) < left() => {
                thread::park_timeout(after.max(AGAIN));
            }
            Err(refused) => {
                stdio::note(&format!("warning: the last metrics are missing: {refused}"));
                return;
            }
        }
    }
}

fn send(collector: &Collector, summary: &Summary, limit: Duration) -> Result<(), Refused> {
    let began = OffsetDateTime::parse(&summary.run.started_at, &Rfc3339);
    let began = began.map_or(0, OffsetDateTime::unix_timestamp_nanos);
    let now = wall::since_epoch().as_nanos();
    let span = CountedSpan {
        start_ns: u64::try_from(began).unwrap_or_default(),
        now_ns: u64::try_from(now).unwrap_or(u64::MAX),
    };
    // Nothing is counted before the start of the run, which `--start-at` may set far ahead.
    if span.now_ns < span.start_ns {
        return Ok(());
    }
    collector.send(&otlp(summary, span), limit)
}
