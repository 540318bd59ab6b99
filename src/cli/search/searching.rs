//! The manager: asks the controller for steps, has them measured, and keeps what reports need.

use tokio::time::Instant;

use super::measurer::{Measured, Measurer};
use super::seen::{Kept, Seen};
use super::verdict::{Judged, unmeasured};
use super::{document, progress, recovery};
use crate::cli::exit::{Code, Failure};
use crate::search::{Controller, Observation, SearchResult, Step, TrialKind};
use crate::summary::{OneSearch, Summary};
use crate::units::Nanos;

/// One search that goes on.
pub(super) struct Searching<'s, 'm> {
    seen: Seen,
    measurer: &'s mut Measurer<'m>,
    began: Instant,
}

impl<'s, 'm> Searching<'s, 'm> {
    pub(super) fn new(controller: Controller, measurer: &'s mut Measurer<'m>) -> Self {
        Self {
            seen: Seen {
                controller,
                trials: Vec::new(),
                kept: Kept::default(),
            },
            measurer,
            began: Instant::now(),
        }
    }

    /// Searches to the end; `each` gets the search after each trial. What broke the search comes beside what it
    /// found until then: the first trial could not begin, a threshold cannot be measured, or the generator failed.
    pub(super) fn run(
        mut self,
        mut each: impl FnMut(&OneSearch, &Kept) -> Result<(), Failure>,
    ) -> (OneSearch, Option<Failure>) {
        loop {
            let step = self.seen.controller.next();
            if let Step::Done(result) = &step {
                return (self.so_far(Some(result)), None);
            }
            let observed = match step {
                Step::Recover { within, .. } => self.recover(within),
                _ => self.trial(&step),
            };
            let went_on = observed.and_then(|observation| {
                self.seen.controller.observe(observation);
                each(&self.so_far(None), &self.seen.kept)
            });
            if let Err(failure) = went_on {
                return (self.interrupted(), Some(failure));
            }
        }
    }

    /// The search as it ends if it is broken.
    fn interrupted(&mut self) -> OneSearch {
        self.seen.controller.observe(Observation::Interrupted);
        match self.seen.controller.next() {
            Step::Done(result) => self.so_far(Some(&result)),
            _ => self.so_far(None),
        }
    }

    /// The search as a document; without a result it still goes on.
    fn so_far(&self, result: Option<&SearchResult>) -> OneSearch {
        let took = Nanos::from(self.began.elapsed());
        document::one_search(&self.seen, result, took)
    }

    fn recover(&mut self, within: Nanos) -> Result<Observation, Failure> {
        let lowest = self.seen.kept.lowest.as_deref();
        let observation = recovery::wait(self.measurer, lowest, within)?;
        progress::recovery(&observation);
        if let (Observation::Recovered { took }, Some(trial)) =
            (&observation, self.seen.trials.last_mut())
        {
            trial.recovery_ns = Some(took.0);
        }
        Ok(observation)
    }

    fn trial(&mut self, step: &Step) -> Result<Observation, Failure> {
        let Some((kind, load, span)) = step.trial() else {
            return Ok(Observation::Interrupted);
        };
        let number = self.seen.trials.len() + 1;
        progress::begin(number, (kind, load, span), self.seen.controller.time_left());
        let began = Instant::now();
        let measured = self.measurer.trial(load, span)?;
        let took = Nanos::from(began.elapsed());
        let (judged, summary) = match measured {
            Measured::Interrupted => return Ok(Observation::Interrupted),
            Measured::Unreachable(why) => {
                (Judged::fail(format!("the target is gone: {why}")), None)
            }
            Measured::Ended(summary) => (self.judge(kind, &summary)?, Some(summary)),
        };
        let ran = document::Ran {
            number,
            began: Nanos::from(began - self.began),
            took,
            trial: (kind, load, span),
        };
        let trial = document::trial(&ran, &judged, summary.as_deref());
        progress::ended(&trial);
        self.seen.trials.push(trial);
        if let Some(summary) = summary {
            self.seen.kept.take((kind, load), summary, &judged);
        }
        Ok(Observation::Ended {
            took,
            verdict: judged.verdict,
            why: judged.why,
        })
    }

    /// Judges a run, and refuses to go on if a threshold can never be judged.
    fn judge(&self, kind: TrialKind, summary: &Summary) -> Result<Judged, Failure> {
        if let Some(threshold) = unmeasured(summary).next() {
            let error = anyhow::anyhow!(
                "the threshold on {} cannot be judged: {} callouts succeeded and none had this figure",
                threshold.metric,
                summary.counts.ok
            );
            return Err(Failure::new(Code::ScenarioInvalid, error).hint(
                "remove this threshold, or have the API send the metric; `leadbench probe` shows what it \
                 answers",
            ));
        }
        let needed = match kind {
            // It decides nothing.
            TrialKind::WarmUp => 0,
            TrialKind::Confirm | TrialKind::Judge => self.seen.controller.settings().callouts,
        };
        Ok(Judged::of(
            summary,
            needed,
            self.seen.kept.lowest.as_deref(),
        ))
    }
}
