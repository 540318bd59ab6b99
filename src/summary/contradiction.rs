//! Whether a summary agrees with itself: figures that every version writes in agreement.
//!
//! A summary is looked at once, when it is read. One that was edited, or put together from two, would
//! otherwise be believed: six thousand answers a second beside sixty in one second. What any honest
//! version may have written is no contradiction, and not every damage shows.

mod parts;
mod thresholds;

use self::parts::{faults, part, phases};
use super::{Counts, Summary, Validity};
use crate::units::{Nanos, sum};

/// What percentiles may be off, of histograms with three digits.
const DIGITS: f64 = 0.002;

/// What sums of floats may be off.
const ROUNDING: f64 = 1e-6;

/// One of the counts.
type CountOf = fn(&Counts) -> u64;

/// Two figures of one summary that no run can have.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Contradiction(String);

/// Two figures agree, or `otherwise` says what they are.
fn agree(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Contradiction> {
    if holds {
        Ok(())
    } else {
        Err(Contradiction(otherwise()))
    }
}

impl Summary {
    /// Looks for two figures that contradict each other.
    ///
    /// # Errors
    ///
    /// The first two that do.
    pub fn agrees_with_itself(&self) -> Result<(), Contradiction> {
        part("", &self.counts, &self.rates)?;
        for load in &self.loads {
            let place = format!("loads.{:?}.", load.name);
            part(&place, &load.counts, &load.rates)?;
            phases(
                &format!("{place}phases"),
                load.phases.iter(),
                load.counts.ok,
            )?;
            let failed = load.failed_phases.iter();
            phases(&format!("{place}failed_phases"), failed, load.counts.failed)?;
        }
        phases("phases", self.phases.iter(), self.counts.ok)?;
        phases(
            "failed_phases",
            self.failed_phases.iter(),
            self.counts.failed,
        )?;
        self.duration()?;
        self.sums()?;
        self.seconds()?;
        if let Some(negative) = &self.negative {
            faults(negative, &self.counts)?;
        }
        for threshold in &self.thresholds {
            thresholds::agrees(self, threshold)?;
        }
        self.reasons()
    }

    /// What is measured is a part of what the load lasted.
    fn duration(&self) -> Result<(), Contradiction> {
        let (measured, lasted) = (self.rates.measured_s, Nanos(self.run.duration_ns));
        let most = lasted.as_secs_f64() * (1.0 + DIGITS) + ROUNDING;
        agree(measured <= most, || {
            format!(
                "rates.measured_s is {measured}, but run.duration_ns is {}",
                lasted.0
            )
        })
    }

    /// Outcomes and statuses are those of the callouts, and loads add up to the run.
    fn sums(&self) -> Result<(), Contradiction> {
        let counts = &self.counts;
        let ended = counts.ok.saturating_add(counts.failed);
        let outcomes = sum(self.outcomes.values().copied());
        agree(outcomes == ended, || {
            format!("outcomes add up to {outcomes}, but counts.ok and counts.failed to {ended}")
        })?;
        let ok = self.outcomes.get("ok").copied().unwrap_or_default();
        agree(ok == counts.ok, || {
            format!("outcomes.ok is {ok}, but counts.ok is {}", counts.ok)
        })?;
        let statuses = sum(self.statuses.values().copied());
        agree(statuses <= ended, || {
            format!("statuses add up to {statuses}, but only {ended} callouts ended")
        })?;
        if self.loads.is_empty() {
            return Ok(());
        }
        let figures: [(&str, CountOf); 6] = [
            ("planned", |counts| counts.planned),
            ("started", |counts| counts.started),
            ("completed", |counts| counts.completed),
            ("ok", |counts| counts.ok),
            ("failed", |counts| counts.failed),
            ("dropped", |counts| counts.dropped),
        ];
        for (name, of) in figures {
            let (all, loads) = (
                of(counts),
                sum(self.loads.iter().map(|load| of(&load.counts))),
            );
            agree(loads == all, || {
                format!("counts.{name} is {all}, but that of its loads is {loads} together")
            })?;
        }
        Ok(())
    }

    /// The seconds add up to the run, with the warm-up or without.
    fn seconds(&self) -> Result<(), Contradiction> {
        if self.windows.is_empty() {
            return Ok(());
        }
        let (counts, windows) = (&self.counts, || self.windows.iter());
        let warmup = counts.warmup;
        for (name, all, measured) in [
            ("ok", sum(windows().map(|w| w.ok)), counts.ok),
            ("failed", sum(windows().map(|w| w.failed)), counts.failed),
        ] {
            let is_within = (measured..=measured.saturating_add(warmup)).contains(&all);
            agree(is_within, || {
                format!(
                    "{name} adds up to {all} over windows, but counts.{name} is {measured} beside \
                     {warmup} of the warm-up"
                )
            })?;
        }
        Ok(())
    }

    /// A measurement that is not valid has reasons, the worst of which is its verdict; and what has
    /// codes stands in words too.
    fn reasons(&self) -> Result<(), Contradiction> {
        let measurement = &self.measurement;
        let called = format!("the measurement is called {}", measurement.verdict);
        let reasons = &measurement.coded_reasons;
        let texts = reasons.iter().map(|reason| &reason.text);
        same_texts("measurement", "reasons", &measurement.reasons, texts)?;
        let texts = self.coded_warnings.iter().map(|warning| &warning.text);
        same_texts("", "warnings", &self.warnings, texts)?;
        let verdict = measurement.verdict;
        if let Some(worst) = reasons.iter().map(|reason| reason.verdict).max() {
            return agree(worst == verdict, || {
                format!("{called}, but the worst of its reasons is {worst}")
            });
        }
        let is_clean = verdict == Validity::Valid || !measurement.reasons.is_empty();
        agree(is_clean, || format!("{called}, but it has no reasons"))
    }
}

/// Texts stand alone, as earlier versions wrote them, or once more with their codes.
fn same_texts<'t>(
    place: &str,
    name: &str,
    texts: &'t [String],
    coded: impl ExactSizeIterator<Item = &'t String>,
) -> Result<(), Contradiction> {
    let is_coded = coded.len() > 0;
    let place = match place {
        "" => String::new(),
        place => format!("{place}."),
    };
    agree(!is_coded || coded.eq(texts), || {
        format!("{place}{name} and {place}coded_{name} hold different texts")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const OWN: [&str; 10] = [
        include_str!("../../tests/fixtures/summaries/all-failed.json"),
        include_str!("../../tests/fixtures/summaries/closed.json"),
        include_str!("../../tests/fixtures/summaries/hostile.json"),
        include_str!("../../tests/fixtures/summaries/interrupted.json"),
        include_str!("../../tests/fixtures/summaries/matrix.json"),
        include_str!("../../tests/fixtures/summaries/saturated.json"),
        include_str!("../../tests/fixtures/summaries/several.json"),
        include_str!("../../tests/fixtures/summaries/single.json"),
        include_str!("../../tests/fixtures/summaries/typical.json"),
        include_str!("../../reports/example/summary.json"),
    ];

    fn judged(value: &Value) -> Result<(), Contradiction> {
        let summary: Summary = serde_json::from_value(value.clone()).unwrap();
        summary.agrees_with_itself()
    }

    #[test]
    fn what_we_wrote_ourselves_agrees_with_itself() {
        for text in OWN {
            assert_eq!(judged(&serde_json::from_str(text).unwrap()), Ok(()));
        }
    }

    // Where the median network time is long, a late generator is told and the run is valid.
    #[test]
    fn a_verdict_is_that_of_the_worst_of_its_reasons() {
        let mut run: Value = serde_json::from_str(OWN[8]).unwrap();
        let measurement = |verdict: &str, reason: &str| {
            json!({
                "verdict": verdict,
                "reasons": ["late"],
                "coded_reasons": [{"code": "generator_lag", "verdict": reason, "text": "late"}],
                "own_cpu": null,
                "steal": null,
                "peak_rss_bytes": null,
            })
        };
        for verdict in ["valid", "degraded", "invalid"] {
            run["measurement"] = measurement(verdict, verdict);
            assert_eq!(judged(&run), Ok(()));
            run["measurement"]["coded_reasons"] = json!([]);
            assert_eq!(judged(&run), Ok(()), "as an earlier version wrote it");
        }
        run["measurement"] = measurement("valid", "invalid");
        let found = judged(&run).unwrap_err().to_string();
        assert!(
            found.contains("the worst of its reasons is invalid"),
            "{found}"
        );
    }

    // Each in a run that agreed with itself before.
    #[test]
    fn a_figure_that_was_changed_is_told_with_the_one_that_it_contradicts() {
        for (pointer, value, told) in [
            (
                "/rates/achieved_per_s",
                json!(6000.0),
                "rates.achieved_per_s is 6000 over 25 s, but 6050 callouts ended, the warm-up included",
            ),
            (
                "/rates/achieved_per_s",
                json!(-1.0),
                "neither can be negative",
            ),
            ("/rates/measured_s", json!(50.0), "rates.achieved_per_s is"),
            (
                "/counts/ok",
                json!(7),
                "counts.completed is 5015, but ok, failed and negative add up to",
            ),
            (
                "/counts/completed",
                json!(u64::MAX),
                "but ok, failed and negative add up to",
            ),
            ("/counts/started", json!(3), "but started is 3"),
            ("/counts/planned", json!(3), "but planned is 3"),
            (
                "/run/duration_ns",
                json!(1),
                "rates.measured_s is 25, but run.duration_ns is 1",
            ),
            ("/outcomes/ok", json!(1), "outcomes add up to"),
            ("/statuses/200", json!(5_000_000), "statuses add up to"),
            (
                "/phases/latency/p50_ns",
                json!(u64::MAX),
                "phases.latency.p50_ns is",
            ),
            (
                "/phases/latency/max_ns",
                json!(1),
                "phases.latency.p99_99_ns is",
            ),
            (
                "/phases/latency/mean_ns",
                json!(1.0),
                "phases.latency.min_ns is",
            ),
            (
                "/phases/network/count",
                json!(1_000_000),
                "phases.network.count is 1000000",
            ),
            ("/windows/0/ok", json!(1_000_000), "over windows"),
            (
                "/thresholds/0/passed",
                json!(false),
                "latency.p99 < 250 ms is called broken, but 11.279208 ms was measured",
            ),
            (
                "/thresholds/0/actual",
                json!(null),
                "but nothing was measured",
            ),
            (
                "/thresholds/0/actual",
                json!(1.0),
                "is judged by 0.000001 ms, but the run's own figure is",
            ),
            (
                "/measurement/verdict",
                json!("invalid"),
                "the measurement is called invalid, but it has no reasons",
            ),
            (
                "/measurement/coded_reasons",
                json!([{"code": "cpu_busy", "verdict": "invalid", "text": "busy"}]),
                "measurement.reasons and measurement.coded_reasons hold different texts",
            ),
            (
                "/coded_warnings",
                json!([{"code": "run_broke", "text": "it broke"}]),
                "warnings and coded_warnings hold different texts",
            ),
        ] {
            let mut run: Value = serde_json::from_str(OWN[8]).unwrap();
            *run.pointer_mut(pointer).unwrap() = value;
            let found = judged(&run).unwrap_err().to_string();
            assert!(found.contains(told), "{pointer}: {found}");
        }
        let mut several: Value = serde_json::from_str(OWN[6]).unwrap();
        let planned = several.pointer_mut("/loads/1/counts/planned").unwrap();
        *planned = (planned.as_u64().unwrap() + 1).into();
        several["loads"][1]["rates"]["planned_per_s"] = Value::Null;
        let found = judged(&several).unwrap_err().to_string();
        assert!(found.contains("that of its loads is"), "{found}");
    }
}
