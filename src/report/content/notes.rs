//! What a reader should know in addition to the figures: what orgs did and lost, what the token endpoint
//! answered, what was not measured, and the warnings.

use super::joined::joined;
use super::numbers::{counted, grouped, span, span_of};
use crate::summary::{LoadResult, OrgResult, ServerTimingResult, Summary, TokenEndpointResult};

/// All notes of a run, a sentence each.
pub(super) fn all(summary: &Summary) -> Vec<String> {
    let orgs = summary
        .loads
        .iter()
        .filter_map(|load| Some(org(load, load.salesforce.as_ref()?)));
    let exchange = summary.token_endpoint.as_ref().map(exchange);
    let server_timing = summary.server_timing.iter().flat_map(server_timing);
    orgs.chain(exchange)
        .chain(server_timing)
        .chain(unmeasured(summary))
        .chain(summary.measurement.remarks().map(str::to_owned))
        .chain(summary.warnings.iter().cloned())
        .collect()
}

/// What the kernel was not asked for, or did not provide: a summary does not tell which.
fn unmeasured(summary: &Summary) -> Vec<String> {
    let stamped = summary.measurement.kernel_stamps;
    let no_stamps = stamped.is_some_and(|stamped| stamped <= 0.0).then(|| {
        "kernel timestamps were off or not available, so network ends when an answer was read. \
         They need Linux and HTTP/1.1; for virtual users without a pause they are off, unless \
         [target.connections] has kernel_stamps = true"
            .to_owned()
    });
    let why = summary.wire.as_ref();
    let why = why.and_then(|wire| wire.unavailable.as_ref());
    let no_wire = why.map(|why| format!("the round trips of the wire were not measured: {why}"));
    no_stamps.into_iter().chain(no_wire).collect()
}

/// Which parts of the answers' `Server-Timing` were not used, and why.
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
            "Server-Timing: {} had no duration called total, so the largest is used as the \
             server's time; name the right ones with [target] server_timing",
            answers(told.no_total)
        ));
    }
    let missing = told.total_metrics.iter();
    let missing = missing.filter(|name| told.with_total > 0 && !told.metrics.contains_key(*name));
    if let Some(missing) = joined(missing.map(String::as_str), ", ") {
        lines.push(format!(
            "Server-Timing: no answer had {missing}, which server_timing names"
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
    let left_out = left_out.map(|(n, what)| format!("{what} ({})", answers(n)));
    lines.extend(joined(left_out, ", ").map(|all| format!("Server-Timing: left out {all}")));
    lines
}

/// What an org did and lost.
fn org(load: &LoadResult, org: &OrgResult) -> String {
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
    let preset = if load.name == org.preset {
        String::new()
    } else {
        format!(" ({})", org.preset)
    };
    format!("org {}{preset}: {}", load.name, parts.join("; "))
}

/// What the token endpoint was asked for, and how long it took.
fn exchange(endpoint: &TokenEndpointResult) -> String {
    let requests = counted(endpoint.requests, "request", "requests");
    let failed = match endpoint.failed {
        0 => "none failed".to_owned(),
        some => format!("{} failed", grouped(some)),
    };
    format!(
        "token exchange: {requests} to the token endpoint, {failed}, {} on average, {} at most",
        span(endpoint.mean_ns),
        span_of(endpoint.max_ns),
    )
}
