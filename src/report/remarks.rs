//! What is said of a run beside its figures: what orgs did and lost, what was asked of the
//! token endpoint, and the warnings, in sentences that all formats share.

use super::figures::{counted, grouped, span};
use super::phrases;
use crate::summary::{ServerTimingResult, Summary, TokenEndpointResult};
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
    let told = summary.server_timing.as_ref();
    let told = told.map(server_timing).unwrap_or_default();
    let lines = exchange.into_iter().chain(told).chain(unmeasured(summary));
    lines.chain(warnings).collect()
}

/// What the kernel did not tell.
fn unmeasured(summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    let stamped = summary.measurement.kernel_stamps;
    if stamped.is_some_and(|stamped| stamped <= 0.0) {
        lines.push(phrases::kernel_stamps(0.0));
    }
    let why = summary.wire.as_ref();
    let why = why.and_then(|wire| wire.unavailable.as_ref());
    lines.extend(why.map(|why| format!("the round trips of the wire are not measured: {why}")));
    lines
}

/// What was not taken of the answers' `Server-Timing`, and why.
fn server_timing(told: &ServerTimingResult) -> Vec<String> {
    let answers = |n| {
        if n == told.successes {
            "every answer".to_owned()
        } else {
            counted(n, "answer", "answers")
        }
    };
    let mut lines = Vec::new();
    let missing = told.successes.saturating_sub(told.with_total);
    if missing > 0 && told.with_total > 0 {
        lines.push(format!(
            "Server-Timing: {} had no total; all of their network time is outside the server's \
             account",
            answers(missing)
        ));
    }
    if told.no_total > 0 {
        lines.push(format!(
            "Server-Timing: {} had no duration called total, so the largest is taken for the \
             server; name the right ones with [target] server_timing",
            answers(told.no_total)
        ));
    }
    let missing = told.total_metrics.iter();
    let missing: Vec<_> = missing
        .filter(|name| told.with_total > 0 && !told.metrics.contains_key(*name))
        .map(String::as_str)
        .collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        lines.push(format!(
            "Server-Timing: server_timing names {missing}, which no answer had"
        ));
    }
    let left_out = [
        (told.too_long, "a duration longer than the wait for it"),
        (
            told.not_a_duration,
            "a metric whose name or dur cannot be read",
        ),
        (told.too_much, "more, or longer, metrics than are read"),
        (told.no_duration, "a metric without a dur"),
    ];
    let left_out = left_out.into_iter().filter(|(n, _)| *n > 0);
    let left_out: Vec<_> = left_out
        .map(|(n, what)| format!("{what} ({})", answers(n)))
        .collect();
    if !left_out.is_empty() {
        lines.push(format!("Server-Timing: left out {}", left_out.join(", ")));
    }
    lines
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
