//! For which callouts a token is minted, whom it speaks for, and by which clock and key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::fault_server::FaultServer;
use crate::support::{Bench, Ran, assert_adds_up, number};

const CREATED: &[u8] = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";

const CLAIMS: &str = "issuer = \"i\"\naudience = \"a\"\n";

/// Runs a load and gives the tokens that its target got, in the order of arrival.
#[track_caller]
fn tokens(bench: &Bench, auth: &str, loads: &str) -> (Vec<String>, Ran) {
    let got = Arc::<Mutex<Vec<String>>>::default();
    let server = FaultServer::start({
        let got = Arc::clone(&got);
        move |conversation| {
            while let Some(request) = conversation.request() {
                let token = request.authorization.strip_prefix("Bearer ").unwrap();
                got.lock().unwrap().push(token.to_owned());
                if !conversation.say(CREATED) {
                    return;
                }
            }
        }
    });
    let text = format!(
        "schema = 1\nname = \"minting\"\n[target]\nurl = \"{}\"\n[auth]\n\
         key = \"lead_signing\"\n{CLAIMS}{auth}\n{loads}\n",
        server.url()
    );
    let scenario = bench.write("minting.toml", &text);
    let ran = bench
        .run(scenario.to_str().unwrap(), &[])
        .ends_with_unless_busy(0);
    let tokens = got.lock().unwrap().clone();
    let summary = ran.summary();
    assert_adds_up(&summary);
    assert_eq!(summary["counts"]["failed"], 0, "{:#}", summary["outcomes"]);
    assert_eq!(number(&summary["counts"]["ok"]), tokens.len() as u64);
    (tokens, ran)
}

fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn claims(token: &str) -> Value {
    part(token, 1)
}

const STEADY: &str =
    "[[load]]\nkind = \"rate\"\nrate = \"50/s\"\narrivals = \"uniform\"\nfor = \"2s\"\n";

const BRIEF: &str =
    "[[load]]\nkind = \"rate\"\nrate = \"50/s\"\narrivals = \"uniform\"\nfor = \"1s\"\n";

// As many tokens as seconds, each the same to the byte as one minted for a callout alone.
#[test]
fn the_callouts_of_a_second_share_the_token_that_each_would_have_had() {
    let bench = Bench::new();
    for signing in ["jit", "pipeline"] {
        let auth = format!(
            "source = \"named-credential\"\nsubject = \"s\"\nmint = \"per-second\"\n\
             signing = \"{signing}\"\n"
        );
        let (tokens, ran) = tokens(&bench, &auth, STEADY);
        let different: BTreeSet<_> = tokens.iter().collect();
        assert!((2..=4).contains(&different.len()), "{}", different.len());
        // One more at most was signed ahead for a second in which nothing was due.
        let minted = number(&ran.summary()["signing"]["tokens_minted"]);
        assert!((2..=5).contains(&minted), "{minted}");
        let scenario = bench.path("minting.toml");
        for token in different {
            let iat = claims(token)["iat"].to_string();
            let alone = bench.call(&[
                "token",
                scenario.to_str().unwrap(),
                "--at",
                &iat,
                "--reveal",
            ]);
            assert_eq!(alone.ends_with(0).stdout.trim(), token);
        }
    }
}

// Apex code mints one for a transaction; each has a jti of its own.
#[test]
fn the_callouts_of_a_transaction_share_a_token() {
    let bench = Bench::new();
    let org = "[[load]]\nkind = \"salesforce\"\npreset = \"bulk-convert\"\nleads = 5\n\
               every = \"250ms\"\nfor = \"1s\"\n";
    let auth = "source = \"apex-jws\"\nsubject = \"s\"\n";
    let (tokens, ran) = tokens(&bench, auth, org);
    let transactions = number(&ran.summary()["loads"][0]["salesforce"]["transactions"]);
    let mut uses = BTreeMap::<_, u32>::new();
    for token in &tokens {
        *uses.entry(claims(token)["jti"].to_string()).or_default() += 1;
    }
    assert_eq!(uses.len() as u64, transactions);
    assert!(uses.values().all(|count| *count == 5), "{uses:?}");
}

#[test]
fn what_is_cached_is_sent_until_it_expires() {
    let auth = "source = \"named-credential\"\nsubject = \"s\"\nmint = \"cached\"\n";
    let (tokens, ran) = tokens(&Bench::new(), auth, BRIEF);
    assert_eq!(ran.summary()["signing"]["mode"], "reuse");
    assert_eq!(BTreeSet::from_iter(&tokens).len(), 1);
}

// In every mode the users take turns, so that each is heard equally often.
#[test]
fn a_formula_gives_each_user_a_subject() {
    let bench = Bench::new();
    for more in [
        "signing = \"jit\"",
        "signing = \"pipeline\"",
        "signing = \"reuse\"",
        "mint = \"per-second\"",
    ] {
        let auth = format!(
            "source = \"named-credential\"\nsubject_formula = \"'User=' + $User.Id\"\n\
             users = 5\n{more}\n"
        );
        let (tokens, _) = tokens(&bench, &auth, BRIEF);
        let mut uses = BTreeMap::<_, u32>::new();
        for token in &tokens {
            *uses.entry(claims(token)["sub"].to_string()).or_default() += 1;
        }
        assert_eq!(uses.len(), 5, "{more}: {uses:?}");
        assert!(uses.keys().all(|sub| sub.starts_with("\"User=005")));
        assert!(uses.values().all(|count| *count == 10), "{more}: {uses:?}");
    }
}

#[test]
fn a_sender_whose_clock_is_off_dates_its_tokens_by_it() {
    let bench = Bench::new();
    for (skew, off) in [("-100s", -100), ("+100s", 100)] {
        for signing in ["pipeline", "reuse"] {
            let auth = format!(
                "source = \"named-credential\"\nsubject = \"s\"\nclock_skew = \"{skew}\"\n\
                 signing = \"{signing}\"\n"
            );
            let (tokens, ran) = tokens(&bench, &auth, BRIEF);
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let now = i64::try_from(now.unwrap().as_secs()).unwrap();
            for token in &tokens {
                let iat = claims(token)["iat"].as_i64().unwrap();
                assert!(
                    (iat - off - now).abs() < 20,
                    "{signing} {skew}: {iat} {now}"
                );
            }
            // By its own clock the sender sends fresh tokens.
            let age = number(&ran.summary()["phases"]["token_age"]["max_ns"]);
            assert!(age < 20_000_000_000, "{signing} {skew}: {age}");
        }
    }
}

#[test]
fn loads_may_sign_with_other_keys_as_in_a_rollover() {
    let bench = Bench::new();
    bench.call(&["keys", "generate", "next_year"]).ends_with(0);
    let load = |name: &str, more: &str| {
        format!(
            "[[load]]\nname = \"{name}\"\nkind = \"rate\"\nrate = \"20/s\"\n\
             arrivals = \"uniform\"\nfor = \"1s\"\n{more}\n"
        )
    };
    let loads = [
        load("before", ""),
        load("old", "after = \"before\""),
        load("new", "after = \"before\"\nkey = \"next_year\""),
        load("after", "after = \"new\"\nkey = \"next_year\""),
    ];
    let auth = "source = \"named-credential\"\nsubject = \"s\"\n";
    let (tokens, _) = tokens(&bench, auth, &loads.concat());
    let kids: Vec<_> = tokens
        .iter()
        .map(|token| part(token, 0)["kid"].to_string())
        .collect();
    let (old, new) = ("\"lead_signing\"", "\"next_year\"");
    assert!(kids[..20].iter().all(|kid| kid == old), "{kids:?}");
    assert!(kids[60..].iter().all(|kid| kid == new), "{kids:?}");
    let of_both = kids[20..60].iter().filter(|kid| *kid == new).count();
    assert_eq!(of_both, 20, "{kids:?}");
}
