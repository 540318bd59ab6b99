//! Stages: the way of a rate, or of the number of users, over time.

use crate::plan::{CrewStage, Stage};
use crate::scenario::table::at::At;
use crate::scenario::table::keys::FromTable;
use crate::scenario::table::level::Level;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::load::{LoadTable, StageTable};
use crate::units::{Nanos, Rate, index};

/// Stages in one load.
const STAGES_MAX: usize = 1_000;

/// The longest that all stages together may take: as long as a load without stages.
const TOGETHER_MAX: Nanos = Nanos::from_secs(24 * 3600);

/// What goes through the stages, and how its stages are written.
struct StageForm {
    /// The key of a step's level.
    step: &'static str,
    /// A ramp and a step.
    ramp: &'static str,
    hold: &'static str,
    /// What its levels are.
    expected: &'static str,
}

const RATE: StageForm = StageForm {
    step: "rate",
    ramp: "{ to = \"500/s\", over = \"10s\" }",
    hold: "{ rate = \"500/s\", for = \"10s\" }",
    expected: "a string such as \"500/s\"",
};
const USERS: StageForm = StageForm {
    step: "users",
    ramp: "{ to = 50, over = \"10s\" }",
    hold: "{ users = 50, for = \"10s\" }",
    expected: "a number of users",
};

/// A stage as far as it does not matter what goes through it.
struct Leg {
    /// `None` for a ramp, which begins where the last stage ended.
    from: Option<Level>,
    to: Level,
    over: Nanos,
}

/// The stages of a rate.
pub(super) fn rate_stages(table: &LoadTable, complaints: &Complaints) -> Option<Vec<Stage>> {
    let mut rate = table.rate.as_ref().and_then(|rate| rate.0);
    let mut stages = Vec::new();
    for leg in legs(table, &RATE, complaints)? {
        let from = leg.from.map_or(rate, Level::rate);
        rate = leg.to.rate();
        stages.push(Stage {
            from,
            to: rate,
            over: leg.over,
        });
    }
    let is_idle = |stage: &Stage| stage.from.is_none() && stage.to.is_none();
    refuse_idle(stages.iter().all(is_idle), &RATE, table, complaints);
    Some(stages)
}

/// The stages of a number of users.
pub(super) fn crew_stages(table: &LoadTable, complaints: &Complaints) -> Option<Vec<CrewStage>> {
    let mut users = table.users.as_ref().map_or(0, |users| users.0);
    let mut stages = Vec::new();
    for leg in legs(table, &USERS, complaints)? {
        let from = leg.from.map_or(users, Level::users);
        users = leg.to.users();
        stages.push(CrewStage {
            from: index(from),
            to: index(users),
            over: leg.over,
        });
    }
    let is_idle = |stage: &CrewStage| stage.from == 0 && stage.to == 0;
    refuse_idle(stages.iter().all(is_idle), &USERS, table, complaints);
    Some(stages)
}

fn legs(table: &LoadTable, kind: &StageForm, complaints: &Complaints) -> Option<Vec<Leg>> {
    let span = table.key_span("stages");
    let hint = "leave out `for`; the load lasts as long as its stages together";
    table.header.exclude("for", "stages", hint, complaints);
    if table.stages.len() > STAGES_MAX {
        complaints.add(span, format!("`stages`: there are more than {STAGES_MAX}"));
    }
    let legs: Vec<_> = table
        .stages
        .iter()
        .filter_map(|stage| leg(stage, kind, complaints))
        .collect();
    if legs.len() < table.stages.len() {
        return None;
    }
    let together: Nanos = legs.iter().map(|leg| leg.over).sum();
    if together > TOGETHER_MAX {
        let message = format!("`stages`: they last {together}; the limit is {TOGETHER_MAX}");
        complaints.add(span, message);
    }
    Some(legs)
}

/// A ramp from where the last stage ended, or a step.
fn leg(table: &StageTable, kind: &StageForm, complaints: &Complaints) -> Option<Leg> {
    let has = |name| table.header.has(name);
    let steps = ["rate", "users"].map(has).into_iter().filter(|has| *has);
    let is_ramp = has("to") && has("over") && steps.clone().count() == 0 && !has("for");
    let is_step = has(kind.step) && has("for") && steps.count() == 1 && !has("to") && !has("over");
    if !is_ramp && !is_step {
        let message = "the keys of this stage are neither those of a ramp nor those of a step";
        let hint = format!("write {}, or {}", kind.ramp, kind.hold);
        complaints.lack(table.header.span, message, hint);
        return None;
    }
    if is_ramp {
        let to = level(table.to.as_ref()?, kind, complaints)?;
        return Some(Leg {
            from: None,
            to,
            over: table.over.as_ref()?.0,
        });
    }
    let level = match &table.rate {
        Some(rate) => Level::Rate(rate.0),
        None => Level::Users(table.users.as_ref()?.0),
    };
    Some(Leg {
        from: Some(level),
        to: level,
        over: table.duration.as_ref()?.0,
    })
}

/// The end of a ramp, which must be of the load's own kind.
fn level(to: &At<Level>, kind: &StageForm, complaints: &Complaints) -> Option<Level> {
    let fits = matches!(to.value, Level::Rate(_)) == (kind.step == "rate");
    if !fits {
        complaints.add(to.span, format!("`to`: must be {}", kind.expected));
    }
    fits.then_some(to.value)
}

impl Level {
    fn rate(self) -> Option<Rate> {
        match self {
            Self::Rate(rate) => rate,
            Self::Users(_) => None,
        }
    }

    const fn users(self) -> u64 {
        match self {
            Self::Users(users) => users,
            Self::Rate(_) => 0,
        }
    }
}

fn refuse_idle(is_idle: bool, kind: &StageForm, table: &LoadTable, complaints: &Complaints) {
    if is_idle {
        let message = "`stages`: no stage sends anything";
        let hint = format!("write stages = [{}, {}]", kind.ramp, kind.hold);
        complaints.advise(table.key_span("stages"), message, hint);
    }
}
