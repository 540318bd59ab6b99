//! Makes a plan of the tables of a scenario. Nothing else makes plans.

mod auth;
mod claims;
mod condition;
mod connections;
mod exchange;
mod expect;
mod header_fields;
mod lead;
mod load;
mod matrix;
mod measurable;
mod minting;
mod name;
mod names;
mod negative;
mod own_keys;
mod parsed;
mod presign;
mod request;
mod required;
mod salesforce;
mod stages;
mod subject_formula;
mod target;
mod thresholds;
mod unique_name;

use self::measurable::Deciding;
use super::sources::given::Files;
use super::table::at::Header;
use super::table::keys::FromTable;
use super::text::complaints::Complaints;
use super::written::auth::AuthTable;
use super::written::engine::EngineTable;
use super::written::load::LoadTable;
use super::written::scenario::ScenarioFile;
use crate::plan::{Address, EnginePlan, Override, Plan, Target};
use crate::secret::Secrets;
use crate::units::{Seed, index};

/// Makes a plan; `None` if the scenario has a problem. Reads all tables before it returns, so that one
/// run reports the problems of all tables.
pub(super) fn lower(
    file: ScenarioFile,
    overrides: &[Override],
    files: &Files<'_>,
    complaints: &Complaints,
) -> Option<Plan> {
    check_file(&file, complaints);
    let deciding = Deciding::of(&file);
    let of_scenario = |name| name::of_scenario(name, complaints);
    let name = file.name.and_then(of_scenario);
    let exchange = file.auth.as_ref().and_then(|auth| auth.exchange.as_ref());
    let has_token_endpoint = exchange.is_some_and(|exchange| exchange.url.is_some());
    let of_target = |table| target::target(table, has_token_endpoint, files, complaints);
    let target = file.target.and_then(of_target);
    if let (Some(table), Some(target)) = (&file.auth, &target) {
        check_exchange(table, target, complaints);
    }
    let signing = file.auth.as_ref().map(|auth| auth.signing.clone());
    let of_auth = |table| auth::auth(table, file.matrix.as_ref(), complaints);
    let auth = file.auth.map_or(Some(None), of_auth);
    let lead = lead::lead(file.lead, files, complaints);
    let seed = lead.as_ref().map_or(Seed(1), |lead| lead.seed);
    let known = auth.as_ref().map(Option::as_ref);
    let tables = (file.load.as_slice(), file.matrix.as_ref());
    let (loads, matrix) = match tables {
        (tables, None) => {
            let mut loads = load::loads(tables, &file.header, files, complaints);
            own_keys::assign(tables, known, loads.as_deref_mut(), complaints);
            (loads, None)
        }
        (tables, Some(matrix)) => {
            refuse_other_loads(tables, &file.header, files, complaints);
            matrix::experiment(matrix, tables, known, seed, complaints).unzip()
        }
    };
    if let (Some(signing), Some(loads)) = (signing, &loads) {
        presign::check(signing.0, signing.span, loads, complaints);
    }
    let limits = file.thresholds.map(|table| table.value.entries);
    let limits = limits.unwrap_or_default();
    let mut thresholds = thresholds::thresholds(&limits, complaints);
    if file.negative.is_none() {
        measurable::check_without_negative(&limits, complaints);
    }
    let mut negative = None;
    if let (Some(table), Some(auth)) = (&file.negative, &auth) {
        thresholds = negative::with_own_threshold(thresholds);
        let span = file.header.key("negative").unwrap_or(table.span);
        let mix = negative::negative(&table.entries, span, auth.as_ref(), complaints);
        negative = Some(mix?);
    }
    let plan = Plan {
        name: name?,
        target: target?,
        auth: auth?,
        lead: lead?,
        loads: loads?,
        negative,
        matrix,
        engine: engine(file.engine.as_ref()),
        thresholds,
        overrides: overrides.to_vec(),
        secrets: Secrets::default(),
        shard: None,
    };
    measurable::check(&plan, &limits, &deciding, complaints);
    Some(plan)
}

/// Reports the problems of the loads of a scenario with `[matrix]` that has more than one load.
/// A missing key such as `for` is no problem here: the load of a matrix must not have it.
fn refuse_other_loads(
    tables: &[LoadTable],
    header: &Header,
    files: &Files<'_>,
    complaints: &Complaints,
) {
    if tables.len() > 1 {
        complaints.without_lacks(|| load::loads(tables, header, files, complaints));
    }
}

fn engine(table: Option<&EngineTable>) -> EnginePlan {
    EnginePlan {
        io_workers: table.and_then(|table| Some(index(table.io_workers.as_ref()?.0))),
        signers: table.and_then(|table| Some(index(table.signers.as_ref()?.0))),
    }
}

/// Complains if the schema has another version, and if the target is missing.
fn check_file(file: &ScenarioFile, complaints: &Complaints) {
    let version = file.schema.as_ref();
    if let Some(version) = version.filter(|version| version.value.0 != Some(1)) {
        let number = version.value.0.map(|number| format!(", not {number}"));
        let message = format!("`schema`: must be 1{}", number.unwrap_or_default());
        let hint = "this version reads schema 1; use a newer leadbench, or set schema = 1";
        complaints.advise(version.span, message, hint);
    }
    if !file.header.has("target") {
        let message = "the scenario lacks the table [target]";
        let hint = "add [target] with url = \"embedded\", or with the URL of your API";
        complaints.lack(file.header.span, message, hint);
    }
}

/// Only the embedded target has a token endpoint whose URL may be left out.
fn check_exchange(table: &AuthTable, target: &Target, complaints: &Complaints) {
    let is_left_out = table
        .exchange
        .as_ref()
        .is_some_and(|exchange| exchange.url.is_none());
    if is_left_out && matches!(target.address, Address::Url { .. }) {
        let span = table.key_span("exchange");
        let hint = "add the Token Endpoint URL: url = \"https://staging.example.com/oauth2/token\"";
        complaints.lack(span, "[auth.exchange] needs the key `url`", hint);
    }
}
