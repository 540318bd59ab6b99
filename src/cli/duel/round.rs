//! One round of a duel: a run of each side.

use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::Mode;
use crate::cli::exit::{Code, Failure, OrFail as _};
use crate::cli::guard::KillSwitch;
use crate::cli::run::duel_share::Parted;
use crate::cli::run::start_barrier;
use crate::cli::stdio;
use crate::compare::ROUND;
use crate::engine::Stop;
use crate::phase::Phase;
use crate::plan::ShareSide;
use crate::summary::Summary;
use crate::units::Nanos;

/// One side of a duel.
#[derive(Debug)]
pub(super) struct DuelSide {
    pub(super) name: &'static str,
    /// The arguments of its runs.
    pub(super) words: Vec<String>,
}

/// One round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    pub(super) number: u32,
    pub(super) of: u32,
    pub(super) mode: Mode,
    /// How long a slot is, where sides share time.
    pub(super) slot: Nanos,
}

/// How a round ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ran {
    Done,
    /// The user asked for an end.
    Stopped,
}

/// A run of one side, still running.
struct Running<'s> {
    side: &'s DuelSide,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Round {
    /// Runs both sides, in turn or at once, and prints their latencies.
    ///
    /// The runs obey the kill switch themselves; it also ends the duel.
    pub(super) async fn take(
        self,
        sides: &[DuelSide; 2],
        stop: &Stop,
        kill_switch: Option<&KillSwitch>,
    ) -> Result<Ran, Failure> {
        let is_over = || stop.is_raised() || kill_switch.is_some_and(KillSwitch::is_thrown);
        let [baseline, candidate] = sides;
        // A B, B A, A B: a drift affects both sides alike.
        let order = if self.number.is_multiple_of(2) {
            [baseline, candidate]
        } else {
            [candidate, baseline]
        };
        let mut told = Vec::new();
        if self.mode == Mode::InTurn {
            for (side, lot) in order.into_iter().zip([ShareSide::First, ShareSide::Second]) {
                if is_over() {
                    return Ok(Ran::Stopped);
                }
                let run = self.start(side, lot)?;
                let output = run.end(stop).await?;
                if is_over() {
                    return Ok(Ran::Stopped);
                }
                told.push(said(side, &output)?);
            }
        } else if is_over() {
            return Ok(Ran::Stopped);
        } else {
            let [first, second] = order;
            let mut runs = [
                self.start(first, ShareSide::First)?,
                self.start(second, ShareSide::Second)?,
            ];
            begin_together(&mut runs, stop).await?;
            let [one, other] = runs;
            let (one, other) = tokio::join!(one.end(stop), other.end(stop));
            let ended = [(first, one?), (second, other?)];
            if is_over() {
                return Ok(Ran::Stopped);
            }
            // The run that failed says why; the other was only told to end.
            let is_told = |output: &Output| code_of(output) == Some(Code::Interrupted);
            let (told_to, by_itself): (Vec<_>, Vec<_>) =
                ended.into_iter().partition(|(_, output)| is_told(output));
            for (side, output) in by_itself.iter().chain(&told_to) {
                told.push(said(side, output)?);
            }
        }
        told.sort_unstable();
        stdio::note(&format!(
            "round {} of {}: {}",
            self.number + 1,
            self.of,
            told.join(", ")
        ));
        Ok(Ran::Done)
    }

    fn start(self, side: &DuelSide, lot: ShareSide) -> Result<Running<'_>, Failure> {
        let this = std::env::current_exe()
            .or_fail(|| "could not find leadbench's own program file".to_owned())?;
        let mut command = Command::new(this);
        command.arg("run").args(&side.words);
        command.args(["--json", "--ui", "none"]);
        command.args(["--label", &format!("duel.side={}", side.name)]);
        command.args(["--label", &format!("duel.mode={}", self.mode.name())]);
        if self.mode == Mode::InTurn {
            command.args(["--duel", "at-once"]);
        } else {
            command.args(["--duel", "together"]);
            command.args(["--label", &format!("{ROUND}={}", self.number)]);
        }
        let slot = match self.mode {
            Mode::InTurn | Mode::SideBySide => None,
            Mode::PerArrival => Some(None),
            Mode::Slots => Some(Some(self.slot)),
        };
        if let Some(slot) = slot {
            command.args(["--share", &Parted { side: lot, slot }.to_string()]);
        }
        // A process group of its own, so that Ctrl-C reaches the run only through this process.
        command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(Failure::environment)?;
        let stdin = child.stdin.take();
        let stdout = child
            .stdout
            .take()
            .context("could not open the stdout of a run");
        let stdout = stdout.map_err(Failure::internal)?;
        Ok(Running {
            side,
            child,
            stdin,
            stdout: BufReader::new(stdout),
        })
    }
}

/// Waits until both runs are ready, and starts them at the same instant; ends both if one fails.
async fn begin_together(runs: &mut [Running<'_>; 2], stop: &Stop) -> Result<(), Failure> {
    let [one, other] = runs;
    let both = async { tokio::join!(one.run_up(), other.run_up()) };
    let run_ups = tokio::select! {
        run_ups = both => run_ups,
        () = stop.raised() => (None, None),
    };
    let (Some(one), Some(other)) = run_ups else {
        for run in runs {
            run.stdin = None;
        }
        return Ok(());
    };
    let word = format!("{}\n", one.max(other).as_nanos());
    for run in runs {
        if let Some(mut stdin) = run.stdin.take() {
            let name = run.side.name;
            let written = stdin.write_all(word.as_bytes()).await;
            written.or_fail(|| format!("the run of the {name} ended before its load began"))?;
        }
    }
    Ok(())
}

impl Running<'_> {
    /// The run-up that it needs, once it is ready; `None` if it ends before.
    async fn run_up(&mut self) -> Option<Duration> {
        let mut said = String::new();
        self.stdout.read_line(&mut said).await.ok()?;
        start_barrier::run_up(&said)
    }

    /// Waits until the run has ended; passes a stop on to it.
    async fn end(mut self, stop: &Stop) -> Result<Output, Failure> {
        let process = self.child.id();
        let output = async {
            let mut stdout = Vec::new();
            let (read, output) = tokio::join!(
                self.stdout.read_to_end(&mut stdout),
                self.child.wait_with_output()
            );
            read.and(output).map(|output| Output { stdout, ..output })
        };
        tokio::pin!(output);
        let output = tokio::select! {
            output = &mut output => output,
            () = stop.raised() => {
                tell_to_end(process);
                output.await
            }
        };
        output.map_err(Failure::environment)
    }
}

/// Asks a run to end and to write its reports.
fn tell_to_end(process: Option<u32>) {
    let process = process.and_then(|id| i32::try_from(id).ok());
    if let Some(process) = process.and_then(Pid::from_raw) {
        // The run may have ended by itself.
        let _is_told = kill_process(process, Signal::TERM);
    }
}

/// The code of a run, if a duel ends with it too.
fn code_of(output: &Output) -> Option<Code> {
    let codes = [
        Code::Passed,
        Code::ThresholdBroken,
        Code::MeasurementInvalid,
        Code::ScenarioInvalid,
        Code::GuardRefused,
        Code::Interrupted,
    ];
    let number = output.status.code()?;
    codes
        .into_iter()
        .find(|code| number == i32::from(code.number()))
}

/// The tail latency of a run in words, or the failure of a run without a result.
fn said(side: &DuelSide, output: &Output) -> Result<String, Failure> {
    let code = code_of(output);
    if !matches!(
        code,
        Some(Code::Passed | Code::ThresholdBroken | Code::MeasurementInvalid)
    ) {
        let said = String::from_utf8_lossy(&output.stderr);
        let how = match output.status.code() {
            Some(_) => "failed".to_owned(),
            None => format!("was ended by a {}", output.status),
        };
        let what = format!("the run of the {} {how}\n{}", side.name, said.trim());
        return Err(Failure::new(code.unwrap_or(Code::Environment), anyhow!(what)).bare());
    }
    let summary: Summary = serde_json::from_slice(&output.stdout)
        .context("a run did not print its summary")
        .map_err(Failure::internal)?;
    let p99 = summary
        .phase(Phase::Latency)
        .filter(|stats| stats.count > 0);
    let p99 = p99.map_or_else(
        || "nothing succeeded".to_owned(),
        |stats| format!("p99 {}", Nanos(stats.p99_ns)),
    );
    let invalid = if code == Some(Code::MeasurementInvalid) {
        let first = summary.measurement.objections().next().unwrap_or_default();
        format!(" (invalid, left out: {first})")
    } else {
        String::new()
    };
    Ok(format!("{} {p99}{invalid}", side.name))
}
