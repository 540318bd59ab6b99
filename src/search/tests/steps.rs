//! What a search does, step by step.

use crate::search::simulation::rates;
use crate::search::{
    Bound, Bracket, Conclusion, Confirmation, Controller, JudgedLoad, Observation, OfferedLoad,
    Settings, Standing, Step, TrialVerdict,
};
use crate::units::Nanos;

/// Plays a search by a script: at each step what is expected (`warm`, `try LOAD`, `recover`,
/// `confirm LOAD`), and what comes of it: `+` passes, `-` fails, `?` undecided, `!` invalid.
#[track_caller]
fn play(settings: Settings, script: &[(&str, char)]) -> Controller {
    let mut controller = Controller::new(settings).unwrap();
    for (expected, outcome) in script {
        let step = controller.next();
        assert_eq!(shown(&step), *expected, "{:#?}", controller.trials());
        let span = step.trial().map_or(Nanos::SECOND, |(_, _, span)| span);
        let ended = |verdict| Observation::Ended {
            took: span,
            verdict,
            why: "because".to_owned(),
        };
        controller.observe(match (outcome, step) {
            ('+', Step::Recover { .. }) => Observation::Recovered { took: span },
            ('-', Step::Recover { .. }) => Observation::NotRecovered { took: span },
            ('+', _) => ended(TrialVerdict::Pass),
            ('-', _) => ended(TrialVerdict::Fail),
            ('?', _) => ended(TrialVerdict::Undecided { needed: None }),
            ('!', _) => ended(TrialVerdict::Invalid),
            ('^', _) => Observation::Interrupted,
            (other, step) => panic!("{other} of {step:?}"),
        });
    }
    controller
}

fn shown(step: &Step) -> String {
    match step {
        Step::Confirm { load, .. } => format!("confirm {}", load.value()),
        Step::Done(_) => "done".to_owned(),
        Step::Recover { .. } => "recover".to_owned(),
        Step::Trial { load, .. } => format!("try {}", load.value()),
        Step::WarmUp { .. } => "warm".to_owned(),
    }
}

#[track_caller]
fn conclusion(controller: &Controller) -> Conclusion {
    match controller.next() {
        Step::Done(answer) => answer.conclusion,
        step => panic!("not done: {step:?}"),
    }
}

fn wide(from: f64, max: f64) -> Settings {
    Settings {
        width: 0.5,
        ..rates(from, max)
    }
}

const fn judged(rate: f64) -> Bound {
    Bound {
        load: OfferedLoad::Rate(rate),
        is_judged: true,
    }
}

const fn unjudged(rate: f64) -> Bound {
    Bound {
        load: OfferedLoad::Rate(rate),
        is_judged: false,
    }
}

// Doubles on one pass each, judges what fails, halves, judges the lower end, and confirms it.
#[test]
fn a_whole_search() {
    let controller = play(
        wide(50.0, 640.0),
        &[
            ("warm", '+'),
            ("try 50", '+'),
            ("try 100", '+'),
            ("try 200", '-'),
            ("recover", '+'),
            ("try 200", '-'),
            ("recover", '+'),
            ("try 100", '+'),
            ("try 141", '+'),
            ("try 141", '-'),
            ("recover", '+'),
            ("try 141", '+'),
            ("confirm 141", '+'),
        ],
    );
    let Step::Done(answer) = controller.next() else {
        panic!("{:?}", controller.next());
    };
    assert_eq!(answer.conclusion, Conclusion::Found);
    assert_eq!(answer.confirmation, Confirmation::Held);
    let (lower, upper) = (Some(judged(141.0)), Some(judged(200.0)));
    assert_eq!(answer.bracket, Bracket { lower, upper });
    let standings: Vec<_> = controller
        .loads()
        .iter()
        .map(JudgedLoad::standing)
        .collect();
    let expected = [
        Standing::Undecided,
        Standing::Lower,
        Standing::Lower,
        Standing::Upper,
    ];
    assert_eq!(standings, expected);
    assert_eq!(controller.trials()[3].recovery, Some(Nanos::SECOND));
}

#[test]
fn spans_are_those_of_the_settings() {
    let mut controller = play(wide(50.0, 50.0), &[]);
    let spans = [10, 20, 20, 120].map(Nanos::from_secs);
    for expected in spans {
        let (_, _, span) = controller.next().trial().unwrap();
        assert_eq!(span, expected);
        controller.observe(Observation::Ended {
            took: span,
            verdict: TrialVerdict::Pass,
            why: String::new(),
        });
    }
    assert_eq!(conclusion(&controller), Conclusion::AtMax);
}

#[test]
fn the_maximum_is_tried_and_nothing_beyond_it() {
    let controller = play(
        wide(50.0, 120.0),
        &[
            ("warm", '+'),
            ("try 50", '+'),
            ("try 100", '+'),
            ("try 120", '+'),
            ("try 120", '+'),
            ("confirm 120", '+'),
            ("done", '^'),
        ],
    );
    assert_eq!(conclusion(&controller), Conclusion::AtMax);
    let (lower, upper) = (Some(judged(120.0)), None);
    assert_eq!(controller.bracket(), Bracket { lower, upper });
}

#[test]
fn a_lowest_load_that_fails_ends_the_search() {
    let controller = play(
        wide(50.0, 640.0),
        &[
            ("warm", '+'),
            ("try 50", '-'),
            ("recover", '+'),
            ("try 50", '-'),
        ],
    );
    assert_eq!(conclusion(&controller), Conclusion::LowestFails);
    let (lower, upper) = (None, Some(judged(50.0)));
    assert_eq!(controller.bracket(), Bracket { lower, upper });
}

#[test]
fn a_target_that_does_not_recover_ends_the_search() {
    let controller = play(
        wide(50.0, 640.0),
        &[
            ("warm", '+'),
            ("try 50", '+'),
            ("try 100", '-'),
            ("recover", '-'),
        ],
    );
    let after = OfferedLoad::Rate(100.0);
    assert_eq!(conclusion(&controller), Conclusion::NotRecovered { after });
    let (lower, upper) = (Some(unjudged(50.0)), Some(unjudged(100.0)));
    assert_eq!(controller.bracket(), Bracket { lower, upper });
}

// The ceiling of the generator is halved towards like an upper bound, and is none.
#[test]
fn a_load_that_is_invalid_twice_is_a_limit_of_the_generator() {
    let controller = play(
        wide(50.0, 640.0),
        &[
            ("warm", '+'),
            ("try 50", '+'),
            ("try 100", '!'),
            ("recover", '+'),
            ("try 100", '!'),
            ("recover", '+'),
            ("try 50", '+'),
            ("try 71", '+'),
            ("try 71", '+'),
            ("confirm 71", '+'),
        ],
    );
    assert_eq!(
        conclusion(&controller),
        Conclusion::GeneratorLimit {
            ceiling: OfferedLoad::Rate(100.0),
            why: "because".to_owned(),
        }
    );
    let (lower, upper) = (Some(judged(71.0)), None);
    assert_eq!(controller.bracket(), Bracket { lower, upper });
}

#[test]
fn one_invalid_measurement_is_neither_a_pass_nor_a_failure() {
    let script = [
        ("warm", '+'),
        ("try 50", '!'),
        ("recover", '+'),
        ("try 50", '+'),
        ("try 50", '+'),
        ("confirm 50", '!'),
        ("recover", '+'),
        ("confirm 50", '+'),
    ];
    let controller = play(wide(50.0, 50.0), &script);
    assert_eq!(conclusion(&controller), Conclusion::AtMax);
}

#[test]
fn a_confirmation_that_is_invalid_twice_is_told() {
    let script = [
        ("warm", '+'),
        ("try 50", '+'),
        ("try 50", '+'),
        ("confirm 50", '!'),
        ("recover", '+'),
        ("confirm 50", '!'),
    ];
    let controller = play(wide(50.0, 50.0), &script);
    let Step::Done(answer) = controller.next() else {
        panic!("{:?}", controller.next());
    };
    assert_eq!(answer.confirmation, Confirmation::Spoiled);
}

#[test]
fn what_is_not_reproducible_twice_is_told_with_both_figures() {
    let controller = play(
        wide(50.0, 640.0),
        &[
            ("warm", '+'),
            ("try 50", '+'),
            ("try 100", '+'),
            ("try 200", '-'),
            ("recover", '+'),
            ("try 200", '-'),
            ("recover", '+'),
            ("try 100", '+'),
            ("try 141", '+'),
            ("try 141", '+'),
            ("confirm 141", '-'),
            ("recover", '+'),
            ("confirm 100", '-'),
        ],
    );
    let refuted = [141.0, 100.0].map(OfferedLoad::Rate).to_vec();
    assert_eq!(
        conclusion(&controller),
        Conclusion::NotReproducible { refuted }
    );
    let (lower, upper) = (Some(unjudged(50.0)), Some(judged(100.0)));
    assert_eq!(controller.bracket(), Bracket { lower, upper });
}

#[test]
fn too_few_callouts_lengthen_the_trials_up_to_the_longest() {
    let settings = wide(50.0, 640.0);
    let mut controller = play(settings, &[("warm", '+')]);
    for span in [20, 40, 80, 160, 300].map(Nanos::from_secs) {
        let load = OfferedLoad::Rate(50.0);
        assert_eq!(controller.next(), Step::Trial { load, span });
        controller.observe(Observation::Ended {
            took: span,
            verdict: TrialVerdict::Undecided { needed: None },
            why: String::new(),
        });
    }
    let (load, span) = (OfferedLoad::Rate(50.0), Nanos::from_secs(300));
    assert_eq!(
        conclusion(&controller),
        Conclusion::Unmeasurable { load, span }
    );
}

// One trial that is as long as it must be for a percentile judges the load by itself.
#[test]
fn a_long_trial_counts_with_its_whole_span() {
    let mut controller = play(wide(1.0, 1.0), &[("warm", '+'), ("try 1", '?')]);
    controller.observe(Observation::Interrupted);
    assert_eq!(conclusion(&controller), Conclusion::Interrupted);
    let mut settings = wide(1.0, 1.0);
    settings.callouts = 100;
    let controller = play(
        settings,
        &[("warm", '+'), ("try 1", '+'), ("confirm 1", '+')],
    );
    assert_eq!(conclusion(&controller), Conclusion::AtMax);
}

// 200 fails while the target is cold. Then three loads below it hold in a row, so it is judged again.
#[test]
fn an_upper_bound_that_was_outlived_is_judged_again() {
    let mut settings = rates(100.0, 400.0);
    settings.width = 0.1;
    let controller = play(
        settings,
        &[
            ("warm", '+'),
            ("try 100", '+'),
            ("try 200", '-'),
            ("recover", '+'),
            ("try 200", '-'),
            ("recover", '+'),
            ("try 100", '+'),
            ("try 141.4", '+'),
            ("try 141.4", '+'),
            ("try 168.2", '+'),
            ("try 168.2", '+'),
            ("try 183.4", '+'),
            ("try 183.4", '+'),
            // Again, and it holds now: up to the maximum.
            ("try 200", '+'),
            ("try 200", '+'),
            ("try 400", '+'),
            ("try 400", '+'),
            ("confirm 400", '+'),
        ],
    );
    assert_eq!(conclusion(&controller), Conclusion::AtMax);
}

#[test]
fn users_are_whole_numbers() {
    let settings = Settings::new(OfferedLoad::Users(1), OfferedLoad::Users(100));
    let controller = play(
        settings,
        &[
            ("warm", '+'),
            ("try 1", '+'),
            ("try 2", '+'),
            ("try 4", '-'),
            ("recover", '+'),
            ("try 4", '-'),
            ("recover", '+'),
            ("try 3", '-'),
            ("recover", '+'),
            ("try 3", '-'),
            ("recover", '+'),
            ("try 2", '+'),
            ("confirm 2", '+'),
        ],
    );
    assert_eq!(conclusion(&controller), Conclusion::Found);
}

#[test]
fn what_does_not_answer_the_step_changes_nothing() {
    let mut controller = play(wide(50.0, 640.0), &[("warm", '+')]);
    let before = controller.next();
    controller.observe(Observation::Recovered { took: Nanos::ZERO });
    controller.observe(Observation::NotRecovered { took: Nanos::ZERO });
    assert_eq!(controller.next(), before);
}
