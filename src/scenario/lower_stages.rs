//! The stages of a rate.

use super::load_file::{LoadTable, StageTable};
use super::problem::Complaints;
use crate::plan::Stage;
use crate::units::{Nanos, Rate};

/// Stages in one load.
const STAGES_MAX: usize = 1_000;

/// The longest that all stages together may take: as long as a load without stages.
const TOGETHER_MAX: Nanos = Nanos::from_secs(24 * 3600);

pub(super) fn stages(table: &LoadTable, complaints: &Complaints) -> Option<Vec<Stage>> {
    let span = table.header.key("stages").unwrap_or(table.header.span);
    if let Some(duration) = table.header.key("for") {
        complaints.add_with_hint(
            duration,
            "`for` and `stages` exclude each other",
            "the load lasts as long as its stages together",
        );
    }
    if table.stages.len() > STAGES_MAX {
        complaints.add(span, format!("`stages`: more than {STAGES_MAX} of them"));
    }
    let mut rate = table.rate.as_ref().map(|rate| rate.value.0);
    let mut whole = Vec::new();
    for stage in &table.stages {
        let Some(stage) = one(stage, rate, complaints) else {
            continue;
        };
        rate = stage.to;
        whole.push(stage);
    }
    if whole.len() < table.stages.len() {
        return None;
    }
    let together: Nanos = whole.iter().map(|stage| stage.over).sum();
    if together > TOGETHER_MAX {
        complaints.add(
            span,
            format!("`stages`: they last {together} together; at most {TOGETHER_MAX} is accepted"),
        );
    }
    let is_idle = whole
        .iter()
        .all(|stage| stage.from.is_none() && stage.to.is_none());
    if is_idle {
        complaints.add_with_hint(
            span,
            "`stages`: none of them sends anything",
            "write stages = [{ to = \"500/s\", over = \"10s\" }, { rate = \"500/s\", for = \"30s\" }]",
        );
    }
    Some(whole)
}

/// A ramp from the rate so far, or a step.
fn one(table: &StageTable, so_far: Option<Rate>, complaints: &Complaints) -> Option<Stage> {
    let has = |name| table.header.key(name).is_some();
    let is_ramp = has("to") && has("over") && !has("rate") && !has("for");
    let is_step = has("rate") && has("for") && !has("to") && !has("over");
    if !is_ramp && !is_step {
        complaints.add_lack(
            table.header.span,
            "a stage is either a ramp or a step",
            "write { to = \"500/s\", over = \"10s\" }, or { rate = \"500/s\", for = \"10s\" }",
        );
        return None;
    }
    if is_ramp {
        return Some(Stage {
            from: so_far,
            to: table.to.as_ref()?.value.0,
            over: table.over.as_ref()?.value.0,
        });
    }
    let rate = table.rate.as_ref()?.value.0;
    Some(Stage::hold(rate, table.duration.as_ref()?.value.0))
}
