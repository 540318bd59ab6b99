//! `[auth]` to the settings of a token.

use super::file::AuthTable;
use super::matrix_file::MatrixTable;
use super::problem::{Complaints, Span};
use super::table::At;
use super::value::Text;
use super::words::Source;
use crate::plan::{Algorithm, Auth, SigningMode, TokenSource};
use crate::units::Nanos;

/// How long a token is valid where nothing is said; the captured one was valid so long.
const VALID_FOR: Nanos = Nanos::from_secs(300);

/// The longest that a token is given up before its time where nothing is said.
const RENEW_BEFORE_MAX: Nanos = Nanos::from_secs(30);

/// `Some(None)` is a scenario that sends no token; `None` one with a fault.
#[expect(clippy::option_option, reason = "the outer one is whether it is valid")]
pub(super) fn auth(
    table: AuthTable,
    matrix: Option<&MatrixTable>,
    complaints: &Complaints,
) -> Option<Option<Auth>> {
    let valid_for = table.valid_for.as_ref();
    let valid_for = valid_for.map_or(VALID_FOR, |span| whole_seconds(span, complaints));
    let signing = table.signing.as_ref();
    let signing = signing.map_or(SigningMode::Pipeline, |mode| mode.value.0);
    let of_matrix = matrix.and_then(|matrix| matrix.signing.as_ref());
    if let (Some(_), Some(single)) = (of_matrix, table.header.key("signing")) {
        complaints.add_with_hint(
            single,
            "`signing` says what [matrix] lets take turns",
            "leave it out of [auth]",
        );
    }
    let modes = match of_matrix {
        Some(modes) => modes.value.iter().map(|mode| mode.value.0).collect(),
        None => vec![signing],
    };
    let renew_before = renew_before(&table, &modes, valid_for, complaints);
    let source = match table.source?.value.0 {
        Source::None => return Some(None),
        Source::NamedCredential => TokenSource::NamedCredential,
    };
    for (name, example) in [
        ("key", "lead_signing"),
        ("issuer", "https://acme.my.salesforce.com"),
        ("subject", "integration@acme.example"),
        ("audience", "https://api.example.com/leads"),
    ] {
        if table.header.key(name).is_none() {
            complaints.add_lack(
                table.header.span,
                format!("[auth] lacks the key `{name}`"),
                format!("add {name} = {example:?}, or set source = \"none\" to send no token"),
            );
        }
    }
    let key = table.key.and_then(|key| unique_name(key, complaints));
    Some(Some(Auth {
        source,
        algorithm: Algorithm::Rs256,
        key: key?,
        key_bits: None,
        issuer: table.issuer?.value.0,
        subject: table.subject?.value.0,
        audience: table.audience?.value.0,
        valid_for,
        signing,
        renew_before,
        retry_on_401: table.retry_on_401.is_none_or(|retry| retry.value),
    }))
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
        complaints.add_with_hint(
            table.header.key("renew_before").unwrap_or(margin.span),
            format!("`renew_before` means nothing to signing = \"{mode}\""),
            "leave it out, or write signing = \"reuse\"",
        );
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

/// `exp` is a whole number of seconds.
fn whole_seconds<const MIN: u64, const MAX: u64>(
    span: &At<super::value::Lasting<MIN, MAX>>,
    complaints: &Complaints,
) -> Nanos {
    let valid_for = span.value.0;
    if !valid_for.0.is_multiple_of(Nanos::SECOND.0) {
        complaints.add(
            span.span,
            format!("`valid_for`: {valid_for} is no whole number of seconds"),
        );
    }
    valid_for
}

/// The rules of Certificate and Key Management.
fn unique_name(key: At<Text<1, 80>>, complaints: &Complaints) -> Option<String> {
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
    complaints.add_with_hint(
        span,
        format!("`key`: {name:?} is no unique name that Salesforce would take"),
        "use letters, digits and single underscores, a letter first, no underscore last",
    );
}
