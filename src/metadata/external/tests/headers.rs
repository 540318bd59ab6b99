//! What becomes of the custom headers of both files.

use super::*;

#[test]
fn headers_of_both_files_come_along() {
    let named = "<NamedCredential><label>Leads</label>\
        <namedCredentialType>SecuredEndpoint</namedCredentialType>\
        <generateAuthorizationHeader>true</generateAuthorizationHeader>\
        <namedCredentialParameters><parameterName>Url</parameterName><parameterType>Url</parameterType>\
        <parameterValue>https://api.example.com/leads</parameterValue></namedCredentialParameters>\
        <namedCredentialParameters><parameterType>Authentication</parameterType>\
        <externalCredential>Lead_EC</externalCredential></namedCredentialParameters>\
        <namedCredentialParameters><parameterType>ClientCertificate</parameterType>\
        <certificate>acme_mtls</certificate></namedCredentialParameters>\
        <namedCredentialParameters><parameterName>X-Second</parameterName><parameterType>HttpHeader\
        </parameterType><parameterValue>2</parameterValue><sequenceNumber>2</sequenceNumber>\
        </namedCredentialParameters>\
        <namedCredentialParameters><parameterName>Accept</parameterName><parameterType>HttpHeader\
        </parameterType><parameterValue>{!'application/json'}</parameterValue><sequenceNumber>1\
        </sequenceNumber></namedCredentialParameters>\
        <namedCredentialParameters><parameterName>Content-Type</parameterName><parameterType>HttpHeader\
        </parameterType><parameterValue>application/json; charset=UTF-8</parameterValue>\
        </namedCredentialParameters></NamedCredential>";
    let endpoint = Endpoint::read(named).unwrap();
    assert_eq!(endpoint.external_credential.as_deref(), Some("Lead_EC"));
    let options = ExternalOptions {
        endpoint: Some(&endpoint),
        ..ExternalOptions::default()
    };
    let xml = credential(
        &[
            parameter("AuthHeader", "X-Api-Key", "{!$Credential.Leads.Key}"),
            parameter(
                "AuthHeader",
                "Authorization",
                "{!'Bearer ' &amp; $Credential.A.B}",
            ),
            parameter("AuthHeader", "accept", "text/plain"),
            parameter("AuthHeader", "X-Token", "seen-by-all"),
        ]
        .concat(),
    );
    let imported = external_credential(&xml, options).unwrap();
    has(
        &imported.scenario,
        &[
            "# The URL of the Named Credential. Add the path that your code adds: callout:NAME/path.",
            "url = \"https://api.example.com/leads\"",
            "allowed_hosts = [\"api.example.com\"]",
            "connections = { client_certificate = \"acme_mtls\" }",
            "[target.request]",
            "content_type = \"application/json; charset=UTF-8\"",
            "[target.request.headers]",
            "Accept = \"application/json\"",
            "X-Second = \"2\"",
            "X-Api-Key = \"{!$Credential.Leads.Key}\"",
            "# do not write it into this file, but read it from the environment: X-Api-Key = { env = \"X_API_KEY\" }",
            "X-Token = \"seen-by-all\"",
        ],
    );
    let order = ["Accept = ", "X-Second = ", "X-Api-Key = \"", "X-Token = "];
    let places = order.map(|line| imported.scenario.find(line).unwrap());
    assert!(places.is_sorted(), "{}", imported.scenario);
    let notes: Vec<_> = imported.notes.iter().map(ToString::to_string).collect();
    told(
        &notes,
        &[
            "signing certificate is missing",
            "3:157: the header `X-Api-Key` has $Credential.Leads.Key",
            "the header `Authorization` is left out",
            "`accept` is set twice",
            "`X-Token` may be a secret",
        ],
    );
    assert!(notes.iter().all(|note| !note.contains("seen-by-all")));
    let endpoint_notes: Vec<_> = imported
        .endpoint_notes
        .iter()
        .map(|n| n.text.as_str())
        .collect();
    assert_eq!(endpoint_notes.len(), 1, "{endpoint_notes:?}");
    assert!(endpoint_notes[0].contains("mutual TLS"));
}
