//! What a search answers about targets of which the truth is known.

use crate::search::simulation::{
    Ceiling, Collapsing, MovingLimit, SharpLimit, rates, search, search_observed,
};
use crate::search::{Conclusion, Confirmation, OfferedLoad};

#[test]
fn a_sharp_limit_is_found_within_the_width() {
    for limit in [50.0, 51.0, 99.9, 100.0, 101.0, 153.9, 200.0, 399.0, 639.0] {
        let found = search(rates(50.0, 640.0), &mut SharpLimit(limit));
        assert_eq!(found.answer.conclusion, Conclusion::Found, "{limit}");
        assert_eq!(found.answer.confirmation, Confirmation::Held, "{limit}");
        let (lower, upper) = (found.lower(), found.upper());
        assert!(lower <= limit && limit < upper, "{limit}: {lower}-{upper}");
        assert!(upper <= lower * 1.050_001, "{limit}: {lower}-{upper}");
    }
    let found = search(rates(50.0, 640.0), &mut SharpLimit(700.0));
    assert_eq!(found.answer.conclusion, Conclusion::AtMax);
    let found = search(rates(50.0, 640.0), &mut SharpLimit(40.0));
    assert_eq!(found.answer.conclusion, Conclusion::LowestFails);
}

// Trials that fail take their whole span here; real ones end as soon as they are certain to fail.
#[test]
fn a_search_from_50_to_640_takes_at_most_nine_minutes() {
    let mut longest: f64 = 0.0;
    for limit in 50..=640_u32 {
        let found = search(rates(50.0, 640.0), &mut SharpLimit(limit.into()));
        longest = longest.max(found.elapsed_s);
    }
    println!("the longest search takes {longest:.0} s");
    assert!(longest <= 540.0, "{longest} s");
}

#[test]
fn the_time_left_is_within_its_range() {
    let (mut within, mut all) = (0, 0);
    for limit in 30..=700_u32 {
        let mut seen = Vec::new();
        let mut target = SharpLimit(limit.into());
        let found = search_observed(rates(50.0, 640.0), &mut target, |controller, elapsed_s| {
            seen.push((controller.time_left(), controller.trials().len(), elapsed_s));
        });
        for (left, trials, elapsed_s) in seen {
            let (time, trials) = (found.elapsed_s - elapsed_s, found.trials.len() - trials);
            let range = left.least.as_secs_f64()..=left.most.as_secs_f64() + 10.0;
            let trials_range = left.trials_least..=left.trials_most;
            let is_within = range.contains(&time) && trials_range.contains(&(trials as u64));
            within += u32::from(is_within);
            all += 1;
        }
    }
    println!("{within} of {all}");
    assert!(within * 100 >= all * 95, "{within} of {all}");
}

#[test]
fn a_target_that_collapses_and_recovers_is_searched_to_the_end() {
    let mut target = Collapsing {
        limit: 153.9,
        recovery_s: Some(5.0),
    };
    let found = search(rates(50.0, 640.0), &mut target);
    assert_eq!(found.answer.conclusion, Conclusion::Found);
    assert!(found.lower() <= 153.9 && found.upper() > 153.9);
}

#[test]
fn a_target_that_stays_down_ends_the_search_with_what_is_known() {
    for recovery_s in [None, Some(60.1)] {
        let mut target = Collapsing {
            limit: 153.9,
            recovery_s,
        };
        let found = search(rates(50.0, 640.0), &mut target);
        let after = OfferedLoad::Rate(200.0);
        assert_eq!(found.answer.conclusion, Conclusion::NotRecovered { after });
        assert!(found.lower() < found.upper());
    }
}

#[test]
fn a_generator_that_tops_out_gives_at_least_a_load() {
    let mut target = Ceiling {
        ceiling: 300.0,
        target: SharpLimit(500.0),
    };
    let found = search(rates(50.0, 640.0), &mut target);
    let Conclusion::GeneratorLimit { ceiling, .. } = found.answer.conclusion else {
        panic!("{found:?}");
    };
    let lower = found.lower();
    assert!(lower <= 300.0 && ceiling.value() > 300.0, "{found:?}");
    assert!(ceiling.value() <= lower * 1.050_001, "{found:?}");
    assert_eq!(found.answer.bracket.upper, None);
    // The target's own limit below the ceiling is an ordinary answer.
    let mut target = Ceiling {
        ceiling: 300.0,
        target: SharpLimit(250.0),
    };
    let found = search(rates(50.0, 640.0), &mut target);
    assert_eq!(found.answer.conclusion, Conclusion::Found);
}

// Capacity falls by a third within ten minutes, or rises: the answer was true during the search.
#[test]
fn a_limit_that_moves_gives_a_bracket_that_it_was_in() {
    for start in (100..600).step_by(7) {
        let start = f64::from(start);
        for slope in [-0.3, 0.3] {
            let limit = move |now_s: f64| start * (1.0 + slope * now_s / 600.0);
            let found = search(rates(50.0, 1280.0), &mut MovingLimit(limit));
            let (lower, upper) = (found.lower(), found.upper());
            assert!(lower < upper, "{start} {slope}: {lower}-{upper}");
            let end = limit(found.elapsed_s);
            let (least, most) = (start.min(end), start.max(end));
            assert!(
                upper >= least * 0.94 && lower <= most,
                "{start} {slope}: {lower}-{upper} of {least}-{most}; {:?}",
                found.answer
            );
        }
    }
}

// Cold for its first minute and a half, four times as fast after it.
#[test]
fn a_target_that_gets_better_is_not_held_to_its_beginning() {
    let limit = |now_s: f64| if now_s < 90.0 { 190.0 } else { 760.0 };
    let found = search(rates(50.0, 640.0), &mut MovingLimit(limit));
    assert_eq!(found.answer.conclusion, Conclusion::AtMax, "{found:?}");
}

// It loses a fifth of its capacity a minute: what held when it was judged fails when it is confirmed.
#[test]
fn a_target_that_gets_worse_all_the_time_is_not_reproducible() {
    let limit = |now_s: f64| 300.0 * (-now_s / 300.0).exp();
    let found = search(rates(1.0, 640.0), &mut MovingLimit(limit));
    let Conclusion::NotReproducible { refuted } = &found.answer.conclusion else {
        panic!("{found:?}");
    };
    assert_eq!(refuted.len(), 2, "{found:?}");
    assert!(found.lower() < found.upper());
}
