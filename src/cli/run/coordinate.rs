//! `run --agents`: the coordinator of a run that agents make.

use std::sync::Arc;

use anyhow::anyhow;

use super::abort_conditions::AbortConditions;
use super::folder::{RunFolder, SUMMARY};
use super::progress::Display;
use super::{Args, conclude_run, interrupt, watchers};
use crate::cli::exit::{Code, CommandResult, Failure};
use crate::cli::fleet::{
    self, AgentRun, AgentSeconds, Agents, FleetArgs, LocalAgents, SharedScenario,
};
use crate::cli::guard::{Ceiling, KillSwitch};
use crate::cli::{files, scenario_file, stdio, wall};
use crate::engine::Stop;
use crate::fleet::AgentLoss;
use crate::live::Board;
use crate::plan::{Override, Plan};
use crate::runner::{Identity, SoFar};
use crate::summarize::Progress;
use crate::summary::{RunState, Summary};
use crate::units::Nanos;

/// Arguments of a run that agents make.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct CoordinatorArgs {
    #[command(flatten)]
    pub(super) agents: FleetArgs,
    /// What becomes of the run if an agent is lost; its share of the load is then missing
    #[arg(long, value_enum, default_value_t = OnLoss::Stop, requires = "agents")]
    on_loss: OnLoss,
}

/// What becomes of a run that loses an agent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
enum OnLoss {
    /// It ends
    #[default]
    Stop,
    /// It goes on without the share of that agent
    Continue,
}

impl OnLoss {
    const fn meant(self) -> AgentLoss {
        match self {
            Self::Stop => AgentLoss::Stop,
            Self::Continue => AgentLoss::Continue,
        }
    }
}

/// Runs a plan by agents.
pub(super) fn run(
    args: &Args,
    agents: u32,
    loaded: scenario_file::Loaded,
    identity: &Identity,
    (kill_switch, ceiling): (Option<KillSwitch>, Option<Ceiling>),
) -> CommandResult {
    let stop = Stop::default();
    interrupt::watch(stop.clone(), "ending the run and writing its reports")?;
    // Of one, so that nothing but the number of agents can be in the way.
    let with = (&args.fleet.agents, &args.keys);
    let mut shared = SharedScenario::of(&args.scenario, loaded, overrides(args), with)?;
    let plan = shared.loaded.plan.clone();
    fleet::check_shares(&plan, agents)?;
    files::ensure_folder(&args.out.join(&plan.name))
        .map_err(|failure| failure.hint("choose another place with --out DIR"))?;
    let spec = fleet::spec((&shared, &plan), agents, identity, None, args.force);
    let agents = Agents::of(
        (&args.fleet.agents, agents),
        &mut shared,
        &LocalAgents {
            out: &args.out,
            keys: &args.keys,
            guard: &args.guard,
        },
    )?;
    let watchers = watchers::Watchers::start(&args.watch)?;
    stdio::note(&match agents.count {
        1 => "waiting for 1 agent".to_owned(),
        many => format!("waiting for {many} agents"),
    });
    let mut shown = Shown {
        args,
        plan: &plan,
        identity,
        display: Display::new(args.ui, plan.duration()),
        board: watchers.as_ref().map(watchers::Watchers::board),
        folder: None,
    };
    let abort = AbortConditions {
        stop: stop.clone(),
        kill_switch,
        ceiling,
    };
    let made = AgentRun::of(&spec, abort).make(&agents, args.fleet.on_loss.meant(), &mut shown);
    drop(agents);
    shown.display.finish();
    let mut summary = made?;
    summary.run.command.clone_from(&identity.command);
    summary.run.commit.clone_from(&identity.commit);
    let last = watchers.map(|watchers| (watchers, summary.clone()));
    let folder = shown.folder.take();
    let folder = folder.ok_or_else(|| Failure::internal(anyhow!("the run has no folder")))?;
    if never_began(&summary) {
        folder.forget();
        let ended = anyhow!("the run was ended before its load began; nothing of it was sent");
        return Err(Failure::new(Code::Interrupted, ended));
    }
    let outcome = conclude_run(args, &summary, &folder.folder);
    if let Some((watchers, summary)) = last {
        watchers.conclude(summary, &stop)?;
    }
    outcome
}

/// Whether a run was ended before anything of its load was due.
fn never_began(summary: &Summary) -> bool {
    let counts = &summary.counts;
    let sent = [
        counts.planned,
        counts.started,
        counts.warmup,
        counts.negative,
    ];
    summary.run.state == RunState::Interrupted && sent == [0; 4]
}

/// All that the command line changes in the scenario, as agents get it.
fn overrides(args: &Args) -> Vec<Override> {
    let mut overrides = args.overrides.list();
    overrides.extend(args.guard.identity());
    let off = |is_off: bool, path| is_off.then(|| Override::set(path, "false"));
    overrides.extend(off(args.no_preflight, "target.preflight"));
    overrides.extend(off(args.no_early_stop, "target.early_stop"));
    overrides
}

/// What the user sees of the run, and the folder of its reports.
struct Shown<'r> {
    args: &'r Args,
    plan: &'r Plan,
    identity: &'r Identity,
    display: Display,
    board: Option<Arc<Board>>,
    folder: Option<RunFolder>,
}

impl AgentSeconds for Shown<'_> {
    fn armed(&mut self, left: Nanos) -> Result<(), Failure> {
        let commit = self.identity.commit.as_deref();
        let now = wall::since_epoch();
        let made = RunFolder::create(&self.args.out, &self.plan.name, now, commit)?;
        interrupt::writing_to(made.folder.path());
        self.folder = Some(made);
        stdio::note(&format!("all are ready; the load begins in {left}"));
        Ok(())
    }

    fn second(&mut self, progress: &Progress, so_far: &SoFar<'_>) {
        self.display.show(progress, so_far);
        let second = progress.elapsed.as_secs();
        if self.board.is_none() && second > 10 && !second.is_multiple_of(10) {
            return;
        }
        let summary = so_far.summary();
        if let Some(board) = &self.board {
            board.show(Arc::clone(summary));
        }
        if let (Some(folder), Ok(json)) = (&self.folder, serde_json::to_vec(&**summary)) {
            drop(folder.folder.replace(SUMMARY, &json));
        }
    }
}
