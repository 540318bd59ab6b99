//! JWT Token Exchange: what is asked of a token endpoint, how often, and what becomes of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::closed_port::ClosedPort;
use crate::fault_server::FaultServer;
use crate::secrets::token_in;
use crate::support::{Bench, Ran, assert_adds_up, number};

/// The secret part of every access token, which nothing may show.
const CANARY: &str = "canary-of-an-access-token";

/// A token endpoint that grants `CANARY-1`, `CANARY-2` and so on, by this answer.
pub(crate) fn endpoint(
    answer: impl Fn(usize) -> (u16, Value) + Send + Sync + 'static,
) -> (FaultServer, Arc<Mutex<Vec<String>>>) {
    let forms = Arc::<Mutex<Vec<String>>>::default();
    let server = FaultServer::start({
        let forms = Arc::clone(&forms);
        move |conversation| {
            while let Some(request) = conversation.request() {
                let number = {
                    let mut forms = forms.lock().unwrap();
                    forms.push(String::from_utf8(request.bytes).unwrap());
                    forms.len()
                };
                let (status, body) = answer(number);
                let body = body.to_string();
                let length = body.len();
                let head = format!("HTTP/1.1 {status} x\r\nContent-Length: {length}\r\n\r\n");
                conversation.say((head + &body).as_bytes());
            }
        }
    });
    (server, forms)
}

/// An API that takes a lead where this holds of its access token's number, else answers 401.
pub(crate) fn api(takes: impl Fn(usize) -> bool + Send + Sync + 'static) -> FaultServer {
    FaultServer::start(move |conversation| {
        while let Some(request) = conversation.request() {
            let token = request.authorization.strip_prefix("Bearer ").unwrap_or("");
            let number = token.strip_prefix(CANARY).and_then(|n| n[1..].parse().ok());
            let status = match number {
                Some(number) if takes(number) => "201 Created",
                _ => "401 Unauthorized",
            };
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
            if !conversation.say(answer.as_bytes()) {
                return;
            }
        }
    })
}

pub(crate) fn granted(number: usize) -> (u16, Value) {
    let token = format!("{CANARY}-{number}");
    (
        200,
        json!({ "access_token": token, "token_type": "Bearer" }),
    )
}

const OPEN: &str = "kind = \"rate\"\nrate = \"60/s\"\narrivals = \"uniform\"\nfor = \"1s\"\n";

#[track_caller]
fn run(api: &FaultServer, token_url: &str, exchange: &str, load: &str) -> Ran {
    let bench = Bench::new();
    let text = format!(
        "schema = 1\nname = \"exchange\"\n[target]\nurl = \"{}\"\n[auth]\n\
         source = \"named-credential\"\nkey = \"lead_signing\"\nissuer = \"i\"\n\
         subject = \"s\"\naudience = \"a\"\nexchange = {{ url = \"{token_url}\"{exchange} }}\n\
         [[load]]\n{load}",
        api.url()
    );
    let scenario = bench.write("exchange.toml", &text);
    let ran = bench
        .run(scenario.to_str().unwrap(), &[])
        .ends_by_its_failures();
    for file in bench.files_written() {
        let text = std::fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&text);
        assert!(!text.contains(CANARY), "{}", file.display());
        // Three letters of base64 stand in a histogram by chance; a token is more.
        assert_eq!(token_in(&text), None, "{}", file.display());
    }
    for shown in [&ran.stdout, &ran.stderr] {
        assert!(!shown.contains(CANARY) && !shown.contains("eyJ"));
    }
    assert_adds_up(&ran.summary());
    ran
}

// RFC 7523, section 2.1; and one flight for all callouts, however many wait for it.
#[test]
fn all_callouts_send_the_access_token_that_one_of_them_fetched() {
    let (desk, forms) = endpoint(granted);
    let summary = run(
        &api(|number| number == 1),
        &desk.url(),
        ", scope = \"leads write\"",
        OPEN,
    )
    .summary();
    assert_eq!(summary["counts"]["ok"], 60, "{:#}", summary["outcomes"]);
    assert_eq!(summary["token_endpoint"]["requests"], 1);
    assert_eq!(summary["token_endpoint"]["failed"], 0);
    assert_eq!(summary["signing"]["tokens_minted"], 1);
    assert!(number(&summary["phases"]["exchange"]["count"]) >= 1);
    let forms = forms.lock().unwrap();
    let [form] = forms.as_slice() else {
        panic!("{} forms", forms.len());
    };
    assert!(form.contains("\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
    assert!(!form.contains("Authorization"));
    let body = form.split("\r\n\r\n").nth(1).unwrap();
    let fields: Vec<_> = body.split('&').collect();
    assert_eq!(
        fields[0],
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
    );
    let assertion = fields[1].strip_prefix("assertion=").unwrap();
    assert_eq!(assertion.split('.').count(), 3);
    assert_eq!(fields[2..], ["scope=leads+write"]);
}

// What Salesforce posts there is not known to the byte.
#[test]
fn the_request_for_an_access_token_is_the_one_that_is_asked_for() {
    let (desk, forms) = endpoint(granted);
    run(
        &api(|number| number == 1),
        &desk.url(),
        ", scope = \"leads write\", form = \"scope={{scope}}&assertion={{assertion}}&x=1\", \
         content_type = \"application/x-www-form-urlencoded;charset=UTF-8\", \
         headers = { Accept = \"application/json\" }",
        OPEN,
    );
    let forms = forms.lock().unwrap();
    let (head, body) = forms[0].split_once("\r\n\r\n").unwrap();
    for line in [
        "Content-Type: application/x-www-form-urlencoded;charset=UTF-8",
        "Accept: application/json",
    ] {
        assert!(head.lines().any(|found| found == line), "{head}");
    }
    assert_eq!(head.matches("Accept:").count(), 1, "{head}");
    let assertion = body
        .strip_prefix("scope=leads+write&assertion=")
        .and_then(|rest| rest.strip_suffix("&x=1"));
    assert_eq!(assertion.unwrap().split('.').count(), 3);
}

// The refused token is exchanged once, by whoever is refused first; the others join it.
#[test]
fn a_token_that_the_api_refuses_is_exchanged_anew_and_the_lead_sent_again() {
    let (desk, _) = endpoint(granted);
    let turn = AtomicUsize::new(0);
    // The first token is good for twenty leads.
    let api = api(move |number| number > 1 || turn.fetch_add(1, Ordering::SeqCst) < 20);
    let summary = run(&api, &desk.url(), "", OPEN).summary();
    assert_eq!(summary["counts"]["ok"], 60, "{:#}", summary["outcomes"]);
    assert_eq!(summary["token_endpoint"]["requests"], 2);
    assert!(number(&summary["counts"]["retried"]) >= 1);
    assert!(summary["rates"]["amplification"].as_f64().unwrap() > 1.0);
}

#[test]
fn a_token_may_be_exchanged_before_it_expires() {
    let (desk, _) = endpoint(|number| {
        let (status, mut body) = granted(number);
        body["expires_in"] = json!(1);
        (status, body)
    });
    let load = OPEN.replace("1s", "2s");
    let summary = run(
        &api(|_| true),
        &desk.url(),
        ", renew = \"before-expiry\"",
        &load,
    )
    .summary();
    assert_eq!(summary["counts"]["ok"], 120, "{:#}", summary["outcomes"]);
    let requests = number(&summary["token_endpoint"]["requests"]);
    assert!((2..=4).contains(&requests), "{requests}");
    assert_eq!(summary["counts"]["retried"], 0);
}

#[test]
fn what_a_token_endpoint_does_wrong_is_counted_apart_from_the_api() {
    let denied = json!({ "error": "invalid_grant", "error_description": "audience is invalid" });
    for (status, body, says) in [
        (500, json!({}), "the token endpoint answered 500"),
        (
            400,
            denied,
            "the token endpoint answered 400 invalid_grant: audience is invalid",
        ),
        (200, json!({}), "answered 200 without an access_token"),
        (
            200,
            json!({ "access_token": "a b" }),
            "answered 200 without a usable access_token",
        ),
        (
            200,
            json!({ "access_token": 7 }),
            "answered 200 without an access_token",
        ),
        (200, json!("x"), "answered 200 without a JSON object"),
    ] {
        let (desk, _) = endpoint(move |_| (status, body.clone()));
        let summary = run(&api(|_| true), &desk.url(), "", OPEN).summary();
        assert_eq!(
            summary["outcomes"],
            json!({ "token_endpoint": 60 }),
            "{says}"
        );
        let endpoint = &summary["token_endpoint"];
        assert_eq!(endpoint["requests"], endpoint["failed"]);
        let told = summary["failures"][0]["message"].as_str().unwrap();
        assert!(told.starts_with("Unable to complete the JWT token exchange: "));
        assert!(told.contains(says), "{told}");
    }
}

// It fails for a while, and then grants again: only the callouts of that while are lost. Five
// rests that grow are at most three quarters of a second.
#[test]
fn callouts_go_on_when_the_token_endpoint_comes_back() {
    let (desk, _) = endpoint(|number| match number {
        1..=5 => (503, json!({})),
        _ => granted(number),
    });
    let load = OPEN.replace("1s", "2s");
    let summary = run(&api(|_| true), &desk.url(), "", &load).summary();
    let failed = number(&summary["outcomes"]["token_endpoint"]);
    assert!((5..=119).contains(&failed), "{failed}");
    assert_eq!(number(&summary["counts"]["ok"]), 120 - failed);
    assert_eq!(summary["token_endpoint"]["failed"], 5);
    assert_eq!(summary["token_endpoint"]["requests"], 6);
}

#[test]
fn a_token_endpoint_must_be_allowed_named_and_there() {
    let bench = Bench::new();
    let scenario = |target: &str, exchange: &str| {
        let text = format!(
            "schema = 1\nname = \"exchange\"\n[target]\nurl = \"{target}\"\n[auth]\n\
             source = \"named-credential\"\nkey = \"lead_signing\"\nissuer = \"i\"\n\
             subject = \"s\"\naudience = \"a\"\nexchange = {{ {exchange} }}\n\
             [[load]]\n{OPEN}"
        );
        let path = bench.write("exchange.toml", &text);
        path.to_str().unwrap().to_owned()
    };
    let api = api(|_| true);
    let elsewhere = scenario(&api.url(), "url = \"https://login.example.com/token\"");
    bench
        .run(&elsewhere, &[])
        .ends_with(5)
        .says("login.example.com is not among the allowed hosts");
    let unnamed = scenario(&api.url(), "scope = \"s\"");
    bench
        .run(&unnamed, &[])
        .ends_with(3)
        .says("[auth.exchange] needs the key `url`");
    let closed = ClosedPort::new();
    let nowhere = scenario(&api.url(), &format!("url = \"{}\"", closed.url()));
    bench
        .run(&nowhere, &[])
        .ends_with(4)
        .says("the token endpoint http://")
        .says("cannot be reached")
        .says("check the url of [auth.exchange]");
}

// The reference target has an endpoint of its own, and its tokens may expire at any time.
#[test]
fn the_embedded_target_exchanges_tokens_itself() {
    let bench = Bench::new();
    let text = format!(
        "schema = 1\nname = \"exchange\"\n[target]\nurl = \"embedded\"\n\
         embedded = {{ access_token_life = \"1s\" }}\n[auth]\n\
         source = \"named-credential\"\nkey = \"lead_signing\"\nissuer = \"i\"\n\
         subject_formula = \"$User.Id\"\nusers = 3\naudience = \"a\"\nexchange = {{}}\n\
         [[load]]\n{}",
        OPEN.replace("1s", "2s")
    );
    let scenario = bench.write("exchange.toml", &text);
    let summary = bench
        .run(scenario.to_str().unwrap(), &[])
        .ends_with_unless_busy(0)
        .summary();
    assert_adds_up(&summary);
    assert_eq!(summary["counts"]["ok"], 120, "{:#}", summary["outcomes"]);
    // One token for each of three users, and another when it has expired.
    let requests = number(&summary["token_endpoint"]["requests"]);
    assert!((5..=9).contains(&requests), "{requests}");
    assert!(number(&summary["counts"]["retried"]) >= 2);
}

// Valid for five seconds, and so renewed in the last half of one: two renewals fail, and no
// callout does.
#[test]
fn a_token_that_is_still_good_is_sent_while_its_renewal_fails() {
    let (desk, _) = endpoint(|number| {
        if (2..=3).contains(&number) {
            return (503, json!({}));
        }
        let (status, mut body) = granted(number);
        body["expires_in"] = json!(if number == 1 { 5 } else { 3_600 });
        (status, body)
    });
    let load = OPEN.replace("1s", "6s");
    let summary = run(
        &api(|_| true),
        &desk.url(),
        ", renew = \"before-expiry\"",
        &load,
    )
    .summary();
    assert_eq!(summary["counts"]["ok"], 360, "{:#}", summary["outcomes"]);
    assert_eq!(summary["token_endpoint"]["failed"], 2);
    assert_eq!(summary["token_endpoint"]["requests"], 4);
}

#[test]
fn a_token_endpoint_that_is_down_is_not_stormed() {
    let (desk, forms) = endpoint(|_| (503, json!({})));
    let load = OPEN.replace("60/s", "200/s");
    let summary = run(&api(|_| true), &desk.url(), "", &load).summary();
    assert_eq!(summary["outcomes"], json!({ "token_endpoint": 200 }));
    // Rests of 25 ms that double, cut by half at most, leave room for seven in a second, and a
    // busy machine makes a second longer.
    let asked = forms.lock().unwrap().len();
    assert!((2..=12).contains(&asked), "{asked} requests");
    assert_eq!(summary["token_endpoint"]["requests"], asked);
}

// It takes the request and says nothing: the callouts that need a token end with the callout's
// own deadline, and the run with its load.
#[test]
fn a_token_endpoint_that_hangs_is_given_up_in_time() {
    let bench = Bench::new();
    let desk = FaultServer::start(crate::fault_server::Conversation::keep_silent);
    let api = api(|_| true);
    let text = format!(
        "schema = 1\nname = \"hangs\"\n[target]\nurl = \"{}\"\ntimeout = \"1s\"\n[auth]\n\
         source = \"named-credential\"\nkey = \"lead_signing\"\nissuer = \"i\"\n\
         subject = \"s\"\naudience = \"a\"\nexchange = {{ url = \"{}\" }}\n\
         [[load]]\n{OPEN}\n[thresholds]\n\"failed\" = \"< 1%\"\n",
        api.url(),
        desk.url()
    );
    let scenario = bench.write("hangs.toml", &text);
    let ran = bench
        .run(scenario.to_str().unwrap(), &[])
        .ends_with_unless_busy(1);
    let summary = ran.summary();
    assert_adds_up(&summary);
    assert_eq!(summary["outcomes"], json!({ "token_endpoint": 60 }));
    let told = summary["failures"][0]["message"].as_str().unwrap();
    assert!(told.contains("the token endpoint did not answer"), "{told}");
    let asked = number(&summary["token_endpoint"]["requests"]);
    assert!((1..=3).contains(&asked), "{asked}");
    assert_eq!(api.seen(|seen| seen.leads.len()), 0);
}

// Half a second for each token: the callouts that are due meanwhile wait for it, and no longer.
#[test]
fn a_slow_token_endpoint_costs_its_time_once() {
    let (desk, _) = endpoint(|number| {
        let asked = std::time::Instant::now();
        while asked.elapsed() < std::time::Duration::from_millis(500) {
            std::thread::park_timeout(std::time::Duration::from_millis(500));
        }
        granted(number)
    });
    let summary = run(&api(|_| true), &desk.url(), "", OPEN).summary();
    assert_eq!(summary["counts"]["ok"], 60, "{:#}", summary["outcomes"]);
    assert_eq!(summary["token_endpoint"]["requests"], 1);
    assert!(number(&summary["token_endpoint"]["max_ns"]) >= 500_000_000);
    assert!(number(&summary["phases"]["exchange"]["max_ns"]) >= 490_000_000);
}
