//! `leadbench target`: the reference target as a process of its own.

mod key_set_url;
mod printing;
pub(super) mod trust;
mod trust_files;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::anyhow;

use super::choice::choice;
use super::exit::{Code, CommandResult, Failure, OrFail as _};
use super::listen::listen_hint;
use super::number::from_to;
use super::span::span;
use super::stdio;
use crate::target::{
    Accepts, Algorithm, Duplicates, FaultShare, KidPolicy, LedgerSnapshot, Outage, Rejection,
    RunningTarget, Target, TargetConfig, TargetError, TokenPolicy, Troubles,
};
use crate::units::{Latency, Nanos, Rate, RecurringWindow};
use printing::Printing;
use trust_files::TrustFiles;

/// How often the files of trusted keys are checked.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Runs the reference target: checks tokens, takes leads, and counts what arrives.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The address and port to listen on; port 0 chooses a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", value_parser = listen)]
    listen: SocketAddr,
    /// A certificate, public key or key set to trust, or the URL of a key set that this machine
    /// serves. The kid of a key is NAME, or the file's name up to the first dot.
    #[arg(long, value_name = "[NAME=]FILE", num_args = 1..)]
    trust: Vec<String>,
    /// The shortest time between two fetches of a key set by URL
    #[arg(long, value_name = "TIME", default_value = "5s")]
    jwks_min_interval: Nanos,
    /// The only issuer (iss) to accept.
    #[arg(long, value_name = "TEXT")]
    issuer: Option<String>,
    /// The only subject (sub) to accept; may be repeated.
    #[arg(long, value_name = "TEXT")]
    subject: Vec<String>,
    /// The audience (aud) that tokens must name.
    #[arg(long, value_name = "TEXT")]
    audience: Option<String>,
    /// The time from the arrival of an accepted lead to its answer: "5ms", "lognormal p50=5ms
    /// p99=40ms", "exponential 5ms", or with one server "mm1 5ms", "md1 5ms"
    #[arg(
        long,
        visible_alias = "service-time",
        value_name = "MODEL",
        default_value = "5ms"
    )]
    latency: Latency,
    /// When the target answers nothing: "every=10s for=1s", or "from=10s for=2s"
    #[arg(long, value_name = "WHEN")]
    freeze: Option<RecurringWindow>,
    /// Fail a share of the leads: 1%:503, 0.1%:close, 0.1%:stall; may be repeated
    #[arg(long, value_name = "SHARE:WHAT")]
    fault: Vec<FaultShare>,
    /// Fail all leads for a time, by 503 or as named: "from=10s,for=2s", "from=10s,for=2s:close"
    #[arg(long, value_name = "WHEN[:WHAT]")]
    outage: Vec<Outage>,
    /// Fail a share of the requests for an access token, in the same way
    #[arg(long, value_name = "SHARE:WHAT")]
    token_fault: Vec<FaultShare>,
    /// Fail all requests for an access token for a time, in the same way
    #[arg(long, value_name = "WHEN[:WHAT]")]
    token_outage: Vec<Outage>,
    /// Accept this many leads a second, and answer further ones with 429 and Retry-After
    #[arg(long, value_name = "RATE")]
    rate_limit: Option<Rate>,
    /// What to do with a lead whose Id was accepted before
    #[arg(long, value_name = "WHAT", default_value = "accept", value_parser = choice::<Duplicates>())]
    duplicates: Duplicates,
    /// What to require of a token's kid
    #[arg(long, value_name = "POLICY", default_value = "required", value_parser = choice::<KidPolicy>())]
    kid: KidPolicy,
    /// An algorithm that tokens may be signed with; may be repeated
    #[arg(long, value_name = "ALG", default_value = "RS256", value_parser = choice::<Algorithm>(), ignore_case = true)]
    algorithm: Vec<Algorithm>,
    /// Refuse a token whose jti was used before
    #[arg(long)]
    jti_unique: bool,
    /// Remember this many verified tokens, and do not verify them again
    #[arg(long, value_name = "TOKENS", default_value_t = 0, value_parser = from_to(0, usize::MAX))]
    verify_cache: usize,
    /// Which tokens leads may carry: JWTs, access tokens of POST /token, or either
    #[arg(long, value_name = "WHICH", default_value = "jwt", value_parser = choice::<Accepts>())]
    accept: Accepts,
    /// How long an access token is valid
    #[arg(long, value_name = "TIME", default_value = "1h")]
    access_token_life: Nanos,
    /// The seed of random choices
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = from_to(0, u64::MAX))]
    seed: u64,
    /// How far clocks may differ; whole seconds, at most an hour.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = span)]
    leeway: Nanos,
    /// Print each lead as it arrived, as one line of JSON: its header fields, its token decoded and
    /// judged, its body; never the token itself
    #[arg(long)]
    echo: bool,
    /// Ignore tokens: accept each lead, with any token or none.
    #[arg(long, conflicts_with = "trust")]
    no_token: bool,
    /// The number of threads that serve.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = from_to(1_u16, 64))]
    threads: u16,
}

/// Reads an address with its port.
fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "write an address and a port, such as 127.0.0.1:8080 or [::1]:8080".to_owned())
}

/// Runs `leadbench target` until a signal, then prints the ledger.
pub fn run(args: &Args) -> CommandResult {
    let mut config = config(args)?;
    let printing = args.echo.then(|| Printing::into(&mut config));
    // Before the target listens, so that every signal has a handler.
    let stop = StopSignal::listen()?;
    let target = Target::start(&config).map_err(not_started)?;
    stdio::print(&format!("listening on http://{}\n", target.addr()))?;
    let mut files = TrustFiles::watch(&args.trust);
    let mut trusted = args.trust.iter();
    let has_url = trusted.any(|argument| key_set_url::is_one(argument));
    let mut refetch = key_set_url::Refetch::new(args.jwks_min_interval.as_duration());
    while !stop.wait_for(LOOK_EVERY) {
        let is_due = has_url && refetch.is_due(target.ledger().rejected_for(Rejection::UnknownKid));
        if files.have_changed() || is_due {
            renew(&target, &args.trust);
        }
    }
    let ledger = target.stop();
    // The target has dropped its sender, so this ends the lines.
    drop(config);
    printing.map_or(Ok(()), Printing::finish)?;
    stdio::print(&ledger_text(&ledger)?)?;
    Ok(Code::Passed)
}

/// Trusts the keys that the files contain now; if a file cannot be read, changes nothing.
fn renew(target: &RunningTarget, files: &[String]) {
    let renewed = trust::read(files)
        .map_err(|failure| failure.to_string())
        .and_then(|keys| {
            let count = keys.len();
            let trusted = target.trust(&keys).map(|()| count);
            trusted.map_err(|error| error.to_string())
        });
    match renewed {
        Ok(1) => stdio::note("note: the trusted keys have changed; 1 key is trusted now"),
        Ok(keys) => stdio::note(&format!(
            "note: the trusted keys have changed; {keys} keys are trusted now"
        )),
        Err(why) => stdio::note(&format!(
            "warning: the trusted keys cannot be read again ({why}); the target keeps the keys it \
             has"
        )),
    }
}

fn config(args: &Args) -> Result<TargetConfig, Failure> {
    if args.trust.is_empty() && !args.no_token {
        return Err(
            Failure::environment(anyhow!("the target has no key to verify tokens with")).hint(
                "name one with --trust FILE, such as .leadbench/keys/jwks.json, or ignore \
                 tokens with --no-token",
            ),
        );
    }
    Ok(TargetConfig {
        listen: args.listen,
        trust: trust::read(&args.trust)?,
        kid: args.kid,
        algorithms: args.algorithm.clone(),
        accepts: args.accept,
        duplicates: args.duplicates,
        troubles: Troubles {
            shares: args.fault.clone(),
            outages: args.outage.clone(),
        },
        token_troubles: Troubles {
            shares: args.token_fault.clone(),
            outages: args.token_outage.clone(),
        },
        rate_limit: args.rate_limit,
        jti_unique: args.jti_unique,
        verify_cache: args.verify_cache,
        access_token_life: args.access_token_life,
        freeze: args.freeze,
        echo: None,
        seed: args.seed,
        tokens: if args.no_token {
            TokenPolicy::Ignored
        } else {
            TokenPolicy::Required
        },
        issuer: args.issuer.clone(),
        subjects: args.subject.clone(),
        audience: args.audience.clone(),
        leeway: args.leeway,
        latency: args.latency,
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
        .or_fail(|| "could not listen for signals".to_owned())?;
        Ok(Self(has_come))
    }

    /// Waits for this long at most; returns whether the signal has come.
    fn wait_for(&self, span: Duration) -> bool {
        if !self.0.load(Ordering::Acquire) {
            thread::park_timeout(span);
        }
        self.0.load(Ordering::Acquire)
    }
}

fn not_started(error: TargetError) -> Failure {
    let hint = match &error {
        TargetError::Bind { source, .. } => listen_hint(source.kind()),
        TargetError::DuplicateKid(_) => {
            Some("give each key a name of its own with --trust NAME=FILE")
        }
        TargetError::NoKid => Some("name the key with --trust NAME=FILE"),
        TargetError::Leeway(_)
        | TargetError::NoTrust
        | TargetError::Shares(_)
        | TargetError::Thread(_)
        | TargetError::Threads(_) => None,
    };
    Failure::environment(anyhow::Error::new(error).context("could not start the target"))
        .maybe_hint(hint)
}

fn ledger_text(ledger: &LedgerSnapshot) -> Result<String, Failure> {
    serde_json::to_string(ledger)
        .map(|text| text + "\n")
        .map_err(Failure::internal)
}
