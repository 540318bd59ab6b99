//! Recordings that were kept, of a run or of its shards.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::anyhow;

use super::exit::Failure;
use super::run::folder::RECORDING;
use super::{files, stdio};
use crate::recording::{RecordingError, RecordingHead, RecordingReader};
use crate::summarize::{NotMerged, recover};
use crate::summary::Summary;

/// The hint if no run is found.
pub(super) const RUN_IN_ANY_FORM: &str = "name a run folder, its summary.json, or a report.html";

/// A recording of which the head is read.
pub(super) type Opened = (RecordingHead, RecordingReader<BufReader<File>>);

/// Whether a path names a recording.
pub(super) fn is_one(path: &Path) -> bool {
    let ending = Path::new(RECORDING).extension();
    path.is_file() && path.extension() == ending
}

/// Opens a recording.
///
/// # Errors
///
/// It cannot be read, or is not a recording of this version.
pub(super) fn open(path: &Path) -> Result<Opened, Failure> {
    let (file, _) =
        files::open(path).map_err(|error| Failure::from(error).hint(RUN_IN_ANY_FORM))?;
    RecordingReader::begin(BufReader::new(file)).map_err(|error| unread(path, error))
}

/// The failure to read a recording.
pub(super) fn unread(path: &Path, error: RecordingError) -> Failure {
    let shown = files::shown(path);
    let hint = match &error {
        RecordingError::Io(_) | RecordingError::NotARecording => RUN_IN_ANY_FORM.to_owned(),
        RecordingError::OtherVersion(_) => {
            "read it with the version of leadbench that wrote it".to_owned()
        }
        RecordingError::NoHead => "the run ended before its first second; run it again".to_owned(),
        RecordingError::Damaged { at, .. } => format!(
            "the seconds before it may be whole: head -c {at} {shown} > part.lbr; \
             leadbench report part.lbr"
        ),
    };
    let what = format!("could not make a summary of {shown}");
    Failure::environment(anyhow::Error::new(error).context(what)).hint(hint)
}

/// Makes the summary of a run from its recording.
///
/// # Errors
///
/// It cannot be read, or its figures contradict each other.
pub(super) fn recovered(path: &Path) -> Result<Summary, Failure> {
    let opened = open(path)?;
    if let Some(shard) = &opened.0.facts.run.shard {
        stdio::note(&format!(
            "note: this is shard {shard} of a run; leadbench merge adds its shards up"
        ));
    }
    let recovered = recover(opened);
    let recovered = recovered.map_err(|NotMerged { error, .. }| unread(path, error))?;
    tell_of_cut(path, recovered.cut[0]);
    check(&recovered.summary, path)?;
    Ok(recovered.summary)
}

/// Says that a recording ends in the middle of a second.
pub(super) fn tell_of_cut(path: &Path, bytes: u64) {
    if bytes > 0 {
        let shown = files::shown(path);
        stdio::note(&format!(
            "note: {shown} ends in the middle of a second; its last {bytes} bytes are left out"
        ));
    }
}

/// Refuses a summary that no run has.
pub(super) fn check(summary: &Summary, path: &Path) -> Result<(), Failure> {
    summary.agrees_with_itself().map_err(|contradiction| {
        let told = anyhow!("{} contradicts itself: {contradiction}", files::shown(path));
        Failure::environment(told)
            .hint("it was changed after the run: take the file that the run wrote")
    })
}
