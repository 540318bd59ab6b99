//! What is written down of each callout while the load goes on: `created.csv`, and the log of
//! `--log-callouts` in the words of Salesforce's own debug log.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anyhow::Context as _;
use crossbeam_channel::Receiver;

use crate::cli::exit::Failure;
use crate::cli::{files, stdio, wall};
use crate::clock::Clock;
use crate::engine::{CreatedLead, Sight, Witness};
use crate::lead::Leads;
use crate::plan::{Plan, TokenSource};
use crate::secret::Bearer;
use crate::units::Nanos;

/// The name of the file of what was created.
pub(super) const CREATED: &str = "created.csv";

/// The line of Apex that every callout is said to come from.
const LINE: u32 = 85;

/// A thread that writes down what it is handed, until nobody hands it anything.
pub(super) struct Writing<T> {
    witness: Arc<Witness<T>>,
    thread: JoinHandle<std::io::Result<()>>,
    what: String,
}

impl<T: Send + 'static> Writing<T> {
    pub(super) fn start(
        path: &Path,
        write: impl Fn(&mut BufWriter<File>, &T) -> std::io::Result<()> + Send + 'static,
        head: &str,
    ) -> Result<Self, Failure> {
        let what = path.display().to_string();
        let file = files::begin(path)
            .with_context(|| format!("could not make {what}"))
            .map_err(Failure::environment)?;
        let mut file = BufWriter::new(file);
        file.write_all(head.as_bytes())
            .with_context(|| format!("could not write {what}"))
            .map_err(Failure::environment)?;
        let (witness, sights): (_, Receiver<T>) = Witness::new();
        let thread = thread::Builder::new()
            .name("writing".to_owned())
            .spawn(move || {
                for sight in sights {
                    write(&mut file, &sight)?;
                }
                file.flush()
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

    /// Waits until all is written, once every caller is gone, and says what is not.
    pub(super) fn finish(self) {
        let missed = self.witness.missed();
        drop(self.witness);
        if missed > 0 {
            stdio::note(&format!(
                "warning: {missed} callouts are not in {}: they came faster than it could be written",
                self.what
            ));
        }
        match self.thread.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                stdio::note(&format!("warning: {} is not whole: {error}", self.what));
            }
            Err(_) => stdio::note(&format!("warning: {} is not whole", self.what)),
        }
    }
}

/// Writes what was created, for a test system to be cleaned by.
pub(super) fn created(
    folder: &Path,
    leads: Vec<Leads>,
    clock: Clock,
) -> Result<Writing<CreatedLead>, Failure> {
    let write = move |file: &mut BufWriter<File>, created: &CreatedLead| {
        let leads = usize::try_from(created.load)
            .ok()
            .and_then(|load| leads.get(load));
        let lead = leads.map(|leads| leads.id(created.seq));
        let at = wall::stamp(clock.unix(created.at));
        writeln!(
            file,
            "{},{},{},{at},{}",
            lead.as_ref().map_or("", crate::ids::Id::as_str),
            csv_cell(&created.id),
            created.status,
            created.is_duplicate
        )
    };
    let head = "lead_id,created_id,status,at,duplicate\n";
    Writing::start(&folder.join(CREATED), write, head)
}

/// A cell that is no formula and needs no second thought.
pub(super) fn csv_cell(text: &str) -> String {
    let tame: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    let is_plain = tame
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-.:".contains(c))
        && !tame.starts_with(['-', '=', '+', '@']);
    if is_plain {
        tame
    } else {
        format!("\"'{}\"", tame.replace('"', "\"\""))
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
        let what = anyhow::anyhow!("{} is there already", path.display());
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
    let write = move |file: &mut BufWriter<File>, sight: &Sight| {
        let load = usize::try_from(sight.load).unwrap_or_default();
        let credential = names.get(load).and_then(Option::as_ref);
        lines(file, sight, credential, &endpoint, &clock)
    };
    Writing::start(path, write, "")
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
) -> std::io::Result<()> {
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

    #[test]
    fn a_cell_is_never_a_formula() {
        assert_eq!(csv_cell("a00-1"), "a00-1");
        assert_eq!(csv_cell("=1+1"), "\"'=1+1\"");
        assert_eq!(csv_cell("a\",b\n"), "\"'a\"\",b\"");
    }
}
