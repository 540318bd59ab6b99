//! How often a verdict of `compare` is right: the operating characteristics of its designs.
//!
//! A world of requests is made up, with the noise that shared machines have, and compared 400
//! times for each design and each true change. Prints a table in Markdown; the same seeds give the
//! same table: `cargo run --release --example characteristics`.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a made-up world of small numbers, timed and printed as a table"
)]

use std::fmt::Write as _;
use std::thread;
use std::time::Instant;

use leadbench::compare::{Options, compare};
use leadbench::phase::Phase;
use leadbench::summary::{Comparison, Finding, PhaseStats, Summary};
use leadbench::units::{Nanos, Seed, float, whole};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

/// Comparisons of each design and change.
const COMPARISONS: u64 = 400;

/// Callouts a second of each side; of both together where they share arrivals.
const RATE: usize = 300;

/// Seconds between two runs that are taken in turn.
const PAUSE: usize = 5;

/// Seconds of a slot, and the part of a second at its end in which nothing is sent.
const SLOT: (usize, f64) = (4, 0.5);

/// A design.
#[derive(Clone, Copy)]
struct Design {
    name: &'static str,
    pairs: u64,
    /// Seconds of a run.
    seconds: usize,
    mode: Mode,
}

/// How the sides share a round.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Mode {
    InTurn,
    SideBySide,
    PerArrival,
    Slots,
}

const fn design(name: &'static str, pairs: u64, seconds: usize, mode: Mode) -> Design {
    Design {
        name,
        pairs,
        seconds,
        mode,
    }
}

const DESIGNS: [Design; 9] = [
    design("in turn, 10 x 30 s", 10, 30, Mode::InTurn),
    design("in turn, 10 x 60 s", 10, 60, Mode::InTurn),
    design("in turn, 10 x 120 s", 10, 120, Mode::InTurn),
    design("in turn, 20 x 30 s", 20, 30, Mode::InTurn),
    design("side by side, 10 x 60 s", 10, 60, Mode::SideBySide),
    design("side by side, 20 x 60 s", 20, 60, Mode::SideBySide),
    design("per arrival, 10 x 60 s", 10, 60, Mode::PerArrival),
    design("per arrival, 20 x 60 s", 20, 60, Mode::PerArrival),
    design("slots, 10 x 60 s", 10, 60, Mode::Slots),
];

impl Mode {
    /// Whether the `number`-th arrival of a second of a run is one of the side's.
    fn sends(self, is_first: bool, second: usize, number: usize) -> bool {
        // Fibonacci hashing: a lot that both sides draw alike.
        let lot = |pair: usize| (pair as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 63 == 1;
        let is_ours = |pair: usize, is_later: bool| (lot(pair) == is_first) != is_later;
        match self {
            Self::InTurn | Self::SideBySide => true,
            Self::PerArrival => {
                let arrival = second * RATE + number;
                is_ours(arrival / 2, arrival % 2 == 1)
            }
            Self::Slots => {
                let (seconds, pause) = SLOT;
                let slot = second / seconds;
                let is_pause =
                    second % seconds == seconds - 1 && number as f64 >= RATE as f64 * (1.0 - pause);
                !is_pause && is_ours(slot / 2, slot % 2 == 1)
            }
        }
    }
}

/// By how much the candidate truly differs.
#[derive(Clone, Copy)]
struct Truth {
    body: f64,
    tail: f64,
    sign: f64,
}

const SAME: Truth = Truth {
    body: 1.0,
    tail: 1.0,
    sign: 1.0,
};

struct Dice(ChaCha8Rng);

impl Dice {
    fn uniform(&mut self) -> f64 {
        (float(self.0.next_u64() >> 11) + 0.5) / float(1_u64 << 53)
    }

    /// Box and Muller, 1958.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// What the machine does meanwhile: its speed in each second, and its stalls.
struct Machine {
    speed: Vec<f64>,
    /// When each begins and how long it lasts, in seconds.
    stalls: Vec<(f64, f64)>,
}

impl Machine {
    /// Slow drift (a standard deviation of 3 %, forgotten in 300 s), fast drift (4 %, 0.7 from
    /// second to second), and a stall each 20 s of 80 ms, both on average.
    fn new(dice: &mut Dice, seconds: usize) -> Self {
        let (mut slow, mut fast) = (0.03 * dice.normal(), 0.04 * dice.normal());
        let keep = (-1.0_f64 / 300.0).exp();
        let mut machine = Self {
            speed: Vec::new(),
            stalls: Vec::new(),
        };
        for second in 0..seconds {
            slow = keep * slow + (1.0 - keep * keep).sqrt() * 0.03 * dice.normal();
            fast = 0.7 * fast + (1.0_f64 - 0.49).sqrt() * 0.04 * dice.normal();
            machine.speed.push((slow + fast).exp());
            if dice.uniform() < 1.0 / 20.0 {
                let begins = second as f64 + dice.uniform();
                machine.stalls.push((begins, -0.08 * dice.uniform().ln()));
            }
        }
        machine
    }

    /// How long a request waits that comes at this instant.
    fn wait(&self, at: f64, nearest: &mut usize) -> f64 {
        while self
            .stalls
            .get(*nearest)
            .is_some_and(|(begins, lasts)| begins + lasts < at)
        {
            *nearest += 1;
        }
        let stall = self
            .stalls
            .get(*nearest)
            .filter(|(begins, _)| *begins <= at);
        stall.map_or(0.0, |(begins, lasts)| begins + lasts - at)
    }
}

/// One run on a machine: so many seconds from a second on. Bodies are log-normal around 10 ms; two
/// in a hundred take four times as long; each run has an effect of its own of 1.5 %.
fn run(
    dice: &mut Dice,
    machine: &Machine,
    (from, seconds): (usize, usize),
    truth: Truth,
    sends: impl Fn(usize, usize) -> bool,
) -> Figures {
    let own = (0.015 * dice.normal()).exp();
    let mut latencies = Vec::with_capacity(seconds * RATE);
    let mut nearest = 0;
    for second in from..from + seconds {
        for number in (0..RATE).filter(|number| sends(second - from, *number)) {
            let at = second as f64 + (number as f64 + 0.5) / RATE as f64;
            let base = if dice.uniform() < 0.02 {
                40.0 * truth.tail * (0.35 * dice.normal()).exp()
            } else {
                10.0 * truth.body * (0.25 * dice.normal()).exp()
            };
            let took = base * machine.speed[second] * own;
            latencies.push(took + 1_000.0 * machine.wait(at, &mut nearest));
        }
    }
    latencies.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share).round() as usize];
    let speed = machine.speed[from..from + seconds].iter().sum::<f64>() / seconds as f64;
    Figures {
        quantiles: [at(0.5), at(0.9), at(0.99), at(0.999)],
        sign: 0.25 * truth.sign * speed * (0.01 * dice.normal()).exp(),
        callouts: latencies.len() as u64,
    }
}

struct Figures {
    quantiles: [f64; 4],
    sign: f64,
    callouts: u64,
}

/// A run as a summary, with what is compared and no more.
fn summary(like: &Summary, figures: &Figures, number: u64, round: Option<u64>) -> Summary {
    let mut summary = like.clone();
    summary.run.id = format!("{number:016x}");
    // Both runs of a round begin at once.
    let minute = round.map_or(number, |round| 2 * round);
    summary.run.started_at = format!("2026-10-18T{:02}:{:02}:00Z", minute / 60, minute % 60);
    summary.run.labels = round
        .map(|round| ("duel.round".to_owned(), round.to_string()))
        .into_iter()
        .collect();
    summary.counts.completed = figures.callouts;
    summary.counts.ok = figures.callouts;
    summary.counts.failed = 0;
    summary.rates.achieved_per_s = RATE as f64;
    let stats = |[p50, p90, p99, p99_9]: [f64; 4]| {
        let ns = |milliseconds: f64| whole(milliseconds * 1e6);
        PhaseStats {
            count: figures.callouts,
            p50_ns: ns(p50),
            p90_ns: ns(p90),
            p99_ns: ns(p99),
            p99_9_ns: ns(p99_9),
            ..like.phases[&Phase::Latency]
        }
    };
    summary.phases = [
        (Phase::Latency, stats(figures.quantiles)),
        (Phase::SignCpu, stats([figures.sign; 4])),
    ]
    .into();
    summary
}

/// One comparison in this world.
fn compared(like: &Summary, design: Design, truth: Truth, number: u64) -> Comparison {
    let Design {
        pairs,
        seconds,
        mode,
        ..
    } = design;
    let is_at_once = mode != Mode::InTurn;
    let mut dice = Dice(Seed(number).rng(1));
    let slot = seconds + PAUSE;
    let slots = if is_at_once { pairs } else { 2 * pairs } as usize;
    let machine = Machine::new(&mut dice, slots * slot);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for pair in 0..pairs {
        let place = |second: u64| if is_at_once { pair } else { 2 * pair + second };
        let swapped = pair % 2;
        for (side, truth, at) in [
            (&mut before, SAME, swapped),
            (&mut after, truth, 1 - swapped),
        ] {
            let from = place(at) as usize * slot;
            let sends = |second, number| mode.sends(at == 0, second, number);
            let figures = run(&mut dice, &machine, (from, seconds), truth, sends);
            side.push(summary(
                like,
                &figures,
                2 * pair + at,
                is_at_once.then_some(pair),
            ));
        }
    }
    compare(&before, &after, &Options::default()).expect("runs of the same work")
}

/// The share of comparisons that find a regression (or, of builds that are alike, either) in each
/// of p50, p99 and signing, and in the verdict.
fn shares(like: &Summary, design: Design, truth: Truth, is_alarm: bool) -> [f64; 4] {
    let counted = |from: u64| {
        let mut found = [0_u64; 4];
        for number in (from..COMPARISONS).step_by(2) {
            let comparison = compared(like, design, truth, number);
            let of = |name: &str| {
                let metric = comparison.metrics.iter().find(|metric| metric.name == name);
                metric.map_or(Finding::TooNoisy, |metric| metric.finding)
            };
            let findings = [
                of("latency.p50"),
                of("latency.p99"),
                of("sign_cpu.p50"),
                comparison.finding,
            ];
            for (count, finding) in found.iter_mut().zip(findings) {
                let is_it =
                    finding == Finding::Regression || is_alarm && finding == Finding::Improvement;
                *count += u64::from(is_it);
            }
        }
        found
    };
    let (even, odd) = thread::scope(|scope| {
        let odd = scope.spawn(|| counted(1));
        (counted(0), odd.join().expect("the other half"))
    });
    std::array::from_fn(|place| float(even[place] + odd[place]) / float(COMPARISONS))
}

fn main() {
    let began = Instant::now();
    let text = include_str!("../../tests/fixtures/summaries/typical.json");
    let mut like: Summary = serde_json::from_str(text).expect("a summary");
    like.windows.clear();
    like.spectrum.clear();
    like.loads.clear();
    like.slowest.clear();
    let changes = [
        (
            "p50 +5 %",
            Truth {
                body: 1.05,
                tail: 1.05,
                ..SAME
            },
            0,
        ),
        ("p99 +20 %", Truth { tail: 1.20, ..SAME }, 1),
        ("p99 +10 %", Truth { tail: 1.10, ..SAME }, 1),
        ("signing +5 %", Truth { sign: 1.05, ..SAME }, 2),
    ];
    let mut table = "| design | alike: p50 | p99 | signing | verdict |".to_owned();
    for (name, ..) in changes {
        write!(table, " {name} |").expect("a string takes all");
    }
    println!("{table}\n|---|{}", "---:|".repeat(4 + changes.len()));
    for design in DESIGNS {
        let mut row = format!("| {} |", design.name);
        let cells = shares(&like, design, SAME, true)
            .into_iter()
            .chain(changes.map(|(_, truth, gate)| shares(&like, design, truth, false)[gate]));
        for share in cells {
            write!(row, " {:.1} % |", share * 100.0).expect("a string takes all");
        }
        println!("{row}");
    }
    println!(
        "\n{COMPARISONS} comparisons each; {}",
        Nanos::from(began.elapsed())
    );
}
