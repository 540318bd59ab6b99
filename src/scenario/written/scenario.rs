//! A scenario as it is written: its tables, in the order in which people write them.

use super::auth::AuthTable;
use super::engine::EngineTable;
use super::lead::LeadTable;
use super::load::LoadTable;
use super::matrix::MatrixTable;
use super::target::TargetTable;
use crate::scenario::table::forms::ConditionValue;
use crate::scenario::table::forms::SchemaVersion;
use crate::scenario::table::keys::{FromTable, Maybe, table};
use crate::scenario::table::reader::Table;
use crate::scenario::table::value::{Free, Text};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::tree::Node;

table! {
    /// A leadbench scenario: what is sent, where, how often, and what must hold for the run to pass.
    #[derive(Default)]
    #[schemars(rename = "Scenario")]
    ScenarioFile {
        /// The version of the scenario language. Always 1.
        #[schemars(required)]
        schema: SchemaVersion => "1",
        /// The scenario's name. Its run folders are created in a folder of this name, below `reports` or
        /// the folder that `run --out` names, so only letters, digits, `-` and `_` are allowed, and the
        /// first character is not `-`.
        #[schemars(required, regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9_-]*$"))]
        name: Text<1, 64> => "\"my-test\"",
        /// The API under test.
        #[schemars(required)]
        target: Option<TargetTable>,
        /// How tokens are made. Without this table no token is sent.
        auth: Option<AuthTable>,
        /// What is posted. Without this table: synthetic leads with every default.
        lead: Option<LeadTable>,
        /// What drives the load. Write one or more; they start together unless one names another in
        /// `after`.
        #[schemars(required, length(min = 1, max = 64))]
        load: Vec<LoadTable>,
        /// Compares ways of signing: variants take turns within one run.
        matrix: Option<MatrixTable>,
        /// Sends bad tokens as a share of the traffic, to test that the API refuses them. A bad token
        /// that the API accepts fails the run. Each key is a fault with its share of the traffic,
        /// `expired = "1%"`, or a table that also says which answers are right:
        /// `expired = { share = "1%", expect = [401] }`. In `expect`, `"2xx"` means that the API may
        /// accept the token.
        negative: Maybe<Free<serde_json::Value>>,
        /// How many threads the generator uses. Without this table the machine's cores decide.
        engine: Option<EngineTable>,
        /// What must hold for the run to pass: a metric and a condition, such as
        /// `"latency.p99" = "< 250ms"`. A run that breaks one ends with exit code 1.
        ///
        /// A metric is a phase with a percentile, `mean` or `max` (`network.p99.9`, `sign.mean`), or
        /// one of `failed`, `dropped` (shares), `achieved` (successful callouts a second),
        /// `false_accepts`, `false_rejects` and `bad_token_errors` (counts). A condition begins with
        /// `<`, `<=`, `>` or `>=`. Without an upper limit on `failed`, `failed < 1 %` must hold too.
        ///
        /// `"latency.p99" = { limit = "< 250ms", abort = true }` also ends the run, with exit code 1, as
        /// soon as it is certain to break this: when more callouts have exceeded the limit than may do
        /// so of all that the run will make. `abort_after = "10s"` (0 s to 24 h, without it 5 s) is how
        /// long the run goes on at least. For virtual users without a number of iterations, and for
        /// Salesforce orgs, the number of callouts is not known beforehand: leadbench then assumes twice
        /// what the pace so far comes to.
        thresholds: Maybe<Free<ConditionValue>>,
    }
}

impl ScenarioFile {
    /// Reads the whole tree.
    pub(in crate::scenario) fn read(root: &Node, complaints: &Complaints) -> Self {
        Table::open(root, "the scenario", complaints).map_or_else(Self::default, |table| {
            table.not_empty("load");
            Self::from_table(table)
        })
    }
}
