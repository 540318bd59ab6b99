//! The words that every report shares, so that all of them say the same.

use super::figures::{counted, rate, share, span};
use crate::phase::Phase;
use crate::summary::{Model, Part, Summary, ThresholdResult, WireResult};
use crate::units::float;

/// What a phase is, in a clause.
pub(super) const fn meaning(phase: Phase) -> &'static str {
    match phase {
        Phase::Lag => "due to started, without queue: the generator's own lateness",
        Phase::Queue => "the wait for a free slot",
        Phase::Retry => "attempts that were made again",
        Phase::SignWait => "the wait for a token beyond the signing itself",
        Phase::Sign => "serialising the claims and signing them",
        Phase::SignCpu => "the signer thread's CPU time of that work",
        Phase::Exchange => "the wait for an access token, without the signing",
        Phase::Dns => "name resolution, where a callout paid for it",
        Phase::Connect => "TCP handshake, where a callout paid for it",
        Phase::Tls => "TLS handshake, where a callout paid for it",
        Phase::TokenAge => {
            "the token's age when the first byte was written; no part of the latency"
        }
        Phase::TokenLeft => "what was left of its validity then; no part of the latency",
        Phase::Send => "first to last byte written",
        Phase::Wait => "last byte written to first byte arrived",
        Phase::Receive => "first to last byte arrived",
        Phase::Pickup => {
            "last byte arrived in the kernel to read here: the generator's own lateness"
        }
        Phase::Network => "send + wait + receive: first byte written to last byte arrived",
        Phase::Server => "the Server-Timing total of this very answer",
        Phase::Wire => {
            "network minus server: the wire at most, with what else is outside the server's account"
        }
        Phase::Service => "started to last byte read",
        Phase::Latency => "due to last byte read: what the caller felt",
        Phase::Residual => "latency minus the sum of its parts",
    }
}

/// An outcome as it reads in a sentence: `12 timed out`.
pub(super) fn outcome(name: &str) -> String {
    match name {
        "ok" => "succeeded",
        "duplicate" => "taken for duplicates",
        "unexpected_answer" => "answered otherwise than expected",
        "unauthorized" => "unauthorized (401)",
        "forbidden" => "forbidden (403)",
        "too_many_requests" => "throttled (429)",
        "client_error" => "client errors (4xx)",
        "server_error" => "server errors (5xx)",
        "unexpected_status" => "unexpected statuses",
        "timeout" => "timed out",
        "dns" => "names not resolved",
        "refused" => "connections refused",
        "unreachable" => "unreachable",
        "tls" => "TLS failures",
        "reset" => "connections reset",
        "closed" => "connections closed early",
        "protocol" => "no valid HTTP",
        "too_large" => "answers too large",
        "local_ports" => "out of local ports",
        "local_files" => "out of file descriptors",
        "signing" => "not signed",
        "io" => "I/O errors",
        other => return other.replace('_', " "),
    }
    .to_owned()
}

/// How latency is counted under the run's model.
pub(super) const fn model(summary: &Summary) -> &'static str {
    match summary.run.model {
        Model::Closed => {
            "Closed model: a virtual user, or a worker of an org, waits for its answer before its \
             next callout is due, so latency cannot show the wait of callers who were never sent."
        }
        Model::Mixed => {
            "Open and closed loads: in the open ones latency counts from the planned instant, in \
             the closed ones a virtual user, or a worker of an org, waits for its answer before its \
             next callout is due."
        }
        Model::Open => {
            "Open model: latency counts from the planned instant, so a late start is part of it."
        }
    }
}

/// What the parts of the split can be, as far as the run has them.
pub(super) fn parts(summary: &Summary) -> String {
    let parts = summary.split.parts();
    let has = |part| parts.contains(&part);
    let mut sentences = Vec::new();
    if has(Part::WireFloor) {
        sentences.push(
            "Wire (at least): one round trip, the shortest that the kernel saw, to whoever ends \
             TCP."
                .to_owned(),
        );
    }
    if has(Part::Outside) {
        let beyond = if has(Part::WireFloor) {
            "the network beyond one round trip"
        } else {
            "the network"
        };
        sentences.push(format!(
            "Outside the server's account: queues before its handler, proxies, {beyond}."
        ));
    }
    if has(Part::BeyondWire) || has(Part::Network) {
        let why = match &summary.server_timing {
            None => "The API sends no Server-Timing".to_owned(),
            Some(told) if told.total_metrics.is_empty() => {
                "No Server-Timing of the API had a duration that could be used".to_owned()
            }
            Some(told) => format!(
                "The API's Server-Timing has no {}, which server_timing names",
                told.total_metrics.join(" and no ")
            ),
        };
        sentences.push(format!(
            "{why}, so its own time cannot be told from queues and proxies before it: \
             docs/SERVER-TIMING.md has ten lines that send it."
        ));
    }
    sentences.join(" ")
}

/// Metrics of the server that a line has room for.
const METRICS_TOLD: usize = 4;

/// What the server's own metrics took on average, the longest first; nothing where it has none.
pub(super) fn server_metrics(summary: &Summary) -> Option<String> {
    let told = summary.server_timing.as_ref()?;
    let mut all: Vec<_> = told.metrics.iter().collect();
    all.sort_by(|left, right| right.1.mean_ns.total_cmp(&left.1.mean_ns));
    let words: Vec<_> = all
        .iter()
        .take(METRICS_TOLD)
        .map(|(name, stats)| format!("{name} {}", span(stats.mean_ns)))
        .collect();
    (!words.is_empty()).then(|| {
        let words = words.join(", ");
        format!("of its own account, on average: {words} (phases server.<name>)")
    })
}

/// What the kernel knew of the connections, in a sentence.
pub(super) fn wire(wire: &WireResult) -> String {
    if let Some(why) = &wire.unavailable {
        return format!("not measured: {why}");
    }
    let ns = |ns: Option<u64>| ns.map_or_else(|| "unknown".to_owned(), |ns| span(float(ns)));
    if wire.connections == 0 {
        return "no connection was open when the kernel was asked, once a second".to_owned();
    }
    format!(
        "{}, round trip {} at least, {} smoothed (median), {}",
        counted(wire.connections, "connection", "connections"),
        ns(wire.min_rtt_ns),
        ns(wire.smoothed_rtt_p50_ns),
        counted(wire.retransmits, "retransmission", "retransmissions"),
    )
}

/// How many answers the kernel dated.
pub(super) fn kernel_stamps(stamped: f64) -> String {
    if stamped > 0.0 {
        format!("kernel stamps on {} of the answers", share(stamped))
    } else {
        "no kernel stamps, so network ends when an answer was read (on Linux, over HTTP/1.1, \
         kernel_stamps = true in [target.connections] asks for them)"
            .to_owned()
    }
}

/// Whether as many were answered as were due; nothing where none are asked for.
pub(super) fn kept_up(summary: &Summary) -> Option<String> {
    let rates = &summary.rates;
    let (asked, planned) = (rates.asked_per_s?, rates.planned_per_s?);
    Some(format!(
        "{} were asked for; {} came due, as the schedule drew them, and {} were answered with \
         2xx while the load went on.",
        rate(asked),
        rate(planned),
        rate(rates.achieved_per_s)
    ))
}

/// What a threshold's metric was: `was 7.10 ms`, or why there is no such figure.
pub(super) fn was(threshold: &ThresholdResult) -> String {
    match threshold.actual {
        Some(_) => format!("was {}", threshold.actual_text),
        None => threshold.actual_text.clone(),
    }
}

/// What follows a threshold that the scenario does not set.
pub(super) fn implied(threshold: &ThresholdResult) -> String {
    if threshold.implied {
        format!(" (implied: the scenario sets none on {})", threshold.metric)
    } else {
        String::new()
    }
}

/// The words of a command line, quoted for a POSIX shell where they need it.
pub(super) fn shell(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| shell_word(word)).collect();
    quoted.join(" ")
}

fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_survives_the_shell() {
        let words = ["leadbench", "run", "a b.toml", "it's", ""].map(str::to_owned);
        assert_eq!(shell(&words), r"leadbench run 'a b.toml' 'it'\''s' ''");
    }
}
