//! What answers must say beyond a status of success: `[target.expect]`.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::fault_server::FaultServer;
use crate::support::{Bench, assert_adds_up};

/// Runs ten callouts against an API that always answers this; tells what they counted as, and what
/// was said of the first that failed.
#[track_caller]
fn outcome(answer: impl Into<Vec<u8>>, expect: &str) -> (Value, String) {
    let server = FaultServer::answering(answer);
    let bench = Bench::without_key();
    let text = format!(
        "schema = 1\nname = \"expected\"\n[target]\nurl = \"{}\"\n[target.expect]\n{expect}\n\
         [[load]]\nkind = \"rate\"\nrate = \"20/s\"\narrivals = \"uniform\"\nfor = \"500ms\"\n",
        server.url()
    );
    let path = bench.write("expected.toml", &text).display().to_string();
    let summary = bench.run(&path, &[]).ends_by_its_failures().summary();
    assert_adds_up(&summary);
    let said = summary["failures"][0]["message"].as_str();
    (
        summary["outcomes"].clone(),
        said.unwrap_or_default().to_owned(),
    )
}

fn answer(head: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn an_answer_that_says_what_it_must_is_a_success() {
    for (head, body, expect) in [
        ("200 OK", r#"{"success":true}"#, "\"/success\" = true"),
        (
            "200 OK",
            r#"[{"id":"00Qx"}]"#,
            "\"/0/id\" = { matches = \"^00Q\" }",
        ),
        ("409 Conflict", "{}", "status = [201, 409]"),
        (
            "201 Created\r\nX-Queue: leads",
            "{}",
            "headers = { X-Queue = \"leads\" }",
        ),
        ("204 No Content", "", "status = 204"),
    ] {
        let (outcomes, said) = outcome(answer(head, body), expect);
        assert_eq!(outcomes, json!({ "ok": 10 }), "{expect}: {said}");
    }
}

#[test]
fn an_answer_that_says_otherwise_has_an_outcome_of_its_own() {
    for (head, body, expect, told) in [
        (
            "200 OK",
            r#"{"success":false,"errors":["dup"]}"#,
            "\"/success\" = true",
            "200: /success is false, expected true",
        ),
        ("200 OK", "{}", "status = 201", "200: the status is not 201"),
        (
            "200 OK",
            "<html>login</html>",
            "\"/id\" = { exists = true }",
            "200: the body is not JSON: <html>login</html>",
        ),
        (
            "201 Created\r\nX-Queue: dead",
            "{}",
            "headers = { x-queue = \"leads\" }",
            "201: x-queue is \"dead\", expected \"leads\"",
        ),
    ] {
        let (outcomes, said) = outcome(answer(head, body), expect);
        assert_eq!(outcomes, json!({ "unexpected_answer": 10 }), "{expect}");
        assert_eq!(said, told);
    }
}

// A status that is no success stays what it is.
#[test]
fn a_refusal_is_no_unexpected_answer() {
    let (outcomes, said) = outcome(answer("401 Unauthorized", "{}"), "\"/success\" = true");
    assert_eq!(outcomes, json!({ "unauthorized": 10 }), "{said}");
}

// A proxy may pack what nobody asked it to.
#[test]
fn a_packed_answer_is_read() {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(b"\xef\xbb\xbf{\"success\":true}").unwrap();
    let body = packer.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let (outcomes, said) = outcome([head.into_bytes(), body].concat(), "\"/success\" = true");
    assert_eq!(outcomes, json!({ "ok": 10 }), "{said}");
}

#[test]
fn what_can_never_be_expected_is_refused_at_its_place() {
    let bench = Bench::without_key();
    let text = "schema = 1\nname = \"expected\"\n[target]\nurl = \"embedded\"\n[target.expect]\n\
        status = 999\n\"/id\" = { matches = \"(\" }\n\"/x\" = { is = 1 }\nstatsu = 1\n\
        [[load]]\nkind = \"rate\"\nrate = \"20/s\"\nfor = \"1s\"\n";
    bench.write("expected.toml", text);
    let ran = bench.call(&["check", "expected.toml"]).ends_with(3);
    ran.says("expected.toml:6:10")
        .says("expected.toml:7:9")
        .says("this is not a valid pattern")
        .says("expected.toml:8:8")
        .says("did you mean `status`?");
}
