//! `[auth.claims]` and `[auth.header_claims]` to members of a token.

use crate::plan::{Member, TokenSource};
use crate::scenario::table::keys::FromTable;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::tree::{Entry, Tree};
use crate::scenario::written::auth::AuthTable;

/// The claims that every token has, or may have, by other keys (RFC 7519, section 4.1).
const OF_THE_MECHANISM: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// The header members that Salesforce writes itself and that nothing else may change.
const FIXED: [&str; 2] = ["typ", "alg"];

/// What a user adds to a token.
#[derive(Debug, Default)]
pub(super) struct Extras {
    pub(super) claims: Vec<Member>,
    pub(super) header: Vec<Member>,
    pub(super) other_kid: Option<String>,
}

/// Reads both tables; `None` when there is a fault in them.
pub(super) fn extras(
    table: &AuthTable,
    mechanism: TokenSource,
    complaints: &Complaints,
) -> Option<Extras> {
    let mut extras = Extras::default();
    let mut is_whole = true;
    if let Some(claims) = &table.claims {
        let may = mechanism != TokenSource::NamedCredential;
        is_whole &= may || refuse_table(table, "claims", mechanism, complaints);
        for entry in &claims.entries {
            if OF_THE_MECHANISM.contains(&entry.key.as_str()) {
                let message = format!(
                    "`{}` is a standard claim; it cannot be a custom one",
                    entry.key
                );
                let hint = "set it by `issuer`, `subject`, `audience`, `valid_for`, `nbf_clock_skew` or `jti`";
                complaints.advise(entry.key_span, message, hint);
                is_whole = false;
            }
            match member(entry, complaints) {
                Some(member) => extras.claims.push(member),
                None => is_whole = false,
            }
        }
    }
    if let Some(claims) = &table.header_claims {
        let may = mechanism == TokenSource::ExternalCredential;
        is_whole &= may || refuse_table(table, "header_claims", mechanism, complaints);
        for entry in &claims.entries {
            is_whole &= header_member(entry, &mut extras, complaints);
        }
    }
    is_whole.then_some(extras)
}

/// One member of the header; false where there is a fault in it.
fn header_member(entry: &Entry, extras: &mut Extras, complaints: &Complaints) -> bool {
    if FIXED.contains(&entry.key.as_str()) {
        let message = format!("`{}` is written by Salesforce and cannot be set", entry.key);
        let hint = "leave it out; `algorithm` chooses between RS256 and RS512";
        complaints.advise(entry.key_span, message, hint);
        return false;
    }
    if entry.key != "kid" {
        let member = member(entry, complaints);
        let is_read = member.is_some();
        extras.header.extend(member);
        return is_read;
    }
    match &entry.node.value {
        Tree::String(kid) if !kid.is_empty() => {
            extras.other_kid = Some(kid.clone());
            true
        }
        other => {
            let message = format!(
                "`kid` must be a string of at least one character, not {}",
                other.kind()
            );
            complaints.add(entry.node.span, message);
            false
        }
    }
}

fn member(entry: &Entry, complaints: &Complaints) -> Option<Member> {
    let json = entry.node.value.json();
    if json.is_none() {
        let message = format!(
            "`{}`: {} cannot be written as JSON",
            entry.key,
            entry.node.value.kind()
        );
        let hint = "write a string, a number, true or false, an array or a table of these";
        complaints.advise(entry.node.span, message, hint);
    }
    Some(Member {
        name: entry.key.clone(),
        json: json?.to_string(),
    })
}

/// Says that a mechanism has no such table; always false.
fn refuse_table(
    table: &AuthTable,
    name: &str,
    mechanism: TokenSource,
    complaints: &Complaints,
) -> bool {
    let message = format!("[auth.{name}]: {mechanism} has no such table");
    let hint = match name {
        "claims" => "leave it out, or write source = \"external-credential\" or \"apex-jws\"",
        _ => "leave it out, or write source = \"external-credential\"",
    };
    complaints.advise(table.key_span(name), message, hint);
    false
}
