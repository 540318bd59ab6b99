//! `run`: the main job.
//!
//! Everything that can fail comes before the load: reading the scenario, the guard, the keys, the
//! folder, the target. Then come the load and the reports.

pub(super) mod abort_conditions;
mod callout_log;
#[cfg(feature = "fleet")]
mod coordinate;
mod created;
pub(super) mod credentials;
mod dry;
pub(super) mod duel_share;
pub(super) mod event_file;
pub(super) mod exit_code;
pub(super) mod folder;
pub(super) mod identity;
mod keep;
pub(super) mod limits;
pub(super) mod progress;
pub(super) mod redact;
mod requests;
#[cfg_attr(not(feature = "tui"), path = "run/no_screen.rs")]
pub(super) mod screen;
pub(super) mod setting;
pub(super) mod sharded;
pub(super) mod sink;
pub(super) mod start_barrier;
mod telemetry;
mod watchers;

use std::path::PathBuf;

use exit_code::exit_code;
use identity::{NameArgs, identity};
use setting::setting;
use sink::{Files, RunSink};
pub(super) use start_barrier::end_with_parent;

use super::exit::{CommandResult, Failure};
use super::number::from_to;
use super::{files, guard, interrupt, key_folder::KeysArgs, overrides, scenario_file, stdio};
use crate::cli::span::span;
use crate::engine::Stop;
use crate::plan::Plan;
use crate::report;
use crate::runner::{self, Job, RunResult};
use crate::summary::{RunState, Summary};
use crate::units::{Nanos, Percent};

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of a command line, each on its own"
)]
pub struct Args {
    /// The scenario file
    scenario: PathBuf,
    #[command(flatten)]
    overrides: overrides::OverrideArgs,
    #[command(flatten)]
    guard: guard::GuardArgs,
    /// The parent of run folders: this run creates its folder in DIR/SCENARIO
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Keep this many finished runs of this scenario, including this one, and remove older ones
    #[arg(long, value_name = "RUNS", value_parser = from_to(1, u32::MAX))]
    keep: Option<u32>,
    #[command(flatten)]
    keys: KeysArgs,
    #[command(flatten)]
    named: NameArgs,
    #[command(flatten)]
    shard: sharded::ShardArgs,
    #[cfg(feature = "fleet")]
    #[command(flatten)]
    fleet: coordinate::CoordinatorArgs,
    /// Print the plan, the first arrivals and one redacted request; send nothing
    #[arg(long)]
    dry_run: bool,
    /// Run even if this machine cannot sign as fast as the plan needs
    #[arg(long)]
    force: bool,
    /// Wait up to this long for the target to come up: 30s, 5min
    #[arg(long, value_name = "DURATION", value_parser = span)]
    #[cfg_attr(feature = "fleet", arg(conflicts_with = "agents"))]
    wait_for: Option<Nanos>,
    /// Skip the callout before the load that checks whether the target accepts any
    #[arg(long)]
    no_preflight: bool,
    /// Continue even if the first callouts all fail: 20 in the same way, or 100 in different ways
    #[arg(long)]
    no_early_stop: bool,
    #[command(flatten)]
    watch: watchers::WatchArgs,
    /// Log the callouts in the format of Salesforce's debug log, with tokens as hashes
    #[arg(long, value_name = "FILE")]
    #[cfg_attr(feature = "fleet", arg(conflicts_with = "agents"))]
    log_callouts: Option<PathBuf>,
    /// Also write this share of the callouts as rows into the run folder: 100%, 1%
    #[arg(long, value_name = "SHARE")]
    #[cfg_attr(feature = "fleet", arg(conflicts_with = "agents"))]
    requests: Option<Percent>,
    /// The format of these rows
    #[arg(long, value_enum, default_value_t = requests::RowFormat::Csv, requires = "requests")]
    requests_form: requests::RowFormat,
    /// Print the summary as JSON on stdout
    #[arg(long)]
    json: bool,
    /// Print all figures: phases, measurement, signing, connections
    #[arg(long, short, conflicts_with = "json")]
    verbose: bool,
    /// What to show during the run
    #[arg(long, value_enum, default_value_t = progress::Ui::Bar)]
    ui: progress::Ui,
    /// End with the duel that started this run, and begin when it says so
    #[arg(long, value_enum, hide = true)]
    duel: Option<start_barrier::Start>,
    /// Send this share of the arrivals alone; a duel sends the rest
    #[arg(long, hide = true, requires = "duel")]
    share: Option<duel_share::Parted>,
}

/// Runs a scenario.
pub fn run(args: &Args) -> CommandResult {
    #[cfg(feature = "fleet")]
    args.fleet.agents.check()?;
    args.ui.check()?;
    let mut loaded = load(args)?;
    let start_at = args.shard.start()?;
    guard::check(&loaded.plan, args.guard.permissions())?;
    // Limits are those of the whole load, whoever makes it.
    let ceiling = guard::Ceiling::of(&loaded.plan, args.guard.permissions());
    args.shard.apply(&mut loaded.plan)?;
    let plan = &loaded.plan;
    if args.duel.is_none() {
        loaded.tell_notes();
        args.shard.tell(plan);
    }
    let kill_switch = args.guard.kill_switch()?;
    if args.dry_run {
        return dry::run(plan);
    }
    if args.duel.is_some() {
        end_with_parent().map_err(Failure::environment)?;
    }
    #[cfg(feature = "fleet")]
    if let Some(agents) = args.fleet.agents.agents {
        let identity = identity(&args.scenario, &args.named, &loaded);
        let limits = (kill_switch, ceiling);
        return coordinate::run(args, agents, loaded, &identity, limits);
    }
    let stop = Stop::default();
    interrupt::watch(stop.clone(), "ending the run and writing its reports")?;
    check_limits(args, plan)?;
    let mut identity = identity(&args.scenario, &args.named, &loaded);
    args.shard.name(&mut identity, plan.lead.seed.0);
    let watchers = watchers::Watchers::start(&args.watch)?;
    let keys = credentials::keys_of(plan, &args.keys.folder())?;
    let abort = abort_conditions::AbortConditions {
        stop: stop.clone(),
        kill_switch,
        ceiling,
    };
    let sink = RunSink {
        plan,
        identity: &identity,
        out: &args.out,
        ui: args.ui,
        start: args.duel.unwrap_or(start_barrier::Start::AtOnce),
        meet: None,
        also: None,
        log_callouts: args.log_callouts.as_deref(),
        requests: requested_rows(args).map(|share| (share, args.requests_form)),
        abort: Some(abort),
        board: watchers.as_ref().map(watchers::Watchers::board),
        folder: None,
        files: Files::default(),
    };
    let job = Job {
        plan,
        keys: &keys,
        identity: &identity,
        setting: setting(stop.clone()),
        force: args.force,
        wait_for: args.wait_for,
        start_at,
    };
    let (result, folder) = drive(&job, sink)?;
    let last = watchers.map(|watchers| (watchers, result.summary.clone()));
    let outcome = conclude(args, result, folder);
    if let Some((watchers, summary)) = last {
        watchers.conclude(summary, &stop)?;
    }
    outcome
}

/// Refuses a load that this machine cannot carry.
fn check_limits(args: &Args, plan: &Plan) -> Result<(), Failure> {
    let asked = limits::Asked {
        out: Some(&args.out),
        log: args.log_callouts.as_deref(),
        rows: requested_rows(args).unwrap_or_default(),
    };
    limits::check(plan, asked, args.watch.descriptors())
}

/// The share of the callouts that `--requests` writes as rows.
fn requested_rows(args: &Args) -> Option<f64> {
    args.requests.map(Percent::as_fraction)
}

/// Runs the job. If the run could not begin, removes the run folder.
fn drive(
    job: &Job<'_>,
    mut sink: RunSink<'_>,
) -> Result<(RunResult, Option<folder::RunFolder>), Failure> {
    let result = runner::run(job, &mut sink);
    if let (Err(_), Some(folder)) = (&result, &sink.folder) {
        folder.forget();
    }
    Ok((result?, sink.folder))
}

/// Reads the scenario, and applies what the command line changes in its plan.
fn load(args: &Args) -> Result<scenario_file::Loaded, Failure> {
    let (with, overrides) = (&args.overrides.with, args.overrides.list());
    let mut loaded = scenario_file::load(&args.scenario, with, &overrides)?;
    if let Some(parted) = args.share {
        parted.apply(&mut loaded.plan)?;
    }
    args.guard.identify(&mut loaded.plan);
    let target = &mut loaded.plan.target;
    target.preflight &= !args.no_preflight;
    target.early_stop &= !args.no_early_stop;
    Ok(loaded)
}

/// Writes and prints the result, and decides the exit code.
fn conclude(args: &Args, result: RunResult, folder: Option<folder::RunFolder>) -> CommandResult {
    let summary = &result.summary;
    let Some(folder::RunFolder { folder }) = folder else {
        let lost = anyhow::anyhow!("the run has no folder");
        return Err(Failure::internal(lost));
    };
    if result.broken.is_none() {
        event_file::complete(&folder, summary);
    }
    let code = conclude_run(args, summary, &folder)?;
    match result.broken {
        Some(error) => Err(Failure::internal(error)),
        None => Ok(code),
    }
}

/// Writes and prints the reports of a run; returns the exit code.
fn conclude_run(args: &Args, summary: &Summary, folder: &files::Folder) -> CommandResult {
    let written = folder::write_reports(folder, summary);
    folder::print(summary, args.json, args.verbose)?;
    // Checked only now, so that the figures are printed even if the disk is full.
    written?;
    let shown = files::shown(folder.path());
    stdio::note(&format!("\nreports in {shown}"));
    if !folder.is_in_place() {
        stdio::note(&format!(
            "warning: {shown} was moved or replaced during the run; the files are in the folder \
             that was there at the start"
        ));
    } else if let Some(runs) = args.keep
        && summary.run.state == RunState::Finished
    {
        keep::keep(folder.path(), &summary.run.scenario, runs);
    }
    stdio::annotate(|| report::annotations(summary));
    Ok(exit_code(summary))
}
