//! `[[load]]` to a load.

use super::load_file::LoadTable;
use super::problem::Complaints;
use super::table::Header;
use super::words::Kind;
use crate::plan::{Arrivals, Load, Overflow, RateLoad, Shape, UntilUsers, UsersLoad};
use crate::units::{Nanos, index};

/// Callouts at once where nothing is said: far more than one org opens, few enough for
/// the usual limit of open files.
const MAX_IN_FLIGHT: usize = 1_000;

pub(super) fn load(tables: Vec<LoadTable>, file: &Header, complaints: &Complaints) -> Option<Load> {
    let mut tables = tables.into_iter();
    let Some(first) = tables.next() else {
        if file.key("load").is_none() {
            complaints.add_lack(
                file.span,
                "the scenario lacks a [[load]]",
                "add [[load]] with kind = \"rate\", rate = \"20/s\" and for = \"30s\"",
            );
        }
        return None;
    };
    for further in tables {
        complaints.add(
            further.header.span,
            "this version runs one [[load]] at a time, and this is a further one",
        );
    }
    lower(first, complaints)
}

fn lower(table: LoadTable, complaints: &Complaints) -> Option<Load> {
    let kind = table.kind.as_ref()?.value.0;
    refuse_keys_of_the_other(kind, &table.header, complaints);
    let shape = match kind {
        Kind::Rate => rate(&table, complaints).map(Shape::Rate),
        Kind::Users => users(&table, complaints).map(Shape::Users),
    };
    let warmup = table
        .warmup
        .as_ref()
        .map_or(Nanos::ZERO, |span| span.value.0);
    if let (Some(warmup), Some(duration)) = (&table.warmup, &table.duration)
        && warmup.value.0 >= duration.value.0
    {
        complaints.add(
            warmup.span,
            format!(
                "`warmup`: {} leaves nothing of the {} to measure",
                warmup.value.0, duration.value.0
            ),
        );
    }
    let name = table.name.map_or_else(
        || match kind {
            Kind::Rate => "rate".to_owned(),
            Kind::Users => "users".to_owned(),
        },
        |name| name.value.0,
    );
    Some(Load {
        name,
        shape: shape?,
        warmup,
    })
}

fn rate(table: &LoadTable, complaints: &Complaints) -> Option<RateLoad> {
    require("rate", "rate", "\"200/s\"", &table.header, complaints);
    require("rate", "for", "\"30s\"", &table.header, complaints);
    Some(RateLoad {
        rate: table.rate.as_ref()?.value.0,
        arrivals: table
            .arrivals
            .as_ref()
            .map_or(Arrivals::Poisson, |word| word.value.0),
        duration: table.duration.as_ref()?.value.0,
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
            ["rate", "arrivals", "max_in_flight", "overflow"].as_slice(),
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
