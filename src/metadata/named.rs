//! A Named Credential with the protocol JWT or JWT Token Exchange (Metadata API, type
//! `NamedCredential`).

use roxmltree::Node;
use serde_json::Value;

use super::endpoint::{Endpoint, is_newer, mutual_tls, no_authorization};
use super::scenario_text::{Draft, Line, scenario_name};
use super::toml_text::{self, quoted, shown};
use super::xml::{child, fault, parse, place, text_of};
use super::{Imported, MetadataError};

/// Makes a scenario of a `*.namedCredential-meta.xml`.
///
/// # Errors
///
/// Text that is not XML, another type, and a credential whose protocol does not sign a JWT.
pub fn named_credential(text: &str) -> Result<Imported, MetadataError> {
    let document = parse(text, "NamedCredential")?;
    let root = document.root_element();
    let of = |name: &str| text_of(root, name);
    if is_newer(root) {
        return Err(of_external(root));
    }
    let label = of("label").or_else(|| of("fullName"));
    let mut draft = Draft {
        name: scenario_name(label.as_deref().unwrap_or("named-credential")),
        url: of("endpoint"),
        is_base_url: of("endpoint").is_some(),
        client_certificate: of("certificate"),
        source: "named-credential",
        ..Draft::default()
    };
    match of("protocol").as_deref() {
        Some("Jwt") => {}
        Some("JwtExchange") => exchange(root, &mut draft)?,
        other => {
            let at = child(root, "protocol").unwrap_or(root);
            let Some(other) = other else {
                let hint = "if it names an External Credential, import that: `import \
                            external-credential`; else add <protocol>Jwt</protocol> or \
                            <protocol>JwtExchange</protocol>";
                return Err(fault(at, "this Named Credential has no <protocol>").hint(hint));
            };
            let problem = format!(
                "the protocol {} does not sign a JWT; Jwt and JwtExchange do",
                shown(other)
            );
            let hint = "leadbench signs JWTs only; for a load without tokens write a scenario \
                        without [auth]";
            return Err(fault(at, problem).hint(hint));
        }
    }
    if draft.url.is_none() {
        let text = "<endpoint> is missing, so the scenario runs against the embedded target";
        draft.note(place(root), text);
    }
    switches(root, &mut draft);
    let auth = &mut draft.auth;
    auth.extend(of("jwtSigningCertificate").map(|name| Line::text("key", &name)));
    auth.extend(of("jwtIssuer").map(|issuer| Line::text("issuer", &issuer)));
    match (of("jwtTextSubject"), of("jwtFormulaSubject")) {
        (_, Some(formula)) => auth.push(Line::text("subject_formula", &formula)),
        (Some(text), None) => auth.push(Line::text("subject", &text)),
        (None, None) => {}
    }
    if let Some(audience) = child(root, "jwtAudience") {
        let text = of("jwtAudience").unwrap_or_default();
        auth.push(Line::new("audience", audience_of(audience, &text)?));
    }
    if let Some(seconds) = child(root, "jwtValidityPeriodSeconds") {
        let text = of("jwtValidityPeriodSeconds").unwrap_or_default();
        let whole: u64 = text
            .parse()
            .map_err(|_| fault(seconds, format!("{text:?} is not a number of seconds")))?;
        auth.push(Line::text("valid_for", &format!("{whole}s")));
    }
    Ok(Imported {
        scenario: draft.text(),
        notes: draft.notes,
        endpoint_notes: Vec::new(),
    })
}

/// The token endpoint of JWT Token Exchange.
fn exchange(root: Node<'_, '_>, draft: &mut Draft) -> Result<(), MetadataError> {
    let Some(url) = text_of(root, "authTokenEndpointUrl") else {
        let problem = "JWT Token Exchange lacks its <authTokenEndpointUrl>";
        return Err(fault(root, problem));
    };
    let mut lines = vec![Line::text("url", &url)];
    lines.extend(text_of(root, "oauthScope").map(|scope| Line::text("scope", &scope)));
    draft.exchange = Some(lines);
    draft.token_url = Some(url);
    Ok(())
}

/// Notes on the credential's switches and on its certificate for mutual TLS.
fn switches(root: Node<'_, '_>, draft: &mut Draft) {
    draft.notes.extend(no_authorization(root));
    if let (Some(node), Some(certificate)) = (child(root, "certificate"), &draft.client_certificate)
    {
        draft.note(place(node), mutual_tls(certificate));
    }
}

/// JSON: a string in quotes, or an array of them. A bare text is taken for the audience itself.
fn audience_of(node: Node<'_, '_>, text: &str) -> Result<String, MetadataError> {
    let audience = match serde_json::from_str::<Value>(text) {
        Ok(Value::String(one)) => Some(quoted(&one)),
        Ok(Value::Array(many)) => toml_text::strings(&many),
        Err(_) if !text.starts_with(['[', '{', '"']) && !text.is_empty() => Some(quoted(text)),
        _ => None,
    };
    audience.ok_or_else(|| {
        let problem = "<jwtAudience> should be a string in quotes, or an array of them";
        fault(node, problem)
    })
}

/// A Named Credential of the newer model: it has the URL, and an External Credential the rest.
fn of_external(root: Node<'_, '_>) -> MetadataError {
    let endpoint = match Endpoint::of(root) {
        Ok(endpoint) => endpoint,
        Err(error) => return error,
    };
    let name = endpoint.external_credential.as_deref();
    let name = shown(name.unwrap_or("its External Credential"));
    fault(
        root,
        format!("this Named Credential leaves the JWT to {name}"),
    )
    .hint(format!(
        "import the file of {name}, and name this one beside it: import external-credential \
         {name}.externalCredential-meta.xml --named-credential THIS.namedCredential-meta.xml"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(more: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <NamedCredential xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n\
             <label>Lead API</label>\n{more}\n</NamedCredential>\n"
        )
    }

    const JWT: &str = "<endpoint>https://api.example.com:8443/leads</endpoint>\
        <generateAuthorizationHeader>true</generateAuthorizationHeader>\
        <jwtAudience>\"urn: salesforce\"</jwtAudience>\
        <jwtIssuer>issuer-myCA</jwtIssuer>\
        <jwtSigningCertificate>jwtcert</jwtSigningCertificate>\
        <jwtTextSubject>subject-salesforce</jwtTextSubject>\
        <jwtValidityPeriodSeconds>300</jwtValidityPeriodSeconds>\
        <principalType>NamedUser</principalType><protocol>Jwt</protocol>";

    #[test]
    fn a_jwt_credential_becomes_a_scenario() {
        let imported = named_credential(&credential(JWT)).unwrap();
        for line in [
            "name = \"lead-api\"",
            "url = \"https://api.example.com:8443/leads\"",
            "allowed_hosts = [\"api.example.com\"]",
            "source = \"named-credential\"",
            "key = \"jwtcert\"",
            "issuer = \"issuer-myCA\"",
            "subject = \"subject-salesforce\"",
            "audience = \"urn: salesforce\"",
            "valid_for = \"300s\"",
        ] {
            assert!(
                imported.scenario.lines().any(|found| found == line),
                "{line}"
            );
        }
        assert_eq!(imported.notes, []);
    }

    #[test]
    fn several_audiences_a_formula_and_an_exchange_are_kept() {
        let xml = JWT
            .replace("\"urn: salesforce\"", "[\"a\", \"b\"]")
            .replace("jwtTextSubject", "jwtFormulaSubject")
            .replace("subject-salesforce", "'User='+$User.Id")
            .replace(">Jwt<", ">JwtExchange<")
            + "<authTokenEndpointUrl>https://login.example.com/token</authTokenEndpointUrl>\
               <oauthScope>leads</oauthScope><certificate>mtls</certificate>";
        let imported = named_credential(&credential(&xml)).unwrap();
        for line in [
            "audience = [\"a\", \"b\"]",
            "subject_formula = \"'User='+$User.Id\"",
            "[auth.exchange]",
            "url = \"https://login.example.com/token\"",
            "scope = \"leads\"",
            "allowed_hosts = [\"api.example.com\", \"login.example.com\"]",
        ] {
            assert!(
                imported.scenario.lines().any(|found| found == line),
                "{line}: {}",
                imported.scenario
            );
        }
        assert!(imported.notes[0].text.contains("mutual TLS"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (xml, line, says) in [
            (
                "<NamedCredential><a></NamedCredential>".to_owned(),
                1,
                "this is not valid XML",
            ),
            ("<Foo/>".to_owned(), 1, "this is a <Foo>"),
            (
                credential("<protocol>Oauth</protocol>"),
                4,
                "does not sign a JWT",
            ),
            (credential(""), 2, "has no <protocol>"),
            (
                credential(&JWT.replace("300", "soon")),
                4,
                "\"soon\" is not a number",
            ),
            (
                credential(&JWT.replace("\"urn: salesforce\"", "[1]")),
                4,
                "<jwtAudience>",
            ),
            (
                credential("<protocol>JwtExchange</protocol>"),
                2,
                "authTokenEndpointUrl",
            ),
        ] {
            let error = named_credential(&xml).unwrap_err();
            assert!(error.problem.contains(says), "{error}");
            assert_eq!(error.line, line, "{error}");
        }
    }
}
