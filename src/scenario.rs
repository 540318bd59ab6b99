//! From the text of a scenario to a checked plan, or to every problem at once.
//!
//! Text becomes a tree with positions, the tree becomes the tables of the file as
//! written, and these become a plan. No stage stops at the first fault. This room gets
//! text and reads no file: what a scenario names is handed in.

mod connections_file;
mod exchange_file;
mod feed_file;
mod file;
mod formula;
mod header_fields;
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
mod matrix_file;
mod overrides;
mod pause;
mod problem;
mod request_file;
mod syntax;
mod table;
mod template_file;
mod trace_file;
mod tree;
mod value;
mod words;

pub use overrides::{Shorthand, shorthand};
pub use problem::{Problem, Problems};

use std::sync::Arc;

use serde_json::Value;

use crate::plan::{Override, Plan};
use crate::units::Nanos;

use problem::Complaints;

/// Gives the bytes of a file that a scenario names, or says in words why not.
pub type Files<'f> = dyn Fn(&str) -> Result<Vec<u8>, String> + 'f;

/// Reads a scenario that names no file to be read with it. `name` is what problems call the
/// file; overrides apply in order.
pub fn parse(name: &str, text: &str, overrides: &[Override]) -> Result<Plan, Problems> {
    parse_with(name, text, overrides, &|_| {
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
    let mut complaints = Complaints::new(name, text);
    let mut root = tree::parse(&complaints, 0, text);
    let place = |change| overrides::apply(&mut root, change, &mut complaints);
    let placed: Vec<_> = overrides.iter().filter_map(place).collect();
    let file = file::ScenarioFile::read(&root, &complaints);
    let plan = lower::lower(file, &placed, files, &complaints);
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

/// The JSON Schema of scenario files (draft 2020-12), for editors.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(file::ScenarioFile).to_value();
    forget_null(&mut schema);
    schema
}

/// A key of TOML is there or not, but never null as JSON could have it.
fn forget_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(forget_null),
        Value::Object(members) => {
            if let Some(Value::Array(types)) = members.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    members.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = members.get_mut("anyOf") {
                choices.retain(|choice| choice["type"] != "null");
            }
            members.values_mut().for_each(forget_null);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
