//! One agent's share of a run of several machines.

use std::path::Path;
use std::time::Duration;

use super::frames::FramesOnly;
use super::spec::plan_sha256;
use crate::cli::exit::{Code, Failure};
use crate::cli::key_folder::KeyFolder;
use crate::cli::run::identity::{hashed, sha256};
use crate::cli::run::progress::Ui;
use crate::cli::run::setting::setting;
use crate::cli::run::sink::{Files, RunSink};
use crate::cli::run::start_barrier::Start;
use crate::cli::run::{credentials, folder, limits, redact};
use crate::cli::search::trial_plan;
use crate::cli::{files, scenario_file, stdio};
use crate::engine::Stop;
use crate::fleet::RunSpec;
use crate::plan::{Plan, Shard};
use crate::runner::{self, Identity, Job, Keys, RunResult, RunStart};
use crate::summary::Summary;
use crate::units::hex;

/// What an agent makes its share of a run with.
pub(in crate::cli) struct FleetShare {
    plan: Plan,
    /// The highest load of the search that the run is a trial of.
    highest: Option<Plan>,
    keys: Keys,
    folder: KeyFolder,
    pub(in crate::cli) plan_sha256: String,
    pub(in crate::cli) keys_sha256: String,
}

impl FleetShare {
    /// Checks what a coordinator wants to be run.
    ///
    /// # Errors
    ///
    /// The scenario is invalid here, or names files that are missing here.
    pub(in crate::cli) fn read(spec: &RunSpec, keys: &KeyFolder) -> Result<Self, Failure> {
        let loaded = scenario_file::of_text(
            Path::new(&spec.scenario_file),
            spec.scenario.clone(),
            spec.overlays.clone(),
            &spec.overrides,
        )?;
        let (plan, highest) = match &spec.trial {
            None => (loaded.plan, None),
            Some(trial) => {
                let (plan, highest) = trial_plan::of_spec(&loaded.plan, trial)?;
                (plan, Some(highest))
            }
        };
        let plan_sha256 = plan_sha256(&plan);
        Ok(Self {
            plan,
            highest,
            keys: Keys::default(),
            folder: keys.clone(),
            plan_sha256,
            keys_sha256: String::new(),
        })
    }

    /// The whole plan, and that of the highest load that may follow it.
    pub(in crate::cli) fn plans(&self) -> impl Iterator<Item = &Plan> {
        self.highest.iter().chain([&self.plan])
    }

    /// The same reduced to a shard, with its keys, and with a place below `out` for what it records.
    ///
    /// # Errors
    ///
    /// The plan cannot be shared, this machine cannot carry its share, a key is missing, or nothing can be
    /// written below `out`.
    pub(in crate::cli) fn of(mut self, shard: Shard, out: &Path) -> Result<Self, Failure> {
        let take = |plan: &mut Plan| {
            let taken = plan.take_shard(shard);
            taken.map_err(|error| Failure::new(Code::ScenarioInvalid, error))
        };
        take(&mut self.plan)?;
        if let Some(highest) = &mut self.highest {
            take(highest)?;
            limits::check_load(highest)?;
        } else {
            let asked = limits::Asked {
                out: Some(out),
                log: None,
                rows: 0.0,
            };
            limits::check(&self.plan, asked, 0)?;
            files::ensure_folder(&out.join(&self.plan.name))?;
        }
        let keys = credentials::keys_of(&self.plan, &self.folder)?;
        self.keys_sha256 = keys_sha256(&keys);
        self.keys = keys;
        Ok(self)
    }

    /// Makes the share: records into a folder below `out`, and sends each frame to `also`. A trial of a search is
    /// only sent.
    ///
    /// # Errors
    ///
    /// It could not begin, or was broken.
    pub(in crate::cli) fn make(
        &self,
        (spec, agent): (&RunSpec, &str),
        out: &Path,
        stop: &Stop,
        meet: &(dyn Fn(Duration) -> Result<RunStart, Failure> + Sync),
        also: Box<dyn std::io::Write + Send>,
    ) -> Result<Summary, Failure> {
        let plan = &self.plan;
        let identity = identity(spec, agent);
        let job = Job {
            plan,
            keys: &self.keys,
            identity: &identity,
            setting: setting(stop.clone()),
            force: spec.force,
            wait_for: None,
            start_at: None,
        };
        if spec.trial.is_some() {
            let result = runner::run(&job, &mut FramesOnly::new(meet, also))?;
            return concluded(result);
        }
        let mut sink = RunSink {
            plan,
            identity: &identity,
            out,
            ui: Ui::None,
            start: Start::AtOnce,
            meet: Some(meet),
            also: Some(also),
            log_callouts: None,
            requests: None,
            abort: None,
            board: None,
            folder: None,
            files: Files::default(),
        };
        let result = runner::run(&job, &mut sink);
        if let (Err(_), Some(folder)) = (&result, &sink.folder) {
            folder.forget();
        }
        let result = result?;
        if let Some(made) = &sink.folder {
            folder::write_reports(&made.folder, &result.summary)?;
            stdio::note(&format!(
                "what this agent recorded is in {}",
                files::shown(made.folder.path())
            ));
        }
        concluded(result)
    }
}

fn concluded(result: RunResult) -> Result<Summary, Failure> {
    match result.broken {
        Some(error) => Err(Failure::internal(error)),
        None => Ok(result.summary),
    }
}

/// What names an agent's part of the run.
fn identity(spec: &RunSpec, agent: &str) -> Identity {
    Identity {
        id: spec.run.clone(),
        entropy: spec.entropy,
        scenario_file: spec.scenario_file.clone(),
        scenario_sha256: sha256(&spec.scenario),
        overlays: hashed(&spec.overlays),
        overrides: spec
            .overrides
            .iter()
            .map(redact::override_without_secret)
            .collect(),
        command: redact::command(std::env::args()),
        commit: spec.commit.clone(),
        labels: spec.labels.clone(),
        agent: Some(agent.to_owned()),
    }
}

/// SHA-256 of the public keys that a run signs with.
fn keys_sha256(keys: &Keys) -> String {
    let keys = keys
        .credentials
        .iter()
        .map(|credential| hex(credential.key.public_key_der()));
    sha256(&keys.collect::<Vec<_>>().join("\n"))
}
