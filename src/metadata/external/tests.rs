//! What becomes of External Credentials, as orgs give them out and as people write them.

mod claims;
mod headers;
mod parameters;
mod times;

use super::*;

/// Seconds since 1970, as Setup writes them.
const NOW: &str = "(NOW() - DATETIMEVALUE( &quot;1970-01-01 00:00:00&quot; )) * 86400";

fn in_group(group: &str, kind: &str, name: &str, value: &str) -> String {
    format!(
        "<externalCredentialParameters><parameterGroup>{group}</parameterGroup>\
         <parameterName>{name}</parameterName><parameterType>{kind}</parameterType>\
         <parameterValue>{value}</parameterValue></externalCredentialParameters>\n"
    )
}

fn parameter(kind: &str, name: &str, value: &str) -> String {
    in_group("DefaultGroup", kind, name, value)
}

fn principal(name: &str) -> String {
    format!(
        "<externalCredentialParameters><parameterName>{name}</parameterName>\
         <parameterType>NamedPrincipal</parameterType><sequenceNumber>1</sequenceNumber>\
         </externalCredentialParameters>\n"
    )
}

fn credential(parameters: &str) -> String {
    format!(
        "<ExternalCredential xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n\
         <authenticationProtocol>Jwt</authenticationProtocol>\n{parameters}\
         <label>Lead EC</label></ExternalCredential>"
    )
}

#[track_caller]
fn imported(xml: &str) -> Imported {
    external_credential(xml, ExternalOptions::default()).unwrap()
}

/// The scenario of these parameters and what is told of them, but for the URL that is missing.
#[track_caller]
fn made(parameters: &[String]) -> (String, Vec<String>) {
    let imported = imported(&credential(&parameters.concat()));
    let told = imported.notes.iter().map(ToString::to_string);
    let told = told.filter(|text| !text.contains("has no URL") && !text.contains("certificate"));
    (imported.scenario.clone(), told.collect())
}

#[track_caller]
fn has(scenario: &str, lines: &[&str]) {
    for line in lines {
        assert!(
            scenario.lines().any(|found| found == *line),
            "{line}: {scenario}"
        );
    }
}

#[track_caller]
fn told(notes: &[String], says: &[&str]) {
    assert_eq!(notes.len(), says.len(), "{notes:#?}");
    for (note, say) in notes.iter().zip(says) {
        assert!(note.contains(say), "{say}: {note}");
    }
}

#[test]
fn its_claims_and_its_header_become_those_of_the_scenario() {
    let (scenario, notes) = made(&[
        parameter("SigningCertificate", "SigningCertificate", "lead_signing"),
        parameter("JwtBodyClaim", "iss", "\"issuer\""),
        parameter("JwtBodyClaim", "sub", "{!$User.Email}"),
        parameter("JwtBodyClaim", "aud", "leads"),
        parameter("JwtBodyClaim", "exp", "120"),
        parameter("JwtBodyClaim", "tenant", "7"),
        parameter("JwtHeaderClaim", "alg", "RS512"),
        parameter("JwtHeaderClaim", "typ", "JWT"),
        parameter("JwtHeaderClaim", "kid", "\"2026\""),
        parameter("JwtHeaderClaim", "x5t", "1JL9c_SuoWHTmPPKB1sXl0-fBiw"),
        parameter("AdditionalRefreshStatusCode", "code", "403"),
    ]);
    has(
        &scenario,
        &[
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
            "x5t = \"1JL9c_SuoWHTmPPKB1sXl0-fBiw\"",
            "refresh_on = [403]",
        ],
    );
    told(&notes, &["5:153: `sub` is a formula"]);
}

#[test]
fn oauth_with_jwt_bearer_is_an_exchange() {
    let oauth = |variant: &str, more: &[String]| {
        let parameters = [
            parameter("AuthProtocolVariant", "Oauth", variant),
            parameter(
                "AuthProviderUrl",
                "AuthProviderUrl",
                "https://id.example.com/token?a=b",
            ),
            parameter("AuthParameter", "Scope", "leads write"),
            parameter("SigningCertificate", "SigningCertificate", "lead_signing"),
            parameter("JwtBodyClaim", "iss", "client-1"),
        ];
        let xml = credential(&[&parameters[..], more].concat().concat());
        imported(&xml.replace(">Jwt<", ">Oauth<"))
    };
    let bearer = oauth("JwtBearer", &[]);
    has(
        &bearer.scenario,
        &[
            "allowed_hosts = [\"id.example.com\"]",
            "issuer = \"client-1\"",
            "[auth.exchange]",
            "url = \"https://id.example.com/token?a=b\"",
            "scope = \"leads write\"",
        ],
    );
    assert_eq!(bearer.notes.len(), 1, "{:?}", bearer.notes);
    let assertion = oauth("ClientCredentialsJwtAssertion", &[]);
    assert!(
        assertion
            .scenario
            .contains("form = \"grant_type=client_credentials&client_assertion_type=")
    );
    assert!(assertion.scenario.contains("&scope={{scope}}\""));
    assert!(
        assertion
            .notes
            .iter()
            .any(|note| note.text.contains("client_id"))
    );
    // What belongs to no exchange is told in one that has none.
    let (scenario, notes) = made(&[parameter("AuthParameter", "Scope", "leads")]);
    assert!(!scenario.contains("exchange"));
    told(&notes, &["\"Scope\" of the type AuthParameter is left out"]);
}

#[test]
fn a_token_endpoint_that_stands_elsewhere_is_told() {
    let xml = credential(
        &[
            parameter("AuthProtocolVariant", "Oauth", "JwtBearer"),
            "<externalCredentialParameters><externalAuthIdentityProvider>Acme_Id\
             </externalAuthIdentityProvider><parameterName>x</parameterName><parameterType>\
             ExternalAuthIdentityProvider</parameterType></externalCredentialParameters>\n"
                .to_owned(),
        ]
        .concat(),
    );
    let imported = imported(&xml.replace(">Jwt<", ">OAuth<"));
    has(&imported.scenario, &["[auth.exchange]"]);
    let text = imported.notes.iter().map(|note| &note.text);
    assert!(
        text.clone()
            .any(|text| text.contains("another component, Acme_Id"))
    );
    assert!(
        text.clone()
            .any(|text| text.contains("signing certificate is missing"))
    );
}

#[test]
fn a_protocol_without_a_jwt_is_refused_with_its_place() {
    let xml =
        |protocol: &str, more: &str| credential(more).replace(">Jwt<", &format!(">{protocol}<"));
    let variant = parameter(
        "AuthProtocolVariant",
        "Oauth",
        "ClientCredentialsClientSecret",
    );
    for (xml, place, says) in [
        (xml("Oauth", ""), (2, 1), "Oauth without a variant"),
        (
            xml("Oauth", &variant),
            (3, 162),
            "ClientCredentialsClientSecret of Oauth does not sign a JWT",
        ),
        (xml("Basic", ""), (2, 1), "Basic does not sign a JWT"),
        (xml("Custom", ""), (2, 1), "Custom does not sign a JWT"),
        (xml("AwsSv4", ""), (2, 1), "AwsSv4 does not sign a JWT"),
        (xml("", ""), (2, 1), "(none) does not sign a JWT"),
    ] {
        let error = external_credential(&xml, ExternalOptions::default()).unwrap_err();
        assert_eq!((error.line, error.column), place, "{error}");
        assert!(error.problem.contains(says), "{error}");
        assert!(error.hint.is_some());
    }
}

#[test]
fn files_as_they_come_are_read() {
    let claim = parameter("JwtBodyClaim", "iss", "issuer");
    let plain = credential(&claim);
    let with = |value: &str| plain.replace(">issuer<", &format!(">{value}<"));
    let prefixed = plain
        .replace(
            "<ExternalCredential xmlns=",
            "<m:ExternalCredential xmlns:m=",
        )
        .replace("</ExternalCredential", "</m:ExternalCredential")
        .replace("<parameter", "<m:parameter")
        .replace("</parameter", "</m:parameter")
        .replace(
            "externalCredentialParameters",
            "m:externalCredentialParameters",
        )
        .replace("authenticationProtocol", "m:authenticationProtocol");
    for xml in [
        format!("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{plain}"),
        plain.replace('\n', "\r\n"),
        with("<![CDATA[issuer]]>"),
        with("<!-- of the sandbox -->issuer"),
        with("iss<!-- of the sandbox -->uer"),
        with("iss<![CDATA[uer]]>"),
        with("\n      issuer\n  "),
        with("&#105;ssuer"),
        with("&quot;issuer&quot;"),
        with("{!&apos;issuer&apos;}"),
        with("{!\"iss\" &amp; 'uer'}"),
        prefixed,
    ] {
        has(&imported(&xml).scenario, &["issuer = \"issuer\""]);
    }
    // What is empty is no value.
    for empty in ["", "  ", "<!-- none -->"] {
        let (scenario, notes) = made(&[parameter("JwtBodyClaim", "iss", empty)]);
        assert!(!scenario.contains("issuer"), "{scenario}");
        told(&notes, &["\"iss\" has no value"]);
    }
}

#[test]
fn what_a_scenario_has_no_place_for_is_told() {
    let mut xml = credential(
        &[
            parameter("AuthParameter", "AwsRegion", "eu"),
            parameter("Scope", "scope", "leads"),
            parameter("JwtHeaderClaim", "alg", "ES256"),
            parameter("JwtHeaderClaim", "typ", "at+jwt"),
            parameter("JwtBodyClaim", "jti", "{!$User.Id}"),
            parameter("CreatedByNamespace", "x", "y"),
            parameter("SigningCertificate", "x", "acme__lead_signing"),
            "<externalCredentialParameters><parameterName>x</parameterName>\
             </externalCredentialParameters>\n"
                .to_owned(),
        ]
        .concat(),
    );
    xml = xml.replace(
        "<label>",
        "<principals><principalName>P</principalName></principals><label>",
    );
    let imported = imported(&xml);
    has(
        &imported.scenario,
        &[
            "algorithm = \"ES256\"",
            "typ = \"at+jwt\"",
            "jti = true",
            "key = \"lead_signing\"",
        ],
    );
    let notes: Vec<_> = imported.notes.iter().map(ToString::to_string).collect();
    told(
        &notes,
        &[
            "has no URL",
            "\"AwsRegion\" of the type AuthParameter",
            "\"scope\" of the type Scope",
            "`alg` is \"ES256\"",
            "`typ` is \"at+jwt\"",
            "a `jti` of its own",
            "without the namespace acme",
            "without a <parameterType>",
            "<principals> is left out",
        ],
    );
}

#[test]
fn the_file_of_another_type_is_named_with_its_command() {
    let error = external_credential("<NamedCredential/>", ExternalOptions::default()).unwrap_err();
    assert!(error.problem.contains("not a <ExternalCredential>"));
    assert!(error.hint.unwrap().contains("import named-credential"));
    let error = Endpoint::read("<NamedCredential><protocol>Jwt</protocol></NamedCredential>");
    assert!(
        error
            .unwrap_err()
            .hint
            .unwrap()
            .contains("import named-credential")
    );
}
