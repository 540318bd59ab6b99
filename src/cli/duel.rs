//! `duel`: two targets, or two ways of signing, in turn or side by side, judged over rounds.
//!
//! In each round, each side runs in a process of its own: its connections are new, and nothing of one
//! side affects the other.

mod round;

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use self::round::{DuelSide, Ran, Round};
use super::compare::{Judging, Output, refused};
use super::exit::{Code, CommandResult, Failure};
use super::key_folder::KeysArgs;
use super::number::from_to;
use super::run::duel_share;
use super::span::span;
use super::{files, guard, interrupt, overrides, run_sets, scenario_file, stdio, wall};
use crate::compare::{self, CompareError};
use crate::engine::Stop;
use crate::plan::{Override, Plan};
use crate::scenario::{Shorthand, shorthand};
use crate::summary::{Comparison, Finding, Summary, Validity};
use crate::units::Nanos;

/// Both sides, by the names that their runs have.
const SIDES: [&str; 2] = ["baseline", "candidate"];

/// The default length of a slot.
const SLOT: Nanos = Nanos::from_secs(4);

/// Arguments of `duel`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The scenario file
    scenario: PathBuf,
    /// The target to compare with
    #[arg(long, value_name = "URL")]
    baseline: Option<String>,
    /// The target to judge
    #[arg(long, value_name = "URL")]
    candidate: Option<String>,
    /// Set a key of the scenario only for the baseline: auth.signing=reuse; may be repeated
    #[arg(long, value_name = "PATH=VALUE", value_parser = overrides::assignment)]
    baseline_set: Vec<Override>,
    /// Set a key of the scenario only for the candidate; may be repeated
    #[arg(long, value_name = "PATH=VALUE", value_parser = overrides::assignment)]
    candidate_set: Vec<Override>,
    /// The commit of the baseline
    #[arg(long, value_name = "SHA")]
    baseline_commit: Option<String>,
    /// The commit of the candidate
    #[arg(long, value_name = "SHA")]
    candidate_commit: Option<String>,
    /// The number of rounds until the first look; a round is one run of each side
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = from_to(2_u32, 100))]
    rounds: u32,
    /// How often to look, at most: if a look is too noisy, the same number of rounds is added
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = from_to(1_u32, 3))]
    looks: u32,
    /// How the sides share a round
    #[arg(long, value_enum, default_value_t = Mode::InTurn)]
    mode: Mode,
    /// How long a slot is with `--mode slots`; it ends with half a second without arrivals
    /// [default: 4s]
    #[arg(long, value_name = "DURATION", value_parser = duel_share::slot)]
    slot: Option<Nanos>,
    #[command(flatten)]
    overrides: overrides::OverrideArgs,
    #[command(flatten)]
    guard: guard::GuardArgs,
    #[command(flatten)]
    keys: KeysArgs,
    /// Wait up to this long, at the start of each run, for the target to come up: 30s, 5min
    #[arg(long, value_name = "DURATION", value_parser = span)]
    wait_for: Option<Nanos>,
    /// The parent of duels: this one creates the folder of its runs and comparison in DIR/duels
    #[arg(long, value_name = "DIR", default_value = "reports")]
    reports: PathBuf,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    output: Output,
}

/// How the sides share a round.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Mode {
    /// One after the other, in the opposite order in the next round
    InTurn,
    /// Both at once: each sends the scenario's rate, and both meet the same noise
    SideBySide,
    /// Both at once: of each two arrivals of the scenario, each side gets one, at random
    PerArrival,
    /// Both within the time of one run: of each two slots of time, each side gets one, at random
    Slots,
}

impl Mode {
    /// Its name, as it is chosen.
    fn name(self) -> String {
        let value = clap::ValueEnum::to_possible_value(&self);
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// Runs the rounds, judges them, and ends as the verdict says.
pub fn run(args: &Args) -> CommandResult {
    // Before anything can be refused: an earlier verdict must not outlast a refusal.
    args.output.prepare()?;
    args.refuse_one_side()?;
    if args.slot.is_some() && args.mode != Mode::Slots {
        let mode = args.mode.name();
        let unused = anyhow!("--slot has no effect with --mode {mode}");
        return Err(
            Failure::new(Code::Usage, unused).hint("leave --slot out, or pass --mode slots")
        );
    }
    let [baseline, candidate] = SIDES.map(|name| admit(args, name));
    let sides = [baseline?, candidate?];
    if are_alike(&sides) {
        stdio::note(
            "warning: both sides make the same run, so this duel can only show noise (an A/A run); \
             to compare something, give the sides different targets or settings",
        );
    }
    let spans = sides.map(|plan| plan.duration());
    let duel = Duel::begin(args)?;
    let rounds = args.rounds * args.looks;
    if let Some(span) = expected(&spans, args.mode) {
        stdio::note(&format!(
            "{rounds} rounds of {span}: about {}",
            Nanos(span.0.saturating_mul(u64::from(rounds)))
        ));
    }
    let Some(comparison) = duel.decide()? else {
        return Ok(Code::Interrupted);
    };
    args.output.give_in(&comparison, &duel.folder)?;
    Ok(args.judging.code(&comparison))
}

/// Whether both sides do the same, however it was written.
fn are_alike(sides: &[Plan; 2]) -> bool {
    let [baseline, candidate] = sides;
    let with_its_overrides = Plan {
        overrides: candidate.overrides.clone(),
        ..baseline.clone()
    };
    with_its_overrides == *candidate
}

/// A duel that the guard has admitted, and what its rounds share.
struct Duel<'a> {
    args: &'a Args,
    folder: PathBuf,
    sides: [DuelSide; 2],
    stop: Stop,
    kill_switch: Option<guard::KillSwitch>,
    runtime: tokio::runtime::Runtime,
}

impl<'a> Duel<'a> {
    /// Listens for signals, and makes the folder of the duel.
    fn begin(args: &'a Args) -> Result<Self, Failure> {
        let kill_switch = args.guard.kill_switch()?;
        let stop = Stop::default();
        interrupt::watch(stop.clone(), "ending the duel")?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::environment)?;
        let stamp = wall::folder_stamp(wall::since_epoch());
        let folder = files::new_folder(&args.reports.join("duels"), &stamp)
            .map_err(|failure| failure.hint("choose another place with --reports DIR"))?;
        let folder = folder.path().to_owned();
        Ok(Self {
            args,
            sides: SIDES.map(|name| side(args, name, &folder)),
            folder,
            stop,
            kill_switch,
            runtime,
        })
    }

    /// Runs rounds until a look decides, or there are no more looks; `None` if the user ends the
    /// duel.
    fn decide(&self) -> Result<Option<Comparison>, Failure> {
        let args = self.args;
        let mut options = args.judging.options(false);
        options.settings_differ = !args.baseline_set.is_empty() || !args.candidate_set.is_empty();
        let looks = compare::confidences(usize::try_from(args.looks).unwrap_or_default());
        let mut comparison = None;
        for (look, confidence) in (0..).zip(looks) {
            for number in look * args.rounds..(look + 1) * args.rounds {
                if self.run_round(number)? == Ran::Stopped {
                    return Ok(None);
                }
                if number == 0 {
                    refuse_unlike(&self.folder, &options)?;
                }
            }
            if args.looks > 1 {
                options.confidence = Some(confidence);
            }
            let judged = judge(&self.folder, &options)?;
            let is_decided = judged.finding != Finding::TooNoisy;
            comparison = Some(judged);
            if is_decided {
                break;
            }
        }
        Ok(comparison)
    }

    /// Runs one round; if it ends early, says where the finished ones are.
    fn run_round(&self, number: u32) -> Result<Ran, Failure> {
        let args = self.args;
        let round = Round {
            number,
            of: args.rounds * args.looks,
            mode: args.mode,
            slot: args.slot.unwrap_or(SLOT),
        };
        let ran = round.take(&self.sides, &self.stop, self.kill_switch.as_ref());
        let ran = self.runtime.block_on(ran);
        if matches!(ran, Ok(Ran::Stopped)) || (ran.is_err() && number > 0) {
            stdio::note(&done_in(&self.folder));
        }
        ran
    }
}

/// The time of a run besides its load: for calibration, connections and reports.
const BESIDE: Nanos = Nanos::from_secs(3);

/// The duration of a round, if the durations of the loads are known.
fn expected(spans: &[Option<Nanos>], mode: Mode) -> Option<Nanos> {
    let spans: Option<Vec<Nanos>> = spans.iter().map(|span| Some((*span)? + BESIDE)).collect();
    let spans = spans?;
    if mode == Mode::InTurn {
        Some(spans.into_iter().sum())
    } else {
        spans.into_iter().max()
    }
}

/// The arguments of one side.
struct Own<'a> {
    target: Option<&'a String>,
    set: &'a [Override],
    commit: Option<&'a String>,
    /// The flags of the target and of settings, for error messages.
    flags: [&'static str; 2],
}

impl Args {
    /// Refuses a duel whose sides are not both given.
    fn refuse_one_side(&self) -> Result<(), Failure> {
        let lacking = match (&self.baseline, &self.candidate) {
            (Some(_), None) => "--candidate URL is missing",
            (None, Some(_)) => "--baseline URL is missing",
            (None, None) if self.baseline_set.is_empty() && self.candidate_set.is_empty() => {
                "a duel needs two sides that differ"
            }
            (Some(_), Some(_)) | (None, None) => return Ok(()),
        };
        Err(Failure::new(Code::Usage, anyhow!(lacking)).hint(
            "give two targets with --baseline URL and --candidate URL, or settings of one target \
             with --baseline-set or --candidate-set PATH=VALUE",
        ))
    }

    fn own(&self, side: &str) -> Own<'_> {
        if side == SIDES[0] {
            Own {
                target: self.baseline.as_ref(),
                set: &self.baseline_set,
                commit: self.baseline_commit.as_ref(),
                flags: ["--baseline", "--baseline-set"],
            }
        } else {
            Own {
                target: self.candidate.as_ref(),
                set: &self.candidate_set,
                commit: self.candidate_commit.as_ref(),
                flags: ["--candidate", "--candidate-set"],
            }
        }
    }
}

/// Asks the guard about the runs of one side, before the duel creates its folder.
fn admit(args: &Args, side: &str) -> Result<Plan, Failure> {
    let own = args.own(side);
    let [target_flag, set_flag] = own.flags;
    let given_with = |flag, given| Override { flag, ..given };
    let target = own.target.map(|url| shorthand(Shorthand::Target, url));
    let overrides: Vec<_> = (target.into_iter())
        .map(|target| given_with(target_flag, target))
        .chain(args.overrides.list())
        .chain((own.set.iter().cloned()).map(|set| given_with(set_flag, set)))
        .collect();
    let loaded = scenario_file::load(&args.scenario, &args.overrides.with, &overrides)?;
    guard::check(&loaded.plan, args.guard.permissions())?;
    Ok(loaded.plan)
}

fn side(args: &Args, name: &'static str, folder: &Path) -> DuelSide {
    let own = args.own(name);
    let mut words = vec![args.scenario.display().to_string()];
    let mut add = |flag: &str, value: &str| words.extend([flag.to_owned(), value.to_owned()]);
    for overlay in &args.overrides.with {
        add("--with", &overlay.display().to_string());
    }
    for change in args.overrides.list().iter().chain(own.set) {
        add("--set", &format!("{}={}", change.path, change.value));
    }
    if let Some(target) = own.target {
        add("--target", target);
    }
    if let Some(commit) = own.commit {
        add("--commit", commit);
    }
    if let Some(keys) = &args.keys.keys {
        add("--keys", &keys.display().to_string());
    }
    if let Some(span) = args.wait_for {
        add("--wait-for", &format!("{}ns", span.0));
    }
    add("--out", &folder.join(name).display().to_string());
    words.extend(args.guard.words());
    DuelSide { name, words }
}

fn done_in(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "the finished rounds are in {folder}; judge them with: leadbench compare \
         {folder}/baseline {folder}/candidate"
    )
}

/// Refuses sides that do different work, after the first round.
fn refuse_unlike(folder: &Path, options: &compare::Options) -> Result<(), Failure> {
    let (baseline, candidate) = both(folder)?;
    match compare::compare(&baseline, &candidate, options) {
        Err(error @ CompareError::Unlike(_)) => Err(refused(&error)),
        _ => Ok(()),
    }
}

fn both(folder: &Path) -> Result<(Vec<Summary>, Vec<Summary>), Failure> {
    let runs = |side: &str| run_sets::read(&folder.join(side).display().to_string());
    Ok((runs("baseline")?, runs("candidate")?))
}

fn judge(folder: &Path, options: &compare::Options) -> Result<Comparison, Failure> {
    let (baseline, candidate) = both(folder)?;
    compare::compare(&baseline, &candidate, options).map_err(|error| {
        let failure = refused(&error);
        let mut runs = baseline.iter().chain(&candidate);
        let is_invalid = runs.any(|run| run.measurement.verdict == Validity::Invalid);
        match error {
            CompareError::Nothing { .. } if is_invalid => failure.with(Code::MeasurementInvalid),
            _ => failure,
        }
    })
}
