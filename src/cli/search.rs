//! `search`: finds the highest load that the target holds.
//!
//! The controller of the room `search` says which load to try next. Here each trial is a run of the
//! scenario with that load, and its verdict goes back to the controller.

mod answer;
#[cfg(feature = "fleet")]
mod by_agents;
mod conclusion;
mod document;
mod goals;
mod growth;
mod here;
mod limiting;
mod measurer;
mod progress;
mod recovery;
mod searched_load;
mod searched_scenario;
mod searching;
mod seen;
mod stops;
#[cfg(feature = "fleet")]
pub(super) mod trial_plan;
mod verdict;

use std::path::PathBuf;

use tokio::time::Instant;

use self::answer::{Asked, exit_code};
use self::measurer::{Ends, Measurer};
use self::searched_load::SearchedLoad;
use self::searched_scenario::SearchedScenario;
use self::searching::Searching;
use self::stops::Stops;
use super::exit::{Code, CommandResult, Failure};
use super::files::{self, Folder};
#[cfg(feature = "fleet")]
use super::fleet::FleetArgs;
use super::key_folder::KeysArgs;
use super::number::from_to;
use super::run;
use super::span::span;
use super::{commit, guard, interrupt, overrides, search_reports, stdio, wall};
use crate::plan::Plan;
use crate::search::{Controller, OfferedLoad, Settings};
use crate::summary::{OneSearch, Run, RunState, SearchConclusion, SearchSummary};
use crate::units::{Nanos, Percent, float};

/// Arguments of `search`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The scenario file; its thresholds are the goals
    scenario: PathBuf,
    /// The load that changes from trial to trial [default: the only load, or the only one with a rate]
    #[arg(long, value_name = "NAME")]
    load: Option<String>,
    /// The lowest load: 50/s, or 10 for virtual users [default: the scenario's]
    #[arg(long, value_name = "LOAD")]
    from: Option<String>,
    /// The highest load that may be tried [default: 64 times the lowest]
    #[arg(long, value_name = "LOAD")]
    max: Option<String>,
    /// How far apart the highest load that holds and the lowest that fails may be in the end
    #[arg(long, value_name = "SHARE", default_value = "5%")]
    width: Percent,
    /// How long a trial lasts; two that agree, of three at most, judge a load
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = a_second)]
    trial: Nanos,
    /// How long the highest load that holds is tried once more; 0s leaves it out
    #[arg(long, value_name = "DURATION", default_value = "120s", value_parser = nothing_or_a_second)]
    confirm: Nanos,
    /// How long the target may take to recover after a trial that failed
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = a_second)]
    recovery: Nanos,
    /// Search this many times, and give the mean with its confidence interval
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = from_to(1_u32, 20))]
    repeat: u32,
    /// The load that the target must hold: exit code 1 if the search does not show that it does
    #[arg(long, value_name = "LOAD")]
    at_least: Option<String>,
    #[command(flatten)]
    overrides: overrides::OverrideArgs,
    #[command(flatten)]
    guard: guard::GuardArgs,
    #[command(flatten)]
    keys: KeysArgs,
    #[command(flatten)]
    named: run::identity::NameArgs,
    /// The parent of the folder: this search creates its folder in DIR/SCENARIO
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Wait up to this long for the target to come up: 30s, 5min
    #[arg(long, value_name = "DURATION", value_parser = span)]
    #[cfg_attr(feature = "fleet", arg(conflicts_with = "agents"))]
    wait_for: Option<Nanos>,
    #[cfg(feature = "fleet")]
    #[command(flatten)]
    fleet: FleetArgs,
    /// Skip the callout before the first trial that checks whether the target accepts any
    #[arg(long)]
    no_preflight: bool,
    /// Print the result as JSON on stdout
    #[arg(long)]
    json: bool,
}

/// Searches, and ends as the answer says.
pub fn run(args: &Args) -> CommandResult {
    #[cfg(feature = "fleet")]
    args.fleet.check()?;
    let mut scenario = SearchedScenario::read(args)?;
    let mut plan = scenario.loaded().plan.clone();
    let load = SearchedLoad::of(&plan, args.load.as_deref())?;
    let callouts = goals::prepare(&mut plan)?;
    let settings = settings(args, &load, callouts)?;
    let at_least = args.at_least.as_deref();
    let at_least = at_least
        .map(|text| load.read("--at-least", text))
        .transpose()?;
    let controller = Controller::new(settings.clone()).map_err(unsearchable)?;
    refuse_hopeless(&settings, at_least)?;
    check(args, &scenario, (&plan, &load), &settings)?;
    scenario.loaded().tell_notes();
    let kill_switch = args.guard.kill_switch()?;
    let stops = Stops::default();
    let raised = stops.clone();
    interrupt::watch_to(
        move || raised.raise(),
        "ending the search and writing what it found",
    )?;
    let identity = run::identity::identity(&args.scenario, &args.named, scenario.loaded());
    let keys = args.keys.folder();
    let asked = Asked {
        plan: &plan,
        load: &load,
        settings: &settings,
        at_least,
    };
    // Before the first trial, so that a search whose result cannot be kept sends nothing.
    files::ensure_folder(&args.out.join(&plan.name))
        .map_err(|failure| failure.hint("choose another place with --out DIR"))?;
    let generator = scenario.generator(args, &keys, &identity, (&load, &settings))?;
    let ends = Ends {
        guard: &args.guard,
        kill_switch,
    };
    let measurer = Measurer::new((&plan, &load), generator, ends, stops);
    search(args, &asked, measurer, &controller)
}

/// Makes all searches, and writes what they found: also after each trial, for the case of a kill.
fn search(
    args: &Args,
    asked: &Asked<'_>,
    mut measurer: Measurer<'_>,
    controller: &Controller,
) -> CommandResult {
    let began = Instant::now();
    let mut done: Vec<OneSearch> = Vec::new();
    let mut written: Option<(Folder, Run)> = None;
    let mut failure = None;
    for _ in 0..args.repeat {
        let searching = Searching::new(controller.clone(), &mut measurer);
        let (one, broken) = searching.run(|so_far, kept| {
            let Some(first) = &kept.first else {
                return Ok(());
            };
            if written.is_none() {
                written = Some((folder(args, asked.plan, &first.run)?, first.run.clone()));
            }
            let Some((folder, run)) = &written else {
                return Ok(());
            };
            let all = done.iter().chain([so_far]).cloned().collect();
            let answer = asked.answer(run, all, began.elapsed().into(), RunState::Running);
            search_reports::checkpoint(folder, &answer)
        });
        let is_gone = one.conclusion == SearchConclusion::NotRecovered;
        if !one.trials.is_empty() {
            done.push(one);
        }
        failure = broken;
        if is_gone || failure.is_some() || measurer.stops.is_raised() {
            break;
        }
    }
    let Some((folder, first)) = written.filter(|_| !done.is_empty()) else {
        if let Some(failure) = failure {
            return Err(failure);
        }
        let error = anyhow::anyhow!("the search was ended before its first trial was over");
        return Err(Failure::new(Code::Interrupted, error).bare());
    };
    let state = if measurer.stops.is_raised() || failure.is_some() {
        RunState::Interrupted
    } else {
        RunState::Finished
    };
    let answer = asked.answer(&first, done, began.elapsed().into(), state);
    let code = conclude(args, &folder, &answer)?;
    failure.map_or(Ok(code), Err)
}

/// Writes the reports, prints the answer, and decides the exit code.
fn conclude(args: &Args, folder: &Folder, answer: &SearchSummary) -> CommandResult {
    let written = search_reports::write(folder, answer);
    search_reports::print(answer, args.json)?;
    // Checked only now, so that the figures are printed even if the disk is full.
    written?;
    stdio::note(&format!("\nreports in {}", files::shown(folder.path())));
    Ok(exit_code(answer.verdict))
}

/// Makes `OUT/<scenario>/<UTC time>-<short commit>-search`.
fn folder(args: &Args, plan: &Plan, run: &Run) -> Result<Folder, Failure> {
    let stamp = wall::folder_stamp(wall::since_epoch());
    let name = match &run.commit {
        Some(commit) => format!("{stamp}-{}-search", commit::short(commit)),
        None => format!("{stamp}-search"),
    };
    let folder = files::new_folder(&args.out.join(&plan.name), &name)?;
    interrupt::writing_to(folder.path());
    Ok(folder)
}

/// Times the lowest load, where the highest is not given.
const MAX_OVER_FROM: u64 = 64;

/// The warm-up, which a short trial makes shorter.
const WARM_UP: Nanos = Nanos::from_secs(10);

/// How many trials judge a load at most; one of them may fail.
const TRIALS_OF_LOAD: u64 = 3;

fn settings(args: &Args, load: &SearchedLoad, callouts: u64) -> Result<Settings, Failure> {
    let read = |flag, text: &Option<String>| {
        let text = text.as_deref();
        text.map(|text| load.read(flag, text)).transpose()
    };
    let from = read("--from", &args.from)?.unwrap_or(load.own);
    let max = read("--max", &args.max)?.unwrap_or_else(|| match from {
        OfferedLoad::Rate(rate) => OfferedLoad::Rate(rate * float(MAX_OVER_FROM)),
        OfferedLoad::Users(users) => {
            OfferedLoad::Users((users * MAX_OVER_FROM).min(crate::plan::USERS_MAX))
        }
    });
    let defaults = Settings::new(from, max);
    Ok(Settings {
        width: args.width.as_fraction(),
        warm_up: WARM_UP.min(Nanos(args.trial.0 / 2)),
        trial: args.trial,
        judged: Nanos(args.trial.0 * TRIALS_OF_LOAD),
        may_fail: args.trial,
        confirm: args.confirm,
        recovery: args.recovery,
        longest: defaults.longest.max(args.trial),
        callouts,
        ..defaults
    })
}

/// Refuses a search that cannot come to the answer that was asked for.
fn refuse_hopeless(settings: &Settings, at_least: Option<OfferedLoad>) -> Result<(), Failure> {
    if let Some(wanted) = at_least.filter(|wanted| *wanted > settings.max) {
        let max = settings.max;
        let error = anyhow::anyhow!("--at-least {wanted} is above the highest load, {max}");
        return Err(Failure::new(Code::Usage, error).hint("raise --max"));
    }
    let OfferedLoad::Rate(from) = settings.from else {
        return Ok(());
    };
    let least = float(settings.callouts) / settings.longest.as_secs_f64();
    if from >= least {
        return Ok(());
    }
    let error = anyhow::anyhow!(
        "the thresholds need {} callouts a trial, and the longest trial, {}, has fewer at {}",
        settings.callouts,
        settings.longest,
        settings.from
    );
    let hint = format!(
        "pass --from {:.0}/s or more, or use lower percentiles",
        least.ceil()
    );
    Err(Failure::new(Code::Usage, error).hint(hint))
}

/// Reads a span of a second to an hour.
fn a_second(text: &str) -> Result<Nanos, String> {
    match span(text)? {
        short if short < Nanos::SECOND => Err(format!("{short} is too short; write 1s or more")),
        span => Ok(span),
    }
}

/// The same, or nothing.
fn nothing_or_a_second(text: &str) -> Result<Nanos, String> {
    match span(text)? {
        Nanos::ZERO => Ok(Nanos::ZERO),
        _ => a_second(text),
    }
}

fn unsearchable(error: crate::search::SettingsError) -> Failure {
    let error = anyhow::Error::new(error).context("could not search");
    Failure::new(Code::Usage, error).hint("see `leadbench search --help`")
}

/// Refuses a highest load that the guard or this machine does not admit.
fn check(
    args: &Args,
    scenario: &SearchedScenario,
    (plan, load): (&Plan, &SearchedLoad),
    settings: &Settings,
) -> Result<(), Failure> {
    let lowest = load.trial(plan, 0, settings.from, settings.trial);
    let highest = load.trial(plan, 0, settings.max, settings.longest_trial());
    guard::check(&highest, args.guard.permissions()).map_err(|refused| {
        let max = settings.max;
        refused.also(format!(
            "The search may go up to {max}; --max sets a lower limit."
        ))
    })?;
    scenario.check([&lowest, &highest])
}
