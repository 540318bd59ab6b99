//! `run`: the main job.
//!
//! Everything that can fail is done before the load: the scenario is read, the guard
//! asked, the key loaded, the folder made, the target reached. Then the load, then the
//! reports.

mod callout_log;
mod collecting;
mod created;
pub(super) mod credentials;
pub(super) mod describe;
mod driving;
mod dry;
mod ending;
mod endpoints;
mod expected;
mod feeds;
pub(super) mod folder;
mod hints;
mod keep;
mod left_over;
mod limits;
pub(super) mod meeting;
mod negatives;
mod org;
pub(super) mod patience;
mod preflight;
mod probe;
pub(super) mod probing;
mod progress;
mod ready;
mod redact;
mod requests;
pub(super) mod screen;
pub(super) mod share;
pub(super) mod shot;
pub(super) mod signers;
mod target;
mod watchers;
mod workers;
pub(super) mod written;

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::exit::{Code, Failure, Outcome};
use super::{
    commit, files, guard, interrupt, key_folder::KeyFolder, overrides, scenario_file, stdio, wall,
};
use crate::engine::Stop;
use crate::report;
use crate::summary::{Overlay, RunState, Summary, Validity};
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
    /// Where run folders are made
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Keep so many finished runs of this scenario, this one among them, and remove the oldest
    #[arg(long, value_name = "RUNS", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// The key folder [default: `LEADBENCH_KEYS`, else .leadbench/keys]
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// The commit under test [default: the CI's, else git's]
    #[arg(long, value_name = "SHA", value_parser = sha)]
    commit: Option<String>,
    /// A label to find the run by; may be repeated
    #[arg(long, value_name = "K=V", value_parser = label)]
    label: Vec<(String, String)>,
    /// Print the plan, the first arrivals and one redacted request; send nothing
    #[arg(long)]
    dry_run: bool,
    /// Run although this machine cannot sign as fast as the plan asks
    #[arg(long)]
    force: bool,
    /// Wait so long for a target that is down at the start: 30s, 5min
    #[arg(long, value_name = "SPAN", value_parser = patience::span)]
    wait_for: Option<Nanos>,
    /// Make no callout before the load to find out whether the target accepts any
    #[arg(long)]
    no_preflight: bool,
    /// Go on although the first callouts all fail alike
    #[arg(long)]
    no_early_stop: bool,
    #[command(flatten)]
    watch: watchers::WatchArgs,
    /// Write a log of the callouts in the words of Salesforce's debug log; a token shows as a hash
    #[arg(long, value_name = "FILE")]
    log_callouts: Option<PathBuf>,
    /// Write so many of the callouts as rows into the run folder: 100%, 1%
    #[arg(long, value_name = "SHARE")]
    requests: Option<Percent>,
    /// In which form they are written
    #[arg(long, value_enum, default_value_t = requests::Form::Csv, requires = "requests")]
    requests_form: requests::Form,
    /// Print the summary as JSON on stdout
    #[arg(long)]
    json: bool,
    /// Print all figures: phases, measurement, signing, connections
    #[arg(long, short, conflicts_with = "json")]
    verbose: bool,
    /// What to show while it runs
    #[arg(long, value_enum, default_value_t = progress::Ui::Bar)]
    ui: progress::Ui,
    /// End with the duel that started this run, and begin when it says so
    #[arg(long, value_enum, hide = true)]
    duel: Option<meeting::Start>,
    /// Send this share of the arrivals alone; a duel sends the rest
    #[arg(long, hide = true, requires = "duel")]
    share: Option<share::Parted>,
}

/// Runs a scenario.
pub fn run(args: &Args) -> Outcome {
    let mut loaded = scenario_file::load(
        &args.scenario,
        args.overrides.with(),
        &args.overrides.list(),
    )?;
    if let Some(parted) = args.share {
        parted.apply(&mut loaded.plan)?;
    }
    if let Some(contact) = args.guard.identify() {
        loaded.plan.target.identify = Some(contact.clone());
    }
    loaded.plan.target.preflight &= !args.no_preflight;
    loaded.plan.target.early_stop &= !args.no_early_stop;
    let plan = &loaded.plan;
    guard::check(plan, args.guard.leave())?;
    if args.duel.is_none() {
        loaded.tell_notes();
    }
    let kill_switch = args.guard.kill_switch()?;
    if args.dry_run {
        return dry::run(plan);
    }
    if args.duel.is_some() {
        meeting::end_with_parent().map_err(Failure::environment)?;
    }
    let stop = Stop::default();
    interrupt::watch(stop.clone())?;
    limits::check(
        plan,
        limits::Asked {
            out: Some(&args.out),
            log: args.log_callouts.as_deref(),
            rows: args.requests.map_or(0.0, Percent::as_fraction),
        },
        args.watch.descriptors(),
    )?;
    let keys = KeyFolder::find(args.keys.as_deref());
    let identity = Identity::new(args, &loaded.text, &loaded.overlays);
    let watchers = watchers::Watchers::start(&args.watch)?;
    let result = driving::drive(&driving::Job {
        plan,
        identity: &identity,
        keys: &keys,
        out: &args.out,
        ui: args.ui,
        force: args.force,
        wait_for: args.wait_for,
        start: args.duel.unwrap_or(meeting::Start::AtOnce),
        log_callouts: args.log_callouts.as_deref(),
        requests: args
            .requests
            .map(|share| (share.as_fraction(), args.requests_form)),
        stop: stop.clone(),
        kill_switch,
        ceiling: guard::Ceiling::of(plan, args.guard.leave()),
        board: watchers.as_ref().map(watchers::Watchers::board),
    })?;
    let last = watchers.map(|watchers| (watchers, result.summary.clone()));
    let outcome = conclude(args, result);
    if let Some((watchers, summary)) = last {
        watchers.conclude(summary, &stop)?;
    }
    outcome
}

/// What names a run.
#[derive(Debug)]
struct Identity {
    id: String,
    entropy: u64,
    scenario_file: String,
    scenario_sha256: String,
    overlays: Vec<Overlay>,
    command: Vec<String>,
    commit: Option<String>,
    labels: BTreeMap<String, String>,
}

impl Identity {
    fn new(args: &Args, text: &str, overlays: &[(String, String)]) -> Self {
        let entropy = entropy();
        Self {
            id: format!("{entropy:016x}"),
            entropy,
            scenario_file: args.scenario.display().to_string(),
            scenario_sha256: sha256(text),
            overlays: overlays
                .iter()
                .map(|(file, text)| Overlay {
                    file: file.clone(),
                    sha256: sha256(text),
                })
                .collect(),
            command: redact::command(std::env::args()),
            commit: commit::find(args.commit.as_deref()),
            labels: args
                .label
                .iter()
                .map(|(name, value)| (name.clone(), redact::without_secret(value)))
                .collect(),
        }
    }
}

/// SHA-256 in hex.
fn sha256(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    super::hex(digest.as_ref())
}

/// What tells runs apart; no secret, so the hasher's own keys will do.
pub(super) fn entropy() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(wall::since_epoch())
}

/// Prints what came of it and decides the exit code.
fn conclude(args: &Args, result: driving::Driven) -> Outcome {
    let summary = &result.summary;
    if args.json {
        let json = folder::render(&report::REPORTS[0], summary)?;
        stdio::print(&String::from_utf8_lossy(&json))?;
    } else {
        stdio::print(&report::console(summary, detail(args.verbose)))?;
    }
    // Only now, so that a full disk does not take the figures with it.
    result.written?;
    let folder = &result.folder;
    let shown = files::shown(folder.path());
    stdio::note(&format!("\nreports in {shown}"));
    if !folder.is_in_place() {
        stdio::note(&format!(
            "warning: {shown} was moved or replaced while the run went on; its files are in the \
             folder that was there when it began"
        ));
    } else if let Some(runs) = args.keep
        && summary.run.state == RunState::Finished
    {
        keep::keep(folder.path(), &summary.run.scenario, runs);
    }
    if stdio::is_github() {
        for line in report::annotations(summary) {
            stdio::note(&line);
        }
    }
    if let Some(error) = result.broken {
        return Err(Failure::new(Code::Internal, error));
    }
    Ok(verdict(summary))
}

/// How much is printed.
pub(super) const fn detail(verbose: bool) -> report::Detail {
    if verbose {
        report::Detail::Verbose
    } else {
        report::Detail::Brief
    }
}

/// An interrupted run has no verdict; an invalid one has none worth having.
fn verdict(summary: &Summary) -> Code {
    if summary.run.state == RunState::Interrupted {
        Code::Interrupted
    } else if summary.run.state == RunState::Stopped {
        Code::Environment
    } else if summary.measurement.verdict == Validity::Invalid {
        Code::MeasurementInvalid
    } else if !summary.passes() {
        Code::ThresholdBroken
    } else {
        Code::Passed
    }
}

fn sha(text: &str) -> Result<String, String> {
    commit::is_plausible(text)
        .then(|| text.to_owned())
        .ok_or_else(|| "write a commit: letters, digits, '-', '_' and '.'".to_owned())
}

fn label(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "write a name and a value: build=1234".to_owned())
}
