//! The words of an enum on the command line, for enums of rooms that do not know clap.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use strum::{EnumMessage, VariantArray};

/// Reads a word of `T`; help shows each word with the documentation of its variant.
pub(super) fn choice<T>() -> impl TypedValueParser<Value = T>
where
    T: EnumMessage + VariantArray + Copy + Send + Sync,
{
    let word = |one: &T| {
        one.get_serializations()
            .first()
            .copied()
            .unwrap_or_default()
    };
    let words = T::VARIANTS.iter().map(move |one| {
        let meaning = one.get_documentation().unwrap_or_default();
        PossibleValue::new(word(one)).help(meaning.trim_end_matches('.'))
    });
    PossibleValuesParser::new(words).try_map(move |given| {
        let chosen = T::VARIANTS
            .iter()
            .find(|one| word(one).eq_ignore_ascii_case(&given));
        chosen.copied().ok_or("unknown")
    })
}
