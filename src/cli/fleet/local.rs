//! `run --agents` without a broker: a try on one machine, with a broker and agents of its own.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::anyhow;
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::Instant;

use super::local_broker::{self, SERVER};
use crate::cli::exit::{Failure, OrFail as _};
use crate::cli::guard::GuardArgs;
use crate::cli::key_folder::KeysArgs;
use crate::cli::run::credentials;
use crate::cli::{files, stdio};
use crate::plan::Plan;
use crate::runner;
use crate::target::RunningTarget;

/// The largest file of ports.
const PORTS_MAX: u64 = 64 * 1024;

/// Who may enter the folder of the broker.
const OWNER_ONLY: u32 = 0o700;

/// How long the broker may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is prepared before anything is started.
pub(super) struct LocalFleet {
    target: Option<(RunningTarget, String)>,
}

/// How agents of this machine are started.
pub(in crate::cli) struct LocalAgents<'a> {
    /// The parent of the folder that they record into.
    pub(in crate::cli) out: &'a Path,
    pub(in crate::cli) keys: &'a KeysArgs,
    pub(in crate::cli) guard: &'a GuardArgs,
}

/// A broker and agents of this machine, which end when this is dropped.
pub(super) struct RunningFleet {
    url: String,
    broker: Child,
    agents: Vec<Child>,
    folder: PathBuf,
    _target: Option<(RunningTarget, String)>,
}

impl LocalFleet {
    /// Starts the target if the plan has it embedded: all agents send to one.
    pub(super) fn prepare(plan: &Plan, keys: &KeysArgs) -> Result<Self, Failure> {
        let keys = credentials::keys_of(plan, &keys.folder())?;
        let target = runner::embedded_target(plan, &keys)?;
        Ok(Self { target })
    }

    /// The URL of that target.
    pub(super) fn target(&self) -> Option<&str> {
        self.target.as_ref().map(|(_, url)| url.as_str())
    }

    /// Starts a broker and so many agents.
    pub(super) fn start(self, agents: u32, how: &LocalAgents<'_>) -> Result<RunningFleet, Failure> {
        local_broker::find()?;
        let folder = std::env::temp_dir().join(format!("leadbench-fleet-{}", std::process::id()));
        DirBuilder::new()
            .mode(OWNER_ONLY)
            .create(&folder)
            .or_fail(|| {
                format!(
                    "could not make {}, a folder for the broker",
                    files::shown(&folder)
                )
            })?;
        let broker = broker(&folder).or_fail(|| "could not start a process".to_owned())?;
        let mut fleet = RunningFleet {
            url: String::new(),
            broker,
            agents: Vec::new(),
            folder,
            _target: self.target,
        };
        fleet.url = fleet.wait_for_broker()?;
        stdio::note(&format!(
            "{agents} agents on this machine share its cores: together they are as fast as one process"
        ));
        for number in 1..=agents {
            let agent = agent(number, &fleet.url, how);
            let agent = agent.or_fail(|| "could not start an agent".to_owned())?;
            fleet.agents.push(agent);
        }
        Ok(fleet)
    }
}

/// Starts a process that holds a broker and ends with this one.
fn broker(folder: &Path) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["agents", "--hold-broker"]).arg(folder);
    quiet(&mut command).spawn()
}

/// Starts an agent that ends with this process.
fn agent(number: u32, url: &str, how: &LocalAgents<'_>) -> io::Result<Child> {
    let own = std::env::current_exe()?;
    let mut command = Command::new(own);
    command.args(["agent", "--once", "--local", "--nats", url]);
    command.args(["--name", &format!("local-{number}")]);
    command.arg("--out").arg(how.out.join("agents"));
    if let Some(keys) = &how.keys.keys {
        command.arg("--keys").arg(keys);
    }
    command.args(how.guard.words());
    quiet(&mut command).spawn()
}

/// Without input and output, and out of the reach of Ctrl-C: it is for the run, which then ends the others.
fn quiet(command: &mut Command) -> &mut Command {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
}

impl RunningFleet {
    /// The URL of the broker.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Waits until the broker has written where it listens.
    fn wait_for_broker(&mut self) -> Result<String, Failure> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(url) = url_in(&self.folder) {
                return Ok(url);
            }
            if let Ok(Some(status)) = self.broker.try_wait() {
                return Err(Failure::environment(anyhow!(
                    "{SERVER} ended at once: {status}"
                )));
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Err(Failure::environment(anyhow!(
            "{SERVER} does not listen after {PATIENCE:?}"
        )))
    }
}

impl Drop for RunningFleet {
    fn drop(&mut self) {
        for agent in &mut self.agents {
            // Each ends by itself when its run is over.
            let begun = Instant::now();
            while matches!(agent.try_wait(), Ok(None)) && begun.elapsed() < PATIENCE {
                std::thread::park_timeout(Duration::from_millis(20));
            }
            drop(agent.kill());
            drop(agent.wait());
        }
        // Asked and not killed, because it removes its folder.
        if let Some(id) = i32::try_from(self.broker.id()).ok().and_then(Pid::from_raw) {
            kill_process(id, Signal::TERM).unwrap_or_default();
        }
        drop(self.broker.wait());
    }
}

/// Where a broker listens, by the file that it wrote: `{"nats": ["nats://127.0.0.1:41235"]}`.
fn url_in(folder: &Path) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Ports {
        nats: Vec<String>,
    }
    let mut entries = fs::read_dir(folder).ok()?.flatten();
    let file = entries.find(|entry| {
        entry
            .path()
            .extension()
            .is_some_and(|ending| ending == "ports")
    })?;
    let ports: Ports = serde_json::from_slice(&files::read(&file.path(), PORTS_MAX).ok()?).ok()?;
    ports.nats.into_iter().next()
}
