//! A callout as text: request, answer, TLS, token, phases.

use std::fmt::Write as _;

use crate::cli::exit::Failure;
use crate::cli::token;
use crate::client::{Attempt, TlsSession};
use crate::keys::ShownCertificate;
use crate::plan::{Address, Plan};
use crate::report;
use crate::runner::Probed;
use crate::sample::{MetricNames, ServerTiming};
use crate::secret::{without_secrets, without_tokens};
use crate::units::Nanos;

/// Characters of a body that are shown.
const BODY_SHOWN: usize = 1024;

/// Header fields whose value is always a secret.
const SECRET_FIELDS: [&str; 3] = ["authorization", "proxy-authorization", "set-cookie"];

/// Everything about a callout, without its secrets.
pub(super) fn shown(plan: &Plan, probed: &Probed) -> Result<String, Failure> {
    let sent = &probed.sent;
    let mut sections = vec![("Request", request(plan, probed))];
    sections.extend(probed.tls.as_ref().map(|tls| ("TLS", session(tls))));
    match &sent.attempt {
        Ok(attempt) => sections.extend([
            ("Answer", answer(attempt, probed)),
            ("Phases", phases(attempt)),
            (
                "Server-Timing",
                server_timing(attempt.server, &sent.metrics),
            ),
        ]),
        Err(why) => sections.push(("Token endpoint", why.clone())),
    }
    if let (Some(minted), Some((key, algorithm))) = (&sent.minted, &probed.signed_with) {
        sections.push(("Token", token::describe(minted, *algorithm, key)?));
    }
    if let Ok(attempt) = &sent.attempt {
        let said = attempt.complaint().unwrap_or_default();
        let hint = report::hint(attempt.outcome.as_str(), attempt.status, &said);
        let hint = hint.filter(|_| !attempt.outcome.is_ok());
        sections.extend(hint.map(|hint| ("Hint", hint.to_owned())));
    }
    let sections: Vec<_> = sections.into_iter().map(section).collect();
    Ok(sections.join("\n"))
}

fn section((name, body): (&str, String)) -> String {
    body.lines()
        .fold(format!("{name}\n"), |text, line| text + "  " + line + "\n")
}

fn request(plan: &Plan, probed: &Probed) -> String {
    let sent = &probed.sent;
    let to = match &plan.target.address {
        Address::Embedded(_) => "the embedded target".to_owned(),
        address @ Address::Url { .. } => address.to_string(),
    };
    format!(
        "to {to}\n{}\n{}",
        without_query(&sent.template.describe(&sent.callout)),
        body(&sent.callout.body.to_bytes(), probed)
    )
}

/// A request whose first line has no query: it may hold secrets, also short ones.
fn without_query(request: &str) -> String {
    let (line, rest) = request.split_once('\n').unwrap_or((request, ""));
    match (line.split_once('?'), line.rsplit_once(' ')) {
        (Some((path, _)), Some((_, version))) => format!("{path}?REDACTED {version}\n{rest}"),
        _ => request.to_owned(),
    }
}

/// The answer, or why there was none.
fn answer(attempt: &Attempt, probed: &Probed) -> String {
    let Some(status) = attempt.status else {
        let said = attempt.complaint().unwrap_or_default();
        return format!("none: {said} ({})\n", attempt.outcome);
    };
    let mut text = format!("status {status}, counted as {}\n", attempt.outcome);
    for (name, value) in &attempt.fields {
        let value = if SECRET_FIELDS.contains(&name.as_str()) {
            "<redacted>".to_owned()
        } else {
            harmless(value, probed)
        };
        writeln!(text, "{name}: {value}").unwrap_or_default();
    }
    let shown = body(&attempt.body, probed);
    format!("{text}\n{shown}")
}

/// The first part of a body, as text.
fn body(bytes: &[u8], probed: &Probed) -> String {
    if bytes.is_empty() {
        return "(no body)\n".to_owned();
    }
    let text = harmless(&String::from_utf8_lossy(bytes), probed);
    let shown: String = text.chars().take(BODY_SHOWN).collect();
    // What was struck out is not left out.
    if shown.len() < text.len() {
        format!("{shown}... ({} bytes)\n", bytes.len())
    } else {
        format!("{shown}\n")
    }
}

/// A text of the target without control characters and without the callout's secrets.
fn harmless(text: &str, probed: &Probed) -> String {
    let sent = &probed.sent;
    let bearer = sent.callout.bearer.as_ref();
    let signed = sent.minted.as_ref().map(|minted| &minted.bearer);
    let tokens = bearer.into_iter().chain(signed);
    let tokens = tokens.map(|bearer| bearer.reveal().as_bytes());
    let text = without_secrets(text, tokens.chain(sent.template.secrets()));
    let text = without_tokens(&text, |_| crate::secret::STRUCK.to_owned());
    let visible = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    text.chars().map(visible).collect()
}

fn session(tls: &TlsSession) -> String {
    let alpn = tls.alpn.as_deref().unwrap_or("nothing");
    let mut text = format!("{}, {}, ALPN chose {alpn}\n", tls.version, tls.cipher);
    for der in &tls.chain {
        match ShownCertificate::from_der(der) {
            Ok(shown) => writeln!(text, "certificate {shown}"),
            Err(error) => writeln!(text, "certificate: {error}"),
        }
        .unwrap_or_default();
    }
    text
}

/// Where the time of the callout went.
fn phases(attempt: &Attempt) -> String {
    let between = |from: Option<Nanos>, to: Option<Nanos>| Some(to? - from?);
    let rows = [
        ("name lookup", attempt.spent.dns),
        ("connect", attempt.spent.connect),
        ("TLS handshake", attempt.spent.tls),
        ("send", between(attempt.first_write, attempt.last_write)),
        (
            "wait for the first byte",
            between(
                attempt.last_write.or(attempt.first_write),
                attempt.first_arrival,
            ),
        ),
        ("receive", between(attempt.first_arrival, attempt.last_read)),
        ("in all", Some(attempt.ended - attempt.began)),
    ];
    let mut text = String::new();
    for (name, span) in rows {
        if let Some(span) = span {
            writeln!(text, "{name:<24}{span}").unwrap_or_default();
        }
    }
    text
}

fn server_timing(read: ServerTiming, names: &MetricNames) -> String {
    let names = names.all();
    let mut text = match read.total {
        Some(total) => format!("the server's own account: {total}\n"),
        None => "none: leadbench cannot distinguish the server's part of the wait \
             (docs/SERVER-TIMING.md)\n"
            .to_owned(),
    };
    for (place, span) in read.metrics() {
        if let Some(name) = names.get(place) {
            writeln!(text, "{name}: {span}").unwrap_or_default();
        }
    }
    text
}
