//! From the tables of a file to a plan: the only road between.

mod auth;
mod claims;
pub(super) mod header_fields;
mod lead;
mod load;
mod matrix;
mod names;
mod negative;
mod salesforce;
mod stages;
mod subject_formula;
pub(super) mod target;
mod thresholds;

use crate::plan::{Address, Auth, EnginePlan, Load, Override, Plan, Shape, SigningMode, Target};
use crate::scenario::sources::given::Files;
use crate::scenario::table::reader::At;
use crate::scenario::table::value::{One, Text};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::exchange::ExchangeTable;
use crate::scenario::written::load::LoadTable;
use crate::scenario::written::scenario::{AuthTable, EngineTable, ScenarioFile};
use crate::secret::Secrets;
use crate::units::{Seed, index};
use auth::{auth, unique_name};
use lead::lead;
use load::loads;
use matrix::{Experiment, experiment};
use negative::{negative, with_own_threshold};
use target::target;
use thresholds::thresholds;

/// Tokens that may be signed before the start: with about 700 bytes each as much memory as
/// a small machine can spare.
const PRESIGNED_MAX: f64 = 1_000_000.0;

/// Makes a plan. Every table is lowered before any is found missing, so that all faults
/// are told; `None` when there was one.
pub(super) fn lower(
    file: ScenarioFile,
    overrides: &[Override],
    files: &Files<'_>,
    complaints: &Complaints,
) -> Option<Plan> {
    if file.header.key("target").is_none() {
        complaints
            .lack(file.header.span, "the scenario lacks the table [target]")
            .hint("add [target] with url = \"embedded\", or with the URL of your API");
    }
    let name = file.name.and_then(|name| checked_name(name, complaints));
    let target = file
        .target
        .and_then(|table| target(table, files, complaints));
    if let (Some(table), Some(target)) = (&file.auth, &target) {
        check_exchange(table, target, complaints);
    }
    let signing = file.auth.as_ref().and_then(|auth| auth.signing.clone());
    let auth = match file.auth {
        Some(table) => auth(table, file.matrix.as_ref(), complaints),
        None => Some(None),
    };
    let lead = lead(file.lead, files, complaints);
    let seed = lead.as_ref().map_or(Seed(1), |lead| lead.seed);
    let (loads, matrix) = match &file.matrix {
        None => {
            let mut loads = loads(&file.load, &file.header, files, complaints);
            let known = auth.as_ref().map(Option::as_ref);
            own_keys(&file.load, known, loads.as_deref_mut(), complaints);
            (loads, None)
        }
        Some(table) => {
            if file.load.len() > 1 {
                // One too many, and each with faults of its own; what it lacks on its own, as
                // `for`, the load of a matrix may not have.
                complaints.without_lacks(|| loads(&file.load, &file.header, files, complaints));
            }
            let auth = auth.as_ref().map(Option::as_ref);
            match experiment(table, &file.load, auth, seed, complaints) {
                Some(Experiment { matrix, loads }) => (Some(loads), Some(matrix)),
                None => (None, None),
            }
        }
    };
    if let (Some(signing), Some(loads)) = (signing, &loads) {
        check_presign(&signing, loads, complaints);
    }
    let mut thresholds = thresholds(&file.thresholds, complaints);
    let mix = match (&file.negative, &auth) {
        (Some(entries), Some(auth)) => {
            thresholds = with_own_threshold(thresholds);
            let span = file.header.key("negative").unwrap_or(file.header.span);
            Some(negative(entries, span, auth.as_ref(), complaints)?)
        }
        _ => None,
    };
    Some(Plan {
        name: name?,
        target: target?,
        auth: auth?,
        lead: lead?,
        loads: loads?,
        negative: mix,
        matrix,
        engine: engine(file.engine.as_ref()),
        thresholds,
        overrides: overrides.to_vec(),
        secrets: Secrets::default(),
    })
}

/// Only the embedded target has a token endpoint that need not be named.
fn check_exchange(table: &AuthTable, target: &Target, complaints: &Complaints) {
    let is_left_out = table
        .exchange
        .as_ref()
        .is_some_and(ExchangeTable::is_embedded);
    if is_left_out && matches!(target.address, Address::Url { .. }) {
        complaints
            .lack(
                table.header.key("exchange").unwrap_or(table.header.span),
                "[auth.exchange] lacks the key `url`",
            )
            .hint("add the Token Endpoint URL: url = \"https://staging.example.com/oauth2/token\"");
    }
}

/// Gives those loads their key pair that name one of their own.
#[expect(clippy::option_option, reason = "the outer one is whether it is valid")]
fn own_keys(
    tables: &[LoadTable],
    auth: Option<Option<&Auth>>,
    loads: Option<&mut [Load]>,
    complaints: &Complaints,
) {
    let mut loads = loads.map(<[Load]>::iter_mut);
    for table in tables {
        let load = loads.as_mut().and_then(Iterator::next);
        let Some(key) = &table.key else {
            continue;
        };
        let name = unique_name(key.clone(), complaints);
        match auth {
            Some(None) => complaints
                .add(key.span, "`key`: this scenario sends no token")
                .hint("add [auth] with a source, or leave `key` out"),
            Some(Some(Auth {
                other_kid: Some(kid),
                ..
            })) => complaints
                .add(key.span, format!("`key`: [auth] calls every key {kid:?}"))
                .hint("leave `kid` out of [auth]"),
            Some(Some(auth)) => {
                if let (Some(load), Some(key)) = (load, name) {
                    load.auth = Some(Auth {
                        key,
                        ..auth.clone()
                    });
                }
            }
            // What is wrong with [auth] has been said.
            None => {}
        }
    }
}

/// What is signed before the start must be known, and fit into memory.
pub(super) fn check_presign(
    signing: &At<One<SigningMode>>,
    loads: &[Load],
    complaints: &Complaints,
) {
    if signing.value.0 != SigningMode::Presign {
        return;
    }
    let hint = "write signing = \"pipeline\", or \"reuse\" for one token at a time";
    let mut tokens = 0.0;
    for load in loads {
        match &load.shape {
            Shape::Rate(rate) => tokens += rate.expected(),
            Shape::Users(_) | Shape::Salesforce(_) => complaints.add(signing.span, format!(
                    "`signing`: nobody knows beforehand how many tokens the callouts of {:?} need",
                    load.name
                )).hint(hint),
        }
    }
    if tokens > PRESIGNED_MAX {
        complaints.add(signing.span, format!("`signing`: about {tokens:.0} tokens would be held ready; {PRESIGNED_MAX} are accepted")).hint(hint);
    }
}

/// The name becomes a folder, so it holds nothing that could lead elsewhere.
fn checked_name(name: At<Text<1, 64>>, complaints: &Complaints) -> Option<String> {
    let Text(text) = name.value;
    let is_safe = is_safe(&text);
    if !is_safe {
        complaints
            .add(name.span, format!("`name`: {text:?} cannot name a folder"))
            .hint("use letters, digits, '-' and '_', and do not begin with '-'");
    }
    is_safe.then_some(text)
}

/// Whether a name can stand in a path, a tag and a metric.
pub(super) fn is_safe(name: &str) -> bool {
    !name.starts_with('-')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn engine(table: Option<&EngineTable>) -> EnginePlan {
    EnginePlan {
        io_workers: table
            .and_then(|table| table.io_workers.as_ref())
            .map(|threads| index(threads.value.0)),
        signers: table
            .and_then(|table| table.signers.as_ref())
            .map(|threads| index(threads.value.0)),
    }
}
