//! Whether two sets of runs did the same work, on the same kind of machine.

use std::collections::BTreeSet;
use std::fmt;

use crate::summary::{LoadResult, Run, Summary};
use crate::units::float;

/// A field in which runs differ that should not.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct Difference {
    /// The field of the summary.
    pub field: String,
    /// Its value in the first run of the baseline; `None` where that has none.
    pub baseline: Option<String>,
    /// Its value in the other run.
    pub other: Option<String>,
    /// Whether the other run is one of the candidate, and not of the baseline itself.
    pub is_between_sides: bool,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = &self.field;
        let values = [&self.baseline, &self.other];
        let [baseline, other] = values.map(|value| in_words(field, value.as_deref()));
        // The hashes themselves tell a reader nothing.
        let is_hash = field.ends_with("sha256") || field == OVERLAYS;
        write!(f, "{field} differs")?;
        match (is_hash, self.is_between_sides) {
            (true, true) => write!(f, " between baseline and candidate"),
            (true, false) => write!(f, " among the runs of the baseline"),
            (false, true) => write!(f, ": baseline {baseline}, candidate {other}"),
            (false, false) => write!(f, " among the runs of the baseline: {baseline}, {other}"),
        }
    }
}

impl Difference {
    /// Whether it is one of settings that a duel may be about.
    pub(super) fn is_of_settings(&self) -> bool {
        ["run.overrides.", "signing."]
            .iter()
            .any(|start| self.field.starts_with(start))
    }
}

/// A field and what it is in a run.
type FieldValue = (String, String);

/// A value of a field with its unit.
fn in_words(field: &str, value: Option<&str>) -> String {
    let nanos = value.filter(|_| field.ends_with("_ns"));
    match (value, nanos.and_then(|ns| ns.parse::<u64>().ok())) {
        // Exactly: two that differ must not read alike.
        (_, Some(ns)) => format!("{} s", float(ns) / 1e9),
        (None | Some(""), None) => "not set".to_owned(),
        (Some(value), None) => value.to_owned(),
    }
}

/// The fields in which any run differs from the first of the baseline, each once.
pub(super) fn differences(before: &[&Summary], after: &[&Summary]) -> Vec<Difference> {
    let [first, ..] = before else {
        return Vec::new();
    };
    let meant = work(first);
    let mut found: Vec<Difference> = Vec::new();
    let sides = [(before, false), (after, true)];
    let runs = sides.iter().flat_map(|(runs, is_candidate)| {
        let is_candidate = *is_candidate;
        runs.iter().map(move |run| (run, is_candidate))
    });
    for (run, is_between_sides) in runs {
        let work = work(run);
        for (field, _) in meant.iter().chain(&work) {
            let (baseline, other) = (value(&meant, field), value(&work, field));
            if baseline != other && !found.iter().any(|known| known.field == *field) {
                found.push(Difference {
                    field: field.clone(),
                    baseline: baseline.map(str::to_owned),
                    other: other.map(str::to_owned),
                    is_between_sides,
                });
            }
        }
    }
    // The hash of the file says no more where what it changed is named.
    if found.len() > 1 {
        found.retain(|difference| difference.field != FILE);
    }
    found
}

/// The differences as a reader needs them: the load with its duration first, and without those that
/// only follow from others.
pub(super) fn to_be_told(mut found: Vec<Difference>) -> Vec<Difference> {
    // A schedule is made of the load and the seed.
    let is_schedule = |one: &Difference| one.field.ends_with(".schedule_sha256");
    if !found.iter().all(is_schedule) {
        found.retain(|one| !is_schedule(one));
    }
    // A single load is described as the run is.
    let load = found.iter().find(|one| one.field == LOAD).cloned();
    if let Some(load) = &load {
        found.retain(|one| {
            let is_same = (&one.baseline, &one.other) == (&load.baseline, &load.other);
            one.field == LOAD || !one.field.ends_with(".description") || !is_same
        });
    }
    found.sort_by_key(|one| one.field != LOAD);
    found
}

const FILE: &str = "run.scenario_sha256";
const OVERLAYS: &str = "run.overlays";
const LOAD: &str = "run.load.description";

fn value<'f>(fields: &'f [FieldValue], name: &str) -> Option<&'f str> {
    let field = fields.iter().find(|(field, _)| field == name);
    field.map(|(_, value)| value.as_str())
}

/// What a run was asked to do, without its target.
fn work(summary: &Summary) -> Vec<FieldValue> {
    let (run, signing) = (&summary.run, &summary.signing);
    let hashes: Vec<_> = run.overlays.iter().map(|one| one.sha256.as_str()).collect();
    let model = format!("{:?}", run.model).to_lowercase();
    let key_bits = signing.key_bits.map(|bits| bits.to_string());
    let known = [
        ("run.scenario", Some(run.scenario.clone())),
        (FILE, Some(run.scenario_sha256.clone())),
        (OVERLAYS, Some(hashes.join(" "))),
        ("run.seed", Some(run.seed.to_string())),
        ("run.engine", Some(run.engine.clone())),
        ("run.model", Some(model)),
        (LOAD, Some(run.load.description.clone())),
        ("signing.mode", Some(signing.mode.clone())),
        ("signing.source", Some(signing.source.clone())),
        ("run.connections", run.connections.clone()),
        ("signing.algorithm", signing.algorithm.clone()),
        ("signing.key_bits", key_bits),
    ];
    let known = known.into_iter();
    let known = known.filter_map(|(field, value)| Some((field.to_owned(), value?)));
    // Each side has a target of its own, and a name for it.
    let changes = run.overrides.iter().filter(|change| !change.is_of_place());
    let changes = changes.map(|one| (format!("run.overrides.{}", one.path), one.value.clone()));
    let loads = summary.loads.iter().flat_map(of_load);
    known.chain(changes).chain(loads).collect()
}

fn of_load(load: &LoadResult) -> impl Iterator<Item = FieldValue> {
    let fields = [
        ("description", Some(load.description.clone())),
        ("warmup_ns", Some(load.warmup_ns.to_string())),
        ("schedule_sha256", load.schedule_sha256.clone()),
    ];
    let fields = fields.into_iter();
    fields.filter_map(|(field, value)| Some((format!("loads.{}.{field}", load.name), value?)))
}

/// How far the memory of machines of one kind may differ: kernels keep more or less of it.
const MEMORY_RATIO: f64 = 1.25;

/// What a run says of its machine.
type Text = fn(&Run) -> String;

/// What the system tells of the machine, in words.
fn known(text: Option<&str>) -> String {
    text.unwrap_or("unknown").to_owned()
}

/// Why the machines keep a verdict from being more than advice.
pub(super) fn machines(before: &[&Summary], after: &[&Summary]) -> Vec<String> {
    let all = || before.iter().chain(after).map(|summary| &summary.run);
    let mut reasons = Vec::new();
    let texts: [(&str, Text); 6] = [
        ("architecture", |run| run.machine.arch.clone()),
        ("processor model", |run| known(run.machine.cpu.as_deref())),
        ("number of processors", |run| run.machine.cores.to_string()),
        ("system", |run| run.machine.os.clone()),
        ("clock source", |run| {
            known(run.machine.clock_source.as_deref())
        }),
        ("version of leadbench", |run| run.version.clone()),
    ];
    for (name, of) in texts {
        let values: BTreeSet<_> = all().map(of).collect();
        if values.len() > 1 {
            let values: Vec<_> = values.into_iter().collect();
            let values = values.join(", ");
            reasons.push(format!("the runs differ in {name}: {values}"));
        }
    }
    let memory = || all().filter_map(|run| run.machine.memory_bytes);
    if let Some((least, most)) = memory().min().zip(memory().max())
        && float(most) > float(least) * MEMORY_RATIO
    {
        let gib = |bytes| float(bytes) / f64::from(1_u32 << 30);
        reasons.push(format!(
            "the runs differ in memory: {:.1} GiB, {:.1} GiB",
            gib(least),
            gib(most)
        ));
    }
    if all().any(|run| run.machine.build == "debug") {
        reasons
            .push("a run used a debug build, whose own cost is several times too high".to_owned());
    }
    reasons
}
