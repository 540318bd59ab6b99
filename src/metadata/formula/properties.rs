//! Laws of the evaluation, over formulas that are made at random.

use proptest::prelude::*;

use super::{Evaluation, evaluate};

/// A formula as a tree, which knows what it comes to at an instant.
#[derive(Clone, Debug)]
enum Tree {
    /// The seconds since 1970, spelled in one of several ways.
    Now(u8),
    Whole(u16),
    Sum(Box<Self>, Box<Self>),
    Difference(Box<Self>, Box<Self>),
    Times(Box<Self>, u8),
    By(Box<Self>, u8),
    Negative(Box<Self>),
    /// A function that changes nothing of a whole number.
    Same(u8, Box<Self>),
}

/// An exact fraction by means of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fraction(i128, i128);

impl Tree {
    /// What it comes to when the clock shows `now`.
    fn at(&self, now: i128) -> Fraction {
        match self {
            Self::Now(_) => Fraction(now, 1),
            Self::Whole(number) => Fraction(i128::from(*number), 1),
            Self::Sum(left, right) => {
                let (left, right) = (left.at(now), right.at(now));
                Fraction(left.0 * right.1 + right.0 * left.1, left.1 * right.1)
            }
            Self::Difference(left, right) => {
                let (left, right) = (left.at(now), right.at(now));
                Fraction(left.0 * right.1 - right.0 * left.1, left.1 * right.1)
            }
            Self::Times(tree, by) => {
                let value = tree.at(now);
                Fraction(value.0 * i128::from(*by), value.1)
            }
            Self::By(tree, by) => {
                let value = tree.at(now);
                Fraction(value.0, value.1 * i128::from(*by))
            }
            Self::Negative(tree) => {
                let value = tree.at(now);
                Fraction(-value.0, value.1)
            }
            Self::Same(_, tree) => tree.at(now),
        }
    }

    fn written(&self, blank: &str) -> String {
        match self {
            Self::Now(0) => {
                format!(
                    "(({blank}NOW(){blank}-DATETIMEVALUE({blank}\"1970-01-01 00:00:00\"))*86400)"
                )
            }
            Self::Now(1) => format!("UnixTimestamp({blank}now({blank}))"),
            Self::Now(2) => format!("(86400{blank}*(Now() - $system.originDateTime)-2208988800)"),
            Self::Now(_) => format!(
                "VALUE(TEXT(UNIXTIMESTAMP(FROMUNIXTIME(0)+(NOW() -{blank}DATE(1970,1,1)))))"
            ),
            Self::Whole(number) => format!("{number}.0"),
            Self::Sum(left, right) => {
                format!(
                    "({}{blank}+{}{blank})",
                    left.written(blank),
                    right.written(blank)
                )
            }
            Self::Difference(left, right) => {
                format!("({}-{blank}{})", left.written(blank), right.written(blank))
            }
            Self::Times(tree, by) => format!("{}{blank}*{by}", tree.written(blank)),
            Self::By(tree, by) => format!("{}/{blank}{by}", tree.written(blank)),
            Self::Negative(tree) => format!("(-{})", tree.written(blank)),
            Self::Same(0, tree) => format!("(0+{})", tree.written(blank)),
            Self::Same(1, tree) => format!("({})", tree.written(blank)),
            Self::Same(_, tree) => format!("({}/*same*/-0)", tree.written(blank)),
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        (0u8..4).prop_map(Tree::Now),
        (0u16..5_000).prop_map(Tree::Whole),
    ];
    leaf.prop_recursive(4, 16, 2, |inner| {
        let one = inner.clone().prop_map(Box::new);
        let two = (inner.clone().prop_map(Box::new), inner.prop_map(Box::new));
        prop_oneof![
            two.clone().prop_map(|(left, right)| Tree::Sum(left, right)),
            two.prop_map(|(left, right)| Tree::Difference(left, right)),
            (one.clone(), 1u8..100).prop_map(|(tree, by)| Tree::Times(tree, by)),
            (one.clone(), 1u8..100).prop_map(|(tree, by)| Tree::By(tree, by)),
            one.clone().prop_map(Tree::Negative),
            (0u8..3, one).prop_map(|(how, tree)| Tree::Same(how, tree)),
        ]
    })
}

proptest! {
    // Two points decide a line: what is said of all times must hold at both, and what is
    // refused must be no whole number of seconds after now.
    #[test]
    fn what_is_said_of_the_time_holds_at_any_time(tree in tree(), blank in "[ \n]{0,2}") {
        let said = evaluate(&tree.written(&blank));
        let nows = [0i128, 1_795_824_017];
        let values = nows.map(|now| tree.at(now));
        let whole = |Fraction(top, bottom): Fraction| (top % bottom == 0).then(|| top / bottom);
        match said {
            Ok(Evaluation::AfterNow(seconds)) => {
                for (now, value) in nows.into_iter().zip(values) {
                    prop_assert_eq!(whole(value), Some(now + i128::from(seconds)));
                }
            }
            Ok(Evaluation::Text(text)) => {
                for value in values {
                    prop_assert_eq!(whole(value).map(|whole| whole.to_string()), Some(text.clone()));
                }
            }
            Err(_) => {
                let offsets: Vec<_> =
                    nows.into_iter().zip(values).map(|(now, value)| Some(whole(value)? - now)).collect();
                let is_steady = offsets[0].is_some() && offsets[0] == offsets[1];
                let is_constant = whole(values[0]).is_some() && whole(values[0]) == whole(values[1]);
                prop_assert!(!is_steady && !is_constant, "{}", tree.written(&blank));
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(text: String, parts in proptest::collection::vec(
        proptest::sample::select(&["(", ")", "NOW()", "-", "*", "/", "^", "&", "'", "\"a\"", "9", ".", "TEXT(", "VALUE(", "$User.Id", "DATE(", ",", "\\", "/*", "é"][..]), 0..12)) {
        let _no_panic = evaluate(&text).is_ok();
        let _no_panic = evaluate(&parts.concat()).is_ok();
    }
}
