//! A scenario: its keys, and whether this machine can carry its load.

use std::path::Path;

use super::finding::Finding;
use crate::cli::exit::{Code, Failure};
use crate::cli::key_folder::KeyFolder;
use crate::cli::run::{credentials, limits};
use crate::plan::Plan;
use crate::runner::{self, Keys, Setting};

/// Checks what the load of a plan needs; returns its keys too, if a run could use them.
pub(super) fn findings(
    plan: &Plan,
    folder: &KeyFolder,
    setting: &Setting,
) -> Result<(Vec<Finding>, Option<Keys>), Failure> {
    let mut findings = vec![Finding::ok("load", runner::in_words(plan))];
    let asked = limits::Asked {
        out: Some(Path::new("reports")),
        ..limits::Asked::default()
    };
    let shortages = limits::shortages(plan, asked, 0).into_iter();
    // The clock is the machine's, whatever the load.
    let shortages = shortages.filter(|(what, _)| *what != limits::CLOCK_SOURCE);
    findings.extend(shortages.map(|(what, found)| Finding::of_shortage(what, found)));
    if let Err(lacks) = runner::check_features(plan) {
        findings.push(Finding::failed("features", &lacks.into()));
    }
    let keys = match credentials::keys_of(plan, folder) {
        Ok(keys) => keys,
        Err(failure) => {
            findings.push(Finding::failed("key pairs", &failure));
            return Ok((findings, None));
        }
    };
    if keys.credentials.is_empty() {
        findings.push(Finding::ok("signers", "the scenario signs no token"));
    } else {
        findings.push(signers(plan, &keys, setting)?);
    }
    Ok((findings, Some(keys)))
}

/// Whether this machine signs as fast as the plan needs.
fn signers(plan: &Plan, keys: &Keys, setting: &Setting) -> Result<Finding, Failure> {
    let facts = match runner::signing_capacity(plan, keys, setting) {
        Ok(facts) => facts,
        Err(failure) => {
            let failure = Failure::from(failure);
            if failure.code() == Code::Interrupted {
                return Err(failure);
            }
            return Ok(Finding::failed("signers", &failure));
        }
    };
    let threads = match facts.threads {
        1 => "1 thread".to_owned(),
        many => format!("{many} threads"),
    };
    let each = facts.calibrated_per_s;
    let each = each.map(|each| format!(", {each:.0} tokens/s each"));
    let busy = facts.predicted_utilisation;
    let busy = busy.map(|busy| format!("; the load keeps {:.0} % of them busy", busy * 100.0));
    let rest = [each, busy].into_iter().flatten();
    Ok(Finding::ok(
        "signers",
        rest.fold(threads, |found, part| found + &part),
    ))
}
