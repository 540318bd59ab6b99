//! `[auth]` to the settings of a token.

use super::claims::{self, Extras};
use super::names::names;
use super::subject_formula::subjects;
use crate::plan::{Algorithm, Audience, Auth, Mint, SigningMode, Subject, TokenSource};
use crate::scenario::table::reader::At;
use crate::scenario::table::value::Text;
use crate::scenario::table::words::{Minting, Source};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::span::Span;
use crate::scenario::written::exchange::exchange;
use crate::scenario::written::matrix::MatrixTable;
use crate::scenario::written::scenario::AuthTable;
use crate::units::{Nanos, Skew};

/// The longest that a token is given up before its time where nothing is said.
const RENEW_BEFORE_MAX: Nanos = Nanos::from_secs(30);

/// Users that take turns where nothing is said.
const USERS: u64 = 100;

/// `Some(None)` is a scenario that sends no token; `None` one with a fault.
#[expect(clippy::option_option, reason = "the outer one is whether it is valid")]
pub(super) fn auth(
    table: AuthTable,
    matrix: Option<&MatrixTable>,
    complaints: &Complaints,
) -> Option<Option<Auth>> {
    let source = table.source.as_ref().map(|source| source.value.0);
    let mechanism = match source {
        Some(Source::Salesforce(mechanism)) => mechanism,
        // Read on, for what else there is to complain of.
        Some(Source::None) | None => TokenSource::NamedCredential,
    };
    let seconds = |name, span: Option<(Span, Nanos)>, default| match span {
        Some((span, value)) => whole_seconds(name, (span, value), complaints),
        None => default,
    };
    let valid_for = table.valid_for.as_ref();
    let valid_for = seconds(
        "valid_for",
        valid_for.map(|at| (at.span, at.value.0)),
        mechanism.valid_for(),
    );
    let skew = table.nbf_clock_skew.as_ref();
    let backdated = seconds(
        "nbf_clock_skew",
        skew.map(|at| (at.span, at.value.0)),
        mechanism.backdated(),
    );
    let signing = table.signing.as_ref();
    let signing = signing.map_or(SigningMode::Pipeline, |mode| mode.value.0);
    let of_matrix = matrix.and_then(|matrix| matrix.signing.as_ref());
    if let (Some(_), Some(single)) = (of_matrix, table.header.key("signing")) {
        complaints
            .add(single, "`signing` says what [matrix] lets take turns")
            .hint("leave it out of [auth]");
    }
    let modes = match of_matrix {
        Some(modes) => modes.value.iter().map(|mode| mode.value.0).collect(),
        None => vec![signing],
    };
    let (mint, mut signing, modes) = mint(&table, mechanism, signing, modes, complaints);
    if table.exchange.is_some() {
        signing = exchanged(&table, signing, matrix, complaints);
    }
    let exchange = table
        .exchange
        .as_ref()
        .map(|table| exchange(table, complaints));
    let renew_before = renew_before(&table, &modes, valid_for, complaints);
    if source? == Source::None {
        return Some(None);
    }
    lacks(&table, mechanism, complaints);
    let extras = claims::extras(&table, mechanism, complaints);
    let names = names(&table, mechanism, complaints);
    let algorithm = algorithm(&table, mechanism, complaints);
    let subject = subject(&table, complaints);
    let refresh_on = refresh_on(&table, mechanism, complaints);
    let key = table.key.and_then(|key| unique_name(key, complaints));
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
        clock_skew: table
            .clock_skew
            .map_or_else(Skew::default, |skew| skew.value.0),
        mint,
        signing,
        renew_before,
        exchange: match exchange {
            None => None,
            Some(exchange) => Some(exchange?),
        },
        refresh_on: refresh_on?,
    }))
}

/// Complains of what the mechanism cannot do without.
///
/// An External Credential without `iss`, `sub` and `aud` is legal, unless a claim is set:
/// then Salesforce asks for all three.
fn lacks(table: &AuthTable, mechanism: TokenSource, complaints: &Complaints) {
    let has = |name: &str| table.header.key(name).is_some();
    let may_lack_claims = mechanism == TokenSource::ExternalCredential
        && !["issuer", "subject", "audience", "claims"]
            .into_iter()
            .any(has)
        && !has("subject_formula");
    for (name, example) in [
        ("key", "lead_signing"),
        ("issuer", "https://acme.my.salesforce.com"),
        ("subject", "integration@acme.example"),
        ("audience", "https://api.example.com/leads"),
    ] {
        let is_needed = name == "key" || !may_lack_claims;
        let is_there = has(name) || (name == "subject" && has("subject_formula"));
        if is_needed && !is_there {
            complaints
                .lack(table.header.span, format!("[auth] lacks the key `{name}`"))
                .hint(format!(
                    "add {name} = {example:?}, or set source = \"none\" to send no token"
                ));
        }
    }
    if let Some(audience) = &table.audience
        && let Audience::Many(_) = audience.value.0
        && mechanism == TokenSource::ApexJws
    {
        complaints.add(audience.span, "`audience`: `setAud` of Auth.JWT takes one string").hint("write a single string, or source = \"named-credential\" or \"external-credential\"");
    }
}

/// For which callouts a token is minted, and with it how and when it is signed.
fn mint(
    table: &AuthTable,
    mechanism: TokenSource,
    signing: SigningMode,
    modes: Vec<SigningMode>,
    complaints: &Complaints,
) -> (Mint, SigningMode, Vec<SigningMode>) {
    let is_given = table.signing.is_some() || modes.len() > 1;
    let Some(given) = &table.mint else {
        return (mechanism.mint(), signing, modes);
    };
    let mint = match given.value.0 {
        Minting::Cached if is_given && modes != [SigningMode::Reuse] => {
            complaints
                .add(given.span, "`mint`: what is cached is not signed anew")
                .hint("leave out `signing`, or write signing = \"reuse\", which says the same");
            mechanism.mint()
        }
        Minting::Cached => {
            return (
                Mint::PerCallout,
                SigningMode::Reuse,
                vec![SigningMode::Reuse],
            );
        }
        Minting::Anew(mint) => mint,
    };
    if modes == [SigningMode::Reuse] && given.value.0 != Minting::Cached {
        complaints
            .add(
                given.span,
                format!("`mint`: with signing = \"reuse\" no token is minted {mint}"),
            )
            .hint("leave it out, or write mint = \"cached\"");
    }
    if mint == Mint::PerSecond && modes.contains(&SigningMode::Presign) {
        complaints
            .add(
                given.span,
                "`mint`: tokens of a second are signed in it or just before",
            )
            .hint("write signing = \"pipeline\" or \"jit\"");
    }
    (mint, signing, modes)
}

/// How JWTs are signed that are exchanged: when an access token is needed.
fn exchanged(
    table: &AuthTable,
    signing: SigningMode,
    matrix: Option<&MatrixTable>,
    complaints: &Complaints,
) -> SigningMode {
    let is_given = table.signing.is_some();
    if is_given && !matches!(signing, SigningMode::Jit | SigningMode::None) {
        complaints
            .add(
                table.header.key("signing").unwrap_or(table.header.span),
                format!(
                    "`signing`: a JWT that is exchanged is not signed in the mode \"{signing}\""
                ),
            )
            .hint("leave it out: it is signed when an access token is needed");
    }
    for name in ["mint", "renew_before"] {
        if let Some(span) = table.header.key(name) {
            complaints
                .add(
                    span,
                    format!("`{name}` means nothing to a JWT that is exchanged"),
                )
                .hint("leave it out; [auth.exchange] renew says when an access token gives way");
        }
    }
    if let Some(matrix) = matrix {
        complaints
            .add(
                matrix.header.span,
                "[matrix] compares signatures, and few are made where tokens are exchanged",
            )
            .hint("leave out [auth.exchange]");
    }
    if is_given { signing } else { SigningMode::Jit }
}

/// Whom tokens speak for; the outer `None` is a fault.
#[expect(clippy::option_option, reason = "the outer one is whether it is valid")]
fn subject(table: &AuthTable, complaints: &Complaints) -> Option<Option<Subject>> {
    let Some(formula) = &table.subject_formula else {
        if let Some(users) = table.header.key("users") {
            complaints
                .add(users, "`users` means nothing without `subject_formula`")
                .hint("leave it out, or write subject_formula = \"'User=' + $User.Id\"");
            return None;
        }
        let fixed = table.subject.as_ref();
        return Some(fixed.map(|subject| Subject::Fixed(subject.value.0.clone())));
    };
    if let Some(span) = table.header.key("subject") {
        complaints
            .add(span, "`subject` and `subject_formula` exclude each other")
            .hint("leave one of them out");
        return None;
    }
    let users = table.users.as_ref().map_or(USERS, |users| users.value.0);
    match subjects(&formula.value.0, users) {
        Ok(subjects) => Some(Some(Subject::PerUser(subjects.into()))),
        Err(message) => {
            complaints.add(formula.span, format!("`subject_formula` {message}"));
            None
        }
    }
}

/// The statuses that ask for a fresh token: 401, and those that an External Credential adds.
fn refresh_on(
    table: &AuthTable,
    mechanism: TokenSource,
    complaints: &Complaints,
) -> Option<Vec<u16>> {
    let on_401 = table.retry_on_401.as_ref().is_none_or(|retry| retry.value);
    let mut statuses: Vec<u16> = on_401.then_some(401).into_iter().collect();
    let Some(given) = &table.refresh_on else {
        return Some(statuses);
    };
    if mechanism != TokenSource::ExternalCredential {
        complaints
            .add(
                given.span,
                format!("`refresh_on`: {mechanism} knows 401 alone"),
            )
            .hint("leave it out, or write source = \"external-credential\"");
        return None;
    }
    for status in &given.value {
        let Ok(code @ (400..=499 | 600..=999)) = u16::try_from(status.value.0) else {
            complaints
                .add(
                    status.span,
                    format!("`refresh_on`: {} cannot be set", status.value.0),
                )
                .hint("Salesforce takes 400 to 499, and 600 to 999");
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
    let Some(algorithm) = &table.algorithm else {
        // One that cannot be read has been complained of.
        return table
            .header
            .key("algorithm")
            .is_none()
            .then_some(Algorithm::Rs256);
    };
    let offered = mechanism.algorithms();
    if !offered.contains(&algorithm.value.0) {
        complaints
            .add(
                algorithm.span,
                format!("`algorithm`: {mechanism} signs RS256 and nothing else"),
            )
            .hint("write \"RS256\", or source = \"external-credential\"");
    }
    offered
        .contains(&algorithm.value.0)
        .then_some(algorithm.value.0)
}

/// When a token that is used again gives way to the next.
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
        let mode = modes.first().copied().unwrap_or(SigningMode::Pipeline);
        complaints
            .add(
                table.header.key("renew_before").unwrap_or(margin.span),
                format!("`renew_before` means nothing to signing = \"{mode}\""),
            )
            .hint("leave it out, or write signing = \"reuse\"");
    }
    if margin.value.0 >= valid_for {
        complaints.add(
            margin.span,
            format!(
                "`renew_before`: {} leaves nothing of a validity of {valid_for}",
                margin.value.0
            ),
        );
    }
    margin.value.0
}

/// Instants in a token are whole numbers of seconds.
fn whole_seconds(name: &str, (span, value): (Span, Nanos), complaints: &Complaints) -> Nanos {
    if !value.0.is_multiple_of(Nanos::SECOND.0) {
        complaints.add(
            span,
            format!("`{name}`: {value} is no whole number of seconds"),
        );
    }
    value
}

/// The rules of Certificate and Key Management.
pub(super) fn unique_name(key: At<Text<1, 80>>, complaints: &Complaints) -> Option<String> {
    let At {
        value: Text(name),
        span,
    } = key;
    let is_legal = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.contains("__")
        && !name.ends_with('_');
    if !is_legal {
        refuse(&name, span, complaints);
    }
    is_legal.then_some(name)
}

fn refuse(name: &str, span: Span, complaints: &Complaints) {
    complaints
        .add(
            span,
            format!("`key`: {name:?} is no unique name that Salesforce would take"),
        )
        .hint("use letters, digits and single underscores, a letter first, no underscore last");
}
