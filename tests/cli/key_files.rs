//! Keys that are missing, damaged or of the wrong kind, and the tokens of a good one.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::fault_server::FaultServer;
use crate::support::{Bench, KEY, Ran, SMOKE};

const EC: &str = include_str!("../fixtures/keys/test-only-ec-pkcs8.key.pem");
const ENCRYPTED: &str = include_str!("../fixtures/keys/test-only-encrypted-pkcs8.key.pem");
const CERTIFICATE: &str = include_str!("../fixtures/keys/test-only-rsa2048.crt.pem");
const SMALL: &str = include_str!("../fixtures/keys/test-only-rsa1024.key.pem");

/// A run against a target that must not be reached, for the key is looked at first.
#[track_caller]
fn refused(bench: &Bench) -> Ran {
    let server = FaultServer::answering("");
    let url = server.url();
    let ran = bench.run(SMOKE, &["--target", &url]).ends_with(4);
    assert_eq!(server.seen(|seen| seen.connections), 0);
    assert!(!bench.path("reports").exists());
    ran
}

/// Puts this in place of the key; it is refused by its path and never quoted.
#[track_caller]
fn check(text: &str, says: &str) {
    let bench = Bench::without_key();
    let path = bench.put_key("lead_signing", text, 0o600);
    let ran = refused(&bench);
    ran.says(path.to_str().unwrap()).says(says);
    for line in text.lines().filter(|line| line.len() > 8) {
        assert!(!ran.stderr.contains(line), "quotes {line:?}");
    }
}

#[test]
fn a_missing_key_names_the_command_that_makes_one() {
    let ran = refused(&Bench::without_key());
    ran.says("there is no key pair \"lead_signing\"")
        .says("leadbench keys generate lead_signing");
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    let bench = Bench::without_key();
    let path = bench.put_key("lead_signing", KEY, 0o644);
    refused(&bench)
        .says("mode 0644")
        .says(&format!("chmod 600 {}", path.display()));
}

#[test]
fn an_encrypted_key_is_refused() {
    check(ENCRYPTED, "--passphrase-file FILE");
}

#[test]
fn an_elliptic_curve_key_is_refused() {
    check(EC, "RS256");
}

#[test]
fn a_key_of_1024_bits_is_refused() {
    check(SMALL, "2048");
}

#[test]
fn garbage_is_no_key() {
    check("correct horse battery staple", "PEM");
}

#[test]
fn an_empty_file_is_no_key() {
    check("", "the file is empty");
}

#[test]
fn a_key_cut_short_is_refused() {
    let (half, _) = KEY.split_at(KEY.len() / 2);
    check(half, "could not use the private key");
}

#[test]
fn a_folder_is_no_key() {
    let bench = Bench::without_key();
    fs::create_dir_all(bench.path("keys/lead_signing.key.pem")).unwrap();
    refused(&bench).says("is a folder, not a file");
}

#[test]
fn a_pair_is_never_overwritten() {
    let bench = Bench::without_key();
    let words = ["keys", "generate", "other", "--keys", "elsewhere"];
    bench.call(&words).ends_with(0).prints("other.key.pem");
    let key = fs::read(bench.path("elsewhere/other.key.pem")).unwrap();
    bench.call(&words).ends_with(4).says("already");
    assert!(fs::read(bench.path("elsewhere/other.key.pem")).unwrap() == key);
    assert!(
        !bench.path("keys").exists(),
        "--keys goes before LEADBENCH_KEYS"
    );
    bench
        .call(&["keys", "show", "--keys", "elsewhere"])
        .ends_with(0)
        .prints("other");
}

#[test]
fn a_token_is_described_and_not_shown() {
    let bench = Bench::new();
    let ran = bench.call(&["token", SMOKE]).ends_with(0);
    ran.prints("\"iss\":\"https://acme.my.salesforce.com\"")
        .prints("\"kid\":\"lead_signing\"")
        .prints("verified with the public key");
    assert!(!ran.stdout.contains("eyJ"), "{}", ran.stdout);
}

#[test]
fn a_revealed_token_is_all_of_stdout() {
    let bench = Bench::new();
    let ran = bench.call(&["token", SMOKE, "--reveal"]).ends_with(0);
    assert_eq!(ran.stdout.lines().count(), 1);
    assert_eq!(ran.stdout.trim().split('.').count(), 3);
    assert_eq!(ran.stderr, "");
}

// RS256 has no randomness in it, so one instant has one token.
#[test]
fn a_token_is_minted_as_of_any_instant() {
    let bench = Bench::new();
    let at = |more: &[&str]| {
        let words = ["token", SMOKE, "--at", "1700000000"];
        bench.call(&[&words[..], more].concat()).ends_with(0).stdout
    };
    let text = at(&[]);
    assert!(text.contains("issued at    2023-11-14T22:13:20Z"), "{text}");
    assert!(text.contains("expires at   2023-11-14T22:18:20Z"), "{text}");
    assert_eq!(at(&["--reveal"]), at(&["--reveal"]));
}

#[test]
fn a_scenario_without_a_token_has_none_to_show() {
    let bench = Bench::new();
    bench
        .call(&["token", SMOKE, "--set", "auth.source=none"])
        .ends_with(3)
        .says("sends no token");
}

// Several jobs of one CI run begin at once in a fresh checkout.
#[test]
fn who_is_first_makes_the_pair_for_all() {
    let bench = Bench::without_key();
    let started: Vec<_> = (0..4)
        .map(|_| bench.command(&["token", SMOKE]).spawn().unwrap())
        .collect();
    let mut made = 0;
    for child in started {
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{stderr}");
        made += usize::from(stderr.contains("made a key pair"));
    }
    assert_eq!(made, 1);
}

#[test]
fn a_certificate_of_another_key_is_given_to_nobody() {
    let bench = Bench::new();
    let other = rcgen::generate_simple_self_signed(["x".to_owned()]).unwrap();
    bench.write("keys/lead_signing.crt.pem", &other.cert.pem());
    let ran = bench.call(&["keys", "show", "lead_signing"]).ends_with(4);
    ran.says("these key pairs have problems: lead_signing");
    assert!(!ran.stdout.contains("Give "), "{}", ran.stdout);
}

#[test]
fn an_instant_beyond_the_calendar_is_refused() {
    let bench = Bench::new();
    bench
        .call(&["token", SMOKE, "--at", "18446744073709551615"])
        .ends_with(2);
}

/// A scenario that shows a certificate, and signs with `lead_signing`.
fn scenario(bench: &Bench, url: &str, more: &str) -> String {
    let text = format!(
        "schema = 1\nname = \"keys\"\n[target]\nurl = \"{url}\"\n{more}\n[auth]\n\
         source = \"named-credential\"\nkey = \"lead_signing\"\nissuer = \"i\"\n\
         subject = \"s\"\naudience = \"a\"\n\
         [[load]]\nkind = \"rate\"\nrate = \"5/s\"\nfor = \"1s\"\n"
    );
    let path = bench.write("keys.toml", &text);
    path.to_str().unwrap().to_owned()
}

#[test]
fn check_tells_a_missing_pair_as_run_does() {
    let bench = Bench::without_key();
    let url = "https://localhost:1/leads";
    let shown = "connections = { client_certificate = \"org_client\" }";
    let path = scenario(&bench, url, shown);
    let ran = bench.call(&["check", &path]).ends_with(4);
    ran.says("the scenario is valid, but this machine cannot run it:")
        .says("there is no key pair \"lead_signing\"")
        .says("there is no key pair \"org_client\"")
        .says("leadbench keys generate lead_signing");
    assert_eq!(ran.stdout, "");
    bench
        .run(&path, &[])
        .ends_with(4)
        .says("there is no key pair \"lead_signing\"");
    bench.call(&["check", &path, "--no-keys"]).ends_with(0);
    // In another folder, and open to others.
    bench.put_key("lead_signing", KEY, 0o644);
    bench.call(&["check", &path]).ends_with(4).says("mode 0644");
    let path = scenario(&bench, url, "");
    bench.put_key("lead_signing", KEY, 0o600);
    bench.call(&["check", &path]).ends_with(0).prints("ok: ");
    bench
        .call(&["check", &path, "--keys", "elsewhere"])
        .ends_with(4);
    // With the embedded target it is made.
    let path = scenario(&bench, "embedded", "");
    bench
        .call(&["check", &path, "--keys", "elsewhere"])
        .ends_with(0);
    assert!(!bench.path("elsewhere").exists());
}

// `..data` is a link to a folder that is replaced as a whole, and each file is a link into it.
#[test]
fn keys_that_kubernetes_mounts_are_read() {
    use std::os::unix::fs::symlink;
    let bench = Bench::without_key();
    bench.write("keys/..2026_11_28/lead_signing.crt.pem", CERTIFICATE);
    let key = bench.write("keys/..2026_11_28/lead_signing.key.pem", KEY);
    fs::set_permissions(key, fs::Permissions::from_mode(0o400)).unwrap();
    symlink("..2026_11_28", bench.path("keys/..data")).unwrap();
    for end in ["key", "crt"] {
        let name = format!("lead_signing.{end}.pem");
        symlink(
            format!("..data/{name}"),
            bench.path(&format!("keys/{name}")),
        )
        .unwrap();
    }
    let ran = bench.call(&["token", SMOKE, "--reveal"]).ends_with(0);
    assert_eq!(ran.stderr, "");
    bench
        .call(&["keys", "show"])
        .ends_with(0)
        .prints("lead_signing  RSA 2048");
}

#[test]
fn a_folder_that_anybody_writes_in_gets_a_word() {
    let bench = Bench::new();
    let folder = bench.path("keys");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    let shown = format!("chmod 700 {}", folder.display());
    for words in [&["token", SMOKE, "--reveal"][..], &["keys", "show"]] {
        let ran = bench.call(words).ends_with(0);
        ran.says("(mode 0777)").says(&shown);
        assert_eq!(ran.stderr.matches("warning:").count(), 1, "{}", ran.stderr);
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    let ran = bench.call(&["token", SMOKE, "--reveal"]).ends_with(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_key_in_der_in_the_folder_is_called_what_it_is() {
    let bench = Bench::without_key();
    let path = bench.put_key("lead_signing", "", 0o600);
    fs::write(&path, pem::parse(KEY).unwrap().contents()).unwrap();
    refused(&bench)
        .says("it holds a private key in DER (PKCS#8)")
        .says("leadbench keys import NAME");
}
