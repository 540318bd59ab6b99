//! From the text of a scenario to a checked plan, or to every problem at once.
//!
//! Text becomes a tree with positions, the tree becomes the tables of the file as
//! written, and these become a plan. No stage stops at the first fault. This room gets
//! text and reads no file: what a scenario names is handed in.

mod body_size;
mod connections_file;
mod exchange_file;
mod expect_file;
mod feed_file;
mod file;
mod file_text;
mod formula;
mod header_fields;
mod lead_fields;
mod level;
mod load_file;
mod lower;
mod lower_auth;
mod lower_claims;
mod lower_lead;
mod lower_load;
mod lower_matrix;
mod lower_names;
mod lower_negative;
mod lower_salesforce;
mod lower_stages;
mod lower_target;
mod lower_thresholds;
mod masked;
mod matrix_file;
mod merge;
mod outside;
mod overrides;
mod pause;
mod problem;
mod request_file;
mod schema;
mod secret_places;
mod syntax;
mod table;
mod template_file;
mod trace_file;
mod tree;
mod unfollowed;
mod value;
mod words;

pub use overrides::{Shorthand, shorthand};
pub use problem::{Problem, Problems};
pub use schema::{overlay_schema, schema};
pub use secret_places::is_secret_place;

use std::fmt;
use std::sync::Arc;

use crate::plan::{Override, Plan};
use crate::units::Nanos;

use problem::Complaints;

/// Gives the bytes of a file that a scenario names, or says in words why not. The number is that
/// of the source which names it: 0 is the scenario, then its overlays, then what the command line
/// sets.
pub type Files<'f> = dyn Fn(usize, &str) -> Result<Vec<u8>, String> + 'f;

/// Gives the value of a variable of the environment, or says why not and what to try.
pub type Environment<'f> = dyn Fn(&str) -> Result<String, (String, String)> + 'f;

/// All that a scenario is read from.
pub struct Inputs<'i> {
    /// What problems call the file.
    pub name: &'i str,
    /// Its text.
    pub text: &'i str,
    /// The names and texts of what is put over it, in order.
    pub overlays: &'i [(String, String)],
    /// What the command line sets, in order; it has the last word.
    pub overrides: &'i [Override],
    /// Where the files come from that it names.
    pub files: &'i Files<'i>,
    /// Where the variables come from that it names.
    pub environment: &'i Environment<'i>,
}

impl fmt::Debug for Inputs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name;
        f.debug_struct("Inputs")
            .field("name", &name)
            .finish_non_exhaustive()
    }
}

/// Reads a scenario that names no file to be read with it. `name` is what problems call the
/// file; overrides apply in order.
pub fn parse(name: &str, text: &str, overrides: &[Override]) -> Result<Plan, Problems> {
    parse_with(name, text, overrides, &|_, _| {
        Err("no file can be read here".to_owned())
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
    let mut root = tree::parse(&complaints, 0, inputs.text);
    for (name, text) in inputs.overlays {
        let source = complaints.add_source(name.clone(), text.clone());
        merge::over(&mut root, tree::parse(&complaints, source, text));
    }
    let place = |change| overrides::apply(&mut root, change, &mut complaints);
    let placed: Vec<_> = inputs.overrides.iter().filter_map(place).collect();
    outside::fill_in(&mut root, inputs, &complaints);
    secret_places::hide(&root, &complaints);
    let file = file::ScenarioFile::read(&root, &complaints);
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
    trace_file::read(bytes)
}
