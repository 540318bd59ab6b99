//! `[[load]]` to a load.

use super::load_file::LoadTable;
use super::problem::{Complaints, Span};
use super::table::At;
use super::words::Kind;
use crate::plan::{Arrivals, Load, Overflow, RateLoad, Shape, UntilUsers, UsersLoad};
use crate::units::{Nanos, index};

/// Callouts at once where nothing is said: far more than one org opens, few enough for
/// the usual limit of open files.
const MAX_IN_FLIGHT: usize = 1_000;

pub(super) fn load(tables: Vec<LoadTable>, file: Span, complaints: &Complaints) -> Option<Load> {
    let mut tables = tables.into_iter();
    let Some(first) = tables.next() else {
        complaints.add_missing(file, "the scenario lacks a [[load]]");
        return None;
    };
    for further in tables {
        complaints.add(
            further.span,
            "this version runs one [[load]] at a time, and this is a further one",
        );
    }
    lower(first, complaints)
}

fn lower(table: LoadTable, complaints: &Complaints) -> Option<Load> {
    let kind = table.kind.as_ref()?.value.0;
    refuse_keys_of_the_other(kind, &table, complaints);
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
    require("rate", table.rate.is_some(), table, complaints);
    require("for", table.duration.is_some(), table, complaints);
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
    require("users", table.users.is_some(), table, complaints);
    let until = match (&table.duration, &table.iterations) {
        (Some(span), None) => Some(UntilUsers::Duration(span.value.0)),
        (None, Some(each)) => Some(UntilUsers::Iterations(each.value.0)),
        (Some(_), Some(each)) => {
            complaints.add(each.span, "`iterations` and `for` exclude each other");
            None
        }
        (None, None) => {
            if !table.faulty.contains(&"iterations") {
                require("for", false, table, complaints);
            }
            None
        }
    };
    Some(UsersLoad {
        users: index(table.users.as_ref()?.value.0),
        think: table
            .think
            .as_ref()
            .map_or(Nanos::ZERO, |span| span.value.0),
        until: until?,
    })
}

/// Complains of a key that is not there at all; a faulty one has been complained of.
fn require(name: &str, is_there: bool, table: &LoadTable, complaints: &Complaints) {
    if !is_there && !table.faulty.contains(&name) {
        complaints.add_missing(table.span, format!("this [[load]] lacks the key `{name}`"));
    }
}

fn refuse_keys_of_the_other(kind: Kind, table: &LoadTable, complaints: &Complaints) {
    let of_users = [
        ("users", span(table.users.as_ref())),
        ("think", span(table.think.as_ref())),
        ("iterations", span(table.iterations.as_ref())),
    ];
    let of_rate = [
        ("rate", span(table.rate.as_ref())),
        ("arrivals", span(table.arrivals.as_ref())),
        ("max_in_flight", span(table.max_in_flight.as_ref())),
        ("overflow", span(table.overflow.as_ref())),
    ];
    let (mine, others) = match kind {
        Kind::Rate => ("rate", of_users.as_slice()),
        Kind::Users => ("users", of_rate.as_slice()),
    };
    for (name, span) in others {
        if let Some(span) = span {
            complaints.add(
                *span,
                format!("`{name}` means nothing to a load of kind {mine:?}"),
            );
        }
    }
}

fn span<T>(value: Option<&At<T>>) -> Option<Span> {
    value.map(|value| value.span)
}
