//! `run --dry-run`: shows what a run would do, and sends nothing.

use std::fmt::Write as _;

use super::redact;
use crate::cli::exit::{Code, CommandResult, Failure};
use crate::cli::{stdio, wall};
use crate::client::Callout;
use crate::clock::date;
use crate::lead::Leads;
use crate::plan::{Address, Plan, Scheme, SigningMode};
use crate::runner::{self, schedule};
use crate::sample::Traces;
use crate::secret::{Bearer, SCHEME};

/// Arrivals that are shown.
const ARRIVALS_SHOWN: usize = 10;

/// Prints the plan, the first arrivals and one request without its token.
pub(super) fn run(plan: &Plan) -> CommandResult {
    let text = describe(plan, date(wall::since_epoch()))?;
    stdio::print(&text)?;
    Ok(Code::Passed)
}

fn describe(plan: &Plan, now: time::OffsetDateTime) -> Result<String, Failure> {
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        // Writing to a string cannot fail.
        writeln!(text, "{label:<10}{value}").unwrap_or_default();
    };
    line("scenario", &plan.name);
    line("target", &plan.target.address.to_string());
    for load in &plan.loads {
        let mut words = load.to_string();
        if plan.loads.len() > 1 {
            words = format!("{}: {words}, from {} on", load.name, load.start);
        }
        line("load", &words);
        line("warm-up", &load.warmup.to_string());
    }
    line("over", &plan.target.connections.to_string());
    line("timeout", &plan.target.timeout.to_string());
    match &plan.auth {
        Some(auth) => {
            let signing = match &plan.matrix {
                Some(matrix) => format!("matrix of {}", matrix.compares),
                None => format!("signing {}", auth.signing),
            };
            line(
                "token",
                &format!("{}, key {}, {signing}", auth.source, auth.key),
            );
        }
        None => line("token", "none"),
    }
    line("seed", &plan.lead.seed.to_string());
    for threshold in &plan.thresholds {
        let (metric, comparison) = (&threshold.metric, threshold.comparison);
        line(
            "threshold",
            &format!("{metric} {comparison} {}", threshold.limit),
        );
    }
    for changed in plan.overrides.iter().map(redact::override_without_secret) {
        line("override", &format!("{} = {}", changed.path, changed.value));
    }
    for (number, load, rate) in plan.open_loads() {
        match plan.loads.len() {
            1 => text += "\nfirst arrivals\n",
            _ => writeln!(text, "\nfirst arrivals of {}", load.name).unwrap_or_default(),
        }
        for arrival in schedule(plan, number, rate).arrivals().take(ARRIVALS_SHOWN) {
            let due_s = arrival.due.as_secs_f64();
            writeln!(text, "{:>8}  {due_s:>12.6} s", arrival.seq).unwrap_or_default();
        }
    }
    text += "\nfirst request\n";
    text += &request(plan, now)?;
    Ok(text)
}

fn request(plan: &Plan, now: time::OffsetDateTime) -> Result<String, Failure> {
    let (scheme, host, path) = match &plan.target.address {
        Address::Embedded(_) => (Scheme::Http, "127.0.0.1".to_owned(), "/leads".to_owned()),
        Address::Url { scheme, path, .. } => (
            *scheme,
            plan.target.address.authority().unwrap_or_default(),
            without_secret(path),
        ),
    };
    let body = Leads::new(&plan.lead, 0, now).body(0);
    let callout = Callout {
        bearer: plan
            .auth
            .as_ref()
            .filter(|auth| auth.signing != SigningMode::None)
            .map(|_| Bearer::new(bytes::Bytes::from_static(SCHEME.as_bytes()))),
        body: body.clone().into(),
        trace: plan
            .target
            .request
            .traceparent
            .map(|sampled| Traces::new(plan.lead.seed.0, 0, sampled).parent(0, 0, 0)),
        ..Callout::default()
    };
    let template = runner::template(plan, scheme, &host, &path)?;
    // A dry run has no id.
    let head = runner::named(template, plan, "<id>")?.describe(&callout);
    Ok(format!("{head}\n{}\n", String::from_utf8_lossy(&body)))
}

/// A path without its query, which may contain a secret.
fn without_secret(path: &str) -> String {
    match path.split_once('?') {
        Some((path, _)) => format!("{path}?{}", redact::REDACTED),
        None => path.to_owned(),
    }
}
