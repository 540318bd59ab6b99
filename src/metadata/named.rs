//! A Named Credential with the protocol JWT or JWT Token Exchange (Metadata API, type
//! `NamedCredential`).

use serde_json::Value;

use super::scenario_text::{Draft, quoted, scenario_name};
use super::xml::{child, fault, parse, text_of};
use super::{Imported, MetadataError};

/// Makes a scenario of a `*.namedCredential-meta.xml`.
///
/// # Errors
///
/// Text that is no XML, another type, and a credential whose protocol signs no JWT.
pub fn named_credential(text: &str) -> Result<Imported, MetadataError> {
    let document = parse(text, "NamedCredential")?;
    let root = document.root_element();
    let of = |name: &str| text_of(root, name);
    let mut notes = Vec::new();
    let label = of("label")
        .or_else(|| of("fullName"))
        .unwrap_or("named-credential");
    let mut draft = Draft {
        name: scenario_name(label),
        url: of("endpoint").map(str::to_owned),
        client_certificate: of("certificate").map(str::to_owned),
        source: "named-credential",
        ..Draft::default()
    };
    match of("protocol") {
        Some("Jwt") => {}
        Some("JwtExchange") => {
            let endpoint = of("authTokenEndpointUrl");
            let endpoint = endpoint.ok_or_else(|| {
                fault(
                    root,
                    "JWT Token Exchange lacks its <authTokenEndpointUrl>".to_owned(),
                )
            })?;
            draft.exchange.push(("url", quoted(endpoint)));
            draft
                .exchange
                .extend(of("oauthScope").map(|scope| ("scope", quoted(scope))));
        }
        None if of("namedCredentialType").is_some() => return of_external(root, draft),
        other => {
            let place = child(root, "protocol").unwrap_or(root);
            return Err(fault(
                place,
                format!(
                    "the protocol {} signs no JWT; Jwt and JwtExchange do",
                    other.unwrap_or("(none)")
                ),
            ));
        }
    }
    if of("generateAuthorizationHeader") == Some("false") {
        notes.push(
            "generateAuthorizationHeader is false: Salesforce sends no Authorization at all, unless \
             code sets one; the scenario sends it all the same"
                .to_owned(),
        );
    }
    if let Some(certificate) = &draft.client_certificate {
        notes.push(format!(
            "<certificate> {certificate} is shown for mutual TLS; bring its key pair into the key \
             folder too"
        ));
    }
    let auth = &mut draft.auth;
    auth.extend(of("jwtSigningCertificate").map(|name| ("key", quoted(name))));
    auth.extend(of("jwtIssuer").map(|issuer| ("issuer", quoted(issuer))));
    match (of("jwtTextSubject"), of("jwtFormulaSubject")) {
        (_, Some(formula)) => auth.push(("subject_formula", quoted(formula))),
        (Some(text), None) => auth.push(("subject", quoted(text))),
        (None, None) => {}
    }
    if let Some(audience) = child(root, "jwtAudience") {
        auth.push(("audience", audience_of(audience)?));
    }
    if let Some(seconds) = child(root, "jwtValidityPeriodSeconds") {
        let text = seconds.text().unwrap_or_default().trim();
        let whole: u64 = text
            .parse()
            .map_err(|_| fault(seconds, format!("{text:?} is no number of seconds")))?;
        auth.push(("valid_for", quoted(&format!("{whole}s"))));
    }
    Ok(Imported {
        scenario: draft.text(),
        notes,
    })
}

/// JSON: a string in quotes, or an array of them. A bare text is taken for the audience itself.
fn audience_of(node: roxmltree::Node<'_, '_>) -> Result<String, MetadataError> {
    let text = node.text().unwrap_or_default().trim();
    match serde_json::from_str::<Value>(text) {
        Ok(Value::String(one)) => Ok(quoted(&one)),
        Ok(Value::Array(many)) if !many.is_empty() && many.iter().all(Value::is_string) => {
            let many: Vec<_> = many.iter().filter_map(Value::as_str).map(quoted).collect();
            Ok(format!("[{}]", many.join(", ")))
        }
        Err(_) if !text.starts_with(['[', '{', '"']) && !text.is_empty() => Ok(quoted(text)),
        _ => Err(fault(
            node,
            "<jwtAudience> should be a string in quotes, or an array of them".to_owned(),
        )),
    }
}

/// A Named Credential of the newer model: it has the URL, and an External Credential the rest.
fn of_external(root: roxmltree::Node<'_, '_>, mut draft: Draft) -> Result<Imported, MetadataError> {
    let mut credential = None;
    for parameter in root
        .children()
        .filter(|node| node.tag_name().name() == "namedCredentialParameters")
    {
        match text_of(parameter, "parameterType") {
            Some("Url") => draft.url = text_of(parameter, "parameterValue").map(str::to_owned),
            Some("Authentication") => {
                credential = text_of(parameter, "externalCredential").or(credential);
            }
            _ => {}
        }
    }
    let Some(url) = &draft.url else {
        return Err(fault(
            root,
            "there is no parameter of the type Url".to_owned(),
        ));
    };
    let name = credential.unwrap_or("its External Credential");
    Err(fault(
        root,
        format!("this Named Credential leaves the JWT to {name}; import that, with --url {url}"),
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
        assert_eq!(imported.notes, [""; 0]);
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
        assert!(imported.notes[0].contains("mutual TLS"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (xml, line, says) in [
            (
                "<NamedCredential><a></NamedCredential>".to_owned(),
                1,
                "this is no XML",
            ),
            ("<Foo/>".to_owned(), 1, "this is a <Foo>"),
            (credential("<protocol>Oauth</protocol>"), 4, "signs no JWT"),
            (credential(""), 2, "signs no JWT"),
            (
                credential(&JWT.replace("300", "soon")),
                4,
                "\"soon\" is no number",
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
