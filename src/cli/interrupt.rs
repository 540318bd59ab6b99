//! Ctrl-C: the first ends the run, the second the process.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::exit::{Code, Failure};
use super::files;
use super::run::screen;
use super::stdio;
use crate::engine::Stop;

/// The folder of the run, once it writes.
static FOLDER: OnceLock<String> = OnceLock::new();

/// Whether the reports of the run are written.
static IS_REPORTED: AtomicBool = AtomicBool::new(false);

/// Notes that the reports are written, so that ending does not promise them again.
pub(super) fn has_reported() {
    IS_REPORTED.store(true, Ordering::SeqCst);
}

/// Notes the folder, so that ending at once can say where the written files are.
pub(super) fn writing_to(folder: &Path) {
    FOLDER.get_or_init(|| files::shown(folder));
}

/// Raises `stop` at the first SIGINT or SIGTERM, saying what it is `doing` then, and ends the process
/// at the second.
///
/// Must be called before anything else installs a handler, above all before goose.
pub(super) fn watch(stop: Stop, doing: &'static str) -> Result<(), Failure> {
    watch_to(move || stop.raise(), doing)
}

/// The same with what is to be done at the first.
pub(super) fn watch_to(
    raise: impl Fn() + Send + 'static,
    doing: &'static str,
) -> Result<(), Failure> {
    let again = AtomicBool::new(false);
    ctrlc::set_handler(move || {
        screen::give_back();
        if again.swap(true, Ordering::SeqCst) {
            stdio::note(&match FOLDER.get() {
                Some(folder) => format!("ended at once; {folder} has what was written until then"),
                None => "ended at once".to_owned(),
            });
            end_now();
        }
        let doing = if IS_REPORTED.load(Ordering::SeqCst) {
            "ending"
        } else {
            doing
        };
        stdio::note(&format!("\n{doing}; press Ctrl-C again to end at once"));
        raise();
    })
    .map_err(Failure::internal)
}

/// Raises `stop` at SIGINT and SIGTERM, however often they come: the system tells the end of a process with several
/// threads several times.
#[cfg(feature = "fleet")]
pub(super) fn watch_each(stop: Stop) -> Result<(), Failure> {
    ctrlc::set_handler(move || stop.raise()).map_err(Failure::internal)
}

#[expect(clippy::exit, reason = "the user asked twice")]
fn end_now() -> ! {
    std::process::exit(Code::Interrupted.number().into())
}
