//! Callouts over HTTP/1.1, against servers on plain sockets that behave in odd ways.
#![expect(clippy::unwrap_used, reason = "a helper of a test may end the test")]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use leadbench::client::{
    Attempt, Callout, Endpoint, HttpTransport, LateAnswers, PreparedRequest, RequestTemplate,
    Transport as _,
};
use leadbench::clock::Clock;
use leadbench::sample::Outcome;
use leadbench::secret::Bearer;
use leadbench::units::Nanos;
use tokio::time::Instant;

const CREATED: &[u8] = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";
const SECOND: Nanos = Nanos::from_secs(1);

/// A server that does the same with each connection, on a thread of its own.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn start(serve: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let serve = Arc::new(serve);
        let counted = Arc::clone(&connections);
        // Ends with the process, which is that of one test.
        thread::spawn(move || {
            for stream in listener.incoming() {
                counted.fetch_add(1, SeqCst);
                let serve = Arc::clone(&serve);
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    stream.set_nodelay(true).unwrap();
                    serve(&mut stream);
                });
            }
        });
        Self {
            address,
            connections,
        }
    }

    /// Answers every request of a connection.
    fn answering(answer: &'static [u8]) -> Self {
        Self::start(move |stream| {
            while request(stream).is_some() {
                stream.write_all(answer).unwrap();
            }
        })
    }

    fn transport(&self) -> HttpTransport {
        let request = RequestTemplate::new("127.0.0.1", "/leads").unwrap();
        let clock = Clock::new(Instant::now(), Duration::ZERO);
        let endpoint = Endpoint::plain(self.address).with_kernel_stamps();
        let late = LateAnswers::default();
        HttpTransport::new(endpoint, PreparedRequest::new(request), SECOND, clock, late)
            .keeping_bodies(100)
    }

    /// Posts leads one after the other, each when the answer to the last is there.
    async fn posts(&self, count: usize) -> Vec<Attempt> {
        let mut transport = self.transport();
        let mut attempts = Vec::new();
        for _ in 0..count {
            attempts.push(transport.post(&callout(b"{}")).await);
        }
        attempts
    }

    fn connections(&self) -> usize {
        self.connections.load(SeqCst)
    }
}

/// Reads one request; `None` where the connection has ended.
fn request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !seen.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        seen.push(byte[0]);
    }
    let head = String::from_utf8(seen.clone()).unwrap();
    let (_, length) = head.split_once("Content-Length: ").unwrap();
    let mut body = vec![0; length.trim().parse().unwrap()];
    stream.read_exact(&mut body).ok()?;
    seen.extend(body);
    Some(seen)
}

fn callout(body: &[u8]) -> Callout {
    Callout {
        bearer: Some(Bearer::new(Bytes::from_static(b"Bearer a.b.c"))),
        body: Bytes::copy_from_slice(body).into(),
        ..Callout::default()
    }
}

fn outcomes(attempts: &[Attempt]) -> Vec<Outcome> {
    attempts.iter().map(|attempt| attempt.outcome).collect()
}

#[tokio::test]
async fn a_request_is_as_salesforce_writes_it() {
    let server = Server::start(|stream| {
        let seen = request(stream).unwrap();
        let length = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", seen.len());
        stream.write_all(length.as_bytes()).unwrap();
        stream.write_all(&seen).unwrap();
    });
    let mut transport = server.transport().keeping_bodies(1_000);
    let attempt = transport.post(&callout(b"{\"Id\":1}")).await;
    assert_eq!(
        String::from_utf8_lossy(&attempt.body),
        "POST /leads HTTP/1.1\r\n\
         Host: 127.0.0.1\r\n\
         SFDC_STACK_DEPTH: 1\r\n\
         Authorization: Bearer a.b.c\r\n\
         Content-Type: application/json\r\n\
         User-Agent: SFDC-Callout/65.0\r\n\
         Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2\r\n\
         Cache-Control: no-cache\r\n\
         Pragma: no-cache\r\n\
         Content-Length: 8\r\n\r\n\
         {\"Id\":1}"
    );
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let server = Server::answering(CREATED);
    assert_eq!(outcomes(&server.posts(5).await), [Outcome::Ok; 5]);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_says_more_than_it_was_asked_is_not_used_again() {
    let server = Server::answering(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}{}");
    assert_eq!(outcomes(&server.posts(3).await), [Outcome::Ok; 3]);
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn a_body_that_ends_with_its_connection_is_whole() {
    let server = Server::start(|stream| {
        if request(stream).is_some() {
            stream
                .write_all(b"HTTP/1.0 200 OK\r\n\r\n{\"a\":1}")
                .unwrap();
        }
    });
    let attempts = server.posts(2).await;
    assert_eq!(outcomes(&attempts), [Outcome::Ok; 2]);
    assert_eq!(&attempts[1].body[..], b"{\"a\":1}");
    assert_eq!(server.connections(), 2);
}

// A close that came while it was idle is seen before a byte of the next request leaves.
#[tokio::test]
async fn a_connection_that_was_closed_while_idle_costs_no_callout() {
    let (closed, closes) = mpsc::channel();
    let server = Server::start(move |stream| {
        if request(stream).is_some() {
            stream.write_all(CREATED).unwrap();
            stream.shutdown(Shutdown::Both).unwrap();
            closed.send(()).unwrap();
        }
    });
    let mut transport = server.transport();
    for _ in 0..3 {
        let attempt = transport.post(&callout(b"{}")).await;
        assert_eq!(attempt.outcome, Outcome::Ok, "{attempt:?}");
        closes.recv().unwrap();
        // The runtime hears of it.
        tokio::task::yield_now().await;
    }
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn an_answer_in_pieces_is_put_together() {
    let server = Server::start(|stream| {
        let answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n\
            Transfer-Encoding: chunked\r\n\r\n5;a=b\r\n{\"a\":\r\n2\r\n1}\r\n0\r\nX: y\r\n\r\n";
        while request(stream).is_some() {
            for piece in answer.chunks(7) {
                stream.write_all(piece).unwrap();
            }
        }
    });
    let attempts = server.posts(20).await;
    assert_eq!(outcomes(&attempts), [Outcome::Ok; 20]);
    assert!(
        attempts
            .iter()
            .all(|attempt| &attempt.body[..] == b"{\"a\":1}")
    );
    assert_eq!(server.connections(), 1);
}

// The lead is larger than what a socket holds, so most of it is unsent when the answer is there.
#[tokio::test]
async fn an_answer_before_the_lead_is_sent_is_an_answer() {
    let refuse = |stream: &mut TcpStream, reads_on: bool| {
        let mut head = [0; 200];
        stream.read_exact(&mut head).unwrap();
        stream
            .write_all(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\n{}")
            .unwrap();
        if reads_on {
            let mut rest = vec![0; 64 * 1024];
            while matches!(stream.read(&mut rest), Ok(1..)) {}
        }
    };
    let lead = vec![b'x'; 16 * 1024 * 1024];
    for reads_on in [true, false] {
        let server = Server::start(move |stream| refuse(stream, reads_on));
        for _ in 0..5 {
            let attempt = server.transport().post(&callout(&lead)).await;
            assert_eq!(attempt.status, Some(413), "{attempt:?}");
            assert_eq!(attempt.outcome, Outcome::from_status(413));
        }
    }
}

#[tokio::test]
async fn what_breaks_has_its_outcome() {
    for (answer, outcome) in [
        (&b""[..], Outcome::Closed),
        (b"HTTP/1.1 201 Cre", Outcome::Closed),
        (
            b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{}",
            Outcome::Closed,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            Outcome::Closed,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            Outcome::Protocol,
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
            Outcome::Protocol,
        ),
        (
            b"HTTP/1.1 200 OK\r\nX: a\r\n folded\r\n\r\n",
            Outcome::Protocol,
        ),
        (b"<html>", Outcome::Protocol),
    ] {
        let server = Server::start(move |stream| {
            if request(stream).is_some() {
                stream.write_all(answer).unwrap();
            }
        });
        let attempt = &server.posts(1).await[0];
        assert_eq!(attempt.outcome, outcome, "{}", answer.escape_ascii());
        assert!(attempt.failed.is_some());
    }
}

// A gateway that answers 503 in bad form is still one that answers 503.
#[tokio::test]
async fn the_status_of_a_head_that_is_not_valid_is_told() {
    let server = Server::answering(b"HTTP/1.1 503 Busy\r\nRetry After: 1\r\n\r\n");
    let attempt = &server.posts(1).await[0];
    assert_eq!(attempt.outcome, Outcome::Protocol);
    let words = &attempt.failed.as_ref().unwrap().0;
    assert!(words.contains("(status 503)"), "{words}");
}

// It may come from a token endpoint, and a token must not begin another field.
#[tokio::test]
async fn a_token_that_is_not_a_field_value_is_not_sent() {
    let server = Server::start(|stream| {
        let seen = String::from_utf8(request(stream).unwrap()).unwrap();
        assert!(!seen.contains("Authorization") && !seen.contains("X-Evil"));
        stream.write_all(CREATED).unwrap();
    });
    let callout = Callout {
        bearer: Some(Bearer::new(Bytes::from_static(b"Bearer a\r\nX-Evil: 1"))),
        ..callout(b"{}")
    };
    let attempt = server.transport().post(&callout).await;
    assert_eq!(attempt.outcome, Outcome::Ok, "{attempt:?}");
}
