//! Refuses thresholds on what a scenario cannot measure, which no run could pass.

use crate::phase::Phase;
use crate::plan::{Address, HttpVersion, Plan, Resolve, Scheme, Spans, ThresholdMetric};
use crate::scenario::table::at::At;
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

impl Deciding {
    pub(super) fn of(file: &ScenarioFile) -> Self {
        let target = file.target.as_ref();
        let connections = target.and_then(|target| target.connections.as_ref());
        Self {
            signing: span_of(file.auth.as_ref().map(|auth| &auth.signing)),
            url: span_of(target.and_then(|target| target.url.as_ref())),
            resolve: span_of(target.map(|target| &target.resolve)),
            http: span_of(connections.map(|table| &table.http)),
            kernel_stamps: span_of(connections.and_then(|table| table.kernel_stamps.as_ref())),
        }
    }
}

/// Where a value stands, if it was written.
fn span_of<T>(given: Option<&At<T>>) -> Span {
    given.map(|value| value.span).unwrap_or_default()
}

/// Complains of each threshold that the plan cannot measure. One of the file stays where an overlay
/// or the command line takes away what it needs: that is for a run, and the file is for others too.
pub(super) fn check(plan: &Plan, entries: &[Entry], deciding: &Deciding, complaints: &Complaints) {
    for entry in entries {
        let metric = ThresholdMetric::parse(&entry.key);
        let found = metric.and_then(|metric| obstacle(&metric, plan, deciding));
        let Some((why, decided_at, remedy)) = found else {
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

/// Why a metric cannot be measured, the setting that decides it, and what to write instead.
fn obstacle(
    metric: &ThresholdMetric,
    plan: &Plan,
    deciding: &Deciding,
) -> Option<(&'static str, Span, &'static str)> {
    let phase = match metric {
        ThresholdMetric::PhaseQuantile(Spans::Phase(phase), _)
        | ThresholdMetric::PhaseMean(Spans::Phase(phase))
        | ThresholdMetric::PhaseMax(Spans::Phase(phase)) => *phase,
        _ => return None,
    };
    let (scheme, is_embedded) = match &plan.target.address {
        Address::Url { scheme, .. } => (Some(*scheme), false),
        Address::Embedded(_) => (None, true),
    };
    let mut auths = (0..plan.loads.len()).filter_map(|load| plan.auth_of(load));
    let (is_hindered, why, decided_at, remedy) = match phase {
        Phase::SignWait | Phase::Sign | Phase::SignCpu | Phase::TokenAge | Phase::TokenLeft => (
            auths.next().is_none(),
            "this scenario sends no tokens",
            deciding.signing,
            match plan.auth {
                Some(_) => "choose another `signing` in [auth]",
                None => "add [auth] with a `source` that signs, such as \"named-credential\"",
            },
        ),
        Phase::Exchange => (
            auths.all(|auth| auth.exchange.is_none()),
            "this scenario exchanges no tokens",
            deciding.signing,
            "add [auth.exchange]",
        ),
        Phase::Dns if is_embedded => (
            true,
            "the embedded target has no host name",
            deciding.url,
            "write the URL of your API",
        ),
        Phase::Dns => (
            plan.target.resolve == Resolve::Once,
            "the host name is resolved before the load",
            deciding.resolve,
            "write resolve = \"per-connection\" in [target]",
        ),
        Phase::Tls => (
            scheme != Some(Scheme::Https),
            "the target does not speak TLS",
            deciding.url,
            "write an https URL",
        ),
        Phase::Send | Phase::Pickup if plan.target.connections.http == HttpVersion::Http2 => (
            true,
            "over HTTP/2 it is a part of `network`",
            deciding.http,
            "leave out http = \"2\" in [target.connections]",
        ),
        Phase::Pickup => (
            !plan.wants_kernel_stamps(),
            "it needs the kernel's timestamps",
            deciding.kernel_stamps,
            "write kernel_stamps = true in [target.connections]",
        ),
        _ => return None,
    };
    is_hindered.then_some((why, decided_at, remedy))
}
