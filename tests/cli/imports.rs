//! Salesforce's own files taken in, and tokens that somebody captured.

use std::io::Write as _;
use std::process::Stdio;

use crate::exchange::{api, endpoint, granted};
use crate::support::{Bench, Going, Ran};

const NAMED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<NamedCredential xmlns="http://soap.sforce.com/2006/04/metadata">
    <allowMergeFieldsInBody>false</allowMergeFieldsInBody>
    <endpoint>http://127.0.0.1:8080/leads</endpoint>
    <generateAuthorizationHeader>false</generateAuthorizationHeader>
    <jwtAudience>["a", "b"]</jwtAudience>
    <jwtIssuer>https://acme.my.salesforce.com</jwtIssuer>
    <jwtSigningCertificate>lead_signing</jwtSigningCertificate>
    <jwtTextSubject>integration@acme.example</jwtTextSubject>
    <jwtValidityPeriodSeconds>10</jwtValidityPeriodSeconds>
    <label>Lead API</label>
    <principalType>NamedUser</principalType>
    <protocol>Jwt</protocol>
</NamedCredential>
"#;

const EXTERNAL: &str = r#"<ExternalCredential xmlns="http://soap.sforce.com/2006/04/metadata">
    <authenticationProtocol>Jwt</authenticationProtocol>
    <externalCredentialParameters>
        <parameterName>SigningCertificate</parameterName>
        <parameterType>SigningCertificate</parameterType>
        <parameterValue>lead_signing</parameterValue>
    </externalCredentialParameters>
    <externalCredentialParameters>
        <parameterName>aud</parameterName>
        <parameterType>JwtBodyClaim</parameterType>
        <parameterValue>leads</parameterValue>
    </externalCredentialParameters>
    <label>Lead EC</label>
</ExternalCredential>
"#;

#[test]
fn a_named_credential_becomes_a_scenario_that_is_valid() {
    let bench = Bench::new();
    let xml = bench.write("Lead.namedCredential-meta.xml", NAMED);
    let out = bench.path("lead.toml");
    let words = [
        "import",
        "named-credential",
        xml.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ];
    bench
        .call(&words)
        .ends_with(0)
        .says("generateAuthorizationHeader is false");
    bench.call(&["check", out.to_str().unwrap()]).ends_with(0);
    let token = ["token", out.to_str().unwrap(), "--at", "1000"];
    bench.call(&token).ends_with(0).prints(
        r#"{"iss":"https://acme.my.salesforce.com","sub":"integration@acme.example","aud":["a","b"],"nbf":1000,"iat":1000,"exp":1010}"#,
    );
    // Not over a file that is there.
    bench.call(&words).ends_with(4).says("already exists");
}

#[test]
fn what_an_external_credential_leaves_open_is_told() {
    let bench = Bench::new();
    let xml = bench.write("Lead.externalCredential-meta.xml", EXTERNAL);
    let words = ["import", "external-credential", xml.to_str().unwrap()];
    let ran = bench.call(&words).ends_with(0);
    ran.says("has no URL").says("[auth] needs the key `issuer`");
    ran.prints("audience = \"leads\"");
}

/// An External Credential as an org gives it out.
fn external(protocol: &str, parameters: &[(&str, &str, &str, &str)]) -> String {
    let first = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <ExternalCredential xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n    \
         <authenticationProtocol>{protocol}</authenticationProtocol>\n    \
         <externalCredentialParameters>\n        <certificate>lead_signing</certificate>\n        \
         <parameterGroup>DefaultGroup</parameterGroup>\n        \
         <parameterName>SigningCertificate</parameterName>\n        \
         <parameterType>SigningCertificate</parameterType>\n    \
         </externalCredentialParameters>\n"
    );
    let more = parameters.iter().map(|(group, kind, name, value)| {
        format!(
            "    <externalCredentialParameters>\n        <parameterGroup>{group}</parameterGroup>\n        \
             <parameterName>{name}</parameterName>\n        <parameterType>{kind}</parameterType>\n        \
             <parameterValue>{value}</parameterValue>\n    </externalCredentialParameters>\n"
        )
    });
    let more: String = more.collect();
    format!("{first}{more}    <label>Lead EC</label>\n</ExternalCredential>\n")
}

const OF_ALL: &str = "DefaultGroup";
const CLAIM: &str = "JwtBodyClaim";

#[test]
fn an_expiry_by_formula_is_the_validity_of_the_token() {
    let bench = Bench::new();
    let exp =
        "{!Text(FLOOR((NOW() - DATETIMEVALUE( &quot;1970-01-01 00:00:00&quot; )) * 86400 + 3600))}";
    let xml = external(
        "Jwt",
        &[
            (OF_ALL, CLAIM, "iss", "client-1"),
            (OF_ALL, CLAIM, "sub", "user-1"),
            (OF_ALL, CLAIM, "aud", "&quot;auth.example.test&quot;"),
            (OF_ALL, CLAIM, "exp", exp),
        ],
    );
    let xml = bench.write("x.xml", &xml);
    let out = bench.path("x.toml");
    let out = out.to_str().unwrap();
    let words = [
        "import",
        "external-credential",
        xml.to_str().unwrap(),
        "--out",
        out,
    ];
    bench.call(&words).ends_with(0);
    bench.call(&["token", out, "--at", "1000"]).ends_with(0).prints(
        r#"{"iss":"client-1","sub":"user-1","aud":"auth.example.test","nbf":1000,"iat":1000,"exp":4600}"#,
    );
}

// Arrays are arrays on the wire, the embedded target takes one that names it, and no formula is
// ever sent as a text.
#[test]
fn formulas_wait_for_their_values_and_arrays_are_arrays() {
    let bench = Bench::new();
    let xml = external(
        "Jwt",
        &[
            (OF_ALL, CLAIM, "iss", "{!$User.Email}"),
            (OF_ALL, CLAIM, "sub", "{!$User.Username}"),
            (OF_ALL, CLAIM, "aud", "[&quot;a&quot;, &quot;b&quot;]"),
            (OF_ALL, CLAIM, "roles", "[\"x\", 7]"),
            (
                OF_ALL,
                "AuthHeader",
                "X-Api-Key",
                "{!$Credential.Leads.Key}",
            ),
        ],
    );
    let xml = bench.write("x.xml", &xml);
    let out = bench.path("x.toml");
    let out = out.to_str().unwrap();
    let words = [
        "import",
        "external-credential",
        xml.to_str().unwrap(),
        "--out",
        out,
    ];
    bench
        .call(&words)
        .ends_with(0)
        .says("x.xml:14:9: `iss` has $User.Email, which depends on the running user")
        .says("x.xml:38:9: the header `X-Api-Key` has $Credential.Leads.Key, a secret that only the org knows")
        .says("2 problems in ");
    for command in ["check", "token", "run"] {
        let ran = bench.call(&[command, out]).ends_with(3);
        ran.says("`issuer` is a formula of Salesforce, which only an org can evaluate")
            .says("`X-Api-Key` is a formula of Salesforce");
    }
    let values = [
        "--set",
        "auth.issuer=client-1",
        "--set",
        "target.request.headers.X-Api-Key=none",
    ];
    let token = [&["token", out, "--at", "1000"], &values[..]].concat();
    bench.call(&token).ends_with(0).prints(
        r#"{"iss":"client-1","sub":"user1@example.com","aud":["a","b"],"nbf":1000,"iat":1000,"exp":1120,"roles":["x",7]}"#,
    );
    let more = [&["--duration", "400ms", "--rate", "50/s"], &values[..]].concat();
    let summary = bench.run(out, &more).ends_with_unless_busy(0).summary();
    assert_eq!(summary["counts"]["ok"], summary["counts"]["started"]);
}

#[test]
fn a_credential_with_jwt_bearer_buys_access_tokens() {
    let bench = Bench::new();
    let (desk, forms) = endpoint(granted);
    let api = api(|number| number == 1);
    let xml = external(
        "Oauth",
        &[
            (OF_ALL, "AuthProtocolVariant", "Oauth", "JwtBearer"),
            (OF_ALL, "AuthProviderUrl", "AuthProviderUrl", &desk.url()),
            (OF_ALL, CLAIM, "iss", "client-1"),
            (OF_ALL, CLAIM, "sub", "user-1"),
            (OF_ALL, CLAIM, "aud", "\"auth.example.test\""),
            ("Integration", "AuthParameter", "Scope", "leads write"),
        ],
    );
    let xml = bench.write("x.xml", &xml);
    let out = bench.path("x.toml");
    let out = out.to_str().unwrap();
    let named = format!(
        "<NamedCredential><label>Leads</label><namedCredentialType>SecuredEndpoint\
         </namedCredentialType><namedCredentialParameters><parameterName>Url</parameterName>\
         <parameterType>Url</parameterType><parameterValue>{}</parameterValue>\
         </namedCredentialParameters><namedCredentialParameters><parameterName>EC</parameterName>\
         <parameterType>Authentication</parameterType><externalCredential>Lead_EC\
         </externalCredential></namedCredentialParameters></NamedCredential>",
        api.url()
    );
    let named = bench.write("Leads.namedCredential-meta.xml", &named);
    let named = named.to_str().unwrap();
    bench
        .call(&["import", "named-credential", named])
        .ends_with(4)
        .says("leaves the JWT to Lead_EC")
        .says("--named-credential THIS");
    let words = [
        "import",
        "external-credential",
        xml.to_str().unwrap(),
        "--named-credential",
        named,
        "--out",
        out,
    ];
    bench
        .call(&words)
        .ends_with(0)
        .says("refers to the External Credential \"Lead_EC\", but the file describes \"x.xml\"");
    let more = ["--duration", "400ms", "--rate", "50/s"];
    let summary = bench.run(out, &more).ends_with_unless_busy(0).summary();
    assert_eq!(summary["counts"]["ok"], summary["counts"]["started"]);
    assert_eq!(summary["token_endpoint"]["requests"], 1);
    assert!(forms.lock().unwrap()[0].ends_with("&scope=leads+write"));
}

#[test]
fn a_principal_is_chosen_by_its_name() {
    let bench = Bench::new();
    let xml = external(
        "Jwt",
        &[
            (OF_ALL, CLAIM, "sub", "s"),
            (OF_ALL, CLAIM, "aud", "a"),
            ("Sandbox", CLAIM, "iss", "of-the-sandbox"),
            ("Full Copy", CLAIM, "iss", "of-the-copy"),
        ],
    );
    let xml = bench.write("x.xml", &xml);
    let words = ["import", "external-credential", xml.to_str().unwrap()];
    bench
        .call(&words)
        .ends_with(4)
        .says("2 principals with parameters of their own: Sandbox, Full Copy")
        .says("hint: name one with --principal NAME");
    let ran = bench.call(&[&words[..], &["--principal", "Full Copy"]].concat());
    let ran = ran.ends_with(0);
    ran.prints("issuer = \"of-the-copy\"");
    assert!(!ran.stdout.contains("of-the-sandbox"));
    bench
        .call(&[&words[..], &["--principal", "full"]].concat())
        .ends_with(4)
        .says("it has no principal \"full\"")
        .says("hint: name one of Sandbox, Full Copy");
}

#[test]
fn metadata_that_is_broken_says_where() {
    let bench = Bench::new();
    for (text, says) in [
        (
            "<NamedCredential>\n<a></NamedCredential>",
            "x.xml:2:4: this is not valid XML",
        ),
        ("<CustomObject/>", "x.xml:1:1: this is a <CustomObject>"),
        ("not xml", "x.xml:1:1: this is not valid XML"),
    ] {
        let xml = bench.write("x.xml", text);
        let words = ["import", "named-credential", xml.to_str().unwrap()];
        bench.call(&words).ends_with(4).says(says);
    }
}

#[test]
fn an_event_log_becomes_a_trace() {
    let bench = Bench::new();
    let log = "EVENT_TYPE,TIMESTAMP,METHOD,URL,TIME\n\
        ApexCallout,20261123141501.000,POST,https://api.example.com/leads,80\n\
        ApexCallout,20261123141500.250,POST,https://api.example.com/leads,60\n\
        ApexCallout,20261123141502.000,GET,https://other.example.com/x,12\n";
    let csv = bench.write("callouts.csv", log);
    let csv = csv.to_str().unwrap();
    let words = ["import", "apex-callouts", csv, "--url", "api.example.com"];
    let ran = bench.call(&words).ends_with(0);
    assert_eq!(ran.stdout, "due_ms\n0.000\n750.000\n");
    ran.says("2 of 3 callouts over 0 s; in the org they took 60 ms at p50");
    bench
        .call(&["import", "apex-callouts", csv, "--url", "nowhere"])
        .ends_with(4)
        .says("they go to api.example.com (2), other.example.com (1)");
}

/// Gives a command something on its stdin.
#[track_caller]
fn with_stdin(bench: &Bench, words: &[&str], text: &str) -> Ran {
    let mut command = bench.command(words);
    let mut going = Going::spawn_with(command.stdin(Stdio::piped()));
    let mut stdin = going.child().stdin.take().unwrap();
    stdin.write_all(text.as_bytes()).unwrap();
    drop(stdin);
    going.end()
}

#[test]
fn a_captured_token_is_decoded_and_verified() {
    let bench = Bench::without_key();
    bench
        .call(&["keys", "generate", "lead_signing"])
        .ends_with(0);
    bench.call(&["keys", "generate", "other"]).ends_with(0);
    let xml = bench.write("x.xml", NAMED);
    let out = bench.path("x.toml");
    let words = [
        "import",
        "named-credential",
        xml.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ];
    bench.call(&words).ends_with(0);
    let token = bench
        .call(&["token", out.to_str().unwrap(), "--reveal"])
        .stdout;
    let certificate = bench.path("keys/lead_signing.crt.pem");
    let set = bench.path("keys/jwks.json");
    let other = bench.path("keys/other.crt.pem");
    let line = format!("Authorization: Bearer {token}");
    for (text, trust, code, prints) in [
        (
            token.as_str(),
            Some(&certificate),
            0,
            "verified with the key lead_signing",
        ),
        (
            line.as_str(),
            Some(&set),
            0,
            "verified with the key lead_signing",
        ),
        (
            token.as_str(),
            Some(&other),
            1,
            "NOT VERIFIED with any of these keys",
        ),
        (
            token.as_str(),
            None,
            0,
            "not verified: name a key with --trust",
        ),
    ] {
        let trust = trust.map(|path| path.to_str().unwrap());
        let words: Vec<_> = match trust {
            Some(path) => vec!["token", "--stdin", "--trust", path],
            None => vec!["token", "--stdin"],
        };
        let ran = with_stdin(&bench, &words, text).ends_with(code);
        ran.prints(prints)
            .prints("\"iss\":\"https://acme.my.salesforce.com\"");
        // The token itself is not shown again.
        assert!(!ran.stdout.contains("eyJ"));
    }
    for (text, says) in [
        ("", "it has 1 parts, not 3"),
        ("a.b", "it has 2 parts, not 3"),
        ("a.b.c", "its first part is not a JOSE header"),
    ] {
        with_stdin(&bench, &["token", "--stdin"], text)
            .ends_with(4)
            .says(says);
    }
}
