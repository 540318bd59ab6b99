//! `[[load]]` to loads.

use std::collections::BTreeSet;

use super::is_safe;
use super::salesforce::salesforce;
use super::stages::{crew_stages, rate_stages};
use crate::plan::{
    Arrivals, Crew, CrewStage, Iterations, LOADS_MAX, Load, Overflow, Pattern, Pause, RateLoad,
    Shape, Stage, UsersLoad,
};
use crate::scenario::inputs::trace;
use crate::scenario::sources::given::Files;
use crate::scenario::table::reader::Header;
use crate::scenario::table::words::{Kind, Share};
use crate::scenario::text::closest::closest;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::load::LoadTable;
use crate::units::{Nanos, index};

/// Callouts at once where nothing is said: far more than one org opens, few enough for
/// the usual limit of open files.
const MAX_IN_FLIGHT: usize = 1_000;

/// Lowers every load, those after a faulty one too.
pub(super) fn loads(
    tables: &[LoadTable],
    file: &Header,
    files: &Files<'_>,
    complaints: &Complaints,
) -> Option<Vec<Load>> {
    if tables.is_empty() && file.key("load").is_none() {
        complaints
            .lack(file.span, "the scenario lacks a [[load]]")
            .hint("add [[load]] with kind = \"rate\", rate = \"20/s\" and for = \"30s\"");
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
        let load = lower(table, known.clone(), &above, files, complaints);
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
            complaints
                .add(given.span, format!("`name`: {name:?} cannot name a load"))
                .hint("use letters, digits, '-' and '_', and do not begin with '-'");
        } else if is_taken(name) {
            complaints
                .add(
                    given.span,
                    format!("`name`: another load is called {name:?} already"),
                )
                .hint("give each load a name of its own, for its figures are reported under it");
        }
        return name.clone();
    }
    let kind = table
        .kind
        .as_ref()
        .map_or("rate", |kind| kind.value.0.word());
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
    files: &Files<'_>,
    complaints: &Complaints,
) -> Option<Load> {
    let start = start(table, above, complaints);
    let kind = table.kind.as_ref()?.value.0;
    refuse_keys_of_others(kind, &table.header, complaints);
    let shape = match kind {
        Kind::Rate => rate(table, complaints).map(Shape::Rate),
        Kind::Users => users(table, complaints).map(Shape::Users),
        Kind::Iterations => iterations(table, complaints).map(Shape::Users),
        Kind::Trace => trace(table, files, complaints).map(Shape::Rate),
        Kind::Salesforce => salesforce(table, complaints).map(Shape::Salesforce),
    };
    let load = |shape| Load {
        name,
        start: start.unwrap_or_default(),
        shape,
        warmup: warmup(table),
        auth: None,
        turns: None,
    };
    let load = shape.map(load);
    // Where the shape is faulty, what is said of its length holds all the same.
    let written = || table.duration.as_ref().map(|span| span.value.0);
    let duration = load.as_ref().map_or_else(written, Load::duration);
    if let (Some(given), Some(duration)) = (&table.warmup, duration)
        && warmup(table) >= duration
    {
        complaints.add(
            given.span,
            format!(
                "`warmup`: {} leaves nothing of the {duration} to measure",
                warmup(table)
            ),
        );
    }
    load.filter(|_| start.is_some())
}

/// How long its start is left out of the figures.
pub(super) fn warmup(table: &LoadTable) -> Nanos {
    let warmup = table.warmup.as_ref();
    warmup.map_or(Nanos::ZERO, |span| span.value.0)
}

/// When the load begins: with the run, or at the end of a load further up.
fn start(table: &LoadTable, above: &[Above], complaints: &Complaints) -> Option<Nanos> {
    let Some(after) = &table.after else {
        return Some(Nanos::ZERO);
    };
    let wanted = after.value.0.as_str();
    let is_itself = table.name.as_ref().is_some_and(|own| own.value.0 == wanted);
    if is_itself {
        complaints
            .add(after.span, "`after`: a load cannot come after itself")
            .hint("name a load further up");
        return None;
    }
    let Some(found) = above.iter().find(|load| load.name == wanted) else {
        let names = || above.iter().map(|load| load.name.as_str());
        let hint = match closest(wanted, names()) {
            Some(close) => format!("did you mean {close:?}?"),
            None if above.is_empty() => "this is the first load; leave `after` out".to_owned(),
            None => {
                let distinct: BTreeSet<_> = names().collect();
                let distinct: Vec<_> = distinct.into_iter().collect();
                format!("it can come after {}", distinct.join(", "))
            }
        };
        complaints
            .add(
                after.span,
                format!("`after`: no load further up is called {wanted:?}"),
            )
            .hint(hint);
        return None;
    };
    // What is wrong with that load has been said already.
    let end = found.load.as_ref()?.latest_end();
    if end.is_none() {
        complaints
            .add(
                after.span,
                format!("`after`: nobody knows beforehand when {wanted:?} ends"),
            )
            .hint("let it end with `for`, so that the plan is the same in every run");
    }
    end
}

fn rate(table: &LoadTable, complaints: &Complaints) -> Option<RateLoad> {
    let stages = if table.header.key("stages").is_some() {
        rate_stages(table, complaints)
    } else {
        require("rate", "rate", "\"200/s\"", &table.header, complaints);
        require("rate", "for", "\"30s\"", &table.header, complaints);
        match (&table.rate, &table.duration) {
            (Some(rate), Some(span)) => Some(vec![Stage::hold(Some(rate.value.0), span.value.0)]),
            _ => None,
        }
    };
    Some(of_stages(table, stages?))
}

/// An open model of these stages.
pub(super) fn of_stages(table: &LoadTable, stages: Vec<Stage>) -> RateLoad {
    let arrivals = table
        .arrivals
        .as_ref()
        .map_or(Arrivals::Poisson, |word| word.value.0);
    open(table, Pattern::Stages { stages, arrivals })
}

/// Arrivals as they were once before.
fn trace(table: &LoadTable, files: &Files<'_>, complaints: &Complaints) -> Option<RateLoad> {
    require("trace", "file", "\"trace.csv\"", &table.header, complaints);
    let file = table.file.as_ref()?;
    let (name, span) = (&file.value.0, file.span);
    let bytes = files(span.source, name)
        .map_err(|why| complaints.add(span, format!("`file`: {why}")))
        .ok()?;
    let told = |(line, fault): trace::Fault| {
        complaints.add(span, format!("`file`: {name}:{line}: {fault}"));
    };
    let dues = trace::read(&bytes)
        .map_err(|faults| faults.into_iter().for_each(told))
        .ok()?;
    let over = table
        .duration
        .as_ref()
        .map_or_else(|| trace::span(&dues), |duration| duration.value.0);
    let dues = trace::cut(&dues, over);
    if dues.is_empty() {
        complaints.add(
            span,
            format!("`file`: no arrival of {name} is due within `for`"),
        );
        return None;
    }
    Some(open(table, Pattern::Trace { dues, over }))
}

/// An open model of this pattern.
fn open(table: &LoadTable, pattern: Pattern) -> RateLoad {
    RateLoad {
        pattern,
        max_in_flight: table
            .max_in_flight
            .as_ref()
            .map_or(MAX_IN_FLIGHT, |most| index(most.value.0)),
        overflow: table
            .overflow
            .as_ref()
            .map_or(Overflow::Queue, |word| word.value.0),
        share: None,
    }
}

/// Virtual users for a time, or until each has done so many iterations.
fn users(table: &LoadTable, complaints: &Complaints) -> Option<UsersLoad> {
    let has = |name| table.header.key(name);
    let pause = pause(table, complaints);
    if let (Some(iterations), Some(_)) = (has("iterations"), has("for").or(has("stages"))) {
        complaints
            .add(iterations, "`iterations` and `for` exclude each other")
            .hint("keep the one that should end the load, or write kind = \"iterations\"");
    }
    let crew = if has("stages").is_some() {
        crew_stages(table, complaints).map(Crew::Timed)
    } else {
        require("users", "users", "20", &table.header, complaints);
        if has("for").or(has("iterations")).is_none() {
            complaints
                .lack(
                    table.header.span,
                    "a load of kind \"users\" lacks the key `for` or `iterations`",
                )
                .hint("add for = \"30s\", or iterations = 100 for each user");
        }
        timed(table).or_else(|| counted(table, Iterations::Each))
    };
    Some(UsersLoad { crew: crew?, pause })
}

/// Virtual users until so many iterations are done.
fn iterations(table: &LoadTable, complaints: &Complaints) -> Option<UsersLoad> {
    require("iterations", "users", "20", &table.header, complaints);
    require(
        "iterations",
        "iterations",
        "1000",
        &table.header,
        complaints,
    );
    let share = match table.share.as_ref().map(|share| share.value.0) {
        Some(Share::Each) => Iterations::Each,
        Some(Share::Shared) | None => Iterations::Shared,
    };
    let pause = pause(table, complaints);
    Some(UsersLoad {
        crew: counted(table, share)?,
        pause,
    })
}

fn timed(table: &LoadTable) -> Option<Crew> {
    let users = index(table.users.as_ref()?.value.0);
    Some(Crew::Timed(vec![CrewStage {
        from: users,
        to: users,
        over: table.duration.as_ref()?.value.0,
    }]))
}

fn counted(table: &LoadTable, share: fn(u64) -> Iterations) -> Option<Crew> {
    Some(Crew::Counted {
        users: index(table.users.as_ref()?.value.0),
        iterations: share(table.iterations.as_ref()?.value.0),
        at_most: table.duration.as_ref().map(|span| span.value.0),
    })
}

fn pause(table: &LoadTable, complaints: &Complaints) -> Pause {
    if let (Some(_), Some(pace)) = (table.header.key("think"), table.header.key("pace")) {
        complaints
            .add(pace, "`pace` and `think` exclude each other")
            .hint("`pace` counts from the start of an iteration, `think` from its answer");
    }
    match (&table.think, &table.pace) {
        (_, Some(pace)) => Pause::Pace(pace.value.0),
        (Some(think), None) => think.value.0,
        (None, None) => Pause::Constant(Nanos::ZERO),
    }
}

pub(super) fn require(
    kind: &str,
    name: &str,
    example: &str,
    header: &Header,
    complaints: &Complaints,
) {
    if header.key(name).is_none() {
        complaints
            .lack(
                header.span,
                format!("a load of kind {kind:?} lacks the key `{name}`"),
            )
            .hint(format!("add {name} = {example}"));
    }
}

/// The keys that not every kind has, and the kinds that have them.
const KEYS: &[(&str, &[Kind])] = &[
    ("rate", &[Kind::Rate, Kind::Salesforce]),
    ("stages", &[Kind::Rate, Kind::Users]),
    ("arrivals", &[Kind::Rate]),
    ("max_in_flight", &[Kind::Rate, Kind::Trace]),
    ("overflow", &[Kind::Rate, Kind::Trace]),
    ("file", &[Kind::Trace]),
    ("preset", &[Kind::Salesforce]),
    ("leads", &[Kind::Salesforce]),
    ("every", &[Kind::Salesforce]),
    ("workers", &[Kind::Salesforce]),
    ("callouts", &[Kind::Salesforce]),
    ("peak", &[Kind::Salesforce]),
    ("delay", &[Kind::Salesforce]),
    ("quiet", &[Kind::Salesforce]),
    ("re_enqueue", &[Kind::Salesforce]),
    ("users", &[Kind::Users, Kind::Iterations]),
    ("think", &[Kind::Users, Kind::Iterations]),
    ("pace", &[Kind::Users, Kind::Iterations]),
    ("iterations", &[Kind::Iterations, Kind::Users]),
    ("share", &[Kind::Iterations]),
];

pub(super) fn refuse_keys_of_others(kind: Kind, header: &Header, complaints: &Complaints) {
    for (name, kinds) in KEYS {
        if kinds.contains(&kind) {
            continue;
        }
        if let (Some(span), Some(other)) = (header.key(name), kinds.first()) {
            complaints
                .add(
                    span,
                    format!("`{name}` means nothing to a load of kind {:?}", kind.word()),
                )
                .hint(format!("leave it out, or write kind = {:?}", other.word()));
        }
    }
}
