//! `schema`: the JSON Schemas of what leadbench reads and writes.

use super::exit::{Code, Failure, Outcome};
use super::stdio;
use crate::scenario;
use crate::summary::{Comparison, Summary};

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which schema
    #[arg(value_enum, default_value_t = What::Scenario)]
    what: What,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum What {
    /// Scenario files
    Scenario,
    /// Files for `--with`
    Overlay,
    /// summary.json
    Summary,
    /// comparison.json
    Comparison,
}

/// Prints a schema.
pub fn run(args: &Args) -> Outcome {
    let schema = match args.what {
        What::Scenario => scenario::schema(),
        What::Overlay => scenario::overlay_schema(),
        What::Summary => schemars::schema_for!(Summary).to_value(),
        What::Comparison => schemars::schema_for!(Comparison).to_value(),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(Failure::internal)?;
    stdio::print(&format!("{text}\n"))?;
    Ok(Code::Passed)
}
