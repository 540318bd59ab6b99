//! `[auth.exchange]` to how a JWT is exchanged for an access token.

use super::header_fields::{check_value, fields};
use crate::plan::{Address, AssertionForm, ExchangePlan};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::written::exchange::{ExchangeTable, FORM};
use crate::secret::Hidden;

/// The part of the usual form that holds the scope.
const SCOPE: &str = "&scope={{scope}}";

/// The exchange, or `None` where there is a fault in it.
pub(super) fn exchange(table: &ExchangeTable, complaints: &Complaints) -> Option<ExchangePlan> {
    let endpoint = match &table.url {
        None => Some(None),
        Some(url) => Address::parse(&url.0)
            .map(Some)
            .map_err(|why| complaints.add(url.span, format!("`url`: {why}")))
            .ok(),
    };
    check_value("content_type", &table.content_type, complaints);
    let headers = fields(table.headers.as_ref(), complaints);
    let form = form(table, complaints);
    Some(ExchangePlan {
        endpoint: endpoint?,
        form: form?,
        content_type: table.content_type.0.clone(),
        headers,
        renew: table.renew.0,
    })
}

/// The body with its scope filled in, cut where the assertion stands.
fn form(table: &ExchangeTable, complaints: &Complaints) -> Option<AssertionForm> {
    let scope = table.scope.as_ref().map(|scope| &scope.0);
    let Some(given) = &table.form else {
        let usual = match scope {
            None => FORM.to_owned(),
            Some(_) => [FORM, SCOPE].concat(),
        };
        return cut(&filled(&usual, scope)).ok();
    };
    let text = &given.0;
    let problem = match (scope, text.contains("{{scope}}")) {
        (Some(_), false) => Some("`form` lacks {{scope}}, although `scope` is set"),
        (None, true) => Some("`form` has {{scope}}, but `scope` is not set"),
        _ if !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Some("`form` may hold only ASCII without blanks; encode others, a blank as %20")
        }
        _ => None,
    };
    problem
        .map_or_else(|| cut(&filled(text, scope)), Err)
        .map_err(|problem| {
            let hint = "write form = \"grant_type=...&assertion={{assertion}}\"";
            complaints.advise(given.span, problem, hint);
        })
        .ok()
}

fn filled(text: &str, scope: Option<&String>) -> String {
    let encoded = |scope: &String| form_urlencoded::byte_serialize(scope.as_bytes()).collect();
    text.replace("{{scope}}", &scope.map_or_else(String::new, encoded))
}

/// What stands before and after the assertion.
fn cut(text: &str) -> Result<AssertionForm, &'static str> {
    let mut parts = text.split("{{assertion}}");
    let (Some(before), Some(after), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err("`form` must contain {{assertion}} once");
    };
    if [before, after].iter().any(|part| part.contains("{{")) {
        return Err("`form` has a placeholder other than {{assertion}} and {{scope}}");
    }
    Ok(AssertionForm {
        before: Hidden::new(before.to_owned()),
        after: Hidden::new(after.to_owned()),
    })
}
