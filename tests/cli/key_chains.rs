//! Certificates with their chains, and which keys an API is made to trust.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use rcgen::{ExtendedKeyUsagePurpose, Issuer, KeyPair};
use serde_json::Value;
use tokio_rustls::rustls::DEFAULT_VERSIONS;

use crate::fault_server::FaultServer;
use crate::support::{Bench, KEY, SMOKE};
use crate::tls::{answer_all, config, intermediate, root, run_with};

/// A pair whose certificate a root's intermediate has signed, all in PEM.
struct Made {
    own: String,
    intermediate: String,
    root: String,
}

/// For the fixture's key; what it is for is in the certificate.
fn made(usage: &[ExtendedKeyUsagePurpose]) -> Made {
    let (root_pem, root) = root("the_root");
    let (intermediate_pem, intermediate): (_, Issuer<'_, KeyPair>) = intermediate(&root);
    let mut parameters = rcgen::CertificateParams::default();
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, "org_client");
    parameters.extended_key_usages = usage.to_vec();
    let key = KeyPair::from_pem(KEY).unwrap();
    let own = parameters.signed_by(&key, &intermediate).unwrap();
    Made {
        own: own.pem(),
        intermediate: intermediate_pem,
        root: root_pem,
    }
}

fn passphrase(bench: &Bench) -> String {
    let path = bench.write("passphrase.txt", "changeit");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn certificates(bench: &Bench, name: &str) -> usize {
    let text = fs::read_to_string(bench.path(&format!("keys/{name}.crt.pem"))).unwrap();
    text.matches("BEGIN CERTIFICATE").count()
}

fn kids(set: &str) -> Vec<String> {
    let set: Value = serde_json::from_str(set).unwrap();
    let keys = set["keys"].as_array().unwrap();
    let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
    keys.iter().map(kid).collect()
}

// Out of order in PEM, then through both kinds of stores: the chain stays, in its order.
#[test]
fn a_chain_is_kept_in_order_shown_and_given_out() {
    let bench = Bench::without_key();
    let made = made(&[]);
    let passphrase = passphrase(&bench);
    let bundle = [KEY, &made.root, &made.intermediate, &made.own].concat();
    let bundle = bench.write("bundle.pem", &bundle);
    let import = |name: &str, file: &str, more: &[&str]| {
        bench.call(&[&["keys", "import", name, file], more].concat())
    };
    import("a", bundle.to_str().unwrap(), &[])
        .ends_with(0)
        .says("chain        CN=the_intermediate")
        .says("chain        CN=the_root")
        .says("note: the certificates were put in order");
    let expected = [&*made.own, &made.intermediate, &made.root].concat();
    let read = |name: &str| fs::read_to_string(bench.path(&format!("keys/{name}.crt.pem")));
    let bare = |text: &str| text.replace('\r', "");
    assert_eq!(bare(&read("a").unwrap()), bare(&expected));
    for format in ["p12", "jks"] {
        let out = bench.path(&format!("a.{format}"));
        let out = out.to_str().unwrap();
        let words = ["keys", "export", "a", "--format", format, "--out", out];
        let opening = ["--passphrase-file", passphrase.as_str()];
        bench.call(&[&words[..], &opening].concat()).ends_with(0);
        let ran = import(format, out, &opening).ends_with(0);
        assert!(!ran.stderr.contains("put in order"), "{}", ran.stderr);
        assert_eq!(read(format).unwrap(), read("a").unwrap(), "{format}");
    }
    bench
        .call(&["keys", "show", "a"])
        .ends_with(0)
        .prints("issuer   CN=the_intermediate")
        .prints("chain    CN=the_intermediate (to ")
        .prints("chain    CN=the_root (to ");
    let out = bench.call(&["keys", "export", "a", "--format", "certificate"]);
    assert_eq!(out.ends_with(0).stdout.matches("BEGIN").count(), 3);
}

#[test]
fn what_belongs_to_another_chain_is_left_out_and_said() {
    let bench = Bench::without_key();
    let (made, other) = (made(&[]), made(&[]));
    let bundle = [KEY, &made.own, &made.intermediate, &other.intermediate].concat();
    let bundle = bench.write("bundle.pem", &bundle);
    bench
        .call(&["keys", "import", "a", bundle.to_str().unwrap()])
        .ends_with(0)
        .says("note: left out, because it is not in the chain of the pair's own certificate: CN=the_intermediate");
    assert_eq!(certificates(&bench, "a"), 2);
}

// A server that knows the root alone, as most are set up.
#[test]
fn the_whole_chain_is_shown_to_a_target_that_knows_only_the_root() {
    let made = made(&[ExtendedKeyUsagePurpose::ClientAuth]);
    let shown = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = shown.signing_key.serialize_der();
    let der = shown.cert.der().clone();
    let config = Arc::new(config(der, key, DEFAULT_VERSIONS, Some(&made.root)));
    let server = FaultServer::start(move |conversation| {
        conversation.start_tls(&config);
        answer_all(conversation);
    });
    let bench = Bench::without_key();
    bench.write("authority.pem", &shown.cert.pem());
    let bundle = [KEY, &made.intermediate, &made.own].concat();
    let bundle = bench.write("bundle.pem", &bundle);
    bench
        .call(&["keys", "import", "whole", bundle.to_str().unwrap()])
        .ends_with(0)
        .prints("It is for mutual TLS");
    // Two pairs that somebody put there by hand: out of order, and the leaf alone.
    for (name, text) in [
        (
            "turned",
            [&*made.root, &made.intermediate, &made.own].concat(),
        ),
        ("alone", made.own.clone()),
    ] {
        bench.put_key(name, KEY, 0o600);
        bench.write(&format!("keys/{name}.crt.pem"), &text);
    }
    for version in ["1.2", "1.3"] {
        let over = |name: &str| {
            let words = format!("tls = \"{version}\", client_certificate = \"{name}\"");
            run_with(&bench, &server.https_url(), &words)
        };
        over("whole").ends_with_unless_busy(0);
        over("turned")
            .ends_with_unless_busy(0)
            .says("turned.crt.pem are not in order");
        over("alone")
            .ends_with(4)
            .says("the target refused our client certificate")
            .says("hint: `leadbench keys show alone`");
    }
}

// An API that is given jwks.json trusts every key in it.
#[test]
fn a_pair_for_tls_clients_stays_out_of_the_key_set() {
    let bench = Bench::without_key();
    let file = |name: &str, made: &Made| {
        let path = bench.write(name, &[KEY, &made.own].concat());
        path.to_str().unwrap().to_owned()
    };
    let client = file("client.pem", &made(&[ExtendedKeyUsagePurpose::ClientAuth]));
    let both = file(
        "both.pem",
        &made(&[
            ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsagePurpose::ServerAuth,
        ]),
    );
    let plain = file("plain.pem", &made(&[]));
    let import = |words: &[&str]| {
        let ran = bench.call(&[&["keys", "import"], words].concat());
        ran.ends_with(0)
    };
    // By its certificate, by what is asked for, and by leaving it out.
    import(&["by_usage", &client]).prints("It is not in jwks.json");
    import(&["asked", &plain, "--for", "client-tls"]).prints("It is not in jwks.json");
    import(&["left_out", &plain, "--no-jwks"]).prints("key set      not in jwks.json");
    assert!(!bench.path("keys/jwks.json").exists());
    import(&["all_usages", &both]).prints("jwks.json holds the public key of: all_usages\n");
    import(&["forced", &client, "--for", "signing"])
        .prints("jwks.json holds the public key of: all_usages, forced\n");
    bench
        .call(&["keys", "generate", "quiet", "--no-jwks"])
        .ends_with(0)
        .prints("key set      not in jwks.json");
    let set = fs::read_to_string(bench.path("keys/jwks.json")).unwrap();
    assert_eq!(kids(&set), ["all_usages", "forced"]);
    assert!(!set.contains("\"alg\""), "{set}");
    let ran = bench.call(&["keys", "show"]).ends_with(0);
    ran.prints("key set  not in jwks.json")
        .prints("jwks.json holds the public key of: all_usages, forced")
        .says("warning: jwks.json contains forced, whose certificate is only for TLS clients");
}

#[test]
fn a_key_set_of_named_pairs_holds_those_alone() {
    let bench = Bench::new();
    let key = bench.write("key.pem", KEY);
    let key = key.to_str().unwrap();
    for name in ["a", "b"] {
        bench.call(&["keys", "import", name, key]).ends_with(0);
    }
    let set = |words: &[&str]| {
        let ran = bench.call(&[&["keys", "export"], words].concat());
        kids(&ran.ends_with(0).stdout)
    };
    assert_eq!(set(&["--jwks", "b", "lead_signing"]), ["b", "lead_signing"]);
    assert_eq!(set(&["a", "a", "--format", "jwks"]), ["a"]);
    bench
        .call(&["keys", "export", "a", "b", "--format", "public"])
        .ends_with(2)
        .says("only a key set can contain several pairs");
    bench
        .call(&["keys", "export", "--jwks", "a", "--alg", "RS512"])
        .ends_with(0)
        .prints("\"alg\": \"RS512\"");
    // And the target takes it.
    let text = bench.call(&["keys", "export", "--jwks", "lead_signing"]);
    bench.write("lead.json", &text.ends_with(0).stdout);
    let target = crate::support::TargetProcess::start(&bench, &["--trust", "lead.json"]);
    let url = target.url();
    let more = [
        "--target",
        url.as_str(),
        "--duration",
        "1s",
        "--rate",
        "20/s",
    ];
    bench.run(SMOKE, &more).ends_with_unless_busy(0);
}

// A pair was moved away, and its key is still one that an API is told to trust.
#[test]
fn a_key_of_the_set_without_a_pair_is_told() {
    let bench = Bench::without_key();
    let key = bench.write("key.pem", KEY);
    for name in ["stays", "goes"] {
        let words = ["keys", "import", name, key.to_str().unwrap()];
        bench.call(&words).ends_with(0);
    }
    for end in ["key", "crt", "pub"] {
        fs::remove_file(bench.path(&format!("keys/goes.{end}.pem"))).unwrap();
    }
    bench.call(&["keys", "show"]).ends_with(0).says(
        "note: jwks.json also holds the public key of goes, but this folder has no such pair",
    );
}
