//! `[auth]` to the settings of a token.

use super::claims::{self, Extras};
use super::exchange::exchange;
use super::minting;
use super::names::names;
use super::subject_formula::subjects;
use super::unique_name::unique_name;
use crate::plan::{Algorithm, Audience, Auth, SigningMode, Subject, TokenSource};
use crate::scenario::table::at::At;
use crate::scenario::table::value::Lasting;
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::auth::AuthTable;
use crate::scenario::written::matrix::MatrixTable;
use crate::units::Nanos;

/// The longest that a token is replaced before its end where nothing is said.
const RENEW_BEFORE_MAX: Nanos = Nanos::from_secs(30);

/// `Some(None)` is a scenario that sends no token; `None` one with a fault.
#[expect(clippy::option_option, reason = "the outer one is whether it is valid")]
pub(super) fn auth(
    table: AuthTable,
    matrix: Option<&MatrixTable>,
    complaints: &Complaints,
) -> Option<Option<Auth>> {
    let source = table.source.as_ref().map(|source| source.0.mechanism());
    // Where no token is sent, the rest is read for what else is wrong with it.
    let mechanism = source.flatten().unwrap_or(TokenSource::NamedCredential);
    let valid_for = whole_seconds("valid_for", table.valid_for.as_ref(), complaints)
        .unwrap_or_else(|| mechanism.valid_for());
    let backdated = whole_seconds("nbf_clock_skew", table.nbf_clock_skew.as_ref(), complaints)
        .unwrap_or_else(|| mechanism.backdated());
    let minting = minting::minting(&table, mechanism, matrix, complaints);
    let of_exchange = |table| exchange(table, complaints).map(Some);
    let exchange = table.exchange.as_ref().map_or(Some(None), of_exchange);
    let renew_before = renew_before(&table, &minting.modes, valid_for, complaints);
    if source?.is_none() {
        return Some(None);
    }
    lacks(&table, mechanism, complaints);
    let extras = claims::extras(&table, mechanism, complaints);
    let names = names(&table, mechanism, complaints);
    let algorithm = algorithm(&table, mechanism, complaints);
    let subject = subject(&table, complaints);
    let refresh_on = refresh_on(&table, mechanism, complaints);
    let key = table
        .key
        .and_then(|key| unique_name("key", key, complaints));
    let Extras {
        claims,
        header,
        other_kid,
    } = extras?;
    let names = names?;
    Some(Some(Auth {
        source: mechanism,
        algorithm: algorithm?,
        key: key?,
        other_kid: names.kid.or(other_kid),
        key_bits: None,
        issuer: table.issuer.map(|issuer| issuer.value.0),
        subject: subject?,
        audience: table.audience.map(|audience| audience.value.0),
        header_order: names.header,
        claim_order: names.claims,
        claims,
        header,
        backdated,
        valid_for,
        clock_skew: table.clock_skew.0,
        mint: minting.mint,
        signing: minting.signing,
        renew_before,
        exchange: exchange?,
        refresh_on: refresh_on?,
    }))
}

/// Complains of what the mechanism cannot do without.
///
/// An External Credential without `iss`, `sub` and `aud` is legal, unless a claim is set:
/// then Salesforce asks for all three.
fn lacks(table: &AuthTable, mechanism: TokenSource, complaints: &Complaints) {
    let has = |name: &str| table.header.has(name);
    let may_lack_claims = mechanism == TokenSource::ExternalCredential
        && !["issuer", "subject", "audience", "claims", "subject_formula"]
            .into_iter()
            .any(has);
    for (name, example) in [
        ("key", "lead_signing"),
        ("issuer", "https://acme.my.salesforce.com"),
        ("subject", "integration@acme.example"),
        ("audience", "https://api.example.com/leads"),
    ] {
        let is_needed = name == "key" || !may_lack_claims;
        let is_there = has(name) || (name == "subject" && has("subject_formula"));
        if is_needed && !is_there {
            let hint =
                format!("add {name} = {example:?}, or set source = \"none\" to send no token");
            let message = format!("[auth] needs the key `{name}`");
            complaints.lack(table.header.span, message, hint);
        }
    }
    if let Some(audience) = &table.audience
        && let Audience::Many(_) = audience.0
        && mechanism == TokenSource::ApexJws
    {
        let message = "`audience`: `setAud` of Auth.JWT takes one string";
        let hint = "write one string, or source = \"named-credential\" or \"external-credential\"";
        complaints.advise(audience.span, message, hint);
    }
}

/// Whom tokens speak for; the outer `None` is a fault.
#[expect(clippy::option_option, reason = "the outer one is whether it is valid")]
fn subject(table: &AuthTable, complaints: &Complaints) -> Option<Option<Subject>> {
    let header = &table.header;
    let Some(formula) = &table.subject_formula else {
        let hint = "leave it out, or write subject_formula = \"'User=' + $User.Id\"";
        if header.requires("users", "`subject_formula`", hint, complaints) {
            return None;
        }
        let fixed = table.subject.as_ref();
        return Some(fixed.map(|subject| Subject::Fixed(subject.0.clone())));
    };
    let hint = "leave one of them out";
    if header.exclude("subject", "subject_formula", hint, complaints) {
        return None;
    }
    let subjects = subjects(&formula.0, table.users.0)
        .map_err(|why| complaints.add(formula.span, format!("`subject_formula` {why}")));
    Some(Some(Subject::PerUser(subjects.ok()?.into())))
}

/// The statuses that ask for a fresh token: 401, and those that an External Credential adds.
fn refresh_on(
    table: &AuthTable,
    mechanism: TokenSource,
    complaints: &Complaints,
) -> Option<Vec<u16>> {
    let mut statuses: Vec<u16> = table.retry_on_401.then_some(401).into_iter().collect();
    let Some(given) = &table.refresh_on else {
        return Some(statuses);
    };
    if mechanism != TokenSource::ExternalCredential {
        let message = format!("`refresh_on`: {mechanism} refreshes its token after a 401 only");
        let hint = "leave it out, or write source = \"external-credential\"";
        complaints.advise(given.span, message, hint);
        return None;
    }
    for status in &given.value {
        let Ok(code @ (400..=499 | 600..=999)) = u16::try_from(status.0) else {
            let message = format!("`refresh_on`: {} is not allowed", status.0);
            let hint = "write statuses from 400 to 499, or from 600 to 999";
            complaints.advise(status.span, message, hint);
            return None;
        };
        statuses.push(code);
    }
    Some(statuses)
}

/// The algorithm, of those that the mechanism offers.
fn algorithm(
    table: &AuthTable,
    mechanism: TokenSource,
    complaints: &Complaints,
) -> Option<Algorithm> {
    let algorithm = table.algorithm.0;
    let is_offered = mechanism.algorithms().contains(&algorithm);
    if !is_offered {
        let message = format!("`algorithm`: {mechanism} signs with RS256 only");
        let hint = "write \"RS256\", or source = \"external-credential\"";
        complaints.advise(table.algorithm.span, message, hint);
    }
    is_offered.then_some(algorithm)
}

/// When a token that is used again is replaced.
fn renew_before(
    table: &AuthTable,
    modes: &[SigningMode],
    valid_for: Nanos,
    complaints: &Complaints,
) -> Nanos {
    let Some(margin) = &table.renew_before else {
        return Nanos(valid_for.0 / 10).min(RENEW_BEFORE_MAX);
    };
    if !modes.contains(&SigningMode::Reuse) {
        let hint = "leave it out, or write signing = \"reuse\"";
        let what = "signing = \"reuse\"";
        table
            .header
            .requires("renew_before", what, hint, complaints);
    }
    if margin.0 >= valid_for {
        let message = format!(
            "`renew_before` ({margin}) must be shorter than `valid_for` ({valid_for})",
            margin = margin.0
        );
        let of_life = table.valid_for.as_ref().map(|life| life.span);
        let span = margin.span.or_later(of_life.unwrap_or_default());
        let hint = "leave `renew_before` out, or write a shorter one";
        complaints.advise(span, message, hint);
    }
    margin.0
}

/// Instants in a token are whole numbers of seconds.
fn whole_seconds<const MIN: u64, const MAX: u64>(
    name: &str,
    given: Option<&At<Lasting<MIN, MAX>>>,
    complaints: &Complaints,
) -> Option<Nanos> {
    let (value, span) = (given?.0, given?.span);
    if !value.0.is_multiple_of(Nanos::SECOND.0) {
        let message = format!("`{name}` must be a whole number of seconds, not {value}");
        complaints.add(span, message);
    }
    Some(value)
}
