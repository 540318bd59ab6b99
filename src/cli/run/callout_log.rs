//! The log of `--log-callouts`, in the words of Salesforce's own debug log.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::event_file::{EventFile, EventWriter};
use crate::cli::exit::Failure;
use crate::cli::files::{self, shown};
use crate::cli::wall;
use crate::clock::Clock;
use crate::engine::CalloutEvent;
use crate::plan::{Plan, TokenSource};
use crate::secret::Bearer;
use crate::summary::Warning;
use crate::units::Nanos;

/// The line of Apex code that the log names for every callout.
const LINE: u32 = 85;

/// Writes each callout as Salesforce's debug log does.
pub(super) fn callout_log(
    path: &Path,
    plan: &Plan,
    clock: Clock,
) -> Result<EventFile<CalloutEvent>, Failure> {
    // An existing file may be anything, such as the scenario or a key.
    if path
        .symlink_metadata()
        .is_ok_and(|there| there.is_file() && there.len() > 0)
    {
        let what = anyhow::anyhow!("{} already exists", shown(path));
        return Err(Failure::environment(what).hint(
            "name another file; leadbench does not \
            overwrite files",
        ));
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
    EventFile::start_in(files::begin(path), shown(path), |file| {
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

impl EventWriter<CalloutEvent> for CalloutLog {
    fn put(&mut self, event: &CalloutEvent) -> io::Result<()> {
        let load = usize::try_from(event.load).unwrap_or_default();
        let credential = self.names.get(load).and_then(Option::as_ref);
        let (file, endpoint, clock) = (&mut self.file, &self.endpoint, &self.clock);
        lines(file, event, credential, endpoint, clock)
    }

    fn finish(&mut self) -> io::Result<Vec<Warning>> {
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
    event: &CalloutEvent,
    credential: Option<&Credential>,
    endpoint: &str,
    clock: &Clock,
) -> io::Result<()> {
    let at = |instant: Nanos| wall::time_of_day(clock.unix(instant));
    let (began, ended) = (event.began, event.ended);
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
    let status = event
        .status
        .map_or_else(|| "none".to_owned(), |code| code.to_string());
    if let Some(Credential { name, retries, .. }) = named {
        let hash = event.bearer.as_ref().map_or(0, credential_hash);
        let retries = if *retries { "True" } else { "False" };
        writeln!(
            file,
            "{} ({})|NAMED_CREDENTIAL_REQUEST|NamedCallout[Named Credential Id=, Named Credential \
             Name={name}, Endpoint={endpoint}, Method=POST, External Credential Type=EXTERNAL, HTTP \
             Header Authorization=Method: Bearer - Authorization Credential Hash: {hash}, Request \
             Size bytes={}, Retry on 401={retries}]",
            at(began),
            began.0,
            event.request_bytes,
        )?;
        writeln!(
            file,
            "{} ({})|NAMED_CREDENTIAL_RESPONSE|NamedCallout[Named Credential Id=, Named Credential \
             Name={name}, Status Code={status}, Response Size bytes={}, Overall Callout Time ms={}, \
             Connect Time ms={}]",
            at(ended),
            ended.0,
            event.response_bytes,
            (ended - began).0 / 1_000_000,
            event.connect.0 / 1_000_000,
        )?;
    }
    writeln!(
        file,
        "{} ({})|CALLOUT_RESPONSE|[{LINE}]|System.HttpResponse[StatusCode={status}]",
        at(ended),
        ended.0
    )
}

/// A number that distinguishes credentials without revealing them: 32 bits with a sign, as in
/// Salesforce's log; computed like Java's `String.hashCode`, which is inferred.
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
