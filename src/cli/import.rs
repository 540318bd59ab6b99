//! `import`: Salesforce's own files to a scenario or a trace.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::exit::{Code, CommandResult, Failure};
use super::listed::first_of;
use super::{files, stdio};
use crate::metadata::{
    Callouts, Endpoint, ExternalOptions, Imported, MetadataError, apex_callouts,
    external_credential, named_credential,
};
use crate::scenario;

/// A file of metadata has some kilobytes.
const METADATA_BYTES_MAX: u64 = 1024 * 1024;

/// The event log of a busy day.
const LOG_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The mode of the files that are written; the user's umask restricts it.
const FILE_MODE: u32 = 0o666;

/// Hosts that are named of a log.
const HOSTS_TOLD: usize = 10;

/// Makes a scenario of a credential, or a trace of an event log.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: ImportCommand,
}

#[derive(Debug, clap::Subcommand)]
enum ImportCommand {
    /// Turn a Named Credential (*.namedCredential-meta.xml) into a scenario.
    NamedCredential(FileArgs),
    /// Turn an External Credential (*.externalCredential-meta.xml) into a scenario.
    ExternalCredential(ExternalArgs),
    /// Turn an Event Monitoring export of callouts (`ApexCallout`) into a trace for `kind =
    /// "trace"`.
    ApexCallouts(CalloutArgs),
}

#[derive(Debug, clap::Args)]
struct FileArgs {
    /// The file
    file: PathBuf,
    /// The file to write [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct ExternalArgs {
    #[command(flatten)]
    file: FileArgs,
    /// The URL of the callouts, as in the Named Credential; it replaces that of --named-credential
    #[arg(long)]
    url: Option<String>,
    /// The file of its Named Credential, which contains the URL, custom headers and the certificate
    /// for mutual TLS
    #[arg(long, value_name = "FILE")]
    named_credential: Option<PathBuf>,
    /// The principal whose parameters are used, if principals have parameters of their own
    #[arg(long, value_name = "NAME")]
    principal: Option<String>,
}

#[derive(Debug, clap::Args)]
struct CalloutArgs {
    #[command(flatten)]
    file: FileArgs,
    /// Take only the callouts whose URL contains this text
    #[arg(long, value_name = "TEXT")]
    url: Option<String>,
    /// Take only the callouts with this method
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
}

/// Runs `leadbench import`.
pub fn run(args: &Args) -> CommandResult {
    match &args.what {
        ImportCommand::NamedCredential(args) => {
            let text = files::read_text(&args.file, METADATA_BYTES_MAX)?;
            let imported = named_credential(&text).map_err(|error| fault(&args.file, error))?;
            credential(args, &imported, None)
        }
        ImportCommand::ExternalCredential(args) => external(args),
        ImportCommand::ApexCallouts(args) => callouts(args),
    }
}

fn external(args: &ExternalArgs) -> CommandResult {
    let file = &args.file.file;
    let text = files::read_text(file, METADATA_BYTES_MAX)?;
    let endpoint = match &args.named_credential {
        None => None,
        Some(path) => {
            let text = files::read_text(path, METADATA_BYTES_MAX)?;
            let read = Endpoint::read(&text).map_err(|error| fault(path, error))?;
            refers(path, &read, file);
            Some((path.as_path(), read))
        }
    };
    let options = ExternalOptions {
        url: args.url.as_deref(),
        endpoint: endpoint.as_ref().map(|(_, endpoint)| endpoint),
        principal: args.principal.as_deref(),
    };
    let imported = external_credential(&text, options).map_err(|error| fault(file, error))?;
    credential(&args.file, &imported, endpoint.map(|(path, _)| path))
}

/// Says that a Named Credential names another External Credential than the one that is read,
/// going by the name of the file.
fn refers(path: &Path, endpoint: &Endpoint, external: &Path) {
    let name = external.file_name().map(|name| name.to_string_lossy());
    let name = name.as_deref().unwrap_or_default();
    let own = name.split('.').next().unwrap_or_default();
    if let Some(named) = &endpoint.external_credential
        && named != own
    {
        stdio::note(&format!(
            "note: {} refers to the External Credential {named:?}, but the file describes \
             {name:?}",
            files::shown(path)
        ));
    }
}

fn fault(path: &Path, error: MetadataError) -> Failure {
    let failure = Failure::environment(anyhow!("{}:{error}", files::shown(path)));
    failure.maybe_hint(error.hint)
}

fn credential(args: &FileArgs, imported: &Imported, endpoint: Option<&Path>) -> CommandResult {
    let shown = files::shown(&args.file);
    if let Some(path) = endpoint {
        for note in &imported.endpoint_notes {
            stdio::note(&format!("note: {}:{note}", files::shown(path)));
        }
    }
    for note in &imported.notes {
        stdio::note(&format!("note: {shown}:{note}"));
    }
    // What the metadata leaves open is told now and not at the first run.
    let name = args.out.as_ref().map(|path| files::shown(path));
    let name = name.as_deref().unwrap_or("the scenario");
    if let Err(problems) = scenario::parse(name, &imported.scenario, &[]) {
        stdio::note(&format!(
            "note: complete the scenario before you run it:\n{problems}"
        ));
    }
    write(args, imported.scenario.as_bytes())
}

fn callouts(args: &CalloutArgs) -> CommandResult {
    let path = &args.file.file;
    let shown = files::shown(path);
    let bytes = files::read(path, LOG_BYTES_MAX)?;
    let chosen =
        apex_callouts(&bytes, args.url.as_deref(), args.method.as_deref()).map_err(|error| {
            Failure::environment(anyhow!("{shown}:{error}")).hint(
                "give the CSV file of the event type ApexCallout, as Event Monitoring exports it",
            )
        })?;
    if chosen.chosen == 0 {
        let failure = anyhow!("{shown}: none of its {} callouts matches", chosen.all);
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
    let told = hosts
        .iter()
        .map(|(host, calls)| format!("{host} ({calls})"));
    let told: Vec<_> = told.collect();
    format!("they go to {}", first_of(&told, HOSTS_TOLD, ", "))
}

fn write(args: &FileArgs, bytes: &[u8]) -> CommandResult {
    match &args.out {
        None => stdio::print(&String::from_utf8_lossy(bytes))?,
        Some(path) => files::create_named(path, FILE_MODE, bytes)?,
    }
    Ok(Code::Passed)
}
