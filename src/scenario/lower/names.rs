//! Which members a token has, in which order, and what it calls its key.

use std::fmt::Display;

use crate::plan::{ClaimName, HeaderName, TokenSource};
use crate::scenario::table::at::At;
use crate::scenario::table::value::{Each, One};
use crate::scenario::table::words::Word;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::auth::AuthTable;

/// What the mechanism itself writes into a token.
pub(super) struct Names {
    pub(super) header: Vec<HeaderName>,
    pub(super) claims: Vec<ClaimName>,
    pub(super) kid: Option<String>,
}

/// Reads `header_order`, `claim_order`, `jti` and `kid`; `None` where there is a fault in them.
pub(super) fn names(
    table: &AuthTable,
    mechanism: TokenSource,
    complaints: &Complaints,
) -> Option<Names> {
    let header = match &table.header_order {
        None => Some(mechanism.header_order().to_vec()),
        Some(given) => listed("header_order", given, HeaderName::Alg, complaints),
    };
    let claims = match &table.claim_order {
        None => Some(usual_claims(table, mechanism)),
        Some(given) => listed("claim_order", given, ClaimName::Exp, complaints)
            .filter(|order| agrees(table, given, order, complaints)),
    };
    let is_sent = header
        .as_ref()
        .is_none_or(|header| header.contains(&HeaderName::Kid));
    let has_one_kid = one_kid(table, is_sent, complaints);
    Some(Names {
        header: header?,
        claims: claims?,
        kid: table.kid.as_ref().map(|kid| kid.0.clone()),
    })
    .filter(|_| has_one_kid)
}

/// Whether the `kid` is set in one place at most, and in none where it is not sent.
fn one_kid(table: &AuthTable, is_sent: bool, complaints: &Complaints) -> bool {
    let own = table.kid.as_ref().map(|kid| kid.span);
    let claims = table
        .header_claims
        .iter()
        .flat_map(|claims| &claims.entries);
    let of_header = claims
        .filter(|entry| entry.key == "kid")
        .map(|entry| entry.key_span)
        .next();
    let (span, problem, hint) = match (own, of_header) {
        (Some(span), Some(_)) => (
            span,
            "[auth.header_claims] sets it too",
            "leave one of them out",
        ),
        (Some(span), None) | (None, Some(span)) if !is_sent => (
            span,
            "`header_order` leaves it out",
            "leave `kid` out, or add it to `header_order`",
        ),
        _ => return true,
    };
    complaints.advise(span, format!("`kid`: {problem}"), hint);
    false
}

/// The claims of the mechanism, with or without a `jti` where that is asked for.
fn usual_claims(table: &AuthTable, mechanism: TokenSource) -> Vec<ClaimName> {
    let usual = mechanism.claim_order();
    let has_jti = table.jti.as_deref().copied();
    let has_jti = has_jti.unwrap_or_else(|| usual.contains(&ClaimName::Jti));
    let others = usual.iter().copied().filter(|name| *name != ClaimName::Jti);
    others.chain(has_jti.then_some(ClaimName::Jti)).collect()
}

/// The names of a list, among them one that no token can do without.
fn listed<N: Display + PartialEq + Word>(
    key: &str,
    given: &At<Each<One<N>, 1>>,
    needed: N,
    complaints: &Complaints,
) -> Option<Vec<N>> {
    let names: Vec<N> = given.0.iter().map(|name| name.0).collect();
    if complaints.has_within(given.span) {
        return None;
    }
    let is_whole = names.contains(&needed);
    if !is_whole {
        let message = format!("`{key}` lacks `{needed}`, which every token needs");
        let hint = "add it; what the list leaves out is not sent";
        complaints.advise(given.span, message, hint);
    }
    is_whole.then_some(names)
}

/// Whether an order names the claims that are given values elsewhere.
fn agrees(
    table: &AuthTable,
    given: &At<Each<One<ClaimName>, 1>>,
    order: &[ClaimName],
    complaints: &Complaints,
) -> bool {
    let mut agrees = true;
    for (name, keys) in [
        (ClaimName::Iss, &["issuer"][..]),
        (ClaimName::Sub, &["subject", "subject_formula"]),
        (ClaimName::Aud, &["audience"]),
        (ClaimName::Nbf, &["nbf_clock_skew"]),
    ] {
        let key = keys.iter().find(|key| table.header.key(key).is_some());
        if let (Some(key), false) = (key, order.contains(&name)) {
            let message = format!("`claim_order` lacks `{name}`, and `{key}` is set");
            let hint = format!("name it in the list, or leave out `{key}`");
            complaints.advise(given.span, message, hint);
            agrees = false;
        }
    }
    let names_jti = order.contains(&ClaimName::Jti);
    if let Some(jti) = table.jti.as_ref().filter(|jti| jti.value != names_jti) {
        let (says, does, hint) = if names_jti {
            let hint = "leave `jti` out; to send none, leave jti out of `claim_order`";
            ("false", "names", hint)
        } else {
            let hint = "leave `jti` out; to send one, name jti in `claim_order`";
            ("true", "does not name", hint)
        };
        let message = format!("`jti` is {says}, and `claim_order` {does} it");
        complaints.advise(jti.span, message, hint);
        agrees = false;
    }
    agrees
}
