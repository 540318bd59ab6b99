//! One agent's share of a run of several machines.

use std::path::Path;
use std::time::Duration;

use super::{
    Files, RunSink, credentials, exit_code, folder, hashed, limits, redact, setting, sha256,
};
use crate::cli::exit::{Code, CommandResult, Failure};
use crate::cli::key_folder::KeyFolder;
use crate::cli::run::progress::Ui;
use crate::cli::run::start_barrier::Start;
use crate::cli::{files, scenario_file, stdio};
use crate::engine::Stop;
use crate::fleet::RunSpec;
use crate::plan::{Plan, Shard};
use crate::runner::{self, Identity, Job, Keys, RunStart};
use crate::units::hex;

/// What an agent makes its share of a run with.
pub(in crate::cli) struct FleetShare {
    plan: Plan,
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
        let mut plan = loaded.plan;
        let plan_sha256 = plan_sha256(&plan);
        plan.target.preflight &= spec.preflight;
        plan.target.early_stop &= spec.early_stop;
        Ok(Self {
            plan,
            keys: Keys::default(),
            folder: keys.clone(),
            plan_sha256,
            keys_sha256: String::new(),
        })
    }

    /// The whole plan.
    pub(in crate::cli) const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The same reduced to a shard, with its keys.
    ///
    /// # Errors
    ///
    /// The plan cannot be shared, or a key is missing.
    pub(in crate::cli) fn of(mut self, shard: Shard) -> Result<Self, Failure> {
        self.plan
            .take_shard(shard)
            .map_err(|error| Failure::new(Code::ScenarioInvalid, error))?;
        let keys = credentials::keys_of(&self.plan, &self.folder)?;
        self.keys_sha256 = keys_sha256(&keys);
        self.keys = keys;
        Ok(self)
    }

    /// Makes the share: records into a folder below `out`, and sends each frame to `also`.
    ///
    /// # Errors
    ///
    /// It could not begin, or was broken.
    pub(in crate::cli) fn make(
        &self,
        spec: &RunSpec,
        out: &Path,
        stop: &Stop,
        meet: &(dyn Fn(Duration) -> Result<RunStart, Failure> + Sync),
        also: Box<dyn std::io::Write + Send>,
    ) -> CommandResult {
        let plan = &self.plan;
        let identity = identity(spec);
        let asked = limits::Asked {
            out: Some(out),
            log: None,
            rows: 0.0,
        };
        limits::check(plan, asked, 0)?;
        let keys = &self.keys;
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
        let job = Job {
            plan,
            keys,
            identity: &identity,
            setting: setting(stop.clone()),
            force: spec.force,
            wait_for: None,
            start_at: None,
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
        match result.broken {
            Some(error) => Err(Failure::internal(error)),
            None => Ok(exit_code(&result.summary)),
        }
    }
}

/// What names an agent's part of the run.
fn identity(spec: &RunSpec) -> Identity {
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
    }
}

/// SHA-256 of a plan: what all who make a run together must have alike.
pub(in crate::cli) fn plan_sha256(plan: &Plan) -> String {
    let plan = Plan {
        // The same overrides may have been given by other flags.
        overrides: Vec::new(),
        ..plan.clone()
    };
    sha256(&format!("{plan:?}"))
}

/// SHA-256 of the public keys that a run signs with.
fn keys_sha256(keys: &Keys) -> String {
    let keys = keys
        .credentials
        .iter()
        .map(|credential| hex(credential.key.public_key_der()));
    sha256(&keys.collect::<Vec<_>>().join("\n"))
}
