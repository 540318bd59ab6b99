//! `import`: Salesforce's own files to a scenario or a trace.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::exit::{Code, Failure, Outcome};
use super::{files, stdio};
use crate::metadata::{Callouts, Imported, MetadataError, apex_callouts};
use crate::metadata::{external_credential, named_credential};
use crate::scenario;
use crate::units::count;

/// A file of metadata has some kilobytes.
const METADATA_BYTES_MAX: u64 = 1024 * 1024;

/// The event log of a busy day.
const LOG_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Hosts that are named of a log.
const HOSTS_TOLD: usize = 10;

/// Makes a scenario of a credential, or a trace of an event log.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// A Named Credential (*.namedCredential-meta.xml) to a scenario.
    NamedCredential(FileArgs),
    /// An External Credential (*.externalCredential-meta.xml) to a scenario.
    ExternalCredential(ExternalArgs),
    /// An Event Monitoring export of callouts (`ApexCallout`) to a trace for `kind = "trace"`.
    ApexCallouts(CalloutArgs),
}

#[derive(Debug, clap::Args)]
struct FileArgs {
    /// The file
    file: PathBuf,
    /// Where to write; stdout without one
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct ExternalArgs {
    #[command(flatten)]
    file: FileArgs,
    /// Where callouts go, as its Named Credential says
    #[arg(long)]
    url: Option<String>,
}

#[derive(Debug, clap::Args)]
struct CalloutArgs {
    #[command(flatten)]
    file: FileArgs,
    /// Take the callouts whose URL holds this text
    #[arg(long, value_name = "TEXT")]
    url: Option<String>,
    /// Take the callouts of this method
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
}

/// Runs `leadbench import`.
pub fn run(args: &Args) -> Outcome {
    match &args.what {
        What::NamedCredential(args) => credential(args, named_credential),
        What::ExternalCredential(args) => {
            let url = args.url.as_deref();
            credential(&args.file, |text| external_credential(text, url))
        }
        What::ApexCallouts(args) => callouts(args),
    }
}

fn credential(args: &FileArgs, read: impl Fn(&str) -> Result<Imported, MetadataError>) -> Outcome {
    let shown = args.file.display();
    let bytes = files::read(&args.file, METADATA_BYTES_MAX).map_err(Failure::environment)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::environment(anyhow!("{shown} is not UTF-8")))?;
    let imported = read(&text).map_err(|error| Failure::environment(anyhow!("{shown}:{error}")))?;
    for note in &imported.notes {
        stdio::note(&format!("note: {note}"));
    }
    // What the metadata leaves open is told now and not at the first run.
    if let Err(problems) = scenario::parse("the scenario", &imported.scenario, &[]) {
        stdio::note(&format!(
            "note: to be completed before it runs:\n{problems}"
        ));
    }
    write(args, imported.scenario.as_bytes())
}

fn callouts(args: &CalloutArgs) -> Outcome {
    let path = &args.file.file;
    let shown = path.display();
    let bytes = files::read(path, LOG_BYTES_MAX).map_err(Failure::environment)?;
    let chosen = apex_callouts(&bytes, args.url.as_deref(), args.method.as_deref())
        .map_err(|error| Failure::environment(anyhow!("{shown}:{error}")))?;
    if chosen.chosen == 0 {
        let failure = anyhow!("{shown}: none of its {} callouts was chosen", chosen.all);
        return Err(Failure::environment(failure).hint(hosts(&chosen)));
    }
    let dues = scenario::read_trace(&chosen.csv).map_err(|faults| {
        let faults = faults
            .iter()
            .map(|(line, fault)| format!("{shown}:{line}: {fault}"));
        Failure::environment(anyhow!("{}", faults.collect::<Vec<_>>().join("\n")))
    })?;
    let mut trace = String::from("due_ms\n");
    for due in dues.iter() {
        // Writing to a string cannot fail.
        writeln!(trace, "{}.{:03}", due.0 / 1_000_000, due.0 / 1_000 % 1_000).unwrap_or_default();
    }
    stdio::note(&summary(
        &chosen,
        dues.last().map_or(0, |due| due.as_secs()),
    ));
    write(&args.file, trace.as_bytes())
}

/// What was chosen, and how long it took where it came from.
fn summary(chosen: &Callouts, seconds: u64) -> String {
    let at = |percent: usize| {
        let place = chosen.times_ms.len().saturating_sub(1) * percent / 100;
        chosen.times_ms.get(place).copied().unwrap_or_default()
    };
    let took = match chosen.times_ms.len() {
        0 => String::new(),
        _ => format!(
            "; in the org they took {} ms at p50, {} ms at p99",
            at(50),
            at(99)
        ),
    };
    format!(
        "{} of {} callouts over {seconds} s{took}",
        chosen.chosen, chosen.all
    )
}

fn hosts(chosen: &Callouts) -> String {
    let mut hosts: Vec<_> = chosen.hosts.iter().collect();
    hosts.sort_by_key(|(_, calls)| std::cmp::Reverse(**calls));
    let told: Vec<_> = hosts
        .iter()
        .take(HOSTS_TOLD)
        .map(|(host, calls)| format!("{host} ({calls})"))
        .collect();
    let more = count(hosts.len().saturating_sub(HOSTS_TOLD));
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("its hosts are {}{more}", told.join(", "))
}

fn write(args: &FileArgs, bytes: &[u8]) -> Outcome {
    match &args.out {
        None => stdio::print(&String::from_utf8_lossy(bytes))?,
        Some(path) => write_new(path, bytes)?,
    }
    Ok(Code::Passed)
}

/// Writes a file that must not be there yet.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    files::create(path, bytes).map_err(|error| {
        let shown = path.display();
        if error.kind() == ErrorKind::AlreadyExists {
            return Failure::environment(anyhow!("{shown} exists already"))
                .hint("name another file with --out, or move that one away");
        }
        let what = format!("could not write {shown}");
        Failure::environment(anyhow::Error::new(error).context(what))
    })?;
    stdio::note(&format!("wrote {}", path.display()));
    Ok(())
}
