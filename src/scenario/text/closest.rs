//! The known word that a mistyped one was meant to be.

/// How alike a mistyped key must be to a known one to be taken for it (Jaro-Winkler).
const ALIKE: f64 = 0.8;

/// The known word that a mistyped one is most like, if it is like any.
pub(in crate::scenario) fn closest<'w>(
    word: &str,
    known: impl Iterator<Item = &'w str>,
) -> Option<&'w str> {
    known
        .map(|known| (strsim::jaro_winkler(word, known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, known)| known)
}
