//! `merge`: adds the shards of a run up to one run.

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::exit::{Code, CommandResult, Failure};
use super::run::exit_code::exit_code;
use super::run::folder;
use super::{files, recording, stdio, wall};
use crate::plan::Shard;
use crate::recording::{ShardFault, ShardSet, shard_set};
use crate::report;
use crate::summarize::{NotMerged, recover_all};
use crate::summary::{AnyReasonCode, Reason, ReasonCode, Summary, Validity};

/// Arguments of `merge`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run folders of the shards, or their recordings (recording.lbr)
    #[arg(required = true, num_args = 1..)]
    runs: Vec<PathBuf>,
    /// The parent of run folders: the merged run gets its folder in DIR/SCENARIO
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Merge what is there even if shards are missing; the measurement is then invalid
    #[arg(long)]
    allow_missing: bool,
    /// Print the summary as JSON on stdout
    #[arg(long)]
    json: bool,
    /// Print all figures: phases, measurement, signing, connections
    #[arg(long, short, conflicts_with = "json")]
    verbose: bool,
}

/// Merges the shards, writes the reports of the whole run, and judges it.
pub fn run(args: &Args) -> CommandResult {
    let paths: Vec<_> = args.runs.iter().map(|run| of_run(run)).collect();
    let mut opened = Vec::new();
    for path in &paths {
        let shard = recording::open(path).map_err(|failure| {
            if path.exists() {
                return failure;
            }
            failure.hint(
                "name the run folders of the shards, or their recording.lbr; the folder of a merged run, and that of \
                 run --agents, has none: it is whole already",
            )
        })?;
        opened.push(Some(shard));
    }
    let facts = opened.iter().flatten().map(|(head, _)| &head.facts);
    let facts: Vec<_> = facts.collect();
    let set = shard_set(&facts);
    let ShardSet { order, missing } = set.map_err(|fault| refused(&fault, &args.runs))?;
    if !missing.is_empty() && !args.allow_missing {
        let failure = Failure::environment(anyhow!("{} missing", listed(&missing)));
        return Err(failure.hint(
            "name their run folders too; --allow-missing merges the others, and the measurement is \
             then invalid",
        ));
    }
    let shards = order.iter().filter_map(|place| opened[*place].take());
    let recovered = recover_all(shards.collect());
    let recovered = recovered
        .map_err(|NotMerged { place, error }| recording::unread(&paths[order[place]], error))?;
    for (place, cut) in order.iter().zip(&recovered.cut) {
        recording::tell_of_cut(&paths[*place], *cut);
    }
    let mut summary = recovered.summary;
    if !missing.is_empty() {
        summary.measurement.add(lacking(&missing));
    }
    recording::check(&summary, &paths[order[0]])?;
    conclude(args, &summary)
}

fn conclude(args: &Args, summary: &Summary) -> CommandResult {
    let run = &summary.run;
    let commit = run.commit.as_deref();
    let made = folder::RunFolder::create(&args.out, &run.scenario, wall::since_epoch(), commit)?;
    let written = folder::write_reports(&made.folder, summary);
    folder::print(summary, args.json, args.verbose)?;
    written?;
    stdio::note(&format!(
        "\nreports in {}",
        files::shown(made.folder.path())
    ));
    stdio::annotate(|| report::annotations(summary));
    Ok(exit_code(summary))
}

/// The recording of a run that is named by its folder or by the file itself.
fn of_run(run: &Path) -> PathBuf {
    if run.is_dir() {
        run.join(folder::RECORDING)
    } else {
        run.to_owned()
    }
}

fn refused(fault: &ShardFault, runs: &[PathBuf]) -> Failure {
    let shown = |place: usize| files::shown(&runs[place]);
    let (what, hint) = match fault {
        ShardFault::Whole(place) => (
            format!("{} is a whole run and not a shard of one", shown(*place)),
            "merge adds up the processes of one run that were started with --shard; to judge runs \
             against each other: leadbench compare"
                .to_owned(),
        ),
        ShardFault::OtherRun(place) => (
            format!("{} is of another run than {}", shown(*place), shown(0)),
            "shards of a run have the same scenario, --start-at and number of shards; name only these"
                .to_owned(),
        ),
        ShardFault::Differs(place, what) => (
            format!("{} and {} differ in {what}", shown(*place), shown(0)),
            "start all shards of a run with the same version, scenario and options".to_owned(),
        ),
        ShardFault::Twice(one, other) => (
            format!("{} and {} are the same shard", shown(*one), shown(*other)),
            "name each shard once".to_owned(),
        ),
    };
    Failure::new(Code::Environment, anyhow!(what)).hint(hint)
}

/// Why a run that lacks shards is invalid.
fn lacking(missing: &[Shard]) -> Reason {
    Reason {
        code: AnyReasonCode::Known(ReasonCode::ShardIncomplete),
        verdict: Validity::Invalid,
        text: format!(
            "{} missing, so the load was smaller than the figures say",
            listed(missing)
        ),
    }
}

fn listed(missing: &[Shard]) -> String {
    match missing {
        [one] => format!("shard {one} is"),
        many => {
            let names: Vec<_> = many.iter().map(ToString::to_string).collect();
            format!("shards {} are", names.join(", "))
        }
    }
}
