//! This machine: what it has, and how punctual it is.

use super::finding::Finding;
use crate::cli::exit::Failure;
use crate::cli::run::limits;
use crate::cli::sign;
use crate::machine::{self, ProcessorTime};
use crate::runner::{self, Setting};
use crate::units::{Nanos, float};
use crate::validity::Health;

/// How long the machine is watched.
const WATCHED: Nanos = Nanos::SECOND;

/// How late a thread may wake up: from this on a run at a fast target is degraded.
const LATE: Nanos = Nanos::from_millis(1);

/// The share of all processors that others may use.
const OTHERS: f64 = 0.5;

/// The share that a hypervisor may give to other machines: from the first on a run is degraded, from the
/// second on invalid.
const STOLEN: (f64, f64) = (0.05, 0.25);

/// How long each measurement of signatures takes.
const SIGNED: Nanos = Nanos::from_millis(300);

/// Checks what every run needs.
pub(super) fn findings(setting: &Setting) -> Result<Vec<Finding>, Failure> {
    let before = machine::processor_time();
    let health = runner::idle_health(setting, WATCHED)?;
    let spent = machine::processor_time().zip(before);
    let others = spent.and_then(|(now, before)| others(now.since(before), &health));
    let mut findings = vec![system(), processors()];
    findings.extend([memory(), files(), ports(), clock(), wakeups(&health)]);
    findings.extend(others);
    findings.extend(stolen(&health));
    findings.push(signatures()?);
    Ok(findings)
}

fn system() -> Finding {
    let machine = machine::describe();
    let cpu = machine.cpu.as_deref().unwrap_or("an unknown processor");
    let found = format!(
        "{}, {}, {cpu}; leadbench {}",
        machine.os,
        machine.arch,
        env!("CARGO_PKG_VERSION")
    );
    if cfg!(debug_assertions) {
        let found = format!("{found}, a debug build, which is several times slower");
        return Finding::note("system", found, "cargo build --release");
    }
    Finding::ok("system", found)
}

fn processors() -> Finding {
    let may_use = machine::cores();
    let shown = format!("{may_use} for this process");
    let allowed = f64::from(machine::allowed_processors());
    match machine::group_processors().filter(|quota| *quota < allowed) {
        Some(quota) => Finding::note(
            "processors",
            format!(
                "{shown}; its threads may run on {allowed:.0}, but all of them stop for milliseconds whenever they have \
                 used the quota, the time of {quota:.1} processors"
            ),
            "give the container whole processors, without a limit of CPU time",
        ),
        None => Finding::ok("processors", shown),
    }
}

fn memory() -> Finding {
    match limits::available_memory() {
        Some(available) => Finding::ok("memory", format!("{} available", limits::bytes(available))),
        None => Finding::ok("memory", "not known on this system"),
    }
}

fn files() -> Finding {
    const FEW: u64 = 1024;
    match machine::raise_file_limit() {
        Some(limit) if limit <= FEW => Finding::note(
            "open files",
            format!("{limit}, and each connection needs one"),
            "raise the hard limit: LimitNOFILE= of a systemd unit, --ulimit nofile=65536 of docker, or \
             /etc/security/limits.conf",
        ),
        Some(limit) => Finding::ok("open files", limit.to_string()),
        None => Finding::ok("open files", "no limit"),
    }
}

fn ports() -> Finding {
    match limits::local_ports() {
        Some(ports) => Finding::ok(
            "local ports",
            format!("{ports}, the most connections to one address at a time"),
        ),
        None => Finding::ok("local ports", "not known on this system"),
    }
}

fn clock() -> Finding {
    let source = machine::clock_source();
    match limits::slow_clock(source.as_deref()) {
        Some(slow) => Finding::of_shortage("clock source", Some(slow)),
        None => Finding::ok("clock source", source.as_deref().unwrap_or("not known")),
    }
}

fn wakeups(health: &Health) -> Finding {
    let Some((p99, most)) = health.wakeup else {
        return Finding::ok("wake-ups", "not measured");
    };
    let found = format!("a thread that wakes every 10 ms was {p99} late at p99, {most} at most");
    if p99 < LATE {
        return Finding::ok("wake-ups", found);
    }
    let remedy = "end other programs, or use a machine with processors of its own; callouts will be sent \
                  late by as much, and the report says so";
    Finding::note("wake-ups", found, remedy)
}

/// What other programs have used.
fn others(spent: ProcessorTime, health: &Health) -> Option<Finding> {
    let all = spent.all.as_secs_f64();
    if all <= 0.0 {
        return None;
    }
    let busy = spent.all - spent.idle - spent.stolen - health.own_cpu;
    let busy = busy.as_secs_f64() / all;
    let found = format!("used {:.0} % of all processors", busy * 100.0);
    Some(if busy < OTHERS {
        Finding::ok("other programs", found)
    } else {
        let remedy = "end them: they delay callouts and signatures";
        Finding::note("other programs", found, remedy)
    })
}

fn stolen(health: &Health) -> Option<Finding> {
    let share = health.stolen_share()?;
    let found = format!("a hypervisor gave {:.0} % to other machines", share * 100.0);
    let remedy = "use a machine that does not share its processors";
    let (degraded, invalid) = STOLEN;
    Some(if share >= invalid {
        Finding::fault("CPU steal", found, remedy)
    } else if share >= degraded {
        Finding::note("CPU steal", found, remedy)
    } else {
        Finding::ok("CPU steal", found)
    })
}

fn signatures() -> Result<Finding, Failure> {
    let cores = u16::try_from(machine::cores()).unwrap_or(u16::MAX);
    let [alone, together] = sign::rates([1, cores], SIGNED)?;
    let ifma = match machine::has_feature("avx512ifma").filter(|_| cfg!(target_arch = "x86_64")) {
        Some(true) => "; the processor has AVX-512 IFMA, which makes them faster",
        Some(false) => "; the processor lacks AVX-512 IFMA, with which signatures are faster",
        None => "",
    };
    let each = together / float(cores);
    Ok(Finding::ok(
        "signatures",
        format!(
            "{alone:.0}/s on one core, {each:.0}/s on each of {cores} (RS256, 2048 bits){ifma}"
        ),
    ))
}
