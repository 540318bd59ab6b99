//! From the text of a scenario to a checked plan, or to every problem at once.
//!
//! Text becomes a tree with positions, the tree becomes the tables of the file as
//! written, and these become a plan. No stage stops at the first fault. This room gets
//! text and reads no file: what a scenario names is handed in.

mod inputs;
mod lower;
mod schema;
mod sources;
mod table;
mod text;
mod written;

pub use schema::{overlay_schema, schema};
pub use sources::given::{Environment, Files, Inputs};
pub use sources::overrides::{Shorthand, shorthand};
pub use text::problem::{Problem, Problems};
pub use text::secret_places::is_secret_place;

use std::sync::Arc;

use crate::plan::{Override, Plan};
use crate::units::Nanos;

use inputs::trace;
use sources::{outside, overlay, overrides};
use text::complaints::Complaints;
use text::{parse, secret_places, unfollowed};
use written::scenario::ScenarioFile;

/// Reads a scenario that names no file to be read with it. `name` is what problems call the
/// file; overrides apply in order.
pub fn parse(name: &str, text: &str, overrides: &[Override]) -> Result<Plan, Problems> {
    parse_with(name, text, overrides, &|_, _| {
        Err("files cannot be read here".to_owned())
    })
}

/// Reads a scenario, and the files that it names through `files`.
pub fn parse_with(
    name: &str,
    text: &str,
    overrides: &[Override],
    files: &Files<'_>,
) -> Result<Plan, Problems> {
    read(&Inputs {
        name,
        text,
        overlays: &[],
        overrides,
        files,
        environment: &|name| {
            let message = format!("the variable {name} cannot be read here");
            Err((message, "write its value".to_owned()))
        },
    })
}

/// Reads a scenario, its overlays and what it names.
///
/// # Errors
///
/// Everything that is wrong with any of them, without their secrets.
pub fn read(inputs: &Inputs<'_>) -> Result<Plan, Problems> {
    let mut complaints = Complaints::new(inputs.name, inputs.text);
    let mut root = parse::document(&complaints, 0, inputs.text);
    for (name, text) in inputs.overlays {
        let source = complaints.add_source(name.clone(), text.clone());
        overlay::over(&mut root, parse::document(&complaints, source, text));
    }
    let place = |change| overrides::apply(&mut root, change, &mut complaints);
    let placed: Vec<_> = inputs.overrides.iter().filter_map(place).collect();
    outside::fill_in(&mut root, inputs, &complaints);
    secret_places::hide(&root, &complaints);
    let file = ScenarioFile::read(&root, &complaints);
    let plan = lower::lower(file, &placed, inputs.files, &complaints);
    unfollowed::complain(&root, &complaints);
    let plan = plan.map(|plan| Plan {
        secrets: complaints.secrets(),
        ..plan
    });
    complaints.conclude(plan)
}

/// Reads the due instants of a trace, since its start.
///
/// # Errors
///
/// What is wrong with it, each with its line.
pub fn read_trace(bytes: &[u8]) -> Result<Arc<[Nanos]>, Vec<(u64, String)>> {
    trace::read(bytes)
}
