//! Salesforce's own files: refused with a place, or a scenario into which no text has broken.

use leadbench::metadata::{apex_callouts, external_credential, named_credential};
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

/// A Named Credential or an External Credential.
pub(crate) fn credential(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let url = Some("http://127.0.0.1:8080/leads");
    for imported in [
        named_credential(&text),
        external_credential(&text, url),
        external_credential(&text, None),
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
        if let Err(problems) = scenario::parse("any.toml", &imported.scenario, &[]) {
            assert!(!problems.to_string().is_empty(), "refused without words");
        }
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
