//! `[auth.exchange]` as it is written, and what it means.

use schemars::JsonSchema;

use crate::plan::{AssertionForm, ExchangePlan, Renew};
use crate::scenario::lower::header_fields::{fields, is_value};
use crate::scenario::lower::target::address;
use crate::scenario::table::reader::{At, Table};
use crate::scenario::table::value::{One, Text};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::tree::Entry;
use crate::secret::Hidden;

/// What is posted where nothing else is said (RFC 7523, section 2.1), without its scope.
const FORM: &str =
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={{assertion}}";

/// The scope's own part of it.
const SCOPE: &str = "&scope={{scope}}";

const FORM_ENCODED: &str = "application/x-www-form-urlencoded";

/// JWT Token Exchange: the JWT is posted to a token endpoint, and the access token that comes
/// back is sent to the API.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::scenario) struct ExchangeTable {
    /// The Token Endpoint URL; without it that of the embedded target. Its host must be among
    /// `allowed_hosts` too.
    url: Option<At<Text<1, 2048>>>,
    /// The Scope that is asked for.
    scope: Option<At<Text<1, 1000>>>,
    /// The body that is posted, to the byte, with `{{assertion}}` where the JWT comes and
    /// `{{scope}}` where the encoded scope does. Without it `grant_type`, `assertion` and, if
    /// there is one, `scope`: documented of `Auth.JWTBearerTokenExchange`; that the exchange of
    /// a Named Credential writes the same is unverified.
    #[schemars(extend("default" = FORM))]
    form: Option<At<Text<1, 4000>>>,
    /// The `Content-Type` of that body, unverified to the byte.
    #[schemars(extend("default" = FORM_ENCODED))]
    content_type: Option<At<Text<1, 255>>>,
    /// Header fields of the token request, beside those of the platform, for which they may
    /// stand in. Which ones Salesforce writes there is unverified: those of a callout are taken.
    #[schemars(with = "Option<std::collections::BTreeMap<String, String>>")]
    headers: Option<Vec<Entry>>,
    /// When an access token gives way to the next: `when-refused`, by a 401 or another status
    /// of `refresh_on` (what Salesforce was observed to do), or `before-expiry`, also ahead of
    /// the end of its `expires_in`.
    #[schemars(extend("default" = "when-refused"))]
    renew: Option<At<One<Renew>>>,
}

impl ExchangeTable {
    pub(in crate::scenario) fn read(mut table: Table<'_>) -> Self {
        let read = Self {
            url: table.optional("url"),
            scope: table.optional("scope"),
            form: table.optional("form"),
            content_type: table.optional("content_type"),
            headers: table.table("headers").map(|table| table.entries().to_vec()),
            renew: table.optional("renew"),
        };
        table.finish();
        read
    }

    /// Whether it leaves the token endpoint to the embedded target.
    pub(in crate::scenario) const fn is_embedded(&self) -> bool {
        self.url.is_none()
    }
}

/// The exchange, or `None` where there is a fault in it.
pub(in crate::scenario) fn exchange(
    table: &ExchangeTable,
    complaints: &Complaints,
) -> Option<ExchangePlan> {
    let endpoint = match &table.url {
        None => Some(None),
        Some(url) => match address(&url.value.0) {
            Ok(address) => Some(Some(address)),
            Err(message) => {
                complaints.add(url.span, format!("`url`: {message}"));
                None
            }
        },
    };
    let content_type = match &table.content_type {
        None => FORM_ENCODED,
        Some(given) => {
            if !is_value(&given.value.0) {
                complaints.add(given.span, "`content_type` can be no header value");
            }
            &given.value.0
        }
    };
    let headers = fields(table.headers.as_deref(), complaints);
    let form = form(table, complaints);
    Some(ExchangePlan {
        endpoint: endpoint?,
        form: form?,
        content_type: content_type.to_owned(),
        headers,
        renew: table
            .renew
            .as_ref()
            .map_or_else(Renew::default, |renew| renew.value.0),
    })
}

/// The body with its scope filled in, cut where the assertion comes.
fn form(table: &ExchangeTable, complaints: &Complaints) -> Option<AssertionForm> {
    let scope = table.scope.as_ref().map(|scope| &scope.value.0);
    let Some(given) = &table.form else {
        let usual = match scope {
            None => FORM.to_owned(),
            Some(_) => [FORM, SCOPE].concat(),
        };
        return cut(&filled(&usual, scope)).ok();
    };
    let text = &given.value.0;
    let names_scope = text.contains("{{scope}}");
    let problem = match (scope, names_scope) {
        (Some(_), false) => Some("it lacks {{scope}}, and there is a `scope`".to_owned()),
        (None, true) => Some("it has {{scope}}, and there is no `scope`".to_owned()),
        _ if !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Some("a form has no blanks and no letters beyond ASCII; encode them as %20".to_owned())
        }
        _ => None,
    };
    let cut = match problem {
        None => cut(&filled(text, scope)),
        Some(problem) => Err(problem),
    };
    cut.map_err(|problem| {
        complaints
            .add(given.span, format!("`form`: {problem}"))
            .hint("write form = \"grant_type=...&assertion={{assertion}}\"");
    })
    .ok()
}

fn filled(text: &str, scope: Option<&String>) -> String {
    let encoded = |scope: &String| form_urlencoded::byte_serialize(scope.as_bytes()).collect();
    text.replace("{{scope}}", &scope.map_or_else(String::new, encoded))
}

/// What stands before and after the assertion.
fn cut(text: &str) -> Result<AssertionForm, String> {
    let mut parts = text.split("{{assertion}}");
    let (Some(before), Some(after), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err("{{assertion}} should stand in it once".to_owned());
    };
    if [before, after].iter().any(|part| part.contains("{{")) {
        return Err("it knows {{assertion}} and {{scope}} alone".to_owned());
    }
    Ok(AssertionForm {
        before: Hidden::new(before.to_owned()),
        after: Hidden::new(after.to_owned()),
    })
}
