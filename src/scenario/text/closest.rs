//! The known word that a mistyped one was meant to be.

/// How alike a mistyped key must be to a known one to be taken for it (Jaro-Winkler).
const ALIKE: f64 = 0.8;

/// The known word that a mistyped one is most like, if it is like any.
pub(in crate::scenario) fn closest<'w>(
    word: &str,
    known: impl Iterator<Item = &'w str>,
) -> Option<&'w str> {
    known
        .map(|known| (likeness(word, known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, known)| known)
}

/// `did you mean b?` for a word that is like a known one, which `shown` writes; else `otherwise`.
pub(in crate::scenario) fn suggestion<'w>(
    word: &str,
    known: impl IntoIterator<Item = &'w str>,
    shown: impl FnOnce(&str) -> String,
    otherwise: impl FnOnce() -> String,
) -> String {
    let close = closest(word, known.into_iter());
    close.map_or_else(otherwise, |close| format!("did you mean {}?", shown(close)))
}

/// A key as messages write it.
pub(in crate::scenario) fn as_key(key: &str) -> String {
    format!("`{key}`")
}

/// How alike two words are, 0 to 1. One slip of a finger (a letter too many, too few, another, or two
/// in the wrong order) counts as nearly the same word also where the word is short.
fn likeness(word: &str, known: &str) -> f64 {
    let likeness = strsim::jaro_winkler(word, known);
    if word.len() > 2 && strsim::osa_distance(word, known) == 1 {
        likeness.max(0.95)
    } else {
        likeness
    }
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_slip_of_a_finger_finds_short_and_long_words() {
        let known = || ["key", "kid", "rate", "max_in_flight"].into_iter();
        for (typed, meant) in [
            ("kye", "key"),
            ("rat", "rate"),
            ("max_inflight", "max_in_flight"),
        ] {
            assert_eq!(closest(typed, known()), Some(meant), "{typed}");
        }
        assert_eq!(closest("colour", known()), None);
    }
}
