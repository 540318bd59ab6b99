//! A server that misbehaves: one fault each, over a plain socket, on a port of its own.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::closed_port::ClosedPort;

/// How long a connection may keep a thread of this server waiting.
const PATIENCE: Duration = Duration::from_secs(10);

/// One request, as it came.
pub(crate) struct Request {
    /// The lead's Id.
    pub(crate) lead: String,
    /// What came in the `Authorization` header, or nothing.
    pub(crate) authorization: String,
    /// All of it, as it came.
    pub(crate) bytes: Vec<u8>,
}

/// What the server saw.
#[derive(Default)]
pub(crate) struct Seen {
    /// Connections, the preflight's included.
    pub(crate) connections: usize,
    /// The Id of each lead, in the order of arrival.
    pub(crate) leads: Vec<String>,
}

/// What is done with each connection.
type Fault = dyn Fn(&mut Conversation) + Send + Sync;

/// A running server; ends when dropped.
pub(crate) struct FaultServer {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    stop: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl FaultServer {
    /// Serves each connection on a thread of its own.
    pub(crate) fn start(fault: impl Fn(&mut Conversation) + Send + Sync + 'static) -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), fault)
    }

    /// The same at an address that is known beforehand.
    pub(crate) fn start_at(
        address: SocketAddr,
        fault: impl Fn(&mut Conversation) + Send + Sync + 'static,
    ) -> Self {
        Self::start_on(TcpListener::bind(address).unwrap(), fault)
    }

    /// The same with a listener that exists.
    pub(crate) fn start_on(
        listener: TcpListener,
        fault: impl Fn(&mut Conversation) + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let (seen, stop) = (Arc::<Mutex<Seen>>::default(), Arc::default());
        let fault: Arc<Fault> = Arc::new(fault);
        let accepting = thread::spawn({
            let (seen, stop) = (Arc::clone(&seen), Arc::clone(&stop));
            move || accept(&listener, &fault, &seen, &stop)
        });
        Self {
            address,
            seen,
            stop,
            accepting: Some(accepting),
        }
    }

    /// Answers every request with these bytes and keeps the connection.
    pub(crate) fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(
            move |conversation| {
                while conversation.request().is_some() && conversation.say(&answer) {}
            },
        )
    }

    /// Answers every request with these bytes and closes.
    pub(crate) fn answering_once(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |conversation| {
            if conversation.request().is_some() {
                conversation.say(&answer);
                conversation.close();
            }
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/leads", self.address)
    }

    /// The same by name, and with TLS.
    pub(crate) fn https_url(&self) -> String {
        format!("https://localhost:{}/leads", self.address.port())
    }

    pub(crate) fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap())
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.accepting.take() {
            drop(thread.join());
        }
    }
}

/// A port that takes one connection, the preflight's, and refuses all others.
pub(crate) fn refusing_after_preflight() -> ClosedPort {
    let port = ClosedPort::new();
    let listener = port.listen();
    thread::spawn(move || drop(listener.accept()));
    port
}

fn accept(listener: &TcpListener, fault: &Arc<Fault>, seen: &Arc<Mutex<Seen>>, stop: &AtomicBool) {
    loop {
        let Ok((stream, _)) = listener.accept() else {
            return;
        };
        if stop.load(Ordering::SeqCst) {
            return;
        }
        seen.lock().unwrap().connections += 1;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut conversation = Conversation {
            wire: Box::new(stream.try_clone().unwrap()),
            socket: stream,
            seen: Arc::clone(seen),
        };
        let fault = Arc::clone(fault);
        thread::spawn(move || fault(&mut conversation));
    }
}

/// What bytes are read from and written to.
trait Wire: Read + Write + Send {}

impl<W: Read + Write + Send> Wire for W {}

/// One connection.
pub(crate) struct Conversation {
    socket: TcpStream,
    /// The socket itself, or TLS on it.
    wire: Box<dyn Wire>,
    seen: Arc<Mutex<Seen>>,
}

impl Conversation {
    /// Speaks TLS from here on; the handshake is made with the next read.
    pub(crate) fn start_tls(&mut self, config: &Arc<ServerConfig>) {
        let connection = ServerConnection::new(Arc::clone(config)).unwrap();
        let socket = self.socket.try_clone().unwrap();
        self.wire = Box::new(StreamOwned::new(connection, socket));
    }

    /// Reads one whole request, with a body or without, and gives its head; `None` when the other
    /// side has closed.
    pub(crate) fn head(&mut self) -> Option<String> {
        let (mut bytes, head_end) = self.until_end_of_head()?;
        let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
        let length: usize = header(&head, "content-length").parse().unwrap_or_default();
        while bytes.len() < head_end + length {
            self.more(&mut bytes)?;
        }
        Some(head)
    }

    /// Reads until a head is whole; tells where it ends.
    fn until_end_of_head(&mut self) -> Option<(Vec<u8>, usize)> {
        let mut bytes = Vec::new();
        loop {
            match bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(place) => return Some((bytes, place + 4)),
                None => self.more(&mut bytes)?,
            }
        }
    }

    /// Reads one whole request; `None` when the other side has closed.
    pub(crate) fn request(&mut self) -> Option<Request> {
        let (mut bytes, head_end) = self.until_end_of_head()?;
        let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
        let length: usize = header(&head, "content-length").parse().unwrap();
        while bytes.len() < head_end + length {
            self.more(&mut bytes)?;
        }
        // A form has no Id.
        let body: serde_json::Value =
            serde_json::from_slice(&bytes[head_end..]).unwrap_or_default();
        let lead = body["Id"].as_str().unwrap_or_default().to_owned();
        self.seen.lock().unwrap().leads.push(lead.clone());
        Some(Request {
            lead,
            authorization: header(&head, "authorization").to_owned(),
            bytes,
        })
    }

    fn more(&mut self, bytes: &mut Vec<u8>) -> Option<()> {
        let mut part = [0; 4096];
        match self.wire.read(&mut part) {
            Ok(0) => None,
            Ok(read) => {
                bytes.extend_from_slice(&part[..read]);
                Some(())
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Some(()),
            Err(_) => None,
        }
    }

    /// Writes; whether the other side still takes it.
    pub(crate) fn say(&mut self, bytes: &[u8]) -> bool {
        self.wire.write_all(bytes).is_ok() && self.wire.flush().is_ok()
    }

    /// Reads so many bytes; `None` when the other side has closed.
    pub(crate) fn bytes(&mut self, count: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.wire.read_exact(&mut bytes).ok().map(|()| bytes)
    }

    /// Writes past TLS, as somebody in between would.
    pub(crate) fn say_below_tls(&mut self, bytes: &[u8]) {
        drop(self.socket.write_all(bytes));
    }

    /// Closes properly.
    pub(crate) fn close(&mut self) {
        drop(self.socket.shutdown(Shutdown::Both));
    }

    /// Waits for a request and leaves it unread, so that closing resets the connection.
    pub(crate) fn leave_unread(&mut self) {
        drop(self.socket.peek(&mut [0]));
    }

    /// Says nothing until the other side goes away.
    pub(crate) fn keep_silent(&mut self) {
        let mut rest = Vec::new();
        while self.more(&mut rest).is_some() {}
    }
}

fn header<'h>(head: &'h str, name: &str) -> &'h str {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map_or("", |(_, value)| value)
}
