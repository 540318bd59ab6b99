//! The cases of `classification.py`: trials at one load, and the class that `MLRsearch` gives them.
//!
//! One case a line: `JUDGED_S MAY_FAIL_S SECONDS+ SECONDS- ... = CLASS`, where `+` is a trial that
//! passed and `-` one that failed. Shared by the example `classification` and a test.

use leadbench::search::{Class, ClassRule, JudgedTime};
use leadbench::units::Nanos;

/// Our class of the trials in a line, and what the line says of them after `=`; `None` if it is not a
/// case.
pub(crate) fn classes(line: &str) -> Option<(&'static str, &str)> {
    let (case, theirs) = line.split_once('=').unwrap_or((line, ""));
    let mut words = case.split_whitespace();
    let mut seconds = || words.next()?.parse().ok().map(Nanos::from_secs);
    let rule = ClassRule {
        judged: seconds()?,
        may_fail: seconds()?,
    };
    let mut time = JudgedTime::default();
    for word in words {
        let passed = word.ends_with('+');
        let span = word.strip_suffix(['+', '-'])?.parse().ok()?;
        time.add(Nanos::from_secs(span), passed);
    }
    Some((name(rule.class(time)), theirs.trim()))
}

fn name(class: Class) -> &'static str {
    match class {
        Class::Lower => "lower",
        Class::Undecided => "undecided",
        Class::Upper => "upper",
    }
}
