//! Files with a record of each callout, each written by a thread of its own during the load.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::Receiver;

use crate::cli::exit::{Failure, OrFail as _};
use crate::cli::files::{Folder, shown};
use crate::cli::stdio;
use crate::engine::Observer;
use crate::report::{Lacking, Rows, judge_rows};
use crate::summary::{RunState, Summary, Warning};

/// The file of created Ids.
pub(super) const CREATED: &str = "created.csv";

/// The files of single callouts.
pub(super) const REQUESTS: &str = "requests.csv";
pub(super) const REQUESTS_JTL: &str = "requests.jtl";

/// Rows that go into a file.
pub(super) type FileRows = Rows<BufWriter<File>>;

/// Writes events into a file.
pub(super) trait EventWriter<T>: Send + 'static {
    /// Writes one event.
    fn put(&mut self, event: &T) -> io::Result<()>;

    /// Flushes the file; returns warnings for its reader.
    fn finish(&mut self) -> io::Result<Vec<Warning>>;
}

/// A thread that writes events into a file, until all senders are gone.
pub(super) struct EventFile<T> {
    observer: Arc<Observer<T>>,
    thread: JoinHandle<io::Result<Vec<Warning>>>,
    what: String,
}

impl<T: Send + 'static> EventFile<T> {
    /// Begins a file of the run folder.
    pub(super) fn start<S: EventWriter<T>>(
        folder: &Folder,
        name: &str,
        writer: impl FnOnce(BufWriter<File>) -> io::Result<S>,
    ) -> Result<Self, Failure> {
        let what = shown(&folder.path().join(name));
        Self::start_in(folder.begin(name), what, writer)
    }

    /// Begins another file, which is called `what`.
    pub(super) fn start_in<S: EventWriter<T>>(
        file: io::Result<File>,
        what: String,
        writer: impl FnOnce(BufWriter<File>) -> io::Result<S>,
    ) -> Result<Self, Failure> {
        let file = file.or_fail(|| format!("could not write {what}"))?;
        let mut writer =
            writer(BufWriter::new(file)).or_fail(|| format!("could not write {what}"))?;
        let (observer, events): (_, Receiver<T>) = Observer::new();
        let thread = thread::Builder::new()
            .name("writing".to_owned())
            .spawn(move || {
                for event in events {
                    writer.put(&event)?;
                }
                writer.finish()
            })
            .map_err(Failure::environment)?;
        Ok(Self {
            observer: Arc::new(observer),
            thread,
            what,
        })
    }

    /// Where callers send their events.
    pub(super) fn observer(&self) -> Arc<Observer<T>> {
        Arc::clone(&self.observer)
    }

    /// Waits until everything is written, after the last caller has ended. Prints what is missing, and
    /// returns warnings for the reader of the file.
    pub(super) fn finish(self) -> Vec<Warning> {
        let missed = self.observer.missed.get();
        drop(self.observer);
        if missed > 0 {
            stdio::note(&format!(
                "warning: {missed} callouts are not in {}: they ended faster than the file could \
                 be written",
                self.what
            ));
        }
        match self.thread.join() {
            Ok(Ok(told)) => return told,
            Ok(Err(error)) => {
                stdio::note(&format!("warning: {} is incomplete: {error}", self.what));
            }
            Err(_) => stdio::note(&format!("warning: {} is incomplete", self.what)),
        }
        Vec::new()
    }
}

/// Completes the row files of a run: adds the verdict on the measurement, and removes an incomplete last
/// row. If the run may still be running, only prints what the files lack.
pub(in crate::cli) fn complete(folder: &Folder, summary: &Summary) {
    let is_over = summary.run.state != RunState::Running;
    for name in [CREATED, REQUESTS, REQUESTS_JTL] {
        let path = shown(&folder.path().join(name));
        let verdict = summary.measurement.verdict;
        let looked = || -> io::Result<Option<Lacking>> {
            let Some(file) = folder.read(name)? else {
                return Ok(None);
            };
            let lacking = judge_rows(BufReader::new(file), io::sink(), verdict)?;
            if let Some(file) = folder
                .read(name)?
                .filter(|_| is_over && lacking != Lacking::default())
            {
                folder.replace_by(name, |judged| {
                    let mut judged = BufWriter::new(judged);
                    judge_rows(BufReader::new(file), &mut judged, verdict)?;
                    judged.flush()
                })?;
            }
            Ok(Some(lacking))
        };
        match looked() {
            Ok(Some(lacking)) if lacking.is_torn => stdio::note(&if is_over {
                format!("note: the last row of {path} was incomplete, and leadbench removed it")
            } else {
                format!("note: the last row of {path} is incomplete: ignore that row")
            }),
            Ok(_) => {}
            Err(error) => stdio::note(&format!(
                "warning: {path} lacks the verdict on the measurement: {error}"
            )),
        }
    }
}
