//! How often a verdict is wrong, in worlds that are made up: 400 comparisons each.

use leadbench::summary::{Comparison, Finding, Summary};
use leadbench::units::Seed;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use crate::runs::{Figures, USUAL, compared, finding, in_turn, side_by_side};

const COMPARISONS: u64 = 400;

/// More false alarms than these have less than one chance in twenty where 5 % is meant: the 95th
/// percentile of the binomial distribution with 400 and 0.05.
const ALARMS_MAX: usize = 27;

/// How runs differ that are of the same build.
#[derive(Clone, Copy)]
struct World {
    /// The standard deviation of a run's median, as a share of it.
    p50: f64,
    /// Of its p99.
    p99: f64,
    /// Of its cost of signing.
    sign: f64,
    /// What the machine gets slower by from one run to the next.
    drift: f64,
    /// One run in so many is hit by something that doubles its tail.
    outlier_in: Option<u64>,
    /// Latencies are told in steps of so many milliseconds.
    step: f64,
    /// How much more the candidate's runs differ.
    wider: f64,
}

const CALM: World = World {
    p50: 0.022,
    p99: 0.075,
    sign: 0.02,
    drift: 0.0,
    outlier_in: None,
    step: 0.0,
    wider: 1.0,
};

struct Dice(ChaCha8Rng);

impl Dice {
    fn uniform(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / f64::from(u32::MAX)
    }

    /// Box and Muller, 1958.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().max(1e-12).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

impl World {
    /// One run, at its place in time, with its true figures times `truth`.
    fn run(self, dice: &mut Dice, at: u32, wider: f64, truth: Truth) -> Figures {
        let drift = 1.0 + self.drift * f64::from(at);
        let is_hit = self
            .outlier_in
            .is_some_and(|one| dice.0.next_u64().is_multiple_of(one));
        let mut spread =
            |share: f64| (share * wider * dice.normal() / std::f64::consts::SQRT_2).exp();
        let told = |milliseconds: f64| match self.step {
            step if step > 0.0 => (milliseconds / step).round() * step,
            _ => milliseconds,
        };
        Figures {
            p50: told(USUAL.p50 * drift * truth.p50 * spread(self.p50)),
            p99: told(
                USUAL.p99 * drift * truth.p99 * spread(self.p99) * if is_hit { 2.0 } else { 1.0 },
            ),
            sign_cpu: USUAL.sign_cpu * drift * truth.sign * spread(self.sign),
            ..USUAL
        }
    }
}

/// By how much the candidate truly differs.
#[derive(Clone, Copy)]
struct Truth {
    p50: f64,
    p99: f64,
    sign: f64,
}

const SAME: Truth = Truth {
    p50: 1.0,
    p99: 1.0,
    sign: 1.0,
};

type Take = fn(
    u32,
    &mut dyn FnMut(u32) -> Figures,
    &mut dyn FnMut(u32) -> Figures,
) -> (Vec<Summary>, Vec<Summary>);

const DESIGNS: [(&str, Take); 2] = [
    ("in turn", |pairs, before, after| {
        in_turn(pairs, before, after)
    }),
    ("side by side", |pairs, before, after| {
        side_by_side(pairs, before, after)
    }),
];

/// How many comparisons each of the questions is true of.
fn times<const N: usize>(
    (world, take): (World, Take),
    truth: Truth,
    questions: impl Fn(&Comparison) -> [bool; N],
) -> [usize; N] {
    let mut found = [0; N];
    for number in 0..COMPARISONS {
        let dice = |stream| Dice(Seed(number).rng(stream));
        let (mut before, mut after) = (dice(1), dice(2));
        let comparison = compared(&take(
            10,
            &mut |pair| world.run(&mut before, 2 * pair, 1.0, SAME),
            &mut |pair| world.run(&mut after, 2 * pair, world.wider, truth),
        ));
        for (count, is_so) in found.iter_mut().zip(questions(&comparison)) {
            *count += usize::from(is_so);
        }
    }
    found
}

const GATES: [&str; 3] = ["latency.p50", "latency.p99", "sign_cpu.p50"];

fn is_alarm(finding: Finding) -> bool {
    matches!(finding, Finding::Regression | Finding::Improvement)
}

/// Of builds that are alike, in both designs.
#[track_caller]
fn assert_few_alarms(world: World) {
    for (design, take) in DESIGNS {
        let alarms = times((world, take), SAME, |one| {
            let [p50, p99, sign] = GATES.map(|gate| is_alarm(finding(one, gate)));
            [is_alarm(one.finding), p50, p99, sign]
        });
        let most = alarms.into_iter().max().unwrap();
        assert!(most <= ALARMS_MAX, "{alarms:?}: {design}");
    }
}

#[test]
fn builds_that_are_alike_seldom_raise_an_alarm() {
    assert_few_alarms(CALM);
}

#[test]
fn a_machine_that_gets_slower_raises_no_alarm() {
    assert_few_alarms(World {
        drift: 0.01,
        ..CALM
    });
}

#[test]
fn a_run_in_five_that_something_hits_raises_no_alarm() {
    assert_few_alarms(World {
        outlier_in: Some(5),
        ..CALM
    });
}

#[test]
fn latencies_told_in_whole_milliseconds_raise_no_alarm() {
    assert_few_alarms(World { step: 1.0, ..CALM });
}

#[test]
fn a_side_that_varies_more_raises_no_alarm() {
    assert_few_alarms(World { wider: 2.0, ..CALM });
}

#[test]
fn what_is_slower_is_found() {
    let side_by_side = (CALM, DESIGNS[1].1);
    let slower = Truth {
        p50: 1.05,
        p99: 1.20,
        sign: 1.05,
    };
    let [p50, p99, sign] = times(side_by_side, slower, |one| {
        GATES.map(|gate| finding(one, gate) == Finding::Regression)
    });
    assert!(p50 >= 380, "+5 % of p50 was found in {p50}");
    assert!(p99 >= 360, "+20 % of p99 was found in {p99}");
    assert!(sign >= 380, "+5 % of signing was found in {sign}");
}

#[test]
fn a_change_as_large_as_the_margin_is_seldom_called_none() {
    let at_the_margin = Truth {
        p50: 1.03,
        p99: 1.10,
        sign: 1.03,
    };
    for (design, take) in DESIGNS {
        let missed = times((CALM, take), at_the_margin, |one| {
            GATES.map(|gate| finding(one, gate) == Finding::NoChange)
        });
        assert!(
            missed.into_iter().all(|missed| missed <= ALARMS_MAX),
            "{missed:?}: {design}"
        );
    }
}
