//! Where a difference comes from, in a sentence.
//!
//! The CPU time of a signature is the canary of the host: it does not depend on the target, so
//! where it moved together with the network, the machine did.

use crate::summary::MetricResult;

/// What moved, and so where to look; nothing where nothing did.
pub(super) fn sentence(metrics: &[MetricResult]) -> Option<String> {
    let moved = |name: &str| {
        let metric = metrics.iter().find(|metric| metric.name == name);
        metric.filter(|metric| metric.finding.is_change())
    };
    let either = |phase: &str| {
        let names = ["p50", "p99"].map(|at| format!("{phase}.{at}"));
        names.iter().find_map(|name| moved(name))
    };
    let (sign, server) = (moved("sign_cpu.p50"), either("server"));
    let network = either("network").or_else(|| either("latency"));
    let same_way = |left: &MetricResult, right: &MetricResult| left.finding == right.finding;
    match (sign, network, server) {
        (Some(sign), Some(network), _) if same_way(sign, network) => Some(format!(
            "{} and {} changed together: the cause is the machine that ran the load, or what else ran on it, not the target",
            told(sign),
            told(network)
        )),
        (_, Some(network), Some(server)) if same_way(network, server) => Some(format!(
            "{} changed, as the target itself reports, with {}: the cause is the API's own code",
            told(network),
            told(server)
        )),
        (_, None, Some(server)) => Some(format!(
            "{} changed: the cause is the API's own code",
            told(server)
        )),
        (None, Some(network), None) => Some(format!(
            "{} changed, and the cost of signing did not: the cause is the target, or the network on the way to it{}",
            told(network),
            if metrics
                .iter()
                .any(|metric| metric.name.starts_with("server."))
            {
                "; the time that the target itself reports did not"
            } else {
                "; an API that sends Server-Timing would tell which"
            }
        )),
        (Some(sign), None, _) => Some(format!(
            "{} changed, and the network did not: the cause is on the caller's side: its key, its signing mode or its machine",
            told(sign)
        )),
        (_, Some(network), _) => Some(format!(
            "{} changed, and the other changes do not explain it",
            told(network)
        )),
        (None, None, None) => None,
    }
}

fn told(metric: &MetricResult) -> String {
    let change = metric.change.unwrap_or_default() * 100.0;
    format!("{} ({change:+.1} %)", metric.name)
}
