//! Notes on how figures that stand side by side in a comparison go together.

use crate::summary::MetricResult;

/// What a reader of the tables may wonder about.
pub(super) fn notes(metrics: &[MetricResult]) -> Vec<String> {
    let mut notes = Vec::new();
    let gating = || metrics.iter().filter(|metric| metric.gates);
    let unproven: Vec<_> = gating().filter_map(unproven).collect();
    if !unproven.is_empty() {
        notes.push(format!(
            "these figures differ, but not significantly: {}",
            unproven.join(", ")
        ));
    }
    if metrics.iter().any(is_opposite) {
        notes.push(
            "a change is the median of the changes from run to run; it may differ in sign from that \
             between the two medians beside it"
                .to_owned(),
        );
    }
    notes
}

/// `latency.p50 -30 %`, where the runs are too few to estimate a change and its interval.
fn unproven(metric: &MetricResult) -> Option<String> {
    let (None, Some(before), Some(after)) = (metric.change, metric.baseline, metric.candidate)
    else {
        return None;
    };
    let (change, unit) = if metric.unit == "share" {
        (after - before, "pp")
    } else if before > 0.0 {
        (after / before - 1.0, "%")
    } else {
        return None;
    };
    let is_small = change.abs() < metric.margin;
    (!is_small).then(|| format!("{} {:+.1} {unit}", metric.name, change * 100.0))
}

/// Whether the estimated change and that of the medians have opposite signs.
fn is_opposite(metric: &MetricResult) -> bool {
    let (Some(change), Some(before), Some(after)) =
        (metric.change, metric.baseline, metric.candidate)
    else {
        return false;
    };
    change * (after - before) < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(change: Option<f64>, baseline: f64, candidate: f64) -> MetricResult {
        MetricResult {
            name: "latency.p50".to_owned(),
            unit: "ns".to_owned(),
            gates: true,
            baseline: Some(baseline),
            candidate: Some(candidate),
            change,
            margin: 0.05,
            ..MetricResult::default()
        }
    }

    #[test]
    fn what_two_runs_show_without_proof_is_said() {
        let told = notes(&[metric(None, 10.0, 7.0)]);
        assert_eq!(told.len(), 1);
        assert!(told[0].ends_with("latency.p50 -30.0 %"), "{told:?}");
        assert!(notes(&[metric(None, 10.0, 9.9)]).is_empty());
    }

    #[test]
    fn a_change_of_another_sign_than_the_medians_is_explained() {
        assert_eq!(notes(&[metric(Some(-0.06), 0.456, 0.463)]).len(), 1);
        assert!(notes(&[metric(Some(0.06), 0.456, 0.463)]).is_empty());
    }
}
