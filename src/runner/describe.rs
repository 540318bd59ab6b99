//! Describes a run for the summary, in words and figures.

use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use time::format_description::well_known::Rfc3339;

use super::job::Job;
use crate::clock::date;
use crate::engine::{Schedule, releases};
use crate::machine;
use crate::plan::{Load, LoadModel, Plan, RateLoad, Release, SalesforceLoad};
use crate::recording::LoadFacts;
use crate::summary::{LoadSummary, Model, Run, RunState};
use crate::units::{Nanos, count, hex, whole};

/// How many due instants are hashed: enough to distinguish schedules, and few enough to take only
/// milliseconds.
const HASHED: usize = 100_000;

/// Arrivals that are counted one by one, which takes a tenth of a second; of more, the number is
/// estimated.
const COUNTED: f64 = 2e6;

/// By how many standard deviations a random number of arrivals is at most above what is expected.
const DEVIATIONS: f64 = 6.0;

/// The schedule of an open load of a plan.
pub fn schedule(plan: &Plan, number: usize, load: &RateLoad) -> Schedule {
    let start = plan.loads[number].start;
    Schedule::new(load.clone(), plan.lead.seed).of_load(count(number), start)
}

/// What is known of each load before the run.
pub(super) fn loads(plan: &Plan) -> Vec<LoadFacts> {
    let aborts = plan.thresholds.iter().any(|one| one.abort_after.is_some());
    let numbered = plan.loads.iter().enumerate();
    numbered
        .map(|(number, load)| LoadFacts {
            name: load.name.clone(),
            description: load.to_string(),
            model: model_of(load),
            start: load.start,
            warmup: load.warmup,
            planned_end: load.end(),
            end: load.end(),
            measured_at_most: aborts
                .then(|| measured_at_most(plan, number, load))
                .flatten(),
            asked_per_s: load.asked_per_s(),
            schedule_sha256: match &load.model {
                LoadModel::Rate(rate) => Some(hash(schedule(plan, number, rate).all_dues())),
                LoadModel::Salesforce(org) => released(plan, number, org),
                LoadModel::Users(_) => None,
            },
            turns: load.turns.clone(),
            late: 0,
            salesforce: None,
        })
        .collect()
}

/// How many callouts of a load are measured at most; `None` if that depends on the target.
fn measured_at_most(plan: &Plan, number: usize, load: &Load) -> Option<u64> {
    match &load.model {
        LoadModel::Rate(rate) if rate.expected() > COUNTED => {
            let expected = rate.expected();
            Some(whole(expected + DEVIATIONS * expected.sqrt()))
        }
        LoadModel::Rate(rate) => {
            let arrivals = schedule(plan, number, rate).arrivals();
            let from = load.measured_from();
            Some(count(
                arrivals.filter(|arrival| arrival.due >= from).count(),
            ))
        }
        LoadModel::Users(users) => users.iterations(),
        LoadModel::Salesforce(_) => None,
    }
}

/// The hash of an org's releases; `None` if its workers release them.
fn released(plan: &Plan, number: usize, org: &SalesforceLoad) -> Option<String> {
    if matches!(org.release, Release::Backlog { .. }) {
        return None;
    }
    let start = plan.loads[number].start;
    let whole = SalesforceLoad {
        shard: None,
        ..org.clone()
    };
    let releases = releases(&whole, plan.lead.seed, count(number), start);
    Some(hash(releases.map(|release| release.due)))
}

fn hash(dues: impl Iterator<Item = Nanos>) -> String {
    let mut context = Context::new(&SHA256);
    for due in dues.take(HASHED) {
        context.update(&due.0.to_le_bytes());
    }
    hex(context.finish().as_ref())
}

/// The run as its summary begins.
pub(super) fn run(job: &Job<'_>, unix_start: Duration, io_workers: usize) -> Run {
    let (plan, identity) = (job.plan, job.identity);
    Run {
        id: identity.id.clone(),
        scenario: plan.name.clone(),
        scenario_file: identity.scenario_file.clone(),
        scenario_sha256: identity.scenario_sha256.clone(),
        overlays: identity.overlays.clone(),
        state: RunState::Running,
        started_at: date(unix_start).format(&Rfc3339).unwrap_or_default(),
        duration_ns: 0,
        command: identity.command.clone(),
        commit: identity.commit.clone(),
        labels: identity.labels.clone(),
        overrides: identity.overrides.clone(),
        seed: plan.lead.seed.0,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        engine: engine(plan),
        model: model(plan),
        target: plan.target.address.to_string(),
        connections: Some(plan.target.connections.to_string()),
        trace_link: plan.target.request.trace_link.clone(),
        load: together(plan, io_workers),
        machine: machine::describe(),
        shard: plan.shard.map(|shard| shard.to_string()),
        agent: identity.agent.clone(),
    }
}

/// The load, or all of them as one.
fn together(plan: &Plan, io_workers: usize) -> LoadSummary {
    let measured_from = plan.loads.iter().map(Load::measured_from);
    let names: Vec<_> = plan.loads.iter().map(|load| load.name.as_str()).collect();
    let ticks = plan.open_loads().map(|(_, _, load)| load.tick.0);
    LoadSummary {
        name: names.join(" + "),
        description: in_words(plan),
        warmup_ns: measured_from.min().unwrap_or_default().0,
        tick_ns: ticks.max().filter(|tick| *tick > 0),
        io_workers: u32::try_from(io_workers).unwrap_or(u32::MAX),
    }
}

/// What drives the load: `200/s poisson for 30.0 s`, and of several
/// `day: 200/s poisson for 30.0 s; night: 5/s poisson for 10.0 s, from 30.0 s on`.
pub fn in_words(plan: &Plan) -> String {
    if let [only] = plan.loads.as_slice() {
        return only.to_string();
    }
    let one = |load: &Load| match load.start {
        Nanos::ZERO => format!("{}: {load}", load.name),
        start => format!("{}: {load}, from {start} on", load.name),
    };
    let loads: Vec<_> = plan.loads.iter().map(one).collect();
    loads.join("; ")
}

const fn model_of(load: &Load) -> Model {
    match load.model {
        LoadModel::Rate(_) => Model::Open,
        LoadModel::Salesforce(ref org) if org.is_open() => Model::Open,
        LoadModel::Users(_) | LoadModel::Salesforce(_) => Model::Closed,
    }
}

fn model(plan: &Plan) -> Model {
    let is_any = |model| plan.loads.iter().any(|load| model_of(load) == model);
    match (is_any(Model::Open), is_any(Model::Closed)) {
        (_, false) => Model::Open,
        (false, true) => Model::Closed,
        (true, true) => Model::Mixed,
    }
}

/// The engine of the loads: goose drives virtual users; orgs are native, although most are closed.
fn engine(plan: &Plan) -> String {
    match plan.closed_loads().count() {
        0 => "native".to_owned(),
        of_users if of_users == plan.loads.len() => CLOSED_ENGINE.to_owned(),
        _ => format!("native, {CLOSED_ENGINE}"),
    }
}

#[cfg(feature = "goose")]
const CLOSED_ENGINE: &str = crate::engine::CLOSED_ENGINE;
#[cfg(not(feature = "goose"))]
const CLOSED_ENGINE: &str = "none";
