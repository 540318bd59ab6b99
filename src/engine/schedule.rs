//! When iterations are due.
//!
//! A schedule is arithmetic on counts and nanoseconds. It owns no timer and never learns
//! how the target behaves, so a slow target cannot stretch it.

mod due_instants;
mod duel_split;
mod releases;

pub use releases::{conversions, delayed_past_end, releases};

use due_instants::DueInstants;
use duel_split::DuelSplit;

use crate::plan::RateLoad;
use crate::units::{Nanos, Seed};

/// The bit of a stream's number at which that of its load begins: each load of a run draws
/// from streams of its own.
pub(super) const STREAMS_OF_A_LOAD: u32 = 32;

/// All arrivals of an open load; the same seed gives the same ones for ever.
#[derive(Clone, Debug)]
pub struct Schedule {
    load: RateLoad,
    seed: Seed,
    number: u64,
    start: Nanos,
}

/// One arrival.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Arrival {
    /// Its number within the load, from 0.
    pub seq: u64,
    /// When it is due, since the start of the run.
    pub due: Nanos,
}

impl Schedule {
    /// The schedule of the only load of a run.
    pub const fn new(load: RateLoad, seed: Seed) -> Self {
        Self {
            load,
            seed,
            number: 0,
            start: Nanos::ZERO,
        }
    }

    /// The schedule as that of one load of several: loads of the same shape differ in
    /// their arrivals by their number, and begin when they begin.
    #[must_use]
    pub const fn of_load(mut self, number: u64, start: Nanos) -> Self {
        self.number = number;
        self.start = start;
        self
    }

    /// The arrivals in due order; none is due at or after the end of the load. Of a shard, each has the
    /// number that it has among those of all shards.
    pub fn arrivals(&self) -> impl Iterator<Item = Arrival> + Send + use<> {
        let (start, share) = (self.start, self.load.share);
        // Boxed, because few loads are shared and its state is half a kilobyte.
        let mut lots = share.map(|share| {
            let over = self.load.duration();
            Box::new(DuelSplit::new(share, over, self.seed, self.number))
        });
        let is_ours = move |&(seq, due): &(u64, Nanos)| match &mut lots {
            Some(lots) => lots.are_for(seq, due),
            None => true,
        };
        let ours = (0..).zip(self.dues()).filter(is_ours);
        let arrivals = ours.zip(0..).map(move |((_, due), seq)| Arrival {
            seq,
            due: start + due,
        });
        let (first, step) = self
            .load
            .shard
            .map_or((0, 1), |shard| (shard.place(), shard.count()));
        arrivals.skip(first).step_by(step)
    }

    /// When arrivals are due since the start of the load, those of the other side included
    /// where this is the share of one.
    fn dues(&self) -> impl Iterator<Item = Nanos> + Send + use<> {
        let duration = self.load.duration();
        let dues = DueInstants::new(&self.load, self.seed, self.number);
        dues.take_while(move |due| *due < duration)
    }

    /// When arrivals are due since the start of the run, of both sides where this is the
    /// share of one: what two runs must have alike to be compared.
    pub fn all_dues(&self) -> impl Iterator<Item = Nanos> + Send + use<> {
        let start = self.start;
        self.dues().map(move |due| start + due)
    }

    /// The arrivals of one shard of many: every `shards`-th, so that all shards together
    /// are the whole, each exactly as it was.
    pub fn shard(
        &self,
        shard: usize,
        shards: usize,
    ) -> impl Iterator<Item = Arrival> + Send + use<> {
        self.arrivals().skip(shard).step_by(shards.max(1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::{
        ArrivalShape, Arrivals, DuelShare, ShareSide, SplitMethod, Stage, TimeSlots,
    };
    use crate::units::{Rate, float};

    fn schedule(rate: &str, arrivals: Arrivals, seconds: u64, seed: u64) -> Schedule {
        let rate = rate.parse().unwrap();
        let load = RateLoad::constant(rate, Nanos::from_secs(seconds), arrivals);
        Schedule::new(load, Seed(seed))
    }

    /// Stages as `(from, to, seconds)`, the rates in arrivals a second.
    fn staged(stages: &[(u64, u64, u64)], arrivals: Arrivals, seed: u64) -> Schedule {
        let stages = stages
            .iter()
            .map(|&(from, to, seconds)| Stage {
                from: Rate::per_second(from),
                to: Rate::per_second(to),
                over: Nanos::from_secs(seconds),
            })
            .collect();
        let one = Rate::per_second(1).unwrap();
        let load = RateLoad {
            shape: ArrivalShape::Stages { stages, arrivals },
            ..RateLoad::constant(one, Nanos::SECOND, arrivals)
        };
        Schedule::new(load, Seed(seed))
    }

    fn dues(schedule: &Schedule) -> Vec<u64> {
        schedule.arrivals().map(|arrival| arrival.due.0).collect()
    }

    #[test]
    fn uniform_arrivals_are_exact_and_end_with_the_load() {
        let dues: Vec<_> = schedule("1000/min", Arrivals::Uniform, 60, 1)
            .arrivals()
            .collect();
        assert_eq!(dues.len(), 1_000);
        assert_eq!(dues[500].due, Nanos::from_secs(30));
        assert!(dues.last().unwrap().due < Nanos::from_secs(60));
    }

    // The first gaps of seed 1: a change here changes every run of every user.
    #[test]
    fn a_seed_means_one_schedule_for_ever() {
        let dues: Vec<u64> = schedule("1000/s", Arrivals::Poisson, 1, 1)
            .arrivals()
            .take(4)
            .map(|arrival| arrival.due.0)
            .collect();
        assert_eq!(dues, [1_909_950, 1_962_205, 2_780_354, 2_886_310]);
    }

    // Index of dispersion: in a Poisson process the counts of equal spans have a variance
    // equal to their mean. 2,000 spans give it a standard error of about 0.03.
    #[test]
    fn poisson_counts_vary_as_much_as_their_mean() {
        let mut counts = vec![0_u32; 2_000];
        for arrival in schedule("100/s", Arrivals::Poisson, 2_000, 7).arrivals() {
            counts[crate::units::index(arrival.due.as_secs())] += 1;
        }
        let spans = 2_000.0;
        let mean = counts.iter().map(|&n| f64::from(n)).sum::<f64>() / spans;
        let variance = counts
            .iter()
            .map(|&n| (f64::from(n) - mean).powi(2))
            .sum::<f64>()
            / (spans - 1.0);
        assert!((99.0..101.0).contains(&mean), "{mean}");
        assert!(
            (0.85..1.15).contains(&(variance / mean)),
            "{}",
            variance / mean
        );
    }

    // On a ramp from r0 to r1 over T the n-th arrival is due when the area under the line
    // is n: t = (-r0 + sqrt(r0^2 + 2 a n)) / a, with a = (r1 - r0) / T.
    #[test]
    fn an_even_ramp_follows_the_square_root() {
        for (from, to) in [(0, 200), (40, 1_000), (300, 10)] {
            let (r0, slope) = (float(from), (float(to) - float(from)) / 10.0);
            let dues = dues(&staged(&[(from, to, 10)], Arrivals::Uniform, 1));
            assert_eq!(dues.len(), crate::units::index((from + to) * 5));
            for (n, due) in (0..).zip(dues) {
                let exact = ((r0 * r0 + 2.0 * slope * float(n)).sqrt() - r0) / slope;
                assert!((float(due) / 1e9 - exact).abs() < 2e-9, "{from} {to} {n}");
            }
        }
    }

    #[test]
    fn a_step_a_pause_and_a_spike_keep_the_count_of_their_areas() {
        let stages = [(100, 100, 2), (0, 0, 3), (100, 900, 1), (50, 50, 4)];
        let dues = dues(&staged(&stages, Arrivals::Uniform, 1));
        let within = |from: u64, to: u64| {
            let span = from * 1_000_000_000..to * 1_000_000_000;
            dues.iter().filter(|due| span.contains(*due)).count()
        };
        assert_eq!(within(0, 2), 200);
        assert_eq!(within(2, 5), 0);
        assert_eq!(within(5, 6), 500);
        assert_eq!(within(6, 10), 200);
        assert_eq!(dues.len(), 900);
    }

    // A stage that goes on as the last one did changes nothing.
    #[test]
    fn even_stages_of_one_rate_are_one_stage() {
        let whole = dues(&schedule("250/s", Arrivals::Uniform, 10, 1));
        let parts = dues(&staged(
            &[(250, 250, 4), (250, 250, 6)],
            Arrivals::Uniform,
            1,
        ));
        assert_eq!(whole, parts);
    }

    // Of a Poisson process with a changing rate, the counts of spans have the means of
    // their areas; 400 seeds give each mean a standard error of a twentieth of its root.
    #[test]
    fn a_poisson_ramp_has_the_mean_counts_of_its_areas() {
        let seeds = 400;
        let mut counts = [0_u64; 4];
        for seed in 0..seeds {
            for due in dues(&staged(&[(0, 80, 2), (80, 20, 2)], Arrivals::Poisson, seed)) {
                counts[crate::units::index(due / 1_000_000_000)] += 1;
            }
        }
        for (count, area) in counts.into_iter().zip([20.0_f64, 60.0, 65.0, 35.0]) {
            let mean = float(count) / float(seeds);
            assert!(
                (mean - area).abs() < 4.0 * area.sqrt() / 20.0,
                "{mean} for {area}"
            );
        }
    }

    #[test]
    fn a_trace_is_kept_to_the_nanosecond_and_shards_as_any_schedule() {
        let dues = [0, 0, 7, 1_000_000_001, 2_999_999_999].map(Nanos);
        let mut load = schedule("1/s", Arrivals::Uniform, 1, 1).load;
        load.shape = ArrivalShape::Trace {
            dues: dues.into(),
            over: Nanos::from_secs(3),
        };
        let schedule = Schedule::new(load, Seed(1)).of_load(0, Nanos::from_secs(1));
        let kept: Vec<_> = schedule
            .arrivals()
            .map(|arrival| arrival.due - Nanos::SECOND)
            .collect();
        assert_eq!(kept, dues);
        let second: Vec<_> = schedule.shard(1, 2).map(|arrival| arrival.seq).collect();
        assert_eq!(second, [1, 3]);
    }

    #[test]
    fn a_load_of_several_begins_when_it_begins_and_draws_its_own_gaps() {
        let first = schedule("100/s", Arrivals::Poisson, 1, 5);
        let second = first.clone().of_load(1, Nanos::from_secs(3));
        let moved: Vec<_> = dues(&first).iter().map(|due| due + 3_000_000_000).collect();
        let second = dues(&second);
        assert!(
            second
                .iter()
                .all(|due| (3_000_000_000..4_000_000_000).contains(due))
        );
        assert_ne!(second, moved);
    }

    /// What either side of a duel sends of a schedule.
    fn shares(schedule: &Schedule, split: SplitMethod) -> [Vec<u64>; 2] {
        [ShareSide::First, ShareSide::Second].map(|side| {
            let mut own = schedule.clone();
            own.load.share = Some(DuelShare { side, split });
            assert!(
                own.arrivals()
                    .map(|arrival| arrival.seq)
                    .eq(0..crate::units::count(own.arrivals().count()))
            );
            dues(&own)
        })
    }

    // A fair coin gives either side the earlier of a pair; 2,000 pairs give the share a
    // standard error of 1.1 %.
    #[test]
    fn who_has_the_earlier_of_two_arrivals_is_up_to_a_lot() {
        let schedule = schedule("400/s", Arrivals::Uniform, 10, 3);
        let whole = dues(&schedule);
        let [first, second] = shares(&schedule, SplitMethod::PerArrival);
        let earlier = whole.iter().step_by(2).filter(|due| first.contains(due));
        let earlier = float(earlier.count()) / 2_000.0;
        assert!((0.455..0.545).contains(&earlier), "{earlier}");
        assert_eq!((first.len(), second.len()), (2_000, 2_000));
    }

    #[test]
    fn of_two_slots_each_side_has_one_and_none_the_pauses() {
        let slots = TimeSlots {
            from: Nanos::from_secs(1),
            slot: Nanos::from_secs(2),
            pause: Nanos::from_millis(500),
        };
        let schedule = schedule("100/s", Arrivals::Uniform, 12, 3);
        let [first, second] = shares(&schedule, SplitMethod::TimeSlots(slots));
        // Half of the first second, and two of four slots of 1.5 s; the last 3 s hold no pair.
        assert_eq!((first.len(), second.len()), (350, 350));
        let in_slot = |dues: &[u64], slot: u64| {
            let from = 1_000_000_000 + slot * 2_000_000_000;
            dues.iter()
                .filter(|due| (from..from + 1_500_000_000).contains(*due))
                .count()
        };
        for pair in [0, 2] {
            let counts = [pair, pair + 1].map(|slot| in_slot(&first, slot));
            assert!(counts == [150, 0] || counts == [0, 150], "{counts:?}");
            let others = [pair, pair + 1].map(|slot| in_slot(&second, slot));
            assert_eq!(counts.map(|count| 150 - count), others);
        }
    }

    proptest! {
        #[test]
        fn two_shares_are_the_whole(seed: u64, rate in 1_u64..500, poisson: bool) {
            let arrivals = if poisson { Arrivals::Poisson } else { Arrivals::Uniform };
            let schedule = schedule(&format!("{rate}/s"), arrivals, 2, seed);
            let [first, second] = shares(&schedule, SplitMethod::PerArrival);
            prop_assert!(first.len().abs_diff(second.len()) <= 1);
            let mut both = [first, second].concat();
            both.sort_unstable();
            prop_assert_eq!(both, dues(&schedule));
        }

        #[test]
        fn dues_never_go_back(seed: u64, poisson: bool) {
            let arrivals = if poisson { Arrivals::Poisson } else { Arrivals::Uniform };
            let dues: Vec<_> = schedule("500/s", arrivals, 2, seed).arrivals().collect();
            prop_assert!(dues.windows(2).all(|pair| pair[0].due <= pair[1].due));
            prop_assert!(dues.iter().zip(0..).all(|(arrival, seq)| arrival.seq == seq));
        }

        #[test]
        fn staged_dues_never_go_back_and_end_with_the_load(
            stages in proptest::collection::vec((0_u64..300, 0_u64..300, 1_u64..4), 1..5),
            poisson: bool,
            seed: u64,
        ) {
            let arrivals = if poisson { Arrivals::Poisson } else { Arrivals::Uniform };
            let dues = dues(&staged(&stages, arrivals, seed));
            let seconds: u64 = stages.iter().map(|(_, _, seconds)| seconds).sum();
            prop_assert!(dues.is_sorted());
            prop_assert!(dues.last().is_none_or(|last| *last < seconds * 1_000_000_000));
            if !poisson {
                let area: f64 = stages
                    .iter()
                    .map(|&(from, to, seconds)| float((from + to) * seconds) / 2.0)
                    .sum();
                prop_assert!((float(dues.len()) - area).abs() <= 1.0);
            }
        }

        #[test]
        fn shards_together_are_the_whole(seed: u64, shards in 1_usize..9) {
            let schedule = schedule("300/s", Arrivals::Poisson, 1, seed);
            let mut parts: Vec<_> = (0..shards)
                .flat_map(|shard| schedule.shard(shard, shards))
                .collect();
            parts.sort_by_key(|arrival| arrival.seq);
            prop_assert_eq!(parts, schedule.arrivals().collect::<Vec<_>>());
        }
    }
}
