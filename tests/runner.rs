//! A run as a value: no process of its own, no file, nothing printed.
#![expect(clippy::unwrap_used, reason = "a helper of a test may end the test")]

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use crossbeam_channel::Receiver;
use leadbench::engine::{CalloutEvent, Observer, Stop};
use leadbench::keys::PrivateKey;
use leadbench::plan::Plan;
use leadbench::runner::{
    self, Begun, Credential, FailureKind, Identity, Job, Keys, Outlets, RunFailure, RunStart,
    Seconds, Setting, Silent, Sink, SoFar,
};
use leadbench::scenario;
use leadbench::summarize::Progress;
use leadbench::summary::{ReasonCode, RunState, Summary, Warning};

#[cfg(test)]
#[path = "cli/closed_port.rs"]
mod closed_port;

#[cfg(test)]
use closed_port::ClosedPort;

/// What the sink warns of.
const SINK_NOTE: &str = "a note of the sink";

const KEY: &[u8] = include_bytes!("fixtures/keys/test-only-rsa2048-pkcs8.key.pem");

/// Posts 40 leads at `url` within 0.4 s.
fn plan(url: &str) -> Plan {
    plan_for("400ms", url)
}

fn plan_for(span: &str, url: &str) -> Plan {
    let text = format!(
        r#"
schema = 1
name = "in-process"
[target]
url = "{url}"
[auth]
source = "named-credential"
key = "lead_signing"
issuer = "https://acme.my.salesforce.com"
subject = "integration@acme.example"
audience = "https://api.example.com/leads"
[[load]]
kind = "rate"
rate = "100/s"
arrivals = "uniform"
for = "{span}"
"#
    );
    let plan = scenario::parse("in-process.toml", &text, &[]);
    plan.map_err(|problems| problems.to_string()).unwrap()
}

fn keys(plan: &Plan) -> Keys {
    Keys {
        credentials: vec![Credential {
            auth: plan.auth_of(0).unwrap().clone(),
            key: PrivateKey::from_pem(KEY).unwrap(),
            loads: vec![0],
        }],
        ..Keys::default()
    }
}

fn since_epoch() -> Duration {
    SystemTime::UNIX_EPOCH.elapsed().unwrap()
}

fn run<S: Sink>(plan: &Plan, stop: Stop, sink: &mut S) -> Result<runner::RunResult, S::Error> {
    let job = Job {
        plan,
        keys: &keys(plan),
        identity: &Identity::default(),
        setting: Setting::new(stop, since_epoch),
        force: false,
        wait_for: None,
        start_at: None,
    };
    runner::run(&job, sink)
}

/// Keeps what it is told, as a caller with a file or a page would.
#[derive(Default)]
struct Kept {
    calls: Vec<&'static str>,
    latest: Arc<Mutex<Option<Summary>>>,
    callouts: Option<Receiver<CalloutEvent>>,
}

struct Latest(Arc<Mutex<Option<Summary>>>);

impl Seconds for Latest {
    fn second(&mut self, _: &Progress, so_far: &SoFar<'_>) {
        *self.0.lock().unwrap() = Some((**so_far.summary()).clone());
    }
}

impl Sink for Kept {
    type Error = RunFailure;

    fn ready(&mut self, run_up: Duration) -> Result<RunStart, RunFailure> {
        self.calls.push("ready");
        Ok(run_up.into())
    }

    fn begin(&mut self, _: &Begun<'_>) -> Result<Outlets, RunFailure> {
        self.calls.push("begin");
        let (observer, callouts) = Observer::new();
        self.callouts = Some(callouts);
        Ok(Outlets {
            callouts: Some(Arc::new(observer)),
            ..Outlets::of(Latest(Arc::clone(&self.latest)))
        })
    }

    fn finish(&mut self) -> Vec<Warning> {
        self.calls.push("finish");
        vec![Warning::new(ReasonCode::CreatedIdsMissing, SINK_NOTE)]
    }
}

#[test]
fn a_run_is_had_as_a_value() {
    let result = run(&plan("embedded"), Stop::default(), &mut Silent).unwrap();
    assert!(result.broken.is_none());
    let summary = result.summary;
    assert_eq!(summary.run.state, RunState::Finished);
    assert_eq!((summary.counts.planned, summary.counts.ok), (40, 40));
    assert_eq!(summary.run.scenario, "in-process");
}

#[test]
fn a_sink_is_told_everything_in_its_order() {
    let mut sink = Kept::default();
    let plan = plan_for("1200ms", "embedded");
    let summary = run(&plan, Stop::default(), &mut sink).unwrap().summary;
    assert_eq!(sink.calls, ["ready", "begin", "finish"]);
    assert!(summary.warnings.contains(&SINK_NOTE.to_owned()));
    // The run holds the other end no longer, so a sink may wait for the last of them.
    let callouts: Vec<_> = sink.callouts.unwrap().iter().collect();
    assert_eq!(callouts.len(), 120);
    let latest = sink.latest.lock().unwrap().take().unwrap();
    assert!((1..=120).contains(&latest.counts.ok), "{latest:?}");
}

#[test]
fn two_runs_go_on_side_by_side() {
    let plan = plan("embedded");
    let counts = thread::scope(|scope| {
        let run = || run(&plan, Stop::default(), &mut Silent).unwrap();
        let runs = [scope.spawn(run), scope.spawn(run)];
        runs.map(|run| run.join().unwrap().summary.counts.ok)
    });
    assert_eq!(counts, [40, 40]);
}

#[test]
fn a_run_whose_stop_is_raised_does_not_begin() {
    let stop = Stop::default();
    stop.raise();
    let mut sink = Kept::default();
    let failure = run(&plan("embedded"), stop, &mut sink).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Interrupted);
    assert_eq!(sink.calls, [""; 0]);
}

#[test]
fn a_target_that_is_down_is_a_failure_before_the_load() {
    let closed = ClosedPort::new();
    let port = closed.address().port();
    let mut sink = Kept::default();
    let down = plan(&closed.url());
    let failure = run(&down, Stop::default(), &mut sink).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Environment);
    assert_eq!(sink.calls, [""; 0]);
    let (error, hint) = (failure.error, failure.hint);
    assert!(error.to_string().contains(&port.to_string()), "{error}");
    assert!(hint.is_some());
}

/// What the process holds: its descriptors, connections among them, and its threads.
fn held() -> [usize; 2] {
    ["/proc/self/fd", "/proc/self/task"].map(|folder| std::fs::read_dir(folder).unwrap().count())
}

// A search makes dozens of runs in one process.
#[test]
fn a_run_leaves_no_descriptor_connection_or_thread_behind() {
    let users = scenario::parse(
        "users.toml",
        "schema = 1\nname = \"users\"\n[target]\nurl = \"embedded\"\n[auth]\nsource = \"none\"\n[[load]]\n\
         kind = \"users\"\nusers = 8\nfor = \"200ms\"\n",
        &[],
    );
    let plans = [plan("embedded"), users.unwrap()];
    let all = || {
        for plan in &plans {
            let keys = if plan.auth.is_some() {
                keys(plan)
            } else {
                Keys::default()
            };
            let job = Job {
                plan,
                keys: &keys,
                identity: &Identity::default(),
                setting: Setting::new(Stop::default(), since_epoch),
                force: true,
                wait_for: None,
                start_at: None,
            };
            let ran = runner::run(&job, &mut Silent).unwrap();
            assert!(ran.summary.counts.ok > 0);
        }
    };
    // What is made once for the process, as the state of a library, is there after the first.
    all();
    let once = held();
    all();
    all();
    assert_eq!(held(), once);
}
