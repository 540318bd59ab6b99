//! Whether the measurement itself can be trusted.

use std::cmp::Reverse;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reason::Reason;
use super::validity::Validity;

/// Whether the figures describe the target or the generator.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Measurement {
    /// The verdict: the worst of its reasons.
    pub verdict: Validity,
    /// The reasons in words, the worst first; empty if there are none.
    pub reasons: Vec<String>,
    /// The same reasons in the same order, each with its code and its own verdict;
    /// `docs/FORMATS.md` lists the codes. Absent in files of earlier versions.
    #[serde(default)]
    pub coded_reasons: Vec<Reason>,
    /// The generator's own CPU time, from the first arrival to the end of the last callout, as
    /// a share of all cores, 0 to 1.
    pub own_cpu: Option<f64>,
    /// That time itself in nanoseconds; absent in files of earlier versions.
    #[serde(default)]
    pub own_cpu_ns: Option<u64>,
    /// CPU time that a hypervisor gave to others, as a share of all cores, 0 to 1.
    pub steal: Option<f64>,
    /// How late a thread was that does nothing but wake up every 10 ms, at the 99th
    /// percentile: the machine's own lateness. Absent in files of earlier versions.
    #[serde(default)]
    pub wakeup_p99_ns: Option<u64>,
    /// How late that thread was at most.
    #[serde(default)]
    pub wakeup_max_ns: Option<u64>,
    /// The share of the successes whose last byte the kernel dated, 0 to 1: of the others the
    /// wait until they were read is part of `network`. Absent in files of earlier versions.
    #[serde(default)]
    pub kernel_stamps: Option<f64>,
    /// The largest resident memory of this process in bytes.
    pub peak_rss_bytes: Option<u64>,
}

impl Measurement {
    /// A measurement with these reasons; the worst is its verdict.
    pub fn of(reasons: impl IntoIterator<Item = Reason>) -> Self {
        let mut measurement = Self::default();
        reasons
            .into_iter()
            .for_each(|reason| measurement.add(reason));
        measurement
    }

    /// The reasons that count against it, the worst first.
    pub fn objections(&self) -> impl Iterator<Item = &str> {
        let mut coded: Vec<_> = self.coded_reasons.iter().collect();
        coded.retain(|reason| reason.verdict > Validity::Valid);
        coded.sort_by_key(|reason| Reverse(reason.verdict));
        let coded = coded.into_iter().map(|reason| reason.text.as_str());
        // Earlier versions wrote no codes.
        let is_coded = !self.coded_reasons.is_empty();
        let uncoded = self.reasons.iter().filter(move |_| !is_coded);
        coded.chain(uncoded.map(String::as_str))
    }

    /// The reasons that do not count against it.
    pub fn remarks(&self) -> impl Iterator<Item = &str> {
        let reasons = self.coded_reasons.iter();
        let remarks = reasons.filter(|reason| reason.verdict == Validity::Valid);
        remarks.map(|reason| reason.text.as_str())
    }

    /// Adds a reason.
    pub fn add(&mut self, reason: Reason) {
        self.verdict = self.verdict.max(reason.verdict);
        self.reasons.push(reason.text.clone());
        self.coded_reasons.push(reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::{AnyReasonCode, ReasonCode};

    #[test]
    fn only_what_makes_a_verdict_worse_is_held_against_a_measurement() {
        let told = [
            (Validity::Valid, "woke late, but too little to matter"),
            (Validity::Degraded, "arrivals waited"),
            (Validity::Invalid, "arrivals were dropped"),
        ];
        let mut measurement = Measurement::of(told.map(|(verdict, text)| Reason {
            code: AnyReasonCode::Known(ReasonCode::GeneratorLag),
            verdict,
            text: text.to_owned(),
        }));
        let objections: Vec<_> = measurement.objections().collect();
        assert_eq!(objections, [told[2].1, told[1].1]);
        assert_eq!(measurement.remarks().collect::<Vec<_>>(), [told[0].1]);
        // A file of an earlier version does not tell one from the other.
        measurement.coded_reasons.clear();
        assert_eq!(measurement.objections().count(), 3);
        assert_eq!(measurement.remarks().count(), 0);
    }
}
