//! `[[load]]` to loads.

use super::load_file::LoadTable;
use super::lower::is_safe;
use super::lower_stages::stages;
use super::problem::Complaints;
use super::table::{Header, closest};
use super::words::Kind;
use crate::plan::{Arrivals, Load, Overflow, RateLoad, Shape, Stage, UntilUsers, UsersLoad};
use crate::units::{Nanos, index};

/// Loads in one scenario.
const LOADS_MAX: usize = 64;

/// Callouts at once where nothing is said: far more than one org opens, few enough for
/// the usual limit of open files.
const MAX_IN_FLIGHT: usize = 1_000;

/// Lowers every load, those after a faulty one too.
pub(super) fn loads(
    tables: &[LoadTable],
    file: &Header,
    complaints: &Complaints,
) -> Option<Vec<Load>> {
    if tables.is_empty() && file.key("load").is_none() {
        complaints.add_lack(
            file.span,
            "the scenario lacks a [[load]]",
            "add [[load]] with kind = \"rate\", rate = \"20/s\" and for = \"30s\"",
        );
    }
    if let Some(beyond) = tables.get(LOADS_MAX) {
        complaints.add(
            beyond.header.span,
            format!("there are more than {LOADS_MAX} loads"),
        );
    }
    let mut above = Vec::new();
    let mut is_whole = !tables.is_empty();
    for table in tables {
        let known = name(table, &above, complaints);
        let load = lower(table, known.clone(), &above, complaints);
        is_whole &= load.is_some();
        above.push(Above { name: known, load });
    }
    let loads = above.into_iter().filter_map(|above| above.load).collect();
    is_whole.then_some(loads)
}

/// A load further up in the file, as far as it could be read.
struct Above {
    name: String,
    load: Option<Load>,
}

/// The load's name, or one made of its kind that no load above has.
fn name(table: &LoadTable, above: &[Above], complaints: &Complaints) -> String {
    let is_taken = |name: &str| above.iter().any(|load| load.name == name);
    if let Some(given) = &table.name {
        let name = &given.value.0;
        if !is_safe(name) {
            complaints.add_with_hint(
                given.span,
                format!("`name`: {name:?} cannot name a load"),
                "use letters, digits, '-' and '_', and do not begin with '-'",
            );
        } else if is_taken(name) {
            complaints.add_with_hint(
                given.span,
                format!("`name`: another load is called {name:?} already"),
                "give each load a name of its own, for its figures are reported under it",
            );
        }
        return name.clone();
    }
    let kind = match table.kind.as_ref().map(|kind| kind.value.0) {
        Some(Kind::Users) => "users",
        Some(Kind::Rate) | None => "rate",
    };
    if !is_taken(kind) {
        return kind.to_owned();
    }
    // One more than there are loads above cannot be taken by them all.
    (2..=above.len() + 2)
        .map(|number| format!("{kind}-{number}"))
        .find(|name| !is_taken(name))
        .unwrap_or_default()
}

fn lower(
    table: &LoadTable,
    name: String,
    above: &[Above],
    complaints: &Complaints,
) -> Option<Load> {
    let start = start(table, above, complaints);
    let kind = table.kind.as_ref()?.value.0;
    refuse_keys_of_the_other(kind, &table.header, complaints);
    let shape = match kind {
        Kind::Rate => rate(table, complaints).map(Shape::Rate),
        Kind::Users => users(table, complaints).map(Shape::Users),
    };
    let load = Load {
        name,
        start: start?,
        shape: shape?,
        warmup: table
            .warmup
            .as_ref()
            .map_or(Nanos::ZERO, |span| span.value.0),
    };
    if let (Some(warmup), Some(duration)) = (&table.warmup, load.duration())
        && load.warmup >= duration
    {
        complaints.add(
            warmup.span,
            format!(
                "`warmup`: {} leaves nothing of the {duration} to measure",
                load.warmup
            ),
        );
    }
    Some(load)
}

/// When the load begins: with the run, or at the end of a load further up.
fn start(table: &LoadTable, above: &[Above], complaints: &Complaints) -> Option<Nanos> {
    let Some(after) = &table.after else {
        return Some(Nanos::ZERO);
    };
    let wanted = after.value.0.as_str();
    let Some(found) = above.iter().find(|load| load.name == wanted) else {
        let names = || above.iter().map(|load| load.name.as_str());
        let hint = match closest(wanted, names()) {
            Some(close) => format!("did you mean {close:?}?"),
            None if above.is_empty() => "this is the first load; leave `after` out".to_owned(),
            None => format!(
                "it can come after {}",
                names().collect::<Vec<_>>().join(", ")
            ),
        };
        complaints.add_with_hint(
            after.span,
            format!("`after`: no load further up is called {wanted:?}"),
            hint,
        );
        return None;
    };
    // What is wrong with that load has been said already.
    let end = found.load.as_ref()?.end();
    if end.is_none() {
        complaints.add_with_hint(
            after.span,
            format!("`after`: nobody knows beforehand when {wanted:?} ends"),
            "let it end with `for`, so that the plan is the same in every run",
        );
    }
    end
}

fn rate(table: &LoadTable, complaints: &Complaints) -> Option<RateLoad> {
    let stages = if table.header.key("stages").is_some() {
        stages(table, complaints)
    } else {
        require("rate", "rate", "\"200/s\"", &table.header, complaints);
        require("rate", "for", "\"30s\"", &table.header, complaints);
        match (&table.rate, &table.duration) {
            (Some(rate), Some(span)) => Some(vec![Stage::hold(Some(rate.value.0), span.value.0)]),
            _ => None,
        }
    };
    Some(RateLoad {
        stages: stages?,
        arrivals: table
            .arrivals
            .as_ref()
            .map_or(Arrivals::Poisson, |word| word.value.0),
        max_in_flight: table
            .max_in_flight
            .as_ref()
            .map_or(MAX_IN_FLIGHT, |most| index(most.value.0)),
        overflow: table
            .overflow
            .as_ref()
            .map_or(Overflow::Queue, |word| word.value.0),
    })
}

fn users(table: &LoadTable, complaints: &Complaints) -> Option<UsersLoad> {
    require("users", "users", "20", &table.header, complaints);
    let until = match (&table.duration, &table.iterations) {
        (Some(span), None) => Some(UntilUsers::Duration(span.value.0)),
        (None, Some(each)) => Some(UntilUsers::Iterations(each.value.0)),
        (Some(_), Some(_)) | (None, None) => None,
    };
    match (table.header.key("for"), table.header.key("iterations")) {
        (Some(_), Some(iterations)) => complaints.add_with_hint(
            iterations,
            "`iterations` and `for` exclude each other",
            "keep the one that should end the load",
        ),
        (None, None) => complaints.add_lack(
            table.header.span,
            "a load of kind \"users\" lacks the key `for` or `iterations`",
            "add for = \"30s\", or iterations = 100 for each user",
        ),
        (Some(_), None) | (None, Some(_)) => {}
    }
    Some(UsersLoad {
        users: index(table.users.as_ref()?.value.0),
        think: table
            .think
            .as_ref()
            .map_or(Nanos::ZERO, |span| span.value.0),
        until: until?,
    })
}

fn require(kind: &str, name: &str, example: &str, header: &Header, complaints: &Complaints) {
    if header.key(name).is_none() {
        complaints.add_lack(
            header.span,
            format!("a load of kind {kind:?} lacks the key `{name}`"),
            format!("add {name} = {example}"),
        );
    }
}

fn refuse_keys_of_the_other(kind: Kind, header: &Header, complaints: &Complaints) {
    let (mine, other, keys) = match kind {
        Kind::Rate => ("rate", "users", ["users", "think", "iterations"].as_slice()),
        Kind::Users => (
            "users",
            "rate",
            ["rate", "stages", "arrivals", "max_in_flight", "overflow"].as_slice(),
        ),
    };
    for name in keys {
        if let Some(span) = header.key(name) {
            complaints.add_with_hint(
                span,
                format!("`{name}` means nothing to a load of kind {mine:?}"),
                format!("leave it out, or write kind = {other:?}"),
            );
        }
    }
}
