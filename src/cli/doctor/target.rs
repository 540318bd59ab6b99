//! The way to the target, by what a run does before its load.

use std::net::SocketAddr;
use std::time::Duration;

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::finding::Finding;
use crate::cli::exit::{Code, Failure, LIMITED, TOO_MANY_REQUESTS};
use crate::client::{Attempt, ConnectTimings, TlsSession};
use crate::clock::date;
use crate::keys::ShownCertificate;
use crate::plan::{Lifetime, Plan};
use crate::report;
use crate::runner::{self, Keys, Rehearsal, RunFailure, Setting};
use crate::sample::Outcome;

/// How far the clocks may be apart. `Date` has whole seconds.
const APART_S: f64 = 2.0;

/// Makes the steps before a load, with one callout for each key, and says what they show.
pub(super) fn findings(
    plan: &Plan,
    keys: &Keys,
    setting: &Setting,
) -> Result<Vec<Finding>, Failure> {
    let entropy = crate::cli::run::identity::entropy();
    let rehearsal = match runner::rehearse(plan, keys, setting, entropy) {
        Ok(rehearsal) => rehearsal,
        Err(failure) => {
            let failure = Failure::from(failure);
            return match failure.code() {
                Code::Environment => Ok(vec![Finding::failed("connection", &failure)]),
                _ => Err(failure),
            };
        }
    };
    let Rehearsal {
        peer,
        tls,
        ready,
        callouts,
    } = rehearsal;
    let made = callouts.iter().filter_map(|(sent, ended)| {
        let attempt = sent.attempt.as_ref().ok()?;
        Some((attempt, *ended))
    });
    let first = made.clone().next();
    let mut findings = Vec::from_iter(connection(peer, first.map(|(attempt, _)| attempt)));
    findings.extend(tls.as_ref().map(session));
    findings.extend(readiness(plan, ready));
    for (number, (sent, _)) in callouts.iter().enumerate() {
        let of = owner(plan, keys, number);
        findings.push(match &sent.attempt {
            Ok(attempt) => callout(attempt, &of),
            Err(why) => no_access_token(why, &of),
        });
    }
    if let Some((attempt, _)) = made.clone().find(|(attempt, _)| attempt.outcome.is_ok()) {
        findings.push(keep_alive(plan, attempt));
        findings.push(server_timing(attempt));
    }
    findings.extend(first.and_then(|(attempt, ended)| clocks(attempt, ended)));
    Ok(findings)
}

/// Which of several callouts this is, by its load and key: `load "leads", key lead_signing: `.
fn owner(plan: &Plan, keys: &Keys, number: usize) -> String {
    let credential = keys.credentials.get(number);
    let credential = credential.filter(|_| keys.credentials.len() > 1);
    let named = credential.and_then(|one| {
        let load = plan.loads.get(*one.loads.first()?)?;
        Some(format!("load {:?}, key {}: ", load.name, one.auth.key))
    });
    named.unwrap_or_default()
}

/// How the connection came about; `None` if there was none, which the finding of its callout says.
fn connection(peer: SocketAddr, first: Option<&Attempt>) -> Option<Finding> {
    if first.is_some_and(|attempt| attempt.first_write.is_none()) {
        return None;
    }
    let spent = first.map_or_else(ConnectTimings::default, |attempt| attempt.spent);
    let parts = [
        ("name lookup", spent.dns),
        ("TCP", spent.connect),
        ("TLS", spent.tls),
    ];
    let parts = parts
        .into_iter()
        .filter_map(|(what, span)| Some(format!(", {what} {}", span?)));
    let found = parts.fold(peer.to_string(), |found, part| found + &part);
    Some(Finding::ok("connection", found))
}

fn readiness(plan: &Plan, ready: Result<(), RunFailure>) -> Option<Finding> {
    let path = plan.target.ready.as_deref()?;
    Some(match ready {
        Ok(()) => Finding::ok("readiness", format!("{path} answers that it is ready")),
        Err(failure) => Finding::failed("readiness", &failure.into()),
    })
}

fn no_access_token(why: &str, of: &str) -> Finding {
    let hint = report::hint(Outcome::TokenEndpoint.as_str(), None, why);
    let remedy = hint.unwrap_or("leadbench probe shows more");
    Finding::fault("access token", format!("{of}{why}"), remedy)
}

fn session(tls: &TlsSession) -> Finding {
    let alpn = tls.alpn.as_deref().unwrap_or("nothing");
    let own = tls.chain.first();
    let shown = own.and_then(|der| ShownCertificate::from_der(der).ok());
    let shown = shown.map_or_else(String::new, |shown| format!("; {shown}"));
    Finding::ok(
        "TLS",
        format!("{}, {}, ALPN chose {alpn}{shown}", tls.version, tls.cipher),
    )
}

fn callout(attempt: &Attempt, of: &str) -> Finding {
    let span = attempt.ended - attempt.began;
    let said = attempt.complaint().unwrap_or_default();
    if attempt.outcome.is_ok() {
        let status = attempt.status.unwrap_or_default();
        return Finding::ok(
            "probe callout",
            format!("{of}answered with status {status} after {span}"),
        );
    }
    // What a target says of a refusal begins with the status.
    let found = match (attempt.status, &attempt.failed) {
        (Some(status), Some(_)) => format!("{of}status {status}, and then {said}"),
        (Some(400..), None) => format!("{of}refused: {said}"),
        (Some(_), None) => format!("{of}not a success: {said}"),
        (None, _) => format!("{of}{}: {said}", attempt.outcome),
    };
    let hint = match attempt.status {
        Some(TOO_MANY_REQUESTS) => Some(LIMITED),
        status => report::hint(attempt.outcome.as_str(), status, &said),
    };
    let remedy = hint.unwrap_or("leadbench probe shows the request and the answer");
    Finding::fault("probe callout", found, remedy)
}

fn keep_alive(plan: &Plan, attempt: &Attempt) -> Finding {
    let closes = attempt.fields.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("connection") && value.eq_ignore_ascii_case("close")
    });
    let connections = &plan.target.connections;
    if closes && connections.lifetime != Lifetime::PerCallout {
        return Finding::note(
            "keep-alive",
            "the target closes the connection after its answer, so each callout pays for a new one",
            "turn keep-alive on at the target; an org keeps its connections",
        );
    }
    Finding::ok("keep-alive", connections.to_string())
}

fn server_timing(attempt: &Attempt) -> Finding {
    match attempt.server.total {
        Some(total) => Finding::ok(
            "Server-Timing",
            format!("{total} by the server's own account"),
        ),
        None => Finding::note(
            "Server-Timing",
            "the answer has none, so a report cannot distinguish the server from the network",
            "let the API send it: docs/SERVER-TIMING.md",
        ),
    }
}

/// Compares the clocks of the target and of this machine; `None` if the answer lacks `Date`.
fn clocks(attempt: &Attempt, ended: Duration) -> Option<Finding> {
    let said = attempt.fields.iter();
    let mut said = said.filter(|(name, _)| name.eq_ignore_ascii_case("date"));
    let theirs = http_date(&said.next()?.1)?;
    // The second in which the answer was made is known, and not when in it.
    let ahead = (date(ended) - theirs).as_seconds_f64() - 0.5;
    if ahead.abs() <= APART_S {
        return Some(Finding::ok(
            "clocks",
            "this one agrees with the target's to about a second",
        ));
    }
    let (way, effect) = if ahead > 0.0 {
        ("ahead of", "tokens may count as not yet valid")
    } else {
        ("behind", "tokens may count as expired")
    };
    Some(Finding::note(
        "clocks",
        format!(
            "this machine is {:.0} s {way} the target: {effect}",
            ahead.abs()
        ),
        "synchronize both clocks (NTP)",
    ))
}

/// A date as HTTP writes it (RFC 9110, section 5.6.7, IMF-fixdate).
fn http_date(text: &str) -> Option<OffsetDateTime> {
    const FORM: &[BorrowedFormatItem<'_>] = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let date = PrimitiveDateTime::parse(text, FORM).ok()?;
    Some(date.assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Nanos;

    fn told(date: &str, ended_s: u64) -> Option<Finding> {
        let attempt = Attempt {
            fields: vec![("date".to_owned(), date.to_owned())],
            ..Attempt::begun(Nanos::ZERO)
        };
        clocks(&attempt, Duration::from_secs(ended_s))
    }

    // The time that a refused connection took is not a handshake.
    #[test]
    fn a_connection_that_was_not_made_is_not_told() {
        let peer = SocketAddr::from(([127, 0, 0, 1], 8080));
        let mut attempt = Attempt::begun(Nanos::ZERO);
        attempt.spent.connect = Some(Nanos::from_millis(3));
        assert_eq!(connection(peer, Some(&attempt)), None);
        attempt.first_write = Some(Nanos::from_millis(4));
        let told = connection(peer, Some(&attempt)).unwrap().to_string();
        assert!(told.contains("127.0.0.1:8080, TCP 3.00 ms"), "{told}");
    }

    // 784111777 is the example of RFC 9110, section 5.6.7.
    #[test]
    fn clocks_that_are_apart_are_told_with_their_direction() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert!(!told(date, 784_111_778).unwrap().is_note());
        let ahead = told(date, 784_111_787).unwrap();
        assert!(ahead.is_note());
        assert!(ahead.to_string().contains("ahead of the target"), "{ahead}");
        let behind = told(date, 784_111_700).unwrap();
        assert!(behind.to_string().contains("behind the target"), "{behind}");
        assert_eq!(told("yesterday", 784_111_778), None);
    }
}
