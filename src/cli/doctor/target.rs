//! The way to the target, by one callout.

use std::time::Duration;

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::finding::Finding;
use crate::cli::exit::{Code, Failure};
use crate::client::{Attempt, TlsSession};
use crate::clock::date;
use crate::keys::ShownCertificate;
use crate::plan::{Lifetime, Plan};
use crate::report;
use crate::runner::{self, Keys, Probed, Setting};
use crate::sample::Outcome;

/// How far the clocks may be apart. `Date` has whole seconds.
const APART_S: f64 = 2.0;

/// Makes one callout, marked as a probe, and says what it shows.
pub(super) fn findings(
    plan: &Plan,
    keys: Keys,
    setting: &Setting,
) -> Result<Vec<Finding>, Failure> {
    let entropy = crate::cli::run::identity::entropy();
    let probed = match runner::probe(plan, keys, setting, entropy) {
        Ok(probed) => probed,
        Err(failure) => {
            let failure = Failure::from(failure);
            return match failure.code() {
                Code::Environment => Ok(vec![Finding::failed("connection", &failure)]),
                _ => Err(failure),
            };
        }
    };
    let mut findings = Vec::new();
    let attempt = match &probed.sent.attempt {
        Ok(attempt) => attempt,
        Err(why) => {
            findings.push(connection(&probed, None));
            findings.extend(probed.tls.as_ref().map(session));
            let hint = report::hint(Outcome::TokenEndpoint.as_str(), None, why);
            let remedy = hint.unwrap_or("leadbench probe shows more");
            findings.push(Finding::fault("access token", why, remedy));
            return Ok(findings);
        }
    };
    findings.push(connection(&probed, Some(attempt)));
    findings.extend(probed.tls.as_ref().map(session));
    findings.push(callout(attempt));
    if attempt.outcome.is_ok() {
        findings.push(keep_alive(plan, attempt));
        findings.push(server_timing(attempt));
    }
    findings.extend(clocks(attempt, probed.ended));
    Ok(findings)
}

fn connection(probed: &Probed, attempt: Option<&Attempt>) -> Finding {
    let spent = attempt.map(|attempt| attempt.spent).unwrap_or_default();
    let parts = [
        ("name lookup", spent.dns),
        ("TCP", spent.connect),
        ("TLS", spent.tls),
    ];
    let parts = parts
        .into_iter()
        .filter_map(|(what, span)| Some(format!(", {what} {}", span?)));
    let found = parts.fold(probed.peer.to_string(), |found, part| found + &part);
    Finding::ok("connection", found)
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

fn callout(attempt: &Attempt) -> Finding {
    let span = attempt.ended - attempt.began;
    let said = attempt.complaint().unwrap_or_default();
    if attempt.outcome.is_ok() {
        let status = attempt.status.unwrap_or_default();
        return Finding::ok(
            "probe callout",
            format!("answered with status {status} after {span}"),
        );
    }
    let found = match attempt.status {
        Some(status) => format!("refused with status {status}: {said}"),
        None => format!("{}: {said}", attempt.outcome),
    };
    let hint = report::hint(attempt.outcome.as_str(), attempt.status, &said);
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

/// Compares the target's clock with this machine's; `None` if the answer has no date.
fn clocks(attempt: &Attempt, ended: Duration) -> Option<Finding> {
    let said = attempt.fields.iter();
    let mut said = said.filter(|(name, _)| name.eq_ignore_ascii_case("date"));
    let theirs = http_date(&said.next()?.1)?;
    // The second in which the answer was made is known, and not when in it.
    let ahead = (date(ended) - theirs).as_seconds_f64() - 0.5;
    if ahead.abs() <= APART_S {
        return Some(Finding::ok("clocks", "as the target's, to about a second"));
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
