//! What parameters of several principals, and parameters that are there twice, come to.

use super::*;

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
