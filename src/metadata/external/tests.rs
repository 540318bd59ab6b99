//! What becomes of External Credentials, as orgs give them out and as people write them.

use proptest::prelude::*;

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
fn times_are_placed_by_the_keys_of_the_scenario() {
    let times = |exp: &str, iat: &str, nbf: &str| {
        let claim = |name: &str, after: &str| {
            let value = format!("{{!Text(FLOOR({NOW} {after}))}}");
            parameter("JwtBodyClaim", name, &value)
        };
        let all = [("exp", exp), ("iat", iat), ("nbf", nbf)];
        let there = all.iter().filter(|(_, after)| !after.is_empty());
        made(
            &there
                .map(|(name, after)| claim(name, after))
                .collect::<Vec<_>>(),
        )
    };
    let (scenario, notes) = times("+ 3600", "+ 0", "- 30");
    has(
        &scenario,
        &["valid_for = \"3600s\"", "nbf_clock_skew = \"30s\""],
    );
    assert!(!scenario.contains("\nclock_skew"), "{scenario}");
    told(&notes, &[]);
    // All three move with `iat`.
    let (scenario, notes) = times("+ 3600", "- 60", "- 90");
    has(
        &scenario,
        &[
            "clock_skew = \"-60s\"",
            "nbf_clock_skew = \"30s\"",
            "valid_for = \"3660s\"",
        ],
    );
    told(&notes, &[]);
    let (scenario, notes) = times("+ 60 * 60", "- 60", "");
    has(
        &scenario,
        &["clock_skew = \"-60s\"", "valid_for = \"3660s\""],
    );
    told(&notes, &["`iat` lies -60 s from now"]);
    // What no key can say is refused where the key would stand.
    let (scenario, notes) = times("- 1", "+ 0", "+ 30");
    assert!(scenario.contains("valid_for = \"{!Text("), "{scenario}");
    assert!(
        scenario.contains("nbf_clock_skew = \"{!Text("),
        "{scenario}"
    );
    told(
        &notes,
        &["`exp` lies -1 s after `iat`", "`nbf` lies 30 s after `iat`"],
    );
}

/// The whole seconds of a key, 0 where it is not there.
fn seconds(scenario: &str, key: &str) -> i64 {
    let start = format!("{key} = \"");
    let value = scenario.lines().find_map(|line| line.strip_prefix(&start));
    value.map_or(0, |value| value.trim_end_matches("s\"").parse().unwrap())
}

proptest! {
    // What the keys of the scenario make of the clock is what the formulas make of it, or the
    // scenario is refused.
    #[test]
    fn the_keys_put_the_times_where_the_formulas_do(
        exp in -100i64..90_000,
        iat in -90_000i64..90_000,
        nbf in -90_000i64..90_000,
        is_near: bool,
    ) {
        let (iat, nbf) = if is_near { (iat / 1_000, nbf / 1_000) } else { (iat, nbf) };
        let claim = |name: &str, after: i64| {
            let value = format!("{{!Text(FLOOR({NOW} + {after}))}}");
            parameter("JwtBodyClaim", name, &value)
        };
        let (scenario, notes) = made(&[claim("exp", exp), claim("iat", iat), claim("nbf", nbf)]);
        if notes.is_empty() {
            let issued = seconds(&scenario, "clock_skew");
            prop_assert_eq!(issued, iat);
            prop_assert_eq!(issued - seconds(&scenario, "nbf_clock_skew"), nbf);
            prop_assert_eq!(issued + seconds(&scenario, "valid_for"), exp);
        } else {
            prop_assert!(scenario.contains("{!Text("), "{}", scenario);
        }
    }
}

#[test]
fn a_time_that_does_not_go_by_the_clock_is_refused_where_it_would_stand() {
    for (name, value, line, says) in [
        (
            "exp",
            "1795824000",
            "valid_for = \"{!1795824000}\"",
            "is a fixed number outside 1 s",
        ),
        ("exp", "soon", "valid_for = \"{!soon}\"", "the name soon"),
        (
            "exp",
            "{!HOUR(TIMENOW())}",
            "valid_for = \"{!HOUR(TIMENOW())}\"",
            "TIMENOW",
        ),
        (
            "exp",
            "{!NOW() + 1/24}",
            "valid_for = \"{!NOW() + 1/24}\"",
            "a point in time",
        ),
        (
            "exp",
            "{!$Credential.A.B}",
            "valid_for = \"{!$Credential.A.B}\"",
            "a secret",
        ),
        (
            "iat",
            "0",
            "clock_skew = \"{!0}\"",
            "the same in every token",
        ),
        (
            "nbf",
            "{!'a'}",
            "nbf_clock_skew = \"{!'a'}\"",
            "is the string",
        ),
    ] {
        let (scenario, notes) = made(&[parameter("JwtBodyClaim", name, value)]);
        has(&scenario, &[line]);
        told(&notes, &[says]);
        assert!(notes[0].starts_with("3:"), "{notes:?}");
    }
    // Without braces, and as a number in quotes.
    let bare = NOW.replace("&quot;", "'");
    let in_quotes = format!("\"{{!FLOOR({bare}) + 90}}\"");
    for value in [
        &format!("FLOOR({bare}) + 90"),
        "\"90\"",
        "{!90}",
        &in_quotes,
    ] {
        let (scenario, _) = made(&[parameter("JwtBodyClaim", "exp", value)]);
        has(&scenario, &["valid_for = \"90s\""]);
    }
}

#[test]
fn json_in_a_claim_is_what_it_says() {
    let (scenario, notes) = made(&[
        parameter("JwtBodyClaim", "aud", "[&quot;a&quot;, &quot;b&quot;]"),
        parameter("JwtBodyClaim", "roles", "[\"x\", 7, true]"),
        parameter("JwtBodyClaim", "context", "{\"a b\": {\"c\": 1.5}}"),
        parameter("JwtBodyClaim", "quoted", "\"7\""),
        parameter("JwtBodyClaim", "single", "'it'"),
        parameter("JwtBodyClaim", "is_new", "true"),
        parameter("JwtBodyClaim", "sum", "{!1 + 1}"),
        parameter("JwtBodyClaim", "iss", "{!6 * 7}"),
        parameter("JwtBodyClaim", "https://example.com/claim", "x"),
        parameter("JwtBodyClaim", "odd", "[a]"),
        parameter("JwtBodyClaim", "none", "null"),
        parameter("JwtBodyClaim", "large", "99999999999999999999"),
        parameter(
            "JwtBodyClaim",
            "deep",
            &("[".repeat(100) + &"]".repeat(100)),
        ),
    ]);
    has(
        &scenario,
        &[
            "audience = [\"a\", \"b\"]",
            "roles = [\"x\", 7, true]",
            "context = { \"a b\" = { c = 1.5 } }",
            "quoted = \"7\"",
            "single = \"it\"",
            "is_new = true",
            "sum = 2",
            "issuer = \"42\"",
            "\"https://example.com/claim\" = \"x\"",
            "odd = \"[a]\"",
        ],
    );
    told(
        &notes,
        &[
            "looks like JSON, but",
            "`none` contains null",
            "`large` contains",
            "`deep` contains",
        ],
    );
    assert!(!scenario.contains("none ="), "{scenario}");
}

#[test]
fn formulas_that_need_the_org_are_named_with_their_place_and_refused() {
    let (scenario, notes) = made(&[
        parameter("JwtBodyClaim", "iss", "{!$User.Email}"),
        parameter(
            "JwtBodyClaim",
            "aud",
            "https://{!$Organization.Id}.example.com",
        ),
        parameter("JwtBodyClaim", "email", "$User.Email"),
        parameter("JwtBodyClaim", "when", &format!("{{!TEXT(FLOOR({NOW}))}}")),
        parameter("JwtHeaderClaim", "kid", "{!$Credential.Leads.Kid}"),
        parameter("JwtHeaderClaim", "alg", "{!IF(TRUE, 'RS256', 'RS512')}"),
        parameter("JwtBodyClaim", "sub", "&quot;{!LOWER($User.Email)}&quot;"),
    ]);
    has(
        &scenario,
        &[
            "issuer = \"{!$User.Email}\"",
            "audience = \"https://{!$Organization.Id}.example.com\"",
            "email = \"{!$User.Email}\"",
            "kid = \"{!$Credential.Leads.Kid}\"",
            "algorithm = \"{!IF(TRUE, 'RS256', 'RS512')}\"",
            "subject_formula = \"{!LOWER($User.Email)}\"",
            "# Line 3, column 153: leadbench cannot evaluate this formula. Replace it by the value that your org sends.",
        ],
    );
    told(
        &notes,
        &[
            "3:153: `iss` has $User.Email",
            "4:153: `aud` has $Organization.Id",
            "--set 'auth.claims.email=",
            "`when` changes with the clock",
            "`kid` has $Credential.Leads.Kid",
            "`alg` has the function IF",
            "`sub` is a formula",
        ],
    );
}

#[test]
fn what_stands_twice_is_told() {
    let (scenario, notes) = made(&[
        parameter("JwtBodyClaim", "iss", "first"),
        parameter("JwtBodyClaim", "iss", "second"),
        parameter("SigningCertificate", "a", "lead_signing"),
        parameter("SigningCertificate", "b", "other"),
    ]);
    has(&scenario, &["issuer = \"first\"", "key = \"lead_signing\""]);
    assert!(notes[0].starts_with("4:") && notes[0].contains("on line 3 already"));
    assert!(!scenario.contains("second") && !scenario.contains("other"));
}

#[test]
fn the_parameters_of_other_principals_do_not_mix_in() {
    let xml = credential(
        &[
            parameter("JwtBodyClaim", "aud", "leads"),
            parameter("JwtBodyClaim", "sub", "nobody"),
            principal("Sandbox"),
            principal("Full Copy"),
            in_group("Sandbox", "JwtBodyClaim", "iss", "sandbox"),
            in_group("Full Copy", "JwtBodyClaim", "iss", "full"),
            in_group("Full Copy", "JwtBodyClaim", "sub", "somebody"),
        ]
        .concat(),
    );
    let error = external_credential(&xml, ExternalOptions::default()).unwrap_err();
    assert!(error.problem.contains("2 principals with parameters"));
    assert!(error.problem.contains("Sandbox, Full Copy"), "{error}");
    assert!(error.hint.unwrap().contains("--principal NAME"));
    let of = |principal| {
        let options = ExternalOptions {
            principal: Some(principal),
            ..ExternalOptions::default()
        };
        external_credential(&xml, options)
    };
    let sandbox = of("Sandbox").unwrap().scenario;
    has(
        &sandbox,
        &[
            "issuer = \"sandbox\"",
            "subject = \"nobody\"",
            "audience = \"leads\"",
        ],
    );
    assert!(!sandbox.contains("full") && !sandbox.contains("somebody"));
    let full = of("Full Copy").unwrap();
    has(
        &full.scenario,
        &["issuer = \"full\"", "subject = \"somebody\""],
    );
    let said = full
        .notes
        .iter()
        .any(|note| note.text.contains("the principal has its own"));
    assert!(said, "{:?}", full.notes);
    let error = of("Nobody").unwrap_err();
    assert!(error.problem.contains("no principal \"Nobody\""));
    assert!(error.hint.unwrap().contains("Sandbox, Full Copy"));
}

#[test]
fn principals_without_parameters_of_their_own_need_no_choice() {
    let (scenario, notes) = made(&[
        parameter("JwtBodyClaim", "iss", "i"),
        principal("One"),
        principal("Two"),
    ]);
    has(&scenario, &["issuer = \"i\""]);
    told(
        &notes,
        &["its 2 principals have no parameters of their own"],
    );
    assert!(notes[0].contains("One, Two"));
    // The only one is the one.
    let (scenario, notes) = made(&[
        principal("One"),
        in_group("One", "JwtBodyClaim", "iss", "i"),
    ]);
    has(&scenario, &["issuer = \"i\""]);
    told(&notes, &[]);
    // So are those of a group without a principal, and the documented name of the default.
    let (scenario, _) = made(&[
        in_group("Two", "JwtBodyClaim", "iss", "i"),
        in_group("DEFAULT_GROUP", "JwtBodyClaim", "aud", "a"),
    ]);
    has(&scenario, &["issuer = \"i\"", "audience = \"a\""]);
}

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
