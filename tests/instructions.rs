//! Whether a callout takes more instructions than it did: from the lead to the record, over HTTP/1.1.
//!
//! callgrind counts them, without regard to how busy the machine is. It counts the build that the tests
//! have, whose figures are higher than those of a release build, but grow with the work as they do.
//! `benches/instructions.py` counts a release build by subsystem.

#![expect(clippy::unwrap_used, reason = "a helper of a test may end the test")]
#![expect(
    clippy::disallowed_methods,
    reason = "the recorded count is a file of the repository"
)]

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use leadbench::client::{Endpoint, HttpTransport, LateAnswers, PreparedRequest, RequestTemplate};
use leadbench::clock::Clock;
use leadbench::engine::{Arrival, Caller, DueIteration, Observers, RetryPolicy};
use leadbench::keys::PrivateKey;
use leadbench::lead::Leads;
use leadbench::plan::{Audience, Auth, LeadPlan, Subject, TokenSource};
use leadbench::record::Recorder;
use leadbench::sample::Outcome;
use leadbench::token::{Ahead, Claims, Minter, Pool, Signer, TokenProvider};
use leadbench::units::{Nanos, Seed};
use tokio::time::Instant;

const KEY: &[u8] = include_bytes!("fixtures/keys/test-only-rsa2048-pkcs8.key.pem");

/// What the count may grow by, as a factor.
const GROWTH_MAX: f64 = 1.1;

/// Callouts of the two runs that are counted: their difference leaves out the start and the end.
const FEW: u64 = 200;
const MANY: u64 = 700;

/// The server that the counted process is to use, and how many callouts it makes there.
const SERVER: &str = "LEADBENCH_COUNTED_SERVER";
const CALLOUTS: &str = "LEADBENCH_COUNTED_CALLOUTS";

/// Where the count is recorded.
const RECORD: &str = "tests/instructions.txt";

/// Answers each request with 201, on threads that end with the process.
fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || answer(&stream.unwrap()));
        }
    });
    address
}

fn answer(stream: &TcpStream) {
    stream.set_nodelay(true).unwrap();
    let mut requests = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while requests.read_line(&mut line).is_ok_and(|read| read > 0) {
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            let mut body = vec![0; length];
            requests.read_exact(&mut body).unwrap();
            let mut writer = stream;
            writer
                .write_all(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
                .unwrap();
        }
        line.clear();
    }
}

/// One token for all callouts, which is never renewed.
fn token(clock: Clock) -> TokenProvider {
    let auth = Auth {
        issuer: Some("https://acme.my.salesforce.com".to_owned()),
        subject: Some(Subject::Fixed("integration@acme.example".to_owned())),
        audience: Some(Audience::One("https://api.example.com/leads".to_owned())),
        ..Auth::of(TokenSource::NamedCredential, "lead_signing")
    };
    let key = || PrivateKey::from_pem(KEY).unwrap().prepare().unwrap();
    let mut minter = Minter::new(key(), Claims::new(&auth));
    let first = minter.mint(0, 0).unwrap();
    let signer = Signer {
        minter,
        ahead: Ahead::nothing(),
    };
    let pool = Pool::start(vec![signer], clock).unwrap();
    TokenProvider::reuse(first, Nanos::ZERO, Arc::new(pool))
}

/// A caller as a worker has it: leads, a token, kernel stamps and a recorder.
fn caller(server: SocketAddr) -> Caller<HttpTransport> {
    let clock = Clock::new(Instant::now(), Duration::ZERO);
    let request = PreparedRequest::new(RequestTemplate::new("127.0.0.1", "/leads").unwrap());
    let endpoint = Endpoint::plain(server).with_kernel_stamps();
    let late = LateAnswers::default();
    let plan = LeadPlan {
        seed: Seed(1),
        ..LeadPlan::default()
    };
    Caller {
        transport: HttpTransport::new(endpoint, request, Nanos::from_secs(10), clock, late),
        provider: token(clock),
        leads: Arc::new(Leads::new(&plan, 1, time::OffsetDateTime::UNIX_EPOCH)),
        recorder: Arc::new(Recorder::new(Nanos::ZERO)),
        clock,
        retry: RetryPolicy::default(),
        exchange: None,
        negatives: None,
        last_bearer: None,
        observers: Observers::default(),
        traces: None,
    }
}

// By itself it shows that the callouts succeed; under callgrind it is what is counted.
#[tokio::test]
async fn callouts_of_one_caller_succeed() {
    let server = env::var(SERVER).map_or_else(|_| serve(), |server| server.parse().unwrap());
    let callouts = env::var(CALLOUTS).map_or(FEW, |callouts| callouts.parse().unwrap());
    let mut caller = caller(server);
    for seq in 0..callouts {
        let now = caller.clock.now();
        let iteration = DueIteration::of(Arrival { seq, due: now });
        assert_eq!(caller.iterate(iteration, now).await.outcome, Outcome::Ok);
        caller.end_transaction();
    }
}

#[test]
fn a_callout_takes_no_more_instructions_than_a_tenth_above_the_recorded_count() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("not counted: valgrind is not installed");
        return;
    }
    let server = serve();
    let more = instructions(server, MANY) - instructions(server, FEW);
    let counted = more / (MANY - FEW);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORD);
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, format!("{counted}\n")).unwrap();
        return;
    }
    let recorded: f64 = fs::read_to_string(&path).unwrap().trim().parse().unwrap();
    let grown = u32::try_from(counted).map(f64::from).unwrap() / recorded;
    assert!(
        grown <= GROWTH_MAX,
        "{counted} instructions a callout, {recorded} before; if that is right, run `just renew`"
    );
}

/// What a process takes that makes so many callouts at this server.
fn instructions(server: SocketAddr, callouts: u64) -> u64 {
    let counted = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "callouts_of_one_caller_succeed"])
        .env(SERVER, server.to_string())
        .env(CALLOUTS, callouts.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&counted.stderr);
    assert!(counted.status.success(), "{said}");
    let (_, counted) = said.split_once("Collected : ").unwrap();
    counted.split_whitespace().next().unwrap().parse().unwrap()
}
