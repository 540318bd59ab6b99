//! One round of a duel: a run of either side.

use std::process::{Command, Stdio};

use anyhow::{Context as _, anyhow};

use crate::cli::exit::{Code, Failure};
use crate::cli::stdio;
use crate::compare::ROUND;
use crate::engine::Stop;
use crate::phase::Phase;
use crate::summary::Summary;
use crate::units::Nanos;

/// One side of a duel.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) name: &'static str,
    /// The arguments of its runs.
    pub(super) words: Vec<String>,
}

/// One round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    pub(super) number: u32,
    pub(super) of: u32,
    pub(super) is_at_once: bool,
}

/// How a round ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ran {
    Done,
    /// The user asked for an end.
    Stopped,
}

impl Round {
    /// Runs both sides, in the order of this round or at once, and tells what they took.
    pub(super) fn take(self, sides: &[Side; 2], stop: &Stop) -> Result<Ran, Failure> {
        let [baseline, candidate] = sides;
        // A B, B A, A B: what drifts meets both alike.
        let order = if self.number.is_multiple_of(2) {
            [baseline, candidate]
        } else {
            [candidate, baseline]
        };
        let mut told = Vec::new();
        if self.is_at_once {
            let started: Result<Vec<_>, Failure> = order
                .into_iter()
                .map(|side| {
                    Ok((
                        side,
                        self.command(side)?.spawn().map_err(Failure::environment)?,
                    ))
                })
                .collect();
            for (side, child) in started? {
                let output = child.wait_with_output().map_err(Failure::environment)?;
                if stop.is_raised() {
                    return Ok(Ran::Stopped);
                }
                told.push(said(side, &output)?);
            }
        } else {
            for side in order {
                let output = self.command(side)?.output().map_err(Failure::environment)?;
                if stop.is_raised() {
                    return Ok(Ran::Stopped);
                }
                told.push(said(side, &output)?);
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

    fn command(self, side: &Side) -> Result<Command, Failure> {
        let this = std::env::current_exe()
            .context("could not find this program to run it again")
            .map_err(Failure::environment)?;
        let mut command = Command::new(this);
        command.arg("run").args(&side.words);
        command.args([
            "--json",
            "--ui",
            "none",
            "--label",
            &format!("duel.side={}", side.name),
        ]);
        if self.is_at_once {
            command.args(["--label", &format!("{ROUND}={}", self.number)]);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(command)
    }
}

/// What a run said: its tail in a few words, or why there was none.
fn said(side: &Side, output: &std::process::Output) -> Result<String, Failure> {
    let may_go_on = [
        Code::Passed,
        Code::ThresholdBroken,
        Code::MeasurementInvalid,
    ];
    let code = output.status.code();
    let goes_on = may_go_on
        .iter()
        .any(|may| code == Some(may.number().into()));
    if !goes_on {
        let said = String::from_utf8_lossy(&output.stderr);
        let what = format!("the run of the {} failed\n{}", side.name, said.trim());
        let codes = [Code::ScenarioInvalid, Code::GuardRefused, Code::Interrupted];
        let same = codes
            .into_iter()
            .find(|one| code == Some(one.number().into()));
        return Err(Failure::new(same.unwrap_or(Code::Environment), anyhow!(what)).bare());
    }
    let summary: Summary = serde_json::from_slice(&output.stdout)
        .context("a run did not print its summary")
        .map_err(|error| Failure::new(Code::Internal, error))?;
    let p99 = summary
        .phase(Phase::Latency)
        .filter(|stats| stats.count > 0);
    let p99 = p99.map_or_else(
        || "nothing succeeded".to_owned(),
        |stats| format!("p99 {}", Nanos(stats.p99_ns)),
    );
    let invalid = if code == Some(Code::MeasurementInvalid.number().into()) {
        let reasons = summary.measurement.reasons.join("; ");
        format!(" (invalid, left out: {reasons})")
    } else {
        String::new()
    };
    Ok(format!("{} {p99}{invalid}", side.name))
}
