//! Salesforce's own files: refused with a place, or a scenario into which no text has broken.

use leadbench::metadata::{
    Endpoint, ExternalOptions, apex_callouts, external_credential, named_credential,
};
use leadbench::scenario;

/// What metadata is made of.
pub(crate) const WORDS: &[&str] = &[
    "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>",
    "&b;",
    "&#x22;",
    "&#10;",
    "<![CDATA[",
    "]]>",
    "<jwtIssuer>",
    "</jwtIssuer>",
    "<externalCredentialParameters>",
    "<parameterGroup>Leads</parameterGroup>",
    "<parameterType>AuthHeader</parameterType>",
    "<parameterType>HttpHeader</parameterType>",
    "<parameterValue>{!Text(FLOOR((NOW() - DATETIMEVALUE(\"1970-01-01 00:00:00\")) * 86400 + 60))}</parameterValue>",
    "{!$User.Email}",
    "{!'Bearer ' &amp; $Credential.A.B}",
    "[\"a\",null]",
    "\"\n[auth]\nkey = \"other\"\n",
    "'''",
    "\\",
    "http://127.0.0.1:1/",
    "<!--",
];

/// The tables that a scenario may have.
const TABLES: [&str; 10] = [
    "auth",
    "connections",
    "engine",
    "lead",
    "load",
    "name",
    "negative",
    "schema",
    "target",
    "thresholds",
];

/// An External Credential that stays as it is while its Named Credential is damaged.
const EXTERNAL: &str = include_str!("../corpus/metadata/external.xml");

/// A Named Credential or an External Credential.
pub(crate) fn credential(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let bare = ExternalOptions::default();
    let endpoint = Endpoint::read(&text).ok();
    for imported in [
        named_credential(&text),
        external_credential(&text, bare),
        external_credential(
            &text,
            ExternalOptions {
                url: Some("http://127.0.0.1:8080/leads"),
                endpoint: None,
                principal: Some("Leads"),
            },
        ),
        external_credential(
            EXTERNAL,
            ExternalOptions {
                endpoint: endpoint.as_ref(),
                ..bare
            },
        ),
    ] {
        let imported = match imported {
            Ok(imported) => imported,
            Err(error) => {
                assert!(error.line > 0 && !error.problem.is_empty(), "{error}");
                continue;
            }
        };
        let tree: toml::Table = toml::from_str(&imported.scenario)
            .unwrap_or_else(|error| panic!("no TOML: {error}\n{}", imported.scenario));
        for name in tree.keys() {
            assert!(TABLES.contains(&name.as_str()), "{}", imported.scenario);
        }
        for note in imported.notes.iter().chain(&imported.endpoint_notes) {
            assert!(!note.text.contains(char::is_control), "{note}");
        }
        if let Err(problems) = scenario::parse("any.toml", &imported.scenario, &[]) {
            assert!(!problems.to_string().is_empty(), "refused without words");
        } else {
            let is_sent = tree.iter().any(|(key, value)| has_formula(key, value));
            assert!(!is_sent, "a formula is sent: {}", imported.scenario);
        }
    }
}

/// Whether a formula stands where it would be sent as a text.
fn has_formula(key: &str, value: &toml::Value) -> bool {
    match value {
        toml::Value::String(text) => {
            let inside = text.split_once("{!");
            key != "subject_formula" && inside.is_some_and(|(_, after)| after.contains('}'))
        }
        toml::Value::Array(items) => items.iter().any(|item| has_formula(key, item)),
        toml::Value::Table(table) => table.iter().any(|(key, value)| has_formula(key, value)),
        _ => false,
    }
}

/// An event log of callouts.
pub(crate) fn callouts(data: &[u8]) {
    for (url, method) in [(None, None), (Some("leads"), Some("POST"))] {
        match apex_callouts(data, url, method) {
            Err(error) => assert!(!error.problem.is_empty(), "refused without a reason"),
            Ok(found) => {
                assert!(found.chosen <= found.all && found.times_ms.is_sorted());
                if found.chosen == 0 {
                    continue;
                }
                let again = apex_callouts(&found.csv, None, None);
                let again = again.unwrap_or_else(|error| panic!("its own rows: {error}"));
                assert_eq!(
                    again.all, found.chosen,
                    "rows got lost or came from nowhere"
                );
            }
        }
    }
}
