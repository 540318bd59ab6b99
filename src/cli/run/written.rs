//! What is written down of each callout while the load goes on: by a thread of its own for each
//! file, among them the log of `--log-callouts` in the words of Salesforce's own debug log.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anyhow::Context as _;
use crossbeam_channel::Receiver;

use crate::cli::exit::Failure;
use crate::cli::files::{self, Folder, shown};
use crate::cli::{stdio, wall};
use crate::clock::Clock;
use crate::engine::{Sight, Witness};
use crate::plan::{Plan, TokenSource};
use crate::report::{Lacking, Rows, judge_rows};
use crate::secret::Bearer;
use crate::summary::{RunState, Summary};
use crate::units::Nanos;

/// The file of what was created.
pub(super) const CREATED: &str = "created.csv";

/// The files of single callouts.
pub(super) const REQUESTS: &str = "requests.csv";
pub(super) const REQUESTS_JTL: &str = "requests.jtl";

/// The line of Apex that every callout is said to come from.
const LINE: u32 = 85;

/// Rows that go into a file.
pub(super) type FileRows = Rows<BufWriter<File>>;

/// Where what is seen is written down.
pub(super) trait Sink<T>: Send + 'static {
    /// Writes one down.
    fn put(&mut self, sight: &T) -> io::Result<()>;

    /// Hands all to the system; tells what the reader of the file must know.
    fn finish(&mut self) -> io::Result<Vec<String>>;
}

/// A thread that writes down what it is handed, until nobody hands it anything.
pub(super) struct Writing<T> {
    witness: Arc<Witness<T>>,
    thread: JoinHandle<io::Result<Vec<String>>>,
    what: String,
}

impl<T: Send + 'static> Writing<T> {
    /// Begins a file of the run folder.
    pub(super) fn start<S: Sink<T>>(
        folder: &Folder,
        name: &str,
        sink: impl FnOnce(BufWriter<File>) -> io::Result<S>,
    ) -> Result<Self, Failure> {
        let what = shown(&folder.path().join(name));
        Self::start_in(folder.begin(name), what, sink)
    }

    fn start_in<S: Sink<T>>(
        file: io::Result<File>,
        what: String,
        sink: impl FnOnce(BufWriter<File>) -> io::Result<S>,
    ) -> Result<Self, Failure> {
        let file = file
            .with_context(|| format!("could not make {what}"))
            .map_err(Failure::environment)?;
        let mut sink = sink(BufWriter::new(file))
            .with_context(|| format!("could not write {what}"))
            .map_err(Failure::environment)?;
        let (witness, sights): (_, Receiver<T>) = Witness::new();
        let thread = thread::Builder::new()
            .name("writing".to_owned())
            .spawn(move || {
                for sight in sights {
                    sink.put(&sight)?;
                }
                sink.finish()
            })
            .map_err(Failure::environment)?;
        Ok(Self {
            witness: Arc::new(witness),
            thread,
            what,
        })
    }

    /// Where callers hand theirs over.
    pub(super) fn witness(&self) -> Arc<Witness<T>> {
        Arc::clone(&self.witness)
    }

    /// Waits until all is written, once every caller is gone, and says what is not; gives back
    /// what the reader of the file must know.
    pub(super) fn finish(self) -> Vec<String> {
        let missed = self.witness.missed();
        drop(self.witness);
        if missed > 0 {
            stdio::note(&format!(
                "warning: {missed} callouts are not in {}: they came faster than it could be written",
                self.what
            ));
        }
        match self.thread.join() {
            Ok(Ok(told)) => return told,
            Ok(Err(error)) => {
                stdio::note(&format!("warning: {} is not whole: {error}", self.what));
            }
            Err(_) => stdio::note(&format!("warning: {} is not whole", self.what)),
        }
        Vec::new()
    }
}

/// Completes the files that rows were written into while the run went on: with the verdict on the
/// measurement, and without a row that a kill has torn. Where the run may still be going on, it is
/// only said what they lack.
pub(in crate::cli) fn complete(folder: &Folder, summary: &Summary) {
    let is_over = summary.run.state != RunState::Running;
    for name in [CREATED, REQUESTS, REQUESTS_JTL] {
        let path = shown(&folder.path().join(name));
        let verdict = summary.measurement.verdict;
        let looked = || -> io::Result<Option<Lacking>> {
            let Some(file) = folder.read(name)? else {
                return Ok(None);
            };
            let lacking = judge_rows(BufReader::new(file), io::sink(), verdict)?;
            if let Some(file) = folder
                .read(name)?
                .filter(|_| is_over && lacking != Lacking::default())
            {
                folder.replace_by(name, |judged| {
                    let mut judged = BufWriter::new(judged);
                    judge_rows(BufReader::new(file), &mut judged, verdict)?;
                    judged.flush()
                })?;
            }
            Ok(Some(lacking))
        };
        match looked() {
            Ok(Some(lacking)) if lacking.is_torn => stdio::note(&if is_over {
                format!("note: {path} broke off in the middle of its last row, which is left out")
            } else {
                format!("note: {path} breaks off in the middle of its last row: leave that row out")
            }),
            Ok(_) => {}
            Err(error) => stdio::note(&format!(
                "warning: {path} goes without the verdict on the measurement: {error}"
            )),
        }
    }
}

/// Writes the lines that Salesforce's debug log has of each callout.
pub(super) fn callout_log(
    path: &Path,
    plan: &Plan,
    clock: Clock,
) -> Result<Writing<Sight>, Failure> {
    // It may be anything: the scenario, a key.
    if path
        .symlink_metadata()
        .is_ok_and(|there| there.is_file() && there.len() > 0)
    {
        let what = anyhow::anyhow!("{} is there already", shown(path));
        return Err(Failure::environment(what).hint("name another file; none is overwritten"));
    }
    let loads = 0..plan.loads.len();
    let names: Vec<_> = loads
        .map(|load| {
            let auth = plan.auth_of(load)?;
            Some(Credential {
                name: auth.key.clone(),
                is_apex: auth.source == TokenSource::ApexJws,
                retries: auth.refresh_on.contains(&401),
            })
        })
        .collect();
    let endpoint = plan.target.address.to_string();
    Writing::start_in(files::begin(path), shown(path), |file| {
        Ok(CalloutLog {
            file,
            names,
            endpoint,
            clock,
        })
    })
}

/// The log in Salesforce's words.
struct CalloutLog {
    file: BufWriter<File>,
    names: Vec<Option<Credential>>,
    endpoint: String,
    clock: Clock,
}

impl Sink<Sight> for CalloutLog {
    fn put(&mut self, sight: &Sight) -> io::Result<()> {
        let load = usize::try_from(sight.load).unwrap_or_default();
        let credential = self.names.get(load).and_then(Option::as_ref);
        lines(
            &mut self.file,
            sight,
            credential,
            &self.endpoint,
            &self.clock,
        )
    }

    fn finish(&mut self) -> io::Result<Vec<String>> {
        self.file.flush()?;
        Ok(Vec::new())
    }
}

/// Whose token a load sends.
struct Credential {
    name: String,
    is_apex: bool,
    retries: bool,
}

fn lines(
    file: &mut impl Write,
    sight: &Sight,
    credential: Option<&Credential>,
    endpoint: &str,
    clock: &Clock,
) -> io::Result<()> {
    let at = |instant: Nanos| wall::time_of_day(clock.unix(instant));
    let (began, ended) = (sight.began, sight.ended);
    let named = credential.filter(|credential| !credential.is_apex);
    let called = match named {
        Some(credential) => format!("callout:{}", credential.name),
        None => endpoint.to_owned(),
    };
    writeln!(
        file,
        "{} ({})|CALLOUT_REQUEST|[{LINE}]|System.HttpRequest[Endpoint={called}, Method=POST]",
        at(began),
        began.0
    )?;
    let status = sight
        .status
        .map_or_else(|| "none".to_owned(), |code| code.to_string());
    if let Some(Credential { name, retries, .. }) = named {
        let hash = sight.bearer.as_ref().map_or(0, credential_hash);
        let retries = if *retries { "True" } else { "False" };
        writeln!(
            file,
            "{} ({})|NAMED_CREDENTIAL_REQUEST|NamedCallout[Named Credential Id=, Named Credential \
             Name={name}, Endpoint={endpoint}, Method=POST, External Credential Type=EXTERNAL, HTTP \
             Header Authorization=Method: Bearer - Authorization Credential Hash: {hash}, Request \
             Size bytes={}, Retry on 401={retries}]",
            at(began),
            began.0,
            sight.request_bytes,
        )?;
        writeln!(
            file,
            "{} ({})|NAMED_CREDENTIAL_RESPONSE|NamedCallout[Named Credential Id=, Named Credential \
             Name={name}, Status Code={status}, Response Size bytes={}, Overall Callout Time ms={}, \
             Connect Time ms={}]",
            at(ended),
            ended.0,
            sight.response_bytes,
            (ended - began).0 / 1_000_000,
            sight.connect.0 / 1_000_000,
        )?;
    }
    writeln!(
        file,
        "{} ({})|CALLOUT_RESPONSE|[{LINE}]|System.HttpResponse[StatusCode={status}]",
        at(ended),
        ended.0
    )
}

/// A number that tells credentials apart and gives none away: 32 bits with a sign, as in
/// Salesforce's log; computed as Java's `String.hashCode` is, which is inferred.
fn credential_hash(bearer: &Bearer) -> i32 {
    bearer.reveal().bytes().fold(0_i32, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(i32::from(byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // `"hello".hashCode()` in Java.
    #[test]
    fn a_credential_s_hash_is_java_s() {
        let bearer = Bearer::new(bytes::Bytes::from_static(b"Bearer hello"));
        assert_eq!(credential_hash(&bearer), 99_162_322);
    }
}
