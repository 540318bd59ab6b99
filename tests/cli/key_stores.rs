//! Key pairs taken in from elsewhere and given out again.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::support::{Bench, Ran, SMOKE};

/// What nothing may show.
const CANARY: &str = "changeit";

fn fixture(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/keys");
    format!("{folder}/test-only-{name}")
}

/// A bench with the passphrases of the fixtures in files.
fn bench() -> (Bench, String, String) {
    let bench = Bench::without_key();
    let secret = |name: &str, text: &str| {
        let path = bench.write(name, text);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let store = secret("store.txt", "changeit\n");
    let key = secret("key.txt", "otherpass\n");
    (bench, store, key)
}

fn import(bench: &Bench, words: &[&str]) -> Ran {
    let ran = bench.call(&[&["keys", "import"], words].concat());
    assert!(!ran.stdout.contains(CANARY) && !ran.stderr.contains(CANARY));
    assert!(!ran.stdout.contains("MII") && !ran.stderr.contains("MII"));
    ran
}

fn public_key(bench: &Bench, name: &str) -> String {
    fs::read_to_string(bench.path(&format!("keys/{name}.pub.pem"))).unwrap()
}

// The same pair in seven forms, made by OpenSSL and by Java.
#[test]
fn a_key_pair_is_taken_in_whatever_form_it_has() {
    let (bench, passphrase, _) = bench();
    let expected = fs::read_to_string(fixture("rsa2048.pub.pem")).unwrap();
    let with = ["--passphrase-file", &passphrase];
    for (number, (files, opening)) in [
        (vec!["rsa2048-pkcs8.key.pem"], &[][..]),
        (vec!["rsa2048-pkcs1.key.pem", "rsa2048.crt.pem"], &[][..]),
        (vec!["openssl.p12"], &with[..]),
        (vec!["openssl-legacy.p12"], &with[..]),
        (vec!["keytool.p12"], &with[..]),
        (vec!["keytool.jks"], &with[..]),
        (
            vec!["keytool-two.jks"],
            &["--alias", "LEAD_SIGNING", "--passphrase-file", &passphrase][..],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("pair_{number}");
        let files: Vec<_> = files.into_iter().map(fixture).collect();
        let mut words = vec![name.as_str()];
        words.extend(files.iter().map(String::as_str));
        words.extend(opening);
        import(&bench, &words).ends_with(0);
        assert_eq!(public_key(&bench, &name), expected, "{files:?}");
        let mode = fs::metadata(bench.path(&format!("keys/{name}.key.pem"))).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }
    // All are in order, and in the one key set.
    bench.call(&["keys", "show"]).ends_with(0);
    let set = fs::read_to_string(bench.path("keys/jwks.json")).unwrap();
    assert_eq!(set.matches("\"kid\"").count(), 7);
}

// Who gives several files, or a store of several keys, is told which one is wrong.
#[test]
fn a_refusal_names_the_file_and_the_aliases() {
    let (bench, passphrase, _) = bench();
    let (small, certificate) = (fixture("rsa1024.key.pem"), fixture("rsa2048.crt.pem"));
    let refused = import(&bench, &["a", &certificate, &small]).ends_with(4);
    refused
        .says(&format!("could not import {small}\n"))
        .says("an RSA key of 1024 bits");
    assert!(!refused.stderr.contains("rsa2048.crt.pem"), "{refused:?}");
    let store = fixture("keytool-two.jks");
    let words = ["b", &store, "--passphrase-file", &passphrase];
    import(&bench, &words)
        .ends_with(4)
        .says("the store holds 2 private keys: lead_signing, second")
        .says("choose one with --alias");
    import(&bench, &[&words[..], &["--alias", "third"]].concat())
        .ends_with(4)
        .says("no private key with the alias \"third\"; it holds: lead_signing, second");
}

// A flag that would change nothing is a mistake of whoever gives it.
#[test]
fn an_export_refuses_a_flag_that_its_format_does_not_use() {
    let bench = Bench::new();
    for (format, flag, value, fit) in [
        ("public", "--alg", "RS512", "jwks"),
        ("pkcs1", "--alias", "other", "p12 or jks"),
        ("jwks", "--alias", "other", "p12 or jks"),
    ] {
        let words = [
            "keys",
            "export",
            "lead_signing",
            "--format",
            format,
            flag,
            value,
        ];
        bench
            .call(&words)
            .ends_with(2)
            .says(&format!("{flag} has no effect with --format {format}"))
            .says(&format!("leave {flag} out, or pass --format {fit}"));
    }
}

#[test]
fn a_key_within_a_store_may_have_a_passphrase_of_its_own() {
    let (bench, store, key) = bench();
    let jks = fixture("keytool-two.jks");
    let words = [
        "second",
        &jks,
        "--alias",
        "second",
        "--passphrase-file",
        &store,
    ];
    import(&bench, &words)
        .ends_with(4)
        .says("the passphrase is wrong");
    let own = [&words[..], &["--key-passphrase-file", &key]].concat();
    import(&bench, &own).ends_with(0);
}

#[test]
fn an_encrypted_key_is_opened_with_its_passphrase() {
    let (bench, wrong, _) = bench();
    let right = bench.write("right.txt", "test-only");
    fs::set_permissions(&right, fs::Permissions::from_mode(0o600)).unwrap();
    let key = fixture("encrypted-pkcs8.key.pem");
    import(&bench, &["a", &key])
        .ends_with(4)
        .says("it needs a passphrase");
    import(&bench, &["a", &key, "--passphrase-file", &wrong])
        .ends_with(4)
        .says("the passphrase is wrong");
    import(
        &bench,
        &["a", &key, "--passphrase-file", right.to_str().unwrap()],
    )
    .ends_with(0)
    .says("leadbench made a self-signed one");
    let legacy = fixture("encrypted-legacy.key.pem");
    import(
        &bench,
        &["b", &legacy, "--passphrase-file", right.to_str().unwrap()],
    )
    .ends_with(4)
    .says("OpenSSL's traditional PEM (Proc-Type: 4,ENCRYPTED)")
    .says("openssl pkcs8 -topk8 -in");
    let old = fixture("pbe-md5-des.key.pem");
    import(&bench, &["c", &old])
        .ends_with(4)
        .says("is encrypted with pbeWithMD5AndDES-CBC, an old algorithm that leadbench does not support")
        .says("openssl pkcs8 -topk8 -provider legacy -provider default -in");
}

// What is no PEM is taken in where that is plain, and else called by its name.
#[test]
fn other_forms_are_taken_in_or_called_by_their_names() {
    let (bench, _, _) = bench();
    let der = |name: &str| {
        pem::parse(fs::read(fixture(name)).unwrap())
            .unwrap()
            .into_contents()
    };
    let put = |name: &str, bytes: &[u8]| {
        let path = bench.path(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let expected = fs::read_to_string(fixture("rsa2048.pub.pem")).unwrap();
    let certificate = put("cert.der", &der("rsa2048.crt.pem"));
    for (number, name) in ["rsa2048-pkcs8.key.pem", "rsa2048-pkcs1.key.pem"]
        .iter()
        .enumerate()
    {
        let key = put("key.der", &der(name));
        let name = format!("der_{number}");
        let ran = import(&bench, &[&name, &key, &certificate]).ends_with(0);
        ran.says("certificate  CN=test_only");
        assert_eq!(public_key(&bench, &name), expected);
    }
    let text = fs::read_to_string(fixture("rsa2048-pkcs8.key.pem")).unwrap();
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16 = put("utf16.pem", &[&[0xFF, 0xFE][..], &utf16].concat());
    import(&bench, &["utf16", &utf16]).ends_with(0);
    assert_eq!(public_key(&bench, "utf16"), expected);
    let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let request = rcgen::CertificateParams::default();
    let request = request.serialize_request(&rcgen::KeyPair::generate().unwrap());
    let request = request.unwrap();
    for (bytes, says, hint) in [
        (
            der("rsa2048.crt.pem"),
            "a certificate, not a private key",
            "name the file",
        ),
        (
            der("rsa2048.pub.pem"),
            "a public key in DER",
            "name the file",
        ),
        (
            fs::read(fixture("rsa2048.pub.pem")).unwrap(),
            "a public key, not",
            "name the file",
        ),
        (
            request.der().to_vec(),
            "a certificate request",
            "name the file",
        ),
        (
            request.pem().unwrap().into_bytes(),
            "a certificate request, not",
            "name the file",
        ),
        (Vec::new(), "the file is empty", "name the file"),
        (
            base64.into_bytes(),
            "base64 without the lines",
            "base64 -d <",
        ),
        (
            b"PuTTY-User-Key-File-3: ssh-rsa".to_vec(),
            "a private key of PuTTY",
            "puttygen",
        ),
        (
            b"ssh-rsa AAAA a@b".to_vec(),
            "a public key in OpenSSH",
            "name the file",
        ),
        (br#"{"kty":"RSA"}"#.to_vec(), "a JSON Web Key", "PKCS#8"),
        (
            vec![0xCE, 0xCE, 0xCE, 0xCE, 0, 0, 0, 2],
            "JCEKS",
            "keytool -importkeystore",
        ),
        (
            der("rsa2048-pkcs8.key.pem")[..600].to_vec(),
            "cut short or damaged",
            "name PEM or DER",
        ),
        (
            open_ssh(b"ssh-rsa").into_bytes(),
            "a private key in OpenSSH's own format",
            "ssh-keygen -p -m PKCS8",
        ),
        (
            open_ssh(b"ssh-ed25519").into_bytes(),
            "and not an RSA key",
            "RSA keys of 2048",
        ),
    ] {
        let file = put("file", &bytes);
        let ran = import(&bench, &["n", &file]).ends_with(4);
        ran.says(says).says(hint);
    }
}

/// The beginning of a key as OpenSSH keeps it.
fn open_ssh(kind: &[u8]) -> String {
    let bytes = [b"openssh-key-v1\0\0\0\0\x04none", kind].concat();
    pem::encode(&pem::Pem::new("OPENSSH PRIVATE KEY", bytes))
}

// Many stores have none, and no file and no variable can say so.
#[test]
fn a_store_without_a_passphrase_needs_none() {
    let bench = Bench::without_key();
    let key = fs::read(fixture("rsa2048-pkcs8.key.pem")).unwrap();
    let key = p12_keystore::PrivateKey::from_der(pem::parse(key).unwrap().contents()).unwrap();
    let certificate = pem::parse(fs::read(fixture("rsa2048.crt.pem")).unwrap()).unwrap();
    let certificate = p12_keystore::Certificate::from_der(certificate.contents()).unwrap();
    let chain = p12_keystore::PrivateKeyChain::new(b"a".to_vec(), key, [certificate]);
    let mut store = p12_keystore::KeyStore::new();
    store.add_entry("a", p12_keystore::KeyStoreEntry::PrivateKeyChain(chain));
    let path = bench.path("open.p12");
    fs::write(&path, store.writer("").write().unwrap()).unwrap();
    import(&bench, &["a", path.to_str().unwrap()])
        .ends_with(0)
        .says("certificate  CN=test_only");
}

#[test]
fn what_cannot_be_taken_in_says_why_and_leaves_nothing() {
    let (bench, passphrase, _) = bench();
    let cut = fs::read(fixture("keytool.jks")).unwrap();
    let cut_off = bench.path("cut.jks");
    fs::write(&cut_off, &cut[..cut.len() / 2]).unwrap();
    let other = bench.path("other.crt.pem");
    bench.call(&[
        "keys",
        "generate",
        "other",
        "--keys",
        bench.path("elsewhere").to_str().unwrap(),
    ]);
    fs::copy(bench.path("elsewhere/other.crt.pem"), &other).unwrap();
    let with = ["--passphrase-file", passphrase.as_str()];
    let key = fixture("rsa2048-pkcs8.key.pem");
    let open = bench.write("open.txt", "changeit");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).unwrap();
    for (words, says) in [
        (
            vec![fixture("keytool-two.jks")],
            "the store holds 2 private keys: ",
        ),
        (
            vec![fixture("keytool-certs.jks")],
            "the key store contains no private key",
        ),
        (vec![cut_off.to_str().unwrap().to_owned()], "damaged"),
        (
            vec![key.clone(), other.to_str().unwrap().to_owned()],
            "the certificate belongs to another key",
        ),
        (
            vec![key.clone(), fixture("rsa2048-pkcs1.key.pem")],
            "more than one private key",
        ),
        (
            vec![fixture("rsa2048.crt.pem")],
            "it holds a certificate, not a private key",
        ),
        (vec![fixture("rsa1024.key.pem")], "an RSA key of 1024 bits"),
        (vec![fixture("ec-pkcs8.key.pem")], "it is an EC key"),
        (vec![fixture("nowhere.pem")], "could not read"),
        (
            vec![concat!(env!("CARGO_MANIFEST_DIR"), "/tests").to_owned()],
            "is a folder",
        ),
    ] {
        let mut all = vec!["a_pair"];
        all.extend(words.iter().map(String::as_str));
        all.extend(with);
        import(&bench, &all).ends_with(4).says(says);
    }
    let unset = [
        "a_pair",
        &fixture("keytool.jks"),
        "--passphrase-env",
        "NOT_SET_ANYWHERE",
    ];
    import(&bench, &unset)
        .ends_with(4)
        .says("NOT_SET_ANYWHERE is not set");
    let open = [
        "a_pair",
        &fixture("keytool.jks"),
        "--passphrase-file",
        open.to_str().unwrap(),
    ];
    import(&bench, &open).ends_with(4).says("is accessible to ");
    import(&bench, &["no__name", &key])
        .ends_with(2)
        .says("is not a valid unique name");
    import(&bench, &["lead_signing.key.pem"])
        .ends_with(2)
        .says("leadbench keys import lead_signing lead_signing.key.pem");
    assert!(!bench.path("keys").exists());
    // And nothing is overwritten.
    import(&bench, &["a_pair", &key]).ends_with(0);
    import(&bench, &["a_pair", &key])
        .ends_with(4)
        .says("the key pair \"a_pair\" already exists");
}

#[test]
fn an_expired_certificate_is_taken_in_with_a_warning() {
    let bench = Bench::without_key();
    let key =
        rcgen::KeyPair::from_pem(&fs::read_to_string(fixture("rsa2048-pkcs8.key.pem")).unwrap());
    let mut made = rcgen::CertificateParams::default();
    made.not_before = rcgen::date_time_ymd(2020, 1, 1);
    made.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let made = made.self_signed(&key.unwrap()).unwrap();
    let certificate = bench.write("old.crt.pem", &made.pem());
    let words = [
        "old",
        &fixture("rsa2048-pkcs8.key.pem"),
        certificate.to_str().unwrap(),
    ];
    import(&bench, &words)
        .ends_with(0)
        .says("warning: its certificate expired on 2021-01-01");
    bench
        .call(&["keys", "show", "old"])
        .ends_with(0)
        .prints("expired");
    let scenario = "auth.key=old";
    bench
        .call(&["token", SMOKE, "--set", scenario])
        .ends_with(0)
        .says("warning: the certificate of old expired on 2021-01-01");
}

// Out and in again, in every form, it stays the same pair.
#[test]
fn what_is_given_out_can_be_taken_in() {
    let (bench, passphrase, _) = bench();
    bench.call(&["keys", "generate", "origin"]).ends_with(0);
    let expected = public_key(&bench, "origin");
    for (format, needs) in [
        ("pkcs8", false),
        ("pkcs8", true),
        ("pkcs1", false),
        ("p12", true),
        ("jks", true),
    ] {
        let name = format!("back_{format}_{needs}");
        let file: PathBuf = bench.path(&name);
        let file = file.to_str().unwrap();
        let opening = ["--passphrase-file", passphrase.as_str()];
        let opening = if needs { &opening[..] } else { &[] };
        let words = [
            "keys", "export", "origin", "--format", format, "--out", file,
        ];
        let ran = bench.call(&[&words[..], opening].concat()).ends_with(0);
        assert!(!ran.stdout.contains("PRIVATE") && !ran.stderr.contains("PRIVATE"));
        let mode = fs::metadata(file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{format}");
        let bytes = fs::read(file).unwrap();
        let is_plain = String::from_utf8_lossy(&bytes).contains("BEGIN PRIVATE KEY");
        assert_eq!(is_plain, format == "pkcs8" && !needs, "{format}");
        import(&bench, &[&[name.as_str(), file][..], opening].concat()).ends_with(0);
        assert_eq!(public_key(&bench, &name), expected, "{format}");
        // Not a second time, over the first.
        bench
            .call(&[&words[..], opening].concat())
            .ends_with(4)
            .says("already exists");
    }
}

#[test]
fn only_what_may_be_given_away_goes_to_stdout() {
    let bench = Bench::new();
    let export = |format: &str| bench.call(&["keys", "export", "lead_signing", "--format", format]);
    for (format, prints) in [
        ("certificate", "BEGIN CERTIFICATE"),
        ("public", "BEGIN PUBLIC KEY"),
        ("jwks", "\"kid\": \"lead_signing\""),
    ] {
        let ran = export(format).ends_with(0);
        ran.prints(prints);
        assert!(!ran.stdout.contains("PRIVATE"));
    }
    for format in ["pkcs8", "pkcs1"] {
        let ran = export(format).ends_with(2);
        ran.says("--out FILE");
        assert_eq!(ran.stdout, "");
    }
    export("jks")
        .ends_with(4)
        .says("a key store needs a passphrase");
}

// Who checks tokens with the certificate would refuse every one.
#[test]
fn a_key_beside_the_certificate_of_another_signs_nothing() {
    let bench = Bench::new();
    bench.call(&["keys", "generate", "other"]).ends_with(0);
    fs::copy(
        bench.path("keys/other.crt.pem"),
        bench.path("keys/lead_signing.crt.pem"),
    )
    .unwrap();
    let text = "schema = 1\nname = \"pair\"\n[target]\nurl = \"embedded\"\n[auth]\n\
                source = \"named-credential\"\nkey = \"lead_signing\"\nissuer = \"i\"\n\
                subject = \"s\"\naudience = \"a\"\n\
                [[load]]\nkind = \"rate\"\nrate = \"5/s\"\nfor = \"1s\"\n";
    let scenario = bench.write("pair.toml", text);
    for command in ["run", "token"] {
        let ran = bench.call(&[command, scenario.to_str().unwrap()]);
        ran.ends_with(4).says("belongs to another key than");
    }
}

// The file says how long opening it takes, and one from elsewhere may say for ever.
#[test]
fn a_key_that_takes_for_ever_to_open_is_refused_at_once() {
    let (bench, passphrase, _) = bench();
    let key = fs::read_to_string(fixture("encrypted-pkcs8.key.pem")).unwrap();
    let mut der = pem::parse(&key).unwrap().into_contents();
    // The 2048 rounds of OpenSSL, which are made as many as two bytes more can say.
    let place = (der.windows(4))
        .position(|four| four == [0x02, 0x02, 0x08, 0x00])
        .unwrap();
    // Longer by three bytes, and so is each of the four sequences around it.
    der.splice(place..place + 4, [0x02, 0x05, 0x00, 0x80, 0, 0, 0]);
    for at in sequences_around(&der, place) {
        lengthen(&mut der, at, 3);
    }
    let hostile = pem::encode(&pem::Pem::new("ENCRYPTED PRIVATE KEY", der));
    let path = bench.write("hostile.key.pem", &hostile);
    let words = [
        "a",
        path.to_str().unwrap(),
        "--passphrase-file",
        &passphrase,
    ];
    let ran = import(&bench, &words).ends_with(4);
    ran.says("2147483648 rounds").says("the limit is 10000000");
    assert!(ran.took.as_secs() < 20, "{ran:#?}");
    assert!(!bench.path("keys/a.key.pem").exists());
}

/// Where the sequences begin that hold what is at a place.
fn sequences_around(der: &[u8], place: usize) -> Vec<usize> {
    let mut around = Vec::new();
    let (mut at, mut end) = (0, der.len());
    while at < end {
        let (head, length) = match der[at + 1] {
            0x82 => (4, usize::from(der[at + 2]) << 8 | usize::from(der[at + 3])),
            0x81 => (3, usize::from(der[at + 2])),
            short => (2, usize::from(short)),
        };
        let inside = at + head;
        if inside <= place && place < inside + length {
            around.push(at);
            (at, end) = (inside, inside + length);
        } else {
            at = inside + length;
        }
        if at == place {
            break;
        }
    }
    around
}

fn lengthen(der: &mut [u8], at: usize, by: u8) {
    let last = match der[at + 1] {
        0x82 => at + 3,
        0x81 => at + 2,
        _ => at + 1,
    };
    der[last] = der[last].checked_add(by).expect("the fixture has room");
}
