//! `compare`: did it get slower, and what did?

mod searches;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::anyhow;

use super::exit::{Code, CommandResult, Failure, OrFail as _};
use super::listed::first_of;
use super::number::from_to;
use super::{files, run_sets, stdio};
use crate::compare::{self, CompareError, Options};
use crate::report::{self, COMPARISON_REPORTS};
use crate::summary::{Comparison, Finding, NOISE_SCHEMA, NoiseFloor, Summary};
use crate::units::{Percent, Seed};

/// The noise floor of a set of runs, in its folder.
const NOISE: &str = "noise.json";

/// The largest noise floor that is read.
const NOISE_BYTES_MAX: u64 = 1024 * 1024;

/// How many differences are listed for runs that did different work.
const DIFFERENCES_MAX: usize = 10;

/// Arguments of `compare`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The runs to compare with: a run folder, summary.json or report.html, a folder of runs, or a
    /// pattern in quotes
    baseline: String,
    /// The runs to judge, named in the same way
    #[arg(required_unless_present = "self_check")]
    candidate: Option<String>,
    /// Compare the runs of one build among themselves: every difference is noise; write its floor
    /// to noise.json beside them
    #[arg(long, conflicts_with = "candidate")]
    self_check: bool,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    output: Output,
    /// Compare runs of different scenarios, as advice
    #[arg(long)]
    allow_changed_scenario: bool,
}

/// How runs are judged; the same for every command that compares.
#[derive(Clone, Debug, clap::Args)]
pub struct Judging {
    /// The change of a metric that matters: latency.p99=5%
    #[arg(long, value_name = "METRIC=SHARE")]
    margin: Vec<Margin>,
    /// End with exit code 7 if a gating metric is too noisy
    #[arg(long)]
    require_decision: bool,
    /// The seed of random choices
    #[arg(long = "judging-seed", default_value_t = 1, value_name = "N", value_parser = from_to(0, u64::MAX))]
    seed: u64,
}

/// Where the comparison is written; the same for every command that compares.
#[derive(Clone, Debug, clap::Args)]
pub struct Output {
    /// Write comparison.json, .html, .md and .junit.xml into this folder [default: none; for a duel,
    /// its own folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the comparison as JSON instead of text
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print it as Markdown instead of text
    #[arg(long)]
    markdown: bool,
}

/// A margin of the command line.
#[derive(Clone, Debug)]
struct Margin {
    metric: String,
    share: f64,
}

/// How alike a mistyped metric and the one that was meant are, at least.
const NEAR: f64 = 0.8;

impl FromStr for Margin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (metric, share) = text
            .split_once('=')
            .ok_or("write METRIC=SHARE, such as latency.p99=5%")?;
        let known = compare::names();
        if !known.iter().any(|name| name == metric) {
            // A percentile alone means that of the latency, which comes first.
            let ending = format!(".{metric}");
            let of_ending = known.iter().find(|name| name.ends_with(&ending));
            let alike = known
                .iter()
                .map(|name| (strsim::jaro_winkler(name, metric), name))
                .filter(|(likeness, _)| *likeness > NEAR)
                .max_by(|left, right| left.0.total_cmp(&right.0));
            let near = of_ending.or_else(|| alike.map(|(_, name)| name));
            return Err(match near {
                Some(near) => format!("unknown metric {metric:?}; did you mean {near}?"),
                None => format!(
                    "unknown metric {metric:?}; write one of {}",
                    known.join(", ")
                ),
            });
        }
        let share: Percent = share.parse().map_err(|error| format!("{error}"))?;
        if share.as_fraction() <= 0.0 {
            return Err("a margin must be greater than 0, such as 5%".to_owned());
        }
        Ok(Self {
            metric: metric.to_owned(),
            share: share.as_fraction(),
        })
    }
}

/// Compares the runs, prints and writes the comparison, and exits by its verdict.
pub fn run(args: &Args) -> CommandResult {
    args.output.prepare()?;
    if let Some(candidate) = &args.candidate
        && let Some(searches) = searches::read(&args.baseline, candidate)?
    {
        return searches::compare(&searches, args);
    }
    let baseline = run_sets::read(&args.baseline)?;
    let options = args.judging.options(args.allow_changed_scenario);
    let Some(candidate) = &args.candidate else {
        return check_self(args, &baseline, &options);
    };
    let candidate = run_sets::read(candidate)?;
    refuse_shared(&baseline, &candidate)?;
    let compared = compare::compare(&baseline, &candidate, &options);
    let mut comparison = compared.map_err(|error| refused(&error))?;
    if let Some(floor) = noise_beside(Path::new(&args.baseline))? {
        compare::warn_of_noise(&mut comparison, &floor);
    }
    args.output.give(&comparison)?;
    Ok(args.judging.code(&comparison))
}

/// Compares runs of one build among themselves, and keeps the noise floor beside them.
fn check_self(args: &Args, runs: &[Summary], options: &Options) -> CommandResult {
    let checked = compare::self_check(runs, options).map_err(|error| refused(&error))?;
    let (comparison, floor) = checked;
    args.output.give(&comparison)?;
    for alarm in &floor.alarms {
        stdio::note(&format!(
            "false alarm: {alarm} seems to have changed, although the build is the same"
        ));
    }
    let folder = Path::new(&args.baseline);
    if folder.is_dir() {
        let path = folder.join(NOISE);
        let mut bytes = serde_json::to_vec_pretty(&floor).map_err(Failure::internal)?;
        bytes.push(b'\n');
        files::replace(&path, &bytes)?;
        stdio::note(&format!("wrote the noise floor to {}", files::shown(&path)));
    }
    Ok(Code::Passed)
}

/// The noise floor beside a set of runs, if there is one.
fn noise_beside(folder: &Path) -> Result<Option<NoiseFloor>, Failure> {
    let path = folder.join(NOISE);
    if !path.is_file() {
        return Ok(None);
    }
    let read = || -> anyhow::Result<NoiseFloor> {
        let floor: NoiseFloor = serde_json::from_slice(&files::read(&path, NOISE_BYTES_MAX)?)?;
        anyhow::ensure!(floor.schema == NOISE_SCHEMA, "it is a {:?}", floor.schema);
        Ok(floor)
    };
    let floor = read().or_fail(|| format!("{} is not a readable noise floor", files::shown(&path)));
    floor
        .map(Some)
        .map_err(|failure| failure.hint("remove it, or make it again with compare --self-check"))
}

impl Judging {
    pub(super) fn options(&self, allow_changed_scenario: bool) -> Options {
        let margins = self.margin.iter();
        Options {
            margins: margins.map(|one| (one.metric.clone(), one.share)).collect(),
            allow_changed_scenario,
            settings_differ: false,
            confidence: None,
            seed: Seed(self.seed),
        }
    }

    /// The exit code: advice does not stop a build.
    pub(super) fn code(&self, comparison: &Comparison) -> Code {
        match (comparison.finding, comparison.advisory) {
            (Finding::Regression, false) => Code::Regression,
            (_, true) | (Finding::TooNoisy, _) if self.require_decision => Code::Undecided,
            _ => Code::Passed,
        }
    }
}

impl Output {
    /// Prints the comparison, and writes it into the folder of `--out`, if there is one.
    pub(super) fn give(&self, comparison: &Comparison) -> Result<(), Failure> {
        self.give_to(comparison, self.out.as_deref())
    }

    /// The same; without `--out`, writes it into this folder.
    pub(super) fn give_in(&self, comparison: &Comparison, folder: &Path) -> Result<(), Failure> {
        self.give_to(comparison, Some(self.out.as_deref().unwrap_or(folder)))
    }

    /// Checks that the folder can be written to, and removes earlier verdicts from it, so that a verdict
    /// in it always belongs to this comparison.
    pub(super) fn prepare(&self) -> Result<(), Failure> {
        let Some(out) = &self.out else { return Ok(()) };
        files::ensure_folder(out)?;
        for report in COMPARISON_REPORTS {
            let path = out.join(report.file);
            files::replace(&path, b"")?;
            std::fs::remove_file(&path).map_err(files::unwritten(&path))?;
        }
        Ok(())
    }

    fn give_to(&self, comparison: &Comparison, out: Option<&Path>) -> Result<(), Failure> {
        let rendered = |file: &str| {
            let report = COMPARISON_REPORTS.iter().find(|report| report.file == file);
            report.map_or_else(|| Ok(Vec::new()), |report| (report.render)(comparison))
        };
        let text = if self.json {
            rendered("comparison.json").map_err(Failure::internal)?
        } else if self.markdown {
            rendered("comparison.md").map_err(Failure::internal)?
        } else {
            report::comparison_console(comparison).into_bytes()
        };
        stdio::print(&String::from_utf8_lossy(&text))?;
        // Only now, so that a full disk does not take the verdict with it.
        if let Some(out) = out {
            write(out, comparison)?;
        }
        stdio::annotate(|| report::comparison_annotations(comparison));
        if let Some(out) = out {
            stdio::note(&format!("reports in {}", files::shown(out)));
        }
        Ok(())
    }
}

fn write(out: &Path, comparison: &Comparison) -> Result<(), Failure> {
    files::ensure_folder(out)?;
    for report in COMPARISON_REPORTS {
        let bytes = (report.render)(comparison).map_err(Failure::internal)?;
        let path = out.join(report.file);
        files::replace(&path, &bytes)?;
    }
    Ok(())
}

/// Refuses a run on both sides: it does not differ from itself, and would hide the differences of
/// others.
fn refuse_shared(baseline: &[Summary], candidate: &[Summary]) -> Result<(), Failure> {
    let shared = baseline
        .iter()
        .find(|run| candidate.iter().any(|other| other.run.id == run.run.id));
    shared.map_or(Ok(()), |run| {
        let both = anyhow!(
            "the run of {} ({}) is on both sides",
            run.run.started_at,
            run.run.id
        );
        Err(Failure::environment(both).hint("name other runs for one of the sides"))
    })
}

/// Why the runs cannot be compared.
pub(super) fn refused(error: &CompareError) -> Failure {
    let (details, hint) = match error {
        CompareError::Unlike(differences) => (
            differences.iter().map(ToString::to_string).collect(),
            "compare runs of one scenario, or pass --allow-changed-scenario to compare these as \
             advice",
        ),
        CompareError::Nothing { reasons, .. } => (
            reasons.clone(),
            "a verdict needs runs that finished and whose measurement is not invalid",
        ),
        CompareError::SeveralBuilds(_) => (
            Vec::new(),
            "name the runs of one commit, such as 'reports/*-a1b2c3d4'",
        ),
        CompareError::Alone => (
            Vec::new(),
            "name a folder or a pattern of sixteen runs or more",
        ),
    };
    let lines = [vec![error.to_string()], details].concat();
    let told = first_of(&lines, DIFFERENCES_MAX + 1, "\n  ");
    Failure::environment(anyhow!(told)).hint(hint)
}
