//! Targets behind TLS: believed, not believed, and broken.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{
    ServerSessionMemoryCache, StoresServerSessions, WebPkiClientVerifier,
};
use tokio_rustls::rustls::{
    DEFAULT_VERSIONS, RootCertStore, ServerConfig, SupportedProtocolVersion, version,
};

use crate::fault_server::{Conversation, FaultServer};
use crate::support::{Bench, Ran, assert_adds_up, number};

const CREATED: &[u8] = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";

/// A certificate that signs itself, and a server's side of it.
pub(crate) struct Authority {
    pub(crate) pem: String,
    pub(crate) config: Arc<ServerConfig>,
    /// Sessions that were resumed.
    resumed: Arc<AtomicUsize>,
}

/// Keeps sessions and counts those that are asked for again.
#[derive(Debug)]
struct Sessions {
    kept: Arc<ServerSessionMemoryCache>,
    resumed: Arc<AtomicUsize>,
}

impl StoresServerSessions for Sessions {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        self.kept.put(key, value)
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.count(self.kept.get(key))
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.count(self.kept.take(key))
    }

    fn can_cache(&self) -> bool {
        true
    }
}

impl Sessions {
    fn count(&self, found: Option<Vec<u8>>) -> Option<Vec<u8>> {
        self.resumed
            .fetch_add(usize::from(found.is_some()), Ordering::SeqCst);
        found
    }
}

impl Authority {
    pub(crate) fn of(host: &str) -> Self {
        Self::with(host, DEFAULT_VERSIONS, None)
    }

    /// Speaks these versions of TLS alone, and asks for a certificate that is this one.
    fn with(
        host: &str,
        versions: &[&'static SupportedProtocolVersion],
        client: Option<&str>,
    ) -> Self {
        Self::of_years(host, versions, client, 1975..4096)
    }

    /// The same with a certificate that is valid in these years.
    fn of_years(
        host: &str,
        versions: &[&'static SupportedProtocolVersion],
        client: Option<&str>,
        years: std::ops::Range<i32>,
    ) -> Self {
        Self::made(host, versions, client, |parameters| {
            parameters.not_before = rcgen::date_time_ymd(years.start, 1, 1);
            parameters.not_after = rcgen::date_time_ymd(years.end, 1, 1);
        })
    }

    /// A certificate that may sign others, and is shown as the server's own all the same.
    fn shown_itself(host: &str) -> Self {
        Self::made(host, DEFAULT_VERSIONS, None, |parameters| {
            parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        })
    }

    fn made(
        host: &str,
        versions: &[&'static SupportedProtocolVersion],
        client: Option<&str>,
        change: impl FnOnce(&mut rcgen::CertificateParams),
    ) -> Self {
        let mut parameters = rcgen::CertificateParams::new([host.to_owned()]).unwrap();
        change(&mut parameters);
        let signing_key = rcgen::KeyPair::generate().unwrap();
        let cert = parameters.self_signed(&signing_key).unwrap();
        let mut config = config(
            cert.der().clone(),
            signing_key.serialize_der(),
            versions,
            client,
        );
        let resumed = Arc::new(AtomicUsize::new(0));
        config.session_storage = Arc::new(Sessions {
            kept: ServerSessionMemoryCache::new(64),
            resumed: Arc::clone(&resumed),
        });
        Self {
            pem: cert.pem(),
            config: Arc::new(config),
            resumed,
        }
    }
}

/// A server that shows this certificate, and asks for one that is `client`.
pub(crate) fn config(
    shown: CertificateDer<'static>,
    key: Vec<u8>,
    versions: &[&'static SupportedProtocolVersion],
    client: Option<&str>,
) -> ServerConfig {
    let builder = ServerConfig::builder_with_protocol_versions(versions);
    let builder = match client {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            let known = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
            roots.add(known).unwrap();
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots));
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let key = PrivateKeyDer::try_from(key).unwrap();
    builder.with_single_cert(vec![shown], key).unwrap()
}

pub(crate) fn answer_all(conversation: &mut Conversation) {
    while conversation.request().is_some() && conversation.say(CREATED) {}
}

/// Answers every request, over TLS.
fn serve(authority: &Authority) -> FaultServer {
    let config = Arc::clone(&authority.config);
    FaultServer::start(move |conversation| {
        conversation.start_tls(&config);
        answer_all(conversation);
    })
}

/// Runs a second of load, believing only this authority.
#[track_caller]
fn run(bench: &Bench, url: &str, authority: &Authority) -> Ran {
    run_over(bench, url, authority, "")
}

/// The same over connections of which something is said.
#[track_caller]
fn run_over(bench: &Bench, url: &str, authority: &Authority, connections: &str) -> Ran {
    // Found beside the scenario.
    bench.write("authority.pem", &authority.pem);
    run_with(bench, url, connections)
}

/// The same, believing the authority that lies there.
#[track_caller]
pub(crate) fn run_with(bench: &Bench, url: &str, connections: &str) -> Ran {
    let text = format!(
        "schema = 1\nname = \"tls\"\n\
         [target]\nurl = \"{url}\"\ntimeout = \"3s\"\nca = \"authority.pem\"\n\
         connections = {{ {connections} }}\n\
         [auth]\nsource = \"none\"\n\
         [[load]]\nkind = \"rate\"\nrate = \"50/s\"\narrivals = \"uniform\"\nfor = \"400ms\"\n\
         [thresholds]\n\"failed\" = \"< 1%\"\n"
    );
    let scenario = bench.write("tls.toml", &text);
    bench.run(scenario.to_str().unwrap(), &[])
}

/// Asserts that a target is turned down at preflight.
#[track_caller]
fn turned_down(server: &FaultServer, authority: &Authority) -> Ran {
    let bench = Bench::without_key();
    let ran = run(&bench, &server.https_url(), authority).ends_with(4);
    assert!(!bench.path("reports").exists());
    assert!(server.seen(|seen| seen.leads.is_empty()));
    ran
}

/// Asserts that every callout failed with this outcome.
#[track_caller]
fn all_fail(url: &str, authority: &Authority, outcome: &str) -> Value {
    let ran = run(&Bench::without_key(), url, authority).ends_with_unless_busy(1);
    let summary = ran.summary();
    assert_adds_up(&summary);
    assert_eq!(
        summary["outcomes"][outcome], summary["counts"]["completed"],
        "{} {}",
        summary["outcomes"], summary["failures"]
    );
    summary
}

#[test]
fn a_target_behind_tls_is_measured_with_its_handshakes_apart() {
    let authority = Authority::of("localhost");
    let server = serve(&authority);
    let ran = run(&Bench::without_key(), &server.https_url(), &authority);
    let summary = ran.ends_with_unless_busy(0).summary();
    assert_adds_up(&summary);
    assert_eq!(summary["counts"]["failed"], 0, "{}", summary["failures"]);
    // Kept connections pay for no handshake.
    let handshakes = number(&summary["phases"]["tls"]["count"]);
    assert_eq!(handshakes, number(&summary["phases"]["connect"]["count"]));
    let connections = server.seen(|seen| seen.connections);
    assert_eq!(u64::try_from(connections).unwrap(), handshakes + 1);
    assert!(handshakes < number(&summary["counts"]["ok"]));
}

#[test]
fn an_unknown_authority_is_turned_down_with_a_way_out() {
    let server = serve(&Authority::of("localhost"));
    turned_down(&server, &Authority::of("localhost"))
        .says("the TLS handshake failed")
        .says("the authority of that name has another key")
        .says("[target] ca = \"authority.pem\" replaces the system's authorities");
}

// What `openssl req -x509` makes, named as authority and shown as the server's own.
#[test]
fn an_authority_shown_as_a_servers_certificate_is_told_as_that() {
    let authority = Authority::shown_itself("localhost");
    turned_down(&serve(&authority), &authority)
        .says("sends the certificate of an authority as its own")
        .says("CA:FALSE");
}

#[test]
fn authorities_that_are_not_there_are_missed_by_check() {
    let bench = Bench::without_key();
    let text = "schema = 1\nname = \"tls\"\n\
         [target]\nurl = \"https://localhost:1/leads\"\nca = \"nowhere.pem\"\n\
         [[load]]\nkind = \"rate\"\nrate = \"20/s\"\nfor = \"1s\"\n";
    let scenario = bench.write("tls.toml", text);
    bench
        .call(&["check", scenario.to_str().unwrap()])
        .ends_with(3)
        .says("tls.toml:5:6")
        .says("nowhere.pem");
}

#[test]
fn a_certificate_for_another_host_is_turned_down() {
    let authority = Authority::of("other.example");
    turned_down(&serve(&authority), &authority)
        .says("is not for localhost, only for other.example")
        .says("hint: write the URL with a name of the certificate");
}

#[test]
fn a_certificate_that_is_valid_no_more_or_not_yet_is_turned_down() {
    for (years, says) in [
        (1990..2020, "has expired: it ended on 2020-01-01"),
        (3000..3001, "is not valid yet: it begins on 3000-01-01"),
    ] {
        let authority = Authority::of_years("localhost", DEFAULT_VERSIONS, None, years);
        let ran = turned_down(&serve(&authority), &authority);
        ran.says("the TLS handshake failed").says(says);
    }
}

/// A fatal alert, `handshake_failure` (RFC 5246, section 7.2).
const ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];

#[test]
fn an_alert_in_the_middle_is_counted_under_tls() {
    let authority = Authority::of("localhost");
    let refused = after_preflight(&authority, |conversation| {
        conversation.leave_unread();
        conversation.say(&ALERT);
        conversation.keep_silent();
    });
    all_fail(&refused.https_url(), &authority, "tls");
    // And where an answer was expected: a record that is none of this session.
    let config = Arc::clone(&authority.config);
    let connections = AtomicUsize::new(0);
    let broken = FaultServer::start(move |conversation| {
        conversation.start_tls(&config);
        let is_first = connections.fetch_add(1, Ordering::SeqCst) == 0;
        if conversation.request().is_some() && !is_first {
            conversation.say_below_tls(&ALERT);
            conversation.keep_silent();
        }
    });
    all_fail(&broken.https_url(), &authority, "tls");
}

// A connection that ends without TLS's own goodbye may have been cut off by anyone: an answer that only the
// end of the connection ends is then no answer either (RFC 9112, section 9.8).
#[test]
fn tls_that_ends_in_the_middle_of_an_answer_is_no_success() {
    let authority = Authority::of("localhost");
    for cut in [
        "HTTP/1.1 201 Crea",
        "HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n{}",
        "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        "HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n{}",
    ] {
        let config = Arc::clone(&authority.config);
        let server = after_preflight(&authority, move |conversation| {
            conversation.start_tls(&config);
            if conversation.request().is_some() {
                conversation.say(cut.as_bytes());
                conversation.close();
            }
        });
        all_fail(&server.https_url(), &authority, "closed");
    }
}

#[test]
fn a_target_that_speaks_no_tls_is_turned_down() {
    let server = FaultServer::start(|conversation| {
        conversation.say(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    turned_down(&server, &Authority::of("localhost"))
        .says("the TLS handshake failed")
        .says("http:// in the URL");
}

#[test]
fn a_handshake_that_hangs_is_turned_down_at_the_deadline() {
    let server = FaultServer::start(Conversation::keep_silent);
    turned_down(&server, &Authority::of("localhost")).says("no connection within 3");
}

#[test]
fn plain_http_to_a_port_that_speaks_tls_is_no_success() {
    let authority = Authority::of("localhost");
    let server = serve(&authority);
    let summary = all_fail(&server.url(), &authority, "protocol");
    let message = summary["failures"][0]["message"].as_str().unwrap();
    assert!(message.contains("use https:// in the URL"), "{message}");
}

/// Shakes hands for the preflight and then does this instead.
fn after_preflight(
    authority: &Authority,
    fault: impl Fn(&mut Conversation) + Send + Sync + 'static,
) -> FaultServer {
    let config = Arc::clone(&authority.config);
    let connections = AtomicUsize::new(0);
    FaultServer::start(move |conversation| {
        if connections.fetch_add(1, Ordering::SeqCst) == 0 {
            conversation.start_tls(&config);
            answer_all(conversation);
        } else {
            fault(conversation);
        }
    })
}

#[test]
fn a_handshake_that_breaks_in_the_middle_of_a_run_is_counted_under_tls() {
    let authority = Authority::of("localhost");
    let garbled = after_preflight(&authority, |conversation| {
        conversation.leave_unread();
        conversation.say(b"this is no handshake at all");
        conversation.keep_silent();
    });
    let summary = all_fail(&garbled.https_url(), &authority, "tls");
    assert!(summary["failed_phases"]["connect"].is_object());
}

#[test]
fn a_handshake_that_hangs_in_the_middle_of_a_run_times_out() {
    let authority = Authority::of("localhost");
    let silent = after_preflight(&authority, Conversation::keep_silent);
    all_fail(&silent.https_url(), &authority, "timeout");
}

#[test]
fn a_version_of_tls_that_the_target_does_not_speak_is_turned_down() {
    let authority = Authority::with("localhost", &[&version::TLS13], None);
    let server = serve(&authority);
    let bench = Bench::without_key();
    let over = |words| run_over(&bench, &server.https_url(), &authority, words);
    over("tls = \"1.2\"")
        .ends_with(4)
        .says("does not speak TLS 1.2, the only version that was offered")
        .says("hint: offer both versions: [target.connections] tls = \"any\"");
    over("tls = \"1.3\"").ends_with_unless_busy(0);
}

#[test]
fn later_connections_resume_a_session_unless_told_not_to() {
    for version in ["1.2", "1.3"] {
        for resumption in [true, false] {
            let authority = Authority::of("localhost");
            let server = serve(&authority);
            let words = format!(
                "lifetime = \"per-callout\", tls = \"{version}\", resumption = {resumption}"
            );
            let bench = Bench::without_key();
            let ran = run_over(&bench, &server.https_url(), &authority, &words);
            let summary = ran.ends_with_unless_busy(0).summary();
            let ok = number(&summary["counts"]["ok"]);
            assert_eq!(number(&summary["phases"]["tls"]["count"]), ok);
            let resumed = u64::try_from(authority.resumed.load(Ordering::SeqCst)).unwrap();
            if resumption {
                assert!(resumed >= ok - 1, "TLS {version}: {resumed} of {ok}");
            } else {
                assert_eq!(resumed, 0, "TLS {version}");
            }
        }
    }
}

#[test]
fn a_target_that_asks_for_a_certificate_gets_that_of_the_key_pair() {
    let made = rcgen::generate_simple_self_signed(["acme.example".to_owned()]).unwrap();
    let certificate = made.cert.pem();
    let authority = Authority::with("localhost", DEFAULT_VERSIONS, Some(&certificate));
    let server = serve(&authority);
    let bench = Bench::without_key();
    bench.put_key("lead_mtls", &made.signing_key.serialize_pem(), 0o600);
    bench.write("keys/lead_mtls.crt.pem", &certificate);
    let shown = "client_certificate = \"lead_mtls\"";
    let summary = run_over(&bench, &server.https_url(), &authority, shown)
        .ends_with_unless_busy(0)
        .summary();
    assert_eq!(summary["counts"]["failed"], 0, "{}", summary["failures"]);
    let words = summary["run"]["connections"].as_str().unwrap();
    assert!(words.contains("client certificate lead_mtls"), "{words}");
    // A name without a pair is told before the load.
    let missing = "client_certificate = \"not_there\"";
    run_over(&bench, &server.https_url(), &authority, missing)
        .ends_with(4)
        .says("there is no key pair \"not_there\"");
}

// TLS 1.2 makes no connection; TLS 1.3 makes one, and the refusal comes after the handshake.
#[test]
fn a_client_certificate_that_is_missed_or_refused_is_told_before_the_load() {
    let known = rcgen::generate_simple_self_signed(["acme.example".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["other.example".to_owned()]).unwrap();
    let authority = Authority::with("localhost", DEFAULT_VERSIONS, Some(&known.cert.pem()));
    let server = serve(&authority);
    let bench = Bench::without_key();
    bench.put_key("other", &other.signing_key.serialize_pem(), 0o600);
    bench.write("keys/other.crt.pem", &other.cert.pem());
    for version in ["1.2", "1.3", "any"] {
        let over = |more| {
            let words = format!("tls = \"{version}\"{more}");
            let ran = run_over(&bench, &server.https_url(), &authority, &words).ends_with(4);
            assert!(!ran.stderr.contains("[target] ca"), "{}", ran.stderr);
            ran
        };
        over("")
            .says("the target asked for a client certificate")
            .says("and none is set")
            .says("hint: write client_certificate = \"NAME\" in [target.connections]");
        over(", client_certificate = \"other\"")
            .says("the target refused our client certificate")
            .says("hint: `leadbench keys show other`");
    }
    assert!(!bench.path("reports").exists());
    assert!(server.seen(|seen| seen.leads.is_empty()));
}

// The target begins to ask for a certificate only once the run has begun.
#[test]
fn a_client_certificate_missed_in_mid_run_is_counted_and_explained() {
    let known = rcgen::generate_simple_self_signed(["acme.example".to_owned()]).unwrap();
    let shown = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let both = [None, Some(known.cert.pem())].map(|client| {
        let key = shown.signing_key.serialize_der();
        let versions = &[&version::TLS13];
        let config = config(shown.cert.der().clone(), key, versions, client.as_deref());
        Arc::new(config)
    });
    let connections = AtomicUsize::new(0);
    let server = FaultServer::start(move |conversation| {
        let is_later = connections.fetch_add(1, Ordering::SeqCst) > 0;
        conversation.start_tls(&both[usize::from(is_later)]);
        answer_all(conversation);
    });
    let bench = Bench::without_key();
    bench.write("authority.pem", &shown.cert.pem());
    let ran = run_with(&bench, &server.https_url(), "tls = \"1.3\"");
    let summary = ran.ends_with_unless_busy(1).summary();
    assert_eq!(summary["outcomes"]["tls"], summary["counts"]["completed"]);
    let message = summary["failures"][0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("the target asked for a client certificate")
            && message.contains("none is set"),
        "{message}"
    );
}

// Servers that ask and do not insist let the connection pass.
#[test]
fn a_client_certificate_that_is_only_asked_for_is_noted() {
    let known = rcgen::generate_simple_self_signed(["acme.example".to_owned()]).unwrap();
    let shown = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(known.cert.der().clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder(Arc::new(roots));
    let verifier = verifier.allow_unauthenticated().build().unwrap();
    let key = PrivateKeyDer::try_from(shown.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![shown.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let server = FaultServer::start(move |conversation| {
        conversation.start_tls(&config);
        answer_all(conversation);
    });
    let bench = Bench::without_key();
    bench.write("authority.pem", &shown.cert.pem());
    for version in ["1.2", "1.3"] {
        let words = format!("tls = \"{version}\"");
        run_with(&bench, &server.https_url(), &words)
            .ends_with_unless_busy(0)
            .says("note: the target asked for a client certificate, and none is set");
    }
}

/// A certificate that is signed by another.
fn signed(
    host: &str,
    by: &rcgen::Issuer<'_, rcgen::KeyPair>,
    change: impl FnOnce(&mut rcgen::CertificateParams),
) -> (rcgen::Certificate, rcgen::KeyPair) {
    let mut parameters = rcgen::CertificateParams::new([host.to_owned()]).unwrap();
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, host);
    change(&mut parameters);
    let key = rcgen::KeyPair::generate().unwrap();
    (parameters.signed_by(&key, by).unwrap(), key)
}

/// An authority that is called so.
pub(crate) fn root(name: &str) -> (String, rcgen::Issuer<'static, rcgen::KeyPair>) {
    let mut parameters = rcgen::CertificateParams::default();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    let key = rcgen::KeyPair::generate().unwrap();
    let pem = parameters.self_signed(&key).unwrap().pem();
    (pem, rcgen::Issuer::new(parameters, key))
}

/// An authority that another has signed.
pub(crate) fn intermediate(
    root: &rcgen::Issuer<'_, rcgen::KeyPair>,
) -> (String, rcgen::Issuer<'static, rcgen::KeyPair>) {
    let mut parameters = rcgen::CertificateParams::default();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, "the_intermediate");
    let key = rcgen::KeyPair::generate().unwrap();
    let pem = parameters.signed_by(&key, root).unwrap().pem();
    (pem, rcgen::Issuer::new(parameters, key))
}

#[test]
fn who_signed_and_what_is_missing_is_told() {
    let (root_pem, root) = root("the_root");
    let (other_pem, _) = self::root("another_root");
    let (intermediate_pem, intermediate) = intermediate(&root);
    let intermediate_der = CertificateDer::from_pem_slice(intermediate_pem.as_bytes()).unwrap();
    let (own, key) = signed("localhost", &intermediate, |_| ());
    let (client_only, client_key) = signed("localhost", &intermediate, |parameters| {
        parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    });
    let bench = Bench::without_key();
    let told = |chain: Vec<CertificateDer<'static>>, key: &rcgen::KeyPair, authority: &str| {
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        let config = Arc::new(config.with_single_cert(chain, key).unwrap());
        let server = FaultServer::start(move |conversation| {
            conversation.start_tls(&config);
            answer_all(conversation);
        });
        bench.write("authority.pem", authority);
        run_with(&bench, &server.https_url(), "")
    };
    let own_der = own.der().clone();
    told(vec![own_der.clone()], &key, &root_pem)
        .ends_with(4)
        .says("sends no intermediate certificate: its own is signed by CN=the_intermediate")
        .says("hint: let the target send its whole chain");
    let whole = vec![own_der, intermediate_der.clone()];
    told(whole.clone(), &key, &other_pem)
        .ends_with(4)
        .says("ends at CN=the_root, which is not among the authorities");
    let wrong = vec![client_only.der().clone(), intermediate_der];
    told(wrong, &client_key, &root_pem)
        .ends_with(4)
        .says("lacks serverAuth");
    told(whole, &key, &root_pem).ends_with_unless_busy(0);
}

#[test]
fn an_alert_before_the_load_is_explained() {
    for (alert, says) in [
        (
            40,
            "no cipher suite in common (TLS alert handshake_failure)",
        ),
        (70, "does not speak TLS 1.2"),
        (80, "with TLS alert internal_error"),
        (86, "with TLS alert inappropriate_fallback"),
        (112, "no certificate for the name localhost"),
    ] {
        let server = FaultServer::start(move |conversation| {
            conversation.leave_unread();
            conversation.say(&[21, 3, 3, 0, 2, 2, alert]);
        });
        turned_down(&server, &Authority::of("localhost")).says(says);
    }
}

#[test]
fn a_target_that_does_not_choose_http2_is_turned_down() {
    let authority = Authority::of("localhost");
    let server = serve(&authority);
    let bench = Bench::without_key();
    run_over(&bench, &server.https_url(), &authority, "http = \"2\"")
        .ends_with(4)
        .says("did not choose HTTP/2");
}

// A target that insists on another protocol takes a caller that offers none.
#[test]
fn no_protocol_is_offered_by_alpn_unless_that_is_asked_for() {
    let mut authority = Authority::of("localhost");
    let config = Arc::get_mut(&mut authority.config).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let server = serve(&authority);
    let bench = Bench::without_key();
    let over = |words| run_over(&bench, &server.https_url(), &authority, words);
    over("").ends_with_unless_busy(0);
    over("alpn = true")
        .ends_with(4)
        .says("does not speak HTTP/1.1 here (ALPN)")
        .says("hint: leave out [target.connections] alpn");
}
