//! Refuses thresholds on what a scenario cannot measure, which no run could pass.

use crate::phase::Phase;
use crate::plan::{Address, HttpVersion, Plan, Resolve, Scheme, Spans, ThresholdMetric};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::span::Span;
use crate::scenario::text::tree::Entry;
use crate::scenario::written::scenario::ScenarioFile;

/// Where the settings are written that decide what can be measured.
#[derive(Default)]
pub(super) struct Deciding {
    signing: Span,
    url: Span,
    resolve: Span,
    http: Span,
    kernel_stamps: Span,
}

/// Why something cannot be measured, the setting that decides it, and what to write instead.
struct Obstacle {
    why: &'static str,
    decided_at: Span,
    remedy: &'static str,
}

impl Deciding {
    pub(super) fn of(file: &ScenarioFile) -> Self {
        let target = file.target.as_ref();
        let connections = target.and_then(|target| target.connections.as_ref());
        let stamps = connections.and_then(|table| table.kernel_stamps.as_ref());
        Self {
            signing: file
                .auth
                .as_ref()
                .map(|auth| auth.signing.span)
                .unwrap_or_default(),
            url: target
                .and_then(|target| Some(target.url.as_ref()?.span))
                .unwrap_or_default(),
            resolve: target.map(|target| target.resolve.span).unwrap_or_default(),
            http: connections.map(|table| table.http.span).unwrap_or_default(),
            kernel_stamps: stamps.map(|stamps| stamps.span).unwrap_or_default(),
        }
    }
}

/// Complains of each threshold that the plan cannot measure. One of the file stays where an overlay
/// or the command line takes away what it needs: that is for a run, and the file is for others too.
pub(super) fn check(plan: &Plan, entries: &[Entry], deciding: &Deciding, complaints: &Complaints) {
    for entry in entries {
        let metric = ThresholdMetric::parse(&entry.key);
        let found = metric.and_then(|metric| obstacle(&metric, plan, deciding));
        let Some(Obstacle {
            why,
            decided_at,
            remedy,
        }) = found
        else {
            continue;
        };
        let is_for_others = entry.node.span.source == 0 && decided_at.source != 0;
        if !is_for_others {
            refuse(entry, why, remedy, complaints);
        }
    }
}

/// Complains of thresholds on bad tokens in a scenario that sends none.
pub(super) fn check_without_negative(entries: &[Entry], complaints: &Complaints) {
    for entry in entries {
        let metric = ThresholdMetric::parse(&entry.key);
        if let Some(
            ThresholdMetric::FalseAccepts
            | ThresholdMetric::FalseRejects
            | ThresholdMetric::BadTokenErrors,
        ) = metric
        {
            let why = "this scenario sends no bad tokens";
            refuse(entry, why, "add [negative] with all = \"5%\"", complaints);
        }
    }
}

/// Complains of a threshold, unless it is wrong in itself.
fn refuse(entry: &Entry, why: &str, remedy: &str, complaints: &Complaints) {
    if complaints.has_within(entry.node.span) {
        return;
    }
    let message = format!("`{}` cannot be measured: {why}", entry.key);
    let hint = format!("{remedy}, or leave the threshold out");
    complaints.advise(entry.key_span, message, hint);
}

fn obstacle(metric: &ThresholdMetric, plan: &Plan, deciding: &Deciding) -> Option<Obstacle> {
    let phase = match metric {
        ThresholdMetric::PhaseQuantile(Spans::Phase(phase), _)
        | ThresholdMetric::PhaseMean(Spans::Phase(phase))
        | ThresholdMetric::PhaseMax(Spans::Phase(phase)) => *phase,
        _ => return None,
    };
    match phase {
        Phase::SignWait | Phase::Sign | Phase::SignCpu | Phase::TokenAge | Phase::TokenLeft => {
            of_tokens(plan, deciding)
        }
        Phase::Exchange => of_exchange(plan, deciding),
        Phase::Dns => of_lookup(plan, deciding),
        Phase::Tls => of_tls(plan, deciding),
        Phase::Send | Phase::Pickup => of_connections(phase, plan, deciding),
        _ => None,
    }
}

fn of_tokens(plan: &Plan, deciding: &Deciding) -> Option<Obstacle> {
    let sends_tokens = (0..plan.loads.len()).any(|load| plan.auth_of(load).is_some());
    (!sends_tokens).then_some(Obstacle {
        why: "this scenario sends no tokens",
        decided_at: deciding.signing,
        remedy: if plan.auth.is_some() {
            "choose another `signing` in [auth]"
        } else {
            "add [auth] with a `source` that signs, such as \"named-credential\""
        },
    })
}

fn of_exchange(plan: &Plan, deciding: &Deciding) -> Option<Obstacle> {
    let exchanges = |load| {
        plan.auth_of(load)
            .is_some_and(|auth| auth.exchange.is_some())
    };
    (!(0..plan.loads.len()).any(exchanges)).then_some(Obstacle {
        why: "this scenario exchanges no tokens",
        decided_at: deciding.signing,
        remedy: "add [auth.exchange]",
    })
}

fn of_lookup(plan: &Plan, deciding: &Deciding) -> Option<Obstacle> {
    if matches!(plan.target.address, Address::Embedded(_)) {
        return Some(Obstacle {
            why: "the embedded target has no host name",
            decided_at: deciding.url,
            remedy: "write the URL of your API",
        });
    }
    (plan.target.resolve == Resolve::Once).then_some(Obstacle {
        why: "the host name is resolved before the load",
        decided_at: deciding.resolve,
        remedy: "write resolve = \"per-connection\" in [target]",
    })
}

fn of_tls(plan: &Plan, deciding: &Deciding) -> Option<Obstacle> {
    let scheme = match &plan.target.address {
        Address::Url { scheme, .. } => Some(*scheme),
        Address::Embedded(_) => None,
    };
    (scheme != Some(Scheme::Https)).then_some(Obstacle {
        why: "the target does not speak TLS",
        decided_at: deciding.url,
        remedy: "write an https URL",
    })
}

fn of_connections(phase: Phase, plan: &Plan, deciding: &Deciding) -> Option<Obstacle> {
    if plan.target.connections.http == HttpVersion::Http2 {
        return Some(Obstacle {
            why: "over HTTP/2 it is a part of `network`",
            decided_at: deciding.http,
            remedy: "leave out http = \"2\" in [target.connections]",
        });
    }
    let lacks_stamps = phase == Phase::Pickup && !plan.wants_kernel_stamps();
    lacks_stamps.then_some(Obstacle {
        why: "it needs the kernel's timestamps",
        decided_at: deciding.kernel_stamps,
        remedy: "write kernel_stamps = true in [target.connections]",
    })
}
