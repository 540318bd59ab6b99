//! Whether two sets of runs did the same work, on the same kind of machine.

use std::fmt;

use crate::summary::{LoadResult, Run, Summary};
use crate::units::float;

/// A field in which runs differ that should not.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// The field of the summary.
    pub field: String,
    /// Its value in the baseline.
    pub baseline: String,
    /// Its value in the other run.
    pub other: String,
}

impl Difference {
    /// Whether it is one of settings that a duel may be about.
    pub(super) fn is_of_settings(&self) -> bool {
        ["run.overrides.", "signing."]
            .iter()
            .any(|start| self.field.starts_with(start))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} differs: {} and {}",
            self.field, self.baseline, self.other
        )
    }
}

/// A field and what it is in a run.
type Field = (String, String);

/// The fields in which any run differs from the first of the baseline, each once.
pub(super) fn differences(before: &[&Summary], after: &[&Summary]) -> Vec<Difference> {
    let [first, ..] = before else {
        return Vec::new();
    };
    let meant = work(first);
    let mut found: Vec<Difference> = Vec::new();
    for run in before.iter().chain(after) {
        let work = work(run);
        for (field, baseline) in &meant {
            let other = work.iter().find(|(name, _)| name == field);
            let other = other.map_or("nothing", |(_, value)| value.as_str());
            if other != baseline {
                note(&mut found, field, baseline, other);
            }
        }
        for (field, other) in &work {
            if !meant.iter().any(|(name, _)| name == field) {
                note(&mut found, field, "nothing", other);
            }
        }
    }
    // The hash of the file says no more where what it changed is named.
    if found.len() > 1 {
        found.retain(|difference| difference.field != FILE);
    }
    found
}

const FILE: &str = "run.scenario_sha256";

fn note(found: &mut Vec<Difference>, field: &str, baseline: &str, other: &str) {
    if !found.iter().any(|known| known.field == field) {
        found.push(Difference {
            field: field.to_owned(),
            baseline: baseline.to_owned(),
            other: other.to_owned(),
        });
    }
}

/// What a run was asked to do, without its target.
fn work(summary: &Summary) -> Vec<Field> {
    let run = &summary.run;
    let signing = &summary.signing;
    let mut fields = vec![
        ("run.scenario".to_owned(), run.scenario.clone()),
        (FILE.to_owned(), run.scenario_sha256.clone()),
        ("run.overlays".to_owned(), overlays(run)),
        ("run.seed".to_owned(), run.seed.to_string()),
        ("run.engine".to_owned(), run.engine.clone()),
        (
            "run.model".to_owned(),
            format!("{:?}", run.model).to_lowercase(),
        ),
        (
            "run.load.description".to_owned(),
            run.load.description.clone(),
        ),
        ("signing.mode".to_owned(), signing.mode.clone()),
        ("signing.source".to_owned(), signing.source.clone()),
    ];
    let optional = [
        ("run.connections", run.connections.clone()),
        ("signing.algorithm", signing.algorithm.clone()),
        (
            "signing.key_bits",
            signing.key_bits.map(|bits| bits.to_string()),
        ),
    ];
    for (name, value) in optional {
        fields.extend(value.map(|value| (name.to_owned(), value)));
    }
    for change in &run.overrides {
        // Each side has a target of its own, and a name for it.
        if !change.is_of_place() {
            let field = format!("run.overrides.{}", change.path);
            fields.push((field, change.value.clone()));
        }
    }
    for load in &summary.loads {
        fields.extend(of_load(load));
    }
    fields
}

/// What was put over the scenario, by its hashes.
fn overlays(run: &Run) -> String {
    let hashes = run.overlays.iter().map(|overlay| overlay.sha256.as_str());
    hashes.collect::<Vec<_>>().join(" ")
}

fn of_load(load: &LoadResult) -> Vec<Field> {
    let field = |name: &str, value: String| (format!("loads.{}.{name}", load.name), value);
    let mut fields = vec![
        field("description", load.description.clone()),
        field("warmup_ns", load.warmup_ns.to_string()),
    ];
    let hash = load.schedule_sha256.clone();
    fields.extend(hash.map(|hash| field("schedule_sha256", hash)));
    fields
}

/// How far the memory of machines of one kind may differ: kernels keep more or less of it.
const MEMORY_RATIO: f64 = 1.25;

/// What a run says of its machine.
type Text = fn(&Summary) -> String;

/// Why the machines keep a verdict from being more than advice.
pub(super) fn machines(before: &[&Summary], after: &[&Summary]) -> Vec<String> {
    let all = || before.iter().chain(after).map(|summary| &summary.run);
    let mut reasons = Vec::new();
    let texts: [(&str, Text); 6] = [
        ("architecture", |summary| summary.run.machine.arch.clone()),
        ("processor", |summary| {
            summary.run.machine.cpu.clone().unwrap_or_default()
        }),
        ("processors", |summary| {
            summary.run.machine.cores.to_string()
        }),
        ("system", |summary| summary.run.machine.os.clone()),
        ("clock source", |summary| {
            summary.run.machine.clock_source.clone().unwrap_or_default()
        }),
        ("version of leadbench", |summary| {
            summary.run.version.clone()
        }),
    ];
    for (name, of) in texts {
        let mut values: Vec<_> = before.iter().chain(after).map(|run| of(run)).collect();
        values.sort();
        values.dedup();
        if values.len() > 1 {
            reasons.push(format!(
                "the runs used machines whose {name} differs: {}",
                values.join(", ")
            ));
        }
    }
    let memory = || all().filter_map(|run| run.machine.memory_bytes);
    if let Some((least, most)) = memory().min().zip(memory().max())
        && float(most) > float(least) * MEMORY_RATIO
    {
        let gib = |bytes| float(bytes) / f64::from(1_u32 << 30);
        reasons.push(format!(
            "the runs used machines whose memory differs: {:.1} and {:.1} GiB",
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
