//! Names that look like production.

use super::hosts::RemoteHost;
use super::{Permissions, refused};
use crate::cli::exit::Failure;
use crate::plan::Host;

/// Words for production, as whole words of a label. Hyphens, underscores and digits separate words.
const WORDS: [&str; 5] = ["live", "prd", "prod", "production", "www"];

/// Words that are often joined to a word for production: `apiprod`, `prodlive`. Two letters that end
/// many other words, such as `uk`, are left out.
const COMPANIONS: [&str; 6] = ["api", "app", "db", "eu", "us", "web"];

/// Words that negate the next word: `non-prod`, `pre-production`.
const NEGATIONS: [&str; 3] = ["non", "not", "pre"];

/// Where all production orgs of Salesforce log in.
const LOGIN: &str = "login.salesforce.com";

/// What an org's own hosts end with (Salesforce Help, "My Domain URL Formats").
const MY_DOMAIN: [&str; 2] = [".my.salesforce.com", ".lightning.force.com"];

/// Partitions of orgs for tests, which never hold a company's leads; a sandbox also has two hyphens
/// in its name (Metadata API, `MyDomainSettings.domainPartition`).
const TEST_PARTITIONS: [&str; 4] = ["demo", "develop", "scratch", "trailblaze"];

/// Refuses a host that looks like production, even if it is allowed, unless the user owns it.
pub(super) fn check(place: &RemoteHost<'_>, permissions: Permissions<'_>) -> Result<(), Failure> {
    let host = place.host;
    if permissions.owned.contains(host) {
        return Ok(());
    }
    let Some(why) = sign_of(host) else {
        return Ok(());
    };
    Err(refused(
        &format!("{host} looks like production ({why})"),
        format!("if it is a test system and it is yours, pass --i-own-this-target {host}"),
    ))
}

/// Why a host looks like production, if it does.
fn sign_of(host: &Host) -> Option<String> {
    let name = host.as_str();
    if name == LOGIN {
        return Some("every production org logs in there".to_owned());
    }
    let mut orgs = MY_DOMAIN.iter().filter_map(|end| name.strip_suffix(end));
    if orgs.any(is_production_org) {
        return Some("an org that is not a sandbox".to_owned());
    }
    // As a top-level domain, `live` does not mean production.
    let own = match name.rsplit_once('.') {
        Some((own, "live")) => own,
        _ => name,
    };
    let word = own.split('.').find_map(word_of)?;
    Some(format!("\"{word}\""))
}

/// The word of a label that means production.
fn word_of(label: &str) -> Option<&str> {
    let mut before = "";
    label
        .split(|c: char| c == '-' || c == '_' || c.is_ascii_digit())
        .filter(|word| !word.is_empty())
        .find(|word| {
            let is_taken_back = NEGATIONS.contains(&std::mem::replace(&mut before, word));
            is_production(word, false) && !is_taken_back
        })
}

/// Whether a word consists of words for production and their companions only.
fn is_production(word: &str, is_named: bool) -> bool {
    if word.is_empty() {
        return is_named;
    }
    let rest_is = |known: &&str, is_named| {
        let rest = word.strip_prefix(*known);
        rest.is_some_and(|rest| is_production(rest, is_named))
    };
    WORDS.iter().any(|known| rest_is(known, true))
        || COMPANIONS.iter().any(|known| rest_is(known, is_named))
}

/// Whether the name before an org's suffix belongs to a production org.
fn is_production_org(before: &str) -> bool {
    match before.rsplit_once('.') {
        Some((org, "sandbox")) => !org.contains("--"),
        Some((_, partition)) => !TEST_PARTITIONS.contains(&partition),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{host, refusal};
    use super::*;
    use crate::plan::Scheme;

    #[test]
    fn production_is_told_by_whole_words() {
        for name in [
            "prod",
            "live",
            "www.example.com",
            "prod.example.com",
            "api.prod.example.com",
            "prod-eu.example.com",
            "api-prod.example.com",
            "eu-prod-2.example.com",
            "prod2.example.com",
            "www2.example.com",
            "api-prd01.example.com",
            "leads.production.example.com",
            "api_prod.example.com",
            "prod_eu.example.com",
            "prod1a.example.com",
            "eu1prod.example.com",
            "prodlive.example.com",
            "liveprod2.example.com",
            "apiprod.example.com",
            "prodeu1.example.com",
            "non_eu_prod.example.com",
            "live.example.com",
            "leads.live.example.live",
            "non-eu-prod.example.com",
            "non.prod.example.com",
            "api.prod",
            "www-staging.example.com",
            "login.salesforce.com",
            "acme.my.salesforce.com",
            "acme.lightning.force.com",
            "acme--uat.my.salesforce.com",
            "acme.sandbox.my.salesforce.com",
            "acme.eu.my.salesforce.com",
        ] {
            assert!(sign_of(&host(name)).is_some(), "{name}");
        }
    }

    #[test]
    fn what_only_contains_such_a_word_is_none() {
        for name in [
            "api.example.com",
            "example.com",
            "staging.example.com",
            "product.example.com",
            "products-eu.example.com",
            "reprod.example.com",
            "nonprod.example.com",
            "preproduction.example.com",
            "non-prod.example.com",
            "api-pre-prod.example.com",
            "delivery.example.com",
            "oliver.example.com",
            "liveness.example.com",
            "staging.acme.live",
            "product-api.example.com",
            "product_1.example.com",
            "reproduce.example.com",
            "reprod1.example.com",
            "non_prod.example.com",
            "pre-prod1.example.com",
            "produk.example.com",
            "livestream2.example.com",
            "alive.example.com",
            "olive-api.example.com",
            "webapi.example.com",
            "wwwatch.example.com",
            "10.0.0.1",
            "fd00::1",
            "test.salesforce.com",
            "acme--uat.sandbox.my.salesforce.com",
            "acme-dev-ed.develop.my.salesforce.com",
            "power-fun-1234.scratch.my.salesforce.com",
            "my.salesforce.com",
            "acme--uat.sandbox.lightning.force.com",
        ] {
            assert_eq!(sign_of(&host(name)), None, "{name}");
        }
    }

    #[test]
    fn only_its_owner_may_send_to_production() {
        let host = host("api-prod.example.com");
        let place = RemoteHost {
            scheme: Scheme::Https,
            host: &host,
            has_token: false,
        };
        let hosts = [host.clone()];
        let allowed = Permissions {
            allowed: &hosts,
            plaintext: &hosts,
            ..Permissions::default()
        };
        let said = refusal(check(&place, allowed));
        for words in [
            "api-prod.example.com looks like production (\"prod\")",
            "--i-own-this-target api-prod.example.com",
        ] {
            assert!(said.contains(words), "{said}");
        }
        let owned = Permissions {
            owned: &hosts,
            ..Permissions::default()
        };
        assert!(check(&place, owned).is_ok());
    }
}
