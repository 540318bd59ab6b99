//! `doctor`: whether this machine, the scenario, its target and a broker are ready for a run.

#[cfg(feature = "fleet")]
mod broker;
mod finding;
mod scenario;
mod system;
mod target;

use std::path::PathBuf;

use anyhow::anyhow;
use finding::{Finding, Section};
use serde::Serialize;

use super::exit::{Code, CommandResult, Failure};
use super::key_folder::KeysArgs;
use super::run::setting::setting;
use super::{guard, interrupt, overrides, scenario_file, stdio};
use crate::engine::Stop;

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
#[command(mut_group("OverrideArgs", |group| group.requires("scenario")))]
#[command(mut_group("GuardArgs", |group| group.requires("scenario")))]
#[command(mut_group("KeysArgs", |group| group.requires("scenario")))]
pub struct Args {
    /// The scenario file; without it, only this machine is checked
    scenario: Option<PathBuf>,
    #[command(flatten)]
    overrides: overrides::OverrideArgs,
    #[command(flatten)]
    guard: guard::GuardArgs,
    #[command(flatten)]
    keys: KeysArgs,
    #[cfg(feature = "fleet")]
    #[command(flatten)]
    broker: super::broker::BrokerArgs,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// All findings, as `--json` prints them.
#[derive(Debug, Serialize)]
struct Diagnosis {
    schema: &'static str,
    is_ready: bool,
    sections: Vec<Section>,
}

/// Checks one thing after the other, and prints what it finds. With a scenario it makes one callout for each key,
/// marked as a probe.
///
/// A fault, with which no run could be valid, ends the command with the code of the environment.
pub fn run(args: &Args) -> CommandResult {
    checked(args).map_err(|failure| match failure.code() {
        Code::Interrupted => Failure::new(
            Code::Interrupted,
            anyhow!("ended before everything was checked"),
        ),
        _ => failure,
    })
}

fn checked(args: &Args) -> CommandResult {
    let plan = match &args.scenario {
        Some(path) => {
            let with = &args.overrides.with;
            let mut plan = scenario_file::load(path, with, &args.overrides.list())?.plan;
            args.guard.identify(&mut plan);
            guard::check(&plan, args.guard.permissions())?;
            args.guard.kill_switch()?;
            Some(plan)
        }
        None => None,
    };
    let stop = Stop::default();
    interrupt::watch(stop.clone(), "ending")?;
    let setting = setting(stop.clone());
    let mut diagnosis = Printed {
        is_json: args.json,
        sections: Vec::new(),
    };
    diagnosis.add("This machine".to_owned(), system::findings(&setting)?)?;
    if let Some(plan) = &plan {
        let (findings, keys) = scenario::findings(plan, &args.keys.folder(), &setting)?;
        diagnosis.add(format!("Scenario {}", plan.name), findings)?;
        if let Some(keys) = keys {
            let title = format!("Target {}", plan.target.address);
            diagnosis.add(title, target::findings(plan, &keys, &setting)?)?;
        } else {
            let why = "not checked, because a key pair is missing";
            let note = Finding::note(
                "callout",
                why,
                "make or import the key pair, and check again",
            );
            diagnosis.add(format!("Target {}", plan.target.address), vec![note])?;
        }
    }
    #[cfg(feature = "fleet")]
    if let Some(url) = &args.broker.nats {
        let broker = args.broker.broker(url)?;
        diagnosis.add(format!("Broker {url}"), broker::findings(&broker))?;
    }
    if stop.is_raised() {
        let ended = anyhow!("ended before everything was checked");
        return Err(Failure::new(Code::Interrupted, ended));
    }
    diagnosis.conclude()
}

/// The sections so far, each of which is printed as soon as it is known.
struct Printed {
    is_json: bool,
    sections: Vec<Section>,
}

impl Printed {
    fn add(&mut self, title: String, findings: Vec<Finding>) -> Result<(), Failure> {
        let section = Section { title, findings };
        if !self.is_json {
            stdio::print(&format!("{section}\n"))?;
        }
        self.sections.push(section);
        Ok(())
    }

    fn conclude(self) -> CommandResult {
        let all = || self.sections.iter().flat_map(|section| &section.findings);
        let notes = all().filter(|one| one.is_note()).count();
        let faults = all().filter(|one| one.is_fault()).count();
        let is_ready = faults == 0;
        if self.is_json {
            let diagnosis = Diagnosis {
                schema: "leadbench.doctor/v1",
                is_ready,
                sections: self.sections,
            };
            let json = serde_json::to_string_pretty(&diagnosis).map_err(Failure::internal)?;
            stdio::print(&format!("{json}\n"))?;
        } else {
            stdio::print(&finding::conclusion(faults, notes))?;
        }
        Ok(if is_ready {
            Code::Passed
        } else {
            Code::Environment
        })
    }
}
