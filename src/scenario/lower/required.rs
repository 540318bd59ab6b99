//! Which keys a kind of load needs, and which it does not have.

use crate::scenario::table::at::Header;
use crate::scenario::table::words::LoadKind;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::load::LoadTable;
use crate::units::Rate;

/// The keys that not every kind has, and the kinds that have them.
const KEYS: &[(&[&str], &[LoadKind])] = &[
    (&["rate"], &[LoadKind::Rate, LoadKind::Salesforce]),
    (&["stages"], &[LoadKind::Rate, LoadKind::Users]),
    (&["arrivals"], &[LoadKind::Rate]),
    (
        &["max_in_flight", "overflow", "tick"],
        &[LoadKind::Rate, LoadKind::Trace],
    ),
    (&["file"], &[LoadKind::Trace]),
    (
        &["preset", "leads", "every", "workers", "callouts"],
        &[LoadKind::Salesforce],
    ),
    (
        &["peak", "delay", "quiet", "re_enqueue"],
        &[LoadKind::Salesforce],
    ),
    (
        &["users", "think", "pace"],
        &[LoadKind::Users, LoadKind::Iterations],
    ),
    (&["iterations"], &[LoadKind::Iterations, LoadKind::Users]),
    (&["share"], &[LoadKind::Iterations]),
];

/// Complains of a key that is missing.
pub(super) fn require(table: &LoadTable, name: &str, example: &str, complaints: &Complaints) {
    let header = &table.header;
    if let (Some(kind), false) = (&table.kind, header.has(name)) {
        let message = format!("a load of kind {:?} needs the key `{name}`", kind.0.word());
        complaints.lack(header.span, message, format!("add {name} = {example}"));
    }
}

/// The rate of a load that has no stages.
pub(super) fn rate(table: &LoadTable, example: &str, complaints: &Complaints) -> Option<Rate> {
    require(table, "rate", example, complaints);
    let rate = table.rate.as_ref()?;
    if rate.0.is_none() {
        let hint = format!("write a rate above 0, such as {example}");
        complaints.advise(rate.span, "`rate`: a rate of 0 never sends anything", hint);
    }
    rate.0
}

/// The virtual users of a load that has no stages.
pub(super) fn users(table: &LoadTable, complaints: &Complaints) -> Option<u64> {
    require(table, "users", "20", complaints);
    let users = table.users.as_ref()?;
    if users.0 == 0 {
        let hint = "write a number above 0, such as 20";
        complaints.advise(users.span, "`users`: 0 users never send anything", hint);
    }
    (users.0 > 0).then_some(users.0)
}

/// Complains of keys that only other kinds have.
pub(super) fn refuse_keys_of_others(kind: LoadKind, header: &Header, complaints: &Complaints) {
    for (names, kinds) in KEYS {
        let (false, Some(other)) = (kinds.contains(&kind), kinds.first()) else {
            continue;
        };
        for name in *names {
            let why = format!("has no effect on a load of kind {:?}", kind.word());
            let hint = format!("leave it out, or write kind = {:?}", other.word());
            header.refuse(name, &why, hint, complaints);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The keys that every kind has.
    const COMMON: [&str; 6] = ["name", "kind", "warmup", "for", "after", "key"];

    // A key in neither list would be accepted, and have no effect, in every kind.
    #[test]
    fn each_key_of_a_load_belongs_to_some_kinds_or_to_all() {
        let schema = schemars::schema_for!(LoadTable).to_value();
        let written: BTreeSet<_> = schema["properties"].as_object().unwrap().keys().collect();
        let listed = KEYS.iter().flat_map(|(names, _)| *names).chain(&COMMON);
        let mut known = BTreeSet::new();
        for name in listed {
            assert!(known.insert((*name).to_owned()), "`{name}` is listed twice");
        }
        let known: BTreeSet<_> = known.iter().collect();
        assert_eq!(written, known);
    }
}
