//! `schema`: the JSON Schemas of what leadbench reads and writes.

use super::exit::{Code, CommandResult, Failure};
use super::stdio;
use crate::scenario;
use crate::summary::{Comparison, SearchSummary, Summary};

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which schema
    #[arg(value_enum, default_value_t = SchemaChoice::Scenario)]
    what: SchemaChoice,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum SchemaChoice {
    /// Scenario files
    Scenario,
    /// Files for `--with`
    Overlay,
    /// summary.json
    Summary,
    /// comparison.json
    Comparison,
    /// search.json
    Search,
}

/// Prints a schema.
pub fn run(args: &Args) -> CommandResult {
    let schema = match args.what {
        SchemaChoice::Scenario => scenario::schema(),
        SchemaChoice::Overlay => scenario::overlay_schema(),
        SchemaChoice::Summary => schemars::schema_for!(Summary).to_value(),
        SchemaChoice::Comparison => schemars::schema_for!(Comparison).to_value(),
        SchemaChoice::Search => schemars::schema_for!(SearchSummary).to_value(),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(Failure::internal)?;
    stdio::print(&format!("{text}\n"))?;
    Ok(Code::Passed)
}
