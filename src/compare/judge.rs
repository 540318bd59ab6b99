//! Judges each metric against its margin.

use super::design::{Design, PAIRS_MIN};
use super::metric::{Metric, Role, Test, metrics};
use super::{FAMILY, Options, within_run};
use crate::statistics::{
    Evidence, Shift, benjamini_hochberg, holm, median, resampled_mean, t_quantile, z_quantile,
};
use crate::summary::{Design as Kind, Finding, MetricResult, Summary};
use crate::units::{count, float, sum, whole};

/// The confidence of the interval that shows "no change". A true change as large as the margin lies
/// beyond either end in 5 % of comparisons (two one-sided tests; Schuirmann, 1987).
const EQUIVALENCE: f64 = 0.90;

/// The accepted false discovery rate among the metrics that are not gates.
const WATCHED: f64 = 0.1;

/// The statistical power for which the number of further runs is computed: the probability that they
/// show a true change.
const POWER: f64 = 0.8;

/// All metrics, judged.
pub(super) struct Judged {
    pub(super) metrics: Vec<MetricResult>,
    /// The confidence of the interval of each gate.
    pub(super) confidence: f64,
    /// The metrics that only one side has.
    pub(super) notes: Vec<String>,
}

/// Judges every metric that either side has.
pub(super) fn all(design: &Design<'_>, options: &Options) -> Judged {
    let (present, absent): (Vec<_>, Vec<_>) = metrics()
        .into_iter()
        .map(|metric| with_margin(metric, options))
        .map(|metric| (Values::of(&metric, design), metric))
        .partition(|(values, _)| values.are_any());
    let gates = present
        .iter()
        .filter(|(_, metric)| metric.role == Role::Gate);
    // Bonferroni: together the intervals hold all true changes with the family's confidence.
    let together = 1.0 - (1.0 - FAMILY) / float(gates.count().max(1));
    let confidence = options.confidence.unwrap_or(together);
    let notes = present.iter().filter_map(|(values, metric)| {
        let (has, lacks) = match (values.before.is_empty(), values.after.is_empty()) {
            (false, true) => ("baseline", "candidate"),
            (true, false) => ("candidate", "baseline"),
            _ => return None,
        };
        let name = metric.name();
        Some(format!(
            "{name} is in the {has} but not, or not often enough, in the {lacks}"
        ))
    });
    let unjudged = absent.iter().filter_map(|(_, metric)| {
        let most = most_callouts(metric, design)?;
        let (name, needed) = (metric.name(), metric.callouts_min);
        let is_gate = metric.role == Role::Gate && most < needed;
        is_gate.then(|| {
            format!("{name} is not judged: a run needs {needed} successes, and has {most} at most")
        })
    });
    let notes = notes.chain(unjudged).collect();
    let mut metrics: Vec<_> = present
        .iter()
        .map(|(values, metric)| one(metric, values, design, confidence, options))
        .collect();
    adjust(&mut metrics, true, holm);
    adjust(&mut metrics, false, benjamini_hochberg);
    metrics.iter_mut().for_each(doubt);
    Judged {
        metrics,
        confidence,
        notes,
    }
}

/// The most callouts that any run has for this metric.
fn most_callouts(metric: &Metric, design: &Design<'_>) -> Option<u64> {
    let runs = design.before.iter().chain(&design.after);
    runs.filter_map(|run| metric.callouts(run)).max()
}

fn with_margin(metric: Metric, options: &Options) -> Metric {
    let margin = options.margins.get(&metric.name()).copied();
    Metric {
        margin: margin.unwrap_or(metric.margin),
        ..metric
    }
}

/// Corrects the p-values for the number of metrics.
fn adjust(metrics: &mut [MetricResult], gates: bool, how: fn(&[f64]) -> Vec<f64>) {
    let mut asked: Vec<_> = metrics
        .iter_mut()
        .filter(|metric| metric.gates == gates && metric.p.is_some())
        .collect();
    let values: Vec<f64> = asked.iter().filter_map(|metric| metric.p).collect();
    for (metric, p) in asked.iter_mut().zip(how(&values)) {
        metric.p_adjusted = Some(p);
    }
}

/// Turns a change of a metric that does not gate into "too noisy" if it is not significant after the
/// correction: of many metrics some move by chance.
fn doubt(metric: &mut MetricResult) {
    let is_chance = metric.p_adjusted.is_some_and(|p| p > WATCHED);
    if !metric.gates && metric.finding.is_change() && is_chance {
        metric.finding = Finding::TooNoisy;
        metric.why = Some("not significant after correction for the number of metrics".to_owned());
    }
}

/// The values of one metric in the runs that have it.
struct Values {
    before: Vec<f64>,
    after: Vec<f64>,
    /// The difference of each pair of runs that both have it, on the metric's scale.
    pairs: Vec<f64>,
}

impl Values {
    fn of(metric: &Metric, design: &Design<'_>) -> Self {
        let values = |runs: &[&Summary]| runs.iter().filter_map(|run| metric.of(run)).collect();
        let difference = |(before, after): (&Summary, &Summary)| {
            let (before, after) = (metric.of(before)?, metric.of(after)?);
            Some(metric.on_scale(after) - metric.on_scale(before))
        };
        Self {
            before: values(&design.before),
            after: values(&design.after),
            pairs: design.pairs().filter_map(difference).collect(),
        }
    }

    fn are_any(&self) -> bool {
        !self.before.is_empty() || !self.after.is_empty()
    }
}

/// The result of a metric before it is judged.
fn unjudged(metric: &Metric, values: &Values) -> MetricResult {
    let pairs = values.pairs.iter();
    MetricResult {
        name: metric.name(),
        unit: metric.unit().to_owned(),
        gates: metric.role == Role::Gate,
        higher_is_worse: metric.higher_is_worse,
        method: "none".to_owned(),
        baseline: median(&values.before),
        candidate: median(&values.after),
        margin: metric.margin,
        pairs: pairs.map(|pair| metric.as_change(*pair)).collect(),
        ..MetricResult::default()
    }
}

fn one(
    metric: &Metric,
    values: &Values,
    design: &Design<'_>,
    confidence: f64,
    options: &Options,
) -> MetricResult {
    let mut result = unjudged(metric, values);
    let confidence = if result.gates { confidence } else { FAMILY };
    if values.before.is_empty() || values.after.is_empty() {
        result.why = Some("only one side has this metric".to_owned());
        return result;
    }
    if metric.is_share() && none_failed(values) {
        return without_failures(result, design);
    }
    let Some((method, evidence)) = evidence(metric, values, design) else {
        result.why = Some(too_few(design));
        return result;
    };
    method.clone_into(&mut result.method);
    result.p = Some(evidence.p());
    power_analysis(&mut result, metric, &evidence, confidence);
    result.change = evidence
        .estimate()
        .map(|estimate| metric.as_change(estimate));
    let is_drawn = metric.test == Test::Resample && design.is_paired;
    if is_drawn {
        "pairs drawn again".clone_into(&mut result.method);
        result.p = None;
    }
    let interval = |confidence| {
        if is_drawn {
            return resampled_mean(&values.pairs, confidence, options.seed);
        }
        let interval = evidence.at(confidence)?;
        Some(if metric.is_share() {
            no_narrower(interval, error_of_counts(design), confidence)
        } else {
            interval
        })
    };
    let Some((sure, equivalent)) = interval(confidence).zip(interval(EQUIVALENCE)) else {
        result.why = Some(too_few(design));
        return result;
    };
    let change = |difference| Some(metric.as_change(difference));
    (result.change, result.low, result.high) =
        (change(sure.estimate), change(sure.low), change(sure.high));
    (result.low_90, result.high_90) = (change(equivalent.low), change(equivalent.high));
    result.finding = find(metric, sure, equivalent);
    result
}

/// The finding that follows from the two intervals and the margin. On the scale of this function a
/// positive change is one for the worse.
fn find(metric: &Metric, sure: Shift, equivalent: Shift) -> Finding {
    let (sure, equivalent) = if metric.higher_is_worse {
        (sure, equivalent)
    } else {
        (turned(sure), turned(equivalent))
    };
    let margin = margin_on_scale(metric);
    let is_within = -margin < equivalent.low && equivalent.high < margin;
    // The estimate of a true change of exactly the margin is below the margin half the time.
    let is_much = |estimate: f64| estimate >= margin / 2.0;
    if is_within {
        Finding::NoChange
    } else if sure.low > 0.0 && is_much(sure.estimate) && equivalent.high >= margin {
        Finding::Regression
    } else if sure.high < 0.0 && is_much(-sure.estimate) && equivalent.low <= -margin {
        Finding::Improvement
    } else {
        Finding::TooNoisy
    }
}

/// The same change with the opposite sign.
const fn turned(shift: Shift) -> Shift {
    Shift {
        estimate: -shift.estimate,
        low: -shift.high,
        high: -shift.low,
    }
}

/// The margin on the scale of the metric: of a share as it is, of other metrics as a logarithm.
fn margin_on_scale(metric: &Metric) -> f64 {
    if metric.is_share() {
        metric.margin
    } else {
        metric.margin.ln_1p()
    }
}

/// The estimate and its intervals, by the test that suits the metric and the design.
fn evidence(
    metric: &Metric,
    values: &Values,
    design: &Design<'_>,
) -> Option<(&'static str, Evidence)> {
    let scaled = |values: &[f64]| -> Vec<f64> {
        values.iter().map(|value| metric.on_scale(*value)).collect()
    };
    let (before, after) = (scaled(&values.before), scaled(&values.after));
    let (method, evidence) = match (design.kind, metric.test) {
        (Kind::Single, _) => ("stretches within one run", from_within(metric, design)),
        (Kind::SideBySide, Test::Rank) => {
            ("signed rank", Evidence::of_pairs_by_rank(&values.pairs))
        }
        (Kind::InTurn | Kind::SideBySide, Test::Mean | Test::Resample) => {
            ("paired t", Evidence::of_pairs_by_mean(&values.pairs))
        }
        // A stall hits one run of a pair, so the runs of a pair do not share their tails.
        (Kind::InTurn | Kind::Apart, Test::Rank) => {
            ("rank sum", Evidence::of_groups_by_rank(&before, &after))
        }
        (Kind::Apart, Test::Mean | Test::Resample) => {
            ("Welch's t", Evidence::of_groups_by_mean(&before, &after))
        }
    };
    Some((method, evidence?))
}

/// The evidence of one run on each side, from the variance within each run.
fn from_within(metric: &Metric, design: &Design<'_>) -> Option<Evidence> {
    let ([before], [after]) = (design.before.as_slice(), design.after.as_slice()) else {
        return None;
    };
    let (of_before, freedom) = within_run::error(metric, before)?;
    let (of_after, other) = within_run::error(metric, after)?;
    let estimate = metric.on_scale(metric.of(after)?) - metric.on_scale(metric.of(before)?);
    let error = of_before.hypot(of_after);
    Some(Evidence::of_error(estimate, error, freedom.min(other)))
}

fn too_few(design: &Design<'_>) -> String {
    match design.kind {
        Kind::Single => "one run per side cannot show the variance",
        Kind::InTurn | Kind::SideBySide => "too few pairs of runs have this metric",
        Kind::Apart => "too few runs have this metric",
    }
    .to_owned()
}

fn none_failed(values: &Values) -> bool {
    let mut all = values.before.iter().chain(&values.after);
    all.all(|share| *share == 0.0)
}

/// Callouts of all runs that ended and had a good token: of these the failures are a share.
fn judged(runs: &[&Summary]) -> u64 {
    sum(runs.iter().map(|run| run.counts.judged()))
}

/// The result if nothing failed. The number of callouts then bounds the true share of failures (the rule
/// of three).
fn without_failures(mut result: MetricResult, design: &Design<'_>) -> MetricResult {
    let fewest = judged(&design.before).min(judged(&design.after)).max(1);
    let bound = (3.0 / float(fewest)).min(1.0);
    "rule of three".clone_into(&mut result.method);
    result.change = Some(0.0);
    (result.low, result.high) = (Some(-bound), Some(bound));
    (result.low_90, result.high_90) = (result.low, result.high);
    if bound <= result.margin {
        result.finding = Finding::NoChange;
    } else {
        let needed = whole((3.0 / result.margin).ceil());
        result.why = Some(format!(
            "nothing failed, but {fewest} callouts cannot show a change as small as the margin: {needed} are needed"
        ));
    }
    result
}

/// The smallest standard error of a difference of two shares that the number of callouts allows.
fn error_of_counts(design: &Design<'_>) -> f64 {
    let judged = |runs: &[&Summary]| float(judged(runs)).max(1.0);
    let failed = |runs: &[&Summary]| float(sum(runs.iter().map(|run| run.counts.failed)));
    let (before, after) = (judged(&design.before), judged(&design.after));
    let share = (failed(&design.before) + failed(&design.after)) / (before + after);
    (share * (1.0 - share).max(0.0) * (1.0 / before + 1.0 / after)).sqrt()
}

/// Widens an interval to the width that follows from this standard error, if it is narrower: runs may
/// agree by chance more closely than their callouts allow.
fn no_narrower(shift: Shift, error: f64, confidence: f64) -> Shift {
    let reach = z_quantile(1.0 - (1.0 - confidence) / 2.0) * error;
    Shift {
        estimate: shift.estimate,
        low: shift.low.min(shift.estimate - reach),
        high: shift.high.max(shift.estimate + reach),
    }
}

/// Adds the smallest change that these runs could have shown, and the runs needed for a change as large
/// as the margin.
fn power_analysis(
    result: &mut MetricResult,
    metric: &Metric,
    evidence: &Evidence,
    confidence: f64,
) {
    let spread = evidence.spread();
    let tail = 1.0 - (1.0 - confidence) / 2.0;
    let error = spread.deviation / float(spread.units).sqrt();
    let reach = t_quantile(tail, spread.freedom) + t_quantile(POWER, spread.freedom);
    let detectable = Some(reach * error).filter(|change| change.is_finite());
    // A share cannot change by more than 1.
    let detectable = detectable.filter(|change| !metric.is_share() || *change <= 1.0);
    result.detectable = detectable.map(|change| metric.as_change(change));
    if spread.units < 2 {
        return;
    }
    let reach = z_quantile(tail) + z_quantile(POWER);
    let units = (reach * spread.deviation / margin_on_scale(metric)).powi(2) + 2.0;
    result.runs_needed = Some(whole(units.ceil()).max(count(PAIRS_MIN)));
}
