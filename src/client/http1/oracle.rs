//! Our reader of answers against hyper's client: the same answers, and failures of the same kind.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::runtime::Builder;
use tokio::time::timeout;

use super::answer_reader::AnswerReader;
use crate::client::answer::{BODY_BYTES_MAX, Broken, Reading};
use crate::client::classify;
use crate::sample::Outcome;
use crate::units::count;

/// What becomes of an answer.
#[derive(Debug, Eq, PartialEq)]
enum Seen {
    /// It is whole.
    Whole {
        status: u16,
        body: Vec<u8>,
        /// Whether the connection can be used again.
        is_kept: bool,
    },
    /// It failed, before or after its head was there.
    Failed(Outcome, Option<u16>),
    /// More of it is awaited.
    Pending,
}

/// How a server answers.
#[derive(Clone, Debug)]
struct Script {
    pieces: Vec<Vec<u8>>,
    /// Whether it closes the connection behind them.
    closes: bool,
}

impl Script {
    fn cut(answer: &[u8], piece: usize, closes: bool) -> Self {
        let pieces = answer.chunks(piece).map(<[u8]>::to_vec).collect();
        Self { pieces, closes }
    }
}

fn ours(script: &Script) -> Seen {
    let mut reading = Reading {
        kept: 2 * usize::try_from(BODY_BYTES_MAX).unwrap(),
        ..Reading::default()
    };
    let mut reader = AnswerReader::new();
    let mut incoming = Vec::new();
    let mut pieces = script.pieces.iter();
    while let Some(piece) = pieces.next() {
        incoming.extend_from_slice(piece);
        match reader.read(&incoming, &mut reading) {
            Ok((taken, Some(answer))) => {
                let is_clean = taken == incoming.len() && pieces.all(Vec::is_empty);
                return Seen::Whole {
                    status: answer.status,
                    body: answer.kept,
                    is_kept: reader.keeps_alive() && is_clean && !script.closes,
                };
            }
            Ok((taken, None)) => drop(incoming.drain(..taken)),
            Err(error) => return failed(&mut reader, &error.into()),
        }
    }
    if !script.closes {
        return Seen::Pending;
    }
    match reader.close(&incoming, &mut reading) {
        Ok(Some(answer)) => Seen::Whole {
            status: answer.status,
            body: answer.kept,
            is_kept: false,
        },
        Ok(None) => failed(&mut reader, &Broken::Closed),
        Err(error) => failed(&mut reader, &error.into()),
    }
}

fn failed(reader: &mut AnswerReader, broken: &Broken) -> Seen {
    Seen::Failed(classify::calling(broken), reader.give_up().0)
}

fn hypers(script: &Script) -> Seen {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (client, server) = duplex(64 * 1024);
        let (seen, _server) = tokio::join!(ask(client), serve(server, script));
        seen
    })
}

async fn ask(client: DuplexStream) -> Seen {
    let (mut send, driver) = http1::handshake(TokioIo::new(client)).await.unwrap();
    let driver = tokio::spawn(driver);
    let request = Request::post("/")
        .body(Full::new(Bytes::from("{}")))
        .unwrap();
    let second = Duration::from_secs(1);
    let response = match timeout(second, send.send_request(request)).await {
        Err(_) => return Seen::Pending,
        Ok(Err(error)) => return Seen::Failed(kind(&error), None),
        Ok(Ok(response)) => response,
    };
    let status = response.status().as_u16();
    let mut incoming = response.into_body();
    let mut body = Vec::new();
    loop {
        match timeout(second, incoming.frame()).await {
            Err(_) => return Seen::Pending,
            Ok(None) => break,
            Ok(Some(Err(error))) => return Seen::Failed(kind(&error), Some(status)),
            Ok(Some(Ok(frame))) => body.extend(frame.into_data().unwrap_or_default()),
        }
        if count(body.len()) > BODY_BYTES_MAX {
            return Seen::Failed(Outcome::TooLarge, Some(status));
        }
    }
    // By then all is there that the server sends.
    tokio::time::sleep(second).await;
    let is_kept = matches!(timeout(second, send.ready()).await, Ok(Ok(())));
    driver.abort();
    Seen::Whole {
        status,
        body,
        is_kept,
    }
}

async fn serve(mut server: DuplexStream, script: &Script) -> Option<DuplexStream> {
    let mut request = [0; 1024];
    let _ = server.read(&mut request).await.unwrap();
    for piece in &script.pieces {
        // It is read before the next one is sent. Whoever asked may be gone.
        server.write_all(piece).await.ok()?;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    (!script.closes).then_some(server)
}

fn kind(error: &hyper::Error) -> Outcome {
    if error.is_parse_too_large() {
        return Outcome::TooLarge;
    }
    let system = classify::find_system(error).map(std::io::Error::kind);
    match system {
        Some(std::io::ErrorKind::UnexpectedEof) => Outcome::Closed,
        None if error.is_incomplete_message() || error.is_canceled() => Outcome::Closed,
        Some(_) | None => Outcome::Protocol,
    }
}

/// What both see of an answer, which should be the same.
///
/// hyper reads a head that has come in part again only when an empty line is there, and we read it as
/// soon as there is more of it. So what is wrong with it is held against what hyper sees of the whole.
fn both(answer: &[u8], piece: usize, closes: bool) -> (Seen, Seen) {
    let script = Script::cut(answer, piece, closes);
    let (ours, theirs) = (ours(&script), hypers(&script));
    let is_wrong_head = ours == Seen::Failed(Outcome::Protocol, None);
    if is_wrong_head && ours != theirs {
        let whole = Script::cut(answer, usize::MAX, closes);
        return (ours, hypers(&whole));
    }
    (ours, theirs)
}

#[track_caller]
fn assert_same(answer: &[u8], piece: usize, closes: bool) {
    let (ours, hypers) = both(answer, piece, closes);
    let answer = answer.escape_ascii();
    assert_eq!(
        ours, hypers,
        "{answer} in pieces of {piece}, then closed: {closes}"
    );
}

/// Answers that servers, proxies and the devil send.
const ODD: &[&[u8]] = &[
    b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 201\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 \xc3\xa9t\xc3\xa9\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    b"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.0 200 OK\r\n\r\nto the end",
    b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nConnection: keep-alive, close\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\nto the end",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=\"b\" ;c\r\nok\r\n00\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nExpires: 0\r\nX: y\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nno field\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\n0\n\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: 9\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nto the end",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: \x01\r\n\r\n",
    b"HTTP/1.1 099 Low\r\n\r\n",
    b"HTTP/1.1 999 High\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 20 Short\r\n\r\n",
    b"HTTP/2 200 OK\r\n\r\n",
    b"HTTP/1.1 200 OK",
    b"<html>no HTTP</html>",
    b"\x15\x03\x01\x00\x02\x02\x46",
    b"",
];

#[test]
fn odd_answers_are_seen_as_hyper_sees_them() {
    for answer in ODD {
        for piece in [1, 7, 10_000] {
            for closes in [true, false] {
                assert_same(answer, piece, closes);
            }
        }
    }
}

#[test]
fn too_much_of_a_head_is_too_large() {
    let fields = |count| format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(count));
    let long = |bytes| format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(bytes));
    for answer in [fields(100), fields(101), long(500_000)] {
        assert_same(answer.as_bytes(), 60_000, true);
    }
}

/// A piece of an answer, whole or broken.
fn part() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&str> = vec![
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.0 503 Busy\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "Content-Length: 3\r\n",
        "Content-Length: 3, 3\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Connection: close\r\n",
        "Connection: keep-alive\r\n",
        "Via: 1.1 proxy\r\n",
        "\r\n",
        "3\r\nabc\r\n",
        "3;a=b\r\n",
        "0\r\n",
        "abc",
        "A: b\r\n\r\n",
    ];
    prop_oneof![
        20 => prop::sample::select(words).prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..4),
    ]
}

/// An answer that begins as one should, and goes on as it likes.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    let start = prop_oneof![
        8 => Just(b"HTTP/1.1 200 OK\r\n".to_vec()),
        1 => Just(b"HTTP/1.0 200 OK\r\n".to_vec()),
        1 => Just(Vec::new()),
    ];
    let rest = prop::collection::vec(part(), 0..10);
    (start, rest).prop_map(|(start, rest)| [start, rest.concat()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn any_answer_is_seen_as_hyper_sees_it(
        answer in answer(),
        piece in 1..40_usize,
        closes: bool,
    ) {
        let (ours, hypers) = both(&answer, piece, closes);
        prop_assert_eq!(ours, hypers, "{}", answer.escape_ascii());
    }
}
