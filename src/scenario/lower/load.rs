//! `[[load]]` to loads.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::name::{SAFE, is_safe};
use super::required::{self, refuse_keys_of_others, require};
use super::salesforce::salesforce;
use super::stages::{crew_stages, rate_stages};
use crate::plan::{
    ArrivalShape, Crew, CrewStage, Iterations, LOADS_MAX, Load, LoadModel, Pause, RateLoad, Stage,
    UsersLoad,
};
use crate::scenario::inputs::trace;
use crate::scenario::sources::given::Files;
use crate::scenario::table::at::Header;
use crate::scenario::table::words::{LoadKind, Share};
use crate::scenario::text::closest::suggestion;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::load::LoadTable;
use crate::units::{Nanos, index};

/// Lowers every load, those after a faulty one too.
pub(super) fn loads(
    tables: &[LoadTable],
    file: &Header,
    files: &Files<'_>,
    complaints: &Complaints,
) -> Option<Vec<Load>> {
    if tables.is_empty() && !file.has("load") {
        let hint = "add [[load]] with kind = \"rate\", rate = \"20/s\" and for = \"30s\"";
        complaints.lack(file.span, "the scenario lacks a [[load]]", hint);
    }
    if let Some(beyond) = tables.get(LOADS_MAX) {
        let message = format!("there are more than {LOADS_MAX} loads");
        complaints.add(beyond.header.span, message);
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
        let name = &given.0;
        if !is_safe(name) {
            let message = format!("`name`: {name:?} cannot name a load");
            complaints.advise(given.span, message, SAFE);
        } else if is_taken(name) {
            let message = format!("`name`: another load has the name {name:?} already");
            let hint = "give each load a name of its own; its figures are reported under it";
            complaints.advise(given.span, message, hint);
        }
        return name.clone();
    }
    let kind = table.kind.as_ref().map_or("rate", |kind| kind.0.word());
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
    let kind = table.kind.as_ref()?.0;
    refuse_keys_of_others(kind, &table.header, complaints);
    let model = match kind {
        LoadKind::Rate => rate(table, complaints).map(LoadModel::Rate),
        LoadKind::Users => users(table, complaints).map(LoadModel::Users),
        LoadKind::Iterations => iterations(table, complaints).map(LoadModel::Users),
        LoadKind::Trace => trace(table, files, complaints).map(LoadModel::Rate),
        LoadKind::Salesforce => salesforce(table, complaints).map(LoadModel::Salesforce),
    };
    let load = |model| Load {
        name,
        start: start.unwrap_or_default(),
        model,
        warmup: table.warmup.0,
        auth: None,
        turns: None,
    };
    let load = model.map(load);
    // Where the shape is faulty, what is said of its length holds all the same.
    let written = || table.duration.as_ref().map(|span| span.0);
    let duration = load.as_ref().map_or_else(written, Load::duration);
    let warmup = table.warmup.0;
    if let (true, Some(duration)) = (table.warmup.is_given(), duration)
        && warmup >= duration
    {
        let message =
            format!("`warmup` ({warmup}) must be shorter than the load, which lasts {duration}");
        let hint = "shorten `warmup`, or lengthen the load";
        let of_duration = table.duration.as_ref().map(|duration| duration.span);
        let span = table.warmup.span.or_later(of_duration.unwrap_or_default());
        complaints.advise(span, message, hint);
    }
    load.filter(|_| start.is_some())
}

/// When the load begins: with the run, or at the end of a load further up.
fn start(table: &LoadTable, above: &[Above], complaints: &Complaints) -> Option<Nanos> {
    let Some(after) = &table.after else {
        return Some(Nanos::ZERO);
    };
    let wanted = after.0.as_str();
    let complain = |message: String, hint: Cow<'static, str>| {
        complaints.advise(after.span, format!("`after`: {message}"), hint);
    };
    if table.name.as_ref().is_some_and(|own| own.0 == wanted) {
        complain(
            "a load cannot come after itself".to_owned(),
            "name a load above".into(),
        );
        return None;
    }
    let Some(found) = above.iter().find(|load| load.name == wanted) else {
        let names: BTreeSet<_> = above.iter().map(|load| load.name.as_str()).collect();
        let listed = names.iter().copied().collect::<Vec<_>>().join(", ");
        let quoted = |close: &str| format!("{close:?}");
        let hint = suggestion(wanted, names, quoted, || match listed.as_str() {
            "" => "leave `after` out: this is the first load".to_owned(),
            names => format!("name one of {names}"),
        });
        complain(
            format!("no load above has the name {wanted:?}"),
            hint.into(),
        );
        return None;
    };
    // What is wrong with that load has been said already.
    let end = found.load.as_ref()?.latest_end();
    if end.is_none() {
        complain(
            format!("the end of {wanted:?} depends on answers, so the plan cannot know it"),
            "end that load with `for`".into(),
        );
    }
    end
}

fn rate(table: &LoadTable, complaints: &Complaints) -> Option<RateLoad> {
    let stages = if table.header.has("stages") {
        rate_stages(table, complaints)
    } else {
        let rate = required::rate(table, "\"200/s\"", complaints);
        require(table, "for", "\"30s\"", complaints);
        let duration = table.duration.as_ref().map(|span| span.0);
        rate.zip(duration)
            .map(|(rate, span)| vec![Stage::hold(Some(rate), span)])
    };
    Some(of_stages(table, stages?))
}

/// An open model of these stages.
pub(super) fn of_stages(table: &LoadTable, stages: Vec<Stage>) -> RateLoad {
    let arrivals = table.arrivals.0;
    open(table, ArrivalShape::Stages { stages, arrivals })
}

/// Arrivals as they were once before.
fn trace(table: &LoadTable, files: &Files<'_>, complaints: &Complaints) -> Option<RateLoad> {
    require(table, "file", "\"trace.csv\"", complaints);
    let file = table.file.as_ref()?;
    let (name, span) = (&file.0, file.span);
    let complain = |why: String| {
        complaints.add(span, format!("`file`: {why}"));
    };
    let bytes = files(span.source, name).map_err(complain).ok()?;
    let told = |(line, fault): trace::LineFault| complain(format!("{name}:{line}: {fault}"));
    let dues = trace::read(&bytes)
        .map_err(|faults| faults.into_iter().for_each(told))
        .ok()?;
    let asked = table.duration.as_ref().map(|duration| duration.0);
    let over = asked.unwrap_or_else(|| trace::span(&dues));
    let dues = trace::cut(&dues, over);
    if dues.is_empty() {
        complain(format!("no arrival of {name} is due within `for`"));
        return None;
    }
    Some(open(table, ArrivalShape::Trace { dues, over }))
}

/// An open model of this shape.
fn open(table: &LoadTable, shape: ArrivalShape) -> RateLoad {
    RateLoad {
        shape,
        max_in_flight: index(table.max_in_flight.0),
        overflow: table.overflow.0,
        tick: table.tick.0,
        share: None,
        shard: None,
    }
}

/// Virtual users for a time, or until each has done a number of iterations.
fn users(table: &LoadTable, complaints: &Complaints) -> Option<UsersLoad> {
    let header = &table.header;
    let pause = pause(table, complaints);
    let hint = "keep the one that should end the load, or write kind = \"iterations\"";
    if !header.exclude("iterations", "for", hint, complaints) {
        header.exclude("iterations", "stages", hint, complaints);
    }
    let crew = if header.has("stages") {
        crew_stages(table, complaints).map(Crew::Timed)
    } else {
        let users = required::users(table, complaints);
        if !header.has("for") && !header.has("iterations") {
            let message = "a load of kind \"users\" needs the key `for` or `iterations`";
            let hint = "add for = \"30s\", or iterations = 100 for each user";
            complaints.lack(header.span, message, hint);
        }
        timed(table, users?).or_else(|| counted(table, users?, Iterations::Each))
    };
    Some(UsersLoad {
        crew: crew?,
        pause,
        shard: None,
    })
}

/// Virtual users until a number of iterations is done.
fn iterations(table: &LoadTable, complaints: &Complaints) -> Option<UsersLoad> {
    let users = required::users(table, complaints);
    require(table, "iterations", "1000", complaints);
    let share = match table.share.0 {
        Share::Each => Iterations::Each,
        Share::Shared => Iterations::Shared,
    };
    let pause = pause(table, complaints);
    let crew = counted(table, users?, share)?;
    Some(UsersLoad {
        crew,
        pause,
        shard: None,
    })
}

fn timed(table: &LoadTable, users: u64) -> Option<Crew> {
    Some(Crew::Timed(vec![CrewStage {
        from: index(users),
        to: index(users),
        over: table.duration.as_ref()?.0,
    }]))
}

fn counted(table: &LoadTable, users: u64, share: fn(u64) -> Iterations) -> Option<Crew> {
    Some(Crew::Counted {
        users: index(users),
        iterations: share(table.iterations.as_ref()?.0),
        at_most: table.duration.as_ref().map(|span| span.0),
    })
}

fn pause(table: &LoadTable, complaints: &Complaints) -> Pause {
    let hint =
        "leave one out: `pace` counts from the start of an iteration, `think` from its answer";
    table.header.exclude("pace", "think", hint, complaints);
    let pace = table.pace.as_ref().map(|pace| Pause::Pace(pace.0));
    pace.unwrap_or(table.think.0)
}
