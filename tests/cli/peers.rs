//! Answers that are HTTP and yet a trap: without end, in contradiction, packed, or cut off in the
//! frames of HTTP/2.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::fault_server::{Conversation, FaultServer};
use crate::faults::{CREATED, answers, assert_each_lead_once, check_ok, scenario};
use crate::support::{Bench, assert_adds_up, assert_complete, number};

/// What a gigantic answer would be packed into.
const UNPACKED: usize = 16 * 1024 * 1024;

// Zeros pack a thousand to one. What came is what counts, and nobody unpacks it.
#[test]
fn a_packed_answer_is_counted_as_it_came() {
    let mut packing = GzEncoder::new(Vec::new(), Compression::fast());
    packing.write_all(&vec![0; UNPACKED]).unwrap();
    let packed = packing.finish().unwrap();
    assert!(packed.len() < UNPACKED / 100);
    let mut answer = format!(
        "HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        packed.len()
    )
    .into_bytes();
    answer.extend_from_slice(&packed);
    let server = FaultServer::answering(answer);
    let bench = Bench::without_key();
    let path = scenario(&bench, &server.url());
    let ran = bench
        .run(&path, &["--requests", "100%"])
        .ends_with_unless_busy(0);
    let summary = ran.summary();
    assert_adds_up(&summary);
    assert_eq!(summary["counts"]["failed"], 0, "{}", summary["failures"]);
    let mut rows = csv::Reader::from_path(bench.folder().join("requests.csv")).unwrap();
    let column = rows
        .headers()
        .unwrap()
        .iter()
        .position(|name| name == "response_bytes")
        .unwrap();
    let mut seen = 0;
    for row in rows.records() {
        assert_eq!(row.unwrap()[column], packed.len().to_string());
        seen += 1;
    }
    assert_eq!(seen, number(&summary["counts"]["ok"]));
}

// Each of them is in order, and an answer never comes; the pause keeps the test's own machine
// alive.
#[test]
fn interim_answers_without_end_time_out() {
    let server = FaultServer::start(|conversation| {
        if conversation.request().is_some() {
            while conversation.say(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    });
    answers(&server, "timeout");
}

// One byte every 50 ms: no single read takes long, so only a deadline on the whole ends it.
#[test]
fn a_head_that_drips_past_the_deadline_times_out() {
    let server = FaultServer::start(|conversation| {
        if conversation.request().is_some() {
            conversation.say(b"HTTP/1.1 201 Created\r\nX-Slow: ");
            while conversation.say(b"a") {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    });
    answers(&server, "timeout");
}

// RFC 9112, section 6.3: the chunks decide, and the length is passed over.
#[test]
fn chunks_decide_where_a_length_contradicts_them() {
    let server = FaultServer::answering_once(
        "HTTP/1.1 201 Created\r\nContent-Length: 9999\r\nTransfer-Encoding: chunked\r\n\r\n\
         2\r\n{}\r\n0\r\n\r\n",
    );
    let summary = check_ok(&server.url());
    assert_each_lead_once(&server, &summary);
}

#[test]
fn two_lengths_that_differ_are_a_protocol_error() {
    let answer = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ";
    answers(&FaultServer::answering_once(answer), "protocol");
}

/// What a peer does over HTTP/2 with the stream of a request.
type Answer = fn(&mut Conversation, [u8; 4]);

/// A frame of HTTP/2 (RFC 9113, section 4.1).
fn frame(kind: u8, stream: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    let mut frame = vec![0, 0, length, kind, 0];
    frame.extend(stream);
    frame.extend_from_slice(payload);
    frame
}

const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const HEADERS: u8 = 1;
const CONNECTION: [u8; 4] = [0; 4];
const INTERNAL_ERROR: [u8; 4] = [0, 0, 0, 2];

/// Speaks HTTP/2 until the head of a request has come, and then does this.
fn over_http2(answer: Answer) -> FaultServer {
    FaultServer::start(move |conversation| {
        // The preface, with prior knowledge (RFC 9113, section 3.4).
        if conversation.bytes(24).is_none() {
            return;
        }
        conversation.say(&frame(SETTINGS, CONNECTION, &[]));
        while let Some(head) = conversation.bytes(9) {
            let length = usize::from(head[1]) << 8 | usize::from(head[2]);
            if conversation.bytes(length).is_none() {
                return;
            }
            if head[3] == HEADERS {
                answer(conversation, [head[5], head[6], head[7], head[8]]);
            }
        }
    })
}

/// Asserts that every callout failed with one of these outcomes, and is told whole.
#[track_caller]
fn fails_over_http2(answer: Answer, outcomes: &[&str]) {
    let server = over_http2(answer);
    let bench = Bench::without_key();
    let path = scenario(&bench, &server.url());
    let set = ["--set", "target.connections.http=\"2\""];
    let ran = bench.run(&path, &set).ends_with_unless_busy(1);
    let summary = ran.summary();
    assert_adds_up(&summary);
    assert_complete(&bench.folder());
    assert_eq!(summary["counts"]["ok"], 0, "{}", summary["outcomes"]);
    let count = |outcome: &&str| summary["outcomes"][*outcome].as_u64().unwrap_or_default();
    let told: u64 = outcomes.iter().map(count).sum();
    let all: &Value = &summary["counts"]["completed"];
    assert_eq!(
        told,
        number(all),
        "{} {}",
        summary["outcomes"],
        summary["failures"]
    );
    assert!(number(all) >= 19, "{all}");
}

#[test]
fn garbage_in_the_place_of_frames_fails_and_is_told() {
    let garbage: Answer = |conversation, _| {
        conversation.say(&[0xFF; 64]);
        conversation.keep_silent();
    };
    fails_over_http2(garbage, &["protocol", "closed"]);
}

#[test]
fn a_stream_that_is_reset_fails_and_is_told() {
    let reset: Answer = |conversation, stream| {
        conversation.say(&frame(RST_STREAM, stream, &INTERNAL_ERROR));
    };
    fails_over_http2(reset, &["protocol", "reset", "closed"]);
}

#[test]
fn a_connection_that_goes_away_fails_its_callouts_and_is_told() {
    let goaway: Answer = |conversation, _| {
        let last_and_why = [CONNECTION, INTERNAL_ERROR].concat();
        conversation.say(&frame(GOAWAY, CONNECTION, &last_and_why));
        conversation.close();
    };
    fails_over_http2(goaway, &["protocol", "closed", "reset"]);
}

// One trap costs one callout, and no other.
#[test]
fn what_recovers_over_http1_is_answered_again_after_a_trap() {
    let first = std::sync::atomic::AtomicBool::new(true);
    let server = FaultServer::start(move |conversation| {
        while conversation.request().is_some() {
            let is_first = first.swap(false, std::sync::atomic::Ordering::SeqCst);
            let answer = if is_first {
                "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} "
            } else {
                CREATED
            };
            conversation.say(answer.as_bytes());
        }
    });
    let bench = Bench::without_key();
    let path = scenario(&bench, &server.url());
    let ran = bench.run(&path, &[]).ends_with_unless_busy(1);
    assert_eq!(ran.summary()["counts"]["failed"], 1);
}
