//! From the turns of the variants to what each costs more than the reference.

use super::recording::Recording;
use super::rounds::Rounds;
use crate::plan::Matrix;
use crate::recording::RunFacts;
use crate::statistics::{CONFIDENCE, paired_shift, samples_for_interval};
use crate::summary::{MarginalCost, MatrixResult, RoundResult, VariantResult, Window};
use crate::units::{Nanos, count, float, index};

/// The variant without any signing is what the others are held against, if there is one.
const CONTROL: &str = "none";

/// A figure that is compared.
struct ComparedFigure {
    name: &'static str,
    /// The quantile that decides how many callouts a turn needs; a mean needs as many as the median.
    quantile: f64,
    of: fn(&RoundResult) -> Option<f64>,
}

const FIGURES: [ComparedFigure; 7] = [
    figure("latency.mean", 0.5, |round| round.latency_mean_ns),
    figure("latency.p50", 0.5, |round| round.latency_p50_ns.map(float)),
    figure("latency.p90", 0.9, |round| round.latency_p90_ns.map(float)),
    figure("latency.p99", 0.99, |round| round.latency_p99_ns.map(float)),
    figure("network.p50", 0.5, |round| round.network_p50_ns.map(float)),
    figure("network.p99", 0.99, |round| round.network_p99_ns.map(float)),
    figure("cpu.mean", 0.5, |round| round.cpu_ns),
];

const fn figure(
    name: &'static str,
    quantile: f64,
    of: fn(&RoundResult) -> Option<f64>,
) -> ComparedFigure {
    ComparedFigure { name, quantile, of }
}

/// What came of the experiment; the costs only when the run is over.
pub(super) fn matrix(
    recording: &Recording,
    facts: &RunFacts,
    windows: &[Window],
    is_over: bool,
) -> Option<MatrixResult> {
    let plan = facts.matrix?;
    let cores = facts.run.machine.cores;
    let variants = facts.loads.iter().zip(&recording.loads);
    let mut variants: Vec<_> = variants
        .map(|(load, recorded)| variant(&load.name, recorded.rounds.as_ref(), windows, cores))
        .collect();
    let reference = variants
        .iter()
        .position(|variant| variant.name == CONTROL)
        .unwrap_or(0);
    let control = variants.get(reference)?.clone();
    if is_over {
        for (number, variant) in variants.iter_mut().enumerate() {
            if number != reference {
                let costs = FIGURES
                    .iter()
                    .filter_map(|figure| cost(figure, &control.rounds, &variant.rounds));
                variant.costs = costs.collect();
            }
        }
    }
    Some(result(&plan, control.name, variants))
}

fn result(plan: &Matrix, reference: String, variants: Vec<VariantResult>) -> MatrixResult {
    MatrixResult {
        compares: plan.compares.to_string(),
        block_ns: plan.block.0,
        settle_ns: plan.settle.0,
        rounds: u32::try_from(plan.rounds).unwrap_or(u32::MAX),
        reference,
        confidence: CONFIDENCE,
        variants,
    }
}

fn variant(name: &str, rounds: Option<&Rounds>, windows: &[Window], cores: u32) -> VariantResult {
    let mut results = rounds.map(Rounds::results).unwrap_or_default();
    let blocks: Vec<_> = rounds
        .iter()
        .flat_map(|rounds| rounds.turns().blocks())
        .collect();
    for result in &mut results {
        let block = blocks.get(index(u64::from(result.round)));
        result.cpu_ns = block.and_then(|block| {
            let (first, end) = (index(block.start.as_secs()), index(block.end.as_secs()));
            cpu_per_callout(windows.get(first..end)?, cores)
        });
    }
    VariantResult {
        name: name.to_owned(),
        costs: Vec::new(),
        rounds: results,
    }
}

/// The process's CPU time over these seconds, for each callout begun in them.
fn cpu_per_callout(seconds: &[Window], cores: u32) -> Option<f64> {
    let shares: Option<Vec<f64>> = seconds.iter().map(|second| second.own_cpu).collect();
    let busy = shares?.iter().sum::<f64>() * f64::from(cores) * float(Nanos::SECOND.0);
    let started: u64 = seconds.iter().map(|second| second.started).sum();
    (started > 0).then(|| busy / float(started))
}

/// How much more the variant needs, from the rounds in which both have the figure.
fn cost(
    figure: &ComparedFigure,
    control: &[RoundResult],
    variant: &[RoundResult],
) -> Option<MarginalCost> {
    let least = samples_for_interval(figure.quantile);
    let value = |round: &RoundResult| (figure.of)(round).filter(|_| round.ok >= least);
    let pairs: Vec<(f64, f64)> = variant
        .iter()
        .filter_map(|mine| {
            let theirs = control.iter().find(|theirs| theirs.round == mine.round)?;
            Some((value(theirs)?, value(mine)?))
        })
        .collect();
    let differences: Vec<f64> = pairs.iter().map(|(theirs, mine)| mine - theirs).collect();
    let shift = paired_shift(&differences)?;
    let mut theirs: Vec<f64> = pairs.iter().map(|(theirs, _)| *theirs).collect();
    theirs.sort_by(f64::total_cmp);
    Some(MarginalCost {
        metric: figure.name.to_owned(),
        rounds: u32::try_from(count(pairs.len())).unwrap_or(u32::MAX),
        reference_ns: crate::statistics::median_of_sorted(&theirs)?,
        more_ns: shift.estimate,
        low_ns: shift.low,
        high_ns: shift.high,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::Phase;
    use crate::plan::{Compared, Turns};
    use crate::record::{BufferPool, Recorder};
    use crate::sample::{Outcome, Phases, Sample};
    use crate::units::Seed;

    const PLAN: Matrix = Matrix {
        compares: Compared::Signing,
        variants: 2,
        block: Nanos::from_secs(1),
        settle: Nanos::from_millis(100),
        rounds: 8,
    };

    /// An iteration of so long a latency, due then.
    fn sample(due: Nanos, latency: Nanos) -> Sample {
        let mut phases = Phases::default();
        phases.set(Phase::Latency, latency);
        Sample {
            finished: due + latency,
            outcome: Outcome::Ok,
            status: Some(201),
            ..Sample::begun(0, due, due, phases)
        }
    }

    /// A hundred callouts in each turn, the ones of its first tenth of a second absurdly slow.
    fn recorded(turns: &Turns, latency: impl Fn(usize) -> Nanos) -> Recorder {
        let recorder = Recorder::new(Nanos::ZERO).in_turns(turns.clone());
        for (round, block) in turns.blocks().enumerate() {
            for number in 0..100 {
                let due = block.start + Nanos::from_millis(10 * number);
                let is_settling = number < 10;
                let latency = if is_settling {
                    Nanos::SECOND
                } else {
                    latency(round)
                };
                recorder.begun(due, due);
                recorder.record(&sample(due, latency), None);
            }
        }
        recorder
    }

    // The machine drifts by a millisecond a round, and one round stands still for a second:
    // within a round both variants meet the same, and what tells them apart is found exactly.
    #[test]
    fn what_a_variant_costs_is_told_apart_from_what_drifts() {
        let turns = PLAN.turns(Seed(1), Nanos::ZERO);
        let drift = |round: usize| match round {
            5 => Nanos::SECOND,
            _ => Nanos::from_millis(10 + count(round)),
        };
        let dear = |round| drift(round) + Nanos::from_millis(2);
        let recorders = [recorded(&turns[0], drift), recorded(&turns[1], dear)];
        let mut recording = Recording::of(turns.into_iter().map(Some));
        let mut pool = BufferPool::new(0);
        for (load, recorder) in recorders.iter().enumerate() {
            for (key, interval) in recorder.take(&mut pool).intervals {
                recording.add(load, key, &interval);
            }
        }
        let variants: Vec<_> = ["none", "dear"]
            .into_iter()
            .zip(&recording.loads)
            .map(|(name, recorded)| variant(name, recorded.rounds.as_ref(), &[], 1))
            .collect();
        assert!(variants.iter().all(|variant| variant.rounds.len() == 8));
        assert!(variants[0].rounds.iter().all(|round| round.ok == 90));
        let cost = cost(&FIGURES[0], &variants[0].rounds, &variants[1].rounds).unwrap();
        assert_eq!(cost.rounds, 8);
        for end in [cost.low_ns, cost.more_ns, cost.high_ns] {
            assert!((end - 2e6).abs() < 1.0, "{cost:?}");
        }
        // Ninety callouts are too few for a p99.
        assert!(FIGURES[3].name.ends_with("p99"));
        assert!(super::cost(&FIGURES[3], &variants[0].rounds, &variants[1].rounds).is_none());
    }

    #[test]
    fn the_cpu_time_of_a_turn_is_shared_by_its_callouts() {
        let second = |own_cpu, started| Window {
            started,
            own_cpu,
            ..Window::default()
        };
        let busy = [second(Some(0.25), 100), second(Some(0.75), 300)];
        let each = cpu_per_callout(&busy, 2).unwrap();
        assert!((each - 5e6).abs() < 1e-3, "{each}");
        assert_eq!(cpu_per_callout(&[second(None, 100)], 2), None);
        assert_eq!(cpu_per_callout(&[second(Some(0.1), 0)], 2), None);
    }
}
