//! What becomes of values and formulas in claims.

use super::*;

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
