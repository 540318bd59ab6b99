//! `leadbench target`: the reference target as a process of its own.

mod trust;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::anyhow;

use super::exit::{Code, Failure, Outcome};
use super::stdio;
use crate::target::{Algorithm, LedgerSnapshot, Target, TargetConfig, TargetError, TokenPolicy};
use crate::units::Nanos;

/// Runs the reference target: checks tokens, takes leads, and counts what arrives.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// A certificate, public key or key set to trust; its kid is the file's name up to the
    /// first dot, or NAME.
    #[arg(long, value_name = "[NAME=]FILE", num_args = 1..)]
    trust: Vec<String>,
    /// The only issuer (iss) to accept.
    #[arg(long, value_name = "TEXT")]
    issuer: Option<String>,
    /// A subject (sub) to accept, and no others; may be repeated.
    #[arg(long, value_name = "TEXT")]
    subject: Vec<String>,
    /// The audience (aud) that tokens must name.
    #[arg(long, value_name = "TEXT")]
    audience: Option<String>,
    /// How long after its arrival an accepted lead is answered.
    #[arg(long, value_name = "TIME", default_value = "5ms")]
    service_time: Nanos,
    /// How far clocks may differ; whole seconds, at most an hour.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = leeway)]
    leeway: Nanos,
    /// Takes leads without a token.
    #[arg(long, conflicts_with = "trust")]
    no_token: bool,
    /// How many threads serve.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
}

/// Runs `leadbench target` until a signal, then prints the ledger.
pub fn run(args: &Args) -> Outcome {
    let config = config(args)?;
    // Before the target listens, so that no signal finds it without a handler.
    let stop = StopSignal::listen()?;
    let target = Target::start(&config).map_err(not_started)?;
    stdio::print(&format!("listening on http://{}\n", target.addr()))?;
    stop.wait();
    stdio::print(&ledger_text(&target.stop())?)?;
    Ok(Code::Passed)
}

fn leeway(text: &str) -> Result<Nanos, String> {
    const HOUR: Nanos = Nanos::from_secs(3600);
    let leeway: Nanos = text.parse().map_err(|error| format!("{error}"))?;
    if leeway > HOUR {
        return Err(format!("more than {HOUR}"));
    }
    Ok(leeway)
}

fn config(args: &Args) -> Result<TargetConfig, Failure> {
    if args.trust.is_empty() && !args.no_token {
        return Err(
            Failure::environment(anyhow!("the target has no key to check tokens with")).hint(
                "name one with --trust FILE, such as .leadbench/keys/jwks.json, \
                 or take leads without tokens with --no-token",
            ),
        );
    }
    Ok(TargetConfig {
        listen: args.listen,
        trust: trust::read(&args.trust)?,
        algorithms: vec![Algorithm::Rs256],
        tokens: if args.no_token {
            TokenPolicy::Ignored
        } else {
            TokenPolicy::Required
        },
        issuer: args.issuer.clone(),
        subjects: args.subject.clone(),
        audience: args.audience.clone(),
        leeway: args.leeway,
        service_time: args.service_time,
        threads: args.threads.into(),
    })
}

/// Whether SIGINT, SIGTERM or SIGHUP has come; the thread that listens for it waits here.
struct StopSignal(Arc<AtomicBool>);

impl StopSignal {
    fn listen() -> Result<Self, Failure> {
        let has_come = Arc::new(AtomicBool::new(false));
        let (waiting, flag) = (thread::current(), Arc::clone(&has_come));
        ctrlc::set_handler(move || {
            flag.store(true, Ordering::Release);
            waiting.unpark();
        })
        .map_err(|error| {
            Failure::environment(anyhow::Error::new(error).context("could not listen for signals"))
        })?;
        Ok(Self(has_come))
    }

    fn wait(&self) {
        // A thread may wake without a reason.
        while !self.0.load(Ordering::Acquire) {
            thread::park();
        }
    }
}

fn not_started(error: TargetError) -> Failure {
    let hint = match &error {
        TargetError::Bind { source, .. } => match source.kind() {
            ErrorKind::AddrInUse => {
                Some("something listens there already; --listen 127.0.0.1:0 takes a free port")
            }
            ErrorKind::AddrNotAvailable => Some("this machine has no such address"),
            ErrorKind::PermissionDenied => Some("ports below 1024 need a privilege"),
            _ => None,
        },
        TargetError::DuplicateKid { .. } => {
            Some("give each key a name of its own with --trust NAME=FILE")
        }
        TargetError::NoKid => Some("name the key with --trust NAME=FILE"),
        TargetError::Leeway { .. }
        | TargetError::NoTrust
        | TargetError::Thread(_)
        | TargetError::Threads { .. } => None,
    };
    let failure =
        Failure::environment(anyhow::Error::new(error).context("could not start the target"));
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn ledger_text(ledger: &LedgerSnapshot) -> Result<String, Failure> {
    serde_json::to_string(ledger)
        .map(|text| text + "\n")
        .map_err(|error| Failure::new(Code::Internal, error))
}
