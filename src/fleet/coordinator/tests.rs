//! Every order of events: what a coordinator then does.

use proptest::prelude::*;

use super::*;

const WALL: Nanos = Nanos(1_800_000_000_000_000_000);

const fn at(seconds: u64) -> Nanos {
    Nanos::from_secs(seconds)
}

fn ready(name: &str) -> Ready {
    Ready {
        name: name.to_owned(),
        version: "1".to_owned(),
        plan_sha256: "plan".to_owned(),
        keys_sha256: "keys".to_owned(),
        run_up: Nanos::from_millis(200),
        ahead_ns: 5_000_000,
        offset_error: Nanos::from_millis(1),
        refused: None,
        is_of_target: false,
    }
}

fn coordinator(agents: u32, on_loss: AgentLoss) -> Coordinator {
    Coordinator::new(agents, ("1", "plan"), on_loss, at(120), at(0))
}

fn ended(frames: u64) -> AgentEnd {
    AgentEnd {
        frames,
        broken: None,
        skew: Nanos(1_000),
    }
}

/// A run whose agents are all ready at the third second.
fn running(agents: u32, on_loss: AgentLoss) -> Coordinator {
    let mut run = coordinator(agents, on_loss);
    for shard in 1..=agents {
        run.on(
            Event::Ready(shard, Box::new(ready(&format!("a{shard}")))),
            at(3),
            WALL,
        );
    }
    assert_eq!(run.phase, Phase::Running);
    run
}

fn refusal(run: &mut Coordinator, change: impl FnOnce(&mut Ready)) -> String {
    let mut other = ready("other");
    change(&mut other);
    run.on(Event::Ready(1, Box::new(ready("first"))), at(1), WALL);
    let actions = run.on(Event::Ready(2, Box::new(other)), at(2), WALL);
    match actions.last() {
        Some(Action::Refuse(refusal)) => refusal.why.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn agents_begin_when_all_are_ready_and_no_sooner_than_the_slowest_can() {
    let mut run = coordinator(2, AgentLoss::Stop);
    let first = run.on(Event::Ready(1, Box::new(ready("one"))), at(1), WALL);
    assert_eq!(first, [Action::Tell("agent 1/2 is ready: one".to_owned())]);
    let mut slow = ready("two");
    slow.run_up = at(7);
    let actions = run.on(Event::Ready(2, Box::new(slow)), at(2), WALL);
    assert_eq!(
        actions[1],
        Action::Arm(Arm {
            start: WALL + at(7) + Nanos::from_millis(1_500)
        })
    );
    // One that is far away hears of it later.
    let mut run = coordinator(1, AgentLoss::Stop);
    let mut far = ready("far");
    far.offset_error = Nanos::from_millis(100);
    let actions = run.on(Event::Ready(1, Box::new(far)), at(2), WALL);
    assert_eq!(
        actions[1],
        Action::Arm(Arm {
            start: WALL + at(4) + Nanos::from_millis(200)
        })
    );
    assert_eq!(running(1, AgentLoss::Stop).phase, Phase::Running);
}

#[test]
fn agents_that_differ_are_refused_with_both_values() {
    let two = || coordinator(2, AgentLoss::Stop);
    let why = refusal(&mut two(), |other| other.version = "2".to_owned());
    assert_eq!(
        why,
        "agent 2 (other) is leadbench 2, and the coordinator is 1"
    );
    let why = refusal(&mut two(), |other| other.plan_sha256.clear());
    assert!(why.contains("another plan"), "{why}");
    let why = refusal(&mut two(), |other| other.keys_sha256.clear());
    assert_eq!(why, "agent 2 (other) signs with another key than first");
    // Whatever else is wrong with it: a target refuses the tokens of a wrong clock.
    let why = refusal(&mut two(), |other| {
        other.ahead_ns = -2_000_000_000;
        other.refused = Some("401".to_owned());
    });
    assert!(
        why.starts_with("the clock of agent 2 (other) is 2.00 s behind that"),
        "{why}"
    );
    let why = refusal(&mut two(), |other| {
        other.refused = Some("no key".to_owned());
    });
    assert_eq!(why, "agent 2 (other) cannot run: no key");
    // A third of a second is corrected.
    let mut run = two();
    let mut off = ready("off");
    off.ahead_ns = 300_000_000;
    run.on(Event::Ready(1, Box::new(ready("first"))), at(1), WALL);
    let actions = run.on(Event::Ready(2, Box::new(off)), at(2), WALL);
    assert!(
        matches!(actions.last(), Some(Action::Arm(_))),
        "{actions:?}"
    );
}

#[test]
fn who_is_missing_after_the_wait_is_told() {
    let mut run = coordinator(3, AgentLoss::Stop);
    run.on(Event::Ready(1, Box::new(ready("one"))), at(1), WALL);
    run.on(Event::Alive(2), at(2), WALL);
    assert_eq!(run.on(Event::Tick, at(119), WALL), []);
    let actions = run.on(Event::Tick, at(120), WALL);
    let Some(Action::Refuse(refusal)) = actions.last() else {
        panic!("{actions:?}")
    };
    assert_eq!(
        refusal.why,
        "1 of 3 agents were ready after 120 s; ready: 1 (one); still preparing: 2; not there: 3"
    );
}

#[test]
fn a_silent_agent_is_lost_and_ends_the_run() {
    let mut run = running(2, AgentLoss::Stop);
    // The load begins 1.7 s after the start was told.
    let actions = run.on(Event::Alive(1), at(14), WALL);
    assert_eq!(actions, []);
    run.on(Event::Frame(1, 0, vec![1]), at(14), WALL);
    let actions = run.on(Event::Tick, at(15), WALL);
    assert!(
        matches!(&actions[0], Action::Tell(told) if told.starts_with("agent 2 (a2) was lost")),
        "{actions:?}"
    );
    assert_eq!(actions[1], Action::Lost(2));
    assert!(matches!(&actions[2], Action::StopAgents(_)));
    let actions = run.on(Event::Ended(1, ended(1)), at(18), WALL);
    let Some(Action::Conclude(ending)) = actions.last() else {
        panic!("{actions:?}")
    };
    assert_eq!(ending.incomplete.keys().collect::<Vec<_>>(), [&2]);
}

#[test]
fn with_continue_the_others_come_to_their_end() {
    let mut run = running(2, AgentLoss::Continue);
    for second in 6..20 {
        run.on(Event::Alive(1), at(second), WALL);
    }
    assert_eq!(run.phase, Phase::Running);
    let actions = run.on(Event::Ended(1, ended(0)), at(20), WALL);
    assert!(
        matches!(actions.last(), Some(Action::Conclude(ending)) if ending.incomplete.len() == 1)
    );
}

#[test]
fn while_the_broker_is_gone_nobody_is_lost() {
    let mut run = running(2, AgentLoss::Stop);
    run.on(Event::Broker(false), at(7), WALL);
    assert_eq!(run.on(Event::Tick, at(40), WALL), []);
    let actions = run.on(Event::Broker(true), at(41), WALL);
    assert_eq!(
        actions,
        [Action::Tell("the broker is back after 34.0 s".to_owned())]
    );
    assert_eq!(run.on(Event::Tick, at(50), WALL), []);
    run.on(Event::Ended(1, ended(0)), at(50), WALL);
    let actions = run.on(Event::Ended(2, ended(0)), at(50), WALL);
    let Some(Action::Conclude(ending)) = actions.last() else {
        panic!("{actions:?}")
    };
    assert_eq!(ending.blind, at(34));
    assert!(ending.incomplete.is_empty());
}

#[test]
fn a_frame_that_never_comes_is_told() {
    let mut run = running(1, AgentLoss::Stop);
    run.on(Event::Frame(1, 0, vec![0]), at(8), WALL);
    run.on(Event::Frame(1, 2, vec![2]), at(9), WALL);
    assert_eq!(run.on(Event::Ended(1, ended(3)), at(10), WALL), []);
    let actions = run.on(Event::Tick, at(70), WALL);
    let Some(Action::Conclude(ending)) = actions.last() else {
        panic!("{actions:?}")
    };
    assert_eq!(ending.incomplete[&1], "2 of its 3 frames did not come");
}

#[test]
fn a_stop_before_the_start_sends_nothing() {
    let mut run = coordinator(1, AgentLoss::Stop);
    let actions = run.on(Event::Stop("interrupted"), at(1), WALL);
    assert!(
        matches!(&actions[..], [Action::StopAgents(_), Action::Refuse(_)]),
        "{actions:?}"
    );
    assert_eq!(
        run.on(Event::Ready(1, Box::new(ready("late"))), at(2), WALL),
        []
    );
}

proptest! {
    // Duplicated, reordered, and of places that nobody has.
    #[test]
    fn frames_are_delivered_once_each_and_in_order(
        order in prop::collection::vec((1_u32..4, 0_u64..12), 0..200),
    ) {
        let mut run = running(2, AgentLoss::Stop);
        let mut delivered = BTreeMap::<u32, Vec<u8>>::new();
        let all = (1..3).flat_map(|shard| (0..12).map(move |number| (shard, number)));
        for (shard, number) in order.into_iter().chain(all) {
            let frame = vec![u8::try_from(number).unwrap()];
            for action in run.on(Event::Frame(shard, number, frame), at(7), WALL) {
                if let Action::Deliver(shard, frame) = action {
                    delivered.entry(shard).or_default().extend(frame);
                }
            }
        }
        let whole: Vec<u8> = (0..12).collect();
        prop_assert_eq!(delivered, BTreeMap::from([(1, whole.clone()), (2, whole)]));
    }

    // Whatever happens, a run ends, and it ends once.
    #[test]
    fn every_run_ends_once(
        events in prop::collection::vec((0_u8..8, 1_u32..4, 0_u64..6, 0_u64..20), 0..80),
        carries_on: bool,
    ) {
        let on_loss = if carries_on { AgentLoss::Continue } else { AgentLoss::Stop };
        let mut run = coordinator(3, on_loss);
        let mut now = 0;
        let mut ends = 0;
        let mut count = |actions: Vec<Action>| {
            ends += actions
                .iter()
                .filter(|action| matches!(action, Action::Refuse(_) | Action::Conclude(_)))
                .count();
        };
        for (kind, shard, number, pause) in events {
            now += pause;
            let event = match kind {
                0 | 1 => Event::Ready(shard, Box::new(ready("x"))),
                2 => Event::Alive(shard),
                3 => Event::Frame(shard, number, Vec::new()),
                4 => Event::Ended(shard, ended(number)),
                5 => Event::Broker(number % 2 == 0),
                6 => Event::Tick,
                _ => Event::Stop("interrupted"),
            };
            count(run.on(event, at(now), WALL));
        }
        count(run.on(Event::Broker(true), at(now), WALL));
        for second in 0..400 {
            count(run.on(Event::Tick, at(now + second), WALL));
        }
        prop_assert_eq!(ends, 1);
    }
}
