//! Whether a summary agrees with itself: figures that every version writes in agreement.
//!
//! A summary is looked at once, when it is read. One that was edited, or put together from two, would
//! otherwise be believed: six thousand answers a second beside sixty in one second. What any honest
//! version may have written is no contradiction, and not every damage shows.

mod parts;
mod thresholds;

use std::fmt;

use self::parts::{faults, part, phases};
use super::{Counts, Summary, Validity};
use crate::units::Nanos;

/// What percentiles may be off, of histograms with three digits.
const DIGITS: f64 = 0.002;

/// What sums of floats may be off.
const ROUNDING: f64 = 1e-6;

/// One of the counts.
type Figure = fn(&Counts) -> u64;

/// Two figures of one summary that no run can have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Contradiction {
    one: String,
    other: String,
}

impl Contradiction {
    fn of<T>(one: impl Into<String>, other: impl Into<String>) -> Result<T, Self> {
        Err(Self {
            one: one.into(),
            other: other.into(),
        })
    }
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, but {}", self.one, self.other)
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
        self.verdict()
    }

    /// What is measured is a part of what the load lasted.
    fn duration(&self) -> Result<(), Contradiction> {
        let (measured, lasted) = (self.rates.measured_s, Nanos(self.run.duration_ns));
        if measured > lasted.as_secs_f64() * (1.0 + DIGITS) + ROUNDING {
            return Contradiction::of(
                format!("rates.measured_s is {measured}"),
                format!("run.duration_ns is {}", lasted.0),
            );
        }
        Ok(())
    }

    /// Outcomes and statuses are those of the callouts, and loads add up to the run.
    fn sums(&self) -> Result<(), Contradiction> {
        let counts = &self.counts;
        let ended = counts.ok.saturating_add(counts.failed);
        let outcomes = sum(self.outcomes.values().copied());
        if outcomes != ended {
            return Contradiction::of(
                format!("outcomes add up to {outcomes}"),
                format!("counts.ok and counts.failed to {ended}"),
            );
        }
        let ok = self.outcomes.get("ok").copied().unwrap_or_default();
        if ok != counts.ok {
            return Contradiction::of(
                format!("outcomes.ok is {ok}"),
                format!("counts.ok is {}", counts.ok),
            );
        }
        let statuses = sum(self.statuses.values().copied());
        if statuses > ended {
            return Contradiction::of(
                format!("statuses add up to {statuses}"),
                format!("only {ended} callouts ended"),
            );
        }
        if self.loads.is_empty() {
            return Ok(());
        }
        let figures: [(&str, Figure); 6] = [
            ("planned", |counts| counts.planned),
            ("started", |counts| counts.started),
            ("completed", |counts| counts.completed),
            ("ok", |counts| counts.ok),
            ("failed", |counts| counts.failed),
            ("dropped", |counts| counts.dropped),
        ];
        for (name, of) in figures {
            let loads = sum(self.loads.iter().map(|load| of(&load.counts)));
            if loads != of(counts) {
                return Contradiction::of(
                    format!("counts.{name} is {}", of(counts)),
                    format!("that of its loads is {loads} together"),
                );
            }
        }
        Ok(())
    }

    /// The seconds add up to the run, with the warm-up or without.
    fn seconds(&self) -> Result<(), Contradiction> {
        if self.windows.is_empty() {
            return Ok(());
        }
        let (counts, windows) = (&self.counts, || self.windows.iter());
        for (name, all, measured) in [
            ("ok", sum(windows().map(|window| window.ok)), counts.ok),
            (
                "failed",
                sum(windows().map(|window| window.failed)),
                counts.failed,
            ),
        ] {
            if !(measured..=measured.saturating_add(counts.warmup)).contains(&all) {
                return Contradiction::of(
                    format!("{name} adds up to {all} over windows"),
                    format!(
                        "counts.{name} is {measured} beside {} of the warm-up",
                        counts.warmup
                    ),
                );
            }
        }
        Ok(())
    }

    /// A measurement that is not valid has reasons, the worst of which is its verdict; and what has
    /// codes stands in words too.
    fn verdict(&self) -> Result<(), Contradiction> {
        let measurement = &self.measurement;
        let called = format!("the measurement is called {}", measurement.verdict);
        let reasons = &measurement.coded_reasons;
        let texts = reasons.iter().map(|reason| &reason.text);
        same_texts("measurement", "reasons", &measurement.reasons, texts)?;
        let texts = self.coded_warnings.iter().map(|warning| &warning.text);
        same_texts("", "warnings", &self.warnings, texts)?;
        match reasons.iter().map(|reason| reason.verdict).max() {
            Some(worst) if worst != measurement.verdict => {
                Contradiction::of(called, format!("the worst of its reasons is {worst}"))
            }
            None if measurement.verdict != Validity::Valid && measurement.reasons.is_empty() => {
                Contradiction::of(called, "0 reasons speak against it")
            }
            _ => Ok(()),
        }
    }
}

/// Texts stand alone, as earlier versions wrote them, or once more with their codes.
fn same_texts<'t>(
    place: &str,
    name: &str,
    texts: &'t [String],
    coded: impl ExactSizeIterator<Item = &'t String>,
) -> Result<(), Contradiction> {
    let count = coded.len();
    if count == 0 || coded.eq(texts) {
        return Ok(());
    }
    let place = if place.is_empty() {
        String::new()
    } else {
        format!("{place}.")
    };
    Contradiction::of(
        format!("{place}{name} has {} texts", texts.len()),
        format!("those of {place}coded_{name} are {count} others"),
    )
}

fn sum(counts: impl IntoIterator<Item = u64>) -> u64 {
    counts.into_iter().fold(0, u64::saturating_add)
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
                "neither is less than nothing",
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
            ("/thresholds/0/passed", json!(false), "is called broken"),
            (
                "/thresholds/0/actual",
                json!(null),
                "but nothing was measured",
            ),
            (
                "/thresholds/0/actual",
                json!(1.0),
                "is judged by 1, but the run's own figure is",
            ),
            (
                "/measurement/verdict",
                json!("invalid"),
                "the measurement is called invalid, but 0 reasons",
            ),
            (
                "/measurement/coded_reasons",
                json!([{"code": "cpu_busy", "verdict": "invalid", "text": "busy"}]),
                "measurement.reasons has 0 texts, but those of measurement.coded_reasons are 1 others",
            ),
            (
                "/coded_warnings",
                json!([{"code": "run_broke", "text": "it broke"}]),
                "warnings has 0 texts, but those of coded_warnings are 1 others",
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
