//! The three mechanisms by which Salesforce makes a token, as a target meets them.

use crate::support::{Bench, assert_adds_up, number};

/// A scenario whose `[auth]` is this, besides the key.
fn scenario(bench: &Bench, auth: &str) -> String {
    let text = format!(
        "schema = 1\nname = \"sources\"\n[target]\nurl = \"embedded\"\n[auth]\n\
         key = \"lead_signing\"\nsigning = \"jit\"\n{auth}\n\
         [[load]]\nkind = \"rate\"\nrate = \"20/s\"\nfor = \"1s\"\n"
    );
    let path = bench.write("sources.toml", &text);
    path.to_str().unwrap().to_owned()
}

/// The header and the claims of the token of this instant, and that a target takes such.
#[track_caller]
fn check(auth: &str, header: &str, claims: &str) {
    let bench = Bench::new();
    let scenario = scenario(&bench, auth);
    let shown = bench
        .call(&["token", &scenario, "--at", "1000"])
        .ends_with(0);
    shown.prints("verified with the public key").prints(header);
    shown.prints(claims);
    let summary = bench.run(&scenario, &[]).summary();
    assert_adds_up(&summary);
    assert_eq!(summary["counts"]["failed"], 0, "{:#}", summary["outcomes"]);
    assert!(number(&summary["counts"]["ok"]) > 0);
}

const NAMED: &str = "issuer = \"i\"\nsubject = \"s\"\n";

#[test]
fn a_named_credential_may_have_many_audiences() {
    check(
        &format!("source = \"named-credential\"\n{NAMED}audience = [\"a\", \"b\"]"),
        r#"{"kid":"lead_signing","typ":"JWT","alg":"RS256"}"#,
        r#"{"iss":"i","sub":"s","aud":["a","b"],"nbf":1000,"iat":1000,"exp":1300}"#,
    );
}

// Two minutes where nothing is said, RS512 where it is, and claims behind the others.
#[test]
fn an_external_credential_has_its_own_defaults_and_claims() {
    check(
        &format!(
            "source = \"external-credential\"\n{NAMED}audience = \"a\"\nalgorithm = \"RS512\"\n\
             claims = {{ scope = \"leads\" }}\nheader_claims = {{ kid = \"2026\", x5t = \"abc\" }}"
        ),
        r#"{"kid":"2026","typ":"JWT","alg":"RS512","x5t":"abc"}"#,
        r#"{"iss":"i","sub":"s","aud":"a","nbf":1000,"iat":1000,"exp":1120,"scope":"leads"}"#,
    );
}

#[test]
fn an_external_credential_may_have_no_claims() {
    check(
        "source = \"external-credential\"",
        r#"{"kid":"lead_signing","typ":"JWT","alg":"RS256"}"#,
        r#"{"nbf":1000,"iat":1000,"exp":1120}"#,
    );
}

#[test]
fn an_apex_token_is_valid_from_before_it_is_issued() {
    check(
        &format!("source = \"apex-jws\"\n{NAMED}audience = \"a\"\nclaims = {{ tenant = 7 }}"),
        r#"{"kid":"lead_signing","typ":"JWT","alg":"RS256"}"#,
        r#"{"iss":"i","sub":"s","aud":"a","iat":1000,"nbf":970,"exp":1300,"jti":""#,
    );
}

// What is unverified of a mechanism may be set otherwise, and the target takes it.
#[test]
fn members_their_order_and_the_kid_may_be_set() {
    check(
        &format!(
            "source = \"external-credential\"\n{NAMED}audience = \"a\"\nkid = \"2026\"\n\
             header_order = [\"alg\", \"kid\"]\nclaim_order = [\"exp\", \"aud\", \"sub\", \"iss\"]"
        ),
        r#"{"alg":"RS256","kid":"2026"}"#,
        r#"{"exp":1120,"aud":"a","sub":"s","iss":"i"}"#,
    );
    check(
        &format!("source = \"named-credential\"\n{NAMED}audience = \"a\"\njti = true"),
        r#"{"kid":"lead_signing","typ":"JWT","alg":"RS256"}"#,
        r#"{"iss":"i","sub":"s","aud":"a","nbf":1000,"iat":1000,"exp":1300,"jti":""#,
    );
    check(
        &format!(
            "source = \"apex-jws\"\n{NAMED}audience = \"a\"\njti = false\n\
             header_order = [\"typ\", \"alg\"]"
        ),
        r#"{"typ":"JWT","alg":"RS256"}"#,
        r#"{"iss":"i","sub":"s","aud":"a","iat":1000,"nbf":970,"exp":1300}"#,
    );
}

// Two tokens of one second: the same of a Named Credential, never of Auth.JWT.
#[test]
fn only_an_apex_token_is_never_the_same_twice() {
    let bench = Bench::new();
    for (source, is_same) in [
        ("named-credential", true),
        ("external-credential", true),
        ("apex-jws", false),
    ] {
        let auth = format!("source = \"{source}\"\n{NAMED}audience = \"a\"");
        let scenario = scenario(&bench, &auth);
        let mint = || {
            let words = ["token", &scenario, "--at", "1000", "--reveal"];
            bench.call(&words).ends_with(0).stdout
        };
        assert_eq!(mint() == mint(), is_same, "{source}");
    }
}
