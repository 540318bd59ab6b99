//! How tokens were made, and what that cost.

use super::document::{Facts, Layout, Section};
use super::importance::Importance;
use super::numbers::{counted, grouped, rate, ratio, share, span, span_of};
use crate::phase::Phase;
use crate::summary::{Signing, Summary};

/// From this share on, all but a few tokens were signed while the callout waited.
const ALL: f64 = 0.995;

/// What is said of a run without tokens.
const NONE: &str = "No token was signed: this run is the control without signing.";

/// What signing cost, and what it would add in an org.
pub(super) fn sentence(summary: &Summary) -> String {
    let signing = &summary.signing;
    let Some(name) = signer(signing) else {
        return NONE.to_owned();
    };
    let stats = summary.phase(Phase::Sign).filter(|stats| stats.count > 0);
    if let Some(matrix) = &summary.matrix {
        let each = stats.map_or_else(String::new, |stats| {
            format!(" A signature takes {}.", span(stats.mean_ns))
        });
        return format!(
            "Signing ({name}): variants of {} took turns.{each}",
            matrix.compares
        );
    }
    if summary.is_recovered() && (signing.mode == "reuse" || stats.is_none()) {
        return format!("Signing ({name}): the interval log does not count tokens.");
    }
    let minted = |one, many| counted(signing.tokens_minted, one, many);
    if signing.mode == "reuse" {
        let minted = minted("token", "tokens");
        return format!(
            "Signing ({name}): {minted} in all, each used until shortly before it expired."
        );
    }
    let Some(stats) = stats else {
        let minted = minted("token was", "tokens were");
        let none = if summary.counts.started == 0 {
            "none in the measured time"
        } else {
            "none for a callout that succeeded"
        };
        return format!("Signing ({name}): {minted} made, {none}.");
    };
    let starved = match signing.starved {
        0 => String::new(),
        n => format!(
            ", but {} for one",
            counted(n, "callout waited", "callouts waited")
        ),
    };
    let in_an_org = match signing.mode.as_str() {
        "jit" => "",
        _ => {
            " An org signs while its callout waits, so there this time is added to each callout \
             (signing = \"jit\")."
        }
    };
    format!(
        "Signing ({name}): {} each, {}{starved}.{in_an_org}",
        span(stats.mean_ns),
        place(summary, stats.mean_ns)
    )
}

/// Whether callouts waited while their token was signed.
fn place(summary: &Summary, each_ns: f64) -> String {
    // A fresh token for another try is waited for in any mode.
    let retried = match summary.counts.retried {
        0 => String::new(),
        n => format!(
            ", except for {} another token after a 401",
            counted(n, "callout that needed", "callouts that needed")
        ),
    };
    let mean = &summary.split.mean;
    // Whether a token of the pipeline was ready in time is not counted, but its mean cost is.
    let waited = (mean.sign_ns / each_ns.max(1.0)).min(1.0);
    match summary.signing.mode.as_str() {
        mode if mode == "jit" || waited >= ALL => format!(
            "on the callout's path, {} of its time on average",
            share(ratio(mean.sign_ns, mean.latency_ns))
        ),
        _ if waited > 0.0 => format!(
            "on the path of {} of the callouts, off the path of the others{retried}",
            share(waited)
        ),
        "presign" => format!("before the load began{retried}"),
        _ => format!("off the callout's path{retried}"),
    }
}

/// `pipeline, RS256 2048`; `None` if the run sends no token.
fn signer(signing: &Signing) -> Option<String> {
    if signing.mode == "none" || signing.source == "none" {
        return None;
    }
    let algorithm = signing.algorithm.as_deref().unwrap_or("several algorithms");
    Some(match signing.key_bits {
        Some(bits) => format!("{}, {algorithm} {bits}", signing.mode),
        None => format!("{}, {algorithm}", signing.mode),
    })
}

/// How tokens were made and what that cost.
pub(super) fn section(summary: &Summary) -> Section {
    let s = &summary.signing;
    if signer(s).is_none() {
        return Section::new("signing", "Signing", [])
            .of(Importance::Reference)
            .intro(NONE);
    }
    let intro = match s.mode.as_str() {
        "jit" => {
            "Each token was signed when its callout was due, so signing is part of the latency."
        }
        "presign" => {
            "All tokens were signed before the load began, each with the iat of its due second. \
             The signers did no work during the load."
        }
        "reuse" => {
            "One token was sent until shortly before it expired, then the next one. Only starved \
             callouts waited for a token."
        }
        _ => {
            "Tokens were signed before their callouts were due, so signing is not part of the \
             latency, except for starved callouts."
        }
    };
    let sign = summary.phase(Phase::Sign);
    let cpu = summary.phase(Phase::SignCpu);
    let expired = Some(s.expired).filter(|expired| *expired > 0);
    // The interval log counts neither.
    let counted = |n| (!summary.is_recovered()).then(|| grouped(n));
    let facts = [
        ("mode", Some(s.mode.clone())),
        ("algorithm", s.algorithm.clone()),
        ("key", s.key_bits.map(|bits| format!("{bits} bits"))),
        ("source", Some(s.source.clone())),
        ("minted", counted(s.tokens_minted)),
        ("starved callouts", counted(s.starved)),
        ("of these, token expired", expired.map(grouped)),
        ("signer threads", Some(s.threads.to_string())),
        ("one thread calibrated at", s.calibrated_per_s.map(rate)),
        ("signers used", s.utilisation.map(share)),
        ("predicted", s.predicted_utilisation.map(share)),
        ("signing mean", sign.map(|sign| span(sign.mean_ns))),
        ("signing p99", sign.map(|sign| span_of(sign.p99_ns))),
        ("its CPU mean", cpu.map(|cpu| span(cpu.mean_ns))),
    ];
    let facts = Facts::known("Signing", Layout::NameFirst, facts);
    Section::new("signing", "Signing", [facts.into()])
        .of(Importance::Detail)
        .intro(intro)
}
