//! An External Credential with the authentication protocol JWT (Metadata API, type
//! `ExternalCredential`).

use serde_json::Value;

use super::scenario_text::{Draft, quoted, scenario_name};
use super::xml::{child, fault, parse, text_of};
use super::{Imported, MetadataError};

/// Makes a scenario of a `*.externalCredential-meta.xml`; where callouts go is said by its Named
/// Credential, and so by `url`.
///
/// # Errors
///
/// Text that is no XML, another type, and a protocol that signs no JWT.
pub fn external_credential(text: &str, url: Option<&str>) -> Result<Imported, MetadataError> {
    let document = parse(text, "ExternalCredential")?;
    let root = document.root_element();
    let protocol = text_of(root, "authenticationProtocol");
    if protocol != Some("Jwt") {
        let place = child(root, "authenticationProtocol").unwrap_or(root);
        return Err(fault(
            place,
            format!(
                "the authentication protocol {} signs no JWT",
                protocol.unwrap_or("(none)")
            ),
        ));
    }
    let label = text_of(root, "label").unwrap_or("external-credential");
    let mut draft = Draft {
        name: scenario_name(label),
        url: url.map(str::to_owned),
        source: "external-credential",
        ..Draft::default()
    };
    let mut notes = Vec::new();
    if url.is_none() {
        notes.push(
            "an External Credential has no URL: the scenario runs at the embedded target; give the \
             one of its Named Credential with --url"
                .to_owned(),
        );
    }
    let mut statuses = Vec::new();
    let parameters = root
        .children()
        .filter(|node| node.tag_name().name() == "externalCredentialParameters");
    for parameter in parameters {
        let name = text_of(parameter, "parameterName").unwrap_or_default();
        let value = text_of(parameter, "parameterValue").unwrap_or_default();
        match text_of(parameter, "parameterType") {
            Some("SigningCertificate") => {
                let certificate = text_of(parameter, "certificate").unwrap_or(value);
                draft.auth.push(("key", quoted(certificate)));
            }
            Some("JwtBodyClaim") => claim(&mut draft, name, value),
            Some("JwtHeaderClaim") => match name {
                "alg" => draft
                    .auth
                    .push(("algorithm", quoted(unquoted(value).as_str()))),
                "typ" => {}
                other => draft.header_claims.push((other.to_owned(), json(value))),
            },
            Some("AdditionalRefreshStatusCode") => {
                let code: u16 = unquoted(value)
                    .parse()
                    .map_err(|_| fault(parameter, format!("{value:?} is no status")))?;
                statuses.push(code.to_string());
            }
            Some("NamedPrincipal" | "PerUserPrincipal") | None => {}
            Some(other) => notes.push(format!("a parameter of the type {other} is left out")),
        }
    }
    if !statuses.is_empty() {
        draft
            .auth
            .push(("refresh_on", format!("[{}]", statuses.join(", "))));
    }
    Ok(Imported {
        scenario: draft.text(),
        notes,
    })
}

fn claim(draft: &mut Draft, name: &str, value: &str) {
    let text = unquoted(value);
    match name {
        "iss" => draft.auth.push(("issuer", quoted(&text))),
        "sub" if text.contains("{!") || text.contains("$User") => {
            draft.auth.push(("subject_formula", quoted(&text)));
        }
        "sub" => draft.auth.push(("subject", quoted(&text))),
        "aud" => draft.auth.push(("audience", quoted(&text))),
        "exp" => draft.auth.push(("valid_for", quoted(&format!("{text}s")))),
        // Salesforce writes them itself.
        "iat" | "nbf" | "jti" => {}
        other => draft.claims.push((other.to_owned(), json(value))),
    }
}

/// A value as TOML: what JSON says it is, or a text.
fn json(value: &str) -> String {
    match serde_json::from_str::<Value>(value) {
        Ok(Value::Number(number)) => number.to_string(),
        Ok(Value::Bool(flag)) => flag.to_string(),
        Ok(Value::String(text)) => quoted(&text),
        _ => quoted(value),
    }
}

/// A text without the quotes that a formula may have around it.
fn unquoted(value: &str) -> String {
    let bare = |quote| {
        let inside = value.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inside.contains(quote)).then_some(inside)
    };
    bare('"').or_else(|| bare('\'')).unwrap_or(value).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(kind: &str, name: &str, value: &str) -> String {
        format!(
            "<externalCredentialParameters><parameterGroup>DefaultGroup</parameterGroup>\
             <parameterName>{name}</parameterName><parameterType>{kind}</parameterType>\
             <parameterValue>{value}</parameterValue></externalCredentialParameters>\n"
        )
    }

    fn credential(parameters: &str) -> String {
        format!(
            "<ExternalCredential xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n\
             <authenticationProtocol>Jwt</authenticationProtocol>\n{parameters}\
             <label>Lead EC</label></ExternalCredential>"
        )
    }

    #[test]
    fn its_claims_and_its_header_become_those_of_the_scenario() {
        let parameters = [
            parameter("SigningCertificate", "SigningCertificate", "lead_signing"),
            parameter("JwtBodyClaim", "iss", "\"issuer\""),
            parameter("JwtBodyClaim", "sub", "{!$User.Email}"),
            parameter("JwtBodyClaim", "aud", "leads"),
            parameter("JwtBodyClaim", "exp", "120"),
            parameter("JwtBodyClaim", "tenant", "7"),
            parameter("JwtHeaderClaim", "alg", "RS512"),
            parameter("JwtHeaderClaim", "kid", "\"2026\""),
            parameter("AdditionalRefreshStatusCode", "code", "403"),
            parameter("AuthHeader", "X-A", "b"),
        ];
        let url = Some("https://api.example.com/leads");
        let imported = external_credential(&credential(&parameters.concat()), url).unwrap();
        for line in [
            "name = \"lead-ec\"",
            "source = \"external-credential\"",
            "key = \"lead_signing\"",
            "issuer = \"issuer\"",
            "subject_formula = \"{!$User.Email}\"",
            "audience = \"leads\"",
            "valid_for = \"120s\"",
            "algorithm = \"RS512\"",
            "tenant = 7",
            "kid = \"2026\"",
            "refresh_on = [403]",
        ] {
            assert!(
                imported.scenario.lines().any(|found| found == line),
                "{line}: {}",
                imported.scenario
            );
        }
        assert_eq!(imported.notes.len(), 1);
        assert!(imported.notes[0].contains("AuthHeader"));
    }

    #[test]
    fn a_protocol_without_a_jwt_is_refused_with_its_place() {
        let xml = credential("").replace(">Jwt<", ">Oauth<");
        let error = external_credential(&xml, None).unwrap_err();
        assert_eq!((error.line, error.column), (2, 1));
        assert!(error.problem.contains("Oauth signs no JWT"));
    }
}
