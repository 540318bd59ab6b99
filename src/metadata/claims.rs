//! The claims of an External Credential's token (`JwtBodyClaim`) and the members of its header
//! (`JwtHeaderClaim`) as keys of a scenario.
//!
//! A value in quotes, an array or a number is read as JSON; whether Salesforce does so with all
//! of them is unverified, and seen of a string in quotes.

use serde_json::Value as Json;

use super::formula::evaluate;
use super::parameters::Parameter;
use super::scenario_text::{Draft, Line};
use super::times::Times;
use super::toml_text::{self, quoted, shown};
use super::value;

/// What begins a field of the org or of its user, also where no `{!` says that it is one.
const GLOBALS: [&str; 6] = [
    "$User.",
    "$Credential.",
    "$Organization.",
    "$Profile.",
    "$UserRole.",
    "$System.",
];

/// Adds all claims, and the members of the header.
pub(super) fn add(parameters: &[Parameter], draft: &mut Draft) {
    let mut times = Times::default();
    for parameter in parameters {
        let name = parameter.name.as_str();
        let is_claim = parameter.kind == "JwtBodyClaim";
        if !is_claim && parameter.kind != "JwtHeaderClaim" {
            continue;
        }
        if name.is_empty() || parameter.text().is_empty() {
            let text = format!("the claim {:?} has no value and is left out", shown(name));
            draft.note(parameter.place, text);
            continue;
        }
        if !is_claim {
            header_claim(parameter, draft);
        } else if !times.take(parameter) {
            claim(parameter, draft);
        }
    }
    times.add(draft);
}

/// The value of a claim that is not a time.
fn read(parameter: &Parameter) -> Result<Json, String> {
    let text = value::without_quotes(parameter.text());
    let is_bare = !value::is_formula(text) && GLOBALS.iter().any(|global| text.contains(global));
    let reading = if is_bare {
        evaluate(text)
    } else {
        value::read(text)
    };
    reading
        .and_then(value::fixed)
        .map(|text| value::json(&text))
}

fn claim(parameter: &Parameter, draft: &mut Draft) {
    match parameter.name.as_str() {
        "iss" => one_text(parameter, "issuer", draft),
        "sub" => subject(parameter, draft),
        "aud" => audience(parameter, draft),
        "jti" => {
            draft.auth.push(Line::new("jti", "true"));
            let text = "each token gets a `jti` of its own, a UUID, in place of this value";
            draft.note(parameter.place, text);
        }
        name => {
            let path = format!("auth.claims.{}", toml_text::key(name));
            let line = custom(parameter, &path, draft);
            draft.claims.extend(line);
        }
    }
}

fn header_claim(parameter: &Parameter, draft: &mut Draft) {
    let text = value::one_text(parameter.text()).unwrap_or_default();
    match parameter.name.as_str() {
        "alg" => {
            if !["RS256", "RS512"].contains(&text.as_str()) && !value::is_formula(&text) {
                let text = format!(
                    "`alg` is {:?}; Salesforce signs RS256 or RS512",
                    shown(&text)
                );
                draft.note(parameter.place, text);
            }
            one_text(parameter, "algorithm", draft);
        }
        "typ" if text == "JWT" => {}
        "kid" if draft.key() == Some(quoted(&text)) => {}
        name => {
            if name == "typ" {
                let text = format!(
                    "`typ` is {:?}; leadbench always writes \"JWT\"",
                    shown(&text)
                );
                draft.note(parameter.place, text);
            }
            let path = format!("auth.header_claims.{}", toml_text::key(name));
            let line = custom(parameter, &path, draft);
            draft.header_claims.extend(line);
        }
    }
}

/// A key of `[auth]` that takes one text.
fn one_text(parameter: &Parameter, key: &str, draft: &mut Draft) {
    match read(parameter) {
        Ok(Json::String(text)) => draft.auth.push(Line::text(key, &text)),
        Ok(json @ (Json::Number(_) | Json::Bool(_))) => {
            draft.auth.push(Line::text(key, &json.to_string()));
        }
        Ok(_) => {
            let text = format!("`{}` should be one string; it is left out", parameter.name);
            draft.note(parameter.place, text);
        }
        Err(why) => {
            let line = unfollowed(parameter, key, &format!("auth.{key}"), &why, draft);
            draft.auth.push(line);
        }
    }
}

/// A `sub`, which may be a formula of the user.
fn subject(parameter: &Parameter, draft: &mut Draft) {
    if read(parameter).is_ok() {
        return one_text(parameter, "subject", draft);
    }
    let text = format!(
        "`sub` is a formula of the running user: the scenario makes a subject for each of 100 \
         synthetic users, which the API must accept; `users` sets how many: {}",
        shown(parameter.text())
    );
    draft.note(parameter.place, text);
    draft.auth.push(
        Line::text("subject_formula", value::without_quotes(parameter.text())).remark(format!(
            "Line {}, column {}: a subject for each of 100 synthetic users; `users` sets how many.",
            parameter.place.line, parameter.place.column
        )),
    );
}

/// An `aud`: a text, or several.
fn audience(parameter: &Parameter, draft: &mut Draft) {
    let several = match read(parameter) {
        Ok(Json::Array(many)) => toml_text::strings(&many),
        Ok(Json::Object(_) | Json::Null) => None,
        _ => return one_text(parameter, "audience", draft),
    };
    if let Some(value) = several {
        draft.auth.push(Line::new("audience", value));
    } else {
        let text = "`aud` should be a string or an array of strings; it is left out";
        draft.note(parameter.place, text);
    }
}

/// A custom claim; `None` if a scenario cannot hold it.
fn custom(parameter: &Parameter, path: &str, draft: &mut Draft) -> Option<Line> {
    let name = shown(&parameter.name);
    match read(parameter) {
        Ok(json) => {
            let Some(toml) = toml_text::value(&json) else {
                let text = format!(
                    "`{name}` contains null, a number beyond 64 bits, or arrays more than 32 deep, \
                     which a scenario cannot hold; it is left out"
                );
                draft.note(parameter.place, text);
                return None;
            };
            let is_odd = json
                .as_str()
                .is_some_and(|text| text.starts_with(['[', '{']));
            if is_odd {
                let text = format!(
                    "`{name}` looks like JSON, but is not valid JSON; it is sent as a string"
                );
                draft.note(parameter.place, text);
            }
            Some(Line::new(&parameter.name, toml))
        }
        Err(why) => Some(unfollowed(parameter, &parameter.name, path, &why, draft)),
    }
}

/// A line that a scenario refuses until its formula is replaced.
fn unfollowed(parameter: &Parameter, key: &str, path: &str, why: &str, draft: &mut Draft) -> Line {
    let name = shown(&parameter.name);
    let told = format!(
        "`{name}` {why}; replace it in the scenario by the value that your org sends, or run with \
         --set '{path}=\"...\"'"
    );
    draft.note(parameter.place, told);
    Line::unevaluated(key, parameter)
}
