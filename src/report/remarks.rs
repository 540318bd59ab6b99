//! What is said of a run beside its figures: what orgs did and lost, what was asked of the
//! token endpoint, and the warnings, in sentences that all formats share.

use super::figures::{counted, grouped, span};
use crate::summary::{Summary, TokenEndpointResult};
use crate::units::float;

/// All that is said below, in its order; nothing where there is nothing.
pub(super) fn lines(summary: &Summary) -> Vec<String> {
    let mut lines = orgs(summary);
    lines.extend(notes(summary));
    lines
}

/// What was asked of the token endpoint, then the warnings.
pub(super) fn notes(summary: &Summary) -> Vec<String> {
    let exchange = summary.token_endpoint.as_ref().map(exchange);
    let warnings = summary.warnings.iter().cloned();
    exchange.into_iter().chain(warnings).collect()
}

/// A sentence for each load that was an org.
pub(super) fn orgs(summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    for load in &summary.loads {
        let Some(org) = &load.salesforce else {
            continue;
        };
        let mut parts = vec![counted(org.transactions, "transaction", "transactions")];
        if org.re_enqueued > 0 {
            parts.push(format!("{} enqueued again", grouped(org.re_enqueued)));
        }
        if let Some(amplification) = org.amplification.filter(|factor| *factor > 1.0) {
            parts.push(format!("{amplification:.2} requests for each lead"));
        }
        for (limit, leads) in &org.lost {
            let leads = counted(*leads, "lead", "leads");
            parts.push(format!("{leads} lost to {limit}"));
        }
        if org.left_over > 0 {
            let leads = counted(org.left_over, "lead", "leads");
            parts.push(format!("{leads} left over when the load ended"));
        }
        let name = &load.name;
        let name = if *name == org.preset {
            name.clone()
        } else {
            format!("{name} ({})", org.preset)
        };
        lines.push(format!("{name}: {}", parts.join("; ")));
    }
    lines
}

/// What was asked of the token endpoint.
fn exchange(endpoint: &TokenEndpointResult) -> String {
    let requests = counted(endpoint.requests, "request", "requests");
    let failed = match endpoint.failed {
        0 => "none failed".to_owned(),
        some => format!("{} failed", grouped(some)),
    };
    format!(
        "token exchange: {requests} to the token endpoint, {failed}, {} on average, {} at most",
        span(endpoint.mean_ns),
        span(float(endpoint.max_ns)),
    )
}
