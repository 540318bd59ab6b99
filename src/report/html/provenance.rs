//! How tokens were made, how the measurement went, and how to run it again.

use super::block::{facts, long_facts};
use super::health;
use super::{Fact, Pages, Section};
use crate::phase::Phase;
use crate::report::answer::signer;
use crate::report::figures::{bytes, grouped, rate, share, span};
use crate::report::{ReportError, phrases, verdict};
use crate::summary::{Model, Summary, Trend};
use crate::units::float;

/// Labels and overrides shown.
const PAIRS_MAX: usize = 20;

const fn fact(name: &'static str, value: String) -> Fact {
    Fact { name, value }
}

/// How tokens were made and what that cost.
pub(super) fn signing(pages: &Pages<'_>, summary: &Summary) -> Result<Section, ReportError> {
    let s = &summary.signing;
    let mut list = Vec::new();
    let lead = if signer(s).is_some() {
        list.push(fact("Mode", s.mode.clone()));
        list.push(fact("Source", s.source.clone()));
        list.extend(s.algorithm.clone().map(|name| fact("Algorithm", name)));
        list.extend(s.key_bits.map(|bits| fact("Key", format!("{bits} bits"))));
        list.push(fact("Signer threads", s.threads.to_string()));
        list.extend(
            s.calibrated_per_s
                .map(|per_s| fact("Calibrated, one thread", rate(per_s))),
        );
        list.extend(s.utilisation.map(|used| fact("Signers used", share(used))));
        list.extend(
            s.predicted_utilisation
                .map(|used| fact("As predicted", share(used))),
        );
        list.push(fact("Tokens minted", grouped(s.tokens_minted)));
        list.push(fact("Starved callouts", grouped(s.starved)));
        if s.expired > 0 {
            let name = "Of these, token expired";
            list.push(fact(name, grouped(s.expired)));
        }
        if let Some(sign) = summary.phase(Phase::Sign) {
            list.push(fact("Signing, mean", span(sign.mean_ns)));
            list.push(fact("Signing, p99", span(float(sign.p99_ns))));
        }
        if let Some(cpu) = summary.phase(Phase::SignCpu) {
            list.push(fact("Of it CPU, mean", span(cpu.mean_ns)));
        }
        match s.mode.as_str() {
            "jit" => {
                "Each token was signed when its callout was due, so signing is part of the latency."
            }
            "presign" => {
                "All tokens were signed before the load began, each with the iat of its due second, so the signers rested while it went on."
            }
            "reuse" => {
                "One token was sent until its expiry came near, and then the next; nobody waited for one unless a callout starved."
            }
            _ => {
                "Tokens were signed ahead of their due instant, so signing is no part of the latency unless a callout starved."
            }
        }
    } else {
        "No token was signed: this run is the control without signing."
    };
    let body = if list.is_empty() {
        String::new()
    } else {
        facts(pages, &list)?
    };
    Ok(Section {
        id: "signing",
        title: "Signing".into(),
        lead: Some(lead.to_owned()),
        body,
    })
}

/// Whether the generator kept out of the way.
pub(super) fn measurement(pages: &Pages<'_>, summary: &Summary) -> Result<Section, ReportError> {
    let m = &summary.measurement;
    let verdict = verdict::measurement(summary);
    let mut list = vec![fact("Verdict", m.verdict.to_string())];
    list.extend(m.own_cpu.map(|cpu| fact("Own CPU", share(cpu))));
    list.extend(m.steal.map(|steal| fact("CPU steal", share(steal))));
    list.extend(
        m.wakeup_p99_ns
            .map(|late| fact("Wake-up, p99 late", span(float(late)))),
    );
    list.extend(
        m.wakeup_max_ns
            .map(|late| fact("Wake-up, most late", span(float(late)))),
    );
    list.extend(m.peak_rss_bytes.map(|rss| fact("Peak memory", bytes(rss))));
    if let Some(lag) = summary.phase(Phase::Lag) {
        list.push(fact("Lag, p99", span(float(lag.p99_ns))));
    }
    if let Some(pickup) = summary.phase(Phase::Pickup) {
        list.push(fact("Pickup, p99", span(float(pickup.p99_ns))));
    }
    list.extend(m.kernel_stamps.map(|stamped| {
        let stamped = match stamped {
            some if some > 0.0 => format!("{} of the answers", share(some)),
            _ => "none: network ends when an answer was read".to_owned(),
        };
        fact("Kernel stamps", stamped)
    }));
    list.extend(summary.stationarity.as_ref().map(|steady| {
        let trend = match steady.trend {
            Trend::Falling => "still warming up",
            Trend::Rising if summary.saturation.is_some() => "a queue grows",
            Trend::Rising => "latency rises",
            Trend::Steady => "steady",
        };
        let (from, to) = (float(steady.first_ns), float(steady.last_ns));
        let course = format!("{trend}: median {} to {}", span(from), span(to));
        fact("Over the run", course)
    }));
    if let Some(residual) = summary.phase(Phase::Residual) {
        list.push(fact("Residual, p99", span(float(residual.p99_ns))));
    }
    Ok(Section {
        id: "measurement",
        title: "The measurement itself".into(),
        lead: Some(format!(
            "It is {}: {}.{}",
            verdict.word,
            verdict.detail,
            if m.reasons.is_empty() {
                ""
            } else {
                " The reasons stand at the top of the page."
            }
        )),
        body: facts(pages, &list)? + &health::figures(pages, summary)?,
    })
}

/// What was run, on what, and how to run it again.
pub(super) fn run(pages: &Pages<'_>, summary: &Summary) -> Result<Section, ReportError> {
    let run = &summary.run;
    let machine = &run.machine;
    let model = match run.model {
        Model::Closed => "closed",
        Model::Mixed => "open and closed",
        Model::Open => "open",
    };
    let mut list = vec![
        fact("Run", run.id.clone()),
        fact("Scenario", run.scenario_file.clone()),
        fact("SHA-256", run.scenario_sha256.clone()),
        fact(
            "Load",
            format!("{}: {}", run.load.name, run.load.description),
        ),
        fact("Model, engine", format!("{model}, {}", run.engine)),
        fact("Target", run.target.clone()),
        fact(
            "Connections",
            run.connections
                .clone()
                .unwrap_or_else(|| "not noted".to_owned()),
        ),
        fact("Seed", run.seed.to_string()),
        fact(
            "Machine",
            format!("{} {}, {} cores", machine.os, machine.arch, machine.cores),
        ),
    ];
    list.extend(machine.cpu.clone().map(|cpu| fact("Processor", cpu)));
    list.extend(
        machine
            .memory_bytes
            .map(|memory| fact("Memory", bytes(memory))),
    );
    list.extend(
        machine
            .clock_source
            .clone()
            .map(|clock| fact("Clock source", clock)),
    );
    list.push(fact("I/O workers", run.load.io_workers.to_string()));
    list.push(fact(
        "leadbench",
        format!("{}, {} build", run.version, machine.build),
    ));
    list.extend(run.commit.clone().map(|commit| fact("Commit", commit)));
    let labels: Vec<String> = run
        .labels
        .iter()
        .take(PAIRS_MAX)
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    if !labels.is_empty() {
        list.push(fact("Labels", labels.join(", ")));
    }
    let changed: Vec<String> = run
        .overrides
        .iter()
        .take(PAIRS_MAX)
        .map(|change| format!("{} = {}", change.path, change.value))
        .collect();
    if !changed.is_empty() {
        list.push(fact("Set on the command line", changed.join(", ")));
    }
    list.push(fact("Run it again", phrases::shell(&run.command)));
    Ok(Section {
        id: "run",
        title: "The run".into(),
        lead: None,
        body: long_facts(pages, &list)?,
    })
}
