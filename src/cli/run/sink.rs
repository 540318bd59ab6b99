//! What the command does during a run: it writes files, shows progress, and may end the run early.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::abort_conditions::AbortConditions;
use super::callout_log::callout_log;
use super::created;
use super::event_file::EventFile;
use super::folder::{INTERVALS, RECORDING, RunFolder, SUMMARY};
use super::progress::{Display, Ui};
use super::requests::{self, RowFormat};
use super::start_barrier::Start;
use crate::cli::exit::Failure;
use crate::cli::files::Folder;
use crate::cli::{interrupt, stdio};
use crate::engine::{CalloutEvent, CreatedIds, CreatedLead, SampleEvent, SampleObserver};
use crate::live::Board;
use crate::plan::Plan;
use crate::runner::{Begun, Identity, Outlets, RunStart, Seconds, SecondsFile, Sink, SoFar};
use crate::summarize::Progress;
use crate::summary::{Summary, Warning};

/// The files of a run, and its outputs.
pub(in crate::cli) struct RunSink<'s> {
    pub(in crate::cli) plan: &'s Plan,
    pub(in crate::cli) identity: &'s Identity,
    pub(in crate::cli) out: &'s Path,
    pub(in crate::cli) ui: Ui,
    /// Whether it begins at once, or together with the other side of a duel.
    pub(in crate::cli) start: Start,
    /// Says when a run of several machines begins.
    pub(in crate::cli) meet: Option<&'s (dyn Fn(Duration) -> Result<RunStart, Failure> + Sync)>,
    /// Gets the frames of the recording too.
    pub(in crate::cli) also: Option<Box<dyn io::Write + Send>>,
    /// The file of the callout log, if there is one.
    pub(in crate::cli) log_callouts: Option<&'s Path>,
    /// The share of the callouts that is written row by row, and in which form.
    pub(in crate::cli) requests: Option<(f64, RowFormat)>,
    /// What may end the run early; taken when the run begins.
    pub(in crate::cli) abort: Option<AbortConditions>,
    /// Where the servers get the summary of each second.
    pub(in crate::cli) board: Option<Arc<Board>>,
    /// The run folder, once it is made.
    pub(in crate::cli) folder: Option<RunFolder>,
    pub(in crate::cli) files: Files,
}

/// The files that single callouts are written into.
#[derive(Default)]
pub(in crate::cli) struct Files {
    log: Option<EventFile<CalloutEvent>>,
    requests: Option<EventFile<SampleEvent>>,
    created: Option<(EventFile<CreatedLead>, Arc<CreatedIds>)>,
}

impl Sink for RunSink<'_> {
    type Error = Failure;

    fn ready(&mut self, run_up: Duration) -> Result<RunStart, Failure> {
        match self.meet {
            Some(meet) => meet(run_up),
            None => self.start.meet(run_up).map(RunStart::from),
        }
    }

    fn begin(&mut self, begun: &Begun<'_>) -> Result<Outlets, Failure> {
        let commit = self.identity.commit.as_deref();
        let now = crate::cli::wall::since_epoch();
        let made = RunFolder::create(self.out, &self.plan.name, now, commit)?;
        let made = self.folder.insert(made);
        let folder = made.folder.clone();
        interrupt::writing_to(folder.path());
        let log: File = made.begin_log()?;
        let recording = made.begin_recording()?;
        self.open_files(&folder, begun)?;
        let files = &self.files;
        Ok(Outlets {
            log: Box::new(log),
            recording: Some(Box::new(Tee(recording, self.also.take()))),
            seconds: Box::new(EachSecond {
                folder,
                display: Display::new(self.ui, self.plan.duration()),
                board: self.board.clone(),
                abort: self.abort.take(),
                complained: false,
            }),
            callouts: files.log.as_ref().map(EventFile::observer),
            samples: self
                .requests
                .zip(files.requests.as_ref())
                .map(|((share, _), file)| SampleObserver {
                    share,
                    observer: file.observer(),
                }),
            created: files.created.as_ref().map(|(_, ids)| Arc::clone(ids)),
        })
    }

    fn finish(&mut self) -> Vec<Warning> {
        let files = std::mem::take(&mut self.files);
        let mut told = Vec::new();
        told.extend(files.log.into_iter().flat_map(EventFile::finish));
        told.extend(files.requests.into_iter().flat_map(EventFile::finish));
        if let Some((file, ids)) = files.created {
            let found = ids.account();
            drop(ids);
            let path = self.plan.target.request.created_id.as_deref();
            told.extend(created::missing(path.unwrap_or_default(), &found));
            told.extend(file.finish());
        }
        told
    }
}

impl RunSink<'_> {
    fn open_files(&mut self, folder: &Folder, begun: &Begun<'_>) -> Result<(), Failure> {
        let (plan, clock) = (self.plan, begun.clock);
        if let Some(path) = self.log_callouts {
            self.files.log = Some(callout_log(path, plan, clock)?);
        }
        let id = self.identity.id.as_str();
        if let Some((_, form)) = self.requests {
            let traces = begun.traces.as_ref();
            self.files.requests = Some(requests::requests(folder, id, form, plan, clock, traces)?);
        }
        if let Some(path) = &plan.target.request.created_id {
            let run = (id, plan.name.as_str());
            let file = created::created(folder, run, begun.leads.to_vec(), clock)?;
            let ids = Arc::new(CreatedIds::new(path, file.observer()));
            self.files.created = Some((file, ids));
        }
        Ok(())
    }
}

/// Writes into a file, and what it is given in one call also elsewhere in one call.
struct Tee(File, Option<Box<dyn io::Write + Send>>);

impl io::Write for Tee {
    fn write(&mut self, frame: &[u8]) -> io::Result<usize> {
        self.0.write_all(frame)?;
        if let Some(also) = &mut self.1 {
            also.write_all(frame)?;
        }
        Ok(frame.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The second up to which each has its checkpoint; after it, each tenth has.
const EACH_UNTIL: u64 = 10;

/// Whether the summary is written after this second, where no page shows it.
const fn is_checkpoint(second: u64) -> bool {
    second <= EACH_UNTIL || second.is_multiple_of(EACH_UNTIL)
}

/// What is done once a second, on the collector's thread.
struct EachSecond {
    folder: Folder,
    display: Display,
    board: Option<Arc<Board>>,
    abort: Option<AbortConditions>,
    /// Whether the user knows that a file cannot be written.
    complained: bool,
}

impl Seconds for EachSecond {
    // So that a kill within the first second leaves a summary too.
    fn begin(&mut self, nothing: &Arc<Summary>) {
        self.checkpoint(nothing);
    }

    fn wait(&mut self) {
        self.look(&Progress::default());
    }

    fn second(&mut self, progress: &Progress, so_far: &SoFar<'_>) {
        self.display.show(progress, so_far);
        self.look(progress);
        if self.board.is_some() || is_checkpoint(progress.elapsed.as_secs()) {
            self.checkpoint(so_far.summary());
        }
    }

    fn write_failed(&mut self, file: SecondsFile, error: &io::Error) {
        let file = match file {
            SecondsFile::IntervalLog => INTERVALS,
            SecondsFile::Recording => RECORDING,
        };
        self.complain(file, error);
    }

    fn end(&mut self) {
        self.display.finish();
    }
}

impl EachSecond {
    fn look(&mut self, progress: &Progress) {
        if let Some(abort) = &mut self.abort {
            abort.look(progress);
        }
    }

    /// Writes the summary so far, so that a kill leaves one. What came after it is in the recording.
    fn checkpoint(&mut self, summary: &Arc<Summary>) {
        if let Some(board) = &self.board {
            board.show(Arc::clone(summary));
        }
        let written = serde_json::to_vec(&**summary)
            .map_err(io::Error::from)
            .and_then(|json| self.folder.replace(SUMMARY, &json));
        if let Err(error) = written {
            self.complain(SUMMARY, &error);
        }
    }

    /// Says once that a file cannot be written; the run goes on.
    fn complain(&mut self, file: &str, error: &io::Error) {
        if !std::mem::replace(&mut self.complained, true) {
            stdio::note(&format!(
                "warning: could not write {file}: {error}; the run continues"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_checkpoint;

    #[test]
    fn a_kill_loses_ten_seconds_of_the_summary_at_most() {
        let written: Vec<u64> = (0..45).filter(|second| is_checkpoint(*second)).collect();
        assert_eq!(written[..11], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(written[11..], [20, 30, 40]);
    }
}
