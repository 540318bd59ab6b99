//! What a virtual user does: it starts, pauses, makes callouts and ends.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use std::vec::IntoIter;

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use tokio::time::sleep_until;

use super::iteration::{Caller, DueIteration};
use super::user_stages::active_spans;
use super::{Arrival, Stop};
use crate::client::Transport;
use crate::clock::Clock;
use crate::on_panic::OnPanic;
use crate::plan::{Crew, Iterations, Pause, UsersLoad};
use crate::units::{Counter, Nanos, count, float, unit_fraction, whole};

/// The pause of a user whose callout failed at once, so that a target that refuses does
/// not turn users into a busy loop.
const FAILURE_PAUSE: Duration = Duration::from_millis(20);

/// What all virtual users of one load share.
pub(super) struct VirtualUsers {
    load: UsersLoad,
    users: usize,
    start: Nanos,
    clock: Clock,
    stop: Stop,
    /// Raised when no more iterations begin, whatever the reason.
    ending: Stop,
    next_seq: Counter,
    done: Counter,
    panicked: AtomicBool,
}

/// One virtual user's own state.
pub(super) struct VirtualUser<T> {
    caller: Caller<T>,
    /// When its next iteration begins.
    next: Nanos,
    iterations: u64,
    is_done: bool,
    /// Where its pauses are drawn from, if they are. Boxed, because many users have none.
    rng: Option<Box<ChaCha8Rng>>,
    /// When it is there: now, and later.
    active: Range<Nanos>,
    later: IntoIter<Range<Nanos>>,
}

/// What a user has drawn.
pub(super) struct Drawn {
    spread: Nanos,
    rng: Option<Box<ChaCha8Rng>>,
}

impl VirtualUsers {
    pub(super) fn new(load: UsersLoad, start: Nanos, clock: Clock, stop: Stop) -> Self {
        Self {
            users: load.users(),
            load,
            start,
            clock,
            stop,
            ending: Stop::default(),
            next_seq: Counter::default(),
            done: Counter::default(),
            panicked: AtomicBool::new(false),
        }
    }

    /// The users of all shards.
    pub(super) fn all(&self) -> usize {
        self.load.all_users()
    }

    /// Whether this process has the `user`-th user of all.
    pub(super) fn is_ours(&self, user: usize) -> bool {
        let shard = self.load.shard;
        shard.is_none_or(|shard| user % shard.count() == shard.place())
    }

    /// What a user draws before it begins. With a pause to draw from, first callouts are
    /// spread over it, so that users do not march in step.
    pub(super) fn draw(&self, rng: &mut ChaCha8Rng) -> Drawn {
        let pause = self.load.pause;
        let spread = Nanos(rng.random_range(0..=pause.mean().0));
        let is_drawn = matches!(pause, Pause::Uniform { .. } | Pause::Exponential { .. });
        Drawn {
            spread,
            rng: is_drawn.then(|| Box::new(fork(rng))),
        }
    }

    /// The `user`-th user of all.
    pub(super) fn user<T>(&self, user: usize, caller: Caller<T>, drawn: Drawn) -> VirtualUser<T> {
        let mut active_spans = match &self.load.crew {
            Crew::Timed(stages) => active_spans(stages, user),
            Crew::Counted { .. } => vec![Nanos::ZERO..Nanos(u64::MAX)],
        }
        .into_iter();
        let active = active_spans.next().unwrap_or_default();
        VirtualUser {
            caller,
            next: self.start + active.start + drawn.spread,
            iterations: 0,
            is_done: false,
            rng: drawn.rng,
            active,
            later: active_spans,
        }
    }

    /// Whether an iteration has panicked.
    pub(super) fn has_panicked(&self) -> bool {
        self.panicked.load(Relaxed)
    }

    /// Waits until no more iterations are to begin.
    pub(super) async fn over(&self) {
        let time_is_up = async {
            match self.load.at_most() {
                Some(span) => sleep_until(self.clock.instant(self.start + span)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = time_is_up => {}
            () = self.stop.raised() => {}
            () = self.ending.raised() => {}
        }
        self.ending.raise();
    }

    /// The pause of a user, then its next iteration. Returns when that ended; `None` if the user
    /// has finished.
    pub(super) async fn next_iteration<T: Transport>(
        &self,
        user: &mut VirtualUser<T>,
    ) -> Option<Nanos> {
        if self.ending.is_raised() || user.is_done {
            return None;
        }
        if !user.find_active_span(self.start) {
            self.finish_user(user);
            return None;
        }
        let mut now = self.clock.now();
        // Before the start of the run its clock stands at zero.
        if user.next > now || now == Nanos::ZERO {
            tokio::select! {
                biased;
                () = self.ending.raised() => return None,
                () = sleep_until(self.clock.instant(user.next)) => {}
            }
            now = self.clock.now();
        }
        let begun = self.next_seq.count();
        if let Some(Iterations::Shared(_)) = self.iterations()
            && self.load.iterations().is_some_and(|all| begun >= all)
        {
            self.finish_user(user);
            return None;
        }
        let seq = self.number_of(begun);
        // Goose itself would swallow a panic with the user.
        let guard = OnPanic(|| {
            self.panicked.store(true, Relaxed);
            self.count_finished();
        });
        let iteration = DueIteration::of(Arrival { seq, due: now });
        let ended = user.caller.iterate(iteration, now).await;
        user.caller.end_transaction();
        let mut next = user.after(self.load.pause, now, ended.at);
        if !ended.outcome.is_ok() {
            next = next.max(ended.at + FAILURE_PAUSE.into());
        }
        user.next = next;
        user.iterations += 1;
        if let Some(Iterations::Each(each)) = self.iterations()
            && user.iterations >= each
        {
            self.finish_user(user);
        }
        drop(guard);
        Some(ended.at)
    }

    /// The number of an iteration among those of all shards, by its number in this one.
    fn number_of(&self, begun: u64) -> u64 {
        self.load.shard.map_or(begun, |shard| {
            begun * u64::from(shard.of()) + count(shard.place())
        })
    }

    const fn iterations(&self) -> Option<Iterations> {
        match &self.load.crew {
            Crew::Counted { iterations, .. } => Some(*iterations),
            Crew::Timed(_) => None,
        }
    }

    /// Marks a user as done; with the last one the load is over.
    fn finish_user<T>(&self, user: &mut VirtualUser<T>) {
        user.is_done = true;
        self.count_finished();
    }

    fn count_finished(&self) {
        if self.done.count() + 1 >= count(self.users) {
            self.ending.raise();
        }
    }
}

impl<T> VirtualUser<T> {
    /// Moves on to the span in which the next iteration can begin; returns whether there is one.
    fn find_active_span(&mut self, start: Nanos) -> bool {
        while self.next >= start + self.active.end {
            let Some(active) = self.later.next() else {
                return false;
            };
            self.next = self.next.max(start + active.start);
            self.active = active;
        }
        true
    }

    /// When the next iteration begins, after one that went from `began` to `ended`.
    fn after(&mut self, pause: Pause, began: Nanos, ended: Nanos) -> Nanos {
        let drawn = self.rng.as_mut();
        match (pause, drawn) {
            (Pause::Pace(span), _) => (began + span).max(ended),
            (Pause::Uniform { min, max }, Some(rng)) => {
                ended + Nanos(rng.random_range(min.0..=max.0))
            }
            (Pause::Exponential { mean }, Some(rng)) => {
                let uniform = unit_fraction(rng.next_u64());
                ended + Nanos(whole(-libm::log1p(-uniform) * float(mean.0)))
            }
            (pause, _) => ended + pause.mean(),
        }
    }
}

/// A generator whose stream is its own.
fn fork(rng: &mut ChaCha8Rng) -> ChaCha8Rng {
    use rand::SeedableRng as _;
    ChaCha8Rng::seed_from_u64(rng.next_u64())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::Instant;

    use super::*;
    use crate::client::{Attempt, Callout};
    use crate::engine::RetryPolicy;
    use crate::lead::Leads;
    use crate::plan::{CrewStage, LeadPlan};
    use crate::record::Recorder;
    use crate::sample::Outcome;
    use crate::token::TokenProvider;
    use crate::units::Seed;

    /// A target that answers after 30 ms and notes when it was called.
    #[derive(Clone, Debug)]
    struct Notebook {
        clock: Clock,
        began: Arc<std::sync::Mutex<Vec<Nanos>>>,
    }

    impl Transport for Notebook {
        async fn post(&mut self, _: &Callout) -> Attempt {
            let began = self.clock.now();
            self.began.lock().unwrap().push(began);
            tokio::time::sleep(Duration::from_millis(30)).await;
            Attempt {
                ended: self.clock.now(),
                status: Some(201),
                outcome: Outcome::Ok,
                ..Attempt::begun(began)
            }
        }
    }

    /// Runs a load to its end; tells when its callouts began, in milliseconds.
    async fn calls(load: UsersLoad) -> Vec<u64> {
        calls_after(Duration::ZERO, load).await
    }

    /// The same of a run that starts a while after its users are there.
    async fn calls_after(run_up: Duration, load: UsersLoad) -> Vec<u64> {
        let clock = Clock::new(Instant::now() + run_up, Duration::ZERO);
        let notebook = Notebook {
            clock,
            began: Arc::default(),
        };
        let plan = LeadPlan {
            seed: Seed(1),
            ..LeadPlan::default()
        };
        let leads = Leads::new(&plan, 1, time::OffsetDateTime::UNIX_EPOCH);
        let recorder = Arc::new(Recorder::new(Nanos::ZERO));
        let count = load.users();
        let users = Arc::new(VirtualUsers::new(load, Nanos::ZERO, clock, Stop::default()));
        let mut rng = Seed(1).rng(3);
        for user in 0..count {
            let caller = Caller {
                transport: notebook.clone(),
                provider: TokenProvider::None,
                leads: Arc::new(leads.clone()),
                recorder: Arc::clone(&recorder),
                clock,
                retry: RetryPolicy::default(),
                exchange: None,
                negatives: None,
                last_bearer: None,
                traces: None,
                observers: crate::engine::Observers::default(),
            };
            let mut user = users.user(user, caller, users.draw(&mut rng));
            let users = Arc::clone(&users);
            tokio::spawn(async move { while users.next_iteration(&mut user).await.is_some() {} });
        }
        users.over().await;
        let began = notebook.began.lock().unwrap();
        began.iter().map(|began| began.0 / 1_000_000).collect()
    }

    fn timed(users: usize, seconds: u64, pause: Pause) -> UsersLoad {
        let stage = CrewStage {
            from: users,
            to: users,
            over: Nanos::from_secs(seconds),
        };
        UsersLoad {
            crew: Crew::Timed(vec![stage]),
            pause,
            shard: None,
        }
    }

    const MS: fn(u64) -> Nanos = Nanos::from_millis;

    #[tokio::test(start_paused = true)]
    async fn no_user_begins_before_the_run() {
        let load = || timed(2, 1, Pause::Constant(MS(70)));
        let at_once = calls(load()).await;
        assert!(at_once.len() > 10);
        assert_eq!(
            calls_after(Duration::from_millis(500), load()).await,
            at_once
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_paced_user_calls_at_even_distances_whatever_an_answer_takes() {
        let calls = calls(timed(1, 2, Pause::Pace(MS(100)))).await;
        assert!((19..=20).contains(&calls.len()), "{calls:?}");
        assert!(
            calls
                .windows(2)
                .all(|pair| (100..=101).contains(&(pair[1] - pair[0])))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_pace_that_cannot_be_kept_leaves_no_pause() {
        let calls = calls(timed(1, 1, Pause::Pace(MS(10)))).await;
        assert!(
            calls
                .windows(2)
                .all(|pair| (30..=32).contains(&(pair[1] - pair[0])))
        );
    }

    // Of 300 pauses drawn, the mean lies within four standard errors of its own.
    #[tokio::test(start_paused = true)]
    async fn drawn_pauses_have_the_mean_that_was_asked_for() {
        let uniform = Pause::Uniform {
            min: MS(50),
            max: MS(150),
        };
        let exponential = Pause::Exponential { mean: MS(100) };
        for (pause, tolerance) in [(uniform, 7.0), (exponential, 24.0)] {
            let calls = calls(timed(1, 39, pause)).await;
            let gaps = calls.windows(2).map(|pair| pair[1] - pair[0] - 30);
            let mean = float(gaps.sum::<u64>()) / float(calls.len() - 1);
            assert!((mean - 100.5).abs() < tolerance, "{pause:?}: {mean}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn shared_iterations_are_done_once_each_by_whoever_is_free() {
        let load = |iterations, users| UsersLoad {
            crew: Crew::Counted {
                users,
                iterations,
                at_most: None,
            },
            pause: Pause::Constant(Nanos::ZERO),
            shard: None,
        };
        assert_eq!(calls(load(Iterations::Shared(40), 7)).await.len(), 40);
        assert_eq!(calls(load(Iterations::Shared(3), 7)).await.len(), 3);
        assert_eq!(calls(load(Iterations::Each(4), 7)).await.len(), 28);
    }

    #[tokio::test(start_paused = true)]
    async fn iterations_end_at_their_limit_of_time() {
        let load = UsersLoad {
            crew: Crew::Counted {
                users: 1,
                iterations: Iterations::Each(1_000),
                at_most: Some(MS(300)),
            },
            pause: Pause::Constant(Nanos::ZERO),
            shard: None,
        };
        assert!((9..=10).contains(&calls(load).await.len()));
    }

    #[tokio::test(start_paused = true)]
    async fn users_call_only_while_they_are_there() {
        let stage = |from, to, ms| CrewStage {
            from,
            to,
            over: MS(ms),
        };
        let load = UsersLoad {
            crew: Crew::Timed(vec![stage(2, 2, 300), stage(0, 0, 400), stage(0, 4, 800)]),
            pause: Pause::Constant(Nanos::ZERO),
            shard: None,
        };
        let calls = calls(load).await;
        let within = |from, to| calls.iter().filter(|at| (from..to).contains(*at)).count();
        assert!((18..=20).contains(&within(0, 300)), "{calls:?}");
        assert_eq!(
            within(300, 900),
            0,
            "no user calls before the first of the ramp has come"
        );
        // One, two and three users, 200 ms each.
        assert!((34..=42).contains(&within(900, 1_500)), "{calls:?}");
    }
}
